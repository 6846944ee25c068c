"""Voxels brought from one grid to another, whatever the two matrices are."""

from __future__ import annotations

from typing import Any

import numpy as np


def resampled(
    values: np.ndarray,
    ras_from_source: np.ndarray,
    ras_from_target: np.ndarray,
    target_size: tuple[int, ...],
    outside: float,
    nearest: bool = False,
) -> np.ndarray:
    """(K, J, I) values on another grid, by linear interpolation or by the nearest voxel; of the same type.

    SimpleITK is asked in voxel coordinates, because its images cannot be sheared.

    Args:
        values: (K, J, I).
        ras_from_source: (4, 4) of the values.
        ras_from_target: (4, 4) of the result.
        target_size: voxels of the result along i, j, k.
        outside: value where the source does not reach.
        nearest: whether to take the nearest voxel.
    """
    import SimpleITK as sitk  # noqa: N813 - its customary name

    source_from_target = np.linalg.inv(ras_from_source) @ ras_from_target
    image: Any = sitk.GetImageFromArray(np.ascontiguousarray(values))
    transform = sitk.AffineTransform(source_from_target[:3, :3].ravel().tolist(), source_from_target[:3, 3].tolist())
    method = sitk.sitkNearestNeighbor if nearest else sitk.sitkLinear
    filter_ = sitk.ResampleImageFilter()
    filter_.SetSize([int(n) for n in target_size])
    filter_.SetOutputSpacing([1.0, 1.0, 1.0])
    filter_.SetOutputOrigin([0.0, 0.0, 0.0])
    filter_.SetTransform(transform)
    filter_.SetInterpolator(method)
    filter_.SetDefaultPixelValue(float(outside))
    result: np.ndarray = sitk.GetArrayFromImage(filter_.Execute(image))
    return result


def perpendicular_grid(ras_from_ijk: np.ndarray, size: tuple[int, ...]) -> tuple[np.ndarray, tuple[int, ...]]:
    """(4, 4) and size of the grid with perpendicular axes that covers a sheared one; slices keep their plane and distance.

    Args:
        ras_from_ijk: (4, 4), sheared, as of a CT that was scanned with a tilted gantry.
        size: voxels along i, j, k.
    """
    spacing = np.linalg.norm(ras_from_ijk[:3, :3], axis=0)
    directions, triangle = np.linalg.qr(ras_from_ijk[:3, :3])
    directions = directions * np.sign(np.diag(triangle))
    steps = np.array([spacing[0], spacing[1], abs(triangle[2, 2])])
    corners = np.array(
        [[i, j, k] for i in (0, size[0] - 1) for j in (0, size[1] - 1) for k in (0, size[2] - 1)], dtype=float
    )
    places = corners @ ras_from_ijk[:3, :3].T @ directions / steps  # of the corners, in voxels of the new grid
    low = np.floor(places.min(axis=0) + 1e-6)
    high = np.ceil(places.max(axis=0) - 1e-6)
    matrix = np.eye(4)
    matrix[:3, :3] = directions * steps
    matrix[:3, 3] = ras_from_ijk[:3, 3] + matrix[:3, :3] @ low
    return matrix, tuple(int(n) for n in high - low + 1)
