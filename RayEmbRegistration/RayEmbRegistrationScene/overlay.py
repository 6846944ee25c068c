"""The DRR laid over the X-ray in slice views: blend, edges, checkerboard, wiper, difference, blink."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import slicer
from vtk.util.numpy_support import vtk_to_numpy

from . import overlayPicture, sliceViews
from .frames import overSameField, rasFromPixel
from .handle import ensureNode, nodeOf, record, setRecord, viewRole
from .plainData import MODES, OverlaySettings
from .uprightXray import imageOf, setImage, setWindow, uprightXray
from .views import cameraOf

DRR_ROLE, PICTURE_ROLE, BRIGHT_KEY, SETTINGS_KEY = "Drr", "OverlayPicture", "BoneIsBright", "Overlay"
_GREY, _INVERTED_GREY = "vtkMRMLColorTableNodeGrey", "vtkMRMLColorTableNodeInvertedGrey"


def showDrr(handle, viewIndex: int, drr: np.ndarray, boneIsBright: bool | None = None):
    """Make or update the DRR volume (h, w), any resolution over the X-ray's field; returns its node, or None without X-ray.

    Bone is shown as in the X-ray, bright or dark: as told, or judged by comparing the two.
    """
    xray, camera = uprightXray(handle, viewIndex), cameraOf(handle, viewIndex)
    if xray is None:
        return None
    drr = np.nan_to_num(np.asarray(drr, dtype=np.float32))
    node, isNew = ensureNode(handle, viewRole(viewIndex, DRR_ROLE), "vtkMRMLScalarVolumeNode", f"X-ray {viewIndex + 1} DRR")
    place = overSameField(rasFromPixel(handle, viewIndex, camera), camera.image_size, drr.shape[::-1])
    setImage(node, drr, place)
    if isNew:
        node.CreateDefaultDisplayNodes()
    filled = drr[drr > 0]
    setWindow(node, (0.0, float(np.percentile(filled, 99)) if filled.size else 1.0))
    key = viewRole(viewIndex, BRIGHT_KEY)
    bright = _boneIsBright(xray, drr, boneIsBright, record(handle, key, True))
    setRecord(handle, key, bright)
    node.GetDisplayNode().SetAndObserveColorNodeID(_GREY if bright else _INVERTED_GREY)
    applyOverlay(handle, viewIndex)
    return node


def setOverlay(handle, settings: OverlaySettings) -> None:
    """Choose how the DRRs of all views are laid over their X-rays.

    Raises:
        ValueError: a mode that does not exist.
    """
    if settings.mode not in MODES:
        raise ValueError(f"the overlay mode '{settings.mode}' is unknown; choose one of {', '.join(MODES)}")
    before = overlaySettings(handle)
    setRecord(handle, SETTINGS_KEY, asdict(settings))
    onlyLayers = before.mode == settings.mode and settings.mode in ("blend", "edges", "blink")
    for viewIndex in sliceViews.shownViews(handle):
        applyOverlay(handle, viewIndex, redraw=not onlyLayers)


def overlaySettings(handle) -> OverlaySettings:
    """The present choice."""
    return OverlaySettings(**record(handle, SETTINGS_KEY, {}))


def applyOverlay(handle, viewIndex: int, redraw: bool = True) -> None:
    """Bring picture and slice views in line with the settings; ``redraw`` also where X-ray or DRR changed."""
    xray, drr = uprightXray(handle, viewIndex), nodeOf(handle, viewRole(viewIndex, DRR_ROLE))
    if xray is None:
        return
    settings = overlaySettings(handle)
    layer, opacity = drr, settings.opacity
    if drr is not None and settings.mode in ("edges", "checkerboard", "wiper", "difference"):
        layer = nodeOf(handle, viewRole(viewIndex, PICTURE_ROLE))
        if redraw or layer is None:
            layer = _showPicture(handle, viewIndex, settings)
        opacity = settings.opacity if settings.mode == "edges" else 1.0
    elif settings.mode == "blink":
        opacity = 1.0 if settings.drrShown else 0.0
    sliceViews.setLayers(handle, viewIndex, xray, layer, opacity)


def shownGrey(xray) -> np.ndarray:
    """(H, W) float 0 to 1: a volume as its window and colours show it."""
    display = xray.GetDisplayNode()
    display.GetImageDataConnection().GetProducer().Update()
    image = display.GetOutputImageData()
    width, height, _ = image.GetDimensions()
    rgba = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)
    return rgba[..., :3].astype(np.float32).mean(axis=2) / 255


def _showPicture(handle, viewIndex: int, settings: OverlaySettings):
    xray, drr = uprightXray(handle, viewIndex), nodeOf(handle, viewRole(viewIndex, DRR_ROLE))
    image, size = imageOf(drr), cameraOf(handle, viewIndex).image_size
    bright = record(handle, viewRole(viewIndex, BRIGHT_KEY), True)
    if settings.mode == "edges":
        picture = overlayPicture.edgesPicture(overlayPicture.resized(image, _pictureSize(size)))
    else:
        shown = shownGrey(xray)
        drrGrey = overlayPicture.matched(overlayPicture.resized(image, size), shown, bright)
        picture = {
            "checkerboard": lambda: overlayPicture.checkerboardPicture(drrGrey, settings.tiles),
            "wiper": lambda: overlayPicture.wiperPicture(drrGrey, settings.wiper),
            "difference": lambda: overlayPicture.differencePicture(drrGrey, shown, bright),
        }[settings.mode]()
    role, label = viewRole(viewIndex, PICTURE_ROLE), f"X-ray {viewIndex + 1} overlay"
    node, isNew = ensureNode(handle, role, "vtkMRMLVectorVolumeNode", label)
    node.SetVoxelVectorType(slicer.vtkMRMLVolumeNode.VoxelVectorTypeColorRGBA)
    place = overSameField(rasFromPixel(handle, viewIndex, cameraOf(handle, viewIndex)), size, picture.shape[1::-1])
    setImage(node, picture, place)
    if isNew:
        node.CreateDefaultDisplayNodes()
    setWindow(node, (0, 255))
    return node


def _pictureSize(size: tuple[int, int]) -> tuple[int, int]:
    """Edges are drawn at the size of a slice view, so that their lines are equally thin whatever the X-ray's size."""
    scale = 700 / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _boneIsBright(xray, drr: np.ndarray, told: bool | None, before: bool) -> bool:
    if told is not None:
        return bool(told) != _isShownInverted(xray)
    shown = shownGrey(xray)
    small = overlayPicture.resized(shown, (64, 64))
    return overlayPicture.looksBright(overlayPicture.resized(drr, (64, 64)), small, before)


def _isShownInverted(xray) -> bool:
    colors = xray.GetDisplayNode().GetColorNode()
    table = colors.GetLookupTable() if colors is not None else None
    if table is None or xray.IsA("vtkMRMLVectorVolumeNode"):
        return False
    first, last = table.GetTableValue(0), table.GetTableValue(table.GetNumberOfTableValues() - 1)
    return sum(first[:3]) > sum(last[:3])
