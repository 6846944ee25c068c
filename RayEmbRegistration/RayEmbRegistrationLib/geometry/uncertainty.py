"""How far a pose may be off, carried on to what is drawn with it: narrow across the view, long in depth.

A small motion of a patient is (turns, shifts) in the axes of the first camera: three turns in rad about a centre, and three
shifts in mm. A covariance of such motions is what is known of a pose's error; it is carried on to first order, as in Hartley
and Zisserman, Multiple View Geometry, 2nd edition, section 5.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .camera import Camera
from .rigid import RigidTransform

ELLIPSE_95 = 2.4477
"""Square root of the 95 % quantile of chi squared with 2 degrees of freedom: a point in an X-ray."""
ACROSS_95 = 1.9600
"""The same with 1 degree of freedom: a line, across itself."""
ELLIPSOID_95 = 2.7955
"""The same with 3 degrees of freedom: a point in space."""


@dataclass(frozen=True, eq=False)
class PoseUncertainty:
    """What a pose's error may be.

    Attributes:
        covariance: (6, 6) of turns (rad) about the centre and shifts (mm), along the axes of the first camera.
        center_ras: (3,) mm, the centre.

    Raises:
        InputProblem: a covariance that none can be.
    """

    covariance: np.ndarray
    center_ras: np.ndarray

    def __post_init__(self) -> None:
        covariance = np.array(self.covariance, dtype=np.float64)
        center = np.array(self.center_ras, dtype=np.float64)
        if covariance.shape != (6, 6) or center.shape != (3,):
            raise InputProblem("a pose's uncertainty needs a 6x6 covariance and a centre of three numbers")
        if not (np.isfinite(covariance).all() and np.isfinite(center).all() and (np.diag(covariance) >= 0).all()):
            raise InputProblem("a pose's uncertainty must hold finite numbers, and no variance below zero")
        object.__setattr__(self, "covariance", (covariance + covariance.T) / 2)
        object.__setattr__(self, "center_ras", center)

    def scaled_to(self, rotation_std_deg: np.ndarray, translation_std_mm: np.ndarray) -> PoseUncertainty:
        """With other standard deviations (3,) and (3,), the correlations kept: what a calibration made of them."""
        own = np.sqrt(np.diag(self.covariance))
        wanted = np.concatenate([np.radians(np.ravel(rotation_std_deg)), np.ravel(translation_std_mm)]).astype(np.float64)
        factors = np.divide(wanted, own, out=np.zeros(6), where=own > 0)
        scaled = factors[:, None] * self.covariance * factors
        held = own == 0
        scaled[held, held] = wanted[held] ** 2
        return PoseUncertainty(scaled, self.center_ras)


@dataclass(frozen=True, eq=False)
class Sight:
    """One X-ray's camera at its place, and the camera whose axes an uncertainty is told in.

    Attributes:
        camera: of the image as stored, mirrored or off its centre as it may be.
        camera_from_ras: its pose.
        first_from_ras: pose of the first camera of a rig; its own where it stands alone.
    """

    camera: Camera
    camera_from_ras: RigidTransform
    first_from_ras: RigidTransform

    @classmethod
    def alone(cls, camera: Camera, camera_from_ras: RigidTransform) -> Sight:
        """Of an X-ray that is calibrated against no other."""
        return cls(camera, camera_from_ras, camera_from_ras)

    def project(self, points_ras: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of points (N, 3) mm; NaN where a point is not in front of the source."""
        return self.camera.project(self.camera_from_ras.apply(points_ras))

    def slopes(self, points_ras: np.ndarray) -> np.ndarray:
        """(N, 2, 3) px per mm by which points (N, 3) RAS mm move in the picture; NaN where not before the source."""
        placed = self.camera_from_ras.apply(points_ras)
        depth = np.where(placed[:, 2] > 1e-9, placed[:, 2], np.nan)
        flat = np.zeros((len(placed), 2, 3))
        flat[:, 0, 0] = flat[:, 1, 1] = 1 / depth
        flat[:, :, 2] = -placed[:, :2] / depth[:, None] ** 2
        return self.camera.K[:2, :2] @ flat @ self.camera_from_ras.rotation

    def drawn_motion(self, points_ras: np.ndarray, center_ras: np.ndarray) -> np.ndarray:
        """(N, 2, 6) px by which a motion of the patient moves the pictures of points (N, 3) RAS mm."""
        moved = motion_of_points(points_ras, center_ras, self.first_from_ras)
        return self.slopes(points_ras) @ moved

    def drawn_covariance(self, points_ras: np.ndarray, uncertainty: PoseUncertainty) -> np.ndarray:
        """(N, 2, 2) px^2, of where points (N, 3) RAS mm are drawn; NaN where they are not before the source."""
        motion = self.drawn_motion(points_ras, uncertainty.center_ras)
        return motion @ uncertainty.covariance @ np.swapaxes(motion, 1, 2)


def motion_of_points(points_ras: np.ndarray, center_ras: np.ndarray, first_from_ras: RigidTransform) -> np.ndarray:
    """(N, 3, 6) RAS mm by which a motion of the patient moves points (N, 3)."""
    arms = (np.asarray(points_ras, dtype=np.float64).reshape(-1, 3) - center_ras) @ first_from_ras.rotation.T
    x, y, z = arms.T
    zero = np.zeros(len(arms))
    turned = np.stack([zero, z, -y, -z, zero, x, y, -x, zero], axis=1).reshape(-1, 3, 3)
    shifted = np.broadcast_to(np.eye(3), turned.shape)
    return first_from_ras.rotation.T @ np.concatenate([turned, shifted], axis=2)


def space_covariance(points_ras: np.ndarray, uncertainty: PoseUncertainty, first_from_ras: RigidTransform) -> np.ndarray:
    """(N, 3, 3) mm^2 along the patient's axes, of where points (N, 3) RAS mm are before the first camera."""
    motion = motion_of_points(points_ras, uncertainty.center_ras, first_from_ras)
    return motion @ uncertainty.covariance @ np.swapaxes(motion, 1, 2)


def half_widths(covariances: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """(N,) px to either side of a line within which 95 of 100 errors fall, from (N, 2, 2) px^2 and its directions (N, 2)."""
    length = np.linalg.norm(directions, axis=1)
    across = np.stack([-directions[:, 1], directions[:, 0]], axis=1) / np.where(length > 0, length, np.nan)[:, None]
    variance = np.einsum("ni,nij,nj->n", across, covariances, across)
    return np.asarray(ACROSS_95 * np.sqrt(np.maximum(variance, 0)))


def axes_of(covariances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviations (N, D), the largest first, and unit axes (N, D, D) in columns, of covariances (N, D, D)."""
    variances, axes = np.linalg.eigh(covariances)
    return np.sqrt(np.maximum(variances, 0))[:, ::-1], axes[:, :, ::-1]


def ellipse(center: np.ndarray, covariance: np.ndarray, corners: int = 32) -> np.ndarray:
    """(corners, 2) px of the ellipse in which 95 of 100 errors of a point (2,) fall, from its covariance (2, 2) px^2."""
    deviations, axes = axes_of(covariance[None])
    angles = 2 * np.pi * np.arange(corners) / corners
    circle = np.stack([np.cos(angles), np.sin(angles)])
    return np.asarray(center + ELLIPSE_95 * ((axes[0] * deviations[0]) @ circle).T)
