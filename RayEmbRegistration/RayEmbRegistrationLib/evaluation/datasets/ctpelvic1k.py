"""CTPelvic1K: 1184 pelvic CTs with masks of sacrum, hip bones and lumbar spine.

P. Liu et al., International Journal of Computer Assisted Radiology and Surgery 16, 2021; masks and the CLINIC CTs:
doi 10.5281/zenodo.4588403. Masks are named ``datasetN_ID_mask_4label.nii.gz``; the CTs published with them (datasets 6 and
7) ``datasetN_ID_data.nii.gz``, those of other collections as they came (``ID.nii.gz``). Folders differ between mirrors, so
files are found by name anywhere below one folder. There are no X-rays: ``evaluation.cohorts`` simulates them.

Labels: 1 sacrum, 2 and 3 the hip bones, 4 lumbar spine. Published descriptions disagree on which hip bone is 2, so sides
are told by where the bones lie.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.application.open_ct import open_ct
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.volumes.reading import read_volume

from .case import DatasetError

SACRUM, HIPS, LUMBAR_SPINE = 1, (2, 3), 4  # the data set's numbers (see above)
_MASK = re.compile(r"(?P<key>(?:dataset\d+_)?(?P<id>.+))_mask_4label\.nii(\.gz)?$")


@dataclass(frozen=True)
class PelvicCase:
    """A CT and its mask.

    Attributes:
        name: as the mask is named, e.g. "dataset6_CLINIC_0001".
        ct_path: the CT, or None where it is not below the folder (datasets 1 to 5 come from other collections).
        mask_path: the labels.
    """

    name: str
    ct_path: Path | None
    mask_path: Path


@dataclass(frozen=True, eq=False)
class PelvicCT:
    """A CT with labels.

    Attributes:
        volume: HU and labels.
        label_names: number to name, with sides, of the labels that occur.
        notes: one sentence each.
    """

    volume: CTVolume
    label_names: dict[int, str]
    notes: tuple[str, ...] = ()


def find_pelvic_cases(folder: str | Path) -> list[PelvicCase]:
    """All masks anywhere below a folder, with their CTs where those are there, sorted by name.

    Raises:
        DatasetError: no such folder, or no mask in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"there is no folder {folder}; give the folder that holds CTPelvic1K")
    volumes: dict[str, Path] = {}
    masks = []
    for path in sorted(folder.rglob("*.nii*")):
        found = _MASK.match(path.name)
        if found:
            masks.append((found["key"], found["id"], path))
        else:
            volumes.setdefault(re.sub(r"\.nii(\.gz)?$", "", path.name), path)
    if not masks:
        raise DatasetError(f"{folder} holds no mask; CTPelvic1K's are named datasetN_ID_mask_4label.nii.gz")
    cases = []
    for key, identity, path in masks:
        names = (f"{key}_data", key, f"{identity}_data", identity)
        cases.append(PelvicCase(key, next((volumes[name] for name in names if name in volumes), None), path))
    return sorted(cases, key=lambda case: case.name)


def read_pelvic_ct(case: PelvicCase) -> PelvicCT:
    """The CT and its mask on the CT's grid.

    A mask of the CT's size whose header places it elsewhere is taken voxel by voxel, with a note.

    Raises:
        DatasetError: the CT is missing, or the mask fits neither by its header nor by its size.
    """
    if case.ct_path is None:
        raise DatasetError(f"the CT of {case.name} is not below the folder; it comes from another collection, add it there")
    reading = open_ct(case.ct_path)
    mask = read_volume(case.mask_path)
    labels = mask.values.round().astype(np.uint8)
    notes = reading.notes
    volume = reading.volume
    if labels.shape == volume.hu.shape:
        if mask.ras_from_ijk is None or not np.allclose(mask.ras_from_ijk, volume.ras_from_ijk, atol=1e-2):
            notes += (f"the header of {case.mask_path.name} places it elsewhere than its CT; it is taken voxel by voxel",)
        volume = CTVolume(volume.hu, volume.ras_from_ijk, labels)
    else:
        try:
            volume = open_ct(case.ct_path, case.mask_path).volume
        except ValueError as error:
            raise DatasetError(f"the mask of {case.name} does not fit its CT: {error}") from error
    return PelvicCT(volume, _label_names(volume), notes)


def _label_names(volume: CTVolume) -> dict[int, str]:
    """Names with sides by position: the patient's right is at larger x."""
    present = [] if volume.labels is None else [int(n) for n in np.unique(volume.labels) if n > 0]
    names = {SACRUM: "sacrum", LUMBAR_SPINE: "lumbar spine"}
    hips = {n: _middle_ras(volume, n)[0] for n in HIPS if n in present}
    middle = np.mean(list(hips.values())) if len(hips) == 2 else _middle_x(volume, present)
    for label, x in hips.items():
        names[label] = "right hip bone" if x > middle else "left hip bone"
    return {n: names.get(n, f"label {n}") for n in present}


def _middle_x(volume: CTVolume, present: list[int]) -> float:
    """The x of the sacrum, or of the CT where there is none."""
    if SACRUM in present:
        return float(_middle_ras(volume, SACRUM)[0])
    return float(volume.ras_from_index((np.array(volume.hu.shape[::-1]) - 1) / 2)[0])


def _middle_ras(volume: CTVolume, label: int) -> Any:
    kji = np.argwhere(volume.labels == label)
    return volume.ras_from_index(kji.mean(0)[::-1])
