"""Poses to start from: landmark pairs, a user's pose, the search; and the depth that the geometry allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera, RigidTransform

from .bank import DrrBank
from .ladder import Scene, distinct
from .levels import Rung, make_terms
from .refinement import evaluate
from .search import Hypothesis

PATIENT_BETWEEN = (0.53, 0.93)  # share of the source-to-detector distance at which a bone's centre can be
JOINT_RUNG = Rung(22, 5, 0)
JOINT_CANDIDATES = 150
POSES_AT_ONCE = 64


def depth_from_geometry(camera: Camera) -> tuple[float, float]:
    """(least, most) distance in mm of the bone's centre from the source: the patient is between source and detector."""
    return tuple(share * camera.source_to_detector_mm for share in PATIENT_BETWEEN)


def depth_seen_by_all(cameras: Sequence[Camera], camera_from_first: Sequence[np.ndarray]) -> tuple[float, float]:
    """(least, most) depth in the first camera at which the fields of all calibrated cameras overlap.

    Raises:
        ValueError: the fields do not overlap.
    """
    first = cameras[0]
    depths = np.geomspace(50.0, 5000.0, 400)
    u, v = np.meshgrid(np.linspace(0, first.width - 1, 7), np.linspace(0, first.height - 1, 7))
    points = first.back_project(np.stack([u, v], axis=-1).reshape(1, -1, 2), depths[:, None])
    seen = np.ones(points.shape[:2], dtype=bool)
    for camera, matrix in zip(cameras[1:], camera_from_first[1:], strict=True):
        pixels = camera.project(points @ matrix[:3, :3].T + matrix[:3, 3])
        with np.errstate(invalid="ignore"):
            seen &= ((pixels >= -0.5) & (pixels <= np.array(camera.image_size) - 0.5)).all(axis=-1)
    usable = depths[seen.any(axis=1)]
    if len(usable) == 0:
        raise ValueError("the fields of the calibrated views do not overlap; check world_to_camera of each camera file")
    return float(usable[0]), float(usable[-1])


def pose_from_landmarks(camera: Camera, points_ras: np.ndarray, pixels: np.ndarray) -> RigidTransform:
    """The pose that projects points (N, 3) onto pixels (N, 2), N at least 4 (PnP: SQPnP, then Levenberg-Marquardt).

    Raises:
        ValueError: too few or degenerate pairs.
    """
    import cv2

    points, pixels = np.asarray(points_ras, dtype=np.float64), np.asarray(pixels, dtype=np.float64)
    if len(points) < 4:
        raise ValueError(f"{len(points)} landmark pairs are too few for a pose; give at least 4, better 6 or more")
    if np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[1] < 1.0:
        raise ValueError("the landmarks lie on a line, which leaves a turn about it open; add a landmark beside it")
    normalized = camera.back_project(pixels)[:, :2]
    found, rotations, translations, _ = cv2.solvePnPGeneric(points, normalized, np.eye(3), None, flags=cv2.SOLVEPNP_SQPNP)
    for first_turn, first_shift in zip(rotations, translations, strict=True) if found else ():
        rotation, translation = cv2.solvePnPRefineLM(points, normalized, np.eye(3), None, first_turn, first_shift)
        pose = RigidTransform(cv2.Rodrigues(rotation)[0], translation[:, 0])
        if (pose.apply(points)[:, 2] > 0).all():
            return pose
    raise ValueError("no pose puts the landmarks in front of the source; check that 3D and 2D points are paired rightly")


def matrices(hypotheses: Sequence[Hypothesis]) -> torch.Tensor:
    """(B, 4, 4) float64."""
    return torch.as_tensor(np.stack([hypothesis.pose.matrix for hypothesis in hypotheses]))


def joint_candidates(
    scene: Scene, found: Sequence[Sequence[Hypothesis]], depths_mm: Sequence[float], count: int
) -> torch.Tensor:
    """Poses (B, 4, 4) that suit all calibrated views, from what each view's own search proposes.

    One view fixes a pose but for its depth: each proposal is slid along its ray and all views are asked.
    """
    center = np.append(scene.limits.center_ras, 1)
    poses = []
    for view, hypotheses in zip(scene.views, found, strict=True):
        first_from_view = np.linalg.inv(view.camera_from_first)
        own = matrices(hypotheses)
        own = own[distinct(own, scene.limits.center_ras, JOINT_CANDIDATES)].numpy()
        at = own @ center
        for depth in depths_mm:
            moved = own.copy()
            moved[:, :3, 3] += at[:, :3] * (depth / at[:, 2:3] - 1)
            poses.append(first_from_view @ moved)
    poses = torch.as_tensor(np.concatenate(poses), device=scene.prepared.device)
    terms = make_terms(scene.views, scene.prepared, poses, JOINT_RUNG)
    evidence = [
        evaluate(terms, poses[start : start + POSES_AT_ONCE], scene.limits.center_ras, derivatives=False).evidence
        for start in range(0, len(poses), POSES_AT_ONCE)
    ]
    poses = poses[torch.cat(evidence).argsort(descending=True)]
    return poses[distinct(poses, scene.limits.center_ras, count)]


def needs_bank(bank: DrrBank | None) -> DrrBank:
    """The bank, or a sentence that says how to get one."""
    if bank is None:
        raise ValueError("without a start pose the CT must be prepared with views (PrepareSettings.bank)")
    return bank
