"""The body that casts several shadows: all places that every X-ray shows in one (Laurentini, IEEE TPAMI 16(2), 1994)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import Camera

COARSE_MM = 4.0  # grid on which places are looked for first; chosen for time
FINE_MM = 1.0  # grid of what is found; chosen: rods have 3 mm and more
LEAST_ML = 0.15  # of a body; chosen: a wire of 2 mm has that much in 5 cm
_HALF_DIAGONAL = 0.87  # of a cell, in its sides
_AT_ONCE = 400_000  # places; chosen for memory


@dataclass(frozen=True, eq=False)
class Outline:
    """A shadow as signed distances from its edge.

    Attributes:
        inside_px: (H, W) float32, positive within.
        usable: (H, W) bool, where the X-ray shows anything.
        camera: of it.
        camera_from_ras: (4, 4).
    """

    inside_px: np.ndarray
    usable: np.ndarray
    camera: Camera
    camera_from_ras: np.ndarray


def outline_of(mask: np.ndarray, usable: np.ndarray, camera: Camera, camera_from_ras: np.ndarray) -> Outline:
    """Of a mask; its edge lies between pixels."""
    from scipy import ndimage

    within, without = ndimage.distance_transform_edt(mask), ndimage.distance_transform_edt(~mask)
    signed = np.where(mask, within - 0.5, 0.5 - without) if mask.any() else np.full(mask.shape, -np.inf)
    return Outline(signed.astype(np.float32), usable, camera, camera_from_ras)


def depth_inside(outlines: Sequence[Outline], points_ras: np.ndarray, needed: int) -> np.ndarray:
    """(N,) mm by which points (N, 3) lie within every shadow, negative outside; -inf where too few X-rays show them.

    Args:
        outlines: of shadows.
        points_ras: (N, 3) mm.
        needed: how many X-rays must show a point.
    """
    from scipy import ndimage

    least, seen = np.full(len(points_ras), np.inf), np.zeros(len(points_ras), int)
    for outline in outlines:
        matrix = outline.camera_from_ras
        places = points_ras @ matrix[:3, :3].T + matrix[:3, 3]
        pixels = np.nan_to_num(outline.camera.project(places), nan=-1e6)
        rows = np.clip(np.stack([pixels[:, 1], pixels[:, 0]]), -1e6, 1e6)
        shown = ndimage.map_coordinates(outline.usable.astype(np.uint8), rows, order=0, mode="constant", cval=0) > 0
        inside = ndimage.map_coordinates(outline.inside_px, rows, order=1, mode="nearest")
        focal = np.sqrt(abs(np.linalg.det(outline.camera.K[:2, :2])))
        least = np.where(shown, np.minimum(least, inside * places[:, 2] / focal), least)
        seen += shown
    return np.where(seen >= needed, least, -np.inf)


@dataclass(frozen=True, eq=False)
class Piece:
    """One body, as places on a grid of ``FINE_MM``.

    Attributes:
        points_ras: (N, 3) mm, middles of its cells.
        shares: (N,) 0 to 1, how much of each cell it fills.
    """

    points_ras: np.ndarray
    shares: np.ndarray

    @property
    def ml(self) -> float:
        """Its volume."""
        return float(self.shares.sum()) * FINE_MM**3 / 1000


def hull_of(outlines: Sequence[Outline], box_ras: tuple[np.ndarray, np.ndarray], needed: int, most: int) -> list[Piece]:
    """The pieces of the hull of all shadows within a box, the largest first.

    Args:
        outlines: of shadows.
        box_ras: two corners (3,) mm, the lower one first.
        needed: how many X-rays must show a place.
        most: pieces.
    """
    from scipy import ndimage

    coarse = _grid(*box_ras, COARSE_MM)
    near = [
        chunk[depth_inside(outlines, chunk, needed) > -_HALF_DIAGONAL * COARSE_MM]
        for chunk in np.array_split(coarse, max(1, len(coarse) // _AT_ONCE))
    ]
    cells = np.concatenate(near)
    if len(cells) == 0:
        return []
    parts = int(COARSE_MM / FINE_MM)
    steps = (np.arange(parts) - (parts - 1) / 2) * FINE_MM
    offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    kept, shares = [], []
    for chunk in np.array_split(cells, max(1, len(cells) * len(offsets) // _AT_ONCE)):
        fine = (chunk[:, None] + offsets[None]).reshape(-1, 3)
        share = np.clip(0.5 + depth_inside(outlines, fine, needed) / FINE_MM, 0, 1)
        kept.append(fine[share > 0])
        shares.append(share[share > 0])
    points, share = np.concatenate(kept), np.concatenate(shares)
    if len(points) == 0:
        return []
    at = np.round((points - points.min(axis=0)) / FINE_MM).astype(int)
    block = np.zeros(at.max(axis=0) + 1, bool)
    block[tuple(at.T)] = share >= 0.5
    numbers, count = ndimage.label(block, np.ones((3, 3, 3)))
    near_numbers = ndimage.maximum_filter(numbers, 3)[tuple(at.T)]  # rims that are less than half full go with their body
    volumes = np.bincount(near_numbers, share, count + 1) * FINE_MM**3 / 1000
    volumes[0] = 0.0
    largest = [n for n in np.argsort(-volumes)[:most] if volumes[n] >= LEAST_ML]
    return [Piece(points[near_numbers == n], share[near_numbers == n]) for n in largest]


def _grid(low: np.ndarray, high: np.ndarray, step: float) -> np.ndarray:
    axes = [np.arange(a + step / 2, b, step) for a, b in zip(low, high, strict=True)]
    grid: np.ndarray = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    return grid
