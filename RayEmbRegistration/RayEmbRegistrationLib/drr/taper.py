"""Bone that the CT cuts off: fading it out, so that the cut draws no edge that the X-ray lacks."""

from __future__ import annotations

import numpy as np

_LEAST_CUT_MM2 = 5.0  # chosen: a smaller face is some voxels at the bone's own end
_PROBE_MM = 3.0  # chosen: over such a depth a rounded end at least doubles its cross section


def taper_at_borders(
    values: np.ndarray, spacing_mm: np.ndarray, bone_mask: np.ndarray, length_mm: float = 6.0
) -> np.ndarray:
    """Fade attenuation to zero towards those borders of the volume that cut through bone.

    Bone is cut where it meets a border with more than 5 mm2 and is not just rounding off there (3 mm deeper its cross
    section is less than twice as large). Other bone near the border stays as it is.

    Args:
        values: (K, J, I) attenuation.
        spacing_mm: (3,) voxel size along i, j, k.
        bone_mask: (K, J, I) bool.
        length_mm: depth over which the values rise from zero to their own, smoothly.

    Returns:
        (K, J, I) array like ``values``; ``values`` itself where nothing is cut.
    """
    tapered = values
    for axis in range(3):
        across = [spacing_mm[2 - other] for other in range(3) if other != axis]
        for reverse in (False, True):
            mask = np.moveaxis(bone_mask, axis, 0)[:: -1 if reverse else 1]
            step = float(spacing_mm[2 - axis])
            region = cut_bone(mask, step, across, length_mm)
            if region is None:
                continue
            if tapered is values:
                tapered = values.copy()
            layers = np.moveaxis(tapered, axis, 0)[:: -1 if reverse else 1]
            for layer in range(min(len(layers), int(np.ceil(length_mm / step)))):
                fraction = min(1.0, (layer + 0.5) * step / length_mm)
                layers[layer][region] *= fraction * fraction * (3 - 2 * fraction)
    return tapered


def cut_bone(mask: np.ndarray, step_mm: float, across_mm: list[float], length_mm: float) -> np.ndarray | None:
    """(H, W) bool: where bone that is cut at layer 0 of (N, H, W) lies over the length of the fade; None without a cut."""
    from scipy import ndimage

    numbers, count = ndimage.label(mask[0])
    deeper, _ = ndimage.label(mask[min(len(mask) - 1, max(1, round(_PROBE_MM / step_mm)))])
    deeper_areas = np.bincount(deeper.ravel())
    cut = []
    for number in range(1, count + 1):
        face = numbers == number
        area = int(face.sum())
        below = np.unique(deeper[face])
        if area * np.prod(across_mm) > _LEAST_CUT_MM2 and deeper_areas[below[below > 0]].sum() < 2 * area:
            cut.append(number)
    if not cut:
        return None
    depth = min(len(mask), int(np.ceil(length_mm / step_mm)))
    # Bone connected to the cut within the slab, with room for its soft edge.
    parts, _ = ndimage.label(mask[:depth])
    chosen = np.unique(parts[0][np.isin(numbers, cut)])
    region = np.isin(parts, chosen[chosen > 0]).any(axis=0)
    return ndimage.binary_dilation(region, iterations=3)
