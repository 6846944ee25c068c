"""3x4 projection matrices, taken apart: the camera matrix and where the camera stands."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem


def decompose_projection(matrix: np.ndarray, where: str | Path) -> tuple[np.ndarray, RigidTransform]:
    """K and ``camera_from_world`` with ``P ~ K [R | t]``, R a proper rotation (Hartley and Zisserman 2004, section 6.2.4).

    The scale and sign of P are free. K has positive focal lengths, unless the world's origin, which lies in or near the
    patient, would then be behind the source: the image is seen from the detector's other side, K's first row is negative.

    Args:
        matrix: (3, 4), from world mm to px.
        where: names the file in the sentence of a refusal.

    Raises:
        InputProblem: not the matrix of a camera: a parallel projection, zeros, or far from any scale.
    """
    from scipy.linalg import rq

    P = np.asarray(matrix, dtype=np.float64)
    size = np.linalg.norm(P[2, :3])
    if not np.isfinite(P).all() or size < 1e-12 * max(np.abs(P).max(), 1e-300):
        raise InputProblem(
            f"the projection matrix in {where} is that of a parallel projection or empty; an X-ray's is needed"
        )
    P = P / size  # its third row now holds the depth in mm
    if abs(np.linalg.det(P[:, :3])) < 1e-9 * np.abs(P[:2, :3]).max() ** 2:
        raise InputProblem(f"the projection matrix in {where} is singular; write it again, 3 rows of 4 numbers")
    K, rotation = rq(P[:, :3])
    signs = np.diag(np.where(np.diag(K) < 0, -1.0, 1.0))
    K, rotation = K @ signs, signs @ rotation
    translation = np.linalg.solve(K, P[:, 3])
    if np.linalg.det(rotation) < 0:  # P's own sign
        rotation, translation = -rotation, -translation
    if translation[2] < -1e-9:
        half_turn = np.diag([1.0, -1.0, -1.0])
        rotation, translation = half_turn @ rotation, half_turn @ translation
        K = K @ np.diag([-1.0, 1.0, 1.0])  # K times the half turn, with the sign of its last column taken back
    return K / K[2, 2], RigidTransform(rotation, translation)
