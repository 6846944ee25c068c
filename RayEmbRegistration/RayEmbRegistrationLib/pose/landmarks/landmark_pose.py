"""Poses from detected landmarks: several hypotheses, from several detections of one or several views."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.rigid import rotation_from_vector
from RayEmbRegistrationLib.pose.alignment.schedule import ALIKE_DEG, ALIKE_MM

from .least_squares import Bounds, Pairs, refine_pnp
from .pnp import consensus, is_determined, support

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

INLIER_MM = 6.0  # chosen: about the landmark error of bench choices, 7 mm
LEAST_WEIGHT = 0.02  # of a landmark, so that none is lost for a wrong probability; chosen
PLAUSIBLE_DEG, ROUNDS = 60.0, 2  # chosen: the expected view is the prior's, and twice round settles which landmarks count
# Chosen: one view's pose is off in depth by that and more, which the other view shows.
JOINT_TOLERANCE_MM, JOINT_STEP_MM, JOINT_BEST = 10.0, 10.0, 3


@dataclass(frozen=True)
class LandmarkPoseSettings:
    """Choices.

    Attributes:
        consensus_mm: tolerance of the consensus, at the bone.
        tolerances_mm: of the least squares that follow; each gives hypotheses of its own.
        judged_mm: tolerance by which hypotheses are ranked and landmarks called inliers.
        count: distinct poses kept, at least.
        count_share: and at least so many a detection of a view: with more detections more wrong poses find support.
        usual_depths: one view hardly shows the depth, so each pose is also tried at these shares of the middle of the range.
        seed: of the random samples.
    """

    consensus_mm: float = 5.0
    tolerances_mm: tuple[float, ...] = (3.0, 6.0)
    judged_mm: float = 6.0
    count: int = 6
    count_share: float = 1.5
    usual_depths: tuple[float, ...] = (0.95, 1.05, 1.15)
    seed: int = 0


@dataclass(frozen=True, eq=False)
class ViewDetections:
    """What was detected in one view.

    Attributes:
        camera: of the image whose pixels the landmarks are in.
        camera_from_first: (4, 4) relative to the first view.
        detections: alternatives, best first: several views, turns or polarities of the templates.
        depth_mm: (least, most) distance of the bone's centre from this view's source.
        rotations: (S, 3, 3) central camera_from_ras rotation of each template set: a pose far from that of the set that
            matched is a mirror image's or chance. None: any rotation will do.
    """

    camera: Camera
    camera_from_first: np.ndarray
    detections: Sequence[Landmarks]
    depth_mm: tuple[float, float]
    rotations: np.ndarray | None = None

    def expected(self, landmarks: Landmarks) -> np.ndarray | None:
        """(3, 3) rotation under which the X-ray looks like the templates that matched."""
        if self.rotations is None:
            return None
        return (
            rotation_from_vector(np.array([0, 0, -np.radians(landmarks.rotation_deg)])) @ self.rotations[landmarks.set_index]
        )


@dataclass(frozen=True, eq=False)
class LandmarkPose:
    """A hypothesis.

    Attributes:
        pose: (4, 4), first camera from RAS.
        support: weighted count of the landmarks that agree.
        bone_is_bright: polarity of each view under which its landmarks were detected.
    """

    pose: np.ndarray
    support: float
    bone_is_bright: tuple[bool, ...]


def poses_from_landmarks(
    views: Sequence[ViewDetections], center_ras: np.ndarray, settings: LandmarkPoseSettings | None = None
) -> list[LandmarkPose]:
    """Distinct poses, best supported first; none where the landmarks do not determine any.

    Args:
        views: one, or several of a rig, which share one pose.
        center_ras: (3,) the bone's centre, mm.
        settings: choices.
    """
    settings = settings or LandmarkPoseSettings()
    center = np.asarray(center_ras, dtype=np.float64)
    detections = [(number, view, each) for number, view in enumerate(views) for each in view.detections]

    def alone(part: tuple[int, ViewDetections, Landmarks]) -> list[np.ndarray]:
        _, view, detection = part
        return _of_one(_pairs(view, detection), Bounds(center, view.depth_mm), settings, view.expected(detection))

    # Most of the time is spent within OpenCV, which lets other threads go on.
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        poses = list(pool.map(alone, detections))
    found = []
    for (number, view, detection), own in zip(detections, poses, strict=True):
        for pose in own:
            if len(views) == 1:
                weight = support(_pairs(view, detection), pose, settings.judged_mm)
                found.append(LandmarkPose(pose, weight, (detection.bone_is_bright,)))
            else:
                bounds = Bounds(center, views[0].depth_mm)
                found += _of_all(views, number, detection, pose, bounds, settings)
    found.sort(key=lambda hypothesis: -hypothesis.support)
    count = max(settings.count, round(settings.count_share * max((len(view.detections) for view in views), default=0)))
    return _distinct(found, center)[:count]


def at_other_depths(pose: np.ndarray, bounds: Bounds, shares: Sequence[float]) -> list[np.ndarray]:
    """The pose (4, 4) with the bone's centre slid along its ray to shares of its depth, within bounds, each once."""
    center = pose[:3, :3] @ bounds.center_ras + pose[:3, 3]
    depths = dict.fromkeys(float(np.clip(center[2] * share, *bounds.depth_mm)) for share in shares)
    slid = []
    for depth in depths:
        moved = pose.copy()
        moved[:3, 3] += center * (depth / center[2] - 1)
        slid.append(moved)
    return slid


