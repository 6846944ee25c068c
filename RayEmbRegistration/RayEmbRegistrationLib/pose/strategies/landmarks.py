"""An attempt from detected landmarks: detect in every view, find poses that suit them, refine these."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from RayEmbRegistrationLib.detector.detection import DetectionSettings, detect
from RayEmbRegistrationLib.detector.networks.fixed_landmarks import detect_fixed
from RayEmbRegistrationLib.detector.templates import TemplateSettings, make_templates
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.pose.alignment.schedule import FROM_LANDMARKS, around
from RayEmbRegistrationLib.pose.landmarks.landmark_pose import (
    DetectedView,
    LandmarkPose,
    LandmarkPoseSettings,
    at_other_depths,
    judged,
    poses_from_landmarks,
)
from RayEmbRegistrationLib.pose.landmarks.pnp import Bounds
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.work import Attempt, Member, Work, depth_range, refined, scene_of
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.conditioning import condition, levelled
from RayEmbRegistrationLib.xray.radiograph import Radiograph

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

INLIER_MM = 6.0
SAME_DEPTH = 0.03  # poses whose depths differ by less are not both tried
POLARITIES = 2  # combinations of the views' polarities refined
NEARBY_SIZE, NEARBY_POSES = (8.0, 8.0), 10  # of further starts around the best pose so far: degrees and mm, how many


@dataclass(frozen=True, eq=False)
class LandmarkFinder:
    """A way to detect landmarks.

    Attributes:
        find: gets a radiograph under each polarity to try and a guess of the bone's depth in mm; detections, best first.
        rotations: (S, 3, 3) of the template sets, or None where a detection says nothing of the view.
    """

    find: Callable[[Mapping[bool, Radiograph], float], Sequence[Landmarks]]
    rotations: np.ndarray | None = None


def template_finder(prepared: PreparedCT, in_plane_deg: float) -> LandmarkFinder:
    """RayEmb's: the subspaces of the prepared templates.

    Raises:
        InputProblem: the CT was prepared without.
    """
    if prepared.templates is None or prepared.encoder is None:
        raise InputProblem(
            "the CT was prepared without landmark templates; prepare it again with weights (PrepareSettings.weights), "
            "or choose the method 'search'"
        )

    def find(radiographs: Mapping[bool, Radiograph], depth_mm: float) -> Sequence[Landmarks]:
        settings = DetectionSettings(depth_mm=depth_mm, in_plane_deg=in_plane_deg)
        return detect(prepared.encoder, prepared.templates, radiographs, settings)

    return LandmarkFinder(find, prepared.templates.rotations)


def fixed_finder(prepared: PreparedCT) -> LandmarkFinder:
    """By the network for this patient's own points.

    Raises:
        InputProblem: the CT was prepared without.
    """
    fixed = prepared.fixed
    if fixed is None:
        raise InputProblem(
            "the CT was prepared without fixed landmarks; train their network with 'train --fixed-landmarks' and prepare "
            "the CT with its weights"
        )
    return LandmarkFinder(lambda radiographs, depth_mm: detect_fixed(fixed, radiographs, depth_mm))


def finder_around(prepared: PreparedCT, camera_from_ras: RigidTransform) -> LandmarkFinder:
    """RayEmb's by a set of templates rendered around a pose."""
    sets = prepared.templates
    again = make_templates(
        prepared.template_projector(),
        prepared.encoder,
        sets.points_ras,
        prepared.center_ras,
        camera_from_ras.rotation[None],
        TemplateSettings(sets.pixel_mm, sets.depth_mm, sets.template_poses.shape[1]),
    )

    def find(radiographs: Mapping[bool, Radiograph], depth_mm: float) -> Sequence[Landmarks]:
        return detect(prepared.encoder, again, radiographs, DetectionSettings(depth_mm=depth_mm, in_plane_deg=0.0))

    return LandmarkFinder(find, again.rotations)


def from_landmarks(
    work: Work, members: Sequence[Member], finder: LandmarkFinder, persistent: bool, convincing: float
) -> tuple[Attempt | None, tuple[tuple[Landmarks, ...], ...]]:
    """The best pose that the landmarks lead to, None where they determine none; and by view what was detected.

    Args:
        work: the registration.
        members: the views.
        finder: of the landmarks.
        persistent: look around the best poses too where they do not convince.
        convincing: similarity from which no further effort is made.
    """
    finders, unknown = [finder] * len(members), [None] * len(members)
    views = detect_in_views(work, members, finders, unknown)
    detected = tuple(tuple(view.detections) for view in views)
    best = _refined(work, members, views, convincing)
    if best is None or best.similarity < convincing:  # what open beam or metal hides shows where grey values are spread
        views = detect_in_views(work, members, finders, unknown, seen_as=levelled)
        detected = tuple((*old, *view.detections) for old, view in zip(detected, views, strict=True))
        best = _better(best, _refined(work, members, views, convincing))
    if persistent and best is not None and best.similarity < convincing:
        best = _better(best, _refined_nearby(work, best))
    if best is not None and work.settings.redetect and finder.rotations is not None:
        pose = RigidTransform.from_matrix(best.climbed.best.poses[0].cpu().numpy())
        placed = [RigidTransform.from_matrix(member.camera_from_first) @ pose for member in members]
        finders = [finder_around(work.prepared, each) for each in placed]
        views = detect_in_views(work, members, finders, [view.bone_is_bright for view in best.scene.views], placed)
        detected = tuple((*old, *view.detections) for old, view in zip(detected, views, strict=True))
        best = _better(best, _refined(work, members, views, convincing))
    return (None if best is None else replace(best, detected=detected)), detected


