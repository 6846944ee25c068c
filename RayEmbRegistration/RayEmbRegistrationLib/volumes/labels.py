"""Label maps: one number a bone, brought onto the CT's grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .dicom_series import CTFileError


def _same_grid(first: Any, second: Any) -> bool:
    """Whether two SimpleITK images have the same voxels in space, to a hundredth of a voxel at the corners."""
    if first.GetSize() != second.GetSize():
        return False
    tolerance = 0.01 * min(second.GetSpacing())
    last = tuple(n - 1 for n in first.GetSize())
    corners = [(0, 0, 0), last, (last[0], 0, 0), (0, last[1], 0)]
    return all(
        np.abs(np.subtract(first.TransformIndexToPhysicalPoint(c), second.TransformIndexToPhysicalPoint(c))).max()
        < tolerance
        for c in corners
    )


def labels_on_grid(
    label_image: Any, ct_image: Any, labels: Sequence[int] | None, path: str | Path
) -> tuple[np.ndarray, list[str]]:
    """(K, J, I) label numbers on the CT's grid, by nearest neighbour, and notes.

    Args:
        label_image: SimpleITK image.
        ct_image: SimpleITK image of the CT.
        labels: numbers to keep; all where None.
        path: for the message.

    Raises:
        CTFileError: not whole numbers, a chosen number that does not occur, or no label inside the CT.
    """
    import SimpleITK as sitk  # noqa: N813 - its customary name

    values = sitk.GetArrayViewFromImage(label_image)
    if np.issubdtype(values.dtype, np.floating) and not (np.isfinite(values).all() and (values == np.round(values)).all()):
        raise CTFileError(f"{path} is not a label map: its values are not whole numbers; give a segmentation")
    if values.min() < 0 or values.max() > 32767:
        raise CTFileError(
            f"{path} is not a label map: values from {values.min():g} to {values.max():g}; give a segmentation"
        )
    present = np.unique(values)
    present = present[present > 0].astype(int).tolist()
    if not present:
        raise CTFileError(f"{path} labels nothing; give a label map with one number a bone")
    if len(present) > 1000:
        raise CTFileError(f"{path} has {len(present)} values and is not a label map; give a segmentation")
    notes = []
    if not _same_grid(label_image, ct_image):
        image = sitk.Cast(label_image, sitk.sitkInt16)
        label_image = sitk.Resample(image, ct_image, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
        notes.append(f"{path} has another grid than the CT and was resampled to it")
    result = sitk.GetArrayFromImage(label_image).astype(np.int16)
    if labels is not None:
        absent = sorted(set(map(int, labels)) - set(present))
        if absent:
            shown = ", ".join(map(str, present[:20])) + (" ..." if len(present) > 20 else "")
            raise CTFileError(f"{path} has no label {', '.join(map(str, absent))}; it has {shown}")
        result[~np.isin(result, list(labels))] = 0
    if not result.any():
        raise CTFileError(f"the labels of {path} lie outside the CT; give the label map of this very CT")
    return result, notes