def judged(landmarks: Landmarks, camera: Camera, camera_from_ras: RigidTransform, tolerance_mm: float) -> Landmarks:
    """The landmarks, those marked as inliers that a pose projects to within a tolerance (mm at the bone)."""
    depth = camera_from_ras.apply(landmarks.points_ras)[:, 2]
    view = ViewDetections(camera, np.eye(4), (), (0.0, np.inf))
    found = landmarks.scores > 0
    near = np.zeros(len(landmarks), dtype=bool)
    near[found] = _pairs(view, landmarks, float(np.median(depth))).residuals_mm(camera_from_ras.matrix) < tolerance_mm
    return landmarks.with_inliers(near)


def best_agreeing(detected: Sequence[Landmarks], camera: Camera, camera_from_ras: RigidTransform) -> Landmarks | None:
    """The detection of a view that agrees best with the final pose, its inliers marked; None where there is none."""
    flagged = [judged(landmarks, camera, camera_from_ras, INLIER_MM) for landmarks in detected]
    return max(flagged, key=lambda landmarks: int(landmarks.inliers.sum()), default=None)


def _pairs(view: ViewDetections, landmarks: Landmarks, scale_mm: float | None = None) -> Pairs:
    """A detection as rays of its own camera, without the points that were not found."""
    landmarks = landmarks.chosen(landmarks.scores > 0)
    rays = view.camera.back_project(landmarks.pixels)[:, :2]
    weights = np.clip(np.asarray(landmarks.probability, dtype=np.float64), LEAST_WEIGHT, 1)
    points = np.asarray(landmarks.points_ras, dtype=np.float64)
    return Pairs(points, rays, weights, np.eye(4), scale_mm or float(np.sqrt(np.prod(view.depth_mm))))


def _of_one(
    pairs: Pairs, bounds: Bounds, settings: LandmarkPoseSettings, expected: np.ndarray | None = None
) -> list[np.ndarray]:
    """Poses (4, 4) of one detection, one for each tolerance at most.

    Where most agree on a rotation that the templates exclude, those are set aside and the others asked.
    """
    left = pairs
    for _ in range(ROUNDS):
        first = consensus(left, settings.consensus_mm, settings.seed)
        if first is None:
            break
        refined = (refine_pnp([left], first, bounds, tolerance) for tolerance in settings.tolerances_mm)
        poses = [pose for pose in refined if pose is not None and is_determined([left], pose, settings.judged_mm)]
        plausible = [pose for pose in poses if expected is None or _angle_deg(pose[:3, :3], expected) < PLAUSIBLE_DEG]
        if plausible or not poses:
            return plausible
        far = left.residuals_mm(poses[0]) > settings.judged_mm
        left = replace(left, points_ras=left.points_ras[far], rays=left.rays[far], weights=left.weights[far])
    return []


def _of_all(
    views: Sequence[ViewDetections],
    number: int,
    detection: Landmarks,
    pose: np.ndarray,
    bounds: Bounds,
    settings: LandmarkPoseSettings,
) -> list[LandmarkPose]:
    """What suits all views, from one view's pose: slid along its ray, where the others' best detections support it."""
    view = views[number]
    low, high = view.depth_mm
    depths = np.arange(low, high + JOINT_STEP_MM, JOINT_STEP_MM)
    at = (pose[:3, :3] @ bounds.center_ras + pose[:3, 3])[2]
    first_from_view = np.linalg.inv(view.camera_from_first)
    slid = [first_from_view @ p for p in at_other_depths(pose, replace(bounds, depth_mm=view.depth_mm), depths / at)]
    candidates = [[detection] if n == number else other.detections for n, other in enumerate(views)]
    placed = [
        [replace(_pairs(v, d), camera_from_first=v.camera_from_first) for d in own]
        for v, own in zip(views, candidates, strict=True)
    ]
    rated = []
    for start in slid:
        amounts = [[support(p, start, JOINT_TOLERANCE_MM) for p in own] for own in placed]
        chosen = [int(np.argmax(own)) if own else None for own in amounts]
        rated.append((sum(max(own, default=0.0) for own in amounts), chosen, start))
    rated.sort(key=lambda item: -item[0])
    found = []
    for _, chosen, start in rated[:JOINT_BEST]:
        pairs = [own[c] for own, c in zip(placed, chosen, strict=True) if c is not None]
        moved = refine_pnp(pairs, start, bounds, min(settings.tolerances_mm))
        if moved is not None and is_determined(pairs, moved, settings.judged_mm):
            bright = tuple(False if c is None else own[c].bone_is_bright for own, c in zip(candidates, chosen, strict=True))
            found.append(LandmarkPose(moved, sum(support(p, moved, settings.judged_mm) for p in pairs), bright))
    return found


def _distinct(found: Sequence[LandmarkPose], center_ras: np.ndarray) -> list[LandmarkPose]:
    """Those that differ from all better ones in view, place on the image or polarity; depth is tried apart."""
    kept: list[LandmarkPose] = []
    for each in found:
        own = each.pose[:3, :3] @ center_ras + each.pose[:3, 3]
        for other in kept:
            its = other.pose[:3, :3] @ center_ras + other.pose[:3, 3]
            shift = (own / own[2] - its / its[2])[:2] * its[2]
            alike = _angle_deg(each.pose[:3, :3], other.pose[:3, :3]) < ALIKE_DEG and np.hypot(*shift) < ALIKE_MM
            if alike and each.bone_is_bright == other.bone_is_bright:
                break
        else:
            kept.append(each)
    return kept


def _angle_deg(one: np.ndarray, other: np.ndarray) -> float:
    """Angle between two rotations (3, 3)."""
    return float(np.degrees(np.arccos(np.clip((np.trace(one.T @ other) - 1) / 2, -1, 1))))
