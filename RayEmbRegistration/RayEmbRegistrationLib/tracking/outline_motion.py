"""What past frames say of a body with an outline: constant velocity in SE(3), unsure by how well that held.

An outline is sharp: two poses of it differ by the motion, and by what one view leaves open, which all frames have alike. Of
such directions its covariance says too little: overexposure moves edges. A filter, which weighs frames by it, made tilt and
depth of one view waver; the difference of two poses does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform

from .motion import LEAST_DEVIATIONS, STILL_DEVIATIONS, Prediction
from .poses import motion_between, moved

REMEMBERED = 6  # frames whose surprise counts; chosen: a fifth of a second
SAFETY = 2.0  # times the surprise that was seen; chosen: motion changes


def predict_outlined(
    past: Sequence[tuple[int, RigidTransform]], frame: int, center: np.ndarray, known: tuple[float, float] = (0.0, 0.0)
) -> Prediction:
    """The pose of a frame from those of frames before it (or after it, where one goes backwards).

    Args:
        past: (frame, pose), the nearest last; one at least.
        frame: wanted.
        center: (3,) of the body.
        known: expected errors of the nearest pose, degrees and mm, all axes together; not a number where nobody knows. A
            prediction is no surer: a pose taken as exact would have its error kept. No more is taken than a body may move
            from one frame to the next, so that what one view leaves open stays.
    """
    told = list(past)[-REMEMBERED:]
    last_frame, pose = told[-1]
    turn, shift = STILL_DEVIATIONS
    if len(told) > 1:
        pose = _extrapolated(told[-2], told[-1], frame, center)
    surprises = [
        motion_between(_extrapolated(a, b, c[0], center), c[1], center)
        for a, b, c in zip(told, told[1:], told[2:], strict=False)
    ]
    if surprises:
        squares = np.mean(np.square(surprises), axis=0)
        turn, shift = SAFETY * np.sqrt(squares[:3].mean()), SAFETY * np.sqrt(squares[3:].mean())
        turn, shift = max(turn, LEAST_DEVIATIONS[0]), max(shift, LEAST_DEVIATIONS[1])
    deviations = np.repeat([turn, shift], 3) * abs(frame - last_frame)
    unsure = np.repeat([np.radians(known[0]), known[1]], 3) / np.sqrt(3)
    still = np.repeat(STILL_DEVIATIONS, 3)
    unsure = np.where(np.isfinite(unsure), np.minimum(unsure, still), still)
    return Prediction(pose, np.diag(np.maximum(deviations, unsure) ** 2))


def _extrapolated(
    one: tuple[int, RigidTransform], other: tuple[int, RigidTransform], frame: int, center: np.ndarray
) -> RigidTransform:
    """At constant velocity from two frames."""
    velocity = motion_between(one[1], other[1], center) / (other[0] - one[0])
    return moved(other[1], center, velocity * (frame - other[0]))
