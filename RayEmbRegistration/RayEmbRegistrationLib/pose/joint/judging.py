"""What each bone's own pose is worth: its expected error, whether it left its joint, how much of it the X-rays show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import refine
from RayEmbRegistrationLib.pose.alignment.similarity import normalize
from RayEmbRegistrationLib.pose.problem import Limits, Problem

from .alone import alone, hinge_prior
from .pictures import image_of_body
from .solve import PIXELS_A_COMPARISON, JointProblem, Solved
from .state import POSE_SIZE, State, body_centers, offsets_at_joint

OUT_OF_JOINT_MM = 5.0
"""Shift of a joint's centre from which a bone is said to be out of its joint: more than both cartilages; as asked."""
TOLERANCE_MM = 5.0  # error in space that is allowed of a bone, as of a pose
LEAST_SIMILARITY = 0.35  # of a bone's own part of the picture; chosen, as that below which a pose is hopeless
LEAST_IN_VIEW = 0.25  # share of a bone that some X-ray must show; chosen, as of a pose that contradicts what was said
WIDEST_DEVIATIONS = 3.0  # of a joint's turn, from which it is doubted
LEAST_LEAD = 2.0
"""Half a difference of chi-square to the best pose over 5 mm away, below which either may be right. Measured on 40 femurs
in one or two views: one 19 mm wrong had -1; of the right ones one had 1.8, the others over 3 where there was another."""
_JUDGED = Level(128, 7, 1)  # at which a bone's own fit is told; chosen
_RIVAL_STEPS = 8  # by which poses elsewhere come to their best; chosen: with four some were still on their way
_OWN_SHARE = 0.15  # of a bone's brightest path, above which a pixel is its own; chosen: without faint rims


@dataclass(frozen=True)
class BoneVerdict:
    """What a bone's own pose is worth.

    Attributes:
        label: of the bone.
        trusted: whether to use it.
        reason: why, in one sentence.
        expected_mm: error of its points in space to expect, root mean square.
        turned_deg: against the bone that it hangs on, otherwise than in the CT.
        out_of_joint_mm: shift of the joint's centre; of a bone without joint, of its middle.
        similarity: where the picture is its own.
        in_view: share of it that the X-ray shows which shows most.
    """

    label: int
    trusted: bool
    reason: str
    expected_mm: float
    turned_deg: float
    out_of_joint_mm: float
    similarity: float
    in_view: float


Rivals = Mapping[int, Poses]
"""By a body's number, poses at which it was found to fit as well."""


def judge_bones(
    problem: Problem, joint: JointProblem, solved: Solved, labels: Sequence[int], rivals: Rivals | None = None
) -> dict[int, BoneVerdict]:
    """A verdict on each of the bones that moved.

    Args:
        problem: what was registered.
        joint: bodies and what changes the volume.
        solved: the answer.
        labels: of the bones.
        rivals: where else a body was found to fit.
    """
    rivals = rivals or {}
    similarities = _own_similarities(problem, joint, solved)
    verdicts = {}
    for number, body in enumerate(joint.bodies.each):
        if body.label not in labels:
            continue
        expected = expected_error_mm(joint, solved, number)
        turned, shifted, far = 0.0, 0.0, 0.0
        if body.parent is not None:
            offsets = offsets_at_joint(solved.state, joint.bodies, number).cpu().numpy()
            turned, shifted = float(np.degrees(np.linalg.norm(offsets[:3]))), float(np.linalg.norm(offsets[3:]))
            far = turned / body.hinge.turn_deg
        shown = _share_in_view(problem, solved, number, body.points_ras)
        elsewhere = _elsewhere(*nearest_rival(problem, joint, solved, number, rivals[number])) if number in rivals else ""
        reason = _doubt(body.contact is not None and body.hinge.about_joint, shifted, expected, similarities[number], shown)
        reason = reason or elsewhere
        if not reason and far > WIDEST_DEVIATIONS:
            reason = f"it would have turned by {turned:.0f} degrees, more than its joint is thought to; look at the overlay"
        words = reason or f"it fits, and its error is expected to be {expected:.1f} mm"
        verdicts[body.label] = BoneVerdict(
            body.label, not reason, words, expected, turned, shifted, similarities[number], shown
        )
    return verdicts


def _doubt(has_joint: bool, shifted: float, expected: float, similarity: float, shown: float) -> str:
    """Why a bone is not trusted; empty where it is."""
    if shown < LEAST_IN_VIEW:
        return f"the X-rays show {100 * shown:.0f} % of it; take one that shows more, or leave it with its neighbor"
    if has_joint and shifted > OUT_OF_JOINT_MM:
        return f"it would have left its joint by {shifted:.1f} mm; look whether it is dislocated, or add an X-ray"
    if similarity < LEAST_SIMILARITY:
        return f"its own part of the picture does not fit (similarity {similarity:.2f}); look at the overlay"
    if expected > TOLERANCE_MM:
        return (
            f"its error in space is expected to be {expected:.1f} mm, mostly along the beam; add an X-ray from another side"
        )
    return ""


