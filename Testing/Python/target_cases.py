"""Cameras that are oblique, mirrored, turned and off their centre, and what a pose's error is like: for tests of targets."""

from __future__ import annotations

import numpy as np
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.uncertainty import PoseUncertainty, Sight

CENTER_RAS = np.array([12.0, -31.0, 148.0])
FRONTAL = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
PLAIN = Camera.from_detector((640, 512), (0.5, 0.55), 1040.0, (355.0, 214.0))
CAMERAS = {
    "off-centre": PLAIN,
    "mirrored": PLAIN.flip_horizontal(),
    "upside down": PLAIN.flip_vertical(),
    "a quarter turn": PLAIN.rotate90(),
    "mirrored and cropped": PLAIN.flip_horizontal().crop(-30, 40, 620, 470),
}


def oblique(primary: float = 28.0, secondary: float = -12.0, depth: float = 760.0) -> RigidTransform:
    """camera_from_ras of a C-arm turned about the patient by angles in degrees; CENTER_RAS is near its axis."""
    turn = RigidTransform.from_rotation_vector(np.radians([secondary, primary, 7.0])).rotation @ FRONTAL
    return RigidTransform(turn, np.array([4.0, -6.0, depth]) - turn @ CENTER_RAS)


def narrow_and_deep(scale: float = 1.0) -> PoseUncertainty:
    """Half a millimetre across the view and six in depth, less than a degree; depth goes with a shift and a turn."""
    deviations = scale * np.array([*np.radians([0.6, 0.7, 0.2]), 0.4, 0.5, 6.0])
    correlations = np.eye(6)
    for row, column, value in ((2, 5, 0.3), (0, 4, -0.5), (3, 5, 0.4)):
        correlations[row, column] = correlations[column, row] = value
    return PoseUncertainty(deviations[:, None] * correlations * deviations, CENTER_RAS)


def wrong_pose(pose: RigidTransform, motion: np.ndarray, center_ras: np.ndarray = CENTER_RAS) -> RigidTransform:
    """A first camera's pose after a motion (6,) of the patient, exactly."""
    center = pose.apply(center_ras)
    turn = RigidTransform.from_rotation_vector(motion[:3])
    return RigidTransform(turn.rotation, center + motion[3:] - turn.rotation @ center) @ pose


def biplane() -> list[Sight]:
    """Two X-rays that are calibrated against each other, the second mirrored."""
    first, second = oblique(), oblique(-55.0, 5.0, 690.0)
    return [Sight(PLAIN, first, first), Sight(PLAIN.flip_horizontal(), second, first)]


def beside(x: float, y: float, z: float) -> np.ndarray:
    """(3,) RAS mm, so far from the centre."""
    return CENTER_RAS + np.array([x, y, z])


def points_around(count: int = 40, seed: int = 0) -> np.ndarray:
    """(N, 3) RAS mm near the centre."""
    return CENTER_RAS + np.random.default_rng(seed).uniform(-55, 55, (count, 3))
