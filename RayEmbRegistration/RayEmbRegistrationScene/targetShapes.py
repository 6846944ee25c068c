"""A target's shape in the patient's space: points, lines, and surfaces with the outline that a source sees of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from .boneModel import boneSurface
from .frames import vtkMatrix
from .handle import nodeOf
from .inputs import markupPoints, placedNumbers
from .nodes import Handle, Node
from .targets import WHOLE, Target, movedBones

PIECES = 32
"""Of a line at least: a band has another width at each."""
MOST_TRIANGLES = 100_000
LEAST_OUTLINE_MM = 4.0
"""Shorter outlines are specks that say nothing."""
NEAR_MM = 5.0
"""So close to a bone's surface a target still belongs to it."""

_surfaces: dict[str, tuple[tuple[int, ...], vtk.vtkPolyData]] = {}


@dataclass(frozen=True, eq=False)
class Shape:
    """What of a target is drawn.

    Attributes:
        target: whose it is.
        points: (N, 3) RAS mm, marked each by a cross.
        names: of the points.
        lines: each (M, 3) RAS mm.
        surface: in RAS mm with normals; only its outline is drawn. None where there is none.
        bone: label of the bone that it moves with; WHOLE for the CT.
    """

    target: Target
    points: np.ndarray
    names: tuple[str, ...]
    lines: tuple[np.ndarray, ...] = field(default_factory=tuple)
    surface: vtk.vtkPolyData | None = None
    bone: str = WHOLE

    def outlines(self, sourceRas: np.ndarray) -> tuple[np.ndarray, ...]:
        """The lines, each (M, 3) RAS mm, as seen from a source (3,): of a surface where it turns away from it."""
        return self.lines if self.surface is None else (*self.lines, *outlinesOf(self.surface, sourceRas))


def shapeOf(handle: Handle, target: Target) -> Shape:
    """A target as it is now, at the place where its bone is in the X-rays."""
    points, surface = np.zeros((0, 3)), None
    names: tuple[str, ...] = ()
    lines: tuple[np.ndarray, ...] = ()
    if target.node.IsA("vtkMRMLMarkupsNode"):
        points, names, lines = _ofMarkup(target.node, target.kind)
    else:
        surface = surfaceOf(target)
    moved = movedBones(handle)
    bone = WHOLE
    if moved:
        bone = target.chosenBone if target.chosenBone is not None else _nearestBone(handle, moved, points, lines, surface)
    if bone in moved:
        place = RigidTransform.from_matrix(slicer.util.arrayFromTransformMatrix(moved[bone], toWorld=True))
        points, lines = place.apply(points), tuple(place.apply(line) for line in lines)
        surface = None if surface is None else _placed(surface, place.matrix)
    return Shape(target, points, names, lines, surface, bone)


def _ofMarkup(node: Node, kind: str) -> tuple[np.ndarray, tuple[str, ...], tuple[np.ndarray, ...]]:
    points = markupPoints(node)
    names = tuple(node.GetNthControlPointLabel(number) for number in placedNumbers(node))
    if kind == "points":
        return points, names, ()
    line: np.ndarray = points
    isClosed = False
    if kind == "plane":
        corners = vtk.vtkPoints()
        node.GetPlaneCornerPointsWorld(corners)
        line = _array(corners)
        isClosed = len(line) > 2
        points, names = points[:1], names[:1]
    elif kind not in ("line", "angle"):
        curve = node.GetCurvePointsWorld()
        line = np.zeros((0, 3)) if curve is None else _array(curve)
        isClosed = kind == "closed curve"
        points, names = np.zeros((0, 3)), ()
    if len(line) < 2:
        return points, names, ()
    if isClosed and not np.array_equal(line[0], line[-1]):
        line = np.concatenate([line, line[:1]])
    return points, names, (refined(line),)


