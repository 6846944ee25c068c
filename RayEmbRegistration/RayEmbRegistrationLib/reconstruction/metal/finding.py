"""New metal found in four X-rays and more, and believed only if each, left out in its turn, shows its shadow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry.rod import Rod
from RayEmbRegistrationLib.pose.alignment.levels import make_level_views
from RayEmbRegistrationLib.pose.joint.gate import GATE_LEVEL, IN_TURN, GateVerdict, judge_images
from RayEmbRegistrationLib.pose.joint.pictures import images_of
from RayEmbRegistrationLib.pose.joint.solve import JointProblem
from RayEmbRegistrationLib.pose.joint.state import State
from RayEmbRegistrationLib.pose.problem import Problem
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report
from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .body import MetalBody, body_of
from .hull import Outline, hull_of, outline_of
from .rods import fitted_rod, overlap
from .shadows import MetalImage, Shadow, find_shadow

if TYPE_CHECKING:
    from .known import PlacedImplant

LEAST_VIEWS = (
    4  # as joint reconstruction allows: of two views' shadows nine tenths are somebody else's; a prototype's figure
)
LEAST_OVERLAP = 0.5  # of a rod's shadow with what X-rays show, median over them; chosen: a right one has 0.8
_SEEN_BY = 2  # X-rays that must show a place; chosen: metal may hide before dense bone in the others
_MOST_PIECES = 4  # of a hull that are looked at; chosen for time
_SAME_MM = 6.0  # two rods whose ends are nearer are one; chosen: gaps cut a rod's hull into pieces
_FULL = 0.5  # of the longest path, beyond which a pixel is metal and no rim; chosen
_TOP = 0.9  # quantile of what shadows add, that is taken for the display's end; chosen: noise lies above
_ALL_OF_IT = 0.5  # share of the shadows that rods must explain to be all the metal; chosen: the half


@dataclass(frozen=True, eq=False)
class Metal:
    """What was found.

    Attributes:
        body: of metal; None where no shadows meet.
        gate: whether it is believed.
        repeated: Dice of the body with those found without one X-ray, the median over which, 0 to 1.
        note: what a user should know.
        shadows: what of each X-ray the CT does not explain.
        implant: that was looked for, where its shape was known.
    """

    body: MetalBody | None
    gate: GateVerdict
    repeated: float
    note: str
    shadows: tuple[Shadow, ...] = ()
    implant: PlacedImplant | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether X-rays show what was found without them."""
        return self.body is not None and self.gate.passed


def find_metal(
    problem: Problem,
    model: tuple[JointProblem, State],
    images: Sequence[MetalImage],
    box_ras: tuple[np.ndarray, np.ndarray],
    report: Report = lambda *_: None,
) -> Metal:
    """Metal that the CT does not hold.

    Args:
        problem: what was registered.
        model: the CT as it is or as adjusted, and its state.
        images: the X-rays with their metal left in, one a view.
        box_ras: two corners (3,) mm of where metal is looked for, the lower one first.
        report: progress.

    Raises:
        InputProblem: fewer than four views.
    """
    if len(images) < LEAST_VIEWS:
        raise InputProblem(
            f"new metal needs {LEAST_VIEWS} X-rays and more, and {len(images)} were given: of fewer its place does not "
            "follow from its shadows; add X-rays from other sides"
        )
    report(0.0, "finding the shadows of metal")
    shadows = [shadow_in(problem, model, image) for image in images]
    pose = model[1].poses.numpy[0]
    without: list[MetalBody | None] = []
    for number in range(len(shadows)):
        report(0.1 + 0.7 * number / len(shadows), "trying the metal on each X-ray, left out in its turn")
        without.append(_body_of([*shadows[:number], *shadows[number + 1 :]], pose, box_ras))
    partial = next((tried for tried in without if tried is not None), None)
    body = _body_of(shadows, pose, box_ras) or partial
    if body is None or partial is None:
        nothing = GateVerdict(False, IN_TURN, 0.0, 0.0, 0.0, "no shadows of metal meet, so nothing is added to the CT")
        return Metal(None, nothing, 0.0, "", tuple(shadows))
    gate = judged(problem, model, shadows, without)
    repeated = float(np.median([0.0 if tried is None else dice(tried, body) for tried in without]))
    clipped = any((shadow.mask & shadow.xray.clipped).any() for shadow in shadows)
    note = "its shadows are clipped, so that how dense it is, is a lower bound" if clipped else ""
    report(1.0, "metal found")
    return Metal(body, gate, repeated, note, tuple(shadows))


def shadows_alone(
    problem: Problem, model: tuple[JointProblem, State], images: Sequence[MetalImage], report: Report = lambda *_: None
) -> Metal:
    """The shadows of metal in too few X-rays for its place to follow; nothing is added to the CT.

    Args:
        problem: what was registered.
        model: the CT as it is or as adjusted, and its state.
        images: the X-rays with their metal left in, one a view.
        report: progress.
    """
    report(0.0, "finding the shadows of metal")
    shadows = tuple(shadow_in(problem, model, image) for image in images)
    given = len(images)
    reason = (
        f"the place of metal does not follow from so few X-rays ({given} of the {LEAST_VIEWS} that are needed), so nothing "
        "is added to the CT"
    )
    seen = sum(bool(shadow.mask.any()) for shadow in shadows)
    words = "its shadow is drawn" if seen == len(images) else f"{seen} of them show its shadow, which is drawn"
    words = words if seen else "and no shadow of metal is seen"
    report(1.0, "shadows found")
    return Metal(None, GateVerdict(False, "nothing", 0.0, 0.0, 0.0, f"{reason}; {words}"), 0.0, "", shadows)


