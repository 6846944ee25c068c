"""The surface of a body that comes as voxels, such as an implant filled into a volume."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem

from .surface import Surface, check_size


def surface_of_volume(volume: CTVolume, name: str) -> Surface:
    """Where the values are halfway between the least and the most, by VTK's flying edges (Schroeder et al., LDAV 2015).

    Args:
        volume: the body in air, or its label alone where there are labels.
        name: for messages.

    Raises:
        InputProblem: every voxel is alike, or the body is of a size that none has.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    values = volume.hu if volume.labels is None else volume.labels > 0
    low, high = float(values.min()), float(values.max())
    if low == high:
        raise InputProblem(f"every voxel of {name} is alike; give a volume with the body in air")
    padded = np.pad(values.astype(np.float32), 1, constant_values=low)
    image = vtkImageData()
    image.SetDimensions(*padded.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(padded.ravel(), deep=True))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, (low + high) / 2)
    edges.ComputeNormalsOff()
    edges.Update()
    output = edges.GetOutput()
    points = volume.ras_from_index(vtk_to_numpy(output.GetPoints().GetData()).astype(np.float64) - 1)
    faces = vtk_to_numpy(output.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    surface = Surface(points, faces)
    if surface.volume_mm3 < 0:
        surface = Surface(points, faces[:, ::-1].copy())
    check_size(surface, name)
    return surface
