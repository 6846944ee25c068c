"""A turned image's camera with the turn moved into the pose, for conventions that know only upright detectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .camera import Camera
from .rigid import RigidTransform


def upright(camera: Camera, camera_from_ras: RigidTransform) -> tuple[Camera, RigidTransform]:
    """The same projection of the same image with an upper triangular K whose second focal length is positive.

    ``K[:2, :2] = U Q`` with U upper triangular and Q a rotation in the detector plane; Q joins the pose. Half and quarter
    turns of the image disappear from K that way. A mirrored image keeps a negative first focal length, since no rotation
    can undo a mirror.
    """
    block = camera.K[:2, :2]
    second_focal_length = np.linalg.norm(block[1])
    second_axis = block[1] / second_focal_length
    first_axis = np.array([second_axis[1], -second_axis[0]])
    K = np.eye(3)
    K[:2, 2] = camera.K[:2, 2]
    K[:2, :2] = [[block[0] @ first_axis, block[0] @ second_axis], [0.0, second_focal_length]]
    turn = np.eye(3)
    turn[:2, :2] = [first_axis, second_axis]
    return replace(camera, K=K), RigidTransform(turn) @ camera_from_ras


def upright_without_skew(camera: Camera, camera_from_ras: RigidTransform) -> tuple[Camera, RigidTransform]:
    """As ``upright``, for conventions that cannot hold a skewed K.

    Raises:
        InputProblem: K is skewed by more than a thousandth of a pixel over the image.
    """
    camera, camera_from_ras = upright(camera, camera_from_ras)
    if abs(camera.K[0, 1] / camera.K[1, 1]) * camera.height > 1e-3:
        raise InputProblem(
            "this camera's K has a skew (columns not perpendicular to rows), which this convention cannot hold"
        )
    return camera, camera_from_ras
