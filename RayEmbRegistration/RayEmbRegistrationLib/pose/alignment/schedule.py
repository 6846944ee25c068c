"""From many rough poses to one fine pose: refine all on a coarse image, keep the best, look closer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.progress import Report

from .level_view import LevelView
from .levels import Level, NotInViewError, make_level_views, shows_bone
from .refinement import Refined, evaluate, motion, refine
from .similarity import Agreement

NEVER = -1.0  # no similarity is less
# Chosen: poses nearer than that converge to one; depth counts least, as it shows least.
ALIKE_DEG, ALIKE_MM, ALIKE_DEPTH_MM = 3.0, 4.0, 15.0


@dataclass(frozen=True)
class Schedule:
    """Level from coarse to fine and how many poses each hands on.

    Attributes:
        levels: from coarse to fine.
        keep: poses kept after each level.
        restarts: poses tried around each of the best two after ``restart_after``; leaves the local maxima that a bone's
            edges make among its neighbours.
        restart_after: index of the level.
        restart_deg, restart_mm: size of a restart.
        least: similarity of the best pose after ``judged_after`` below which the finer levels are saved: it is evaluated at
            the last one as it stands.
        judged_after: index of the level.
    """

    levels: tuple[Level, ...]
    keep: tuple[int, ...]
    restarts: int = 0
    restart_after: int = 0
    restart_deg: float = 5.0
    restart_mm: float = 2.0
    least: float = NEVER
    judged_after: int = 1


HOPELESS = 0.35
"""Similarity at 64 pixels below which finer levels are saved: of 11 right poses of the real pelvis the least has 0.55 there,
and 58 of 85 under a wrong polarity, turn or orientation have less than this."""
# Chosen; bench ablation measures windows, the last level and the number of hypotheses.
FROM_SEARCH = Schedule(
    (Level(32, 5, 6), Level(64, 5, 4), Level(64, 5, 4), Level(128, 7, 6), Level(192, 9, 5)), (18, 5, 2, 1, 1), least=HOPELESS
)
# Chosen: of what contradicts the user most is wrong, so that fewer poses are looked at, and given up early.
FROM_WIDER_SEARCH = replace(FROM_SEARCH, keep=(10, 4, 2, 1, 1))
# Chosen: restarts late, where two views tell neighbouring maxima apart.
FROM_JOINT_SEARCH = replace(FROM_SEARCH, restarts=8, restart_after=3, least=NEVER)
# Chosen; bench ablation measures it without restarts, too.
FROM_START = Schedule(
    (Level(32, 5, 6), Level(64, 5, 6), Level(128, 7, 8), Level(192, 9, 6)), (16, 4, 2, 1), restarts=8, restart_after=2
)
# Chosen: few poses, but farther off (bench choices: within 10 degrees and 15 mm), so restarts come early and wide.
FROM_LANDMARKS = replace(
    Schedule((Level(32, 5, 6), Level(64, 5, 6), Level(128, 7, 7), Level(192, 9, 12)), (5, 2, 1, 1)),
    restarts=6,
    least=HOPELESS,
    restart_after=1,
    restart_deg=6.0,
    restart_mm=5.0,
)
# Chosen: the start is near, and is not to be left for another place.
REFINE_ONLY = Schedule((Level(64, 5, 6), Level(128, 7, 8), Level(192, 9, 6)), (1, 1, 1))


@dataclass(frozen=True, eq=False)
class Solution:
    """What a schedule ends with.

    Attributes:
        problem: what was refined.
        best: the refined pose (one).
        runner_up: evidence of the best pose elsewhere relative to the winner's at the same level, None where all agree.
        trace: (level's name, evidence) after each iteration.
        is_rough: whether the finer levels were saved on it.
    """

    problem: Problem
    best: Refined
    runner_up: float | None
    trace: tuple[tuple[str, float], ...]
    is_rough: bool = False

    @property
    def pose(self) -> Poses:
        """The pose, first camera from RAS."""
        return self.best.poses[0]

    @property
    def similarity(self) -> float:
        """Of the pose, at the finest level."""
        return float(self.best.agreement.similarity[0])

    @property
    def evidence(self) -> float:
        """How much of the X-rays the pose explains: what solutions are compared by."""
        return float(self.best.agreement.evidence[0])

    @property
    def polarities(self) -> tuple[bool, ...]:
        """That each X-ray was taken to have."""
        return tuple(view.bone_is_bright for view in self.problem.views)


def refine_by_schedule(
    problem: Problem,
    poses: Poses,
    schedule: Schedule,
    rng: np.random.Generator,
    report: Report = lambda *_: None,
    seen: Callable[[Poses], bool | None] = lambda _: None,
) -> Solution:
    """Refine poses level by level; ``seen`` gets the best pose after each, and says whether to save the rest.

    Poses that leave an X-ray are dropped as long as others are left.

    Raises:
        NotInViewError: none shows the bone in every X-ray, at first or in the end.
    """
    limits, is_rough = problem.limits, False
    trace: list[tuple[str, float]] = []
    runner_up, refined = None, None
    for number, (level, keep) in enumerate(zip(schedule.levels, schedule.keep, strict=True)):
        count = f"{len(poses)} poses " if len(poses) > 1 else ""
        report(number / len(schedule.levels), f"refining {count}at {level.pixels} pixels")
        terms = make_level_views(problem.views, problem.prepared, poses, level)
        refined = refine(terms, poses, limits, level.iterations)
        trace += [(f"{level.pixels} px", value) for value in refined.trace]
        refined = refined.take(refined.order)
        if schedule.restarts and number == schedule.restart_after:
            refined = _with_restarts(refined, terms, limits, schedule, rng, level)
        refined = _in_view(refined, problem, keep)
        kept = distinct(refined.poses, limits.center_ras, keep)
        if level.pixels <= 64 and len(refined.poses) > 1:
            runner_up = _elsewhere(refined, limits.center_ras)
        refined = refined.take(kept)
        poses = refined.poses
        is_over = seen(poses[0]) and level is not schedule.levels[-1]
        is_hopeless = number == schedule.judged_after and float(refined.agreement.similarity[0]) < schedule.least
        if is_hopeless or is_over:
            refined, is_rough = _at_level(problem, poses[:1], schedule.levels[-1]), True
            break
    if refined is None:
        raise RuntimeError("a schedule has a level")
    if not bool(shows_bone(problem.views, problem.prepared, refined.poses[:1]).all()):
        raise NotInViewError("every pose tried moved the bone out of an X-ray; check the camera, the CT and the start pose")
    return Solution(problem, refined.take(torch.tensor([0])), runner_up, tuple(trace), is_rough)


def _at_level(problem: Problem, poses: Poses, level: Level) -> Refined:
    """Poses as they are, looked at once."""
    terms = make_level_views(problem.views, problem.prepared, poses, level)
    return Refined(poses, evaluate(terms, poses, problem.limits, derivatives=False), ())


def _in_view(refined: Refined, problem: Problem, keep: int) -> Refined:
    """Without poses that show no bone in some X-ray, if those are among the best and others are left."""
    first = distinct(refined.poses, problem.limits.center_ras, keep)
    if bool(shows_bone(problem.views, problem.prepared, refined.poses[first]).all()):
        return refined
    shown = shows_bone(problem.views, problem.prepared, refined.poses)
    return refined.take(shown.nonzero()[:, 0]) if bool(shown.any()) else refined


def around(
    pose: np.ndarray, center_ras: np.ndarray, size: tuple[float, float], count: int, rng: np.random.Generator
) -> Poses:
    """``count`` poses within ``size`` (degrees, mm) of one, uniform in the ball, the pose itself first."""
    steps = np.concatenate([_ball(rng, count) * np.radians(size[0]), _ball(rng, count) * size[1]], axis=1)
    steps[0] = 0
    center = torch.as_tensor(pose[:3, :3] @ center_ras + pose[:3, 3])
    return Poses.of(pose).moved(motion(torch.as_tensor(steps), center.expand(count, 3)))


def distinct(poses: Poses, center_ras: np.ndarray, count: int) -> torch.Tensor:
    """Indices of the first ``count`` poses that differ from those before them."""
    matrices = poses.numpy
    centers = matrices[:, :3, :3] @ center_ras + matrices[:, :3, 3]
    kept: list[int] = []
    for number in range(len(matrices)):
        if all(not _alike(matrices[number], matrices[k], centers[number] - centers[k]) for k in kept):
            kept.append(number)
        if len(kept) == count:
            break
    return torch.tensor(kept, dtype=torch.long, device=poses.device)


def _alike(one: np.ndarray, other: np.ndarray, shift: np.ndarray) -> bool:
    if abs(shift[2]) > ALIKE_DEPTH_MM or np.hypot(shift[0], shift[1]) > ALIKE_MM:
        return False
    cosine = (np.trace(one[:3, :3].T @ other[:3, :3]) - 1) / 2
    return bool(cosine > np.cos(np.radians(ALIKE_DEG)))


def _elsewhere(refined: Refined, center_ras: np.ndarray) -> float | None:
    """Evidence of the best pose that is clearly another, relative to the best."""
    matrices = refined.poses.numpy
    centers = matrices[:, :3, :3] @ center_ras + matrices[:, :3, 3]
    evidence = refined.agreement.evidence.cpu().numpy()
    for number in range(1, len(matrices)):
        cosine = (np.trace(matrices[0, :3, :3].T @ matrices[number, :3, :3]) - 1) / 2
        if cosine < np.cos(np.radians(15)) or np.hypot(*(centers[number] - centers[0])[:2]) > 25:
            return float(evidence[number] / max(evidence[0], 1e-6))
    return None


def _with_restarts(
    refined: Refined, terms: Sequence[LevelView], limits: Limits, schedule: Schedule, rng: np.random.Generator, level: Level
) -> Refined:
    """Also refine poses around the best two."""
    size = (schedule.restart_deg, schedule.restart_mm)
    starts = [
        around(pose, limits.center_ras, size, schedule.restarts + 1, rng)[1:].to(refined.poses.device)
        for pose in refined.poses[:2].numpy
    ]
    restarted = refine(terms, Poses.joined(starts), limits, level.iterations)
    agreement = Agreement.joined([refined.agreement, restarted.agreement])
    both = Refined(Poses.joined([refined.poses, restarted.poses]), agreement, refined.trace)
    return both.take(both.order)


def _ball(rng: np.random.Generator, count: int) -> np.ndarray:
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions * rng.uniform(0, 1, (count, 1)) ** (1 / 3)
