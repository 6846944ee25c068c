"""Where things of a view lie: in the frame of its flat picture, on the detector plane, and how matrices reach MRML.

An X-ray is looked at in a frame of its own, far from the patient and apart from all other views: pixels run to the left
of the patient's and to the back (the axes of a radiograph as Slicer loads it), so that every slice view in the standard
axial orientation shows the image upright, row 0 on top and column 0 on the left. The picture does not move with the pose.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.geometry.camera import Camera
from vtk.util.numpy_support import numpy_to_vtk

from .handle import slotOf
from .nodes import Handle

_FIRST_PICTURE_MM, _BETWEEN_REGISTRATIONS_MM, _BETWEEN_VIEWS_MM = -5000.0, 500.0, 20.0


def rasFromPixel(handle: Handle, viewIndex: int, camera: Camera) -> np.ndarray:
    """(4, 4) from pixel indices (i, j, 0) of the X-ray to RAS mm in the frame of its flat picture."""
    matrix = np.diag([-camera.pixel_spacing_mm[0], -camera.pixel_spacing_mm[1], 1.0, 1.0])
    height = _FIRST_PICTURE_MM - _BETWEEN_REGISTRATIONS_MM * slotOf(handle) - _BETWEEN_VIEWS_MM * viewIndex
    matrix[:3, 3] = -matrix[:3, :2] @ ((camera.width - 1) / 2, (camera.height - 1) / 2)
    matrix[2, 3] = height
    return matrix


def overSameField(rasFromIjk: np.ndarray, size: tuple[int, int], otherSize: tuple[int, int]) -> np.ndarray:
    """(4, 4) of an image of otherSize (width, height) over the field of an image of size; pixel edges coincide."""
    scale = np.array(size, dtype=float) / otherSize
    indices = np.eye(4)
    indices[:2, :2] = np.diag(scale)
    indices[:2, 3] = (scale - 1) / 2
    return rasFromIjk @ indices


def picturePoints(rasFromIjk: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """RAS mm (N, 3) in the flat picture of pixels (N, 2)."""
    pixels = np.asarray(pixels, dtype=float).reshape(-1, 2)
    return pixels @ rasFromIjk[:3, :2].T + rasFromIjk[:3, 3]


def pixelsOfPicturePoints(rasFromIjk: np.ndarray, pointsRas: np.ndarray) -> np.ndarray:
    """Pixels (N, 2) of points in the flat picture (N, 3) RAS mm."""
    points = np.asarray(pointsRas, dtype=float).reshape(-1, 3)
    return ((points - rasFromIjk[:3, 3]) @ np.linalg.inv(rasFromIjk[:3, :3]).T)[:, :2]


def detectorPoints(camera: Camera, pixels: np.ndarray) -> np.ndarray:
    """Camera-frame mm (N, 3) on the detector plane of pixels (N, 2)."""
    return camera.back_project(np.asarray(pixels, dtype=float).reshape(-1, 2), camera.source_to_detector_mm)


def cornerPixels(camera: Camera) -> np.ndarray:
    """(4, 2) the outer corners of the image, clockwise from the upper left."""
    width, height = camera.image_size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=float) - 0.5


def vtkMatrix(matrix: np.ndarray) -> vtk.vtkMatrix4x4:
    """A (4, 4) array as VTK has it."""
    return slicer.util.vtkMatrixFromArray(np.asarray(matrix, dtype=float))


def polyData(points: np.ndarray, lines: Any = (), polygons: Any = ()) -> vtk.vtkPolyData:
    """Points (N, 3) with lines and polygons given as lists of point numbers."""
    vtkPoints = vtk.vtkPoints()
    vtkPoints.SetDataTypeToDouble()
    vtkPoints.SetData(numpy_to_vtk(np.ascontiguousarray(points, dtype=float).reshape(-1, 3), deep=True))
    data = vtk.vtkPolyData()
    data.SetPoints(vtkPoints)
    for cells, setCells in ((lines, data.SetLines), (polygons, data.SetPolys)):
        setCells(_alike(cells) if isinstance(cells, np.ndarray) else _each(cells))
    return data


def _alike(cells: np.ndarray) -> vtk.vtkCellArray:
    """Cells (N, n) of equally many points: one by one they would hold up a drag."""
    array = vtk.vtkCellArray()
    numbers = np.ascontiguousarray(cells, dtype=np.int64)
    array.SetData(numbers.shape[1], numpy_to_vtk(numbers.ravel(), deep=True, array_type=vtk.VTK_ID_TYPE))
    return array


def _each(cells: Any) -> vtk.vtkCellArray:
    array = vtk.vtkCellArray()
    for cell in cells:
        array.InsertNextCell(len(cell), [int(n) for n in cell])
    return array
