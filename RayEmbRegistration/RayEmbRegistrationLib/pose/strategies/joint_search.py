"""For a rig: poses that suit all views, from what each view's own search proposes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.levels import Level, NotInViewError, make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import evaluate
from RayEmbRegistrationLib.pose.alignment.schedule import distinct
from RayEmbRegistrationLib.pose.problem import Problem

from .fourier_search import Hypothesis, poses_of

JOINT_LEVEL = Level(22, 5, 0)  # chosen for time: thousands of poses are asked, each once and without a step
JOINT_CANDIDATES = 150  # chosen for time: of each view, times the depths
POSES_AT_ONCE = 64  # chosen for memory
# Chosen: somewhat over the spacing of the search's views and the error of its places.
MEETING_DEG, MEETING_MM, MEETINGS = 18.0, 12.0, 1500


def joint_candidates(
    problem: Problem, found: Sequence[Sequence[Hypothesis]], depths_mm: Sequence[float] | np.ndarray, count: int
) -> Poses:
    """Poses that suit all calibrated views, from what each view's own search proposes.

    One view fixes a pose but for its depth. Each of its best proposals is slid along its ray; and proposals of two views
    that agree about the rotation and whose rays meet give a pose each. All views are asked about all of them.
    """
    proposed = [
        _at_depths(problem, own, view.camera_from_first, depths_mm) for own, view in zip(found, problem.views, strict=True)
    ]
    proposed.append(_meeting(problem, found))
    poses = Poses.of(np.concatenate(proposed), problem.prepared.device)
    try:
        terms = make_level_views(problem.views, problem.prepared, poses, JOINT_LEVEL)
    except NotInViewError:  # one view's proposals are beside another view, all of them
        return Poses.none()
    evidence = [
        evaluate(terms, poses[start : start + POSES_AT_ONCE], problem.limits, derivatives=False).evidence
        for start in range(0, len(poses), POSES_AT_ONCE)
    ]
    poses = poses[torch.cat(evidence).argsort(descending=True)]
    return poses[distinct(poses, problem.limits.center_ras, count)]


def _at_depths(
    problem: Problem,
    hypotheses: Sequence[Hypothesis],
    camera_from_first: np.ndarray,
    depths_mm: Sequence[float] | np.ndarray,
) -> np.ndarray:
    """(B, 4, 4) the best proposals of one view at every depth, in the first camera's frame."""
    if not hypotheses:
        return np.zeros((0, 4, 4))
    best = poses_of(hypotheses[: 4 * JOINT_CANDIDATES])
    own = best[distinct(best, problem.limits.center_ras, JOINT_CANDIDATES)].numpy
    at = own @ np.append(problem.limits.center_ras, 1)
    placed = []
    for depth in depths_mm:
        moved = own.copy()
        moved[:, :3, 3] += at[:, :3] * (depth / at[:, 2:3] - 1)
        placed.append(np.linalg.inv(camera_from_first) @ moved)
    return np.concatenate(placed)


def _meeting(problem: Problem, found: Sequence[Sequence[Hypothesis]]) -> np.ndarray:
    """(B, 4, 4) poses from proposals of the first two views that agree in rotation and whose rays meet."""
    if not (found[0] and found[1]):
        return np.zeros((0, 4, 4))
    center = problem.limits.center_ras
    relative = problem.views[1].camera_from_first
    one, other = poses_of(found[0]).numpy, np.linalg.inv(relative) @ poses_of(found[1]).numpy
    source = np.linalg.inv(relative)[:3, 3]
    rays = _unit(one[:, :3, :3] @ center + one[:, :3, 3])
    other_rays = _unit(other[:, :3, :3] @ center + other[:, :3, 3] - source)
    scores, other_scores = (np.array([h.score for h in own], dtype=np.float32) for own in found[:2])
    flat, other_flat = (m[:, :3, :3].reshape(-1, 9).astype(np.float32) for m in (one, other))
    poses, totals = [], []
    for start in range(0, len(one), 500):
        traces = flat[start : start + 500] @ other_flat.T
        first, second = np.nonzero(traces > 1 + 2 * np.cos(np.radians(MEETING_DEG)))
        first += start
        normal = np.cross(rays[first], other_rays[second])
        size = np.linalg.norm(normal, axis=1).clip(1e-6)
        miss = np.abs(normal @ source) / size
        depth = np.einsum("ij,ij->i", np.cross(np.broadcast_to(source, normal.shape), other_rays[second]), normal) / size**2
        chosen = (miss < MEETING_MM) & (depth > 0)
        first, depth, total = first[chosen], depth[chosen], (scores[first] + other_scores[second])[chosen]
        matrix = one[first].copy()
        matrix[:, :3, 3] = rays[first] * depth[:, None] - matrix[:, :3, :3] @ center
        poses.append(matrix)
        totals.append(total)
    best = np.argsort(-np.concatenate(totals), kind="stable")[:MEETINGS]
    return np.concatenate(poses)[best]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
