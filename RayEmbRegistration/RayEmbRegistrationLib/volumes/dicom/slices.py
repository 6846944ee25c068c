"""What one DICOM file of a CT says of itself, without its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .dataset import quietly, read_dataset

# Tags that may tell the phases of a series apart, the most telling first.
PHASE_TAGS = {
    "TemporalPositionIdentifier": "temporal position",
    "NominalPercentageOfCardiacPhase": "cardiac phase",
    "NominalPercentageOfRespiratoryPhase": "respiratory phase",
    "TriggerTime": "trigger time",
    "AcquisitionNumber": "acquisition",
    "ContentTime": "time",
}
CT_CLASSES = ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2")  # PS3.4 B.5
_TAGS = [
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "SeriesNumber",
    "SeriesDescription",
    "ConvolutionKernel",
    "ImageType",
    "InstanceNumber",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    *PHASE_TAGS,
]


@dataclass(frozen=True, eq=False)
class Slice:
    """One slice: a file, or a frame of one.

    Attributes:
        path: the file.
        frame: within the file, from 0.
        instance: SOP Instance UID.
        size: columns and rows.
        position: (3,) LPS mm of the first pixel's centre, or None.
        orientation: (6,) LPS directions along a row and along a column, or None.
        spacing: (2,) mm between columns and between rows, or None.
        is_localizer: whether it is a scout.
        phase: values of PHASE_TAGS, "" where absent.
    """

    path: Path
    frame: int
    instance: str
    size: tuple[int, int]
    position: np.ndarray | None
    orientation: np.ndarray | None
    spacing: np.ndarray | None
    is_localizer: bool
    phase: tuple[str, ...]


@dataclass(frozen=True)
class FileHeader:
    """What the files of a series have in common, and the slices of one file."""

    series: str
    number: str
    description: str
    kernel: str
    modality: str
    slices: tuple[Slice, ...]


def read_header(path: Path) -> FileHeader | None:
    """The header of one file; None where it is no DICOM image."""
    if path.name.upper() == "DICOMDIR":
        return None
    try:
        with quietly():
            dataset = read_dataset(path, _TAGS, stop_before_pixels=True, force=_may_lack_preamble(path))
            if not (dataset.get("SOPClassUID") or dataset.get("Modality")) or "Rows" not in dataset:
                return None
            return _header_of(dataset, path)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - pydicom raises nearly anything on files that are none of its
        return None


def is_rest_of_slice(path: Path) -> bool:
    """Whether a file that has no readable header of an image is what is left of one, and no report or the like."""
    with path.open("rb") as file:
        start = file.read(132)
    if path.name.upper() == "DICOMDIR":
        return False
    if len(start) < 132:
        return not start.strip(b"\0")  # within the empty preamble
    if not start.endswith(b"DICM"):
        return False
    try:
        with quietly():
            dataset = read_dataset(path, ["SOPClassUID"], stop_before_pixels=True)
            kind = str(dataset.get("SOPClassUID", "") or dataset.file_meta.get("MediaStorageSOPClassUID", "") or "")
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - pydicom raises nearly anything on damaged files
        return True
    return any(ct_class.startswith(kind) for ct_class in CT_CLASSES)  # which may itself be cut off


def _may_lack_preamble(path: Path) -> bool:
    """Whether a file without DICOM's preamble begins with an element of a low group, as old DICOM files do."""
    with path.open("rb") as file:
        start = file.read(8)
    return len(start) == 8 and start[0] in (0x02, 0x08) and start[1] == 0 and start[3] == 0


def _header_of(dataset: Any, path: Path) -> FileHeader:
    instance = str(dataset.get("SOPInstanceUID", "") or "")
    size = (int(dataset.Columns), int(dataset.Rows))
    is_localizer = "LOCALIZER" in [str(word).upper() for word in dataset.get("ImageType", None) or ()]
    phase = tuple(str(dataset.get(tag, "") or "") for tag in PHASE_TAGS)
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence", None) or [None] * frames
    shared = (dataset.get("SharedFunctionalGroupsSequence", None) or [None])[0]
    slices = []
    for frame, own in enumerate(per_frame):
        places = [_macro(group, name) for group in (own, shared) for name in _MACROS] + [dataset]
        position = _numbers(places, "ImagePositionPatient", 3)
        orientation = _numbers(places, "ImageOrientationPatient", 6)
        spacing = _numbers(places, "PixelSpacing", 2)
        spacing = None if spacing is None else spacing[::-1].copy()
        slices.append(Slice(path, frame, instance, size, position, orientation, spacing, is_localizer, phase))
    return FileHeader(
        str(dataset.get("SeriesInstanceUID", "") or ""),
        str(dataset.get("SeriesNumber", "") or ""),
        str(dataset.get("SeriesDescription", "") or "").strip(),
        _text(dataset.get("ConvolutionKernel", "")),
        str(dataset.get("Modality", "") or ""),
        tuple(slices),
    )


_MACROS = ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence")  # of enhanced CT, PS3.3 C.7.6.16


def _macro(group: Any, name: str) -> Any:
    """The only item of a functional group's macro, or None."""
    sequence = None if group is None else group.get(name, None)
    return sequence[0] if sequence else None


def _numbers(places: Sequence[Any], tag: str, count: int) -> np.ndarray | None:
    """The first of these data sets' values of a tag, None where none has as many finite numbers."""
    for place in places:
        value = None if place is None else place.get(tag, None)
        if value is None or len(value) != count:
            continue
        numbers = np.array([float(number) for number in value])
        if np.isfinite(numbers).all():
            return numbers
    return None


def _text(value: Any) -> str:
    return str(value or "") if isinstance(value, str) or value is None else "/".join(map(str, value))
