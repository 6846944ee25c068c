"""The pose by landmarks of which a user has pinned some, with degrees of freedom held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.rigid import vector_from_rotation
from RayEmbRegistrationLib.problems import InputProblem

from .least_squares import Pairs, damped_step, moved_by, normal_equations
from .pnp import consensus, pose_from_landmarks

# Of a pinned landmark; the others count by their probability, at most 1; chosen: a pin outweighs the detections around it.
PIN_WEIGHT = 30.0
# Scale of the robust loss on the others, at the end and at first; chosen: the landmark error of bench choices, and wide
# enough for the worst start.
INLIER_MM, WIDEST_MM = 6.0, 40.0
NARROWING = 0.75  # of that scale from step to step; chosen: slow enough not to lose the way
# How far a start may be off: it fills in what few pins leave open; chosen.
START_DEG, START_MM, START_DEPTH_MM = 15.0, 30.0, 60.0
ROUNDS = 30  # chosen: 0.75 to the power of 30 narrows the widest scale to the last one long before
LEAST_PINS = 4  # that determine a pose by themselves; three leave up to four poses (P3P), one more tells them apart


@dataclass(frozen=True, eq=False)
class Marked:
    """Landmarks of one view as a user marked them, and what else is known.

    Attributes:
        camera: of the image.
        points_ras: (N, 3) mm.
        pixels: (N, 2), where the user put them or they were detected.
        probability: (N,) that a detection is right.
        is_pinned: (N,) bool.
        start: (4, 4) pose to correct, or None.
        is_free: (6,) bool, degrees of freedom that do not keep the start's value.
        center_ras: (3,) the bone's centre, mm.
        depth_mm: at which residuals are measured.
    """

    camera: Camera
    points_ras: np.ndarray
    pixels: np.ndarray
    probability: np.ndarray
    is_pinned: np.ndarray
    start: np.ndarray | None
    is_free: np.ndarray
    center_ras: np.ndarray
    depth_mm: float

    def pairs(self) -> Pairs:
        """For the solver."""
        rays = self.camera.back_project(self.pixels)[:, :2]
        weights = np.where(self.is_pinned, PIN_WEIGHT, np.clip(self.probability, 0, 1))
        points = np.asarray(self.points_ras, dtype=np.float64)
        return Pairs(points, rays, weights, np.eye(4), self.depth_mm, self.is_pinned)

    def pins_off_mm(self, pose: np.ndarray) -> float:
        """Root mean square distance of the pins under a pose (4, 4), mm at the bone; 0 without pins."""
        if not self.is_pinned.any():
            return 0.0
        return float(np.sqrt((self.pairs().residuals_mm(pose)[self.is_pinned] ** 2).mean()))


def solve_marked(marked: Marked) -> np.ndarray:
    """(4, 4) the pose; pins by plain least squares, the others by the robust loss.

    Raises:
        InputProblem: nothing says enough of a pose.
    """
    pairs = marked.pairs()
    pose, free = _first(marked, pairs), np.flatnonzero(marked.is_free).tolist()
    for number in range(ROUNDS):
        scale_mm = max(INLIER_MM, WIDEST_MM * NARROWING**number)
        hessian, gradient = normal_equations([pairs], pose, marked.center_ras, scale_mm)
        if marked.start is not None:
            hessian, gradient = _with_start(marked.start, marked.center_ras, pose, hessian, gradient)
        pose = moved_by(damped_step(hessian, gradient, free), pose, marked.center_ras)
    return RigidTransform.from_matrix(pose).matrix


def _first(marked: Marked, pairs: Pairs) -> np.ndarray:
    """(4, 4) where to begin: the start, else what pins or most landmarks say."""
    if marked.start is not None:
        return marked.start
    pinned = marked.is_pinned
    if pinned.sum() >= LEAST_PINS:
        return pose_from_landmarks(marked.camera, marked.points_ras[pinned], marked.pixels[pinned]).matrix
    found = consensus(pairs, INLIER_MM)
    if found is None:
        raise InputProblem(
            f"{int(pinned.sum())} pinned and {len(pinned)} landmarks in all determine no pose; pin four or more that do not "
            "lie on a line, or give a start pose"
        )
    return found


def _with_start(
    start: np.ndarray, center_ras: np.ndarray, pose: np.ndarray, hessian: np.ndarray, gradient: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Add the start, as weak as it is uncertain, so that one or two pins are enough."""
    spread = np.array([np.radians(START_DEG)] * 3 + [START_MM] * 2 + [START_DEPTH_MM])
    turn = RigidTransform.from_matrix(start) @ RigidTransform.from_matrix(pose).inverse()
    off = np.concatenate([vector_from_rotation(turn.rotation), ((start - pose) @ np.append(center_ras, 1))[:3]])
    certainty = INLIER_MM**2 / spread**2
    return hessian + np.diag(certainty), gradient + certainty * off
