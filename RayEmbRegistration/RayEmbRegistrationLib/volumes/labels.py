"""Label maps: one number a bone, brought onto the CT's grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .resampling import resampled

_MOST_LABEL, _MOST_LABELS = 32767, 1000  # 16 bit with sign; of 1000 labels each is no bone (a skeleton has some 200)
_SAME_PLACE = 0.01  # of a voxel; chosen: headers are rounded so


def same_grid(first: np.ndarray, second: np.ndarray, size: tuple[int, ...]) -> bool:
    """Whether two ras_from_ijk place the voxels of a volume alike, to a hundredth of a voxel at its corners."""
    tolerance = _SAME_PLACE * float(np.linalg.norm(second[:3, :3], axis=0).min())
    corners = np.array([[i, j, k, 1] for i in (0, size[0]) for j in (0, size[1]) for k in (0, size[2])], dtype=float)
    return bool(np.abs(corners @ (first - second).T).max() < tolerance)


def checked_labels(values: np.ndarray, path: str | Path) -> list[int]:
    """The label numbers that occur.

    Args:
        values: (K, J, I) as stored.
        path: for the message.

    Raises:
        InputProblem: not whole numbers, nothing labelled, or values as an image has them.
    """
    if np.issubdtype(values.dtype, np.floating) and not (np.isfinite(values).all() and (values == np.round(values)).all()):
        raise InputProblem(f"{path} is not a label map: its values are not whole numbers; give a segmentation")
    if values.min() < 0 or values.max() > _MOST_LABEL:
        raise InputProblem(
            f"{path} is not a label map: values from {values.min():g} to {values.max():g}; give a segmentation"
        )
    present = np.unique(values)
    found: list[int] = present[present > 0].astype(int).tolist()
    if not found:
        raise InputProblem(f"{path} labels nothing; give a label map with one number a bone")
    if len(found) > _MOST_LABELS:
        raise InputProblem(f"{path} has {len(found)} values and is not a label map; give a segmentation")
    return found


def labels_on_grid(
    values: np.ndarray,
    ras_from_ijk: np.ndarray,
    ct_ras_from_ijk: np.ndarray,
    ct_size: tuple[int, ...],
    labels: Sequence[int] | None,
    path: str | Path,
) -> tuple[np.ndarray, list[str]]:
    """(K, J, I) int16 label numbers on the CT's grid, by nearest neighbour, and notes.

    Args:
        values: (K, J, I) of the label map.
        ras_from_ijk: (4, 4) of it.
        ct_ras_from_ijk: (4, 4) of the CT.
        ct_size: the CT's voxels along i, j, k.
        labels: numbers to keep; all where None.
        path: for the message.

    Raises:
        InputProblem: as ``checked_labels``, a chosen number that does not occur, or no label inside the CT.
    """
    present = checked_labels(values, path)
    result = values.astype(np.int16)
    notes = []
    if result.shape[::-1] != tuple(ct_size) or not same_grid(ras_from_ijk, ct_ras_from_ijk, ct_size):
        result = resampled(result, ras_from_ijk, ct_ras_from_ijk, ct_size, 0, nearest=True)
        notes.append(f"{path} has another grid than the CT and was resampled to it")
    if labels is not None:
        absent = sorted(set(map(int, labels)) - set(present))
        if absent:
            shown = ", ".join(map(str, present[:20])) + (" ..." if len(present) > 20 else "")
            raise InputProblem(f"{path} has no label {', '.join(map(str, absent))}; it has {shown}")
        result[~np.isin(result, list(labels))] = 0
    if not result.any():
        raise InputProblem(f"the labels of {path} lie outside the CT; give the label map of this very CT")
    return result, notes
