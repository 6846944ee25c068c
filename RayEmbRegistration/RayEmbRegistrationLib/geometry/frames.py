"""Patient frames and image grids: RAS (Slicer, NIfTI) and LPS (DICOM, ITK).

RAS axes point to the patient's right, front (anterior) and head (superior); LPS axes to the left, back and head. Both are
right-handed, share their origin and are in mm, so that the change between them negates x and y and is its own inverse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .rigid import RigidTransform

LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])  # DICOM counts to the patient's left and back, Slicer to the right and front
LPS_FROM_RAS.setflags(write=False)


@dataclass(frozen=True, eq=False)
class ItkGrid:
    """Placement of an image as ITK, SimpleITK, NRRD and MetaImage hold it, in LPS.

    Attributes:
        origin: (3,) LPS mm of the centre of voxel (0, 0, 0).
        spacing: (3,) mm along i, j, k, positive.
        direction: (3, 3) orthonormal; its columns are the LPS directions of i, j and k. Its determinant is -1 where the
            grid is left-handed.
    """

    origin: np.ndarray
    spacing: np.ndarray
    direction: np.ndarray


def ras_from_lps(points_lps: np.ndarray) -> np.ndarray:
    """RAS mm of LPS points or directions (..., 3)."""
    return np.asarray(points_lps, dtype=np.float64) * (-1.0, -1.0, 1.0)


def lps_from_ras(points_ras: np.ndarray) -> np.ndarray:
    """LPS mm of RAS points or directions (..., 3)."""
    return np.asarray(points_ras, dtype=np.float64) * (-1.0, -1.0, 1.0)


def patient_transform_ras_from_lps(transform_lps: RigidTransform) -> RigidTransform:
    """A motion within the patient frame, given in LPS, expressed in RAS: F M F with F = diag(-1, -1, 1, 1)."""
    return RigidTransform.from_matrix(LPS_FROM_RAS @ transform_lps.matrix @ LPS_FROM_RAS)


def patient_transform_lps_from_ras(transform_ras: RigidTransform) -> RigidTransform:
    """A motion within the patient frame, given in RAS, expressed in LPS."""
    return RigidTransform.from_matrix(LPS_FROM_RAS @ transform_ras.matrix @ LPS_FROM_RAS)


def camera_from_ras_of_lps(camera_from_lps: RigidTransform) -> RigidTransform:
    """A camera pose that takes LPS points made one that takes RAS points; the camera frame stays."""
    return RigidTransform.from_matrix(camera_from_lps.matrix @ LPS_FROM_RAS)


def camera_from_lps_of_ras(camera_from_ras: RigidTransform) -> RigidTransform:
    """A camera pose that takes RAS points made one that takes LPS points; the camera frame stays."""
    return RigidTransform.from_matrix(camera_from_ras.matrix @ LPS_FROM_RAS)


def ras_from_ijk_of_itk(grid: ItkGrid) -> np.ndarray:
    """(4, 4) ras_from_ijk of an ITK grid; voxel centres at integer (i, j, k).

    Raises:
        InputProblem: a spacing that is not positive or a direction matrix that is not orthonormal.
    """
    spacing = np.asarray(grid.spacing, dtype=np.float64).reshape(3)
    direction = np.asarray(grid.direction, dtype=np.float64).reshape(3, 3)
    if not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise InputProblem(f"the voxel spacing must be three positive numbers in mm, not {spacing.tolist()}")
    if np.abs(direction.T @ direction - np.eye(3)).max() > 1e-3:
        raise InputProblem("the image's direction matrix is not orthonormal; resample the image to a grid without shear")
    lps_from_ijk = np.eye(4)
    lps_from_ijk[:3, :3] = direction * spacing
    lps_from_ijk[:3, 3] = np.asarray(grid.origin, dtype=np.float64).reshape(3)
    return LPS_FROM_RAS @ lps_from_ijk


def itk_of_ras_from_ijk(ras_from_ijk: np.ndarray) -> ItkGrid:
    """The ITK grid of a (4, 4) ras_from_ijk.

    Raises:
        InputProblem: the matrix is sheared, which ITK cannot hold.
    """
    lps_from_ijk = LPS_FROM_RAS @ np.asarray(ras_from_ijk, dtype=np.float64)
    spacing = np.linalg.norm(lps_from_ijk[:3, :3], axis=0)
    direction = lps_from_ijk[:3, :3] / spacing
    if np.abs(direction.T @ direction - np.eye(3)).max() > 1e-3:
        raise InputProblem("ras_from_ijk is sheared; an ITK image must have perpendicular axes")
    return ItkGrid(lps_from_ijk[:3, 3].copy(), spacing, direction)
