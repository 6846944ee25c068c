"""Register a CT to X-rays: ``prepare(ct)`` once, ``register(prepared, views)`` for each set of X-rays.

A registration, top down: condition the X-rays; a plan says who proposes poses, in which order (``pose.plan``); strategies
propose (``pose.strategies``); ``_refine`` refines; the fit convinces, or on with the plan; tilts and soft tissue are tried
(``second_look``); ``quality.assessment`` judges, and ``pose.advice`` says what would help.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.advice import advice, contradictions
from RayEmbRegistrationLib.pose.alignment.levels import NotInViewError, share_in_view
from RayEmbRegistrationLib.pose.alignment.schedule import Solution, refine_by_schedule
from RayEmbRegistrationLib.pose.alignment.second_look import look_beside
from RayEmbRegistrationLib.pose.group import Group, make_group, relative_places
from RayEmbRegistrationLib.pose.joint.bones import bones_of
from RayEmbRegistrationLib.pose.landmarks.landmark_pose import best_agreeing
from RayEmbRegistrationLib.pose.plan import CONVINCING, Step, plan_for
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.request_check import check_request
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.pose.strategies.proposal import Means, Proposal
from RayEmbRegistrationLib.pose.time_limit import ending, within_time
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Cancelled, part_of, rising, watch
from RayEmbRegistrationLib.quality.assessment import Demand, assess, convinces, similarity_by_view
from RayEmbRegistrationLib.quality.quality import Quality
from RayEmbRegistrationLib.result import RegistrationResult, ViewResult, worst_of
from RayEmbRegistrationLib.training.fine_tuning import fine_tune
from RayEmbRegistrationLib.xray.view import XrayView

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

__all__ = [
    "Cancelled",
    "PrepareSettings",
    "PreparedCT",
    "RegistrationResult",
    "RegistrationSettings",
    "XrayView",
    "fine_tune",
    "prepare",
    "register",
]

Detected = tuple[tuple["Landmarks", ...], ...]
Preview = Callable[[Mapping[int, RigidTransform]], None]
HYPOTHESIS_FAILED = (NotInViewError, np.linalg.LinAlgError, torch.linalg.LinAlgError)
"""What a hypothesis may run into: it leaves the X-ray, or there is no solving for a step. The next one is tried."""
_log = logging.getLogger(__name__)


def register(
    prepared: PreparedCT,
    views: Sequence[XrayView],
    settings: RegistrationSettings | None = None,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    preview: Preview | None = None,
) -> RegistrationResult:
    """Find where the X-rays were taken.

    Views that all have a ``camera_from_rig`` are registered jointly; otherwise each gets a pose of its own.

    Args:
        prepared: from ``prepare``.
        views: the X-rays.
        settings: choices; the defaults where None.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.
        preview: called with the best poses camera_from_ras so far, by the number of their view, while they improve.

    Raises:
        InputProblem: input that cannot be registered, with what to do about it.
        Cancelled: when asked to stop.
    """
    began = time.perf_counter()
    settings = settings or RegistrationSettings()
    settings = replace(settings, view=settings.view or prepared.view)
    check_request(prepared, views, settings)
    weights = "none" if prepared.encoder is None else prepared.encoder.name
    _log.info("registering %d X-rays on %s with the weights %s; %s", len(views), prepared.device, weights, settings)
    report = rising(watch(progress, cancelled))
    means = Means(np.random.default_rng(settings.seed), report, ends=ending(began, settings.seconds))
    means.report(0.0, "reading the X-rays")
    jointly = len(views) > 1 and all(view.camera_from_rig is not None for view in views)
    together = [list(range(len(views)))] if jointly else [[number] for number in range(len(views))]
    with means.timed("condition"):
        groups = [make_group([views[n] for n in numbers], prepared, settings) for numbers in together]
    results: dict[int, ViewResult] = {}
    found = []
    with torch.no_grad():
        for group, numbers in zip(groups, together, strict=True):
            own = [views[n] for n in numbers]
            answer = _register_group(group, own, means, _previewing(preview, own, numbers))
            results.update(zip(numbers, _view_results(answer, means), strict=True))
            found.append(answer)
    means.timing["total"] = time.perf_counter() - began
    means.report(1.0, "registered")
    return RegistrationResult(
        tuple(results[number] for number in range(len(views))),
        worst_of([answer.quality for answer in found]),
        tuple(item for answer in found for item in answer.solution.trace),
        means.timing,
        settings,
        (*prepared.notes, *dict.fromkeys(note for answer in found for note in answer.notes), *dict.fromkeys(means.notes)),
        ", ".join(dict.fromkeys(answer.method for answer in found)),
        tuple(dict.fromkeys(name for answer in found for name in answer.tried)),
    )


@dataclass(eq=False)
class _Standing:
    """What following a plan has come to so far.

    Attributes:
        group: the X-rays as the best pose takes them, or as they were given.
        best: solution, or None.
        method: that it is from.
        doubt: of the step that it is from.
        tried: methods, in order.
        detected: by view, every detection of landmarks.
        failed: why a proposal could not be refined, the first such.
    """

    group: Group
    best: Solution | None = None
    method: str = ""
    doubt: float = 0.0
    tried: list[str] = field(default_factory=list)
    detected: Detected = ()
    failed: Exception | None = None


@dataclass(frozen=True, eq=False)
class _Answer:
    """A group registered and judged."""

    group: Group
    solution: Solution
    quality: Quality
    detected: Detected
    method: str
    tried: tuple[str, ...]
    notes: tuple[str, ...]


def _register_group(group: Group, xrays: Sequence[XrayView], means: Means, seen: Callable[[Poses], None]) -> _Answer:
    """One pose for X-rays that share it."""
    group = group.mirrored(xrays) if group.settings.mirrored else group
    standing = _follow(plan_for(group, lambda one: _register_alone(one, means)), group, means, seen)
    best = standing.best
    if best is None:  # not without a start pose, for which there is a default
        raise standing.failed or InputProblem(
            "no pose near the start pose shows the bone; check the start pose and the camera"
        )
    with means.timed("second look"):
        best = look_beside(best, lambda: means.is_over)
    seen(best.pose)
    with means.timed("quality"):
        # Landmarks say nothing for or against a pose that is not from them.
        spoken = _agreeing(standing.detected, best) if standing.method in ("rayemb", "fixed-landmarks") else ()
        quality = assess(best, spoken, Demand.of(group.settings))
    _log.info("%s: %s (%s)", standing.method, "trusted" if quality.trusted else "not trusted", quality.reason)
    notes = contradictions(group, standing.group, best)
    if best.is_rough and means.is_over:
        notes.append("the time given ran out on a coarse image; more of it will find the pose more exactly")
    if not quality.trusted:
        notes.append(advice(group, best, standing.tried))
    tried = tuple(dict.fromkeys(standing.tried))
    return _Answer(standing.group, best, quality, standing.detected, standing.method, tried, tuple(notes))


def _register_alone(group: Group, means: Means) -> tuple[Solution | None, bool]:
    """A view by itself, without second efforts, and whether its pose convinces."""
    best = _follow(plan_for(group), group, means, lambda _: None).best
    return best, best is not None and best.similarity >= CONVINCING


def _follow(plan: Sequence[Step], group: Group, means: Means, seen: Callable[[Poses], None]) -> _Standing:
    """Take the steps of a plan in turn, as long as they are wanted; one that fails ends nothing."""
    standing = _Standing(group)
    _log.info("plan: %s", ", then ".join(f"{step.method} ({step.says})" for step in plan))
    for step in plan:
        if not step.is_wanted(standing.best, standing.doubt):
            continue
        if standing.best is not None and means.is_over:
            break
        began = time.perf_counter()
        standing.tried += [step.method] if step.method else []
        with within_time(step, means, lambda: standing.best is not None) as bounded:
            try:
                _take(step, group, bounded, seen, standing)
            except HYPOTHESIS_FAILED as error:
                standing.failed = standing.failed or error
                _log.info("%s, %s: given up: %s", step.method, step.says, error)
        best = "none" if standing.best is None else f"{standing.best.similarity:.2f}"
        _log.info("%s, %s: best similarity %s after %.1f s", step.method, step.says, best, time.perf_counter() - began)
    return standing


def _take(step: Step, group: Group, means: Means, seen: Callable[[Poses], None], standing: _Standing) -> None:
    """Refine what a step proposes, until one proposal is enough."""
    known, asked = standing.detected, standing.group if step.follows else group
    for proposal in step.propose(asked, standing.best, means):
        standing.detected = _with(known, proposal.detected)
        taken = proposal.group or asked
        found = _refine(proposal, taken, means, seen, standing)
        if found is None:
            continue
        shown = share_in_view(found.problem.views, group.prepared, found.pose)
        if shown >= step.least_in_view and _is_better(found, standing.best, group.allows(taken, found.polarities)):
            standing.best, standing.group = found, taken
            standing.doubt = max(step.doubt, standing.doubt if step.follows else 0.0)
            standing.method = step.method or standing.method
            if step.enough is not None and found.similarity >= step.enough:
                break


def _is_better(found: Solution, best: Solution | None, is_allowed: bool) -> bool:
    """Whether a solution replaces the best so far; one that contradicts the user only where it convinces."""
    if best is None:
        return True
    return found.evidence > best.evidence and (is_allowed or convinces(found))


def _with(known: Detected, more: Detected) -> Detected:
    """Detections of earlier steps and of this one, by view."""
    return tuple((*old, *new) for old, new in zip(known, more, strict=True)) if known and more else more or known


def _refine(
    proposal: Proposal, group: Group, means: Means, seen: Callable[[Poses], None], standing: _Standing
) -> Solution | None:
    """Refine what was proposed; None where there is nothing, or all of it leaves the X-rays."""
    if len(proposal.poses) == 0:
        return None
    problem, poses = group.problem(proposal.polarities, proposal.depth_mm), proposal.poses.to(group.prepared.device)

    def look(pose: Poses) -> bool:
        seen(pose)
        return means.is_over

    try:
        with means.timed("refine"):
            found = refine_by_schedule(problem, poses, proposal.schedule, means.rng, part_of(means.report, 0.4, 0.55), look)
    except HYPOTHESIS_FAILED as error:
        standing.failed = standing.failed or error
        _log.info("%d poses dropped: %s", len(poses), error)
        return None
    bone = "/".join("bright" if is_bright else "dark" for is_bright in proposal.polarities)
    _log.info("%d poses refined with bone %s: similarity %.2f", len(poses), bone, found.similarity)
    return found


def _previewing(preview: Preview | None, views: Sequence[XrayView], numbers: Sequence[int]) -> Callable[[Poses], None]:
    """Hand out the poses of all views of a group from the pose of its first."""
    if preview is None:
        return lambda _: None
    relative = relative_places(views)

    def seen(pose: Poses) -> None:
        preview({n: RigidTransform.from_matrix(m @ pose.numpy[0]) for n, m in zip(numbers, relative, strict=True)})

    return seen


def _agreeing(detected: Sequence[Sequence[Landmarks]], solution: Solution) -> list[Landmarks | None]:
    """By view, the detection that agrees best with the pose."""
    first, views = solution.pose.numpy[0], solution.problem.views
    return [
        best_agreeing(own, view.camera, RigidTransform.from_matrix(view.camera_from_first @ first))
        for own, view in zip(detected or [()] * len(views), views, strict=True)
    ]


def _view_results(answer: _Answer, means: Means) -> list[ViewResult]:
    """Each view's pose, and its bones' where they move apart."""
    problem, best = answer.solution.problem, answer.solution.best
    with means.timed("bones"):
        bones = bones_of(problem, best.poses[0], answer.group.settings, means.report)
    means.notes.extend(bones.notes)
    results, detected = [], _agreeing(answer.detected, answer.solution)
    for view, similarity, found in zip(problem.views, similarity_by_view(problem, best.poses), detected, strict=True):
        pose = RigidTransform.from_matrix(view.camera_from_first @ best.poses.numpy[0])
        own, is_mirrored = bones.seen_from(view.camera_from_first), answer.group.is_mirrored
        results.append(ViewResult(pose, view.radiograph, similarity, own, is_mirrored, found, bones.verdicts))
    return results
