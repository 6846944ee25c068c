"""New metal as a volume of its own: how much of each place it fills, and what it adds to a DRR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.geometry.rod import Rod

from .hull import FINE_MM, Piece

_FILL = 3  # points a cell's side at which a rod is sampled; chosen: its volume is right to 1 %


@dataclass(frozen=True, eq=False)
class MetalBody:
    """All new metal together.

    Attributes:
        shares: (K, J, I) float32, 0 to 1, how much of each cell is metal.
        ras_from_ijk: (4, 4) of the cells.
        rods: that it consists of; () where it is a hull of shadows.
        per_mm: what a millimetre of it adds to a DRR; a lower bound where shadows are clipped.
        most: what it adds to a DRR at most: the display ends there.
    """

    shares: np.ndarray
    ras_from_ijk: np.ndarray
    rods: tuple[Rod, ...]
    per_mm: float = 0.0
    most: float = np.inf

    @property
    def ml(self) -> float:
        """Its volume."""
        return float(self.shares.sum()) * FINE_MM**3 / 1000

    def paths(self, camera: Camera, camera_from_ras: np.ndarray) -> np.ndarray:
        """(H, W) float32 mm of metal along each ray."""
        projector = JosephProjector(torch.as_tensor(self.shares), self.ras_from_ijk)
        pose = torch.as_tensor(camera_from_ras, dtype=torch.float64)
        with torch.no_grad():
            paths: np.ndarray = projector.render(pose, camera)[0].numpy()
        return paths

    def added(self, camera: Camera, camera_from_ras: np.ndarray) -> np.ndarray:
        """(H, W) float32, what it adds to a DRR of the CT."""
        return np.minimum(self.paths(camera, camera_from_ras) * self.per_mm, self.most).astype(np.float32)

    def shares_at(self, points_ras: np.ndarray) -> np.ndarray:
        """(N,) 0 to 1 at points (N, 3)."""
        from scipy import ndimage

        ijk = (points_ras - self.ras_from_ijk[:3, 3]) / FINE_MM
        found: np.ndarray = ndimage.map_coordinates(self.shares, ijk[:, ::-1].T, order=1, mode="constant", cval=0)
        return found


def body_of(rods: Sequence[Rod], pieces: Sequence[Piece]) -> MetalBody:
    """Rods, and pieces of a hull, on one grid."""
    corners = [rod.ends_ras + side * rod.radius_mm for rod in rods for side in (-1, 1)]
    corners += [piece.points_ras for piece in pieces]
    low = np.min([part.min(axis=0) for part in corners], axis=0) - 2 * FINE_MM
    high = np.max([part.max(axis=0) for part in corners], axis=0) + 2 * FINE_MM
    if pieces:  # their cells fall on the grid's
        low = pieces[0].points_ras[0] - np.ceil((pieces[0].points_ras[0] - low) / FINE_MM) * FINE_MM
    size = np.ceil((high - low) / FINE_MM).astype(int) + 1
    shares = np.zeros(size[::-1], np.float32)
    grid = np.diag([FINE_MM, FINE_MM, FINE_MM, 1.0])
    grid[:3, 3] = low
    for piece in pieces:
        i, j, k = np.round((piece.points_ras - low) / FINE_MM).astype(int).T
        shares[k, j, i] = np.maximum(shares[k, j, i], piece.shares)
    for rod in rods:
        _fill(shares, low, rod)
    return MetalBody(shares, grid, tuple(rods))


def _fill(shares: np.ndarray, low: np.ndarray, rod: Rod) -> None:
    """Add a rod to a grid."""
    first = np.floor((rod.ends_ras.min(axis=0) - rod.radius_mm - low) / FINE_MM).astype(int)
    last = np.ceil((rod.ends_ras.max(axis=0) + rod.radius_mm - low) / FINE_MM).astype(int)
    box = tuple(slice(a, b + 1) for a, b in zip(first[::-1], last[::-1], strict=True))
    k, j, i = np.mgrid[box]
    middles = np.stack([i, j, k], axis=-1).reshape(-1, 3) * FINE_MM + low
    steps = ((np.arange(_FILL) + 0.5) / _FILL - 0.5) * FINE_MM
    total = np.zeros(len(middles), np.float32)
    for x in steps:
        for y in steps:
            for z in steps:
                total += rod.contains(middles + np.array([x, y, z]))
    shares[box] = np.maximum(shares[box], (total / _FILL**3).reshape(k.shape))
