"""The verbs of the module, for the console, other modules and the panel; they need no panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import slicer
from RayEmbRegistrationLib.files.xray_geometry import geometry_from_text
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import inputs, install, sceneView
from RayEmbRegistrationScene.inputs import CtInput, XrayInput
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from . import outcomes, verdicts
from .geometryWords import withTyped
from .parameterNode import RayEmbRegistrationParameterNode

T = TypeVar("T")

if TYPE_CHECKING:
    import numpy as np
    from RayEmbRegistrationLib.application import Corrections, Outcome, PreparedCache, Request
    from RayEmbRegistrationLib.detector.heat_map import HeatMap
    from RayEmbRegistrationLib.detector.landmarks import Landmarks
    from RayEmbRegistrationLib.geometry.rigid import RigidTransform
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.registration import PreparedCT
    from RayEmbRegistrationLib.xray.view import XrayView

    from .outcomes import Shown
    from .worker import Cancelled, Report


class RayEmbRegistrationLogic(ScriptedLoadableModuleLogic):
    """The verbs, for the console, for other modules and for the panel. They need no panel.

        logic = RayEmbRegistrationLogic()
        xray = logic.xray(getNode("X-ray"), sourceToDetectorMm=1020, pixelSpacingMm=(0.73, 0.73))
        outcome = logic.register(getNode("CT"), [xray])
        logic.showResult(getNode("CT"), [xray], outcome)
        print(outcome.result.quality.reason)

    Verbs take ``progress``, called with (share done, stage in words), and ``cancelled``, asked now and then. They raise
    ValueError, in a sentence, for what cannot be registered, and ``Cancelled`` when asked to stop. A CT is a volume node or
    a ``CtInput``, which also names a segmentation of its bones.
    """

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        self.device = "auto"
        self.weights: str | None = None
        self._cache: PreparedCache | None = None
        self._dicomImages: dict[str, XrayView] = {}
        self._isInstalled = self._isInstalling = False

    def getParameterNode(self) -> Any:
        """The parameters of the scene, typed."""
        wrapper: Any = RayEmbRegistrationParameterNode  # as Slicer's decorator makes it
        return wrapper(super().getParameterNode())

    # Installation

    @property
    def requirementsPath(self) -> Path:
        """The packages that Slicer does not bring."""
        return Path(__file__).parents[1] / "Resources" / "requirements.txt"

    def ensureInstalled(self, progress: Report | None = None) -> None:
        """Install what is missing after asking once; InstallError says what is missing where the user declines.

        Every verb begins with it, in the main thread.
        """
        if self._isInstalled:
            return  # looking it up takes as long as a click may
        if self._isInstalling:
            raise install.InstallError(_("Wait until the packages are installed."))
        self._isInstalling = True
        try:
            install.ensureInstalled(self.requirementsPath, progress)
        finally:
            self._isInstalling = False
        self._isInstalled = True

    def _whenInstalled(self, read: Callable[[], T]) -> T:
        """What reading gives; few files cannot be read without the packages, and only they ask for them."""
        try:
            return read()
        except ImportError:
            self.ensureInstalled()
            return read()

    @property
    def cache(self) -> PreparedCache:
        """Prepared CTs, found again by their content."""
        from RayEmbRegistrationLib.application import PreparedCache

        if self._cache is None:
            self._cache = PreparedCache(self.cacheFolder())
        return self._cache

    def cacheFolder(self) -> Path:
        """Where prepared CTs are kept."""
        return Path(slicer.app.cachePath) / "RayEmbRegistration"

    # What goes in

    def xray(
        self, node: Node, geometry: XrayGeometry | None = None, calibration: str | Path | None = None, **values: Any
    ) -> XrayInput:
        """An X-ray to register, its geometry from an object, a calibration file, or the node's DICOM tags.

        ``values`` are typed in: sourceToDetectorMm, pixelSpacingMm (column, row), principalPointPx, turns, isMirrored,
        boneIsBright.
        """
        if geometry is None:
            geometry = self.geometryFromFile(calibration, node) if calibration else self.geometryOf(node)
        return XrayInput(node, withTyped(geometry, **values) if values else geometry)

    def geometryOf(self, node: Node) -> XrayGeometry:
        """What is known of an X-ray node's geometry: from the sample's attributes or the DICOM tags; else nothing."""
        kept = node.GetAttribute("RayEmbRegistration.Geometry")
        if kept:
            return geometry_from_text(kept)
        try:
            return self.geometryFromDicom(node)
        except (ValueError, install.InstallError):
            return XrayGeometry()

    def geometryFromFile(self, path: str | Path, node: Node) -> XrayGeometry:
        """The geometry that a calibration file holds for an X-ray node's image."""
        from RayEmbRegistrationLib.files.camera_geometry import geometry_of_camera_file

        return self._whenInstalled(lambda: geometry_of_camera_file(path, inputs.imageSize(node)))

    def geometryFromDicom(self, node: Node) -> XrayGeometry:
        """The geometry that the DICOM tags of an X-ray node's file tell.

        Raises:
            ValueError: not loaded from DICOM, or the file is gone.
        """
        image = self.dicomImage(node)
        if image is None:
            raise ValueError(
                _("{name} was not loaded from DICOM; type the values in or load a calibration file").format(
                    name=node.GetName()
                )
            )
        return image.geometry.with_notes(*image.notes)

    def dicomImage(self, node: Node) -> XrayView | None:
        """The library's reading of the DICOM file that a node was loaded from, or None; raises ValueError if it is gone."""
        from RayEmbRegistrationLib.xray.reading import read_xray

        uid = (node.GetAttribute("DICOM.instanceUIDs") or "").split()
        if not uid:
            return None
        if uid[0] not in self._dicomImages:
            database = slicer.app.dicomDatabase()
            path = database.fileForInstance(uid[0]) if database is not None else ""
            if not path:
                raise ValueError(
                    _("the DICOM file of {name} is not in the DICOM database any more").format(name=node.GetName())
                )
            self._dicomImages[uid[0]] = self._whenInstalled(lambda: read_xray(path))
        return self._dicomImages[uid[0]]

    def view(self, xray: XrayInput) -> XrayView:
        """An X-ray node as the library's XrayView."""
        self.ensureInstalled()
        from dataclasses import replace

        from RayEmbRegistrationLib.application import view_of_pixels

        pixels, _notes = inputs.xrayPixels(xray.node)
        try:
            file = self.dicomImage(xray.node)
        except ValueError:  # the file is gone; the pixels are here
            file = None
        view = view_of_pixels(pixels, xray.geometry, file, xray.node.GetName())
        return replace(view, start=xray.start, points_ras=xray.pointsRas, points_px=xray.pointsPx)

    def request(
        self,
        ct: Node | CtInput,
        xrays: Sequence[XrayInput] = (),
        settings: RegistrationSettings | None = None,
        fromAngles: bool = False,
    ) -> Request:
        """Everything a registration needs, as arrays: the nodes may go while it runs."""
        self.ensureInstalled()
        from RayEmbRegistrationLib.application import Request
        from RayEmbRegistrationLib.pose.settings import RegistrationSettings

        ct = asCtInput(ct)
        volume = inputs.ctVolume(ct.node, ct.segmentation, ct.segmentIds)
        views = tuple(self.view(xray) for xray in xrays)
        settings = settings or RegistrationSettings()
        return Request(volume, views, settings, self.device, ct.name, fromAngles, self.weights)

    # The verbs

    def prepare(
        self,
        ct: Node | CtInput,
        settings: RegistrationSettings | None = None,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
    ) -> PreparedCT:
        """What can be computed before the X-ray exists; found again the next time."""
        return self.carryOut(self.request(ct, settings=settings), progress, cancelled).prepared

    def detectLandmarks(
        self,
        ct: Node | CtInput,
        xray: XrayInput,
        settings: RegistrationSettings | None = None,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
    ) -> Landmarks:
        """Where an X-ray shows points of the bone, by the landmark detector alone. Returns the library's Landmarks."""
        self.ensureInstalled()
        from RayEmbRegistrationLib.application import detect_landmarks

        return detect_landmarks(self.prepare(ct, settings, progress, cancelled), self.view(xray))

    def trainForPatient(
        self,
        ct: Node | CtInput,
        minutes: float,
        settings: RegistrationSettings | None = None,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
    ) -> PreparedCT:
        """Let the landmark detector learn this CT; later registrations of it use what was learnt."""
        return self.train(self.request(ct, settings=settings), minutes, progress, cancelled)

    def estimatePose(
        self,
        ct: Node | CtInput,
        xrays: Sequence[XrayInput],
        settings: RegistrationSettings | None = None,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
    ) -> list[RigidTransform]:
        """The poses camera_from_ras, one an X-ray: from landmark pairs alone where all have them, else as ``register``."""
        self.ensureInstalled()
        from RayEmbRegistrationLib.pose.landmarks.pnp import pose_from_landmarks

        if all(xray.pointsRas is not None for xray in xrays):
            views = [self.view(xray) for xray in xrays]
            return [pose_from_landmarks(view.camera, view.points_ras, view.points_px) for view in views]
        outcome = self.register(ct, xrays, settings, progress, cancelled)
        return [view.camera_from_ras for view in outcome.result.views]

    def refinePose(
        self,
        ct: Node | CtInput,
        xrays: Sequence[XrayInput],
        settings: RegistrationSettings | None = None,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
    ) -> Outcome:
        """Improve the start poses of X-rays without looking elsewhere."""
        self.ensureInstalled()
        from dataclasses import replace

        from RayEmbRegistrationLib.pose.settings import RegistrationSettings

        if all(xray.start is None for xray in xrays):
            raise ValueError(_("there is no pose to refine; register first, or give a start pose"))
        settings = replace(settings or RegistrationSettings(), refine_only=True)
        return self.carryOut(self.request(ct, xrays, settings), progress, cancelled)

    def register(
        self,
        ct: Node | CtInput,
        xrays: Sequence[XrayInput],
        settings: RegistrationSettings | None = None,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
    ) -> Outcome:
        """Find where the X-rays were taken from; the CT is prepared where it was not yet. Returns an ``Outcome``."""
        return self.carryOut(self.request(ct, xrays, settings), progress, cancelled)

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
        """Write transforms, result.json, result.csv and pictures of a registration into a folder; returns the paths."""
        self.ensureInstalled()
        from .export import exportRegistration

        verdicts.settle(handle)
        return exportRegistration(handle, folder, outcome if verdicts.isAssessed(handle) else None)

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
        handle = handle if sceneView.isAlive(handle) else sceneView.createRegistration()
        shown = outcomes.toShow(outcome, asCtInput(ct).node, xrays, handle.GetParameter("PanelBone"))
        for _step in self.resultSteps(handle, shown):
            pass
        return handle

    def resultSteps(
        self, handle: Handle, shown: Shown, trajectories: Mapping[int, Sequence[RigidTransform]] | None = None
    ) -> Iterator[None]:
        """As ``showResult``, a little with each ``next``, so that the application stays awake meanwhile.

        Args:
            handle: the registration.
            shown: of ``outcomes.toShow``, which a thread can make.
            trajectories: row to the poses on the way, or None.
        """
        for label, surface in shown.surfaces.surfaces.items():
            sceneView.showBoneSurface(handle, surface, label)
            yield
        handle.SetParameter("PanelBone", shown.surfaces.identity)
        yield from sceneView.registrationSteps(handle, shown.data, trajectories)
        sceneView.rememberPoses(handle, shown.outcome.result.quality.reason)
        verdicts.keep(handle, shown.outcome)


def asCtInput(ct: Node | CtInput) -> CtInput:
    """A CT node as a CtInput."""
    return ct if isinstance(ct, CtInput) else CtInput(ct)
