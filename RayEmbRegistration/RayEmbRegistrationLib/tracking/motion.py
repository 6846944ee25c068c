"""What the frames around one say of it: constant velocity in SE(3), filtered under several accelerations at once.

A frame's X-rays leave some directions open: a depth in one view, a turn about a slim bone. What is found there is mostly the
prediction again and noise. So a velocity is no difference of two poses, which would carry such an error on and on, but is
estimated with its own covariance (a Kalman filter), in which each frame counts by what its X-rays say in each direction.
How fast a motion changes is not known before: filters of several accelerations run beside each other and are weighed by how
well they foretold each frame (D. Magill, IEEE Trans. Automatic Control 10(4), 1965).
"""

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
LOOSE_DEVIATIONS = (np.radians(1.0), 1.0)  # of one that a frame starts from; chosen: a third of what a still body may move
LEAST_DEVIATIONS = (np.radians(0.5), 0.5)  # of a prediction; chosen: what a refined pose is good to
GIVEN_DEVIATIONS = (np.radians(1.0), 1.0)  # of a pose that someone set by hand; chosen
ACCELERATIONS = (0.3, 1.0, 3.0)  # degrees and mm a frame, and frame; chosen: slow bending to a walking knee at 30/s
SPEED_FRAMES = 3.0  # after which so many accelerations in a row are the speed; chosen: what a first frame starts with
REMEMBERED = 40  # frames that are filtered; chosen for time
KEPT = 0.9  # of a frame's say in the weighing of filters, from one frame to the next; chosen: ten frames count
LASTING = 10.0  # frames that an error of the model stays about the same; chosen: a body turns by some degrees in them
LEAST_INFORMATION = 1e-9  # that keeps a direction solvable of which nothing is known


@dataclass(frozen=True, eq=False)
class Seen:
    """What a frame's X-rays say of a body: a Gaussian, by its second and first derivative at the pose that was found.

    Attributes:
        pose: rig_from_body.
        information: (6, 6) of turns (rad) and shifts (mm) along the rig's axes.
        pull: (6,) where the X-rays alone would have moved the pose, times the information: 0 where nothing else held it.
    """

    pose: RigidTransform
    information: np.ndarray
    pull: np.ndarray


@dataclass(frozen=True, eq=False)
class Prediction:
    """A Gaussian over a body's pose.

    Attributes:
        pose: its middle, rig from body.
        covariance: (6, 6) of turns (rad) and shifts (mm) along the rig's axes.
    """

    pose: RigidTransform
    covariance: np.ndarray

    @property
    def information(self) -> np.ndarray:
        """(6, 6) inverse covariance."""
        return np.asarray(np.linalg.inv(self.covariance))

    @property
    def deviations(self) -> np.ndarray:
        """(6,) along each axis."""
        return np.sqrt(np.diag(self.covariance))

    def no_surer_than(self, deviations: tuple[float, float]) -> Prediction:
        """The same middle, in no direction surer than these of turns and of shifts."""
        scale = np.repeat(deviations, 3)
        values, axes = np.linalg.eigh(self.covariance / np.outer(scale, scale))
        return Prediction(self.pose, (axes * np.maximum(values, 1.0)) @ axes.T * np.outer(scale, scale))

    def with_other(self, other: Prediction, center: np.ndarray) -> Prediction:
        """What this and another, independent one say together."""
        covariance = np.linalg.inv(self.information + other.information)
        away = motion_between(self.pose, other.pose, center)
        return Prediction(moved(self.pose, center, covariance @ (other.information @ away)), covariance)


def first_prediction(start: RigidTransform) -> Prediction:
    """Of a pose that a user gave."""
    return Prediction(start, _diagonal(FIRST_DEVIATIONS))


def seen_about(pose: RigidTransform, deviations: tuple[float, float]) -> Seen:
    """A pose of which only deviations of turns and shifts are known."""
    return Seen(pose, np.linalg.inv(_diagonal(deviations)), np.zeros(6))


