"""A CT adjusted to X-rays after a registration: bones about their joints, fragments, a smooth warp; behind the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.levels import Level, share_in_view
from RayEmbRegistrationLib.pose.problem import Problem
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report, part_of

from .bodies import FRAGMENT, FREE, Bodies, Hinge, make_bodies
from .bones import JOINT_LEVELS, joint_notes, moved_apart, solve_levels
from .gate import GateVerdict, judge_gate, split_views
from .holding import pose_as_it_was, with_shape_in_pose
from .joints import gap_mm
from .judging import BoneVerdict, Rivals, judge_bones
from .solve import JointProblem, Observe, Solved
from .state import State
from .warp import DIFFER_MM, Warp, make_warp

if TYPE_CHECKING:
    from RayEmbRegistrationLib.bodies.implant import Implant

BONES, FRAGMENTS, WARP = "bones", "fragments", "warp"
ALLOWED = (BONES, FRAGMENTS, WARP)
WARP_LEVELS = (Level(32, 5, 4), Level(64, 5, 4), Level(96, 7, 4))  # as in a prototype: the change is smooth
_RIGID_LEVELS = (Level(128, 7, 4),)  # at which the pose of the CT as it is settles; chosen
_LOOSE = 2.0  # times the usual size of a change, from which few views do not hold it; chosen: at 2.5 one view's fit deceives
_LEAST_IN_VIEW = 0.1  # of a bone, for it to be moved at all; chosen, as of a pose


@dataclass(frozen=True)
class Allowance:
    """What may change.

    Attributes:
        allow: among "bones", "fragments" and "warp".
        bones: labels that move in their joints; all but fragments where () and bones are allowed.
        fragments: labels that broke off; all but bones and the largest where () and fragments are allowed.
        joint_limits: as ``RegistrationSettings`` has them.
        differ_mm: how far bone may differ from the CT, standard deviation an axis.
        seed: of every random choice.
        implant: new metal of known shape; only where "residual" is allowed, see ``application.reconstruct``.
    """

    allow: tuple[str, ...]
    bones: tuple[int, ...] = ()
    fragments: tuple[int, ...] = ()
    joint_limits: tuple[float, float] | None = (15.0, 1.5)
    differ_mm: float = DIFFER_MM
    seed: int = 0
    implant: Implant | None = None


@dataclass(frozen=True, eq=False)
class Adjustment:
    """The answer.

    Attributes:
        joint: what was solved; bodies, root first, and the block of the volume.
        solved: the change.
        rigid: the CT as it is, at its best pose.
        gate: whether the change may be believed, and why.
        trusted: whether to use it: the gate, and as many views as such a change needs.
        reason: why or why not, in one sentence.
        verdicts: by label, of the bones and fragments that moved.
        notes: what a user should know.
    """

    joint: JointProblem
    solved: Solved
    rigid: tuple[JointProblem, Solved]
    gate: GateVerdict
    trusted: bool
    reason: str
    verdicts: Mapping[int, BoneVerdict]
    notes: tuple[str, ...]

    @property
    def is_accepted(self) -> bool:
        """Whether the gate was passed; the CT stays as it is otherwise."""
        return self.gate.passed


def adjust(
    problem: Problem,
    pose: Poses,
    allowance: Allowance,
    report: Report = lambda *_: None,
    observe: Observe | None = None,
) -> Adjustment:
    """Adjust a registered CT to its X-rays.

    Args:
        problem: what was registered; any number of views.
        pose: that the registration found, first camera from RAS.
        allowance: what may change.
        report: progress.
        observe: called with the blocks and their states on the way.

    Raises:
        InputProblem: nothing may change, labels that do not occur or do not touch, or a bone outside every X-ray.
    """
    report(0.0, "finding the joints")
    hinges = _hinges(problem, allowance)
    bodies = make_bodies(problem.prepared, hinges)
    _check(problem, pose, bodies, hinges)
    seen, unseen, words = split_views(problem)
    whole = make_bodies(problem.prepared, {})
    plain = JointProblem(whole, None, problem.limits.prior, problem.limits.held)
    report(0.02, "trying the change on a part of the picture")
    rigid_part = solve_levels(seen, plain, State.rigid(pose, 1), _RIGID_LEVELS)
    moving = JointProblem(bodies, None, problem.limits.prior, problem.limits.held, observe)
    joint, tried, rivals = _fit(seen, rigid_part, moving, allowance, part_of(report, 0.05, 0.6))
    gate = judge_gate(unseen, words, (plain, rigid_part.state), (joint, tried.state))
    rigid = solve_levels(problem, plain, rigid_part.state, _RIGID_LEVELS)
    joint, solved = _fit_all(problem, rigid, joint, tried.state, part_of(report, 0.7, 0.25))
    verdicts = judge_bones(problem, joint, solved, list(hinges), rivals)
    joint = replace(joint, observe=None)
    trusted, reason = _trust(problem, allowance, gate)
    notes = [*joint_notes(bodies, hinges), *_doubts(verdicts)]
    report(1.0, "adjusted")
    return Adjustment(joint, solved, (plain, rigid), gate, trusted, reason, verdicts, tuple(notes))


def as_it_is(problem: Problem, pose: Poses) -> tuple[JointProblem, Solved]:
    """The CT unchanged, at its best pose: what else it is adjusted by starts from there."""
    plain = JointProblem(make_bodies(problem.prepared, {}), None, problem.limits.prior, problem.limits.held)
    return plain, solve_levels(problem, plain, State.rigid(pose, 1), _RIGID_LEVELS)


def unchanged(rigid: tuple[JointProblem, Solved], gate: GateVerdict, notes: tuple[str, ...] = ()) -> Adjustment:
    """An answer in which the CT's own bone is as it was; believed as the gate says."""
    return Adjustment(*rigid, rigid, gate, gate.passed, gate.reason, {}, notes)


