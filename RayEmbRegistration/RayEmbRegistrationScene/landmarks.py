"""Landmarks as markups, one node a role: in the CT (3D), and flat on the X-ray detected, reprojected, rejected and true.

Flat points lie in the frame of the X-ray's picture and show in its slice view alone; in 3D the same points are drawn on the
detector plane by ``residuals``. A 3D point cannot simply be shown in the slice view: that would project it in parallel.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import slicer
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from . import colors
from .frames import picturePoints, rasFromPixel
from .handle import ensureNode, nodeOf, record, removeRole, setRecord, viewRole
from .nodes import Handle, Node
from .plainData import LandmarkData
from .views import shownCamera, viewCount

FLAT_ROLES = {  # role: colour, glyph, what it is called
    "Detected": (colors.DETECTED, "Circle2D", "detected landmarks"),
    "Pinned": (colors.PINNED, "Square2D", "confirmed landmarks"),
    "Reprojected": (colors.REPROJECTED, "Cross2D", "reprojected landmarks"),
    "Rejected": (colors.REJECTED, "ThickCross2D", "rejected landmarks"),
    "True": (colors.TRUTH, "Diamond2D", "true landmarks"),
}
ROLE_3D = "LandmarksInCt"
MOVABLE_ROLES, MOVABLE_KEY = ("Detected", "Pinned", "Rejected"), "MovableLandmarks"
_GLYPH_PERCENT = {True: 1.2, False: 2.2}  # of the view's size: 3D, flat


def showLandmarks(handle: Handle, viewIndex: int, data: LandmarkData, cameraFromRas: RigidTransform | None) -> None:
    """Make or update the markups of one view."""
    for _step in landmarkSteps(handle, viewIndex, data, cameraFromRas):
        pass


def landmarkSteps(
    handle: Handle, viewIndex: int, data: LandmarkData, cameraFromRas: RigidTransform | None
) -> Iterator[None]:
    """As ``showLandmarks``, one role with each ``next``."""
    used = choose(data)["Used"]
    style = _Style(f"X-ray {viewIndex + 1} landmarks in the CT", colors.DETECTED, "Sphere3D", isFlat=False)
    _showPoints(handle, viewRole(viewIndex, ROLE_3D), style, np.asarray(data.pointsRas, dtype=float), data, used)
    yield
    for role in FLAT_ROLES:
        showFlatRole(handle, viewIndex, role, data, cameraFromRas)
        yield


def showFlatRole(
    handle: Handle, viewIndex: int, role: str, data: LandmarkData, cameraFromRas: RigidTransform | None
) -> None:
    """Make or update the markups of one role in the picture; they go away where there is nothing to show in it."""
    color, glyph, label = FLAT_ROLES[role]
    pixels = data.truePx if role == "True" else data.detectedPx
    if role == "Reprojected":
        pixels = None
        if cameraFromRas is not None:
            pixels = shownCamera(handle, viewIndex).project(cameraFromRas.apply(data.pointsRas))
    if pixels is None or (role == "Pinned" and data.pinned is None):
        removeRole(handle, viewRole(viewIndex, role))
        return
    positions = np.asarray(pixels, dtype=float)
    shown = choose(data)[role] & np.isfinite(positions).all(axis=1)
    place = rasFromPixel(handle, viewIndex, shownCamera(handle, viewIndex))
    points = picturePoints(place, np.where(shown[:, None], positions, 0))
    style = _Style(f"X-ray {viewIndex + 1} {label}", color, glyph, isFlat=True)
    _showPoints(handle, viewRole(viewIndex, role), style, points, data, shown)


def choose(data: LandmarkData) -> dict[str, np.ndarray]:
    """Role to (N,) bool: which landmarks are in it; "Used" are all that the pose is from."""
    seen = np.isfinite(np.asarray(data.detectedPx, dtype=float)).all(axis=1)
    everyone: np.ndarray = np.ones(len(seen), dtype=bool)
    agree = everyone if data.used is None else np.asarray(data.used, dtype=bool)
    pinned = ~everyone if data.pinned is None else np.asarray(data.pinned, dtype=bool)
    used = (agree | pinned) & seen
    return {
        "Used": used,
        "Detected": used & ~pinned,
        "Pinned": pinned & seen,
        "Reprojected": used,
        "Rejected": seen & ~used,
        "True": everyone,
    }


class _Style:
    def __init__(self, label: str, color: tuple, glyph: str, isFlat: bool) -> None:
        self.label, self.color, self.glyph, self.isFlat = label, color, glyph, isFlat


def _showPoints(handle: Handle, role: str, style: _Style, points: np.ndarray, data: LandmarkData, shown: np.ndarray) -> Node:
    """The markups node of a role with those of the points (N, 3) that are shown."""
    node, isNew = ensureNode(handle, role, "vtkMRMLMarkupsFiducialNode", style.label)
    names, notes = landmarkNames(data), _notes(data)
    with slicer.util.NodeModify(node):
        node.SetLocked(False)
        slicer.util.updateMarkupsControlPointsFromArray(node, points[shown])
        for number, index in enumerate(np.flatnonzero(shown)):
            node.SetNthControlPointLabel(number, names[index])
            node.SetNthControlPointDescription(number, notes[index])
        node.SetLocked(not (style.isFlat and isMovable(handle, role)))
    if isNew:
        node.CreateDefaultDisplayNodes()
        styleMarkups(node, style.color, style.glyph, style.isFlat)
    return node


def styleMarkups(node: Node, color: tuple, glyph: str, isFlat: bool) -> None:
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


def landmarkNames(data: LandmarkData) -> list[str]:
    """The name of each landmark, as its control points are labelled."""
    if data.labels is not None:
        return [str(label) for label in data.labels]
    return [str(number + 1) for number in range(len(data.pointsRas))]


def _notes(data: LandmarkData) -> list[str]:
    if data.scores is None:
        return [""] * len(data.pointsRas)
    return [f"confidence {float(score):.2f}" for score in np.ravel(data.scores)]


def setMovable(handle: Handle, viewIndex: int | None) -> None:
    """Let the mouse drag the landmarks of one view, or of none."""
    setRecord(handle, MOVABLE_KEY, viewIndex)
    for index in range(viewCount(handle)):
        for role in MOVABLE_ROLES:
            node = nodeOf(handle, viewRole(index, role))
            if node is not None and bool(node.GetLocked()) != (index != viewIndex):
                node.SetLocked(index != viewIndex)


def isMovable(handle: Handle, role: str) -> bool:
    """Whether the mouse may drag what is in a role such as ``View1.Detected``."""
    viewIndex = record(handle, MOVABLE_KEY)
    return viewIndex is not None and role in [viewRole(viewIndex, name) for name in MOVABLE_ROLES]


def markLandmark(handle: Handle, viewIndex: int, name: str | None) -> None:
    """Draw the landmark of a name in the colour of what is marked, everywhere in the view; or none."""
    for role in (*MOVABLE_ROLES, "Reprojected"):
        node = nodeOf(handle, viewRole(viewIndex, role))
        if node is None or node.GetDisplayNode() is None:
            continue
        node.GetDisplayNode().SetColor(*colors.MARKED)  # points that are not "selected" have it
        with slicer.util.NodeModify(node):
            for number in range(node.GetNumberOfControlPoints()):
                node.SetNthControlPointSelected(number, node.GetNthControlPointLabel(number) != name)