def predict(past: Sequence[tuple[int, Seen]], frame: int, center: np.ndarray) -> Prediction:
    """The pose of a frame from those of frames before it (or after it, where one goes backwards).

    Args:
        past: (frame, what was seen of the body), the nearest last; one at least.
        frame: wanted.
        center: (3,) of the body.
    """
    known = list(past)[-REMEMBERED:]
    filters = [_Filter(known[0], acceleration) for acceleration in ACCELERATIONS]
    for number, seen in known[1:]:
        for one in filters:
            one.go_to(number, center)
            one.take(seen, center)
    scores = np.array([one.score for one in filters])
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    for one in filters:
        one.go_to(frame, center)
    first = filters[0].pose
    away = np.array([motion_between(first, one.pose, center) for one in filters])
    middle = weights @ away
    spread = (away - middle).T @ ((away - middle) * weights[:, None])
    covariance = spread + sum(weight * one.covariance[:6, :6] for weight, one in zip(weights, filters, strict=True))
    return Prediction(moved(first, center, middle), covariance).no_surer_than(LEAST_DEVIATIONS)


class _Filter:
    """A body's pose and velocity a frame, under one acceleration.

    Args:
        start: the first frame and what was seen in it.
        acceleration: deviation, degrees and mm a frame, and frame.
    """

    def __init__(self, start: tuple[int, Seen], acceleration: float) -> None:
        self._frame, seen = start
        self._drive = np.repeat([np.radians(acceleration), acceleration], 3) ** 2
        self.pose, self._velocity = seen.pose, np.zeros(6)
        self.score = 0.0
        own = np.linalg.inv(np.linalg.inv(_diagonal(FIRST_DEVIATIONS)) + _lasting(seen)[0])
        none = np.zeros((6, 6))
        self.covariance = np.block([[own, none], [none, SPEED_FRAMES**2 * np.diag(self._drive)]])

    def go_to(self, frame: int, center: np.ndarray) -> None:
        """On to another frame."""
        gap, direction = abs(frame - self._frame), np.eye(6)
        self.pose, self._frame = moved(self.pose, center, gap * self._velocity), frame
        step = np.block([[direction, gap * direction], [np.zeros((6, 6)), direction]])
        drive = np.kron([[gap**3 / 3, gap**2 / 2], [gap**2 / 2, gap]], np.diag(self._drive))
        self.covariance = step @ self.covariance @ step.T + drive

    def take(self, seen: Seen, center: np.ndarray) -> None:
        """What this frame's X-rays say."""
        information, lasting = _lasting(seen)
        pull = information @ motion_between(self.pose, seen.pose, center) + lasting
        inverse = np.linalg.inv(np.eye(6) + information @ self.covariance[:6, :6])
        away = np.linalg.pinv(information, rcond=LEAST_INFORMATION, hermitian=True) @ pull
        surprise = away @ inverse @ pull - np.linalg.slogdet(inverse)[1]
        self.score = KEPT * self.score - surprise / 2
        gain = self.covariance[:, :6] @ inverse
        motion = gain @ pull
        self.pose, self._velocity = moved(self.pose, center, motion[:6]), self._velocity + motion[6:]
        covariance = self.covariance - gain @ information @ self.covariance[:6]
        self.covariance = (covariance + covariance.T) / 2


def _lasting(seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Information and pull of a frame beside others of its sequence.

    Errors of the model, such as soft tissue, are much the same in all frames and do not average out. They show where the
    X-rays say little: a depth in one view is off by tens of millimetres, the same way each time. So what a frame says counts
    the less the less it knows beside a rough start, of variance R0: its variance R grows to R + LASTING R R / R0.
    """
    start = np.linalg.inv(_diagonal(FIRST_DEVIATIONS))
    shrink = seen.information @ np.linalg.inv(seen.information + LASTING * start)
    information = shrink @ seen.information
    return (information + information.T) / 2, shrink @ seen.pull


def _diagonal(deviations: tuple[float, float]) -> np.ndarray:
    """(6, 6) covariance of independent turns and shifts."""
    return np.diag(np.repeat(deviations, 3) ** 2)
