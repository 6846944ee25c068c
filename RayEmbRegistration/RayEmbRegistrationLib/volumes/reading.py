"""Reading a CT: NIfTI, NRRD, MetaImage or DICOM, with an optional label map, checked before anything uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.files.names import without_folders
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem

from .dicom.reading import is_dicom, read_dicom_ct
from .formats.reading import read_stored_volume
from .formats.stored import StoredVolume, in_words
from .grid import checked_grid, shear_deg
from .labels import labels_on_grid
from .missing_values import AIR_HU, without_missing
from .plausibility import check_is_ct, repaired_offset, repaired_overflow
from .resampling import perpendicular_grid, resampled

LEAST_VOXELS_A_SIDE = 4  # chosen: as of a DICOM series
RESAMPLE_OPTION = "--resample-tilt"


@dataclass(frozen=True, eq=False)
class CTReading:
    """A CT and what was decided while reading it.

    Attributes:
        volume: HU on the patient's RAS grid, with labels where a label map was given.
        notes: one sentence each: which series was read, what was repaired, what is doubtful.
    """

    volume: CTVolume
    notes: tuple[str, ...] = ()


def read_ct(
    path: str | Path,
    label_path: str | Path | None = None,
    labels: Sequence[int] | None = None,
    series: str | None = None,
    resample_tilt: bool = False,
) -> CTReading:
    """A CT from a NIfTI, NRRD or MetaImage file, a folder of DICOM slices or a multi-frame DICOM file.

    Args:
        path: file or folder.
        label_path: optional label map of any of these formats and on any grid; resampled by nearest neighbour.
        labels: keep only these label numbers; all where None.
        series: which DICOM series of a folder: its number, description, UID or the end of that; else the longest CT.
        resample_tilt: whether a CT whose axes are not perpendicular (a tilted gantry) is resampled, by linear interpolation;
            it is refused otherwise.

    Raises:
        InputProblem: missing, damaged, cut off, not a CT in HU, no bone, without place, or labels that do not fit.
    """
    if labels is not None and label_path is None:
        raise InputProblem("label numbers were chosen without a label map; give the label map as well")
    path = Path(path)
    stored = read_volume(path, series)
    if stored.ras_from_ijk is None:
        raise _without_place(stored, path)
    original, size = stored.ras_from_ijk, stored.size
    checked_grid(original, size, path)
    values, notes = _hounsfield(stored.values, original, path)
    notes = [*stored.notes, *notes]
    matrix = original
    tilt = shear_deg(original)
    if tilt:
        if not resample_tilt:
            raise InputProblem(
                f"{path} has a gantry tilt of {tilt:.1f} degrees (its axes are not perpendicular); have it resampled with "
                f"{RESAMPLE_OPTION}, or resample it in 3D Slicer and save it as NRRD"
            )
        matrix, size = perpendicular_grid(original, size)
        values = resampled(values.astype(np.float32), original, matrix, size, min(AIR_HU, float(values.min())))
        notes.append(f"{path} was tilted by {tilt:.1f} degrees and was resampled to perpendicular axes")
    label_values = None
    if label_path is not None:
        label_path = Path(label_path)
        label, label_notes = _placed_labels(label_path, stored)
        assert label.ras_from_ijk is not None  # noqa: S101 - _placed_labels sees to it
        label_values, more = labels_on_grid(label.values, label.ras_from_ijk, matrix, size, labels, label_path)
        notes += [*label.notes, *label_notes, *more]
    return CTReading(CTVolume(_compact(values), matrix, label_values), without_folders(notes, path, label_path))


def checked_ct(volume: CTVolume, name: str) -> CTReading:
    """The same gate for a CT that another program has read: what is no CT is refused, what can be repaired is.

    Args:
        volume: with whatever numbers it holds.
        name: for messages.

    Raises:
        InputProblem: not a CT in Hounsfield units, a grid that no CT has, or axes that are not perpendicular.
    """
    checked_grid(volume.ras_from_ijk, volume.hu.shape[::-1], name)
    tilt = shear_deg(volume.ras_from_ijk)
    if tilt:
        raise InputProblem(
            f"{name} has a gantry tilt of {tilt:.1f} degrees (its axes are not perpendicular); have it resampled, in 3D "
            "Slicer by Crop Volume with interpolated cropping"
        )
    values, notes = _hounsfield(volume.hu, volume.ras_from_ijk, name)
    return CTReading(replace(volume, hu=values), tuple(notes))


def read_volume(path: Path, series: str | None = None) -> StoredVolume:
    """The three-dimensional, single-valued volume of a file or folder, whatever its numbers mean.

    Raises:
        InputProblem: missing, damaged, cut off, or of another kind.
    """
    if not path.exists():
        raise InputProblem(f"{path} does not exist; check the path")
    if path.is_dir() or (path.is_file() and is_dicom(path)):
        return read_dicom_ct(path, series)
    if series is not None:
        raise InputProblem(f"a DICOM series was chosen, but {path} is one file; leave --series out")
    stored = read_stored_volume(path)
    if np.issubdtype(stored.values.dtype, np.complexfloating):
        raise InputProblem(f"{path} holds complex numbers, which no CT does; give the patient's CT")
    if stored.components > 1:
        raise InputProblem(f"{path} has {stored.components} values a voxel (colour or layers); give one value")
    if len(stored.size) > 3:
        raise InputProblem(f"{path} is a series of {stored.size[3]} volumes in time (4-D); give one of them")
    if len(stored.size) < 3 or min(stored.size) < LEAST_VOXELS_A_SIDE:
        raise InputProblem(f"{path} has {in_words(stored.size)} voxels, too few for a volume; give the whole CT")
    return stored


def _without_place(stored: StoredVolume, path: Path) -> InputProblem:
    return InputProblem(
        f"{path} {stored.unknown_place}; export the CT again with its geometry, or open it in 3D Slicer, set spacing and "
        "orientation, check left and right, and save it as NRRD"
    )


def _hounsfield(values: np.ndarray, ras_from_ijk: np.ndarray, path: str | Path) -> tuple[np.ndarray, list[str]]:
    """The values in HU, repaired where they can be, and notes."""
    values, missing = without_missing(values, path)
    values, overflow = repaired_overflow(values, path)
    values, offset = repaired_offset(values, path)
    voxel_mm3 = float(abs(np.linalg.det(ras_from_ijk[:3, :3])))
    return values, [*missing, *overflow, *offset, *check_is_ct(values, voxel_mm3, path)]


def _placed_labels(path: Path, ct: StoredVolume) -> tuple[StoredVolume, list[str]]:
    """A label map with its place; the CT's where it tells none and has the same size."""
    label = read_volume(path)
    if label.ras_from_ijk is not None:
        checked_grid(label.ras_from_ijk, label.size, path)
        return label, []
    if label.size != ct.size:
        raise _without_place(label, path)
    return replace(label, ras_from_ijk=ct.ras_from_ijk), [
        f"{path} {label.unknown_place}; the CT's place was taken, of equal size"
    ]


def _compact(values: np.ndarray) -> np.ndarray:
    """HU as int16 where they are integers that fit, else as float32."""
    if np.issubdtype(values.dtype, np.integer) and values.min() >= -32768 and values.max() <= 32767:
        return values.astype(np.int16, copy=False)
    return values.astype(np.float32, copy=False)
