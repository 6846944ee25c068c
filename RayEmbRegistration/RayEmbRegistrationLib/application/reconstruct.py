"""Register a CT, then adjust it to the X-rays: what the views allow, behind the gate; new metal is added likewise."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.pose.alignment.levels import Level
from RayEmbRegistrationLib.pose.joint.adjust import Adjustment, Allowance, adjust, as_it_is, unchanged
from RayEmbRegistrationLib.pose.joint.bodies import make_bodies
from RayEmbRegistrationLib.pose.joint.bones import solve_levels
from RayEmbRegistrationLib.pose.joint.solve import JointProblem, Observe
from RayEmbRegistrationLib.pose.joint.state import State
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report, part_of, rising, watch
from RayEmbRegistrationLib.reconstruction.metal.finding import LEAST_VIEWS, Metal, find_metal, shadows_alone
from RayEmbRegistrationLib.reconstruction.metal.known import check_views, find_implant
from RayEmbRegistrationLib.reconstruction.metal.shadows import metal_image
from RayEmbRegistrationLib.registration import PreparedCT, RegistrationSettings, XrayView, register
from RayEmbRegistrationLib.result import RegistrationResult

from .adjusted_ct import AdjustedCT, adjusted_ct
from .metal_ct import with_metal

RESIDUAL = "residual"
"""What may change besides what ``adjust`` knows: metal that the CT does not hold."""
STRANGER = 0.3
"""Similarity below which the CT is taken for another patient's: no right pose of the benchmark pelvis60 has less."""
_CONTRADICTION = 0.2  # of similarity that every view gains where it may forget the others; chosen: moved femurs gain 0.1
_ALONE = (Level(64, 5, 6), Level(128, 7, 4))  # at which a view is fitted alone; chosen for time
Preview = Callable[[JointProblem, State, Sequence[View]], None]
"""Called with what is solved, a state of it, and the views; ``glance.glance`` draws it."""
REGISTERING = 0.4  # share of the progress; chosen


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A prior CT adjusted to X-rays.

    Attributes:
        registered: the registration before.
        adjustment: what was found and whether it may be believed.
        adjusted: the CT, its uncertainty and its unseen part; None where the gate refused: the CT stays as it is.
        views: the X-rays as they were registered.
        timing_s: seconds by stage.
        notes: what a user should know.
        metal: that the CT does not hold; None where it was not looked for.
    """

    registered: RegistrationResult
    adjustment: Adjustment
    adjusted: AdjustedCT | None
    views: tuple[View, ...]
    timing_s: dict[str, float]
    notes: tuple[str, ...]
    metal: Metal | None = None


def reconstruct(  # noqa: PLR0913, PLR0917 - what is adjusted to what, how, and who watches
    ct: CTVolume,
    prepared: PreparedCT,
    xrays: Sequence[XrayView],
    allowance: Allowance,
    settings: RegistrationSettings | None = None,
    report: Report | None = None,
    preview: Preview | None = None,
) -> Reconstruction:
    """Adjust a CT to X-rays that show it otherwise than it was scanned.

    Args:
        ct: Hounsfield units, with the labels of the bones where they move.
        prepared: the same, prepared.
        xrays: one, or several that have their place in a rig.
        allowance: what may change, and how far; besides what it says itself, "residual": new metal.
        settings: of the registration; the defaults where None.
        report: called with (share done, stage in words); may raise ``Cancelled``, see ``progress.watch``.
        preview: called with what is solved, its states on the way, and the views.

    Raises:
        InputProblem: views without a rig, that contradict each other, or of another patient; an implant in one view, or of
            another unit; no shadow of metal in fewer
            than four, where nothing else may change; what ``adjust`` refuses.
    """
    tell = rising(watch(report, None))
    if len(xrays) > 1 and any(xray.camera_from_rig is None for xray in xrays):
        raise InputProblem("X-rays that adjust one CT need their place in the rig: cameras with world_to_camera")
    if allowance.implant is not None:
        if RESIDUAL not in allowance.allow:
            raise InputProblem("an implant is new metal: allow residual, too")
        check_views(len(xrays))
    settings = replace(settings or RegistrationSettings(), bones=())
    began = time.perf_counter()
    registered = register(prepared, xrays, settings, part_of(tell, 0.0, REGISTERING))
    first = registered.views[0].camera_from_ras
    views = tuple(
        View(found.radiograph, (found.camera_from_ras @ first.inverse()).matrix, bone_is_bright=True, polarities=(True,))
        for found in registered.views
    )
    problem = Problem(views, prepared, Limits(prepared.center_ras, held=settings.held))
    pose = Poses.of(first, prepared.device)
    seconds = {"register": time.perf_counter() - began}
    with torch.no_grad():
        _check_contradiction(problem, pose, registered)
        began = time.perf_counter()
        observe = None if preview is None else partial(_shown, preview, views)
        taken = xrays, registered
        found, metal = _changed(problem, pose, (ct, allowance), taken, part_of(tell, REGISTERING, 0.5), observe)
        seconds["adjust"] = time.perf_counter() - began
        similarity = float(found.solved.agreement.similarity[0])
        if max(similarity, registered.quality.similarity) < STRANGER:
            raise InputProblem(
                f"the CT does not fit the X-rays, moved and changed or not (similarity {similarity:.2f}); is it this "
                "patient's, and are the start pose and the cameras right?"
            )
        began = time.perf_counter()
        tell(0.9, "making the adjusted CT")
        adjusted = adjusted_ct(ct, found) if found.is_accepted else None
        if adjusted is not None and metal is not None and metal.is_accepted:
            adjusted = with_metal(adjusted, metal)
        seconds["volume"] = time.perf_counter() - began
    tell(1.0, "adjusted")
    notes = tuple(dict.fromkeys((*registered.notes, *found.notes)))
    return Reconstruction(registered, found, adjusted, views, seconds, notes, metal)


def _shown(preview: Preview, views: Sequence[View], joint: JointProblem, state: State) -> None:
    preview(joint, state, views)


def _changed(
    problem: Problem,
    pose: Poses,
    asked: tuple[CTVolume, Allowance],
    taken: tuple[Sequence[XrayView], RegistrationResult],
    report: Report,
    observe: Observe | None,
) -> tuple[Adjustment, Metal | None]:
    """The bones as they are or as adjusted, and metal where it was asked for; either by its own gate."""
    ct, allowance = asked
    rest = tuple(name for name in allowance.allow if name != RESIDUAL)
    found = None if allowance.allow and not rest else adjust(problem, pose, replace(allowance, allow=rest), report, observe)
    if RESIDUAL not in allowance.allow:
        if found is None:
            raise RuntimeError("nothing was asked for")
        return found, None
    rigid = as_it_is(problem, pose) if found is None else found.rigid
    model = (found.joint, found.solved) if found is not None and found.is_accepted else rigid
    images = [
        metal_image(xray, made.radiograph, view.camera_from_first)
        for xray, made, view in zip(taken[0], taken[1].views, problem.views, strict=True)
    ]
    corners = ct.ras_from_index(np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * _last_index(ct))
    box = corners.min(axis=0), corners.max(axis=0)
    seen = model[0], model[1].state
    if allowance.implant is not None:
        metal = find_implant(problem, seen, images, allowance.implant, box, report)
    elif len(images) < LEAST_VIEWS:
        metal = shadows_alone(problem, seen, images, report)
        if found is None and not any(shadow.mask.any() for shadow in metal.shadows):
            raise InputProblem(
                "no X-ray shows a shadow of metal that the CT does not hold, and nothing else may change; give X-rays that "
                "show it, or allow bones, fragments or warp"
            )
    else:
        metal = find_metal(problem, seen, images, box, report)
    words = f"new metal: {metal.gate.reason}"
    if found is None:
        found = unchanged(rigid, metal.gate)
    elif found.is_accepted:
        found = replace(found, reason=f"{found.reason}; {words}", trusted=found.trusted and metal.is_accepted)
    elif metal.is_accepted:
        found = replace(unchanged(rigid, metal.gate, found.notes), reason=f"bones: {found.reason}; {words}", trusted=False)
    return replace(found, notes=(*found.notes, *([metal.note] if metal.note else []))), metal


def _last_index(ct: CTVolume) -> np.ndarray:
    last: np.ndarray = np.array(ct.hu.shape[::-1]) - 1
    return last


def _check_contradiction(problem: Problem, pose: Poses, registered: RegistrationResult) -> None:
    """Refuse views of which each fits much better where it may forget the others."""
    if len(problem.views) < 2:
        return
    whole = make_bodies(problem.prepared, {})
    gains = []
    for view, found in zip(problem.views, registered.views, strict=True):
        own = replace(problem, views=(replace(view, camera_from_first=np.eye(4)),))
        start = State.rigid(pose.seen_from(view.camera_from_first), 1)
        alone = solve_levels(own, JointProblem(whole), start, _ALONE)
        gains.append(float(alone.agreement.similarity[0]) - found.similarity)
    if min(gains) > _CONTRADICTION:
        raise InputProblem(
            f"the X-rays contradict each other: each fits better by itself, by {min(gains):.2f} of similarity at least; "
            "check that they are of one moment and that their cameras are those of this rig"
        )
