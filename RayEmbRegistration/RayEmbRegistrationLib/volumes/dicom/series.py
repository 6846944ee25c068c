"""The DICOM series of a folder, copies left out, and the choice of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .copies import without_copies
from .slices import PHASE_TAGS, FileHeader, Slice, is_rest_of_slice, read_header

_SAME_PLACE_MM = 1e-3  # chosen: positions are written to a thousandth of a millimetre or better
_MOST_SHOWN = 12  # chosen: a sentence that is still read


@dataclass(frozen=True)
class Series:
    """One series, or one phase of it.

    Attributes:
        uid: Series Instance UID.
        number: Series Number, as text.
        description: Series Description, with the reconstruction kernel where there is one.
        modality: as DICOM names it.
        slices: without scouts and copies; in no order yet.
        phase: which phase, as "2", where the series holds several; else empty.
        phase_name: what it is in words.
        notes: what was left out.
    """

    uid: str
    number: str
    description: str
    modality: str
    slices: tuple[Slice, ...]
    phase: str = ""
    phase_name: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For a message."""
        phase = f", {self.phase_name}" if self.phase else ""
        uid = self.uid if len(self.uid) <= 16 else f"...{self.uid[-12:]}"
        number = f"{self.number}{'/' + self.phase if self.phase else ''}"
        return f"{number or '?'} '{self.description}' ({self.modality or '?'}, {len(self.slices)} slices{phase}, UID {uid})"

    @property
    def is_ct(self) -> bool:
        """Whether it may be a CT: old files name no modality."""
        return self.modality in ("CT", "")


def find_series(folder: Path) -> list[Series]:
    """The DICOM series in a folder, or in its subfolders where it has none itself; CT first, then the longest.

    Raises:
        InputProblem: a slice is cut off within its header, or two different slices are taken for one.
    """
    direct = sorted(entry for entry in folder.iterdir() if entry.is_file())
    headers = _headers(direct)
    if not headers:
        headers = _headers(sorted(entry for entry in folder.rglob("*") if entry.is_file() and entry.parent != folder))
    return series_of(headers)


def _headers(files: Sequence[Path]) -> list[FileHeader]:
    """Of the DICOM images among files.

    Raises:
        InputProblem: one of them is a slice that is cut off within its header: without it the CT would end too early.
    """
    found = [(file, read_header(file)) for file in files]
    endings = {file.suffix.lower() for file, header in found if header is not None}
    for file, header in found:
        if header is None and file.suffix.lower() in endings and is_rest_of_slice(file):
            raise InputProblem(f"the slice {file} is cut off within its header, or damaged; copy the CT again")
    return [header for _, header in found if header is not None]


def series_of(headers: Sequence[FileHeader]) -> list[Series]:
    """Files brought together by their series, phases apart."""
    groups: dict[tuple[str, str], list[FileHeader]] = defaultdict(list)
    for header in headers:
        groups[header.series, header.modality].append(header)
    found: list[Series] = []
    for (uid, modality), files in groups.items():
        first = files[0]
        kernel = f", {first.kernel}" if first.kernel else ""
        description = (first.description or "without description") + kernel
        slices = tuple(piece for file in files for piece in file.slices)
        found += _phases(Series(uid, first.number, description, modality, slices))
    return sorted(found, key=lambda series: (not series.is_ct, -len(series.slices), series.number, series.uid, series.phase))


def _phases(series: Series) -> list[Series]:
    """The series without scouts and copies, taken apart where it holds every place several times."""
    notes = []
    scouts = sum(piece.is_localizer for piece in series.slices)
    slices = series.slices
    if 0 < scouts < len(slices):
        slices = tuple(piece for piece in slices if not piece.is_localizer)
        notes.append(f"{scouts} scout image(s) of the series were left out")
    if series.is_ct:
        slices, copies = without_copies(slices)
        if copies:
            notes.append(f"{copies} identical copies of slices were left out")
    series = replace(series, slices=slices, notes=tuple(notes))
    if not _repeats(slices):
        return [series]
    for index, meaning in enumerate(PHASE_TAGS.values()):
        parts: dict[str, list[Slice]] = defaultdict(list)
        for piece in slices:
            parts[piece.phase[index]].append(piece)
        if len(parts) < 2 or len(parts) > len(slices) / 2 or any(_repeats(part) for part in parts.values()):
            continue
        order = sorted(parts, key=_as_number)
        return [
            replace(series, slices=tuple(parts[value]), phase=str(number), phase_name=f"{meaning} {value or 'unnamed'}")
            for number, value in enumerate(order, 1)
        ]
    return [series]


def _as_number(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return float("inf"), text


def _repeats(slices: Sequence[Slice]) -> bool:
    """Whether two slices lie at one place."""
    places = np.array([piece.position for piece in slices if piece.position is not None])
    if len(places) < 2:
        return False
    rounded = np.unique(np.round(places / _SAME_PLACE_MM).astype(np.int64), axis=0)
    return len(rounded) < len(places)


def choose_series(folder: Path, wanted: str | None = None) -> tuple[Series, list[str]]:
    """The series that was asked for, else the CT with most slices; and what was decided.

    Args:
        folder: with DICOM files, or with subfolders of them.
        wanted: Series Instance UID or its end, series number, or description; "/2" after it chooses a phase.

    Raises:
        InputProblem: no DICOM series, none that is CT, none or several that are asked for, or several equally long.
    """
    found = find_series(folder)
    if not found:
        raise InputProblem(f"{folder} holds no DICOM images; give the folder with the CT slices, or a NIfTI or NRRD file")
    if wanted is not None:
        chosen = [series for series in found if _is(series, wanted)]
        if not chosen:
            raise InputProblem(f"{folder} holds no series '{wanted}'; it holds {_listed(found)}")
    else:
        chosen = [series for series in found if series.is_ct]
        if not chosen:
            kinds = " and ".join(sorted({series.modality for series in found}))
            raise InputProblem(f"{folder} holds {kinds}, not CT; give the patient's CT")
        chosen = [series for series in chosen if len(series.slices) == len(chosen[0].slices)]
    if len(chosen) > 1:
        raise InputProblem(
            f"{folder} holds {len(chosen)} series that may be meant: {_listed(chosen)}; choose one with --series and its "
            "number, description or the end of its UID, or give a folder that holds it alone"
        )
    (best,) = chosen
    if not best.is_ct:
        raise InputProblem(f"the series {best.name} of {folder} is {best.modality}, not CT; give the patient's CT")
    if len(found) == 1:
        return best, list(best.notes)
    others = [series for series in found if series is not best]
    note = f"{folder} holds {len(found)} series; {best.name} was read, not {_listed(others)}; another is chosen by --series"
    return best, [note, *best.notes]


def _listed(found: Sequence[Series]) -> str:
    shown = "; ".join(series.name for series in found[:_MOST_SHOWN])
    return shown + (f" and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else "")


def _is(series: Series, wanted: str) -> bool:
    """Whether a series is meant by a UID, the end of one, a number or a description."""
    for text, phase in ((wanted, ""), tuple(wanted.rpartition("/")[::2])):
        if not text or (phase and phase != series.phase):
            continue
        if text in (series.uid, series.number) or text.lower() == series.description.lower():
            return True
        if len(text) >= 4 and (series.uid.endswith(text.lstrip(".")) or text.lower() in series.description.lower()):
            return True
    return False
