"""New metal put into an adjusted CT."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.reconstruction.metal.finding import Metal

from .adjusted_ct import AdjustedCT

METAL_HU = 3071  # of metal; chosen: where scanners of 12 bits end, whatever it is made of
_HALF = 0.5  # share of a voxel from which it is metal; chosen


def metal_shares(ct: CTVolume, metal: Metal) -> np.ndarray:
    """(K, J, I) float32, 0 to 1, how much of each of a CT's voxels is new metal; what lies outside the CT is left out."""
    shares = np.zeros(ct.hu.shape, np.float32)
    body = metal.body
    if body is None:
        return shares
    last = np.array(body.shares.shape[::-1]) - 1
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * last
    ijk = ct.index_from_ras(corners @ body.ras_from_ijk[:3, :3].T + body.ras_from_ijk[:3, 3])
    low = np.clip(np.floor(ijk.min(axis=0)), 0, None).astype(int)
    high = np.minimum(np.ceil(ijk.max(axis=0)).astype(int) + 1, ct.hu.shape[::-1])
    if (high <= low).any():
        return shares
    box = tuple(slice(a, b) for a, b in zip(low[::-1], high[::-1], strict=True))
    k, j, i = np.mgrid[box]
    places = ct.ras_from_index(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    shares[box] = body.shares_at(places).reshape(k.shape)
    return shares


def with_metal(adjusted: AdjustedCT, metal: Metal) -> AdjustedCT:
    """Voxels that are mostly metal made so; labels, field and deviations stay those of bone."""
    volume = adjusted.volume
    hu = np.where(metal_shares(volume, metal) >= _HALF, METAL_HU, volume.hu).astype(volume.hu.dtype)
    return replace(adjusted, volume=CTVolume(hu, volume.ras_from_ijk, volume.labels))


def metal_content(metal: Metal) -> dict[str, Any]:
    """For report.json."""
    body, placed = metal.body, metal.implant
    return {
        "accepted": metal.is_accepted,
        "reason": metal.gate.reason,
        "significance": metal.gate.significance,
        "ml": None if body is None else body.ml,
        "repeated": metal.repeated,
        "implant": None
        if placed is None
        else {
            "name": placed.implant.name,
            "material": placed.implant.material.name,
            "ras_from_implant": placed.fit.pose.matrix,
            "overlaps": placed.fit.overlaps,
            "expected_mm": placed.fit.expected_mm,
            "turned_deg": placed.fit.turned_deg,
            "reversed_alike": placed.fit.reversed_alike,
        },
        "rods": []
        if body is None
        else [{"ends_ras": rod.ends_ras, "diameter_mm": 2 * rod.radius_mm, "length_mm": rod.length_mm} for rod in body.rods],
    }
