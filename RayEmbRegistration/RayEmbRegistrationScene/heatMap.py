"""Where the detector sees a picked point of the CT: a heat map over the X-ray, its hottest pixel, the true pixel."""

from __future__ import annotations

import numpy as np
import slicer

from . import colors, sliceViews
from .frames import overSameField, picturePoints, rasFromPixel
from .handle import ensureNode, nodeOf, removeRole, viewRole
from .landmarks import styleMarkups
from .nodes import Handle
from .overlay import applyOverlay
from .pose import poseOf
from .uprightXray import setImage, setWindow, uprightXray
from .views import shownCamera

ROLE, SEEN_ROLE, PLACED_ROLE, PICKED_ROLE = "HeatMap", "HeatMapSeen", "HeatMapPlaced", "HeatMapPicked"
_OPACITY = 0.85


def showHeatMap(handle: Handle, viewIndex: int, heat: np.ndarray, pointRas: np.ndarray) -> None:
    """Lay a heat map (h, w), any resolution over the X-ray's field, over the X-ray in place of the DRR.

    Marks the hottest pixel (cyan), the point in the CT (magenta), and, once there is a pose, where the pose puts the
    point in the X-ray (magenta): its true pixel.
    """
    xray = uprightXray(handle, viewIndex)
    if xray is None:
        return
    camera = shownCamera(handle, viewIndex)
    heat = np.nan_to_num(np.asarray(heat, dtype=np.float32))
    node, isNew = ensureNode(handle, viewRole(viewIndex, ROLE), "vtkMRMLVectorVolumeNode", f"X-ray {viewIndex + 1} heat map")
    whole = rasFromPixel(handle, viewIndex, camera)
    place = overSameField(whole, camera.image_size, (heat.shape[1], heat.shape[0]))
    node.SetVoxelVectorType(slicer.vtkMRMLVolumeNode.VoxelVectorTypeColorRGBA)
    setImage(node, heatPicture(heat), place)
    if isNew:
        node.CreateDefaultDisplayNodes()
    setWindow(node, (0, 255))
    sliceViews.setLayers(handle, viewIndex, xray, node, 1.0)

    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    name = f"X-ray {viewIndex + 1}"
    seen = picturePoints(place, np.array([[column, row]]))
    _mark(handle, viewRole(viewIndex, SEEN_ROLE), f"{name} picked point as seen", seen, (colors.DETECTED, "Circle2D"))
    point = np.asarray(pointRas, dtype=float).reshape(1, 3)
    _mark(handle, PICKED_ROLE, "picked point", point, (colors.TRUTH, "Sphere3D"))
    pose = poseOf(handle, viewIndex)
    pixels = camera.project(pose.apply(point)) if pose is not None else np.full((1, 2), np.nan)
    if np.isfinite(pixels).all():
        glyph = (colors.TRUTH, "Cross2D")
        _mark(
            handle, viewRole(viewIndex, PLACED_ROLE), f"{name} picked point by the pose", picturePoints(whole, pixels), glyph
        )
    else:
        removeRole(handle, viewRole(viewIndex, PLACED_ROLE))


def hideHeatMap(handle: Handle, viewIndex: int) -> None:
    """Take the heat map and its points away; the DRR comes back."""
    for role in (ROLE, SEEN_ROLE, PLACED_ROLE):
        removeRole(handle, viewRole(viewIndex, role))
    removeRole(handle, PICKED_ROLE)
    applyOverlay(handle, viewIndex)


def heatMapShown(handle: Handle, viewIndex: int) -> bool:
    """Whether a view shows a heat map."""
    return nodeOf(handle, viewRole(viewIndex, ROLE)) is not None


def heatPicture(heat: np.ndarray) -> np.ndarray:
    """(h, w, 4) uint8: black to red to yellow to white, opaque where it is hot and transparent where it is cold."""
    low, high = float(heat.min()), float(heat.max())
    value = (heat - low) / max(high - low, 1e-12)
    rgb = np.stack([np.clip(3 * value, 0, 1), np.clip(3 * value - 1, 0, 1), np.clip(3 * value - 2, 0, 1)], axis=2)
    alpha = _OPACITY * np.clip(2 * value, 0, 1)[..., None]
    return np.round(255 * np.concatenate([rgb, alpha], axis=2)).astype(np.uint8)


def _mark(handle: Handle, role: str, label: str, points: np.ndarray, style: tuple) -> None:
    node, isNew = ensureNode(handle, role, "vtkMRMLMarkupsFiducialNode", label)
    node.SetLocked(False)
    slicer.util.updateMarkupsControlPointsFromArray(node, points)
    node.SetLocked(True)
    if isNew:
        node.CreateDefaultDisplayNodes()
        color, glyph = style
        styleMarkups(node, color, glyph, isFlat=glyph.endswith("2D"))
        node.GetDisplayNode().SetGlyphScale(3.0)
