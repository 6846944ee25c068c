"""What procedural bones are made of: cortical shell, spongy inside, marrow in the shafts, in attenuation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.drr.attenuation import SOFT_TISSUE_HU, attenuation_from_hu
from RayEmbRegistrationLib.simulation.tissue import smooth_noise

from .warp import SmoothField


@dataclass(frozen=True, eq=False)
class BoneField:
    """Warped bones on their grid.

    Attributes:
        depth: (N,) mm below the nearest surface of the voxels that may hold bone (slightly negative just outside).
        labels: (N,) uint8 bone of each, from 1.
        voxels: (3, N) their k, j, i.
        shape: (K, J, I) of the grid.
        spacing: mm.
    """

    depth: np.ndarray
    labels: np.ndarray
    voxels: np.ndarray
    shape: tuple[int, int, int]
    spacing: float


def paint(bones: BoneField, rng: np.random.Generator) -> np.ndarray:
    """(N,) attenuation above soft tissue in 1/mm of the field's voxels, partial volume at every surface averaged out.

    Every bone draws its own shell and density around those of the individual; long bones get a thick shell and marrow in
    the middle of their shaft and a thin one at their ends; all of it changes slowly over the bone.
    """
    extent = max(bones.shape) * bones.spacing
    count = int(bones.labels.max(initial=0)) + 1

    def each(low: float, high: float, spread: float) -> np.ndarray:
        """(N,) a quantity of the individual, scattered over its bones."""
        return (np.exp(rng.uniform(np.log(low), np.log(high))) * np.exp(rng.normal(0, spread, count)))[bones.labels]

    shell_low, shell_high = np.clip(np.array([0.0025, 0.012]) * extent + 0.3, 0.4, 4.0)
    shell_mm = each(shell_low, shell_high, 0.15)
    cortex = np.clip(each(650, 1700, 0.06), 400, 2000)
    spongy = np.clip(each(110, 480, 0.15), 70, 650)
    marrow = np.minimum(rng.uniform(-60, 120), spongy)
    marrow_depth = each(0.02, 0.12, 0.2) * extent + 3

    slow = _slow_fields(bones, rng)
    shell_mm = shell_mm * np.exp(rng.uniform(0.1, 0.45) * slow[0])
    spongy = spongy * np.exp(rng.uniform(0.05, 0.3) * slow[1])
    shaft = _shaft_share(bones)
    shell_mm = shell_mm * (1 + rng.uniform(0.8, 3.0) * shaft)
    emptiness = np.maximum(_step(bones.depth / marrow_depth - 0.3), shaft * _step(bones.depth / (shell_mm + 2) - 0.6))
    texture = _texture(bones.shape, rng)[tuple(bones.voxels)]
    inside = spongy * (1 + rng.uniform(0.15, 0.6) * texture) * (1 - emptiness) + marrow * emptiness
    inside = np.maximum(inside, -90)
    cortex = cortex * (1 + 0.06 * texture)

    cover = _cover(bones.depth / bones.spacing)
    shell = cover - _cover((bones.depth - shell_mm) / bones.spacing)
    soft = float(attenuation_from_hu(np.float64(SOFT_TISSUE_HU)))
    excess_cortex = attenuation_from_hu(cortex) - soft
    excess_inside = attenuation_from_hu(inside) - soft
    return (shell * excess_cortex + np.maximum(cover - shell, 0) * excess_inside).astype(np.float32)


def _cover(depth_voxels: np.ndarray) -> np.ndarray:
    """Share of a voxel beneath a surface at a depth in voxels, seen through a triangular point spread two voxels wide."""
    near = 1 - np.minimum(np.abs(depth_voxels), 1)
    return np.where(depth_voxels < 0, near * near / 2, 1 - near * near / 2)


def _slow_fields(bones: BoneField, rng: np.random.Generator) -> np.ndarray:
    """(2, N) unit variation over the whole volume."""
    k, j, i = (np.linspace(0, 1, n) for n in bones.shape)
    values = SmoothField(rng, 5, 2).on_axes(i, j, k)
    return np.stack([channel[tuple(bones.voxels)] for channel in values])


def _shaft_share(bones: BoneField) -> np.ndarray:
    """(N,) 1 in the middle of a bone that is long and thin, 0 at its ends and in other bones."""
    share = np.zeros(len(bones.depth), np.float32)
    order = np.argsort(bones.labels, kind="stable")
    numbers = np.arange(2, int(bones.labels.max(initial=0)) + 2)
    for members in np.split(order, np.searchsorted(bones.labels[order], numbers)):
        if len(members) < 50:
            continue
        places = bones.voxels[:, members].T.astype(np.float32)
        places -= places.mean(0)
        variances, axes = np.linalg.eigh(places.T @ places / len(places))
        slenderness = np.sqrt(variances[2] / max(variances[1], 1e-6))
        along = places @ axes[:, 2]
        low, high = along.min(), along.max()
        middle = 1 - np.abs(2 * (along - low) / max(high - low, 1e-6) - 1)  # 0 at both ends, 1 half way
        share[members] = _step((middle - 0.2) / 0.5) * np.clip((slenderness - 2.2) / 1.5, 0, 1)
    return share


def _texture(shape: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """(K, J, I) unit noise of several scales: the product of small tiles of different periods, which never repeats."""
    total = np.zeros(shape, np.float32)
    for sigma, period in ((rng.uniform(0.6, 0.9), 41), (rng.uniform(1.1, 2.2), 53), (rng.uniform(3, 5), 67)):
        tile = smooth_noise((period, period, period), sigma, rng)
        total += (
            rng.uniform(0.4, 0.8)
            * np.pad(tile, [(0, max(0, n - period)) for n in shape], mode="wrap")[tuple(slice(0, n) for n in shape)]
        )
    return total


def _step(fraction: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth in between."""
    fraction = np.clip(fraction, 0, 1)
    return fraction * fraction * (3 - 2 * fraction)
