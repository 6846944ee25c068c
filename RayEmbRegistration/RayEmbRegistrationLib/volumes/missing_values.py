"""Voxels that are not numbers: air where they surround the scanned field, refused where they lie within it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

AIR_HU = -1000.0  # by definition of the unit


def without_missing(values: np.ndarray, path: str | Path) -> tuple[np.ndarray, list[str]]:
    """The values with NaN and infinity outside the field of view set to air, and a note.

    Args:
        values: (K, J, I).
        path: for the message.

    Raises:
        InputProblem: no number at all, or such voxels within the volume.
    """
    if not np.issubdtype(values.dtype, np.floating):
        return values, []
    bad = ~np.isfinite(values)
    count = int(np.count_nonzero(bad))
    if not count:
        return values, []
    share = f"{count} voxels ({count / bad.size:.2%})"
    if count == bad.size:
        raise InputProblem(f"{path} holds no number at all (NaN or infinite); export the CT again")
    from scipy.ndimage import binary_propagation

    border = np.zeros_like(bad)
    for axis in range(3):
        faces = np.moveaxis(border, axis, 0)
        faces[0] = faces[-1] = True
    within = count - int(np.count_nonzero(binary_propagation(border & bad, mask=bad)))
    if within:
        raise InputProblem(
            f"{path} holds {share} that are not numbers (NaN or infinite), {within} of them within the volume; export the "
            "CT again, or set them to -1000"
        )
    return np.where(bad, np.asarray(AIR_HU, dtype=values.dtype), values), [
        f"{share} of {path} around the scanned field are not numbers (NaN or infinite); they were set to air"
    ]
