"""A surface as VTK's filters take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .surface import Surface

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkPolyData


def polydata_of(surface: Surface) -> vtkPolyData:
    """Its triangles, copied."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    data, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(surface.points), deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(np.ascontiguousarray(surface.faces).ravel(), deep=True))
    data.SetPoints(points)
    data.SetPolys(cells)
    return data
