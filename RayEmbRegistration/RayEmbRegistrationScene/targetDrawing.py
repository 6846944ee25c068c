"""Targets drawn on the X-rays: in the right perspective, with the band within which 95 of 100 errors of the pose lie.

A target has a node for its lines and one for its band, in each X-ray; one that did not change is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.geometry.camera import Camera
from RayEmbRegistrationLib.geometry.uncertainty import PoseUncertainty, Sight, ellipse
from vtk.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy

from . import colors
from .drawnLine import BEYOND, DrawnLine, within
from .frames import picturePoints, rasFromPixel
from .handle import ensureNode, ownNodes, removeRole, viewRole
from .landmarks import styleMarkups
from .nodes import Handle, Node
from .pictureField import fieldOf
from .sliceViews import NAMES as NAMES_OF_VIEWS
from .sliceViews import sliceNodeNamed
from .targetErrors import Known, errorsOf
from .targetShapes import Shape
from .views import shownCamera, viewCount

LINES, BANDS, NAMES = "Targets", "TargetBands", "TargetNames"
CROSS_SHARE = 1 / 60
"""Length of a cross's arm, of the larger side of the image."""
MOST_NAMES = 20
"""Of a list with more points only the list is named."""
_UP = np.array([0.0, 0.0, 0.5])


@dataclass(frozen=True, eq=False)
class Drawn:
    """A target on an X-ray, in straight pieces.

    Attributes:
        lines: (N, 2, 2) px, start and end of each piece.
        band: (M, 2, 2) px of the band's edges; empty where the pose's error is not known.
    """

    lines: np.ndarray
    band: np.ndarray


def showTargets(
    handle: Handle, shapes: Sequence[Shape], withBands: bool = True, known: Mapping[int, Known] | None = None
) -> None:
    """Draw targets on every X-ray that has a pose; those that were drawn before and are not given go away.

    Args:
        handle: the registration.
        shapes: of the targets.
        withBands: whether to draw their errors, too, where these are known.
        known: of ``errorsOf``, where the caller has it.
    """
    known = errorsOf(handle) if known is None else known
    for view in range(viewCount(handle)):
        if view not in known:
            hideTargets(handle, view)
            continue
        sight, field = known[view].sight, fieldOf(handle, view)
        uncertainty = known[view].drawn if withBands else None
        for number, shape in enumerate(shapes):
            drawn = drawnOn(sight, shape, uncertainty, field)
            showPieces(handle, view, f"{LINES}.{number}", drawn.lines, shape.target.color, 2)
            showPieces(handle, view, f"{BANDS}.{number}", drawn.band, shape.target.color, 1)
        hideTargets(handle, view, len(shapes))
        _showNames(handle, view, known[view], shapes)


def hideTargets(handle: Handle, viewIndex: int, first: int = 0) -> None:
    """Take targets off an X-ray, from a number on."""
    for kind in (LINES, BANDS):
        prefix = viewRole(viewIndex, f"{kind}.")
        for role in ownNodes(handle, prefix):
            if int(role[len(prefix) :]) >= first:
                removeRole(handle, role)
    if first == 0:
        removeRole(handle, viewRole(viewIndex, NAMES))


def drawnOn(sight: Sight, shape: Shape, uncertainty: PoseUncertainty | None, field: np.ndarray | None = None) -> Drawn:
    """A target on an X-ray.

    Args:
        sight: the X-ray.
        shape: of the target.
        uncertainty: of the X-ray's pose; no band where None.
        field: (h, w) bool over the image, where it shows anything.
    """
    lines, band = [np.zeros((0, 2, 2))], [np.zeros((0, 2, 2))]
    for line in shape.outlines(sight.camera_from_ras.inverse().translation):
        piece = DrawnLine.of(sight, line, uncertainty)
        lines.append(piece.drawn(sight.camera, field))
        band += piece.edges(sight.camera, field)
    if len(shape.points):
        seen = sight.project(shape.points)
        isSeen = within(sight.camera, seen, None, BEYOND)
        if shape.target.kind == "points":
            lines.append(_crosses(sight.camera, seen[isSeen]))
        if uncertainty is not None:
            covariances = sight.drawn_covariance(shape.points, uncertainty)
            rounds = [ellipse(seen[n], covariances[n]) for n in np.flatnonzero(isSeen)]
            band += [np.stack([corners, np.roll(corners, -1, axis=0)], axis=1) for corners in rounds]
    return Drawn(np.concatenate(lines), np.concatenate(band))


def _crosses(camera: Camera, pixels: np.ndarray) -> np.ndarray:
    arm = CROSS_SHARE * max(camera.image_size)
    arms = np.array([[arm, 0], [0, arm]])
    return np.stack([pixels[:, None] - arms, pixels[:, None] + arms], axis=2).reshape(-1, 2, 2)