def refined(line: np.ndarray, pieces: int = PIECES) -> np.ndarray:
    """(M, 3) a line (N, 3) with points between, so that it has at least so many pieces of about one length."""
    lengths = np.linalg.norm(np.diff(line, axis=0), axis=1)
    total = lengths.sum()
    if len(line) > pieces or total == 0:
        return line
    parts = [line[:1]]
    for start, end, length in zip(line[:-1], line[1:], lengths, strict=True):
        count = max(1, int(np.ceil(pieces * length / total)))
        parts.append(start + (np.arange(1, count + 1) / count)[:, None] * (end - start))
    return np.concatenate(parts)


def surfaceOf(target: Target) -> vtk.vtkPolyData | None:
    """The surface of a model or segment in the world's RAS mm, with normals; kept until it changes."""
    node = target.node
    parent = node.GetParentTransformNode()
    if target.segmentId:
        source = node.GetSegmentation().GetSegment(target.segmentId)
        layers = [source.GetRepresentation(name) for name in _representations()]
        stamp = tuple(layer.GetMTime() for layer in layers if layer is not None)
    else:
        source = node.GetPolyData()
        stamp = () if source is None else (source.GetMTime(),)
    stamp += () if parent is None else (parent.GetTransformToWorldMTime(), parent.GetMTime())
    kept = _surfaces.get(target.key)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    raw = _segmentSurface(target) if target.segmentId else source
    if raw is None or raw.GetNumberOfPolys() + raw.GetNumberOfStrips() == 0:
        return None
    made = _prepared(raw, parent)
    _surfaces[target.key] = (stamp, made)
    return made


def forgetSurfaces() -> None:
    """Let go of the surfaces of a scene that was closed."""
    _surfaces.clear()


def _representations() -> tuple[str, str]:
    converter = slicer.vtkSegmentationConverter
    return (
        converter.GetSegmentationClosedSurfaceRepresentationName(),
        converter.GetSegmentationBinaryLabelmapRepresentationName(),
    )


def _segmentSurface(target: Target) -> vtk.vtkPolyData | None:
    """Of a segment, without making the user's node hold more than it does."""
    closed, _labels = _representations()
    segment = target.node.GetSegmentation().GetSegment(target.segmentId)
    if segment.GetRepresentation(closed) is not None:
        return segment.GetRepresentation(closed)
    image = slicer.vtkOrientedImageData()
    if not target.node.GetBinaryLabelmapRepresentation(target.segmentId, image) or image.GetNumberOfPoints() == 0:
        return None
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    columns, rows, slices = image.GetDimensions()
    values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(slices, rows, columns)
    low = np.array(image.GetExtent()[::2])
    rasFromIjk = slicer.util.arrayFromVTKMatrix(matrix)
    rasFromIjk[:3, 3] += rasFromIjk[:3, :3] @ low
    return boneSurface((values > 0).astype(np.float32), rasFromIjk, 0.5)


def _prepared(raw: vtk.vtkPolyData, parent: Node | None) -> vtk.vtkPolyData:
    data = raw
    if parent is not None:
        toWorld = vtk.vtkGeneralTransform()
        slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(parent, None, toWorld)
        data = _transformed(data, toWorld)
    triangles = vtk.vtkTriangleFilter()
    triangles.SetInputData(data)
    triangles.PassLinesOff()
    triangles.PassVertsOff()
    triangles.Update()
    data = triangles.GetOutput()
    if data.GetNumberOfPolys() > MOST_TRIANGLES:
        fewer = vtk.vtkQuadricClustering()
        fewer.SetInputData(data)
        divisions = round((MOST_TRIANGLES / 4) ** 0.5)
        fewer.SetNumberOfDivisions(divisions, divisions, divisions)
        fewer.Update()
        data = fewer.GetOutput()
    joined = vtk.vtkCleanPolyData()  # faces of files that share no corners have no outline
    joined.SetInputData(data)
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputConnection(joined.GetOutputPort())
    normals.SplittingOff()
    normals.AutoOrientNormalsOn()
    normals.Update()
    bare = vtk.vtkPolyData()
    bare.SetPoints(normals.GetOutput().GetPoints())
    bare.SetPolys(normals.GetOutput().GetPolys())
    bare.GetPointData().SetNormals(normals.GetOutput().GetPointData().GetNormals())
    return bare


