"""Whether numbers are Hounsfield units of a CT that shows bone, and the two ways of storing them that can be undone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

BONE_HU = 150.0  # as the weakest bone of volumes.bone
LEAST_BONE_ML = 0.05  # as the smallest part of volumes.components
OFFSET_HU = 1024  # the customary rescale intercept of CT
_LEAST_OF_OFFSET = 100  # of what is not air in a CT stored with that offset; chosen: soft tissue then has some 1000
_LEAST_BONE_SHARE = 0.002  # of the body that is bone, so that a phantom of bone at 1000 HU alone is left as it is; chosen
_LOWEST_HU = -3100  # scanners pad with -1024, -2000, -2048 or -3024


def _sample(values: np.ndarray, most: int = 2_000_000) -> np.ndarray:
    """About ``most`` voxels spread over the volume."""
    step = max(1, round((values.size / most) ** (1 / 3)))
    return values[::step, ::step, ::step].ravel()


def repaired_overflow(values: np.ndarray, path: str | Path) -> tuple[np.ndarray, list[str]]:
    """Undo the storing of negative HU as unsigned 16-bit (64512 for -1024), and set padding far below air to air.

    Raises:
        InputProblem: values outside every CT that are not such an overflow.
    """
    notes: list[str] = []
    if values.max() > 32767:
        high = values > 32767
        if values[high].min() < 65536 + _LOWEST_HU or values.max() > 65535:
            raise InputProblem(
                f"{path} holds values up to {values.max():.0f}, more than any CT; export it again in Hounsfield units"
            )
        values = np.where(high, values.astype(np.int32) - 65536, values).astype(np.int32)
        notes.append(
            f"negative Hounsfield units of {path} were stored as large positive numbers (unsigned 16-bit); repaired"
        )
    if values.min() < _LOWEST_HU:
        low = values < _LOWEST_HU
        padding = np.unique(values[low])
        if len(padding) > 1:
            raise InputProblem(
                f"{path} holds values down to {values.min():.0f}, less than air can have; it overflowed or is not in "
                "Hounsfield units, export it again"
            )
        values = np.where(low, np.array(-1000, dtype=values.dtype), values)
        notes.append(f"the padding value {padding[0]:.0f} of {path} was set to air")
    return values, notes


def repaired_offset(values: np.ndarray, path: str | Path) -> tuple[np.ndarray, list[str]]:
    """Undo the storing of HU + 1024 (a CT whose rescale intercept was lost), recognised by its soft tissue.

    Muscle and water lie within 100 HU, so that a third or more of what is not background is found near 1024, and a little
    (bone) well above it; nothing is negative. A CT whose soft tissue was masked, or of bone alone, has no such peak.
    """
    if float(values.min()) < 0:
        return values, []
    sample = _sample(values)
    tissue = sample[sample > _LEAST_OF_OFFSET]
    if tissue.size < 100:
        return values, []
    counts, edges = np.histogram(tissue, bins=np.arange(_LEAST_OF_OFFSET, 4000, 20))
    peak = float(edges[int(np.argmax(counts))]) + 10
    near = float(np.mean(np.abs(tissue - peak) < 60))
    above = float(np.mean(tissue > OFFSET_HU + 200))
    if not (OFFSET_HU - 120 <= peak <= OFFSET_HU + 120 and near > 0.35 and _LEAST_BONE_SHARE < above < 0.35):
        return values, []
    shifted = values.astype(np.int32) - OFFSET_HU if values.dtype.kind in "iu" else values - np.float32(OFFSET_HU)
    note = f"{path} was stored without its offset (soft tissue at {peak:.0f}, no value below {float(values.min()):g})"
    return shifted, [f"{note}; {OFFSET_HU} was subtracted"]


def check_is_ct(values: np.ndarray, voxel_mm3: float, path: str | Path) -> list[str]:
    """Refuse what cannot be a CT in HU with bone in it; note what is doubtful.

    Conservative: CTs with soft tissue set to 0, without air, or of one isolated bone pass.

    Args:
        values: (K, J, I) finite numbers.
        voxel_mm3: volume of a voxel.
        path: for the message.

    Raises:
        InputProblem: constant, only air, a label map, an 8-bit picture, MR, or no bone.
    """
    low, high = float(values.min()), float(values.max())
    if low == high:
        raise InputProblem(f"{path} is empty: every voxel is {low:g}; give the patient's CT")
    if high < -200:
        raise InputProblem(f"{path} shows only air (at most {high:.0f} HU); give a CT of the patient in Hounsfield units")
    sample = _sample(values)
    whole = bool((sample == np.round(sample)).all())
    if low >= 0 and whole and high <= 1024 and len(np.unique(sample)) <= 150:
        raise InputProblem(
            f"{path} looks like a label map (few whole numbers, none negative); give the CT, and this as labels"
        )
    if low >= 0 and whole and high <= 255:
        raise InputProblem(f"{path} is an 8-bit picture, not Hounsfield units; export the CT without a display window")
    bone = sum(int(np.count_nonzero(values_of_slice > BONE_HU)) for values_of_slice in values)  # no copy of the volume
    if bone * voxel_mm3 < LEAST_BONE_ML * 1000:
        raise InputProblem(
            f"{path} has no bone: hardly a voxel exceeds {BONE_HU:.0f} HU (most {high:.0f}); give a CT in Hounsfield units"
        )
    return _mr_notes(sample, low, path) if low >= 0 else []


def _mr_notes(sample: np.ndarray, low: float, path: str | Path) -> list[str]:
    """MR has no negative value. Neither has a CT whose soft tissue was masked, but that has one value nearly everywhere."""
    background = float(np.mean(sample == low))
    rest = sample[sample != low]
    doubt = (
        f"{path} has no value below {low:g}, where a CT has air near -1000; it looks like MR, or like a CT stored without "
        "its offset (then subtract 1024)"
    )
    if background < 0.3:
        raise InputProblem(doubt + "; give a CT in Hounsfield units")
    if background < 0.65 and np.median(rest) > BONE_HU:
        return [doubt + "; read as a CT whose soft tissue was masked"]
    return []
