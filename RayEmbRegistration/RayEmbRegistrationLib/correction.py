"""A user's help: landmarks pinned, dragged or rejected, degrees of freedom held, and the pose solved again at once."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.refinement import DEGREES_OF_FREEDOM
from RayEmbRegistrationLib.pose.alignment.schedule import REFINE_ONLY, refine_by_schedule
from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry
from RayEmbRegistrationLib.pose.group import make_group
from RayEmbRegistrationLib.pose.landmarks.correction import Marked, solve_marked
from RayEmbRegistrationLib.pose.landmarks.landmark_pose import INLIER_MM, judged
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.pose.strategies.proposal import Means
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.quality.assessment import Demand, assess
from RayEmbRegistrationLib.result import RegistrationResult, ViewResult
from RayEmbRegistrationLib.xray.view import XrayView

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

# Pins may move by this much, root mean square at the bone, when the image refines the pose; chosen: a pin is set to a few
# mm; farther, refinement has left the user's place.
KEPT_MM = 4.0
# The levels of a refinement, without a step.
AS_IT_IS = replace(REFINE_ONLY, levels=tuple(replace(level, iterations=0) for level in REFINE_ONLY.levels))


def solve_with_landmarks(
    prepared: PreparedCT,
    view: XrayView,
    landmarks: Landmarks,
    pinned: Mapping[int, np.ndarray | None] | None = None,
    rejected: Collection[int] = (),
    settings: RegistrationSettings | None = None,
) -> RegistrationResult:
    """The pose again, with a user's word on the landmarks; about a second.

    The landmarks give a pose that goes through the pinned ones and as many of the others as agree; from there the image
    refines it, and that is kept unless it pulls the pinned ones away.

    Args:
        prepared: the CT.
        view: the X-ray; its ``start``, where it has one, is the pose to correct and gives what is held or left open.
        landmarks: of the view, detected or placed by hand; of probability 0 where a detection is not to count.
        pinned: index to the pixel (column, row) where the user put it, None where the detection is right as it is.
        rejected: indices not to use.
        settings: of which ``held``, ``trust`` and the errors allowed matter; the defaults where None.

    Returns:
        One view, with the landmarks used (dragged ones where the user put them), inliers marked, and the quality.

    Raises:
        InputProblem: an unknown degree of freedom or index, held without a start, or too little to determine a pose.
    """
    began = time.perf_counter()
    settings = replace(settings or RegistrationSettings(), refine_only=True)
    pinned, held = dict(pinned or {}), settings.held
    _check(view, landmarks, pinned, rejected, held)
    pixels = np.array(landmarks.pixels, dtype=np.float64)
    for index, place in pinned.items():
        if place is not None:
            pixels[index] = place
    used = np.setdiff1d(np.arange(len(landmarks)), np.asarray(list(rejected), dtype=int))
    placed = replace(landmarks, pixels=pixels).chosen(used)
    is_pinned = np.isin(used, np.asarray(list(pinned), dtype=int))
    marked = Marked(
        view.camera,
        placed.points_ras,
        placed.pixels,
        placed.probability,
        is_pinned,
        None if view.start is None else view.start.matrix,
        np.array([name not in held for name in DEGREES_OF_FREEDOM]),
        prepared.center_ras,
        float(np.mean(depth_from_geometry(view.camera))),
    )
    by_landmarks = solve_marked(marked)

    group = make_group([replace(view, start=None, points_ras=None, points_px=None)], prepared, settings)
    bright = landmarks.bone_is_bright if view.bone_is_bright is None else view.bone_is_bright
    problem = group.problem((bright,), None)
    means = Means(np.random.default_rng(0), lambda *_: None)
    poses = Poses.of(by_landmarks, prepared.device)
    notes: list[str] = []
    with torch.no_grad():
        with means.timed("refine"):
            at_landmarks = refine_by_schedule(problem, poses, AS_IT_IS, means.rng)
            by_image = refine_by_schedule(problem, poses, REFINE_ONLY, means.rng)
        chosen = by_image
        moved = marked.pins_off_mm(by_image.pose.numpy[0])
        if is_pinned.any() and moved > max(KEPT_MM, 1.2 * marked.pins_off_mm(at_landmarks.pose.numpy[0])):
            chosen = at_landmarks
            notes.append(
                f"the image would move the pinned landmarks by {moved:.0f} mm: the pose is from the landmarks alone; check "
                "the pinned ones"
            )
        pose = chosen.pose.rigid[0]
        placed = judged(placed, view.camera, pose, INLIER_MM)
        with means.timed("quality"):
            quality = assess(chosen, [placed], Demand.of(settings))
    result = ViewResult(pose, problem.views[0].radiograph, quality.similarity, landmarks=placed)
    timing = {**means.timing, "total": time.perf_counter() - began}
    method = ("correction",)
    return RegistrationResult((result,), quality, chosen.trace, timing, settings, tuple(notes), method[0], method)


def _check(
    view: XrayView, landmarks: Landmarks, pinned: Collection[int], rejected: Collection[int], held: Collection[str]
) -> None:
    unknown = [name for name in held if name not in DEGREES_OF_FREEDOM]
    if unknown:
        raise InputProblem(f"cannot hold {', '.join(unknown)}; degrees of freedom are {', '.join(DEGREES_OF_FREEDOM)}")
    missing = [index for index in (*pinned, *rejected) if not 0 <= index < len(landmarks)]
    if missing:
        raise InputProblem(f"there is no landmark {missing[0]}; there are {len(landmarks)}, counted from 0")
    both = set(pinned) & set(rejected)
    if both:
        raise InputProblem(f"landmark {min(both)} is both pinned and rejected; choose one")
    if held and view.start is None:
        raise InputProblem("degrees of freedom can be held only with a start pose, whose value they keep")
