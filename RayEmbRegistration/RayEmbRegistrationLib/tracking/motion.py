"""What the frames before say of the next one: constant velocity in SE(3), with a covariance from how well that held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform

from .poses import motion_between, moved

FIRST_DEVIATIONS = (np.radians(4.0), 4.0)  # of a first frame's start; chosen: half of the 8 degrees and 8 mm it may be off
STILL_DEVIATIONS = (
    np.radians(3.0),
    3.0,
)  # from one frame to the next where no velocity is known; chosen: a walking knee at 30/s
LEAST_DEVIATIONS = (np.radians(0.5), 0.5)  # of a prediction; chosen: what a refined pose is good to
REMEMBERED = 6  # frames whose surprise counts; chosen: a fifth of a second
SAFETY = 2.0  # times the surprise that was seen; chosen: motion changes


@dataclass(frozen=True, eq=False)
class Prediction:
    """A Gaussian over a body's pose.

    Attributes:
        pose: its middle, rig from body.
        deviations: (6,) of turns (rad) and shifts (mm) along the rig's axes.
    """

    pose: RigidTransform
    deviations: np.ndarray

    @property
    def information(self) -> np.ndarray:
        """(6, 6) inverse covariance."""
        return np.diag(1 / self.deviations**2)

    def widened(self, factor: float) -> Prediction:
        """The same middle, less sure."""
        return Prediction(self.pose, self.deviations * factor)


def no_surer_than(prediction: Prediction, rotation_deg: float, position_mm: float) -> Prediction:
    """A prediction as unsure at least as the pose that it goes on from: taken as exact, that pose's error would be kept.

    Args:
        prediction: from past poses.
        rotation_deg: expected error of the nearest of them, all axes together; not a number where nobody knows. No more is
            taken than a body may move from one frame to the next, so that a depth that one view leaves open stays.
        position_mm: likewise.
    """
    known = np.repeat([np.radians(rotation_deg), position_mm], 3) / np.sqrt(3)
    still = np.repeat(STILL_DEVIATIONS, 3)
    known = np.where(np.isfinite(known), np.minimum(known, still), still)
    return Prediction(prediction.pose, np.maximum(prediction.deviations, known))


def first_prediction(start: RigidTransform) -> Prediction:
    """Of a pose that a user gave."""
    turn, shift = FIRST_DEVIATIONS
    return Prediction(start, np.array([turn] * 3 + [shift] * 3))


def predict(past: Sequence[tuple[int, RigidTransform]], frame: int, center: np.ndarray) -> Prediction:
    """The pose of a frame from those of frames before it (or after it, where one goes backwards).

    Args:
        past: (frame, pose) of trusted frames, the nearest last; one at least.
        frame: wanted.
        center: (3,) of the body.
    """
    known = list(past)[-REMEMBERED:]
    last_frame, last = known[-1]
    gap = abs(frame - last_frame)
    if len(known) == 1:
        turn, shift = STILL_DEVIATIONS
        return Prediction(last, np.array([turn] * 3 + [shift] * 3) * gap)
    pose = _extrapolated(known[-2], known[-1], frame, center)
    surprises = [
        motion_between(_extrapolated(a, b, c[0], center), c[1], center)
        for a, b, c in zip(known, known[1:], known[2:], strict=False)
    ]
    turn, shift = STILL_DEVIATIONS
    if surprises:
        squares = np.mean(np.square(surprises), axis=0)
        turn, shift = SAFETY * np.sqrt(squares[:3].mean()), SAFETY * np.sqrt(squares[3:].mean())
    turn, shift = max(turn, LEAST_DEVIATIONS[0]), max(shift, LEAST_DEVIATIONS[1])
    return Prediction(pose, np.array([turn] * 3 + [shift] * 3) * gap)


def _extrapolated(
    one: tuple[int, RigidTransform], other: tuple[int, RigidTransform], frame: int, center: np.ndarray
) -> RigidTransform:
    """At constant velocity from two frames."""
    velocity = motion_between(one[1], other[1], center) / (other[0] - one[0])
    return moved(other[1], center, velocity * (frame - other[0]))
