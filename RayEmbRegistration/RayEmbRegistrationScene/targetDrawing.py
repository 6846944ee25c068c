"""Targets drawn on the X-rays: in the right perspective, with the band within which 95 of 100 errors of the pose lie.

A target has a node for its lines and one for its band, in each X-ray; one that did not change is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.geometry.camera import Camera
from RayEmbRegistrationLib.geometry.uncertainty import PoseUncertainty, Sight, ellipse, half_widths
from vtk.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy

from .frames import picturePoints, rasFromPixel
from .handle import ensureNode, ownNodes, removeRole, viewRole
from .landmarks import styleMarkups
from .nodes import Handle, Node
from .pictureField import fieldOf
from .targetErrors import errorsOf
from .targets import Target
from .targetShapes import Shape
from .views import shownCamera, viewCount

LINES, BANDS, NAMES = "Targets", "TargetBands", "TargetNames"
STEP_SHARE, CROSS_SHARE = 1 / 240, 1 / 60
"""Length of a piece of a line, and of a cross's arm, of the larger side of the image."""
DASH, GAP = 3, 2
"""Pieces drawn and left out where a target is hidden."""
BEYOND = 0.15
"""Share of the image's size by which dashes reach beyond its edge."""
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


def showTargets(handle: Handle, shapes: Sequence[Shape], withBands: bool = True) -> None:
    """Draw targets on every X-ray that has a pose; those that were drawn before and are not given go away."""
    known = errorsOf(handle)
    for view in range(viewCount(handle)):
        if view not in known:
            hideTargets(handle, view)
            continue
        sight, uncertainty = known[view]
        field = fieldOf(handle, view)
        for number, shape in enumerate(shapes):
            drawn = drawnOn(sight, shape, uncertainty if withBands else None, field)
            _showPieces(handle, view, f"{LINES}.{number}", drawn.lines, shape.target)
            _showPieces(handle, view, f"{BANDS}.{number}", drawn.band, shape.target)
        hideTargets(handle, view, len(shapes))
        _showNames(handle, view, sight, shapes)


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
        piece = _Line.of(sight, line, uncertainty)
        lines.append(piece.drawn(sight.camera, field))
        band += piece.edges(sight.camera)
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


def within(camera: Camera, pixels: np.ndarray, field: np.ndarray | None, beyond: float = 0.0) -> np.ndarray:
    """(N,) bool, which pixels (N, 2) lie in the field of an X-ray, or so far beyond its edges; NaN never does."""
    size, margin = np.array(camera.image_size), beyond * max(camera.image_size)
    inside = ((pixels > -0.5 - margin) & (pixels < size - 0.5 + margin)).all(axis=1)  # NaN compares false
    if field is None or not inside.any():
        return np.asarray(inside)
    place = np.clip((pixels[inside] + 0.5) / size, 0, 1 - 1e-9)
    rows, columns = (place[:, ::-1] * field.shape).astype(int).T
    inside[inside] = field[rows, columns]
    return np.asarray(inside)


@dataclass(frozen=True, eq=False)
class _Line:
    """A line on an X-ray in pieces of one length.

    Attributes:
        pixels: (N, 2); NaN where it is behind the source.
        isBefore: (N,) bool, whether it is before the detector.
        widths: (N,) px of the band to either side; empty where that is not known.
        across: (N, 2) of unit length.
    """

    pixels: np.ndarray
    isBefore: np.ndarray
    widths: np.ndarray
    across: np.ndarray

    @classmethod
    def of(cls, sight: Sight, line: np.ndarray, uncertainty: PoseUncertainty | None) -> _Line:
        pixels = sight.project(line)
        depth = sight.camera_from_ras.apply(line)[:, 2]
        directions = np.gradient(pixels, axis=0)
        length = np.linalg.norm(directions, axis=1)
        across = np.stack([-directions[:, 1], directions[:, 0]], axis=1) / np.where(length > 0, length, np.nan)[:, None]
        widths = np.zeros(0)
        if uncertainty is not None:
            widths = half_widths(sight.drawn_covariance(line, uncertainty), directions)
        isBefore = depth < sight.camera.source_to_detector_mm
        return cls(*_even(pixels, isBefore, widths, across, STEP_SHARE * max(sight.camera.image_size)))

    def drawn(self, camera: Camera, field: np.ndarray | None) -> np.ndarray:
        """(M, 2, 2) px, pieces: whole where it is in the field, dashed where it is not."""
        seen = within(camera, self.pixels, field) & self.isBefore
        near = within(camera, self.pixels, None, BEYOND)
        dashes = np.arange(len(self.pixels) - 1) % (DASH + GAP) < DASH
        shown = (seen[:-1] & seen[1:]) | (near[:-1] & near[1:] & dashes)
        return _pieces(self.pixels, shown)

    def edges(self, camera: Camera) -> list[np.ndarray]:
        """Pieces (M, 2, 2) px of both edges of the band."""
        if not len(self.widths):
            return []
        found = []
        for side in (-1, 1):
            edge = self.pixels + side * self.widths[:, None] * self.across
            near = within(camera, edge, None, BEYOND) & within(camera, self.pixels, None, BEYOND)
            found.append(_pieces(edge, near[:-1] & near[1:]))
        return found