def _fit(
    problem: Problem, pose: Solved, joint: JointProblem, allowance: Allowance, report: Report
) -> tuple[JointProblem, Solved, Rivals]:
    """Move the bodies, then change their shape, where either is allowed."""
    bodies = joint.bodies
    rivals: Rivals = {}
    state, solved = State.rigid(pose.state.poses, len(bodies)), None
    if len(bodies) > 1:
        # As closely as the gate looks; all of the X-rays are fitted more closely afterwards.
        solved, rivals = moved_apart(problem, joint, state, allowance.seed, report, JOINT_LEVELS[:-1])
        state = solved.state
    if WARP in allowance.allow:
        report(0.5, "finding the modes of the warp")
        block = make_warp(bodies, allowance.differ_mm)
        # Size and distance look alike in one view: there the pose is kept to what the CT as it is says of it.
        prior = pose_as_it_was(problem, pose) if len(problem.views) == 1 else joint.prior
        joint = replace(joint, block=block, prior=prior)
        start = replace(state, coefficients=state.coefficients.new_zeros(len(block.precision)))
        solved = solve_levels(problem, joint, start, WARP_LEVELS, report)
    if solved is None:
        raise InputProblem("nothing may change; allow bones, fragments or warp")
    return joint, solved, rivals


def _fit_all(
    problem: Problem, rigid: Solved, joint: JointProblem, state: State, report: Report
) -> tuple[JointProblem, Solved]:
    """Fit all of the X-rays, from what a part of them said: there the bodies stand near where they belong already."""
    if joint.block is None:
        return joint, solve_levels(problem, joint, state, JOINT_LEVELS[2:], report)
    prior = pose_as_it_was(problem, rigid) if len(problem.views) == 1 else problem.limits.prior
    joint = replace(joint, prior=prior)
    solved = solve_levels(problem, joint, state, WARP_LEVELS[1:], report)
    if len(problem.views) == 1 and isinstance(joint.block, Warp):
        solved = with_shape_in_pose(solved, joint, joint.block, problem.limits.prior)
    return joint, solved


