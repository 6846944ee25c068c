"""Several bones, each with a pose of its own about its joint: found together, and each judged by itself.

A femur in an anteroposterior view turns about its shaft almost unseen, and from one view a free femur leaves its socket to
fit. So every bone hangs on its neighbor by a joint, is first tried at several turns about it, and then moves with all others
in one Gauss-Newton.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import motion, refine
from RayEmbRegistrationLib.pose.alignment.schedule import distinct
from RayEmbRegistrationLib.pose.prepared.prepared_ct import BONE
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.progress import Report

from .alone import alone, hinge_prior
from .bodies import FREE, Bodies, Hinge, make_bodies
from .judging import BoneVerdict, Rivals, judge_bones
from .outline import with_outline_doubt
from .pictures import albums_for
from .settling import looked_at
from .solve import SETTLED, SETTLED_BEFORE, JointProblem, Solved, solve
from .state import State

FIRST_LEVEL = Level(48, 5, 5)  # at which all bodies move before: with the root off, turns about a joint say little; chosen
STARTS = 24  # turns about a joint that are tried; of 16 some seed in four missed a femur's maximum in two views, of 24 none
_TRIALS = (
    (Level(48, 5, 2), 8),
    (Level(48, 5, 3), 3),
    (Level(128, 7, 3), 3),
)  # at which levels turns are tried, and how many are kept after each; chosen for time
WIDEST_TURNS = 1.6  # of a start, in the joint's standard deviations: 24 degrees about a hip; chosen
JOINT_LEVELS = (Level(64, 5, 12), Level(128, 7, 12), Level(192, 9, 20))
"""Twice and three times the steps of a single pose: with as few, turns about a femur's shaft had not settled; of three draws
of noise, in one view, two were left 2 and 4 degrees off, with these 1 and 1; as many again change nothing."""


@dataclass(frozen=True, eq=False)
class BonesFound:
    """Bones that moved apart.

    Attributes:
        poses: by label, first camera from RAS.
        verdicts: by label, what each is worth.
        solved: all of it together; None where no bone was to move.
        problem: what was solved; likewise.
        notes: what a user should know, one sentence each.
    """

    poses: Mapping[int, Poses]
    verdicts: Mapping[int, BoneVerdict]
    solved: Solved | None = None
    problem: JointProblem | None = None
    notes: tuple[str, ...] = ()

    def seen_from(self, camera_from_first: np.ndarray) -> dict[int, RigidTransform]:
        """By label, each bone's pose in a camera at (4, 4) from the first."""
        return {label: pose.seen_from(camera_from_first).rigid[0] for label, pose in self.poses.items()}


def bones_of(problem: Problem, pose: Poses, settings: RegistrationSettings, report: Report = lambda *_: None) -> BonesFound:
    """Poses of the bones that a registration's settings let move; with a note on each that is not to be trusted."""
    if not settings.bones:
        return BonesFound({}, {})
    hinge = FREE if settings.joint_limits is None else Hinge(*settings.joint_limits)
    found = register_bones(problem, pose, dict.fromkeys(settings.bones, hinge), report, settings.seed)
    doubts = [f"bone {v.label} is not to be trusted: {v.reason}" for v in found.verdicts.values() if not v.trusted]
    return replace(found, notes=(*found.notes, *doubts))


def register_bones(
    problem: Problem, pose: Poses, hinges: Mapping[int, Hinge], report: Report = lambda *_: None, seed: int = 0
) -> BonesFound:
    """Poses of bones that may have moved apart since the CT, starting from one pose for all.

    Args:
        problem: what is registered.
        pose: of all bones together, first camera from RAS.
        hinges: by label, how far each bone may move.
        report: progress.
        seed: of the turns tried.

    Raises:
        InputProblem: a label that marks nothing.
    """
    report(0.0, "finding the joints")
    problem = replace(problem, prepared=replace(problem.prepared, drawn=BONE))  # soft tissue does not move with each
    bodies = make_bodies(problem.prepared, hinges)
    joint = JointProblem(bodies, None, problem.limits.prior, problem.limits.held)
    solved, rivals = moved_apart(problem, joint, State.rigid(pose, len(bodies)), seed, report)
    verdicts = judge_bones(problem, joint, solved, list(hinges), rivals)
    poses = {body.label: solved.state.poses[n : n + 1] for n, body in enumerate(bodies.each) if body.label in hinges}
    return BonesFound(poses, verdicts, solved, joint, joint_notes(bodies, hinges))


