"""The last word on a pose: fitted with the CT's soft tissue, too, where the X-rays show it as the CT does.

Bone finds a pose, for it keeps its shape. What is left to explain is muscle, fat and skin: where they lie as in the CT, they
hold tilt and depth, which a slim bone hardly shows. Where they do not, after swelling or in another position of a limb, the
bone alone explains more, and its pose stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.prepared.prepared_ct import BONE, SOFT_TISSUE, SOFT_TISSUE_WITH_ENDS
from RayEmbRegistrationLib.pose.problem import Problem

from .levels import Level, NotInViewError, make_level_views, shows_bone
from .refinement import Refined, evaluate, refine
from .schedule import Solution
from .similarity import Agreement

LEVELS = (Level(96, 9, 8), Level(192, 9, 6))  # chosen: the coarser one reaches what a slim bone left open
SETTLED = 2e-4  # of its evidence, what the last step gains; chosen: a hundredth of what the soft tissue must
SURE = 0.9  # similarity of bone alone from which nothing is left to explain; chosen
BETTER = 1.02  # times bone's evidence alone, from which the soft tissue counts; chosen: more than a step's worth


def with_soft_tissue(solution: Solution, stop: Callable[[], bool] = lambda: False) -> Solution:
    """The solution refined with the soft tissue, or as it was where that explains no more of the X-rays.

    Args:
        solution: of a registration of the bones of a CT; one that is rough, or fits well without, stays as it is.
        stop: whether time is over; asked before each level.
    """
    shown = [] if solution.is_rough or solution.similarity >= SURE or stop() else _with_more(solution.problem)
    if not shown:
        return solution
    try:
        problem = max(shown, key=lambda one: float(_agreement(one, solution.pose, LEVELS[0]).evidence[0]))
        coarse = _refined(problem, solution.pose, LEVELS[0])
        if stop() or not _is_better(coarse, solution, LEVELS[0]):
            return solution
        fine = _refined(problem, coarse.poses, LEVELS[1])
        is_better = _is_better(fine, solution, LEVELS[1])
    except NotInViewError:
        return solution
    if not (is_better and bool(shows_bone(problem.views, problem.prepared, fine.poses).all())):
        return solution
    trace = (*solution.trace, *(("soft tissue", value) for value in (*coarse.trace, *fine.trace)))
    return replace(solution, problem=problem, best=fine, trace=trace)


def as_it_stands(solution: Solution) -> Solution:
    """The same pose with the soft tissue, where that explains more of the X-rays; nothing moves."""
    problem, agreement = explaining(solution.problem, solution.pose)
    if problem is solution.problem:
        return solution
    return replace(solution, problem=problem, best=Refined(solution.pose, agreement, ()))


def explaining(problem: Problem, poses: Poses) -> tuple[Problem, Agreement]:
    """The problem with DRRs that show what explains most of the X-rays at a pose, and how well they agree.

    Raises:
        NotInViewError: the pose shows no bone.
    """
    best = problem, _agreement(problem, poses, LEVELS[1])
    needed = BETTER * float(best[1].evidence[0])
    for shown in _with_more(problem) if float(best[1].similarity[0]) < SURE else ():
        agreement = _agreement(shown, poses, LEVELS[1])
        if float(agreement.evidence[0]) >= needed:
            best, needed = (shown, agreement), float(agreement.evidence[0])
    return best


def _with_more(problem: Problem) -> list[Problem]:
    """The problem with DRRs that show more than bone; none where the CT shows no more, or metal hides it.

    The soft tissue fades where the CT ends; or all ends as the CT does, for there are X-rays that end there as well:
    simulated ones.
    """
    prepared = problem.prepared
    if prepared.soft_tissue is None or prepared.is_opaque or prepared.drawn != BONE:
        return []
    return [replace(problem, prepared=replace(prepared, drawn=drawn)) for drawn in (SOFT_TISSUE, SOFT_TISSUE_WITH_ENDS)]


def _refined(problem: Problem, poses: Poses, level: Level) -> Refined:
    terms = make_level_views(problem.views, problem.prepared, poses, level)
    return refine(terms, poses, problem.limits, level.iterations, SETTLED)


def _is_better(found: Refined, solution: Solution, level: Level) -> bool:
    """Whether it explains more of the X-rays than the solution's pose by bone alone."""
    before = _agreement(solution.problem, solution.pose, level)
    return bool(found.agreement.evidence[0] >= BETTER * before.evidence[0])


def _agreement(problem: Problem, poses: Poses, level: Level) -> Agreement:
    terms = make_level_views(problem.views, problem.prepared, poses, level)
    return evaluate(terms, poses, problem.limits, derivatives=False)
