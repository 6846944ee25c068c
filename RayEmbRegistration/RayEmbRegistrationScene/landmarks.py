"""Landmarks as markups, one node a role: in the CT (3D), and flat on the X-ray detected, reprojected, rejected and true.

Flat points lie in the frame of the X-ray's picture and show in its slice view alone; in 3D the same points are drawn on the
detector plane by ``residuals``. A 3D point cannot simply be shown in the slice view: that would project it in parallel.
"""

from __future__ import annotations

import numpy as np
import slicer
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from . import colors
from .frames import picturePoints, rasFromPixel
from .handle import ensureNode, removeRole, viewRole
from .plainData import LandmarkData
from .views import cameraOf

FLAT_ROLES = {  # role: colour, glyph, what it is called
    "Detected": (colors.DETECTED, "Circle2D", "detected landmarks"),
    "Reprojected": (colors.REPROJECTED, "Cross2D", "reprojected landmarks"),
    "Rejected": (colors.REJECTED, "ThickCross2D", "rejected landmarks"),
    "True": (colors.TRUTH, "Diamond2D", "true landmarks"),
}
ROLE_3D = "LandmarksInCt"
_GLYPH_PERCENT = {True: 1.2, False: 2.2}  # of the view's size: 3D, flat


def showLandmarks(
    handle, viewIndex: int, data: LandmarkData, cameraFromRas: RigidTransform | None, onlyReprojected: bool = False
) -> None:
    """Make or update the markups of one view, or of them only those that move with the pose."""
    camera, chosen = cameraOf(handle, viewIndex), choose(data)
    names, notes = _names(data), _notes(data)
    if not onlyReprojected:
        _showPoints(
            handle,
            viewRole(viewIndex, ROLE_3D),
            _Style(f"X-ray {viewIndex + 1} landmarks in the CT", colors.DETECTED, "Sphere3D", isFlat=False),
            np.asarray(data.pointsRas, dtype=float)[chosen["Detected"]],
            _pick(names, chosen["Detected"]),
            _pick(notes, chosen["Detected"]),
        )
    pixels = {"Detected": data.detectedPx, "Rejected": data.detectedPx, "True": data.truePx, "Reprojected": None}
    if cameraFromRas is not None:
        pixels["Reprojected"] = camera.project(cameraFromRas.apply(data.pointsRas))
    place = rasFromPixel(handle, viewIndex, camera)
    for role, (color, glyph, label) in FLAT_ROLES.items():
        if onlyReprojected and role != "Reprojected":
            continue
        if pixels[role] is None:
            removeRole(handle, viewRole(viewIndex, role))
            continue
        positions = np.asarray(pixels[role], dtype=float)
        shown = chosen[role] & np.isfinite(positions).all(axis=1)
        style = _Style(f"X-ray {viewIndex + 1} {label}", color, glyph, isFlat=True)
        points = picturePoints(place, positions[shown])
        _showPoints(handle, viewRole(viewIndex, role), style, points, _pick(names, shown), _pick(notes, shown))


def choose(data: LandmarkData) -> dict[str, np.ndarray]:
    """Role to (N,) bool: which landmarks are in it."""
    seen = np.isfinite(np.asarray(data.detectedPx, dtype=float)).all(axis=1)
    used = np.ones(len(seen), dtype=bool) if data.used is None else np.asarray(data.used, dtype=bool)
    everyone = np.ones(len(seen), dtype=bool)
    return {"Detected": used & seen, "Reprojected": used & seen, "Rejected": ~used & seen, "True": everyone}


class _Style:
    def __init__(self, label: str, color: tuple, glyph: str, isFlat: bool) -> None:
        self.label, self.color, self.glyph, self.isFlat = label, color, glyph, isFlat


def _showPoints(handle, role: str, style: _Style, points: np.ndarray, names: list, notes: list):
    node, isNew = ensureNode(handle, role, "vtkMRMLMarkupsFiducialNode", style.label)
    with slicer.util.NodeModify(node):
        node.SetLocked(False)
        slicer.util.updateMarkupsControlPointsFromArray(node, points)
        for number, (name, note) in enumerate(zip(names, notes, strict=True)):
            node.SetNthControlPointLabel(number, name)
            node.SetNthControlPointDescription(number, note)
        node.SetLocked(True)
    if isNew:
        node.CreateDefaultDisplayNodes()
        styleMarkups(node, style.color, style.glyph, style.isFlat)
    return node


def styleMarkups(node, color: tuple, glyph: str, isFlat: bool) -> None:
    """Give a markups node's display a colour, a glyph and the kind of view it belongs to."""
    display = node.GetDisplayNode()
    display.SetSelectedColor(*color)
    display.SetColor(*color)
    display.SetActiveColor(*color)
    display.SetGlyphTypeFromString(glyph)
    display.SetGlyphScale(_GLYPH_PERCENT[not isFlat])
    display.SetPointLabelsVisibility(False)
    display.SetPropertiesLabelVisibility(False)
    display.SetVisibility2D(isFlat)
    display.SetVisibility3D(not isFlat)
    display.SetOccludedVisibility(True)
    display.SetOccludedOpacity(0.35)


def _names(data: LandmarkData) -> list[str]:
    return (
        [str(label) for label in data.labels]
        if data.labels is not None
        else [str(n + 1) for n in range(len(data.pointsRas))]
    )


def _notes(data: LandmarkData) -> list[str]:
    if data.scores is None:
        return [""] * len(data.pointsRas)
    return [f"confidence {float(score):.2f}" for score in np.ravel(data.scores)]


def _pick(values: list, which: np.ndarray) -> list:
    return [value for value, wanted in zip(values, which, strict=True) if wanted]