def _hinges(problem: Problem, allowance: Allowance) -> dict[int, Hinge]:
    """By label, how far each bone may move."""
    unknown = [name for name in allowance.allow if name not in ALLOWED]
    if unknown or not allowance.allow:
        raise InputProblem(f"what may change is one of {', '.join(ALLOWED)}, not '{', '.join(unknown) or 'nothing'}'")
    moving = BONES in allowance.allow or FRAGMENTS in allowance.allow
    if not moving:
        return {}
    labels = problem.prepared.labels
    if labels is None:
        raise InputProblem("bones and fragments are told apart by a label map; give one with the CT, or allow a warp alone")
    counts = np.bincount(labels.ravel())
    present = [int(label) for label in np.flatnonzero(counts) if label > 0]
    hinge = FREE if allowance.joint_limits is None else Hinge(*allowance.joint_limits)
    if len(present) < 2 and not (allowance.bones or allowance.fragments):
        raise InputProblem("the label map marks one bone, which moves against none; give a label a bone, or allow a warp")
    bones = allowance.bones if BONES in allowance.allow else ()
    fragments = allowance.fragments if FRAGMENTS in allowance.allow else ()
    if BONES in allowance.allow and not bones:
        bones = tuple(label for label in present if label not in fragments)
    if FRAGMENTS in allowance.allow and not fragments:
        largest = max(present, key=lambda label: counts[label])
        fragments = tuple(label for label in present if label not in bones and label != largest)
        if not fragments:
            raise InputProblem("no label is left for a fragment; name it with fragments, or the bones with bones")
    both = sorted(set(bones) & set(fragments))
    if both:
        raise InputProblem(f"label {', '.join(map(str, both))} is named as bone and as fragment; choose one")
    return dict.fromkeys(bones, hinge) | dict.fromkeys(fragments, FRAGMENT)


def _check(problem: Problem, pose: Poses, bodies: Bodies, hinges: Mapping[int, Hinge]) -> None:
    """Refuse bones that touch none, and such as no X-ray shows."""
    root = bodies.each[0]
    for body in bodies.each[1:]:
        if body.contact is None and hinges.get(body.label, FREE).about_joint:
            gap = gap_mm(body.points_ras, root.points_ras)
            raise InputProblem(
                f"{body.name} touches no other bone of the label map (about {gap:.0f} mm away), so that no joint holds it; "
                "allow it as a fragment, lift the joints, or leave it out"
            )
    for body in bodies.each:
        prepared = replace(problem.prepared, bone_points_ras=body.points_ras)
        shares = [share_in_view([view], prepared, pose) for view in problem.views]
        if max(shares) < _LEAST_IN_VIEW:
            raise InputProblem(f"{body.name} lies outside the X-rays, which cannot say where it is; leave it out")


def _trust(problem: Problem, allowance: Allowance, gate: GateVerdict) -> tuple[bool, str]:
    if not gate.passed:
        return False, gate.reason
    needs_two = [name for name in (WARP, FRAGMENTS) if name in allowance.allow]
    doubt = ""
    if len(problem.views) == 1 and needs_two:
        doubt = f"one X-ray does not hold a {needs_two[0].rstrip('s')}"
    elif WARP in allowance.allow and allowance.differ_mm > _LOOSE * DIFFER_MM:
        doubt = f"{allowance.differ_mm:g} mm is loose for so few X-rays"
    if doubt:
        return False, f"{gate.reason}; but {doubt}: look at it, do not trust it"
    return True, gate.reason


def _doubts(verdicts: Mapping[int, BoneVerdict]) -> list[str]:
    return [f"bone {v.label} is not to be trusted: {v.reason}" for v in verdicts.values() if not v.trusted]
