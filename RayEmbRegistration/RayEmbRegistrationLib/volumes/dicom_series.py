"""A CT from a folder of DICOM slices: which series, in which order, and whether the slices make one regular grid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

_TAGS = ["Modality", "SeriesDescription", "ImagePositionPatient", "ImageOrientationPatient", "InstanceNumber"]


class CTFileError(InputProblem):
    """A CT or label file that cannot be used, in one sentence that names it and says what to do."""


@dataclass(frozen=True)
class Series:
    """One DICOM series of a folder: its files in the order of slices, and what its first header says."""

    files: tuple[str, ...]
    modality: str
    description: str

    @property
    def name(self) -> str:
        """For a message: description and number of files."""
        return f"'{self.description or 'without description'}' ({self.modality or '?'}, {len(self.files)} files)"


def _header(file: str) -> Any:
    import pydicom

    return pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=_TAGS)


def find_series(folder: Path) -> list[Series]:
    """The DICOM series in a folder, or in its subfolders where it has none itself; the longest first."""
    import SimpleITK as sitk  # noqa: N813 - its customary name

    folders = [folder, *sorted(entry for entry in folder.rglob("*") if entry.is_dir())]
    found = []
    for place in folders:
        for series_id in sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(place)):
            files = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(place), series_id)
            header = _header(files[0])
            modality = str(header.get("Modality", "") or "")
            found.append(Series(tuple(files), modality, str(header.get("SeriesDescription", "") or "")))
        if found and place == folder:
            break
    return sorted(found, key=lambda series: (series.modality != "CT", -len(series.files)))


def choose_series(folder: Path) -> tuple[Series, list[str]]:
    """The CT series with most slices, and a note that names it where there are several.

    Raises:
        CTFileError: no DICOM series, or none that is CT.
    """
    found = find_series(folder)
    if not found:
        raise CTFileError(f"{folder} holds no DICOM images; give the folder with the CT slices, or a NIfTI or NRRD file")
    best = found[0]
    if best.modality not in ("CT", ""):
        raise CTFileError(f"{folder} holds {best.modality}, not CT; give the patient's CT")
    if len(found) == 1:
        return best, []
    others = ", ".join(series.name for series in found[1:4]) + (" and more" if len(found) > 4 else "")
    return best, [f"{folder} holds {len(found)} series; {best.name} was read, not {others}"]


def check_slices(series: Series, folder: Path) -> None:
    """Whether the slices lie evenly along their normal.

    Raises:
        CTFileError: one place twice, uneven distances (missing slices), gantry tilt, or slices of several directions.
    """
    if len(series.files) < 2:
        return  # one multi-frame file, or a single slice, which the size check refuses
    headers = [_header(file) for file in series.files]
    if any("ImagePositionPatient" not in h or "ImageOrientationPatient" not in h for h in headers):
        raise CTFileError(f"slices in {folder} lack ImagePositionPatient, so their places are unknown; export the CT again")
    positions = np.array([h.ImagePositionPatient for h in headers], dtype=np.float64)
    orientations = np.array([h.ImageOrientationPatient for h in headers], dtype=np.float64)
    if np.abs(orientations - orientations[0]).max() > 1e-3:
        raise CTFileError(
            f"the slices in {folder} differ in direction (a scout among them?); give the axial CT slices alone"
        )
    normal = np.cross(orientations[0, :3], orientations[0, 3:])
    order = np.argsort(positions @ normal)
    steps = np.diff(positions[order], axis=0)
    distances = steps @ normal
    typical = float(np.median(distances))
    if (distances < 1e-3).any():
        raise CTFileError(f"{folder} holds several slices at one place (phases of a 4-D CT?); give one phase alone")
    if (distances > 1.5 * typical).any():
        missing = int(np.round(distances / typical - 1).sum())
        worst = int(np.argmax(distances))
        raise CTFileError(
            f"about {missing} slices are missing in {folder} (a gap of {distances[worst]:.2f} mm after slice {worst + 1}, "
            f"others {typical:.2f} mm); copy the whole series again"
        )
    if np.abs(distances - typical).max() > max(0.02 * typical, 0.02):
        raise CTFileError(
            f"the slices in {folder} lie unevenly ({distances.min():.2f} to {distances.max():.2f} mm apart); load them in "
            "3D Slicer with regularisation of the acquisition geometry and save the CT as NRRD"
        )
    drift = np.linalg.norm(steps.sum(axis=0) - distances.sum() * normal)
    if drift > max(0.5, 0.01 * distances.sum()):
        angle = np.degrees(np.arctan2(drift, distances.sum()))
        raise CTFileError(
            f"the CT in {folder} was scanned with a gantry tilt of {angle:.1f} degrees; load it in 3D Slicer with "
            "regularisation of the acquisition geometry and save the CT as NRRD"
        )


def read_dicom_folder(folder: Path) -> tuple[Any, list[str]]:
    """The CT in a folder as a SimpleITK image, and notes.

    Raises:
        CTFileError: as ``choose_series`` and ``check_slices``, or slices that cannot be decoded.
    """
    import SimpleITK as sitk  # noqa: N813 - its customary name

    series, notes = choose_series(folder)
    check_slices(series, folder)
    try:
        if len(series.files) == 1:
            return sitk.ReadImage(series.files[0]), notes
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(series.files)
        return reader.Execute(), notes
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise CTFileError(
            f"the CT in {folder} cannot be read ({reason}); convert it to uncompressed DICOM or NRRD"
        ) from None
