"""The DRR laid over the X-ray in slice views: blend, edges, checkerboard, wiper, difference, blink."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np

from . import overlayDrawing, overlayPicture, sliceViews
from .frames import overSameField, rasFromPixel
from .handle import ensureNode, nodeOf, record, setRecord, viewRole
from .nodes import Handle, Node
from .overlayDrawing import DRR_ROLE, PICTURE_MODES, PICTURE_ROLE, PictureTask
from .pictureField import fieldOf
from .plainData import MODES, OverlaySettings
from .uprightXray import isShownInverted, setImage, setWindow, uprightXray
from .views import shownCamera
from .xrayFilter import shownXray

BRIGHT_KEY, SETTINGS_KEY = "BoneIsBright", "Overlay"
_GREY, _INVERTED_GREY = "vtkMRMLColorTableNodeGrey", "vtkMRMLColorTableNodeInvertedGrey"


def showDrr(handle: Handle, viewIndex: int, drr: np.ndarray, boneIsBright: bool | None = None) -> Node:
    """Make or update the DRR volume (h, w), any resolution over the X-ray's field; returns its node, or None without X-ray.

    Bone is shown as in the X-ray, bright or dark: as told, or judged by comparing the two.
    """
    xray = uprightXray(handle, viewIndex)
    if xray is None:
        return None
    camera = shownCamera(handle, viewIndex)
    drr = np.nan_to_num(np.asarray(drr, dtype=np.float32))
    node, isNew = ensureNode(handle, viewRole(viewIndex, DRR_ROLE), "vtkMRMLScalarVolumeNode", f"X-ray {viewIndex + 1} DRR")
    place = overSameField(rasFromPixel(handle, viewIndex, camera), camera.image_size, (drr.shape[1], drr.shape[0]))
    setImage(node, drr, place)
    if isNew:
        node.CreateDefaultDisplayNodes()
    filled = drr[drr > 0]
    setWindow(node, (0.0, float(np.percentile(filled, 99)) if filled.size else 1.0))
    key = viewRole(viewIndex, BRIGHT_KEY)
    setRecord(handle, key, _boneIsBright(xray, drr, boneIsBright, record(handle, key, True)))
    applyOverlay(handle, viewIndex)
    return node


def setOverlay(handle: Handle, settings: OverlaySettings) -> None:
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


def overlaySettings(handle: Handle) -> OverlaySettings:
    """The present choice."""
    return OverlaySettings(**record(handle, SETTINGS_KEY, {}))


def applyOverlay(handle: Handle, viewIndex: int, redraw: bool = True) -> None:
    """Bring picture and slice views in line with the settings; ``redraw`` also where X-ray or DRR changed."""
    xray, drr = shownXray(handle, viewIndex), nodeOf(handle, viewRole(viewIndex, DRR_ROLE))
    if xray is None:
        return
    settings = overlaySettings(handle)
    layer, opacity = drr, settings.opacity
    if drr is not None:
        _giveColors(drr, _shownBright(handle, viewIndex, xray))
    if drr is not None and settings.mode in PICTURE_MODES:
        role = viewRole(viewIndex, PICTURE_ROLE)
        if (redraw or nodeOf(handle, role) is None) and not overlayDrawing.isLeftToOther(handle, viewIndex):
            task = pictureTask(handle, viewIndex)
            if task is not None:
                overlayDrawing.showPicture(handle, viewIndex, task.draw())
        layer = nodeOf(handle, role)
        opacity = settings.opacity if settings.mode == "edges" else 1.0
    elif settings.mode == "blink":
        opacity = 1.0 if settings.drrShown else 0.0
    sliceViews.setLayers(handle, viewIndex, xray, layer, opacity)
    sliceViews.setDrrAlone(handle, viewIndex, drr)


def pictureTask(handle: Handle, viewIndex: int) -> PictureTask | None:
    """What the picture of the present mode is drawn from; None where the mode or the view has none."""
    xray, drr = shownXray(handle, viewIndex), nodeOf(handle, viewRole(viewIndex, DRR_ROLE))
    settings = overlaySettings(handle)
    if xray is None or drr is None or xray.GetDisplayNode() is None or settings.mode not in PICTURE_MODES:
        return None
    bright = _shownBright(handle, viewIndex, xray)
    task = overlayDrawing.gather(xray, drr, settings, shownCamera(handle, viewIndex).image_size, bright)
    return replace(task, field=fieldOf(handle, viewIndex))


def showOverlayPicture(handle: Handle, viewIndex: int, picture: np.ndarray) -> None:
    """Show what ``pictureTask(...).draw()`` returned, where there still is what it belongs to."""
    if uprightXray(handle, viewIndex) is not None:
        overlayDrawing.showPicture(handle, viewIndex, picture)
        applyOverlay(handle, viewIndex, redraw=False)


def _shownBright(handle: Handle, viewIndex: int, xray: Node) -> bool:
    """Whether bone is bright in the X-ray as it is shown now; the record is of its values."""
    return bool(record(handle, viewRole(viewIndex, BRIGHT_KEY), True)) != isShownInverted(xray)


def _giveColors(drr: Node, bright: bool) -> None:
    """Black on white or white on black as the X-ray; other colours are the user's and stay."""
    display = drr.GetDisplayNode()
    wanted = _GREY if bright else _INVERTED_GREY
    if display is not None and display.GetColorNodeID() in (None, _GREY, _INVERTED_GREY):
        display.SetAndObserveColorNodeID(wanted)


def _boneIsBright(xray: Node, drr: np.ndarray, told: bool | None, before: bool) -> bool:
    """Whether bone has the higher values in the X-ray."""
    if told is not None:
        return bool(told)
    if xray.GetDisplayNode() is None:  # the user deleted the display alone: nothing is shown that could tell
        return before
    inverted = isShownInverted(xray)
    small = overlayPicture.resized(overlayDrawing.shownGrey(xray), (64, 64))
    return overlayPicture.looksBright(overlayPicture.resized(drr, (64, 64)), small, before != inverted) != inverted
