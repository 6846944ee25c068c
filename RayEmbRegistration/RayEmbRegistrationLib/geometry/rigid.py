"""Rigid transforms between two named frames, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from RayEmbRegistrationLib.problems import InputProblem


@dataclass(frozen=True, eq=False)
class RigidTransform:
    """A rotation and a translation: ``x_target = rotation @ x_source + translation``.

    Instances are named ``target_from_source`` (``camera_from_ras``), so that composition reads from right to left:
    ``camera_from_bone = camera_from_ras @ ras_from_bone``.

    Attributes:
        rotation: (3, 3) float64, proper and orthonormal to 1e-3 (files are often rounded to a few digits); it is
            re-orthonormalised on construction.
        translation: (3,) float64, mm.

    Raises:
        InputProblem: wrong shape, a value that is not finite, a reflection, or a matrix that is not a rotation.
    """

    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))
    translation: np.ndarray = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        rotation = np.array(self.rotation, dtype=np.float64)
        translation = np.array(self.translation, dtype=np.float64).reshape(-1)
        if rotation.shape != (3, 3) or translation.shape != (3,):
            raise InputProblem(
                f"a rigid transform needs a 3x3 rotation and 3 translations, not {rotation.shape} and {translation.shape}"
            )
        if not (np.isfinite(rotation).all() and np.isfinite(translation).all()):
            raise InputProblem("a rigid transform must hold finite numbers")
        if np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-3:
            raise InputProblem(
                "the upper left 3x3 block is not a rotation (scaling or shear); only rigid poses are accepted"
            )
        if np.linalg.det(rotation) < 0:
            raise InputProblem("the upper left 3x3 block is a reflection; flip the image (and its camera) instead")
        left, _, right = np.linalg.svd(rotation)
        rotation = left @ right
        rotation.setflags(write=False)
        translation.setflags(write=False)
        object.__setattr__(self, "rotation", rotation)
        object.__setattr__(self, "translation", translation)

    @classmethod
    def from_matrix(cls, matrix: np.ndarray) -> RigidTransform:
        """From a 4x4 (or 3x4) homogeneous matrix."""
        matrix = np.asarray(matrix, dtype=np.float64)
        if matrix.shape not in ((4, 4), (3, 4)):
            raise InputProblem(f"a pose must be a 4x4 matrix, not {matrix.shape}")
        if matrix.shape == (4, 4) and not np.allclose(matrix[3], (0, 0, 0, 1)):
            raise InputProblem("the last row of a pose matrix must be 0 0 0 1")
        return cls(matrix[:3, :3], matrix[:3, 3])

    @classmethod
    def from_rotation_vector(
        cls, rotation_vector_rad: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)
    ) -> RigidTransform:
        """From an axis times an angle in radians (Rodrigues), and a translation in mm."""
        return cls(rotation_from_vector(rotation_vector_rad), np.asarray(translation, dtype=np.float64))

    @property
    def matrix(self) -> np.ndarray:
        """(4, 4) float64 homogeneous matrix."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation
        matrix[:3, 3] = self.translation
        return matrix

    def inverse(self) -> RigidTransform:
        """``source_from_target``."""
        return RigidTransform(self.rotation.T, -self.rotation.T @ self.translation)

    def __matmul__(self, other: RigidTransform) -> RigidTransform:
        return RigidTransform(self.rotation @ other.rotation, self.rotation @ other.translation + self.translation)

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Transform points (..., 3) in mm."""
        return np.asarray(points, dtype=np.float64) @ self.rotation.T + self.translation

    def rotation_angle_deg(self, other: RigidTransform | None = None) -> float:
        """Angle of the rotation, or of the rotation between this and another transform, in degrees."""
        relative = self.rotation if other is None else self.rotation @ other.rotation.T
        return float(np.degrees(np.linalg.norm(vector_from_rotation(relative))))


def rotation_from_vector(rotation_vector_rad: ArrayLike) -> np.ndarray:
    """Rodrigues' formula: (3,) axis times angle in radians to a (3, 3) rotation."""
    vector = np.asarray(rotation_vector_rad, dtype=np.float64).reshape(3)
    angle = np.linalg.norm(vector)
    skew = np.array([[0.0, -vector[2], vector[1]], [vector[2], 0.0, -vector[0]], [-vector[1], vector[0], 0.0]])
    if angle < 1e-8:  # second order keeps the round trip exact to double precision
        return np.eye(3) + skew + skew @ skew / 2
    return np.eye(3) + np.sin(angle) / angle * skew + (1 - np.cos(angle)) / angle**2 * skew @ skew


def vector_from_rotation(rotation: np.ndarray) -> np.ndarray:
    """(3, 3) rotation to (3,) axis times angle in radians, angle in [0, pi]."""
    from scipy.spatial.transform import Rotation

    return Rotation.from_matrix(np.asarray(rotation, dtype=np.float64)).as_rotvec()
