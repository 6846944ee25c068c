"""A CT from DICOM: a folder of slices, or one file with all of them (enhanced CT)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.files.opening import openable_by_all
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.formats.stored import StoredVolume, checked_size

from .dataset import check_elements, quietly, read_dataset
from .grid import ordered_slices
from .series import Series, choose_series, series_of
from .slices import Slice, read_header

LEAST_SLICES = 4  # chosen: fewer are no volume, and hold no bone's edge along the third axis


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM, by its mark or its name."""
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM" or path.suffix.lower() in (".dcm", ".ima")


def read_dicom_ct(path: Path, series: str | None = None) -> StoredVolume:
    """The CT in a folder of slices, or in one multi-frame file, in HU and with its place.

    Args:
        path: folder or file.
        series: which series of a folder, see ``choose_series``; the CT with most slices where None.

    Raises:
        InputProblem: as ``choose_series`` and ``ordered_slices``, or slices that are cut off or cannot be decoded.
    """
    chosen, notes = choose_series(path, series) if path.is_dir() else (_of_file(path), [])
    if len(chosen.slices) < LEAST_SLICES:
        size = " x ".join(map(str, (*chosen.slices[0].size, len(chosen.slices))))
        raise InputProblem(f"{path} has {size} voxels, too few for a volume; give the folder with all slices")
    slices, ras_from_ijk = ordered_slices(chosen.slices, path)
    checked_size((*slices[0].size, len(slices)), 2, path)
    for file in dict.fromkeys(piece.path for piece in slices):
        _check_complete(file)
    values = _pixels(slices, path)
    if values.shape != (len(slices), *slices[0].size[::-1]):
        raise InputProblem(f"the CT in {path} is not a stack of grey slices; give the patient's CT")
    return StoredVolume(values, 1, ras_from_ijk, notes=tuple(notes))


def _of_file(path: Path) -> Series:
    header = read_header(path)
    if header is None or not header.slices:
        raise InputProblem(f"{path} cannot be read as DICOM, it may be damaged or cut off; copy it again")
    if header.modality not in ("CT", ""):
        raise InputProblem(f"{path} is {header.modality}, not CT; give the patient's CT")
    return series_of([header])[0]


def _check_complete(path: Path) -> None:
    """Whether a file holds all its pixels, which a decoder may fill in by itself.

    Raises:
        InputProblem: it is cut off.
    """
    try:
        with quietly():
            dataset = read_dataset(path, force=True)
            check_elements(dataset)
            syntax = getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", None)
            present = len(dataset.PixelData)
            is_compressed = syntax is not None and syntax.is_compressed and not syntax.is_deflated
            needed = 1 if is_compressed else _bytes_needed(dataset)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - pydicom raises nearly anything on damaged files
        raise InputProblem(f"the slice {path} is cut off or damaged; copy the CT again") from None
    if present < needed:
        raise InputProblem(
            f"the slice {path} is cut off: {1 - present / needed:.0%} of its pixels are missing; copy the CT again"
        )


def _bytes_needed(dataset: Any) -> int:
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    return int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel) * frames * int(dataset.BitsAllocated) // 8


def _pixels(slices: Sequence[Slice], path: Path) -> np.ndarray:
    """(K, J, I) HU of slices in order, decoded and rescaled by GDCM."""
    import SimpleITK as sitk  # noqa: N813 - its customary name

    try:
        with openable_by_all(list(dict.fromkeys(piece.path for piece in slices))) as files:
            if len(files) == 1:
                frames: np.ndarray = sitk.GetArrayFromImage(sitk.ReadImage(files[0]))
                return frames[[piece.frame for piece in slices]]
            reader = sitk.ImageSeriesReader()
            reader.SetFileNames(files)
            values: np.ndarray = sitk.GetArrayFromImage(reader.Execute())
            return values
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise InputProblem(f"the CT in {path} cannot be read ({reason}); convert it to uncompressed DICOM or NRRD") from None
