"""A bone, its X-ray and its DRR by formulas, for tests of the scene layer: no data, no torch."""

from __future__ import annotations

import numpy as np
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationScene.plainData import LandmarkData, ViewData

BALLS_RAS = np.array([[0, 0, 0], [60, 10, 20], [-50, 20, 45], [15, -40, -60], [-30, 5, -35], [45, 30, -20]], dtype=float)
RADII = np.array([30.0, 14, 17, 20, 12, 9])


def oblique_pose() -> RigidTransform:
    """A C-arm 30 degrees oblique, so that no axis of camera and patient agree."""
    frontal = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # the source before the patient's back, head on top
    tilt = RigidTransform.from_rotation_vector(np.radians([12, 28, -7]))
    return RigidTransform(tilt.rotation @ frontal, (6.0, -9.0, 780.0))


def camera(width: int = 320, height: int = 240) -> Camera:
    """Off-centre principal point, pixels that are not square, wider than high."""
    return Camera.from_detector((width, height), (1.0, 1.1), 1050.0, (width * 0.56, height * 0.43))


def project_balls(view: Camera, pose: RigidTransform) -> np.ndarray:
    """(H, W) exact lengths in mm that the rays run in the balls: a DRR."""
    rows, columns = np.mgrid[: view.height, : view.width]
    rays = view.back_project(np.stack([columns, rows], axis=-1))
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    lengths = np.zeros(rays.shape[:2])
    for center, radius in zip(pose.apply(BALLS_RAS), RADII, strict=True):
        miss_squared = (center**2).sum() - (rays @ center) ** 2
        lengths += 2 * np.sqrt(np.clip(radius**2 - miss_squared, 0, None))
    return lengths


def xray(view: Camera, pose: RigidTransform, seed: int = 0) -> np.ndarray:
    """(H, W) uint16: the balls within soft tissue, bone bright, some noise."""
    lengths = project_balls(view, pose)
    rows = np.linspace(0, 1, view.height)[:, None]
    noise = np.random.default_rng(seed).normal(0, 25, lengths.shape)
    return np.clip(900 + 600 * rows + 30 * lengths + noise, 0, 65535).astype(np.uint16)


def landmarks(view: Camera, pose: RigidTransform, seed: int = 0) -> LandmarkData:
    """Points on the balls, detected to 2 px; every fifth is an outlier."""
    random = np.random.default_rng(seed)
    directions = random.normal(size=(30, 3))
    balls = np.arange(30) % len(BALLS_RAS)
    points = BALLS_RAS[balls] + RADII[balls, None] * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    true = view.project(pose.apply(points))
    used = np.arange(30) % 5 != 4
    detected = true + random.normal(0, 2, true.shape) + np.where(used[:, None], 0, random.normal(0, 40, true.shape))
    return LandmarkData(points, detected, used, truePx=true, scores=random.random(30))


def view_data(view: Camera | None = None, pose: RigidTransform | None = None, **changes) -> ViewData:
    view, pose = view or camera(), pose or oblique_pose()
    start = RigidTransform.from_rotation_vector(np.radians([3, -8, 5]), (12, 5, 40)) @ pose
    steps = [
        RigidTransform.from_rotation_vector(np.radians([3, -8, 5]) * s, np.array([12, 5, 40]) * s) @ pose
        for s in (1, 0.6, 0.2, 0)
    ]
    given = {
        "image": xray(view, pose),
        "cameraFromRas": pose,
        "drr": project_balls(view, pose),
        "landmarks": landmarks(view, pose),
        "initialPose": start,
        "truePose": RigidTransform.from_rotation_vector((0, 0, 0.01), (1, 1, 5)) @ pose,
        "trajectory": steps,
    }
    return ViewData(view, **{**given, **changes})


def ball_volume(spacing: float = 2.0, oblique: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """(K, J, I) HU of the balls and (4, 4) ras_from_ijk, turned against the patient's axes where oblique."""
    turn = RigidTransform.from_rotation_vector(np.radians([10, -20, 35] if oblique else [0, 0, 0])).rotation
    ras_from_ijk = np.eye(4)
    size = np.array([100, 90, 110])
    ras_from_ijk[:3, :3] = turn * spacing
    ras_from_ijk[:3, 3] = -ras_from_ijk[:3, :3] @ ((size - 1) / 2)
    k, j, i = np.mgrid[: size[2], : size[1], : size[0]]
    points = np.stack([i, j, k], axis=-1) @ ras_from_ijk[:3, :3].T + ras_from_ijk[:3, 3]
    values = np.full(points.shape[:3], -1000.0, np.float32)
    for center, radius in zip(BALLS_RAS, RADII, strict=True):
        distance = np.linalg.norm(points - center, axis=-1)
        values = np.maximum(values, np.clip(1000 * (radius - distance) / spacing, -1000, 1000))
    return values, ras_from_ijk
