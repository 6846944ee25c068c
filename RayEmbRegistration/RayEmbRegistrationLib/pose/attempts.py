"""One attempt at a registration: from a start pose, landmarks or a search; again, wider, where that does not convince."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from RayEmbRegistrationLib.pose.alignment.schedule import (
    FROM_JOINT_SEARCH,
    FROM_SEARCH,
    FROM_START,
    REFINE_ONLY,
    Scene,
    around,
    distinct,
)
from RayEmbRegistrationLib.xray.conditioning import exposure_free

from .landmarks.pnp import pose_from_landmarks
from .strategies import start as starting
from .strategies.intensity import from_intensity
from .strategies.landmarks import LandmarkFinder, fixed_finder, from_landmarks, template_finder
from .strategies.search import Hypothesis, SearchImage, SearchRange, depths_to_try, search
from .views import VIEW_PRIORS, in_plane_angles_deg
from .work import Attempt, Member, NoPoseError, Work, depth_range, polarities, refined, scene_of

CONVINCING = 0.5
"""Similarity from which a pose is believed, and no further effort made."""
CONVINCING_JOINTLY = 0.55
"""Likewise for views of a rig: a wrong pose that suits two X-rays halfway scores higher than one that suits one."""
HYPOTHESES, MORE_HYPOTHESES = 32, 96
THOROUGH_COUNT = 12_000  # hypotheses a view where nothing is known of the view but a second one will tell them apart
POLARITY_IN_DOUBT = 0.85  # share of the best score from which the other polarity is tried too
LANDMARK_UNCERTAINTY = (3.0, 3.0)
SINGLE_UNCERTAINTY, STARTS_FROM_SINGLE = (2.0, 4.0), 12  # degrees, mm; of a view registered alone
START_DEPTH_SLACK_MM = 20.0


def attempt(work: Work, members: Sequence[Member], persistent: bool = True) -> Attempt:
    """Register a group of views: around a start pose where there is one, else among all views of the prior.

    Args:
        work: the registration.
        members: the views.
        persistent: go on to less likely polarities and poses where the search's favourites do not convince.
    """
    start, method = _start_pose(work, members), method_of(work)
    if method == "intensity":
        return from_intensity(work, members, None if start is None else start[0])
    if start is not None:
        return _from_start(work, members, *start)
    if method == "search":
        return _from_search(work, members, persistent)
    convincing = CONVINCING if len(members) == 1 else CONVINCING_JOINTLY
    persistent_here = persistent and method != "both"  # the search is the better second try
    found, detected = from_landmarks(work, members, _finder(work, method), persistent_here, convincing)
    if method == "both" and (found is None or found.similarity < convincing):
        searched = replace(_from_search(work, members, persistent), by_landmarks=False)
        found = max((a for a in (found, searched) if a is not None), key=lambda attempt: attempt.evidence)
    if found is None:
        raise NoPoseError(
            "the landmarks found in the X-ray determine no pose; check camera, polarity and view prior, "
            "or choose the method 'both' or 'search'"
        )
    return replace(found, detected=detected)


def method_of(work: Work) -> str:
    """The method to use where no start pose is given."""
    default = "search" if work.prepared.templates is None else "both"
    return work.settings.method or default


def _finder(work: Work, method: str) -> LandmarkFinder:
    """What detects landmarks for a method."""
    if method == "fixed-landmarks":
        return fixed_finder(work.prepared)
    return template_finder(work.prepared, VIEW_PRIORS[work.settings.view].in_plane_deg)


def has_start(members: Sequence[Member]) -> bool:
    """Whether a view comes with a pose or landmarks."""
    return any(member.view.start is not None or member.view.points_ras is not None for member in members)


def _start_pose(work: Work, members: Sequence[Member]) -> tuple[np.ndarray, tuple[float, float]] | None:
    """First camera from RAS, and how far it may be off (degrees, mm); landmarks come before a pose."""
    uncertainty = (work.settings.start_rotation_deg, work.settings.start_translation_mm)
    for member in members:
        if member.view.points_ras is not None:
            pose = pose_from_landmarks(member.camera, member.view.points_ras, member.view.points_px)
            return np.linalg.inv(member.camera_from_first) @ pose.matrix, tuple(
                np.minimum(LANDMARK_UNCERTAINTY, uncertainty)
            )
    for member in members:
        if member.view.start is not None:
            return np.linalg.inv(member.camera_from_first) @ member.view.start.matrix, uncertainty
    return None


def _from_start(work: Work, members: Sequence[Member], pose: np.ndarray, size: tuple[float, float]) -> Attempt:
    """Look around a start pose, with either polarity where it is unknown."""
    center = work.prepared.center_ras
    depth = float((pose @ np.append(center, 1))[2])
    slack = size[1] + (START_DEPTH_SLACK_MM if len(members) == 1 else 1e4)
    limit = work.settings.depth_mm or (max(1.0, depth - slack), depth + slack)
    only = work.settings.refine_only or bool(work.settings.held)
    # The volume to cover grows with the sixth power of the uncertainty, of which refinement from coarse images closes much.
    count = int(np.clip(HYPOTHESES * (max(size) / 10) ** 2, HYPOTHESES, MORE_HYPOTHESES))
    attempts = []
    for unknown_is in (False, True) if any(m.view.bone_is_bright is None for m in members) else (False,):
        scene = scene_of(work, members, polarities(members, unknown_is), limit)
        if only:
            attempts.append(refined(work, scene, torch.as_tensor(pose)[None], REFINE_ONLY))
        else:
            attempts.append(refined(work, scene, around(pose, center, size, count, work.rng), FROM_START))
    best = max(attempts, key=lambda attempt: attempt.evidence)
    if best.similarity < CONVINCING and not only:
        more = around(pose, center, size, 3 * count, work.rng)
        best = max(best, refined(work, best.scene, more, FROM_START), key=lambda attempt: attempt.evidence)
    return best


def _from_search(work: Work, members: Sequence[Member], persistent: bool) -> Attempt:
    """Look everywhere the prior allows."""
    since = time.perf_counter()
    prior = VIEW_PRIORS[work.settings.view]
    bank = starting.needs_bank(work.prepared, work.settings.view)
    found, ranges = [], []
    for number, member in enumerate(members):
        ranges.append(depth_range(work, members, number))
        where = SearchRange(
            work.prepared.center_ras,
            in_plane_angles_deg(prior),
            depths_to_try(ranges[-1], prior.depth_step),
            (True, False) if member.view.bone_is_bright is None else (member.view.bone_is_bright,),
            THOROUGH_COUNT if len(members) > 1 and prior.in_plane_deg >= 180 else SearchRange.count,
            len(members) > 1 and prior.in_plane_deg >= 180,
        )
        image = SearchImage(exposure_free(member.field), member.field.mask, member.camera)
        done, part = number / len(members), 1 / len(members)
        found.append(search(image, bank, where, _searching(work.report, 0.05 + 0.35 * done, 0.35 * part)))
    work.timed("search", since)
    attempts = []
    for unknown_is in _polarities_to_try(found)[: 2 if persistent else 1]:
        bright = polarities(members, unknown_is)
        scene = scene_of(work, members, bright, ranges[0])
        suited = [[h for h in own if h.bone_is_bright == flag] for own, flag in zip(found, bright, strict=True)]
        poses = _candidates(work, scene, suited, depths_to_try(ranges[0], prior.depth_step))
        schedule = FROM_SEARCH if len(members) == 1 else FROM_JOINT_SEARCH
        attempts.append((refined(work, scene, poses[:HYPOTHESES], schedule), poses))
    best, poses = max(attempts, key=lambda pair: pair[0].evidence)
    if persistent and best.similarity < CONVINCING_JOINTLY and len(members) > 1:
        alone = _from_views_alone(work, members, ranges[0])
        best = best if alone is None else max(best, alone, key=lambda attempt: attempt.evidence)
    if persistent and best.similarity < CONVINCING and len(poses) > HYPOTHESES:
        best = max(best, refined(work, best.scene, poses[HYPOTHESES:], FROM_SEARCH), key=lambda attempt: attempt.evidence)
    return best


def _from_views_alone(work: Work, members: Sequence[Member], depth_mm: tuple[float, float]) -> Attempt | None:
    """Start all views from what single views find by themselves; None where none of them convinces.

    A bone larger than the field fits one view in few ways and two views at a coarse scale in many.
    """
    starts, bright = [], []
    alone = replace(work, seen=lambda _: None)  # these poses are in other cameras' frames
    for member in members:
        single = attempt(alone, [replace(member, camera_from_first=np.eye(4))], persistent=False)
        known = member.view.bone_is_bright
        bright.append(single.bone_is_bright if known is None else known)
        if single.similarity >= CONVINCING:
            first_from_ras = np.linalg.inv(member.camera_from_first) @ single.climbed.best.poses[0].cpu().numpy()
            starts.append(around(first_from_ras, work.prepared.center_ras, SINGLE_UNCERTAINTY, STARTS_FROM_SINGLE, work.rng))
    if not starts:
        return None
    return refined(work, scene_of(work, members, bright, depth_mm), torch.cat(starts), FROM_START)


def _candidates(work: Work, scene: Scene, found: list[list[Hypothesis]], depths_mm: Sequence[float]) -> torch.Tensor:
    """Distinct poses (B, 4, 4) from the search, most promising first."""
    since = time.perf_counter()
    if len(scene.views) > 1:
        poses = starting.joint_candidates(scene, found, depths_mm, MORE_HYPOTHESES)
    else:
        poses = starting.matrices(found[0]).to(work.prepared.device)
        poses = poses[distinct(poses, work.prepared.center_ras, MORE_HYPOTHESES)]
    work.timed("search", since)
    return poses


def _polarities_to_try(found: list[list[Hypothesis]]) -> list[bool]:
    """Polarities of the views of unknown polarity: the best one, and the other if it is nearly as good."""
    best = {
        flag: sum(max((h.score for h in own if h.bone_is_bright == flag), default=0.0) for own in found)
        for flag in (False, True)
    }
    order = sorted(best, key=best.get, reverse=True)
    return order if best[order[1]] > POLARITY_IN_DOUBT * best[order[0]] else order[:1]


def _searching(report: Callable[[float, str], None], start: float, length: float) -> Callable[[float], None]:
    return lambda share: report(start + length * share, "searching all views")
