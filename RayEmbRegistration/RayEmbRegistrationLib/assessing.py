"""What given poses are worth: moved by hand, loaded, or of another program. Nothing is sought, and nothing moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.schedule import REFINE_ONLY, Schedule, Solution, refine_by_schedule
from RayEmbRegistrationLib.pose.alignment.soft_tissue import as_it_stands
from RayEmbRegistrationLib.pose.group import Group, make_group
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.pose.strategies.proposal import Means
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report, watch
from RayEmbRegistrationLib.quality.assessment import Demand, assess, similarity_by_view
from RayEmbRegistrationLib.quality.quality import Quality
from RayEmbRegistrationLib.result import RegistrationResult, ViewResult, worst_of
from RayEmbRegistrationLib.xray.view import XrayView

METHOD = "given pose"
# The finest level of a refinement, without a step.
AS_IT_IS = Schedule((replace(REFINE_ONLY.levels[-1], iterations=0),), (1,))


def assess_poses(
    prepared: PreparedCT,
    views: Sequence[XrayView],
    settings: RegistrationSettings | None = None,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RegistrationResult:
    """Judge the start poses of X-rays as they stand; about half a second a view.

    Views that all have a ``camera_from_rig`` are judged jointly, at the pose of the first that has one.

    Args:
        prepared: the CT.
        views: the X-rays, each with its ``start``; in a rig one of them is enough.
        settings: of which ``trust``, the tolerances, ``depth_mm`` and ``mirrored`` matter; the defaults where None.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.

    Returns:
        The poses given, with the verdict on them. An open polarity is the one that fits better.

    Raises:
        InputProblem: no X-ray, one without a pose, or a pose that puts the bone outside its X-ray.
        Cancelled: when asked to stop.
    """
    began = time.perf_counter()
    settings = settings or RegistrationSettings()
    if not views:
        raise InputProblem("give at least one X-ray")
    means = Means(np.random.default_rng(settings.seed), watch(progress, cancelled))
    views = [replace(view, points_ras=None, points_px=None) for view in views]  # they would come before the pose
    jointly = len(views) > 1 and all(view.camera_from_rig is not None for view in views)
    results: list[ViewResult] = []
    qualities: list[Quality] = []
    with torch.no_grad():
        for together in [views] if jointly else [[view] for view in views]:
            means.report(len(results) / len(views), "assessing the pose")
            with means.timed("condition"):
                group = make_group(together, prepared, settings)
                group = group.mirrored(together) if settings.mirrored else group
            with means.timed("quality"):
                solution = _as_it_is(group, together[0].name, means)
                qualities.append(assess(solution, (), Demand.of(settings)))
            results += _view_results(group, solution)
    means.timing["total"] = time.perf_counter() - began
    means.report(1.0, "assessed")
    quality = worst_of(qualities)
    return RegistrationResult(tuple(results), quality, (), means.timing, settings, prepared.notes, METHOD, (METHOD,))


def _as_it_is(group: Group, name: str, means: Means) -> Solution:
    """The given pose as if a search had ended there, under the polarity that fits better."""
    if group.start is None:
        raise InputProblem(f"{name} has no pose to assess; move it to one, load one, or register first")
    pose = Poses.of(group.start.pose, group.prepared.device)
    unheld = replace(group, start=None)  # the pose that is judged is no evidence for itself
    found = [
        refine_by_schedule(unheld.problem(group.polarities(flag), group.settings.depth_mm), pose, AS_IT_IS, means.rng)
        for flag in group.polarities_to_try()
    ]
    return as_it_stands(max(found, key=lambda solution: solution.similarity))


def _view_results(group: Group, solution: Solution) -> list[ViewResult]:
    problem, poses = solution.problem, solution.best.poses
    return [
        ViewResult(
            RigidTransform.from_matrix(view.camera_from_first @ poses.numpy[0]),
            view.radiograph,
            similarity,
            mirrored=group.is_mirrored,
        )
        for view, similarity in zip(problem.views, similarity_by_view(problem, poses), strict=True)
    ]
