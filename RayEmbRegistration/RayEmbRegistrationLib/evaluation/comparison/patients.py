"""Whom a comparison is about: CTs with their X-rays, found in folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from RayEmbRegistrationLib.evaluation.cases import Case, CaseError, find_cases


@dataclass(frozen=True)
class Patient:
    """A CT and its X-rays.

    Attributes:
        name: unique within the comparison, parts divided by "/".
        group: row of the table: specimen or cohort.
        ct_path: file, or folder of DICOM slices.
        cases: those with a known pose, each a view or, where registered jointly, several.
        series, resample_tilt: how the CT is read, as for ``open_ct``.
        labels_path, labels: bones to register, all of the CT's where there are none.
        fixed_weights: of a network for fixed landmarks of this CT.
        surface_weights: of a network that reconstructs this CT's bone.
        without_truth: number of cases left out because nobody knows their pose.
    """

    name: str
    group: str
    ct_path: Path
    cases: tuple[tuple[Case, ...], ...]
    series: str | None = None
    resample_tilt: bool = False
    labels_path: Path | None = None
    labels: tuple[int, ...] = ()
    fixed_weights: Path | None = None
    surface_weights: Path | None = None
    without_truth: int = 0


def read_patient(folder: Path, ct_path: Path | None = None, joint: bool = False) -> Patient:
    """A folder of cases with their CT: given, or ct.nii.gz in the folder or the one above.

    Args:
        folder: as ``find_cases`` takes it.
        ct_path: where the CT is elsewhere.
        joint: whether X-rays of one group become one case of several views.

    Raises:
        CaseError: no CT, no case, or none with a known pose.
    """
    folder = Path(folder).resolve()
    cases = find_cases(folder)
    places = [folder, folder.parent]
    found = ct_path or next((place / "ct.nii.gz" for place in places if (place / "ct.nii.gz").is_file()), None)
    if found is None or not Path(found).exists():
        raise CaseError(f"the cases of {folder} need their CT: put ct.nii.gz beside them, or give it with --ct")
    found = Path(found).resolve()
    known = [case for case in cases if case.truth is not None]
    if not known:
        raise CaseError(f"{folder} holds no case with a known pose (NAME.truth.json); there is nothing to compare")
    name = found.parent.name if found.parent == folder.parent else folder.name
    fixed, surfaces = (found.with_name(f"{name}.safetensors") for name in ("fixed-landmarks", "reconstruction"))
    return Patient(
        name,
        name,
        found,
        tuple(_grouped(known, joint)),
        labels_path=next((place / "labels.nii.gz" for place in places if (place / "labels.nii.gz").is_file()), None),
        fixed_weights=fixed if fixed.is_file() else None,
        surface_weights=surfaces if surfaces.is_file() else None,
        without_truth=len(cases) - len(known),
    )


def find_patients(folder: Path, ct_path: Path | None = None, joint: bool = False) -> list[Patient]:
    """The patient of a folder of cases, or those of the folders below it.

    Raises:
        CaseError: no case anywhere, or several folders for one CT.
    """
    folder = Path(folder).resolve()
    if not folder.is_dir():
        raise CaseError(f"there is no folder {folder}; give the folder that holds the X-rays, or folders of them")
    places = sorted({path.parent for path in folder.rglob("*.geometry.json")})
    if not places:
        raise CaseError(f"{folder} holds no case; a case is NAME.png beside NAME.geometry.json")
    if ct_path is not None and len(places) > 1:
        raise CaseError(f"{folder} holds {len(places)} folders of cases, but one CT was given; give one folder with --ct")
    patients = [read_patient(place, ct_path, joint) for place in places]
    if len({patient.name for patient in patients}) == len(patients):
        return patients
    names = [str(place.relative_to(folder)) for place in places]
    return [replace(patient, name=name) for patient, name in zip(patients, names, strict=True)]


def _grouped(cases: Sequence[Case], joint: bool) -> Iterator[tuple[Case, ...]]:
    """Each case alone, or those of one group together."""
    if not joint:
        yield from ((case,) for case in cases)
        return
    named = sorted(cases, key=lambda case: (case.group or case.name, case.name))
    for _, members in groupby(named, key=lambda case: case.group or case.name):
        yield tuple(members)