def outlinesOf(surface: vtk.vtkPolyData, sourceRas: np.ndarray) -> tuple[np.ndarray, ...]:
    """Where a surface turns away from a source (3,) RAS mm: lines, each (M, 3).

    Where the normal, interpolated over the triangles, is at right angles to the ray (Hertzmann and Zorin, Illustrating
    Smooth Surfaces, 2000): smooth, where the triangles' own edges would be jagged.
    """
    points = vtk_to_numpy(surface.GetPoints().GetData()).astype(np.float64)
    normals = vtk_to_numpy(surface.GetPointData().GetNormals())
    turned = np.einsum("ni,ni->n", normals, points - sourceRas)
    data = vtk.vtkPolyData()
    data.SetPoints(surface.GetPoints())
    data.SetPolys(surface.GetPolys())
    data.GetPointData().SetScalars(numpy_to_vtk(turned, deep=True))
    contour = vtk.vtkContourFilter()
    contour.SetInputData(data)
    contour.SetValue(0, 0.0)
    lines = vtk.vtkStripper()
    lines.SetInputConnection(contour.GetOutputPort())
    lines.JoinContiguousSegmentsOn()
    lines.SetMaximumLength(10_000)
    lines.Update()
    found = lines.GetOutput()
    if found.GetNumberOfLines() == 0:
        return ()
    places = _array(found.GetPoints())
    offsets = vtk_to_numpy(found.GetLines().GetOffsetsArray())
    numbers = vtk_to_numpy(found.GetLines().GetConnectivityArray())
    each = [places[numbers[start:end]] for start, end in pairwise(offsets)]
    return tuple(line for line in each if np.linalg.norm(np.diff(line, axis=0), axis=1).sum() >= LEAST_OUTLINE_MM)


def _nearestBone(
    handle: Handle,
    moved: dict[str, Node],
    points: np.ndarray,
    lines: tuple[np.ndarray, ...],
    surface: vtk.vtkPolyData | None,
) -> str:
    """The bone that moved apart in or at which most of a target lies in the CT; WHOLE for none."""
    some = np.concatenate([points, *lines, *([] if surface is None else [_array(surface.GetPoints())])])
    some = some[:: max(1, len(some) // 200)]
    shares = {label: _shareAt(nodeOf(handle, f"Bone{label}"), some) for label in moved}
    best = max(shares, key=lambda label: shares[label])
    return best if shares[best] > 0.5 else WHOLE


def _shareAt(bone: Node | None, points: np.ndarray) -> float:
    """Share of points (N, 3) within a bone's surface in the CT, or close to it."""
    data = bone.GetPolyData() if bone is not None else None
    if data is None or not data.GetNumberOfPoints() or not len(points) or data.GetPointData().GetNormals() is None:
        return 0.0
    locator = vtk.vtkStaticPointLocator()
    locator.SetDataSet(data)
    locator.BuildLocator()
    nearest = [locator.FindClosestPoint(*point) for point in points]
    away = points - _array(data.GetPoints())[nearest]
    outward = vtk_to_numpy(data.GetPointData().GetNormals())[nearest]
    near = np.linalg.norm(away, axis=1) < NEAR_MM
    return float((near | (np.einsum("ni,ni->n", away, outward) < 0)).mean())


def _array(points: vtk.vtkPoints) -> np.ndarray:
    if points.GetNumberOfPoints() == 0:
        return np.zeros((0, 3))
    return vtk_to_numpy(points.GetData()).astype(np.float64)


def _placed(surface: vtk.vtkPolyData, matrix: np.ndarray) -> vtk.vtkPolyData:
    move = vtk.vtkTransform()
    move.SetMatrix(vtkMatrix(matrix))
    return _transformed(surface, move)


def _transformed(data: vtk.vtkPolyData, transform: vtk.vtkAbstractTransform) -> vtk.vtkPolyData:
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetTransform(transform)
    moved.SetInputData(data)
    moved.Update()
    return moved.GetOutput()
