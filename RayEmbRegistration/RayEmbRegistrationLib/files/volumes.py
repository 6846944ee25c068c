"""Volumes and the transforms of bones as files that Slicer and ITK read, by the one writer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.frames import (
    itk_of_ras_from_ijk,
    lps_from_ras,
    patient_transform_lps_from_ras,
)

from .writing import write_atomically


def write_volume(path: str | Path, values: np.ndarray, ras_from_ijk: np.ndarray) -> Path:
    """Write voxels (K, J, I) in the format that the name ends in (.nii.gz, .nrrd, .mha).

    Raises:
        InputProblem: it could not be written.
    """
    import SimpleITK as sitk  # noqa: N813 - its customary name

    return _written(path, sitk.GetImageFromArray(np.ascontiguousarray(values)), ras_from_ijk)


def write_displacement(path: str | Path, displacement_ras: np.ndarray, ras_from_ijk: np.ndarray) -> Path:
    """Write a field (K, J, I, 3), RAS mm, as vectors in LPS, which ITK and Slicer read as a displacement field.

    Raises:
        InputProblem: it could not be written.
    """
    import SimpleITK as sitk  # noqa: N813 - its customary name

    vectors = np.ascontiguousarray(lps_from_ras(displacement_ras).astype(np.float32))
    return _written(path, sitk.GetImageFromArray(vectors, isVector=True), ras_from_ijk)


def write_itk_transform(path: str | Path, motion_ras: RigidTransform) -> Path:
    """Write a motion in the patient's frame as Slicer saves a transform that has this effect (.tfm).

    ITK's files hold the way back, in LPS: from where something is now to where it was.

    Raises:
        InputProblem: it could not be written.
    """
    import SimpleITK as sitk  # noqa: N813 - its customary name

    back = patient_transform_lps_from_ras(motion_ras.inverse()).matrix
    transform = sitk.AffineTransform(back[:3, :3].ravel().tolist(), back[:3, 3].tolist())
    return write_atomically(path, lambda temporary: sitk.WriteTransform(transform, str(temporary)))


def _written(path: str | Path, image: Any, ras_from_ijk: np.ndarray) -> Path:
    import SimpleITK as sitk  # noqa: N813 - its customary name

    grid = itk_of_ras_from_ijk(ras_from_ijk)
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing(grid.spacing.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    return write_atomically(path, lambda temporary: sitk.WriteImage(image, str(temporary), useCompression=True))
