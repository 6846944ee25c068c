"""A surface model as a volume: voxels in Hounsfield units, to take where a CT is taken."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume

from .materials import Material
from .polydata import polydata_of
from .surface import Surface

VOXELS_A_SIDE = 160  # chosen: half a millimetre of a knee's implant
FINEST_MM = 0.25  # chosen: a detector's pixel at the body
SUB_VOXELS = 2  # chosen: edges then take one of nine shares of a voxel
AIR_HU = -1000.0  # by definition


def volume_of_surface(surface: Surface, material: Material, spacing_mm: float | None = None) -> CTVolume:
    """The body in air: its material's Hounsfield number inside, shares of it in voxels at the surface, label 1.

    Args:
        surface: closed.
        material: what it is made of.
        spacing_mm: size of a voxel; by the body's size where None.
    """
    from scipy import ndimage

    spacing = spacing_mm or max(FINEST_MM, surface.extent_mm / VOXELS_A_SIDE)
    low = surface.points.min(axis=0) - 2 * spacing
    size = np.ceil((surface.points.max(axis=0) + 2 * spacing - low) / spacing).astype(int)
    fine = spacing / SUB_VOXELS
    inside = inside_surface(surface, low + fine / 2, fine, size * SUB_VOXELS)
    share = ndimage.uniform_filter(inside.astype(np.float32), SUB_VOXELS, origin=-1)[
        ::SUB_VOXELS, ::SUB_VOXELS, ::SUB_VOXELS
    ]
    matrix = np.diag([spacing, spacing, spacing, 1.0])
    matrix[:3, 3] = low + spacing / 2
    hu = AIR_HU + share * np.float32(material.hounsfield() - AIR_HU)
    return CTVolume(hu.astype(np.float32), matrix, (share >= 0.5).astype(np.uint8))


def inside_surface(surface: Surface, origin: np.ndarray, spacing: float, size: np.ndarray) -> np.ndarray:
    """(K, J, I) bool, which points of a grid lie within the surface; by VTK's stencil."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkImagingStencil import vtkImageStencilToImage, vtkPolyDataToImageStencil

    stencil = vtkPolyDataToImageStencil()
    stencil.SetInputData(polydata_of(surface))
    stencil.SetTolerance(0.0)
    stencil.SetOutputOrigin(*origin)
    stencil.SetOutputSpacing(spacing, spacing, spacing)
    extent = (0, int(size[0]) - 1, 0, int(size[1]) - 1, 0, int(size[2]) - 1)
    stencil.SetOutputWholeExtent(*extent)
    image = vtkImageStencilToImage()
    image.SetInputConnection(stencil.GetOutputPort())
    image.SetInsideValue(1)
    image.SetOutsideValue(0)
    image.SetOutputScalarTypeToUnsignedChar()
    image.Update()
    values = vtk_to_numpy(image.GetOutput().GetPointData().GetScalars())
    return np.asarray(values.reshape(int(size[2]), int(size[1]), int(size[0])) > 0)
