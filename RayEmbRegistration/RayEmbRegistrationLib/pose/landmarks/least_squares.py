"""Robust least squares of a pose over point pairs of one or several views.

Lengths are millimetres at the bone: a residual is the angle between a landmark's ray and its point, times a fixed depth, so
that neither the pixel size nor the depth found so far changes what counts as near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.rigid import rotation_from_vector

# Scale of the robust loss, from wide to narrow; chosen (graduated non-convexity, see refine_pnp).
ANNEALING = (3.0, 2.0, 1.4, 1.0, 1.0)
STEPS_EACH = 4  # chosen: Gauss-Newton converges in three or four at each scale
FARTHEST_STEP_RAD = 0.3  # chosen: a rotation is linear to 5 % as far as that


@dataclass(frozen=True, eq=False)
class Pairs:
    """Points of the CT and where one view shows them.

    Attributes:
        points_ras: (N, 3) mm.
        rays: (N, 2), x / z and y / z in the view's camera frame.
        weights: (N,) how likely each pair is right, 0 to 1.
        camera_from_first: (4, 4), the view relative to the first one.
        scale_mm: depth by which angles become mm.
        is_certain: (N,) bool, pairs that count by plain least squares however far off they are; none where None.
    """

    points_ras: np.ndarray
    rays: np.ndarray
    weights: np.ndarray
    camera_from_first: np.ndarray
    scale_mm: float
    is_certain: np.ndarray | None = None

    def residuals_mm(self, pose: np.ndarray) -> np.ndarray:
        """(N,) distances under a pose (4, 4) of the first camera; infinite behind the source."""
        matrix = self.camera_from_first @ pose
        points = self.points_ras @ matrix[:3, :3].T + matrix[:3, 3]
        ahead = points[:, 2] > 1.0
        gaps = points[:, :2] / np.where(ahead, points[:, 2], 1.0)[:, None] - self.rays
        return np.where(ahead, np.hypot(gaps[:, 0], gaps[:, 1]) * self.scale_mm, np.inf)


@dataclass(frozen=True, eq=False)
class Bounds:
    """Where the bone can be.

    Attributes:
        center_ras: (3,) its centre, mm.
        depth_mm: (least, most) distance of the centre from the first source along the optical axis.
    """

    center_ras: np.ndarray
    depth_mm: tuple[float, float]

    def within(self, pose: np.ndarray) -> np.ndarray | None:
        """The pose (4, 4) with the centre slid along its ray into the range; None where it is behind the source."""
        center = pose[:3, :3] @ self.center_ras + pose[:3, 3]
        if not center[2] > 1.0:
            return None
        moved = pose.copy()
        moved[:3, 3] += center * (np.clip(center[2], *self.depth_mm) / center[2] - 1)
        return moved


def refine_pnp(views: Sequence[Pairs], pose: np.ndarray, bounds: Bounds, tolerance_mm: float) -> np.ndarray | None:
    """The pose (4, 4) moved to where it suits all views' pairs; None where it ends behind the source.

    Weighted Gauss-Newton under the loss of Geman and McClure, whose scale falls to the tolerance (graduated non-convexity:
    Yang et al., IEEE RA-L 5(2), 2020). Each step keeps the bone's depth within bounds.
    """
    within = bounds.within(pose)
    for factor in ANNEALING:
        for _ in range(STEPS_EACH):
            if within is None:
                return None
            hessian, gradient = normal_equations(views, within, bounds.center_ras, factor * tolerance_mm)
            step = damped_step(hessian, gradient)
            within = bounds.within(moved_by(step, within, bounds.center_ras))
            if np.linalg.norm(step[3:]) < 1e-3 and np.linalg.norm(step[:3]) < 1e-5:
                break
    return None if within is None else RigidTransform.from_matrix(within).matrix


def damped_step(hessian: np.ndarray, gradient: np.ndarray, free: Sequence[int] = range(6)) -> np.ndarray:
    """(6,) Gauss-Newton step in units that make the diagonal one, slightly damped; its turn is limited.

    Args:
        hessian: (6, 6) and
        gradient: (6,), by turns and shifts.
        free: indices of what may move; the rest of the step is 0.
    """
    chosen = np.asarray(free, dtype=int)
    hessian, gradient = hessian[np.ix_(chosen, chosen)], gradient[chosen]
    scale = np.sqrt(np.maximum(np.diag(hessian), 1e-12))
    damped = hessian / np.outer(scale, scale) + 1e-6 * np.eye(len(scale))
    step = np.zeros(6)
    step[chosen] = np.linalg.solve(damped, gradient / scale) / scale
    return step * min(1.0, FARTHEST_STEP_RAD / max(float(np.linalg.norm(step[:3])), 1e-12))


def moved_by(step: np.ndarray, pose: np.ndarray, center_ras: np.ndarray) -> np.ndarray:
    """The pose (4, 4) after a step (6,): a turn about the bone's centre, rad, and a shift, mm, in camera axes."""
    center = pose[:3, :3] @ center_ras + pose[:3, 3]
    turn = rotation_from_vector(step[:3])
    moved = np.eye(4)
    moved[:3, :3] = turn @ pose[:3, :3]
    moved[:3, 3] = turn @ (pose[:3, 3] - center) + center + step[3:]
    return moved


def normal_equations(
    views: Sequence[Pairs], pose: np.ndarray, center_ras: np.ndarray, scale_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted normal equations (6, 6) and (6,) under the loss of Geman and McClure of a scale.

    By a turn about the bone's centre (rad), then a shift (mm), in the first camera's frame.
    """
    hessian, gradient = np.zeros((6, 6)), np.zeros(6)
    turned = [pairs.points_ras @ pose[:3, :3].T for pairs in views]
    center = pose[:3, :3] @ center_ras
    for pairs, places in zip(views, turned, strict=True):
        rotation = pairs.camera_from_first[:3, :3]
        points = (places + pose[:3, 3]) @ rotation.T + pairs.camera_from_first[:3, 3]
        arms = (places - center).T
        ahead = points[:, 2] > 1.0
        inverse = 1 / np.where(ahead, points[:, 2], 1.0)
        shown = points[:, :2] * inverse[:, None]
        gaps = (pairs.rays - shown) * pairs.scale_mm
        loss = (1 + (gaps**2).sum(axis=1) / scale_mm**2) ** 2
        if pairs.is_certain is not None:
            loss = np.where(pairs.is_certain, 1.0, loss)
        weights = np.where(ahead, pairs.weights, 0) / loss
        jacobian = np.empty((2, 6, len(points)))
        for row in range(2):
            # Derivative of x / z along camera axes, then by the motion of the first camera's points.
            slope = (rotation[row, :, None] - np.outer(rotation[2], shown[:, row])) * (pairs.scale_mm * inverse)
            jacobian[row, 0] = arms[1] * slope[2] - arms[2] * slope[1]
            jacobian[row, 1] = arms[2] * slope[0] - arms[0] * slope[2]
            jacobian[row, 2] = arms[0] * slope[1] - arms[1] * slope[0]
            jacobian[row, 3:] = slope
        weighted = jacobian * weights
        hessian += weighted[0] @ jacobian[0].T + weighted[1] @ jacobian[1].T
        gradient += weighted[0] @ gaps[:, 0] + weighted[1] @ gaps[:, 1]
    return hessian, gradient
