"""How a small motion moves the bone, and how far a pose may be off by a covariance of such motions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.problem import Problem


@dataclass(frozen=True)
class Spread:
    """How far the pose may be off, of one standard deviation.

    Attributes:
        overlay_mm: of the bone's points as they are drawn on an X-ray, root mean square, mm at the bone; the worst view's.
        in_plane_mm, depth_mm: of the bone's centroid, across and along the first view's axis.
        rotation_deg: about all axes.
        mtre_mm: of the bone's points in space, root mean square.
    """

    overlay_mm: float
    in_plane_mm: float
    depth_mm: float
    rotation_deg: float
    mtre_mm: float


@dataclass(frozen=True, eq=False)
class Lever:
    """How a small motion moves the bone, first camera's axes.

    Attributes:
        points: (N, 3, 6) of its points.
        centroid: (3, 6) of their centroid.
        drawn: by view, (N, 2, 6) of the points as they are drawn on that X-ray, mm at their own depth.
    """

    points: np.ndarray
    centroid: np.ndarray
    drawn: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, problem: Problem, pose: Poses) -> Lever:
        """Of the bone at a pose (4, 4)."""
        matrix = pose.numpy[0]
        some = problem.prepared.bone_points_ras[::4]
        arms = (some - problem.limits.center_ras) @ matrix[:3, :3].T
        zero = np.zeros(len(arms))
        x, y, z = arms.T
        turned = np.stack([zero, z, -y, -z, zero, x, y, -x, zero], axis=1).reshape(-1, 3, 3)
        points = np.concatenate([turned, np.broadcast_to(np.eye(3), turned.shape)], axis=2)
        drawn = []
        for view in problem.views:
            placed = view.camera_from_first @ matrix
            at = some @ placed[:3, :3].T + placed[:3, 3]
            moved = np.einsum("ij,njk->nik", view.camera_from_first[:3, :3], points)
            drawn.append(moved[:, :2] - (at[:, :2] / at[:, 2:])[..., None] * moved[:, 2:])
        return cls(points, points.mean(axis=0), tuple(drawn))

    def spread(self, covariance: np.ndarray) -> Spread:
        """Standard deviations of a covariance (6, 6)."""
        shift = self.centroid @ covariance @ self.centroid.T
        return Spread(
            max(_root_mean_square(own, covariance) for own in self.drawn),
            float(np.sqrt(max(shift[0, 0] + shift[1, 1], 0))),
            float(np.sqrt(max(shift[2, 2], 0))),
            float(np.degrees(np.sqrt(max(np.trace(covariance[:3, :3]), 0)))),
            _root_mean_square(self.points, covariance),
        )

    def moved_mm(self, step: np.ndarray, rows: slice = slice(0, 3)) -> float:
        """Root mean square motion of the points by a step (6,), along some of the camera's axes."""
        return float(np.sqrt((np.einsum("nij,j->ni", self.points[:, rows], step) ** 2).sum(axis=1).mean()))


def _root_mean_square(moved: np.ndarray, covariance: np.ndarray) -> float:
    """Of points that (N, M, 6) move, under a covariance (6, 6)."""
    return float(np.sqrt(max(np.einsum("nij,jk,nik->", moved, covariance, moved) / len(moved), 0)))