def detect_in_views(
    work: Work,
    members: Sequence[Member],
    finders: Sequence[LandmarkFinder],
    polarities: Sequence[bool | None],
    poses: Sequence[RigidTransform] | None = None,
    seen_as: Callable[[Radiograph], Radiograph] | None = None,
) -> list[DetectedView]:
    """Landmarks of every view, under both polarities where neither the file nor ``polarities`` tell.

    Args:
        work: the registration.
        members: the views.
        finders: of the landmarks, by view.
        polarities: by view; None where unknown.
        poses: where the bone is thought to be, by view, for its depth.
        seen_as: what to do to the radiographs before landmarks are looked for.
    """
    since = time.perf_counter()
    views = []
    for number, (member, finder, known) in enumerate(zip(members, finders, polarities, strict=True)):
        work.report(0.02 + 0.1 * number / len(members), "detecting landmarks")
        flag = known if member.view.bone_is_bright is None else member.view.bone_is_bright
        flags = (False, True) if flag is None else (flag,)
        radiographs = {flag: condition(member.field, member.camera, flag, member.view.intensity) for flag in flags}
        if seen_as is not None:
            radiographs = {flag: seen_as(radiograph) for flag, radiograph in radiographs.items()}
        depth_mm = depth_range(work, members, number)
        guess = float(np.sqrt(depth_mm[0] * depth_mm[1]))
        if poses is not None:
            guess = float(poses[number].apply(work.prepared.center_ras)[2])
        found = tuple(finder.find(radiographs, guess))
        views.append(DetectedView(member.camera, member.camera_from_first, found, depth_mm, finder.rotations))
    work.timed("detect", since)
    return views


def best_agreeing(detected: Sequence[Landmarks], camera: Camera, camera_from_ras: RigidTransform) -> Landmarks | None:
    """The detection of a view that agrees best with the final pose, its inliers marked; None where there is none."""
    flagged = [judged(landmarks, camera, camera_from_ras, INLIER_MM) for landmarks in detected]
    return max(flagged, key=lambda landmarks: int(landmarks.inliers.sum()), default=None)


def _refined(work: Work, members: Sequence[Member], views: Sequence[DetectedView], convincing: float) -> Attempt | None:
    """Refine the hypotheses of the likeliest polarities, until one convinces; None where the landmarks give no pose."""
    since = time.perf_counter()
    settings = LandmarkPoseSettings(seed=work.settings.seed)
    hypotheses = poses_from_landmarks(views, work.prepared.center_ras, settings)
    work.timed("landmark poses", since)
    attempts = []
    for bright in list(dict.fromkeys(hypothesis.bone_is_bright for hypothesis in hypotheses))[:POLARITIES]:
        scene = scene_of(work, members, bright, views[0].depth_mm)
        own = [hypothesis for hypothesis in hypotheses if hypothesis.bone_is_bright == bright]
        attempts.append(refined(work, scene, _starts(work, own, views, settings), FROM_LANDMARKS))
        if attempts[-1].similarity >= convincing:
            break
    return max(attempts, key=lambda attempt: attempt.evidence, default=None)


def _refined_nearby(work: Work, best: Attempt) -> Attempt:
    """Refine poses around the best one."""
    pose = best.climbed.best.poses[0].cpu().numpy()
    nearby = around(pose, work.prepared.center_ras, NEARBY_SIZE, NEARBY_POSES, work.rng)
    return refined(work, best.scene, nearby, FROM_LANDMARKS)


def _better(one: Attempt | None, other: Attempt | None) -> Attempt | None:
    """The attempt of more evidence; None where there is neither."""
    return max((each for each in (one, other) if each is not None), key=lambda attempt: attempt.evidence, default=None)


def _starts(
    work: Work, hypotheses: Sequence[LandmarkPose], views: Sequence[DetectedView], settings: LandmarkPoseSettings
) -> torch.Tensor:
    """(B, 4, 4) the hypotheses, of a single view at several depths."""
    center = work.prepared.center_ras
    bounds = Bounds(center, views[0].depth_mm)
    middle = float(np.sqrt(np.prod(views[0].depth_mm)))
    poses = []
    for each in hypotheses:
        own = float((each.pose @ np.append(center, 1))[2])
        usual = [middle * share / own for share in settings.usual_depths] if len(views) == 1 else []
        shares = [1.0, *(share for share in usual if abs(share - 1) > SAME_DEPTH)]
        poses += at_other_depths(each.pose, bounds, shares)
    return torch.as_tensor(np.stack(poses))
