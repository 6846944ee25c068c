"""What the verbs of the module start from: packages, prepared CTs, and nodes as the library's CTs and X-rays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import slicer
from RayEmbRegistrationLib.files.xray_geometry import geometry_from_text
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import imageRun, inputs, install
from RayEmbRegistrationScene.inputs import CtInput, XrayInput
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from .geometryWords import withTyped

T = TypeVar("T")
MOST_IMAGES = 16  # kept of DICOM files; a run has hundreds

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import PreparedCache, Request
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.xray.view import XrayView

    from .worker import Cancelled, Report


class Running(TypedDict, total=False):
    """What each verb takes by keyword.

    Attributes:
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops the verb with ``Cancelled``.
    """

    progress: Report | None
    cancelled: Cancelled | None


class LogicInputs(ScriptedLoadableModuleLogic):
    """What goes into the verbs. They need no panel."""

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        self.device = "auto"
        self.weights: str | None = None
        self._cache: PreparedCache | None = None
        self._dicomImages: dict[tuple[str, int], XrayView] = {}
        self._dicomTags: dict[str, Callable[[int], XrayGeometry]] = {}
        self._isInstalled = self._isInstalling = False

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
        """The library's reading of the DICOM file, and frame, that a node shows, or None.

        Raises:
            ValueError: the file is gone.
        """
        from RayEmbRegistrationLib.xray.reading import read_xray

        one, count, frame = _instanceOf(node)
        if not one:
            return None
        if (one, frame) not in self._dicomImages:
            path = _fileOf(node, one)
            image = self._whenInstalled(lambda: read_xray(path))
            if count > 1 and image.frame_count == count:
                image = read_xray(path, frame)
            while len(self._dicomImages) >= MOST_IMAGES:
                del self._dicomImages[next(iter(self._dicomImages))]
            self._dicomImages[one, frame] = image
        return self._dicomImages[one, frame]

    def tagsOfFrame(self, node: Node, frame: int | None = None) -> XrayGeometry | None:
        """What is told of the geometry of a frame, without its pixels; None where nothing is.

        Args:
            node: the X-ray.
            frame: from 0; the one that the node shows where None.
        """
        held = node if frame is None else imageRun.dataNodeOf(node, frame) or node
        kept = held.GetAttribute("RayEmbRegistration.Geometry")
        if kept:
            return geometry_from_text(kept)
        from RayEmbRegistrationLib.xray.dicom.reading import geometry_by_frame

        one, _count, number = _instanceOf(node, frame)
        try:
            if one and one not in self._dicomTags:
                path = _fileOf(node, one)
                self._dicomTags[one] = self._whenInstalled(lambda: geometry_by_frame(path))
            return self._dicomTags[one](number) if one else None
        except (ValueError, install.InstallError):
            return None

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
        view = replace(view, start=xray.start, ends_px=xray.endsPx, view=xray.view)
        return replace(view, points_ras=xray.pointsRas, points_px=xray.pointsPx)

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


def asCtInput(ct: Node | CtInput) -> CtInput:
    """A CT node as a CtInput."""
    return ct if isinstance(ct, CtInput) else CtInput(ct)


def _instanceOf(node: Node, wanted: int | None = None) -> tuple[str, int, int]:
    """The instance UID of a frame, that shown where None is wanted, empty where it is not from DICOM; the node's number of
    frames; the frame.
    """
    held = node if wanted is None else imageRun.dataNodeOf(node, wanted) or node
    uids = (held.GetAttribute("DICOM.instanceUIDs") or "").split()
    count, frame = imageRun.frameCount(node), imageRun.frameOf(node) if wanted is None else wanted
    one = uids[frame] if len(uids) == count else next(iter(uids), "")  # a file a frame, or one of all of them
    return one, count, frame


def _fileOf(node: Node, instance: str) -> Path:
    """The file of an instance; ValueError where it is gone."""
    database = slicer.app.dicomDatabase()
    path = database.fileForInstance(instance) if database is not None else ""
    if not path:
        raise ValueError(_("the DICOM file of {name} is not in the DICOM database any more").format(name=node.GetName()))
    return Path(path)