def _pieces(line: np.ndarray, shown: np.ndarray) -> np.ndarray:
    return np.stack([line[:-1][shown], line[1:][shown]], axis=1)


def _even(
    pixels: np.ndarray, isBefore: np.ndarray, widths: np.ndarray, across: np.ndarray, step: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The same line in pieces of about one length; where it is behind the source it stays as it is."""
    lengths = np.linalg.norm(np.diff(pixels, axis=0), axis=1)
    if not np.isfinite(lengths).all() or lengths.sum() > 1000 * step or lengths.sum() == 0:
        return pixels, isBefore, widths, across
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    places = np.linspace(0, along[-1], max(2, int(np.ceil(along[-1] / step)) + 1))

    def at(values: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(places, along, column) for column in values.T], axis=1)

    widths = np.interp(places, along, widths) if len(widths) else widths
    return at(pixels), np.interp(places, along, isBefore.astype(float)) > 0.5, widths, at(across)


def _crosses(camera: Camera, pixels: np.ndarray) -> np.ndarray:
    arm = CROSS_SHARE * max(camera.image_size)
    arms = np.array([[arm, 0], [0, arm]])
    return np.stack([pixels[:, None] - arms, pixels[:, None] + arms], axis=2).reshape(-1, 2, 2)


def _showPieces(handle: Handle, viewIndex: int, thing: str, pieces: np.ndarray, target: Target) -> None:
    """Make or update a node with pieces (N, 2, 2) px of a target; it goes where there are none."""
    role = viewRole(viewIndex, thing)
    if not len(pieces):
        removeRole(handle, role)
        return
    isBand = thing.startswith(BANDS)
    place = rasFromPixel(handle, viewIndex, shownCamera(handle, viewIndex))
    starts, ends = picturePoints(place, pieces[:, 0]), picturePoints(place, pieces[:, 1])
    # Upright ribbons: a slice view draws where they cut its plane, the line; a line within the plane it would not draw.
    points = np.stack([starts - _UP, ends - _UP, ends + _UP, starts + _UP], axis=1).reshape(-1, 3)
    what = "error of target" if isBand else "target"
    node, isNew = ensureNode(handle, role, "vtkMRMLModelNode", f"X-ray {viewIndex + 1} {what}")
    if not isNew and _isSame(node, points) and node.GetDisplayNode().GetColor() == target.color:
        return
    node.SetAndObservePolyData(_ribbons(points))
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
    display = node.GetDisplayNode()
    with slicer.util.NodeModify(display):
        display.SetColor(*target.color)
        if isNew:
            display.SetVisibility2D(True)
            display.SetVisibility3D(False)
            display.SetSliceIntersectionThickness(1 if isBand else 3)


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


def _showNames(handle: Handle, viewIndex: int, sight: Sight, shapes: Sequence[Shape]) -> None:
    """What each target is called, beside it."""
    places, names = [], []
    source = sight.camera_from_ras.inverse().translation
    for shape in shapes:
        anchor = shape.points[:1] if len(shape.points) else np.concatenate([*shape.outlines(source), np.zeros((0, 3))])
        seen = sight.project(anchor) if len(anchor) else np.zeros((0, 2))
        inside = seen[within(sight.camera, seen, None)]
        if len(inside):
            places.append(inside[np.argmin(inside[:, 1])])
            names.append(shape.target.name)
    if not places:
        removeRole(handle, viewRole(viewIndex, NAMES))
        return
    place = rasFromPixel(handle, viewIndex, sight.camera)
    node, isNew = ensureNode(
        handle, viewRole(viewIndex, NAMES), "vtkMRMLMarkupsFiducialNode", f"X-ray {viewIndex + 1} names of targets"
    )
    with slicer.util.NodeModify(node):
        node.SetLocked(False)
        slicer.util.updateMarkupsControlPointsFromArray(node, picturePoints(place, np.array(places)))
        for number, name in enumerate(names):
            node.SetNthControlPointLabel(number, name)
        node.SetLocked(True)
    if isNew:
        _styleNames(node, shapes[0].target.color)


def _styleNames(node: Node, color: tuple) -> None:
    node.CreateDefaultDisplayNodes()
    styleMarkups(node, color, "Vertex2D", isFlat=True)
    display = node.GetDisplayNode()
    display.SetPointLabelsVisibility(True)
    display.SetTextScale(3.0)
    display.SetGlyphScale(0.1)
