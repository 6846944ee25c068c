"""The surface of a bone mask, as a field to take it from and as a mesh in the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkPolyData

_LONGEST_SIDE = 220  # voxels; more triangles than pixels beyond; chosen for time


class BoneSurface:
    """The surface of a bone mask as the half level of a smoothed field.

    Args:
        volume: for its grid.
        bone_mask: (K, J, I), anything not zero is bone.

    Raises:
        InputProblem: sizes differ, or the mask is empty.
    """

    def __init__(self, volume: CTVolume, bone_mask: np.ndarray) -> None:
        from scipy.ndimage import gaussian_filter

        if bone_mask.shape != volume.hu.shape:
            raise InputProblem(f"the bone mask's size {bone_mask.shape[::-1]} differs from the CT's {volume.hu.shape[::-1]}")
        if not bone_mask.any():
            raise InputProblem("the bone mask is empty; there is no bone to draw")
        used = [np.flatnonzero(bone_mask.any(axis=tuple(a for a in range(3) if a != axis)))[[0, -1]] for axis in range(3)]
        block = bone_mask[tuple(slice(first, last + 1) for first, last in used)] != 0
        step = max(1, -(-max(block.shape) // _LONGEST_SIDE))
        margin = 2 * step + 1  # closes the surface, also where the CT ends
        block = np.pad(block, margin)
        self.field = gaussian_filter(block.astype(np.float32), 0.5 * step + 0.4)[::step, ::step, ::step]
        self.ras_from_ijk = volume.ras_from_ijk.copy()
        self.ras_from_ijk[:3, 3] = volume.ras_from_index(np.array([first - margin for first, _ in used[::-1]], dtype=float))
        self.ras_from_ijk[:3, :3] *= step

    @property
    def corners_ras(self) -> np.ndarray:
        """(8, 3) RAS corners of the box around the bones."""
        size = np.array(self.field.shape[::-1]) - 1
        ijk = np.array(np.meshgrid(*[(0, n) for n in size], indexing="ij")).reshape(3, -1).T
        return ijk @ self.ras_from_ijk[:3, :3].T + self.ras_from_ijk[:3, 3]

    def mesh(self) -> vtkPolyData:
        """Triangles with normals, RAS mm."""
        from vtkmodules.util.numpy_support import numpy_to_vtk
        from vtkmodules.vtkCommonDataModel import vtkImageData
        from vtkmodules.vtkCommonTransforms import vtkTransform
        from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
        from vtkmodules.vtkFiltersGeneral import vtkTransformPolyDataFilter

        image = vtkImageData()
        image.SetDimensions(*self.field.shape[::-1])
        image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(self.field).ravel(), deep=True))
        edges = vtkFlyingEdges3D()
        edges.SetInputData(image)
        edges.SetValue(0, 0.5)
        edges.ComputeNormalsOn()
        edges.ComputeScalarsOff()  # they would be shown instead of the color
        placed, transform = vtkTransformPolyDataFilter(), vtkTransform()
        transform.SetMatrix(self.ras_from_ijk.ravel().tolist())
        placed.SetTransform(transform)
        placed.SetInputConnection(edges.GetOutputPort())
        placed.Update()
        return placed.GetOutput()
