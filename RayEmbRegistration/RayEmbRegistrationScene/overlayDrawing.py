"""Drawing of pictures that compare X-ray and DRR: what they are drawn from, and the node that shows them.

Drawing takes up to half a second for a large X-ray. It needs arrays alone, so that a panel can have it done by a thread:
``drawPicturesWith``. Without that it happens at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import slicer
from vtk.util.numpy_support import vtk_to_numpy

from . import overlayPicture
from .frames import overSameField, rasFromPixel
from .handle import ensureNode, viewRole
from .nodes import Handle, Node
from .pictureField import fieldAt
from .plainData import OverlaySettings
from .uprightXray import imageOf, setImage, setWindow
from .views import shownCamera

DRR_ROLE, PICTURE_ROLE = "Drr", "OverlayPicture"
PICTURE_MODES = ("edges", "checkerboard", "wiper", "difference")
_EDGES_PX, _LARGEST_PX = 700, 1024  # edges at the size of a slice view, so that lines are equally thin for every X-ray

_others: list[Callable[[object, int], None]] = []


def drawPicturesWith(wanted: Callable[[object, int], None]) -> Callable[[], None]:
    """Let another draw: ``wanted(handle, viewIndex)`` is called where a picture is out of date. What is returned ends that.

    Whoever is called gets the task from ``pictureTask``, draws it anywhere, and hands it to ``showOverlayPicture``. Of
    several the last to come draws, so that a panel that goes leaves the pictures of another alone.
    """
    _others.append(wanted)

    def end() -> None:
        if wanted in _others:
            _others.remove(wanted)

    return end


def isLeftToOther(handle: Handle, viewIndex: int) -> bool:
    """Tell the other that a picture is wanted; False where there is no other."""
    if _others:
        _others[-1](handle, viewIndex)
    return bool(_others)


@dataclass(frozen=True, eq=False)
class PictureTask:
    """A picture to draw, in any thread.

    Attributes:
        settings: how.
        size: (width, height) px of the picture.
        drr: (h, w) line integrals.
        shown: (H, W, C) uint8, the X-ray as it is shown; None where the mode does not need it.
        boneIsBright: in the X-ray as it is shown.
        field: (h, w) bool, beyond which nothing is drawn; None for the whole picture.
    """

    settings: OverlaySettings
    size: tuple[int, int]
    drr: np.ndarray
    shown: np.ndarray | None
    boneIsBright: bool
    field: np.ndarray | None = None

    def draw(self) -> np.ndarray:
        """(height, width, 4) uint8."""
        picture = self._picture()
        if self.field is not None:
            picture[..., 3] *= fieldAt(self.field, self.size)
        return picture

    def _picture(self) -> np.ndarray:
        drr = overlayPicture.resized(self.drr, self.size)
        if self.shown is None:
            return overlayPicture.edgesPicture(drr)
        shown = overlayPicture.resized(asGrey(self.shown), self.size)
        drrGrey = overlayPicture.matched(drr, shown, self.boneIsBright)
        if self.settings.mode == "checkerboard":
            return overlayPicture.checkerboardPicture(drrGrey, self.settings.tiles)
        if self.settings.mode == "wiper":
            return overlayPicture.wiperPicture(drrGrey, self.settings.wiper)
        return overlayPicture.differencePicture(drrGrey, shown, self.boneIsBright)


def gather(xray: Node, drr: Node, settings: OverlaySettings, size: tuple[int, int], boneIsBright: bool) -> PictureTask:
    """The arrays of two volume nodes from which a picture is drawn; ``size`` is the X-ray's."""
    isEdges = settings.mode == "edges"
    scale = (_EDGES_PX if isEdges else min(_LARGEST_PX, max(size))) / max(size)
    width, height = (max(1, round(length * scale)) for length in size)
    return PictureTask(settings, (width, height), imageOf(drr), None if isEdges else shownColors(xray), boneIsBright)


def showPicture(handle: Handle, viewIndex: int, picture: np.ndarray) -> Node:
    """Make or update the node of a view's picture (h, w, 4) uint8; returns it."""
    role, label = viewRole(viewIndex, PICTURE_ROLE), f"X-ray {viewIndex + 1} overlay"
    node, isNew = ensureNode(handle, role, "vtkMRMLVectorVolumeNode", label)
    node.SetVoxelVectorType(slicer.vtkMRMLVolumeNode.VoxelVectorTypeColorRGBA)
    camera = shownCamera(handle, viewIndex)
    place = overSameField(rasFromPixel(handle, viewIndex, camera), camera.image_size, (picture.shape[1], picture.shape[0]))
    setImage(node, picture, place)
    if isNew:
        node.CreateDefaultDisplayNodes()
    setWindow(node, (0, 255))
    return node


def shownColors(xray: Node) -> np.ndarray:
    """(H, W, C) uint8, C 3 or 4: a volume as its window, threshold and colours show it; a copy."""
    display = xray.GetDisplayNode()
    display.GetImageDataConnection().GetProducer().Update()
    image = display.GetOutputImageData()
    width, height, _ = image.GetDimensions()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1).copy()


def asGrey(colors: np.ndarray) -> np.ndarray:
    """(H, W) float32, 0 to 1, of (H, W, 3 or 4) uint8; what is transparent is black."""
    grey = (colors[..., 0].astype(np.float32) + colors[..., 1] + colors[..., 2]) / (3 * 255)
    return grey * (colors[..., 3] / np.float32(255)) if colors.shape[2] == 4 else grey


def shownGrey(xray: Node) -> np.ndarray:
    """(H, W) float32, 0 to 1: a volume as it is shown."""
    return asGrey(shownColors(xray))
