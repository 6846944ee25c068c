"""The soft tissue of a CT, coarsely: muscle, fat, skin and gas draw structure into an X-ray that no bone explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.drr.taper import taper_at_borders
from RayEmbRegistrationLib.geometry import CTVolume

VOXEL_MM = 3.0  # chosen: outlines of muscles are no sharper in motion; a whole pelvis takes 5 MB
GAS_HU, LEAST_GAS = -500.0, 0.01
"""Where less of a CT is darker, its soft tissue was masked; as simulation.materials.decompose."""
_BODY_HU = -300.0  # chosen: between lung's and fat's walls; the table's foam is darker
_THINNEST_MM, _LEAST_SHARE = 12.0, 0.05  # chosen: a table's shell is thinner; of two legs each is more
_DENSEST_HU = 100.0  # chosen: bones that are not registered are no soft tissue, and may stand otherwise than in the CT
_DENSE_HU, _MOST_OTHERS = 300.0, 0.25
"""Where more of a CT's bone than this share is not registered, its soft tissue may move with the others; chosen."""
_FADE_MM = 20.0  # chosen: over so much of its end a CT that cuts the body fades, as the X-ray shows no cut there


@dataclass(frozen=True, eq=False)
class SoftTissue:
    """What lies around the bones.

    Attributes:
        attenuation: (K, J, I) float32 tensor, 1/mm; bone's voxels hold what soft tissue in their place would attenuate.
        ras_from_ijk: (4, 4) of that grid.
    """

    attenuation: torch.Tensor
    ras_from_ijk: np.ndarray

    def faded(self) -> SoftTissue:
        """Without the edges that the CT's ends would draw: the patient goes on where the CT ends."""
        values = self.attenuation.cpu().numpy()
        spacing = np.linalg.norm(self.ras_from_ijk[:3, :3], axis=0)
        faded = taper_at_borders(values, spacing, values > 0, _FADE_MM)
        return SoftTissue(torch.as_tensor(faded, device=self.attenuation.device), self.ras_from_ijk)


def soft_tissue_of(ct: CTVolume, bone: np.ndarray, low_ijk: np.ndarray, device: str | torch.device) -> SoftTissue | None:
    """The soft tissue of a CT; None where the CT shows none, or where it is more of other bones than those registered.

    Args:
        ct: in HU.
        bone: (K, J, I) what bone attenuates more than soft tissue, 1/mm, of a block of the CT.
        low_ijk: (3,) where that block begins.
        device: of the tensor.
    """
    if np.mean(ct.hu < GAS_HU) < LEAST_GAS or _others(ct, bone, np.asarray(low_ijk)[::-1]) > _MOST_OTHERS:
        return None
    steps = np.clip(np.round(VOXEL_MM / ct.spacing_mm), 1, ct.hu.shape[::-1]).astype(int)  # a thin CT is one voxel thick
    matrix = ct.ras_from_ijk.copy()
    matrix[:3, 3] += matrix[:3, :3] @ ((steps - 1) / 2)
    matrix[:3, :3] *= steps
    values, hu = _coarse(ct.hu, bone, np.asarray(low_ijk)[::-1], steps[::-1])
    spacing = ct.spacing_mm * steps
    body = _body(hu, spacing)
    if not body.any():
        return None
    values = (values * body).astype(np.float16)  # as its file keeps it
    return SoftTissue(torch.as_tensor(values.astype(np.float32), device=device), matrix)


def _others(ct: CTVolume, bone: np.ndarray, low: np.ndarray) -> float:
    """Share of what is dense in the CT that is not in the bone given."""
    block = tuple(slice(a, a + n) for a, n in zip(low, bone.shape, strict=True))
    every, own = np.count_nonzero(ct.hu > _DENSE_HU), np.count_nonzero((ct.hu[block] > _DENSE_HU) & (bone != 0))
    return 1 - float(own) / float(every or 1)


def _coarse(hu: np.ndarray, bone: np.ndarray, low: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Attenuation without bone, and HU, each averaged over blocks; some slices at a time, for memory's sake."""
    densest = float(attenuation_from_hu(np.float64(_DENSEST_HU)))
    values, means = [], []
    for first in range(0, hu.shape[0] - steps[0] + 1, steps[0]):
        slab = hu[first : first + steps[0]]
        own = attenuation_from_hu(slab)
        begin, end = max(first, low[0]), min(first + steps[0], low[0] + bone.shape[0])
        if begin < end:
            rows, columns = (slice(a, a + n) for a, n in zip(low[1:], bone.shape[1:], strict=True))
            own[begin - first : end - first, rows, columns] -= bone[begin - low[0] : end - low[0]]
        values.append(_block_means(np.minimum(own, densest), steps))
        means.append(_block_means(slab, steps))
    return np.concatenate(values), np.concatenate(means)


def _block_means(values: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Of blocks of ``steps`` voxels along k, j, i; what is left at the ends belongs to none."""
    shape = [n // step for n, step in zip(values.shape, steps, strict=True)]
    values = values[tuple(slice(0, n * step) for n, step in zip(shape, steps, strict=True))].astype(np.float32, copy=False)
    for axis, step in enumerate(steps):
        values = values.reshape(*values.shape[:axis], shape[axis], step, *values.shape[axis + 1 :]).mean(axis + 1)
    return values


def _body(hu: np.ndarray, spacing_mm: np.ndarray) -> np.ndarray:
    """(K, J, I) bool, without table and clothing: what is thick enough, with what was taken off it."""
    from scipy import ndimage

    solid = hu > _BODY_HU
    inner = ndimage.distance_transform_edt(np.pad(solid, 1, mode="edge"), sampling=spacing_mm[::-1])[1:-1, 1:-1, 1:-1]
    numbers, _count = ndimage.label(inner > _THINNEST_MM / 2)
    sizes = np.bincount(numbers.ravel())[1:]
    if not len(sizes):
        return np.zeros_like(solid)
    kept = np.isin(numbers, 1 + np.flatnonzero(sizes >= _LEAST_SHARE * sizes.max()))
    near = ndimage.distance_transform_edt(~kept, sampling=spacing_mm[::-1]) <= _THINNEST_MM / 2 + spacing_mm.max()
    body: np.ndarray = near & solid
    return body
