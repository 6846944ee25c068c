"""A pose as a DICOM Spatial Registration that refers to the files that CT and X-ray were loaded from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from RayEmbRegistrationLib.files.spatial_registration import DicomSource

    from .export import Gathered


def writeRegistration(gathered: Gathered, row: int, path: Path) -> Path:
    """Write the pose of an X-ray; returns the path."""
    from RayEmbRegistrationLib.files.spatial_registration import write_spatial_registration

    ct, xray = (_source(one) for one in gathered.dicomFiles[row])
    said = gathered.verdict or f"{gathered.names[row]}, not assessed"
    return write_spatial_registration(path, gathered.poses[row], ct, xray, said)


def _source(path: str | None) -> DicomSource | None:
    from RayEmbRegistrationLib.files.spatial_registration import dicom_source
    from RayEmbRegistrationLib.problems import InputProblem

    if path is None:
        return None
    try:
        return dicom_source(path)
    except InputProblem:  # the file is gone since it was loaded; the pose is written without it
        return None
