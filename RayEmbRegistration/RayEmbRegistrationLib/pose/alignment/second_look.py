"""A second look at a pose: at poses tilted by a few degrees, where it fits middling; and with the CT's soft tissue.

Of a single view, tilts out of the image are what it shows least, and a bone's edges make maxima some degrees apart. A pose
that ended on the wrong one fits a little worse than the right one, and nothing else tells: on a knee, 4.4 degrees and 2.7 mm
beside the truth, 0.61 against 0.64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.problem import Problem

from .level_view import LevelView
from .levels import Level, NotInViewError, make_level_views, shows_bone
from .refinement import DEGREES_OF_FREEDOM, Refined, evaluate, motion, refine
from .schedule import Solution, distinct
from .soft_tissue import with_soft_tissue

LEAST, SURE = 0.35, 0.8
"""Similarity within which a second look is taken; chosen: a pose below is lost, one above costs time."""
TILTS_DEG, SIDES = (
    (3.5, 7.0),
    8,
)  # of the tilts tried, and to how many sides; chosen: on that knee 4 degrees led on, 8 hardly
FIRST, CLOSER, LAST = Level(64, 5, 6), Level(128, 7, 8), Level(192, 9, 10)  # chosen for time
KEEP = 2  # of the best, and of the best that are apart from the pose, looked at closer
ROUNDS = 3  # at most, each from the better pose of the one before; chosen
UNFINISHED = (
    1.03  # of its evidence, what a pose that had not converged gains on the coarse image; chosen: one that had gained 0.004
)
BETTER, NEARLY = 1.004, 0.97
"""Of the pose's own evidence on a coarse image, from where a tilt is looked at closer: one that comes back to the pose, and
one that stays apart. Measured: of ten X-rays of a knee those that led nowhere came to 1.002.
"""


def look_beside(solution: Solution, stop: Callable[[], bool] = lambda: False) -> Solution:
    """The solution, or a better one some degrees beside it; with the soft tissue where that explains more.

    Args:
        solution: of a registration; beside one that is rough, holds a tilt, or fits well there is nothing to look for.
        stop: whether time is over; asked before each level.
    """
    return with_soft_tissue(_beside_or_here(solution, stop), stop)


def _beside_or_here(solution: Solution, stop: Callable[[], bool]) -> Solution:
    problem = solution.problem
    is_held = any(name in problem.limits.held for name in DEGREES_OF_FREEDOM[:2])
    if solution.is_rough or is_held or not LEAST <= solution.similarity < SURE:
        return solution
    for _ in range(ROUNDS):
        try:
            found = _beside(problem, solution.pose, stop)
        except NotInViewError:
            break
        if found is None or float(found.agreement.evidence[0]) <= solution.evidence:
            break
        trace = (*solution.trace, *((f"{LAST.pixels} px", value) for value in found.trace))
        solution = replace(solution, best=found, trace=trace)
    return solution


def _beside(problem: Problem, pose: Poses, stop: Callable[[], bool]) -> Refined | None:
    """The best tilted pose at the last level; None where none is worth it."""
    every = Poses.joined([pose, _tilted(problem, pose)])
    terms = _terms(problem, every, FIRST)
    found = refine(terms, every, problem.limits, FIRST.iterations)
    chosen = _worth_it(found, problem)
    as_it_was = evaluate(terms, pose, problem.limits, derivatives=False).evidence[0]
    if bool(found.agreement.evidence[0] >= UNFINISHED * as_it_was):
        chosen = torch.cat([chosen.new_zeros(1), chosen])
    if not len(chosen) or stop():
        return None
    poses = Poses.joined([pose, found.poses[chosen]])
    found = refine(_terms(problem, poses, CLOSER), poses, problem.limits, CLOSER.iterations)
    best = int(found.agreement.evidence.argmax())
    if best == 0 or stop():
        return None
    one = found.poses[best : best + 1]
    found = refine(_terms(problem, one, LAST), one, problem.limits, LAST.iterations)
    return found if bool(shows_bone(problem.views, problem.prepared, found.poses).all()) else None


def _worth_it(found: Refined, problem: Problem) -> torch.Tensor:
    """Indices of the tilted poses to look at closer; ``found`` has the pose itself first."""
    evidence = found.agreement.evidence / found.agreement.evidence[0].clamp_min(1e-6)
    order = evidence.argsort(descending=True)
    better = order[evidence[order] >= BETTER][:KEEP]
    apart = distinct(found.poses[torch.cat([order.new_zeros(1), order])], problem.limits.center_ras, 1 + KEEP)[1:]
    apart = order[apart - 1]
    return torch.cat([better, apart[evidence[apart] >= NEARLY]]).unique()


def _terms(problem: Problem, poses: Poses, level: Level) -> list[LevelView]:
    return make_level_views(problem.views, problem.prepared, poses, level)


def _tilted(problem: Problem, pose: Poses) -> Poses:
    """The pose tilted out of the first image's plane to all sides, about the bone's centre."""
    angles = np.arange(SIDES) * 2 * np.pi / SIDES
    sides = np.stack([np.cos(angles), np.sin(angles), np.zeros(SIDES)], axis=1)
    turns = np.concatenate([np.radians(size) * sides for size in TILTS_DEG])
    steps = torch.as_tensor(np.concatenate([turns, np.zeros_like(turns)], axis=1), device=pose.device)
    every = Poses(pose.matrices.expand(len(turns), 4, 4))
    return every.moved(motion(steps, every.centers(problem.limits.center_ras)))
