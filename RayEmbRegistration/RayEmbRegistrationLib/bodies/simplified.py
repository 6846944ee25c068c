"""A surface with fewer triangles, for what is drawn thousands of times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .polydata import polydata_of
from .surface import Surface


def simplified(surface: Surface, faces: int) -> Surface:
    """At most about so many triangles, by VTK's quadric decimation (Garland and Heckbert, SIGGRAPH 1997), volume kept."""
    if len(surface.faces) <= faces:
        return surface
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkQuadricDecimation

    fewer = vtkQuadricDecimation()
    fewer.SetInputData(polydata_of(surface))
    fewer.SetTargetReduction(1 - faces / len(surface.faces))
    fewer.VolumePreservationOn()
    fewer.Update()
    output = fewer.GetOutput()
    corners = vtk_to_numpy(output.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    return replace(surface, points=vtk_to_numpy(output.GetPoints().GetData()).astype(np.float64), faces=corners)
