"""Volumes with known line integrals, and poses to look at them from."""

from __future__ import annotations

import numpy as np
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from scipy.special import erfc

EDGE_MM = 2.0
"""Width (standard deviation) of the soft edge; the grid below resolves it."""

# Left-handed, anisotropic and oblique, far from the origin.
RAS_FROM_IJK = RigidTransform.from_rotation_vector([0.3, -0.4, 0.5], [120.0, -80.0, 900.0]).matrix @ np.diag(
    [-1.1, 1.0, 1.6, 1]
)
SHAPE = (52, 80, 72)  # K, J, I
CAMERA = Camera.from_detector((40, 32), (4.0, 4.5), 1000.0, (21.3, 14.2))


def ras_of(ijk):
    return np.asarray(ijk, dtype=float) @ RAS_FROM_IJK[:3, :3].T + RAS_FROM_IJK[:3, 3]


CENTER_RAS = ras_of([34, 41, 26])


def soft_ellipsoid(points_ras, semi_axes_mm, center_ras=CENTER_RAS):
    """1 within, 0 outside, by the error function across an edge about 2 mm wide."""
    scaled = (points_ras - center_ras) / semi_axes_mm
    radius = np.linalg.norm(scaled, axis=-1)
    return 0.5 * erfc((radius - 1) * np.min(semi_axes_mm) / (np.sqrt(2) * EDGE_MM))


def volume_of(function):
    k, j, i = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    return function(ras_of(np.stack([i, j, k], axis=-1)))


def integrals_of(function, camera, camera_from_ras, samples=1200, half_length_mm=70.0):
    """Line integrals of a function of RAS points, by a fine midpoint rule along every ray in front of the source."""
    v, u = np.mgrid[: camera.height, : camera.width]
    directions = camera.back_project(np.stack([u, v], axis=-1))
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    ras_from_camera = camera_from_ras.inverse()
    middle = np.linalg.norm(camera_from_ras.apply(CENTER_RAS))
    start = max(0.0, middle - half_length_mm)
    step = (middle + half_length_mm - start) / samples
    total = np.zeros((camera.height, camera.width))
    for n in range(samples):
        total += function(ras_from_camera.apply(directions * (start + (n + 0.5) * step)))
    return total * step


def looking_along(axis_ijk, depth_mm=800.0, shift_mm=(3.0, -4.0), roll_deg=20.0):
    """A pose whose principal ray runs along a direction of the voxel grid (given in voxels)."""
    forward = RAS_FROM_IJK[:3, :3] @ np.asarray(axis_ijk, dtype=float)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.2, 0.5, 0.9])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    rotation = RigidTransform.from_rotation_vector([0, 0, np.radians(roll_deg)]).rotation @ rotation
    return RigidTransform(rotation, np.array([*shift_mm, depth_mm]) - rotation @ CENTER_RAS)


VIEWS = {
    "along i": looking_along([1, 0.1, 0.05]),
    "along j, backwards": looking_along([0.1, -1, 0.1]),
    "along k": looking_along([0.05, 0.1, 1]),
    "45 degrees": looking_along([1, 1, 0]),
    "diagonal": looking_along([-1, 1, -1]),
}
