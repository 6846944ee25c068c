"""The surface at which a field is zero, as points and triangles."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .offscreen import NO_VTK


def level_surface(field: np.ndarray, ras_from_ijk: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 3) in RAS mm and triangles (M, 3) where a field (K, J, I) is zero.

    Raises:
        InputProblem: VTK is not installed, or the field is nowhere zero.
    """
    try:
        from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
        from vtkmodules.vtkCommonDataModel import vtkImageData
        from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
    except ImportError:
        raise InputProblem(NO_VTK) from None
    image = vtkImageData()
    image.SetDimensions(*field.shape[::-1])
    values = np.ascontiguousarray(field, dtype=np.float32)  # VTK reads it until the surface is there
    image.GetPointData().SetScalars(numpy_to_vtk(values.ravel(), deep=True))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, 0.0)
    edges.ComputeNormalsOff()
    edges.Update()
    mesh = edges.GetOutput()
    if not mesh.GetNumberOfPolys():
        raise InputProblem("the shape has no surface; fit it again from another pose")
    ijk = vtk_to_numpy(mesh.GetPoints().GetData()).astype(np.float64)
    triangles = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    return ijk @ ras_from_ijk[:3, :3].T + ras_from_ijk[:3, 3], triangles
