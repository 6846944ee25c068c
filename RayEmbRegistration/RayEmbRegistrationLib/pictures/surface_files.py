"""Meshes as files that other programs read: VTP with the standard deviation of each point, PLY with it as a color."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from RayEmbRegistrationLib.bodies.polydata import polydata_of
from RayEmbRegistrationLib.bodies.surface import Surface
from RayEmbRegistrationLib.files.writing import write_atomically
from RayEmbRegistrationLib.problems import InputProblem

from .offscreen import NO_VTK

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkPolyData

ENDINGS = (".vtp", ".ply")
SURE_MM, UNSURE_MM = 2.0, 25.0  # ends of the colors; chosen: better than a pose needs, and worth nothing
DEVIATION = "standard deviation (mm)"
"""Name of the array that a program may color by."""
# From sure to unsure: blue, white, red (of ColorBrewer's RdBu, for the color-blind).
_COLORS = np.array([[33, 102, 172], [247, 247, 247], [178, 24, 43]], dtype=np.float64)


def colors_of(deviations_mm: np.ndarray) -> np.ndarray:
    """(N, 3) uint8 of standard deviations (N,), on a logarithmic scale from SURE_MM to UNSURE_MM."""
    limited = np.clip(deviations_mm, SURE_MM, UNSURE_MM)
    place = np.log(limited / SURE_MM) / np.log(UNSURE_MM / SURE_MM) * (len(_COLORS) - 1)
    channels = [np.interp(place, np.arange(len(_COLORS)), channel) for channel in _COLORS.T]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def poly_data(points: np.ndarray, triangles: np.ndarray, deviations_mm: np.ndarray) -> vtkPolyData:
    """A mesh for VTK, with its standard deviations and their colors.

    Args:
        points: (N, 3) mm.
        triangles: (M, 3).
        deviations_mm: (N,).

    Raises:
        InputProblem: VTK is not installed.
    """
    try:
        from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
        from vtkmodules.vtkCommonCore import vtkPoints
        from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    except ImportError:
        raise InputProblem(NO_VTK) from None
    mesh, places, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    places.SetData(numpy_to_vtk(np.ascontiguousarray(points, dtype=np.float32), deep=True))
    mesh.SetPoints(places)
    flat = np.concatenate([np.full((len(triangles), 1), 3), triangles], axis=1).astype(np.int64).ravel()
    cells.ImportLegacyFormat(numpy_to_vtkIdTypeArray(flat, deep=True))
    mesh.SetPolys(cells)
    deviation = numpy_to_vtk(np.ascontiguousarray(deviations_mm, dtype=np.float32), deep=True)
    deviation.SetName(DEVIATION)
    mesh.GetPointData().SetScalars(deviation)
    colors = numpy_to_vtk(np.ascontiguousarray(colors_of(deviations_mm)), deep=True)
    colors.SetName("color")
    mesh.GetPointData().AddArray(colors)
    return mesh


def write_surface(path: Path, points: np.ndarray, triangles: np.ndarray, deviations_mm: np.ndarray) -> None:
    """Write a mesh, whole or not at all, in the format that the name ends in (ENDINGS).

    Raises:
        InputProblem: another ending, VTK is not installed, or the file cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputProblem(f"{path} must end in {' or '.join(ENDINGS)}")
    _save(path, poly_data(points, triangles, deviations_mm))


def write_shape(path: Path, surface: Surface) -> None:
    """Write a surface without colors, whole or not at all, in the format that the name ends in (ENDINGS).

    Raises:
        InputProblem: the file cannot be written.
    """
    _save(path, polydata_of(surface))


def _save(path: Path, mesh: vtkPolyData) -> None:
    writer = _vtp_writer() if path.suffix.lower() == ".vtp" else _ply_writer()

    def save(temporary: Path) -> None:
        writer.SetInputData(mesh)
        writer.SetFileName(str(temporary))
        if not writer.Write():
            raise InputProblem(f"{path} could not be written; check the free space")

    write_atomically(path, save)


def _vtp_writer() -> Any:
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    return vtkXMLPolyDataWriter()


def _ply_writer() -> Any:
    """With the colors of the points."""
    from vtkmodules.vtkIOPLY import vtkPLYWriter

    writer = vtkPLYWriter()
    writer.SetArrayName("color")
    return writer