def showPieces(handle: Handle, viewIndex: int, thing: str, pieces: np.ndarray, color: tuple, thickness: int) -> None:
    """Make or update the node of a thing drawn on an X-ray, of pieces (N, 2, 2) px; it goes where there are none."""
    role = viewRole(viewIndex, thing)
    if not len(pieces):
        removeRole(handle, role)
        return
    place = rasFromPixel(handle, viewIndex, shownCamera(handle, viewIndex))
    starts, ends = picturePoints(place, pieces[:, 0]), picturePoints(place, pieces[:, 1])
    # Upright ribbons: a slice view draws where they cut its plane, the line; a line within the plane it would not draw.
    points = np.stack([starts - _UP, ends - _UP, ends + _UP, starts + _UP], axis=1).reshape(-1, 3)
    label = f"X-ray {viewIndex + 1} {thing.partition('.')[0]}"
    node, isNew = ensureNode(handle, role, "vtkMRMLModelNode", label)
    if not isNew and _isSame(node, points) and node.GetDisplayNode().GetColor() == tuple(color):
        return
    node.SetAndObservePolyData(_ribbons(points))
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
    display = node.GetDisplayNode()
    with slicer.util.NodeModify(display):
        display.SetColor(*color)
        _onlyInXrays(display)
        if isNew:
            display.SetVisibility2D(True)
            display.SetVisibility3D(False)
            display.SetSliceIntersectionThickness(thickness)


def _onlyInXrays(display: Node) -> None:
    """Spare the other slice views, none of which shows an X-ray's picture, the work: it is four times as fast."""
    for name in NAMES_OF_VIEWS:
        view = sliceNodeNamed(name)
        if view is not None and view.GetID() not in (display.GetViewNodeIDs() or ()):
            display.AddViewNodeID(view.GetID())


def _isSame(node: Node, points: np.ndarray) -> bool:
    shown = node.GetPolyData()
    if shown is None or shown.GetNumberOfPoints() != len(points):
        return False
    return bool(np.array_equal(vtk_to_numpy(shown.GetPoints().GetData()), points))


def _ribbons(points: np.ndarray) -> vtk.vtkPolyData:
    data, places, cells = vtk.vtkPolyData(), vtk.vtkPoints(), vtk.vtkCellArray()
    places.SetDataTypeToDouble()
    places.SetData(numpy_to_vtk(np.ascontiguousarray(points), deep=True))
    cells.SetData(4, numpy_to_vtkIdTypeArray(np.arange(len(points), dtype=np.int64), deep=True))
    data.SetPoints(places)
    data.SetPolys(cells)
    return data


def _showNames(handle: Handle, viewIndex: int, known: Known, shapes: Sequence[Shape]) -> None:
    """What each target, or each of its points, is called, beside it; and that it is not to be trusted, where it is not."""
    sight, doubt = known.sight, f" ({known.doubt})" if known.doubt else ""
    places, names = [], []
    for shape in shapes:
        for at, name in _named(sight, shape):
            places.append(at)
            names.append(name + doubt)
    if not places:
        removeRole(handle, viewRole(viewIndex, NAMES))
        return
    place = rasFromPixel(handle, viewIndex, sight.camera)
    label = f"X-ray {viewIndex + 1} names of targets"
    node, isNew = ensureNode(handle, viewRole(viewIndex, NAMES), "vtkMRMLMarkupsFiducialNode", label)
    with slicer.util.NodeModify(node):
        node.SetLocked(False)
        slicer.util.updateMarkupsControlPointsFromArray(node, picturePoints(place, np.array(places)))
        for number, name in enumerate(names):
            node.SetNthControlPointLabel(number, name)
        node.SetLocked(True)
    if isNew:
        node.CreateDefaultDisplayNodes()
        styleMarkups(node, colors.MARKED, "Vertex2D", isFlat=True)
        display = node.GetDisplayNode()
        display.SetPointLabelsVisibility(True)
        display.SetTextScale(2.5)
        display.SetGlyphScale(0.1)


def _named(sight: Sight, shape: Shape) -> list[tuple[np.ndarray, str]]:
    """Where to write what: a list's points by their own names, all else by its name at its highest place in the picture."""
    isList = shape.target.kind == "points"
    outlines = () if isList else shape.outlines(sight.camera_from_ras.inverse().translation)
    points = np.concatenate([shape.points, *outlines])
    seen = sight.project(points) if len(points) else np.zeros((0, 2))
    inside = np.flatnonzero(within(sight.camera, seen, None))
    if isList and len(points) <= MOST_NAMES:
        return [(seen[n], shape.names[n]) for n in inside]
    return [(seen[inside[np.argmin(seen[inside, 1])]], shape.target.name)] if len(inside) else []