def shadow_in(problem: Problem, model: tuple[JointProblem, State], image: MetalImage) -> Shadow:
    """What of an X-ray a model does not explain."""
    joint, state = model
    pose = image.camera_from_first @ state.poses.numpy[0]
    depth = float((pose @ np.append(problem.prepared.center_ras, 1.0))[2])
    bodies = joint.bodies
    drr = np.zeros((image.camera.height, image.camera.width), np.float32)
    with torch.no_grad():
        for number in range(len(bodies)):
            projector = bodies.projector(number, 1)
            if joint.block is not None:
                changed = joint.block.changed(bodies.values[number], bodies.ras_from_ijk, state.coefficients)
                projector = type(projector)(changed, bodies.ras_from_ijk, bodies.device)
            own = state.poses[number : number + 1].seen_from(image.camera_from_first)
            drr += projector.render(own, image.camera)[0].cpu().numpy()
    return find_shadow(image, drr, depth)


def outlines_of(shadows: Sequence[Shadow], pose: np.ndarray) -> list[Outline]:
    """Of shadows, with the CT at a pose (4, 4) in the first camera."""
    return [
        outline_of(shadow.mask, shadow.telling, shadow.xray.camera, shadow.xray.camera_from_first @ pose)
        for shadow in shadows
    ]


def _body_of(shadows: Sequence[Shadow], pose: np.ndarray, box_ras: tuple[np.ndarray, np.ndarray]) -> MetalBody | None:
    """The body that casts shadows: rods where they explain them, else the hull; None where they do not meet."""
    outlines = outlines_of(shadows, pose)
    pieces = hull_of(outlines, box_ras, _SEEN_BY, _MOST_PIECES)
    if not pieces:
        return None
    rods: list[Rod] = []
    for piece in pieces:
        rod = fitted_rod(outlines, piece)
        if rod is None or any(_same(rod, other) for other in rods):
            continue
        if np.median(overlap(rod, outlines)) >= LEAST_OVERLAP:
            rods.append(rod)
    if rods:
        own = body_of(rods, [])
        explained = [_explained(own, shadow, pose) for shadow in shadows]
        if np.median(explained) >= _ALL_OF_IT:
            return measured(own, shadows, pose)
    return measured(body_of(rods, pieces), shadows, pose)


def _same(one: Rod, other: Rod) -> bool:
    ends = [one.ends_ras, one.ends_ras[::-1]]
    return min(float(np.abs(own - other.ends_ras).max()) for own in ends) < _SAME_MM


def _explained(body: MetalBody, shadow: Shadow, pose: np.ndarray) -> float:
    """Share of a shadow that a body casts."""
    paths = body.paths(shadow.xray.camera, shadow.xray.camera_from_first @ pose)
    return float((shadow.mask & (paths > 0)).sum() / max(shadow.mask.sum(), 1))


def measured(body: MetalBody, shadows: Sequence[Shadow], pose: np.ndarray) -> MetalBody:
    """A body with what it adds to a DRR, of all its shadows together; positive."""
    ratios, tops = [np.zeros(0)], [np.zeros(0)]
    for shadow in shadows:
        paths = body.paths(shadow.xray.camera, shadow.xray.camera_from_first @ pose)
        thick = shadow.mask & (paths > _FULL * max(float(paths.max()), 1e-6))
        ratios.append((shadow.excess / np.maximum(paths, 1e-6))[thick])
        tops.append(shadow.excess[thick])
    ratio, top = np.concatenate(ratios), np.concatenate(tops)
    if len(ratio) == 0:
        return body
    return replace(body, per_mm=max(float(np.median(ratio)), 0.0), most=max(float(np.quantile(top, _TOP)), 1e-6))


def judged(
    problem: Problem, model: tuple[JointProblem, State], shadows: Sequence[Shadow], bodies: Sequence[MetalBody | None]
) -> GateVerdict:
    """Whether X-rays, their metal left in, fit better with a body of metal that they took no part in.

    Args:
        problem: what was registered.
        model: the CT and its state.
        shadows: of the X-rays.
        bodies: one an X-ray, found without it; None where none was, which tells nothing.
    """
    from scipy import ndimage

    joint, state = model
    first: Poses = state.poses[:1]
    terms, before, after, where = [], [], [], []
    for shadow, body in zip(shadows, bodies, strict=True):
        if body is None:
            continue
        xray = shadow.xray
        view = View(Radiograph(xray.image, xray.usable, xray.camera), xray.camera_from_first, True, (True,))
        term = make_level_views((view,), problem.prepared, first, GATE_LEVEL)[0]
        with torch.no_grad():
            drr = images_of(joint, state, term, False)[0]
        added = body.added(term.camera, xray.camera_from_first @ first.numpy[0])
        terms.append(term)
        before.append(drr)
        after.append(drr + torch.as_tensor(added, device=drr.device))
        where.append(ndimage.binary_dilation(added > 0, iterations=term.window // 2))
    return judge_images(terms, IN_TURN if len(terms) > 1 else "one view", before, after, where)


def dice(one: MetalBody, other: MetalBody) -> float:
    """Of two bodies, on the first's cells."""
    k, j, i = np.nonzero(one.shares > 0)
    places = np.stack([i, j, k], axis=-1) * np.diag(one.ras_from_ijk)[:3] + one.ras_from_ijk[:3, 3]
    own = one.shares[k, j, i]
    common = np.minimum(own, other.shares_at(places)).sum()
    return float(2 * common / max(float(one.shares.sum() + other.shares.sum()), 1e-9))
