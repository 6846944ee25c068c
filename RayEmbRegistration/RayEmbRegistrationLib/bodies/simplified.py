"""A surface with fewer triangles, for what is drawn thousands of times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .surface import Surface


def simplified(surface: Surface, faces: int) -> Surface:
    """At most about so many triangles, by VTK's quadric decimation (Garland and Heckbert, SIGGRAPH 1997), volume kept."""
    if len(surface.faces) <= faces:
        return surface
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkQuadricDecimation

    data, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(surface.points), deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(np.ascontiguousarray(surface.faces).ravel(), deep=True))
    data.SetPoints(points)
    data.SetPolys(cells)
    fewer = vtkQuadricDecimation()
    fewer.SetInputData(data)
    fewer.SetTargetReduction(1 - faces / len(surface.faces))
    fewer.VolumePreservationOn()
    fewer.Update()
    output = fewer.GetOutput()
    corners = vtk_to_numpy(output.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    return replace(surface, points=vtk_to_numpy(output.GetPoints().GetData()).astype(np.float64), faces=corners)
