"""The errors of a result against poses that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.result import RegistrationResult

from .metrics import PoseErrors, pose_errors


def evaluate(result: RegistrationResult, truths: Sequence[RigidTransform], points_ras: np.ndarray) -> tuple[PoseErrors, ...]:
    """How far the pose of each view is from the true one.

    Args:
        result: from ``register``.
        truths: the true ``camera_from_ras`` of each X-ray, in the same order.
        points_ras: (N, 3) targets, RAS mm, for example ``prepared.bone_points_ras``.

    Raises:
        InputProblem: not one truth for each pose, or targets of a wrong shape.
    """
    if len(result.views) != len(truths):
        raise InputProblem(
            f"the result has {len(result.views)} poses, but {len(truths)} true poses were given; "
            "give one for every X-ray, in the same order"
        )
    return tuple(
        pose_errors(found.camera_from_ras, truth, found.camera, points_ras)
        for found, truth in zip(result.views, truths, strict=True)
    )
