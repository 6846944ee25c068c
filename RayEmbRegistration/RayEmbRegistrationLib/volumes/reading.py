"""Reading a CT: NIfTI, NRRD, MetaImage or a DICOM folder, with an optional label map, checked before anything uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.geometry.frames import ItkGrid, ras_from_ijk_of_itk

from .dicom_series import CTFileError, read_dicom_folder
from .labels import labels_on_grid
from .plausibility import check_is_ct, repaired_overflow

LEAST_VOXELS_A_SIDE = 4


@dataclass(frozen=True, eq=False)
class CTReading:
    """A CT and what was decided while reading it.

    Attributes:
        volume: HU on the patient's RAS grid, with labels where a label map was given.
        notes: one sentence each: which series was read, what was repaired, what is doubtful.
    """

    volume: CTVolume
    notes: tuple[str, ...] = ()


def read_ct(path: str | Path, label_path: str | Path | None = None, labels: Sequence[int] | None = None) -> CTReading:
    """A CT from a NIfTI, NRRD or MetaImage file or a folder of DICOM slices.

    Args:
        path: file or folder.
        label_path: optional label map of any of these formats and on any grid; resampled by nearest neighbour.
        labels: keep only these label numbers; all where None.

    Raises:
        CTFileError: missing, unreadable, not a CT in HU, no bone, or labels that do not fit.
    """
    if labels is not None and label_path is None:
        raise CTFileError("label numbers were chosen without a label map; give the label map as well")
    image, notes = _read_image(Path(path))
    values = _checked_values(image, path)
    values, repairs = repaired_overflow(values, path)
    notes += repairs + check_is_ct(values, float(np.prod(image.GetSpacing())), path)
    label_values = None
    if label_path is not None:
        label_image, _ = _read_image(Path(label_path))
        label_values, label_notes = labels_on_grid(label_image, image, labels, label_path)
        notes += label_notes
    return CTReading(CTVolume(_compact(values), ras_from_ijk_of_image(image), label_values), tuple(notes))


def ras_from_ijk_of_image(image: Any) -> np.ndarray:
    """(4, 4) ras_from_ijk of a three-dimensional SimpleITK image."""
    direction = np.array(image.GetDirection()).reshape(3, 3)
    return ras_from_ijk_of_itk(ItkGrid(np.array(image.GetOrigin()), np.array(image.GetSpacing()), direction))


def _read_image(path: Path) -> tuple[Any, list[str]]:
    """A three-dimensional, single-valued SimpleITK image, and notes."""
    import SimpleITK as sitk  # noqa: N813 - its customary name

    if not path.exists():
        raise CTFileError(f"{path} does not exist; check the path")
    if path.is_dir():
        image, notes = read_dicom_folder(path)
    else:
        notes = []
        try:
            image = sitk.ReadImage(str(path))
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1].strip()
            raise CTFileError(
                f"{path} cannot be read ({reason}); give a NIfTI, NRRD or MetaImage file, or a folder of DICOM slices"
            ) from None
    modality = image.GetMetaData("0008|0060").strip() if image.HasMetaDataKey("0008|0060") else ""
    if modality not in ("", "CT", "SEG"):
        raise CTFileError(f"{path} is {modality}, not CT; give the patient's CT")
    if image.GetNumberOfComponentsPerPixel() > 1:
        raise CTFileError(
            f"{path} has {image.GetNumberOfComponentsPerPixel()} values a voxel (colour or layers); give one value"
        )
    if image.GetDimension() > 3 and all(n == 1 for n in image.GetSize()[3:]):
        image = sitk.Extract(image, [*image.GetSize()[:3], *[0] * (image.GetDimension() - 3)])
    if image.GetDimension() > 3:
        raise CTFileError(f"{path} is a series of {image.GetSize()[3]} volumes in time (4-D); give one of them")
    if image.GetDimension() < 3 or min(image.GetSize()) < LEAST_VOXELS_A_SIDE:
        hint = "the folder with all slices" if modality else "the whole CT"
        raise CTFileError(f"{path} has {' x '.join(map(str, image.GetSize()))} voxels, too few for a volume; give {hint}")
    return image, notes


def _checked_values(image: Any, path: str | Path) -> np.ndarray:
    """The voxels as a (K, J, I) array of finite real numbers."""
    import SimpleITK as sitk  # noqa: N813 - its customary name

    values = sitk.GetArrayFromImage(image)
    if np.issubdtype(values.dtype, np.complexfloating):
        raise CTFileError(f"{path} holds complex numbers, which no CT does; give the patient's CT")
    if np.issubdtype(values.dtype, np.floating):
        bad = values.size - int(np.count_nonzero(np.isfinite(values)))
        if bad:
            raise CTFileError(
                f"{path} holds {bad} voxels ({bad / values.size:.2%}) that are not numbers (NaN or infinite); "
                "export the CT again, or set them to -1000"
            )
    return values


def _compact(values: np.ndarray) -> np.ndarray:
    """HU as int16 where they are integers that fit, else as float32."""
    if np.issubdtype(values.dtype, np.integer) and values.min() >= -32768 and values.max() <= 32767:
        return values.astype(np.int16, copy=False)
    return values.astype(np.float32, copy=False)