def moved_apart(
    problem: Problem,
    joint: JointProblem,
    state: State,
    seed: int,
    report: Report = lambda *_: None,
    levels: Sequence[Level] = JOINT_LEVELS,
) -> tuple[Solved, Rivals]:
    """All bodies, each at its best pose about its joint; and where else each was found to fit.

    Turns are tried twice: while the root is off, what lies behind a bone is off as well, and a maximum may be missed.
    """
    rng = np.random.default_rng(seed)
    state = solve_levels(problem, joint, state, (FIRST_LEVEL,), report).state
    state, _ = turned_about_joints(problem, joint, state, rng, report, _TRIALS[:-1])
    state = solve_levels(problem, joint, state, JOINT_LEVELS[:1], report).state
    state, rivals = turned_about_joints(problem, joint, state, rng, report)
    return solve_levels(problem, joint, state, levels, report), rivals


def solve_levels(
    problem: Problem, joint: JointProblem, state: State, levels: Sequence[Level], report: Report = lambda *_: None
) -> Solved:
    """Solve at one level after the other; what is uncertain is told at the last one.

    Where bodies move, and the last level is the finest, it is looked at what fits about the answer.
    """
    solved, terms, albums = None, [], []
    for number, level in enumerate(levels):
        report(0.4 + 0.6 * number / len(levels), f"moving {len(joint.bodies)} bodies at {level.pixels} pixels")
        terms = make_level_views(problem.views, problem.prepared, state.poses[:1], level)
        albums = albums_for(joint, terms)
        settled = SETTLED if level is levels[-1] else SETTLED_BEFORE
        solved = solve(joint, state, terms, level.iterations, settled, albums)
        state = solved.state
    if solved is None:
        raise RuntimeError("a schedule has a level")
    is_final = joint.block is None and len(joint.bodies) > 1 and levels[-1] is JOINT_LEVELS[-1]
    solved, lacking = looked_at(joint, solved, terms, albums) if is_final else (solved, np.zeros((joint.size, joint.size)))
    solved = with_outline_doubt(joint, solved, terms, problem.prepared.voxel_mm, albums=albums)
    if is_final:
        information = np.linalg.pinv(solved.covariance + lacking, hermitian=True)
        solved = replace(solved, information=information)
    return solved


def turned_about_joints(
    problem: Problem,
    joint: JointProblem,
    state: State,
    rng: np.random.Generator,
    report: Report = lambda *_: None,
    levels: Sequence[tuple[Level, int]] = _TRIALS,
) -> tuple[State, Rivals]:
    """Every body but the root tried at several turns about its centre, the others standing still.

    Returns the state with the best of them, and by the body's number those that were tried last, best first.
    """
    bodies, held = joint.bodies, ("x", "y", "depth", *joint.held)
    trials = [
        (level, keep, make_level_views(problem.views, problem.prepared, state.poses[:1], level)) for level, keep in levels
    ]
    rivals: dict[int, Poses] = {}
    for number, body in enumerate(bodies.each):
        if body.parent is None:
            continue
        report(0.1 + 0.3 * number / len(bodies), f"turning {body.name} about its joint")
        poses = _turned(state, bodies, number, rng)
        for level, keep, terms in trials:
            free = held if level.pixels < _TRIALS[-1][0].pixels else joint.held
            limits = Limits(body.center_ras, None, None, free, hinge_prior(joint, state, number))
            found = refine([alone(joint, state, number, term) for term in terms], poses, limits, level.iterations)
            found = found.take(found.order)
            poses = found.poses[distinct(found.poses, body.center_ras, keep)]
        matrices = state.poses.matrices.clone()
        matrices[number] = poses.matrices[0]
        state = replace(state, poses=Poses(matrices))
        rivals[number] = poses
        joint.show(state)
    return state, rivals


def _turned(state: State, bodies: Bodies, number: int, rng: np.random.Generator) -> Poses:
    """A body as it stands, as it stood in the CT, and turned from there about its centre, in its joint."""
    body = bodies.each[number]
    if body.parent is None:
        raise RuntimeError("the root hangs on nothing")
    size = WIDEST_TURNS * np.radians(min(body.hinge.turn_deg, 15.0))  # one without limit as a bone in its joint
    turns = torch.zeros(STARTS, 6, dtype=torch.float64, device=state.poses.device)
    turns[1:, :3] = torch.as_tensor(_in_ball(rng, STARTS - 1) * size)
    parent = state.poses[body.parent : body.parent + 1]
    center = parent.centers(body.center_ras).expand(STARTS, 3)
    return Poses.joined([state.poses[number : number + 1], Poses(motion(turns, center) @ parent.matrices)])


def _in_ball(rng: np.random.Generator, count: int) -> np.ndarray:
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    inside: np.ndarray = directions * rng.uniform(0, 1, (count, 1)) ** (1 / 3)
    return inside


def joint_notes(bodies: Bodies, hinges: Mapping[int, Hinge]) -> tuple[str, ...]:
    """Which bones have no joint."""
    return tuple(
        f"{body.name} touches no other bone of the label map, so no joint holds it; it moves freely about its own middle"
        for body in bodies.each
        if body.parent is not None and body.contact is None and hinges.get(body.label) is not None
    )
