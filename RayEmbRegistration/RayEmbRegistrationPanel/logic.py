"""The verbs of the module, for the console, other modules and the panel; they need no panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.inputs import CtInput, XrayInput
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from . import outcomes, verdicts
from .logicBone import LogicBone
from .logicInputs import asCtInput
from .logicReconstruct import LogicReconstruct
from .logicTracking import LogicTracking
from .logicVirtual import LogicVirtual
from .parameterNode import RayEmbRegistrationParameterNode

if TYPE_CHECKING:
    import numpy as np
    from RayEmbRegistrationLib.application import Corrections, Outcome, Request
    from RayEmbRegistrationLib.detector.heat_map import HeatMap
    from RayEmbRegistrationLib.detector.landmarks import Landmarks
    from RayEmbRegistrationLib.geometry.rigid import RigidTransform
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.registration import PreparedCT
    from RayEmbRegistrationLib.xray.view import XrayView
    from typing_extensions import Unpack

    from .export import Gathered
    from .logicInputs import Running
    from .outcomes import Shown
    from .worker import Cancelled, Report


class RayEmbRegistrationLogic(LogicTracking, LogicReconstruct, LogicBone, LogicVirtual):
    """The verbs, for the console, for other modules and for the panel. They need no panel.

        logic = RayEmbRegistrationLogic()
        xray = logic.xray(getNode("X-ray"), sourceToDetectorMm=1020, pixelSpacingMm=(0.73, 0.73))
        outcome = logic.register(getNode("CT"), [xray])
        logic.showResult(getNode("CT"), [xray], outcome)
        print(outcome.registered.quality.reason)

    Verbs take ``progress`` and ``cancelled`` by keyword, see ``Running``. They raise ValueError, in a sentence, for what
    cannot be registered, and ``Cancelled`` when asked to stop. A CT is a volume node or a ``CtInput``, which also names a
    segmentation of its bones.
    """

    def getParameterNode(self) -> Any:
        """The parameters of the scene, typed."""
        wrapper: Any = RayEmbRegistrationParameterNode  # as Slicer's decorator makes it
        return wrapper(super().getParameterNode())

    # The verbs

    def prepare(
        self,
        ct: Node | CtInput,
        settings: RegistrationSettings | None = None,
        **running: Unpack[Running],
    ) -> PreparedCT:
        """What can be computed before the X-ray exists; found again the next time."""
        return self.carryOut(self.request(ct, settings=settings), **running).prepared

    def detectLandmarks(
        self,
        ct: Node | CtInput,
        xray: XrayInput,
        settings: RegistrationSettings | None = None,
        **running: Unpack[Running],
    ) -> Landmarks:
        """Where an X-ray shows points of the bone, by the landmark detector alone. Returns the library's Landmarks."""
        self.ensureInstalled()
        from RayEmbRegistrationLib.application import detect_landmarks

        return detect_landmarks(self.prepare(ct, settings, **running), self.view(xray))

    def trainForPatient(
        self,
        ct: Node | CtInput,
        minutes: float,
        settings: RegistrationSettings | None = None,
        **running: Unpack[Running],
    ) -> PreparedCT:
        """Let the landmark detector learn this CT; later registrations of it use what was learnt."""
        return self.train(self.request(ct, settings=settings), minutes, **running)

    def estimatePose(
        self,
        ct: Node | CtInput,
        xrays: Sequence[XrayInput],
        settings: RegistrationSettings | None = None,
        **running: Unpack[Running],
    ) -> list[RigidTransform]:
        """The poses camera_from_ras, one an X-ray: from landmark pairs alone where all have them, else as ``register``."""
        self.ensureInstalled()
        from RayEmbRegistrationLib.pose.landmarks.pnp import pose_from_landmarks

        if all(xray.pointsRas is not None for xray in xrays):
            views = [self.view(xray) for xray in xrays]
            pairs = [(view.camera, view.points_ras, view.points_px) for view in views]
            return [
                pose_from_landmarks(camera, pointsRas, pointsPx)
                for camera, pointsRas, pointsPx in pairs
                if pointsRas is not None and pointsPx is not None
            ]
        outcome = self.register(ct, xrays, settings, **running)
        return [view.camera_from_ras for view in outcome.registered.views]

    def refinePose(
        self,
        ct: Node | CtInput,
        xrays: Sequence[XrayInput],
        settings: RegistrationSettings | None = None,
        **running: Unpack[Running],
    ) -> Outcome:
        """Improve the start poses of X-rays without looking elsewhere."""
        self.ensureInstalled()
        from dataclasses import replace

        from RayEmbRegistrationLib.pose.settings import RegistrationSettings

        if all(xray.start is None for xray in xrays):
            raise ValueError(_("there is no pose to refine; register first, or give a start pose"))
        settings = replace(settings or RegistrationSettings(), refine_only=True)
        return self.carryOut(self.request(ct, xrays, settings), **running)

    def register(
        self,
        ct: Node | CtInput,
        xrays: Sequence[XrayInput],
        settings: RegistrationSettings | None = None,
        **running: Unpack[Running],
    ) -> Outcome:
        """Find where the X-rays were taken from; the CT is prepared where it was not yet. Returns an ``Outcome``."""
        return self.carryOut(self.request(ct, xrays, settings), **running)

    def assess(
        self,
        ct: Node | CtInput,
        xrays: Sequence[XrayInput],
        settings: RegistrationSettings | None = None,
        **running: Unpack[Running],
    ) -> Outcome:
        """What the start poses of X-rays are worth as they stand; nothing is sought, and nothing moves.

        Where the poses are those of a registration in the scene, ``showVerdict`` shows it there.
        """
        return self.carryOutAssessment(self.request(ct, xrays, settings), **running)

    def carryOutAssessment(
        self, request: Request, progress: Report | None = None, cancelled: Cancelled | None = None
    ) -> Outcome:
        """Assess the poses of a request. Touches no node, so that it may run in a thread."""
        from RayEmbRegistrationLib.application import assess_request

        return assess_request(request, self.cache, progress, cancelled)

    def assessAgain(
        self,
        before: Outcome,
        views: Sequence[XrayView],
        settings: RegistrationSettings,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
    ) -> Outcome:
        """Assess the poses of views by the CT of an outcome, which has not changed since. Touches no node."""
        from RayEmbRegistrationLib.application import assess_prepared

        return assess_prepared(before, tuple(views), settings, progress, cancelled)

    def solveAgain(
        self,
        request: Request,
        landmarks: Landmarks,
        corrections: Corrections,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
    ) -> Outcome:
        """The pose of a request's one X-ray by its landmarks as the user corrected them. Touches no node."""
        from RayEmbRegistrationLib.application import solve_again

        return solve_again(request, landmarks, corrections, self.cache, progress, cancelled)

    def carryOut(
        self,
        request: Request,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
        preview: Callable[..., None] | None = None,
    ) -> Outcome:
        """Do what was asked. Touches no node, so that it may run in a thread."""
        from RayEmbRegistrationLib.application import carry_out

        return carry_out(request, self.cache, progress, cancelled, preview)

    def train(
        self, request: Request, minutes: float, progress: Report | None = None, cancelled: Cancelled | None = None
    ) -> PreparedCT:
        """Train for the CT of a request. Touches no node, so that it may run in a thread."""
        from RayEmbRegistrationLib.application import train_for_patient

        return train_for_patient(request, minutes, self.cache, progress, cancelled)

    def heatMap(self, outcome: Outcome, row: int, pointRas: np.ndarray) -> HeatMap:
        """Where the detector sees a point of the CT in an X-ray of an outcome. Touches no node."""
        from RayEmbRegistrationLib.application import heat_map_of

        return heat_map_of(outcome, row, pointRas)

    def exportResult(self, handle: Handle, folder: str | Path, outcome: Outcome | None = None) -> list[Path]:
        """Write everything of a registration into a folder; returns the paths.

        result.json, result.csv, history.csv, for each X-ray transform, DICOM Spatial Registration and pictures, a report as
        HTML and PDF; targets and the motion of bones where there are any.
        """
        from . import export

        gathered = self.gatherResult(handle, outcome)
        written = export.write(gathered, folder)
        for _step in export.pdfSteps(written, folder):
            pass
        return written.paths

    def gatherResult(self, handle: Handle, outcome: Outcome | None = None) -> Gathered:
        """What ``exportResult`` writes, taken from the scene; a thread can write it."""
        self.ensureInstalled()
        from . import export

        if handle is not None:
            verdicts.settle(handle)
        return export.gather(handle, outcome if verdicts.isAssessed(handle) else None)

    def forgetPrepared(self) -> None:
        """Forget all prepared CTs and delete their files."""
        if self._isInstalled:
            self.cache.clear()
        for path in self.cacheFolder().glob("prepared-*.npz"):
            path.unlink(missing_ok=True)

    def showResult(
        self, ct: Node | CtInput, xrays: Sequence[XrayInput], outcome: Outcome, handle: Handle | None = None
    ) -> Handle:
        """Show an outcome in the scene; returns the registration's handle, a new one unless one is given."""
        if handle is None or not sceneView.isAlive(handle):
            handle = sceneView.createRegistration()
        shown = outcomes.toShow(outcome, asCtInput(ct).node, xrays, handle.GetParameter("PanelBone"))
        for _step in self.resultSteps(handle, shown):
            pass
        return handle

    def resultSteps(
        self,
        handle: Handle,
        shown: Shown,
        trajectories: Mapping[int, Sequence[RigidTransform]] | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> Iterator[None]:
        """As ``showResult``, a little with each ``next``, so that the application stays awake meanwhile.

        Args:
            handle: the registration.
            shown: of ``outcomes.toShow``, which a thread can make.
            trajectories: row to the poses on the way, or None.
            asked: of ``sceneView.statesOf`` when it was begun, without the poses; an image that has changed since is not
                the one that was registered.
        """
        for label, surface in shown.surfaces.surfaces.items():
            sceneView.showBoneSurface(handle, surface, label)
            yield
        handle.SetParameter("PanelBone", shown.surfaces.identity)
        yield from sceneView.registrationSteps(handle, shown.data, trajectories)
        sceneView.showMotions(handle)
        sceneView.rememberPoses(handle, shown.outcome.registered.quality.reason)
        verdicts.keep(handle, shown.outcome, asked=asked)

    def showVerdict(self, handle: Handle, outcome: Outcome, asked: Mapping[str, Any] | None = None) -> None:
        """Show what ``assess`` said of a registration's poses; ``asked`` is of ``sceneView.statesOf`` when it was begun."""
        verdicts.keep(handle, outcome, asked=asked)
