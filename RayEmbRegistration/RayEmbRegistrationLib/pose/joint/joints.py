"""Where two bones of a label map touch, and the point that one turns about; no anatomy is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEAR_MM = 6.0
"""Surfaces nearer than this face each other in a joint: cartilage of both, and a voxel of segmentation; chosen."""
_LEAST_POINTS = 12  # of a surface that faces another, for a joint; chosen: fewer are a corner that comes near by chance
_LARGEST_BALL_MM = 60.0  # radius; no joint's ball is larger, and a flatter one turns about the middle of its contact; chosen
_MOST_POINTS = 20_000  # of a surface; chosen for time: every millimetre of a hemipelvis


@dataclass(frozen=True, eq=False)
class Contact:
    """Where a bone touches another.

    Attributes:
        center_ras: (3,) mm, about which it turns.
        radius_mm: of the ball fitted to the surface there; None where it is none.
        area: number of its surface points that face the other.
    """

    center_ras: np.ndarray
    radius_mm: float | None
    area: int


def surface_points(mask: np.ndarray, ras_from_ijk: np.ndarray) -> np.ndarray:
    """(N, 3) RAS mm of the voxels on the surface of a mask (K, J, I)."""
    from scipy import ndimage

    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    inside = mask[box]
    rim = np.argwhere(inside & ~ndimage.binary_erosion(inside))
    if len(rim) > _MOST_POINTS:
        rim = rim[np.random.default_rng(0).choice(len(rim), _MOST_POINTS, replace=False)]
    ijk = (rim + [side.start for side in box])[:, ::-1]
    points: np.ndarray = ijk @ ras_from_ijk[:3, :3].T + ras_from_ijk[:3, 3]
    return points


def contact_between(surface_ras: np.ndarray, other_ras: np.ndarray) -> Contact | None:
    """Where a bone's surface (N, 3) faces another's; None where they are apart.

    The point of rotation is the centre of the sphere fitted to what faces the other (a femur's head), or the middle of that
    where it is no ball.
    """
    near = _facing(surface_ras, other_ras)
    if len(near) < _LEAST_POINTS:
        return None
    center, radius = fitted_sphere(near)
    if radius is None or radius > _LARGEST_BALL_MM or np.linalg.norm(center - near.mean(axis=0)) > _LARGEST_BALL_MM:
        return Contact(near.mean(axis=0), None, len(near))
    return Contact(center, radius, len(near))


def gap_mm(surface_ras: np.ndarray, other_ras: np.ndarray) -> float:
    """Least distance of two surfaces."""
    from scipy.spatial import cKDTree

    return float(cKDTree(other_ras).query(surface_ras)[0].min())


def fitted_sphere(points: np.ndarray) -> tuple[np.ndarray, float | None]:
    """Centre (3,) and radius of the sphere that points (N, 3) lie on, twice without what is far off; radius None of none."""
    center, radius = points.mean(axis=0), None
    for _ in range(3):
        middle = points.mean(axis=0)
        own = points - middle
        matrix = np.column_stack([2 * own, np.ones(len(own))])
        solution, _, rank, _ = np.linalg.lstsq(matrix, (own**2).sum(axis=1), rcond=1e-6)
        squared = solution[3] + solution[:3] @ solution[:3]
        if rank < 4 or squared <= 0:
            return center, None
        center, radius = solution[:3] + middle, float(np.sqrt(squared))
        off = np.abs(np.linalg.norm(points - center, axis=1) - radius)
        kept = off <= np.maximum(2.5 * np.median(off), 0.5)  # of the socket's rim and other bumps; chosen
        if kept.all() or kept.sum() < _LEAST_POINTS:
            break
        points = points[kept]
    return center, radius


def _facing(surface_ras: np.ndarray, other_ras: np.ndarray) -> np.ndarray:
    """Those of (N, 3) points that lie within ``NEAR_MM`` of others."""
    from scipy.spatial import cKDTree

    reach = other_ras.min(axis=0) - NEAR_MM, other_ras.max(axis=0) + NEAR_MM
    close = surface_ras[((surface_ras >= reach[0]) & (surface_ras <= reach[1])).all(axis=1)]
    if len(close) == 0:
        return close
    distances = cKDTree(other_ras).query(close, distance_upper_bound=NEAR_MM)[0]
    facing: np.ndarray = close[distances < NEAR_MM]
    return facing
