"""Register a CT to X-rays: ``prepare(ct)`` once, ``register(prepared, views)`` for each set of X-rays."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.pose import start as starting
from RayEmbRegistrationLib.pose.articulation import register_bones
from RayEmbRegistrationLib.pose.ladder import FROM_SEARCH, FROM_START, REFINE_ONLY, Climbed, Scene, around, climb, distinct
from RayEmbRegistrationLib.pose.levels import PlacedView
from RayEmbRegistrationLib.pose.prepared import PreparedCT, PrepareSettings, prepare
from RayEmbRegistrationLib.pose.problem import (
    Cancelled,
    Quality,
    RegistrationResult,
    RegistrationSettings,
    ViewResult,
    XrayView,
    watch,
)
from RayEmbRegistrationLib.pose.refinement import DEGREES_OF_FREEDOM, Limits
from RayEmbRegistrationLib.pose.search import SearchImage, SearchRange, depths_to_try, search
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, in_plane_angles_deg
from RayEmbRegistrationLib.quality.assessment import CONVINCING, assess, similarity_by_view
from RayEmbRegistrationLib.xray.conditioning import Field, condition, equalized, find_field
from RayEmbRegistrationLib.xray.radiograph import Radiograph

__all__ = [
    "Cancelled",
    "PrepareSettings",
    "PreparedCT",
    "RegistrationResult",
    "RegistrationSettings",
    "XrayView",
    "prepare",
    "register",
]

HYPOTHESES = 32
START_HYPOTHESES = 32
LANDMARK_UNCERTAINTY = (3.0, 3.0)
START_DEPTH_SLACK_MM = 20.0


@dataclass
class _Work:
    """One registration under way: inputs, and what is known so far."""

    prepared: PreparedCT
    views: Sequence[XrayView]
    settings: RegistrationSettings
    report: Callable[[float, str], None]
    fields: list[Field]
    rng: np.random.Generator
    timing: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def timed(self, name: str, since: float) -> None:
        self.timing[name] = self.timing.get(name, 0.0) + time.perf_counter() - since


def register(
    prepared: PreparedCT,
    views: Sequence[XrayView],
    settings: RegistrationSettings | None = None,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RegistrationResult:
    """Find where the X-rays were taken.

    Views that all have a ``camera_from_rig`` are registered jointly; otherwise each gets a pose of its own.

    Args:
        prepared: from ``prepare``.
        views: the X-rays.
        settings: choices; the defaults where None.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.

    Raises:
        ValueError: input that cannot be registered, with what to do about it.
        Cancelled: when asked to stop.
    """
    began = time.perf_counter()
    settings = settings or RegistrationSettings()
    _check(prepared, views, settings)
    report = watch(progress, cancelled)
    report(0.0, "reading the X-rays")
    fields = [find_field(view.pixels, view.invalid, view.name) for view in views]
    work = _Work(prepared, views, settings, report, fields, np.random.default_rng(settings.seed))
    work.timed("condition", began)
    with torch.no_grad():
        if len(views) > 1 and all(view.camera_from_rig is not None for view in views):
            groups = [list(range(len(views)))]
        else:
            groups = [[number] for number in range(len(views))]
        results, qualities, trace = {}, [], []
        for group in groups:
            members, quality, group_trace = _register_group(work, group)
            results.update(zip(group, members, strict=True))
            qualities.append(quality)
            trace += group_trace
    work.timing["total"] = time.perf_counter() - began
    report(1.0, "registered")
    worst = min(qualities, key=lambda quality: (quality.trusted, quality.similarity))
    ordered = tuple(results[number] for number in range(len(views)))
    return RegistrationResult(ordered, worst, tuple(trace), work.timing, settings, (*prepared.notes, *work.notes))


def _check(prepared: PreparedCT, views: Sequence[XrayView], settings: RegistrationSettings) -> None:
    if not views:
        raise ValueError("give at least one X-ray")
    if settings.view not in VIEW_PRIORS:
        raise ValueError(f"the view prior '{settings.view}' is unknown; choose one of {', '.join(VIEW_PRIORS)}")
    unknown = [name for name in settings.held if name not in DEGREES_OF_FREEDOM]
    if unknown:
        raise ValueError(f"cannot hold {', '.join(unknown)}; degrees of freedom are {', '.join(DEGREES_OF_FREEDOM)}")
    if settings.bones and prepared.labels is None:
        raise ValueError("bones can move apart only if the CT was prepared with a label map")
    for view in views:
        if view.start is not None and view.start.apply(prepared.center_ras)[2] <= 0:
            raise ValueError(
                f"the start pose of {view.name} puts the bone behind the source; it must map CT RAS mm to the camera "
                "(ras_to_camera, z from the source to the detector)"
            )


def _register_group(work: _Work, group: list[int]) -> tuple[list[ViewResult], Quality, list[tuple[str, float]]]:
    """One pose for views that share a rig (or a single view), mirrored or not, whichever convinces."""
    wanted = work.settings.mirrored
    attempts = [_attempt(work, group, bool(wanted))]
    has_start = any(work.views[n].start is not None or work.views[n].points_ras is not None for n in group)
    if wanted is None and not has_start and attempts[0][1].similarity < CONVINCING:
        attempts.append(_attempt(work, group, True))
    scene, quality, climbed = max(attempts, key=lambda attempt: (attempt[1].trusted, attempt[1].similarity))
    mirrored = scene is not attempts[0][0] or bool(wanted)
    if mirrored and wanted is None:
        work.notes.append("the X-ray fits only when seen from behind (mirrored); check its orientation")
    pose = climbed.best.poses[0].cpu().numpy()
    since = time.perf_counter()
    bones = register_bones(scene, climbed.best.poses[0], work.settings.bones, work.report)
    work.timed("bones", since)
    similarities = similarity_by_view(scene, climbed.best.poses)
    members = [
        ViewResult(
            RigidTransform.from_matrix(view.camera_from_first @ pose),
            view.radiograph,
            similarity,
            {label: RigidTransform.from_matrix(view.camera_from_first @ own.cpu().numpy()) for label, own in bones.items()},
            mirrored,
        )
        for view, similarity in zip(scene.views, similarities, strict=True)
    ]
    return members, quality, list(climbed.trace)


def _attempt(work: _Work, group: list[int], mirrored: bool) -> tuple[Scene, Quality, Climbed]:
    """Register a group with its cameras as given or mirrored."""
    cameras = [work.views[n].camera.flip_horizontal() if mirrored else work.views[n].camera for n in group]
    placed = [_camera_from_first(work, group, n) for n in group]
    start = _start_pose(work, group, cameras, placed)
    if start is not None:
        return _from_start(work, group, cameras, placed, *start)
    return _from_search(work, group, cameras, placed)


def _camera_from_first(work: _Work, group: list[int], number: int) -> np.ndarray:
    if len(group) == 1:
        return np.eye(4)
    first = work.views[group[0]].camera_from_rig
    return (work.views[number].camera_from_rig @ first.inverse()).matrix


def _start_pose(
    work: _Work, group: list[int], cameras: list[Camera], placed: list[np.ndarray]
) -> tuple[np.ndarray, tuple[float, float]] | None:
    """First camera from RAS, and how far it may be off (degrees, mm); None without landmarks and start pose."""
    uncertainty = (work.settings.start_rotation_deg, work.settings.start_translation_mm)
    for number, camera, matrix in zip(group, cameras, placed, strict=True):
        view = work.views[number]
        if view.points_ras is not None:
            pose = starting.pose_from_landmarks(camera, view.points_ras, view.points_px)
            return np.linalg.inv(matrix) @ pose.matrix, tuple(np.minimum(LANDMARK_UNCERTAINTY, uncertainty))
    for number, matrix in zip(group, placed, strict=True):
        if work.views[number].start is not None:
            return np.linalg.inv(matrix) @ work.views[number].start.matrix, uncertainty
    return None


def _scene(
    work: _Work, radiographs: list[Radiograph], placed: list[np.ndarray], depth_mm: tuple[float, float] | None
) -> Scene:
    views = tuple(PlacedView(radiograph, matrix) for radiograph, matrix in zip(radiographs, placed, strict=True))
    return Scene(views, work.prepared, Limits(work.prepared.center_ras, depth_mm, work.settings.held))


def _conditioned(work: _Work, group: list[int], cameras: list[Camera], bright: Sequence[bool]) -> list[Radiograph]:
    return [
        condition(work.fields[n], camera, flag, work.views[n].intensity)
        for n, camera, flag in zip(group, cameras, bright, strict=True)
    ]


def _from_start(
    work: _Work,
    group: list[int],
    cameras: list[Camera],
    placed: list[np.ndarray],
    pose: np.ndarray,
    size: tuple[float, float],
) -> tuple[Scene, Quality, Climbed]:
    """Look around a start pose."""
    center = work.prepared.center_ras
    depth = float((pose @ np.append(center, 1))[2])
    slack = size[1] + (START_DEPTH_SLACK_MM if len(group) == 1 else 1e4)
    limit = work.settings.depth_mm or (max(1.0, depth - slack), depth + slack)
    ladder = REFINE_ONLY if work.settings.refine_only else FROM_START
    free = 0 if work.settings.refine_only or work.settings.held else START_HYPOTHESES - 1
    poses = around(pose, center, size, 1 + free, work.rng).to(work.prepared.device)
    known = [work.views[n].bone_is_bright for n in group]
    attempts = []
    for unknown_is in (False, True) if None in known else (False,):
        since = time.perf_counter()
        bright = [unknown_is if flag is None else flag for flag in known]
        scene = _scene(work, _conditioned(work, group, cameras, bright), placed, limit)
        climbed = climb(scene, poses, ladder, work.rng, work.report)
        work.timed("refine", since)
        attempts.append((scene, climbed))
    scene, climbed = max(attempts, key=lambda attempt: float(attempt[1].best.agreement.similarity[0]))
    return scene, assess(scene, climbed), climbed


def _from_search(
    work: _Work, group: list[int], cameras: list[Camera], placed: list[np.ndarray]
) -> tuple[Scene, Quality, Climbed]:
    """Look everywhere the prior allows."""
    since = time.perf_counter()
    prior = VIEW_PRIORS[work.settings.view]
    bank = starting.needs_bank(work.prepared.bank)
    found, ranges = [], []
    for position, (number, camera) in enumerate(zip(group, cameras, strict=True)):
        view = work.views[number]
        ranges.append(_depth_range(work, cameras, placed, position))
        where = SearchRange(
            work.prepared.center_ras,
            in_plane_angles_deg(prior),
            depths_to_try(ranges[-1]),
            (True, False) if view.bone_is_bright is None else (view.bone_is_bright,),
        )
        image = SearchImage(equalized(work.fields[number]), work.fields[number].mask, camera)
        found.append(search(image, bank, where, lambda share: work.report(0.05 + 0.4 * share, "searching all views")))
    bright = [hypotheses[0].bone_is_bright for hypotheses in found]
    scene = _scene(work, _conditioned(work, group, cameras, bright), placed, ranges[0])
    if len(group) == 1:
        poses = starting.matrices([h for h in found[0] if h.bone_is_bright == bright[0]])
        poses = poses[distinct(poses, work.prepared.center_ras, HYPOTHESES)].to(work.prepared.device)
    else:
        poses = starting.joint_candidates(scene, found, depths_to_try(ranges[0]), HYPOTHESES)
    work.timed("search", since)
    since = time.perf_counter()
    climbed = climb(scene, poses, FROM_SEARCH, work.rng, work.report)
    work.timed("refine", since)
    return scene, assess(scene, climbed), climbed


def _depth_range(work: _Work, cameras: list[Camera], placed: list[np.ndarray], position: int) -> tuple[float, float]:
    """Where along a view's axis the bone's centre can be, mm."""
    if len(cameras) > 1:
        order = [position, *(n for n in range(len(cameras)) if n != position)]
        relative = [placed[n] @ np.linalg.inv(placed[position]) for n in order]
        return starting.depth_seen_by_all([cameras[n] for n in order], relative)
    return work.settings.depth_mm or starting.depth_from_geometry(cameras[position])
