"""Bone that the CT cuts off goes on in the X-ray: as its last layer for a while, so that its cut draws no edge."""

from __future__ import annotations

import numpy as np

from .taper import cut_bone


def extended_at_borders(
    values: np.ndarray, ras_from_ijk: np.ndarray, bone_mask: np.ndarray, length_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Let bone go on straight beyond those borders of the volume that cut it, fading linearly.

    Args:
        values: (K, J, I) attenuation.
        ras_from_ijk: (4, 4) of its grid.
        bone_mask: (K, J, I) bool.
        length_mm: how far.

    Returns:
        (K, J, I) attenuation on a larger grid, and that grid's ras_from_ijk; both as they were where nothing is cut.
    """
    matrix = ras_from_ijk.copy()
    spacing = np.linalg.norm(matrix[:3, :3], axis=0)
    for axis in range(3):
        step = float(spacing[2 - axis])
        across = [float(spacing[2 - other]) for other in range(3) if other != axis]
        count = max(1, round(length_mm / step))
        for reverse in (False, True):
            region = cut_bone(np.moveaxis(bone_mask, axis, 0)[:: -1 if reverse else 1], step, across, step)
            if region is None:
                continue
            last = np.moveaxis(values, axis, 0)[-1 if reverse else 0] * region
            fade = 1 - np.arange(1, count + 1, dtype=values.dtype) / (count + 1)
            layers = np.moveaxis(fade[:, None, None] * last, 0, axis)
            unknown = np.zeros_like(layers, dtype=bool)
            if reverse:
                values = np.concatenate([values, layers], axis=axis)
                bone_mask = np.concatenate([bone_mask, unknown], axis=axis)
            else:
                values = np.concatenate([np.flip(layers, axis), values], axis=axis)
                bone_mask = np.concatenate([unknown, bone_mask], axis=axis)
                matrix[:3, 3] -= count * matrix[:3, 2 - axis]
    return values, matrix
