"""The pose solved again by the landmarks of an X-ray as the user corrected them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Handle, Node
from RayEmbRegistrationScene.plainData import LandmarkData
from slicer.i18n import tr as _

from . import landmarkTable, outcomes
from .jobs import Handlers
from .rig import showInRig
from .section import Section
from .sentences import spoken

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

    from .section import Panel
    from .worker import Run


class SolveSection(Section):
    """The button *Solve again* below the landmarks."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._detected: dict[tuple[str, int], Landmarks | None] = {}  # (registration, row): of the last registration
        self._running: _Solving | None = None
        self.ui.solveAgainButton.connect("clicked(bool)", self.onSolve)

    def remember(self, handle: Handle, outcome: Outcome) -> None:
        """Keep the landmarks of a registration: all of them count, though few are shown."""
        for row, view in enumerate(outcome.registered.views):
            self._detected[handle.GetID(), row] = view.landmarks

    def onSolve(self, _checked: bool = False) -> None:
        """The pose by the landmarks as corrected."""
        handle, row, data = self.panel.correct.shown()
        problem = self.panel.correct.problem()
        if problem is not None or row is None or data is None or self.panel.jobs.name is not None:
            self.panel.register.say(problem or _("Wait until what runs is done."))
            return
        xray = replace(self.panel.xrays.inputs()[row], view=None)  # the CT is prepared for all X-rays' views
        node, camera = self.panel.ctInput().node, sceneView.shownCamera(handle, row)
        try:
            self.panel.register.install()
            self.panel.advanced.applyToLogic()
            xray = replace(xray, start=sceneView.poseOf(handle, row))
            request = self.logic.request(self.panel.ctInput(), [xray], self.panel.advanced.settings(refineOnly=True))
            view = request.views[0]
            request = replace(request, views=(replace(view, geometry=outcomes.asShown(view.geometry, camera)),))
        except (ValueError, InstallError) as error:
            self.panel.register.say(spoken(str(error)))
            return
        detected = self._detected.get((handle.GetID(), row))
        landmarks, said = landmarkTable.corrections(data, detected, request.views[0].bone_is_bright)
        said = replace(said, held=self._held())
        self._running = _Solving(handle, row, xray.node, node, data, len(landmarks), detected is not None)

        def job(run: Run) -> Any:
            return self.logic.solveAgain(request, landmarks, said, run.progress, run.is_cancelled)

        handlers = Handlers(self.onSolved, self.panel.register.onProgress, None, self.panel.register.onEnded)
        self.panel.jobs.start("correct", job, handlers)

    def _held(self) -> tuple[str, ...]:
        boxes = (
            (self.ui.keepRotationCheckBox, ("rx", "ry", "rz")),
            (self.ui.keepPositionCheckBox, ("x", "y")),
            (self.ui.keepDepthCheckBox, ("depth",)),
        )
        return tuple(name for box, names in boxes if box.checked for name in names)

    def onSolved(self, outcome: Outcome) -> Iterator[None]:
        """Show pose, DRR, landmarks and what the result is worth; the other X-rays of a rig move along."""
        solving, self._running = self._running, None
        self.panel.prepared = outcome.prepared
        if solving is None:
            return
        handle, row = solving.handle, solving.row
        if solving.isLost:
            self.panel.register.say(_lost())
            return
        found = outcome.registered.views[0]
        data = landmarkTable.solvedData(solving.data, solving.count, found.landmarks, solving.isPart)
        sceneView.showPose(handle, row, found.camera_from_ras)
        for other in showInRig(self.panel, handle, row, found.camera_from_ras):
            self.panel.pose.live.show(handle, other)
        yield
        sceneView.showDrr(handle, row, outcome.drrs[0], outcome.views[0].bone_is_bright)
        yield
        sceneView.showLandmarks(handle, row, data)
        yield
        if solving.isLost:
            self.panel.register.say(_lost())
            return
        self.panel.result.showCorrected(outcome, row)
        sceneView.rememberPoses(handle, _("corrected landmarks"))
        isTrusted = outcome.registered.quality.trusted
        verdict = (
            _("Solved again in {seconds:.1f} s.") if isTrusted else _("Solved again in {seconds:.1f} s, not to be trusted.")
        )
        self.panel.register.say(verdict.format(seconds=outcome.registered.timing_s.get("total", 0.0)))

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene: nothing is being corrected in it."""
        self._detected.clear()
        self._running = None


@dataclass(frozen=True, eq=False)
class _Solving:
    """What a correction under way belongs to; ``isPart``: those shown are a part of the ``count`` that were detected."""

    handle: Handle
    row: int
    xrayNode: Node
    ctNode: Node
    data: LandmarkData
    count: int
    isPart: bool

    @property
    def isLost(self) -> bool:
        """Whether something was deleted that the result belongs to."""
        gone = self.xrayNode.GetScene() is None or self.ctNode.GetScene() is None
        return gone or not sceneView.isAlive(self.handle)


def _lost() -> str:
    return _("The CT, the X-ray or the registration was deleted meanwhile; the result is not shown.")
