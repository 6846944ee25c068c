"""Smooth functions on a coarse grid over a volume: the volume moved by them, and projections of its product with each.

What is smooth over centimetres hardly changes from voxel to voxel, while bone does. So a ray sums the volume once, shared
out to knots a centimetre apart, and each function need be known at the knots alone: a hundred columns cost little more than
one. Without numba all is worked out voxel by voxel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.geometry import Camera

from .channels import ChannelProjector
from .compiling import may_compile, shared_out, smooth_kernels
from .joseph import _IN_SLICE_AXES, _PERMUTATION
from .poses import Poses
from .slices import slices_in_front

CELL_MM = 10.0  # of the coarse grid; chosen: what is alike over 60 mm is then known to 1 %
KNOTS_MM = 10.0  # along a ray; chosen likewise: to 0.4 %


@dataclass(frozen=True, eq=False)
class Smooth:
    """Functions on a coarse grid that lies along a volume's voxels and begins one cell before them.

    Attributes:
        values: (M, K', J', I') float32.
        cell: (3,) voxels a cell along i, j, k.
    """

    values: torch.Tensor
    cell: np.ndarray

    def mixed(self, weights: torch.Tensor) -> Smooth:
        """Sums (A, M) of them."""
        return Smooth(torch.einsum("am,mkji->akji", weights.to(self.values), self.values), self.cell)

    def at_voxels(self, shape: tuple[int, ...]) -> torch.Tensor:
        """(M, K, J, I) at every voxel."""
        by_k, by_j, by_i = (
            _between(size, float(cell), own).to(self.values)
            for size, cell, own in zip(shape, self.cell[::-1], self.values.shape[1:], strict=True)
        )
        found: torch.Tensor = torch.einsum("mabc,ka,jb,ic->mkji", self.values, by_k, by_j, by_i)
        return found


def _between(size: int, cell: float, coarse: int) -> torch.Tensor:
    """(size, coarse) shares of the coarse points in each voxel."""
    places = torch.arange(size, dtype=torch.float64) / cell + 1
    return (1 - (places[:, None] - torch.arange(coarse, dtype=torch.float64)).abs()).clamp_min(0)


def coarse_places(ras_from_ijk: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """(K', J', I', 3) RAS mm where smooth functions are to be known for a volume (K, J, I), and voxels a cell."""
    cell = CELL_MM / np.linalg.norm(ras_from_ijk[:3, :3], axis=0)
    counts = np.ceil((np.array(shape[::-1]) - 1) / cell).astype(int) + 3
    axes = [(np.arange(n) - 1) * own for n, own in zip(counts, cell, strict=True)]
    k, j, i = np.meshgrid(*axes[::-1], indexing="ij")
    return np.stack([i, j, k], axis=-1) @ ras_from_ijk[:3, :3].T + ras_from_ijk[:3, 3], cell


def moved(volumes: torch.Tensor, shift: Smooth) -> torch.Tensor:
    """(C, K, J, I) of volumes, where each voxel's value comes from so far before it (3 functions: i, j, k; voxels)."""
    shape = tuple(volumes.shape[1:])
    kernels = smooth_kernels() if may_compile(volumes, shift.values) else None
    if kernels is None:
        return _sampled(volumes, shift.at_voxels(shape))
    values = np.ascontiguousarray(volumes.permute(1, 2, 3, 0).numpy())
    coarse = np.ascontiguousarray(shift.values.permute(1, 2, 3, 0).numpy())
    return torch.from_numpy(kernels.move(values, coarse, shift.cell)).permute(3, 0, 1, 2).contiguous()


def project_products(
    volumes: torch.Tensor, ras_from_ijk: np.ndarray, modes: Smooth, pose: Poses, camera: Camera
) -> torch.Tensor:
    """Line integrals (C, M, H, W) of each volume (C, K, J, I) times each smooth function, from one pose."""
    kernels = smooth_kernels() if may_compile(volumes, modes.values) else None
    shape = tuple(volumes.shape[1:])
    size = (len(volumes), len(modes.values), camera.height, camera.width)
    if kernels is None:
        products = (volumes[:, None] * modes.at_voxels(shape)[None]).flatten(0, 1)
        return ChannelProjector(products, ras_from_ijk, volumes.device).render(pose, camera)[0].view(size)
    ijk_from_ras, matrix = np.linalg.inv(ras_from_ijk), pose.numpy[0]
    turn = ijk_from_ras[:3, :3] @ matrix[:3, :3].T
    source = ijk_from_ras[:3, 3] - turn @ matrix[:3, 3]
    axis, first, last = slices_in_front(turn, source, camera, shape)
    columns = np.zeros(size, np.float32)
    if first == last:
        return torch.from_numpy(columns)
    order = tuple(1 + n for n in _PERMUTATION[axis])
    stack = np.ascontiguousarray(volumes.permute(*order, 0)[first:last].numpy())
    table = kernels.table_of_all(stack)
    stride = max(1, round(KNOTS_MM / float(np.linalg.norm(ras_from_ijk[:3, axis]))))
    view = (np.array([*_IN_SLICE_AXES[axis], axis]), source, turn, np.linalg.inv(camera.K))
    known = (np.ascontiguousarray(modes.values.permute(1, 2, 3, 0).numpy()), modes.cell)
    slices = (stack, table, first, stride)
    shared_out(
        lambda begin, end: kernels.project_products(slices, known, view, columns, begin, end),
        camera.height,
        camera.height * camera.width * len(stack),
    )
    return torch.from_numpy(columns)


def _sampled(channels: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """Channels (C, K, J, I) at so many voxels (3, K, J, I) before each; zero outside."""
    size = channels.shape[1:]
    k, j, i = torch.meshgrid(*[torch.arange(n, dtype=shift.dtype, device=shift.device) for n in size], indexing="ij")
    places = torch.stack([i, j, k], dim=-1) - shift.permute(1, 2, 3, 0)
    scale = torch.tensor([2.0 / n for n in size[::-1]], dtype=shift.dtype, device=shift.device)
    grid = (places + 0.5) * scale - 1
    return functional.grid_sample(channels[None], grid[None], mode="bilinear", padding_mode="zeros", align_corners=False)[0]
