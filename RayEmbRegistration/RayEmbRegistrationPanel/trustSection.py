"""What the pose is to be good for: the use whose verdict decides, and the errors allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle

from . import purposes
from .section import Section


class TrustSection(Section):
    """Choices among the advanced ones, bound to the parameter node; what is shown is judged anew when they change.

    Nothing is registered or looked at again for that: a verdict follows from the evidence that was gathered for it. Where
    that is gone, as in a scene that was loaded, the verdict is one for another use and is shown no more.
    """

    def settings(self) -> dict[str, Any]:
        """As chosen, by the fields of ``RegistrationSettings``."""
        demand = self._demand()
        return {
            "trust": demand["purpose"] or None,
            "overlay_tolerance_mm": demand["overlayMm"],
            "position_tolerance_mm": demand["positionMm"],
        }

    def _demand(self) -> dict[str, Any]:
        chosen = self.parameters.trustFor.value
        return {
            "purpose": chosen if chosen in purposes.PURPOSES else "",
            "overlayMm": float(self.parameters.overlayToleranceMm),
            "positionMm": float(self.parameters.positionToleranceMm),
        }

    def settle(self, handle: Handle) -> None:
        """Judge for the use that is chosen now what was judged for another; a verdict is of the CT and bones chosen now."""
        if self.parameters is None or not sceneView.isAlive(handle):
            return
        ct = self.panel.ctInput()
        sceneView.setSubject(handle, ct.node, ct.segmentation, ct.segmentIds, bool(self.panel.ct.movingBones()))
        sceneView.setDemand(handle, self._demand())
        if sceneView.verdictOf(handle) is None:
            self._judgeAnew(handle)

    def _judgeAnew(self, handle: Handle) -> None:
        verdict = sceneView.verdictOf(handle, forAnyUse=True)
        outcome = None if verdict is None else self.panel.result.outcomeOf(handle, verdict["number"])
        if verdict is None or outcome is None or outcome.registered.quality.evidence is None:
            return
        from RayEmbRegistrationLib.quality.assessment import Demand, quality_from
        from RayEmbRegistrationLib.quality.calibration import read_calibration

        trust, overlayMm, positionMm = self.settings().values()
        result = outcome.registered
        quality = quality_from(result.quality.evidence, read_calibration(), Demand(trust, overlayMm, positionMm))
        judged = replace(outcome, result=replace(result, quality=quality))
        rows = {str(row): purposes.status(quality, view.similarity) for row, view in enumerate(result.views)}
        numbers = [[name, purposes.shown(value), unit] for name, value, unit in purposes.numbersOf(quality)]
        judgedNames = {name for name, _value, _unit in numbers}
        changes = {
            "texts": verdict["texts"] | purposes.textsOf(quality),
            "numbers": [*numbers, *(row for row in verdict["numbers"] if row[0] not in judgedNames)],
            "demand": purposes.demandOf(quality),
        }
        number = sceneView.replaceVerdict(handle, verdict["number"], changes, rows)
        self.panel.result.takeJudged(handle, verdict["number"], number, judged)

    def update(self) -> None:
        """What runs was asked for one use."""
        idle = self.panel.jobs.name is None
        for widget in (self.ui.trustForComboBox, self.ui.overlayToleranceSpinBox, self.ui.positionToleranceSpinBox):
            widget.enabled = idle
