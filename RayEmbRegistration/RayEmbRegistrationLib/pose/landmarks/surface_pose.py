"""A pose from reconstructed surfaces: points of the CT, the rays that meet them, and how far off each may be.

A pose is told by the distances of the points from their rays in space, not in the picture: errors of what a network says are
of points, and in the picture they shrink with the depth, which would drive the bone away from the source (object-space
error: Lu, Hager & Mjolsness, IEEE Trans. PAMI 22(6), 2000). Errors count as the network says (Laplace), by iteratively
reweighted Gauss-Newton; rays of all views count together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .least_squares import damped_step, moved_by

STEPS = 30  # chosen: the weights have settled by then
NEAREST_MM = 1.0  # chosen: a point this near its ray gains nothing by being nearer
REDESCENDING = 2.5  # scales from which a pair hardly counts in the second solution; chosen (Geman and McClure's)


@dataclass(frozen=True, eq=False)
class SurfacePairs:
    """Points and rays, in the first camera's frame; those of several views follow each other.

    Attributes:
        points_ras: (N, 3) mm.
        places: (N, 3) where the network has them at a guessed depth, which starts the solution.
        directions: (N, 3) of unit length.
        sources: (N, 3) from which they come.
        scales_mm: (N,) Laplace scales.
        weights: (N,) how likely each ray meets bone.
    """

    points_ras: np.ndarray
    places: np.ndarray
    directions: np.ndarray
    sources: np.ndarray
    scales_mm: np.ndarray
    weights: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence[SurfacePairs]) -> SurfacePairs:
        """Of all views."""
        names = ("points_ras", "places", "directions", "sources", "scales_mm", "weights")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def from_camera(self, first_from_camera: np.ndarray) -> SurfacePairs:
        """Those told in another camera's frame, in that of the first (4, 4)."""
        rotation, shift = first_from_camera[:3, :3], first_from_camera[:3, 3]
        places, sources = self.places @ rotation.T + shift, self.sources @ rotation.T + shift
        return SurfacePairs(self.points_ras, places, self.directions @ rotation.T, sources, self.scales_mm, self.weights)

    def misses(self, pose: np.ndarray) -> np.ndarray:
        """(N, 3) from the nearest point of its ray to each point under a pose (4, 4)."""
        away = self.points_ras @ pose[:3, :3].T + pose[:3, 3] - self.sources
        return away - (away * self.directions).sum(axis=1, keepdims=True) * self.directions

    def cost(self, pose: np.ndarray) -> float:
        """Mean distance from the rays in scales, under a pose (4, 4)."""
        distances = np.linalg.norm(self.misses(pose), axis=1)
        return float((self.weights * distances / self.scales_mm).sum() / self.weights.sum())


def poses_from_surfaces(pairs: SurfacePairs, center_ras: np.ndarray) -> list[np.ndarray]:
    """Poses (4, 4), first camera from RAS: the likeliest one, and one that what is far off has no say in."""
    likeliest = _solved(pairs, start_pose(pairs), center_ras, redescending=False)
    return [likeliest, _solved(pairs, likeliest, center_ras, redescending=True)]


def start_pose(pairs: SurfacePairs) -> np.ndarray:
    """(4, 4) that brings points to their places at the guessed depth best (Kabsch), by how sure each is."""
    weights = (pairs.weights / pairs.scales_mm**2)[:, None]
    weights = weights / weights.sum()
    middle, there = (weights * pairs.points_ras).sum(axis=0), (weights * pairs.places).sum(axis=0)
    left, _, right = np.linalg.svd(((pairs.places - there) * weights).T @ (pairs.points_ras - middle))
    pose = np.eye(4)
    pose[:3, :3] = left @ np.diag([1.0, 1.0, np.linalg.det(left @ right)]) @ right
    pose[:3, 3] = there - pose[:3, :3] @ middle
    return pose


def _solved(pairs: SurfacePairs, pose: np.ndarray, center_ras: np.ndarray, redescending: bool) -> np.ndarray:
    for _ in range(STEPS):
        misses = pairs.misses(pose)
        distances = np.linalg.norm(misses, axis=1)
        if redescending:
            weights = (1 + (distances / (REDESCENDING * pairs.scales_mm)) ** 2) ** -2 / pairs.scales_mm**2
        else:
            weights = 1 / (np.maximum(distances, NEAREST_MM) * pairs.scales_mm)
        step = damped_step(*_normal_equations(pairs, pose, center_ras, (pairs.weights * weights, misses)))
        pose = moved_by(step, pose, center_ras)
        if np.linalg.norm(step[3:]) < 1e-2 and np.linalg.norm(step[:3]) < 1e-4:
            break
    return pose


def _normal_equations(
    pairs: SurfacePairs, pose: np.ndarray, center_ras: np.ndarray, weighted: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """(6, 6) and (6,) by a turn about the bone's center (rad), then a shift (mm), in the first camera's axes."""
    weights, misses = weighted
    arms = (pairs.points_ras - center_ras) @ pose[:3, :3].T
    # A shift of a point moves its distance by what of it is across the ray; a turn w shifts it by w x arm.
    across = np.eye(3) - pairs.directions[:, :, None] * pairs.directions[:, None, :]
    skew = np.zeros((len(arms), 3, 3))
    skew[:, [2, 0, 1], [1, 2, 0]], skew[:, [1, 2, 0], [2, 0, 1]] = arms[:, [0, 1, 2]], -arms[:, [0, 1, 2]]
    jacobian = np.concatenate([-(across @ skew), across], axis=2)
    scaled = jacobian * weights[:, None, None]
    return np.einsum("nki,nkj->ij", scaled, jacobian), -np.einsum("nki,nk->i", scaled, misses)