def _elsewhere(away_mm: float, worse: float) -> str:
    """Why a bone that fits elsewhere as well is not trusted; empty where it does not."""
    if worse > LEAST_LEAD:
        return ""
    return f"it fits as well {away_mm:.0f} mm away, turned otherwise; add an X-ray from another side, or one that shows more"


def expected_error_mm(joint: JointProblem, solved: Solved, number: int) -> float:
    """Root mean square of a body's points' errors in space, mm, as the covariance has it."""
    return float(np.sqrt(np.mean(point_variances(joint, solved, number).sum(axis=1))))


def point_variances(joint: JointProblem, solved: Solved, number: int, points_ras: np.ndarray | None = None) -> np.ndarray:
    """(N, 3) variances of a body's points along the first camera's axes, mm2."""
    body = joint.bodies.each[number]
    points = body.points_ras if points_ras is None else points_ras
    own = slice(POSE_SIZE * number, POSE_SIZE * (number + 1))
    slopes = pose_slopes(solved.state, joint, number, points)
    variances: np.ndarray = np.einsum("nai,ij,naj->na", slopes, solved.covariance[own, own], slopes)
    return variances


def pose_slopes(state: State, joint: JointProblem, number: int, points_ras: np.ndarray) -> np.ndarray:
    """(N, 3, 6) how points (N, 3) of a body move in the first camera's frame with its pose."""
    matrix = state.poses.numpy[number]
    center = body_centers(state.poses, joint.bodies)[number].cpu().numpy()
    arms = points_ras @ matrix[:3, :3].T + matrix[:3, 3] - center
    x, y, z = arms.T
    zero = np.zeros_like(x)
    turned = -np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    return np.concatenate([turned, np.broadcast_to(np.eye(3), (len(points_ras), 3, 3))], axis=2)


def _share_in_view(problem: Problem, solved: Solved, number: int, points_ras: np.ndarray) -> float:
    """Share of a body's points on the X-ray that shows most of it."""
    shares = []
    for view in problem.views:
        camera, matrix = view.radiograph.camera, view.camera_from_first @ solved.state.poses.numpy[number]
        pixels = camera.project(points_ras @ matrix[:3, :3].T + matrix[:3, 3])
        with np.errstate(invalid="ignore"):
            inside = ((pixels > -0.5) & (pixels < np.array(camera.image_size) - 0.5)).all(axis=1)
        shares.append(float(inside.mean()))
    return max(shares)


def _own_similarities(problem: Problem, joint: JointProblem, solved: Solved) -> list[float]:
    """By body, similarity of DRR and X-ray over the pixels where it is seen, all views together."""
    state = solved.state
    terms = make_level_views(problem.views, problem.prepared, state.poses[:1], _JUDGED)
    sums = np.zeros((len(joint.bodies), 3))
    for term in terms:
        each = [image_of_body(joint, state, number, term, False)[0] for number in range(len(joint.bodies))]
        pixels = normalize(term, torch.stack(each).sum(dim=0))
        for number, own in enumerate(each):
            where = ((own > _OWN_SHARE * own.max()) & (own > 0))[:, None] * pixels.structure * term.mask
            drr, xray = pixels.drr * where, term.normalized * where
            sums[number] += [float((drr * xray).sum()), float((drr * drr).sum()), float((xray * xray).sum())]
    found = sums[:, 0] / np.sqrt(np.maximum(sums[:, 1] * sums[:, 2], 1e-9))
    return [float(value) for value in found]


def nearest_rival(problem: Problem, joint: JointProblem, solved: Solved, number: int, rivals: Poses) -> tuple[float, float]:
    """How far away a body fits nearly as well, and by how much worse: mm, and half a difference of chi-square.

    All are moved to their best at one level while the other bodies stand still.
    """
    body, state = joint.bodies.each[number], solved.state
    terms = make_level_views(problem.views, problem.prepared, state.poses[:1], _JUDGED)
    limits = Limits(body.center_ras, None, None, joint.held, hinge_prior(joint, state, number))
    every = Poses.joined([state.poses[number : number + 1], rivals.to(state.poses.device)])
    found = refine([alone(joint, state, number, term) for term in terms], every, limits, _RIVAL_STEPS)
    comparisons = sum(float(term.mask.sum()) for term in terms) / (terms[0].window ** 2 * PIXELS_A_COMPARISON)
    noise = found.agreement.noise.double().cpu().numpy()
    worse = comparisons * (noise - noise[0]) / (2 * noise[0])
    if limits.prior is not None:
        offsets = limits.prior.offsets(found.poses)
        information = torch.as_tensor(limits.prior.information, dtype=torch.float64, device=offsets.device)
        cost = ((offsets @ information) * offsets).sum(dim=1).cpu().numpy() / 2
        worse = worse + cost - cost[0]
    matrices = found.poses.numpy
    places = np.einsum("bij,nj->bni", matrices[:, :3, :3], body.points_ras) + matrices[:, None, :3, 3]
    away = np.sqrt(((places - places[0]) ** 2).sum(axis=2).mean(axis=1))
    far = away > TOLERANCE_MM
    if not far.any():
        return 0.0, np.inf
    best = int(np.argmin(np.where(far, worse, np.inf)))
    return float(away[best]), float(worse[best])
