"""A trunk for CTs whose soft tissue and air were set to one number: without an outline a block of tissue would fill them."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume

AIR_HU = -1000.0  # by the definition of Hounsfield units
_MASKED_BELOW_HU, _MASKED_SHARE = -500.0, 0.01  # as simulation.materials.decompose: hardly anything is darker
_BONE_HU = 200.0  # as simulation.cases.bone_center
_BONES_WITHIN = (1.0, 99.0)  # percent; chosen: a rod or a table beside the patient does not widen the trunk
_MARGIN = 1.15  # chosen: an ellipse that is this much wider than the bones' box, and
_SKIN_MM = 30.0  # chosen: so much further out, is an adult's trunk about its pelvis
_FILLING_HU = 60.0  # chosen: within so much of the filling number a voxel is filling
NOTE = "soft tissue and air of the CT were masked: an elliptic trunk of soft tissue was drawn around its bones"


def with_outline(ct: CTVolume) -> tuple[CTVolume, str | None]:
    """The CT, with air around an elliptic trunk along S where it holds no air; and what the user should know of it."""
    hu = np.asarray(ct.hu)
    if not hu.size or np.mean(hu < _MASKED_BELOW_HU) >= _MASKED_SHARE:
        return ct, None
    counts, edges = np.histogram(hu, bins=200)
    filling = edges[counts.argmax()]
    bones = np.argwhere(hu > _BONE_HU)[:, ::-1]
    if not len(bones):
        return ct, None
    low, high = np.percentile(ct.ras_from_index(bones[:: max(1, len(bones) // 100_000)])[:, :2], _BONES_WITHIN, axis=0)
    middle, half = (low + high) / 2, (high - low) / 2 * _MARGIN + _SKIN_MM
    k, j, i = np.ogrid[: hu.shape[0], : hu.shape[1], : hu.shape[2]]
    rows, offset = ct.ras_from_ijk[:2, :3], ct.ras_from_ijk[:2, 3]
    right, front = (i * row[0] + j * row[1] + k * row[2] + start for row, start in zip(rows, offset, strict=True))
    outside = ((right - middle[0]) / half[0]) ** 2 + ((front - middle[1]) / half[1]) ** 2 > 1
    is_filling = np.abs(hu - filling) < _FILLING_HU
    return CTVolume(np.where(outside & is_filling, np.float32(AIR_HU), hu), ct.ras_from_ijk, ct.labels), NOTE
