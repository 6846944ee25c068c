"""From where training looks: set centres, templates around them, and X-rays within reach of the templates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from RayEmbRegistrationLib.detector.templates import DEPTH_MM, TILT_DEG, template_tilts
from RayEmbRegistrationLib.pose.views import ViewPrior, upright_rotation


@dataclass(frozen=True)
class ViewDistribution:
    """How views are drawn. Angles in degrees, lengths in mm; the ranges of X-rays are about a set's centre.

    Attributes:
        template_tilt: of the templates from the set's centre, along the image's diagonals.
        template_jitter: standard deviation of each template's own rotation.
        tilt: X-rays look at the bone from within this angle of the centre, evenly over the disc.
        in_plane: X-rays are turned in their plane by up to this.
        source_tilt: the X-ray's detector may face away from the bone by up to this.
        depth_mm: typical distance of the bone from the source, that of the templates.
        depth_range: X-rays' distance, as multiples of it.
        scale_spread: standard deviation of the logarithm of an X-ray's scale: the depth is a guess at detection.
    """

    template_tilt: float = TILT_DEG
    template_jitter: float = 1.5
    tilt: float = 28.0
    in_plane: float = 20.0
    source_tilt: float = 8.0
    depth_mm: float = DEPTH_MM
    depth_range: tuple[float, float] = (0.7, 1.3)
    scale_spread: float = 0.08


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    """(3, 3) camera_from_ras, any direction and any roll alike."""
    return Rotation.random(random_state=rng).as_matrix()


def rotation_in_prior(prior: ViewPrior, rng: np.random.Generator) -> np.ndarray:
    """(3, 3) camera_from_ras of a view of the prior: directions evenly over its part of the sphere, then in-plane."""
    if prior.in_plane_deg >= 180 and np.ptp(prior.primary_deg) >= 360 and np.ptp(prior.secondary_deg) >= 180:
        return random_rotation(rng)
    primary = np.radians(rng.uniform(*prior.primary_deg))
    low, high = np.sin(np.radians(prior.secondary_deg))
    up = rng.uniform(low, high)
    level = np.sqrt(1 - up * up)
    direction = np.array([-np.sin(primary) * level, np.cos(primary) * level, up])  # DICOM's angles, see geometry.c_arm
    turn = Rotation.from_euler("z", rng.uniform(-prior.in_plane_deg, prior.in_plane_deg), degrees=True)
    return turn.as_matrix() @ upright_rotation(direction)


def template_rotations(
    center: np.ndarray, count: int, views: ViewDistribution, rng: np.random.Generator | None = None
) -> np.ndarray:
    """(T, 3, 3) camera_from_ras of the templates around a set's centre; jittered with ``rng``."""
    tilts = Rotation.from_matrix(template_tilts(count, views.template_tilt))
    if rng is not None:
        tilts = Rotation.from_rotvec(np.radians(rng.normal(0, views.template_jitter, (count, 3)))) * tilts
    return tilts.as_matrix() @ center


def xray_rotation(center: np.ndarray, views: ViewDistribution, rng: np.random.Generator) -> np.ndarray:
    """(3, 3) camera_from_ras of an X-ray whose direction lies within the disc of tilts around a set's centre."""
    angle = np.radians(views.tilt) * np.sqrt(rng.random())
    toward = rng.uniform(0, 2 * np.pi)
    return Rotation.from_rotvec(angle * np.array([np.cos(toward), np.sin(toward), 0.0])).as_matrix() @ center


def turn_about_source(views: ViewDistribution, rng: np.random.Generator) -> np.ndarray:
    """(3, 3) rotation of the camera about its source: in the plane, then out of it. A homography of the image."""
    angle = np.radians(views.source_tilt) * np.sqrt(rng.random())
    toward = rng.uniform(0, 2 * np.pi)
    out_of_plane = Rotation.from_rotvec(angle * np.array([np.cos(toward), np.sin(toward), 0.0]))
    in_plane = Rotation.from_euler("z", rng.uniform(-views.in_plane, views.in_plane), degrees=True)
    return (out_of_plane * in_plane).as_matrix()
