"""The heat map of the section Result: a point of the CT, and where the landmark detector sees it in the X-ray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import slicer
from RayEmbRegistrationScene import inputs, sceneView
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from .jobs import said
from .oneJob import OneJob
from .section import Observers, Section
from .worker import Failed

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome
    from RayEmbRegistrationLib.detector.heat_map import HeatMap

    from .section import Panel
    from .worker import Finished


POLL_MS = 30


class HeatMapSection(Section):
    """Follows a picked point; the heat map is computed in a thread of its own, always for the newest point next."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._picked = None
        self._observers = Observers()
        self._job = OneJob("RayEmbRegistration heat map", POLL_MS, self._onComputed)
        self._isWanted = False
        self.ui.placePickedPointButton.connect("toggled(bool)", lambda on: self.panel.landmarks.onPlace(on, "pickedPoint"))

    @property
    def outcome(self) -> Outcome | None:
        """The result of this session, or None."""
        return self.panel.result.outcome

    def update(self) -> None:
        """Follow the chosen point."""
        self.ui.heatMapLabel.visible = self.ui.heatMapLabel.text != ""
        hasCt = self.parameters is not None and self.parameters.ctVolume is not None
        self.ui.placePickedPointButton.enabled = hasCt
        place = _("Click a point in the CT; drag it to see the heat map follow.")
        self.ui.placePickedPointButton.toolTip = place if hasCt else _("Choose the CT first.")
        if self.parameters is not None and self.panel.handle() is not None:
            self._observePicked(self.parameters.pickedPoint)

    def _observePicked(self, node: Node) -> None:
        if node is self._picked:
            return
        self._picked = node
        self._observers.follow([] if node is None else [(node, event, self.onPicked) for event in pickedEvents()])
        if node is not None:
            self.onPicked()

    def onPicked(self, caller: object | None = None, event: str | None = None) -> None:
        """The point was placed or dragged: show where the detector sees it."""
        handle = self.panel.handle()
        points = inputs.markupPoints(self._picked)
        if handle is None or not len(points):
            self.hideHeatMaps(handle)
            self.ui.heatMapLabel.text = _("Place a point in the CT.") if self._picked is not None else ""
            return
        if self.outcome is None or self.outcome.prepared.templates is None:
            self.ui.heatMapLabel.text = _("The heat map needs a registration in this session that looked for landmarks.")
            return
        self._isWanted = True
        self._nextHeatMap()

    def _nextHeatMap(self) -> None:
        """Compute the newest point's heat map, one at a time."""
        row = self.panel.xrays.selected
        points = inputs.markupPoints(self._picked)
        if self._job.isBusy or not self._isWanted or row is None or not len(points) or self.outcome is None:
            return
        self._isWanted = False
        outcome, point = self.outcome, points[-1]
        self._job.start(lambda run: (row, point, self.logic.heatMap(outcome, row, point)))

    def _onComputed(self, end: Finished | Failed) -> None:
        handle = self.panel.handle()
        if isinstance(end, Failed):
            self.ui.heatMapLabel.text = said(end)
        elif handle is not None:
            self._showHeat(handle, *end.value)
        self._nextHeatMap()

    def _showHeat(self, handle: Handle, row: int, point: np.ndarray, heat: HeatMap) -> None:
        sceneView.showHeatMap(handle, row, heat.similarity, point)
        camera, pose = sceneView.shownCamera(handle, row), sceneView.poseOf(handle, row)
        text = _("Seen at ({0:.0f}, {1:.0f}) px, probability {2:.0%}").format(*heat.peak, heat.probability)
        if pose is not None:
            pixel = camera.project(pose.apply(point))
            away = float(np.linalg.norm(pixel - heat.peak))
            text += _("; by the pose at ({0:.0f}, {1:.0f}) px, {2:.1f} px away").format(*pixel, away)
        self.ui.heatMapLabel.text = text + "."

    def hideHeatMaps(self, handle: Handle) -> None:
        """Take the heat maps away."""
        for row in range(sceneView.viewCount(handle) if handle is not None else 0):
            if sceneView.heatMapShown(handle, row):
                sceneView.hideHeatMap(handle, row)

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._job.forget()
        self._isWanted = False
        self._observePicked(None)

    def nodeRemoved(self, node: Node) -> None:
        """The user deleted the point."""
        if self._picked is node:
            self._observePicked(None)

    def cleanup(self) -> None:
        """The panel goes."""
        self._observePicked(None)
        self._job.close()


def pickedEvents() -> tuple[int, ...]:
    """The events of a markups node after which its point is elsewhere."""
    markups = slicer.vtkMRMLMarkupsNode
    return (markups.PointModifiedEvent, markups.PointPositionDefinedEvent, markups.PointRemovedEvent)
