"""One body before the picture of all others, which stand still."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from RayEmbRegistrationLib.pose.alignment.level_view import LevelView
from RayEmbRegistrationLib.pose.prior import PosePrior

from .solve import JointProblem
from .state import State


def alone(joint: JointProblem, state: State, number: int, term: LevelView) -> LevelView:
    """A term in which one body moves before the picture of all others."""
    bodies = joint.bodies
    reduction = bodies.reduction_of(term.projector)
    others = [n for n in range(len(bodies)) if n != number]
    background = torch.zeros_like(term.mask[0, 0])
    for other in others:
        pose = state.poses[other : other + 1].seen_from(term.camera_from_first)
        background = background + bodies.projector(other, reduction).render(pose, term.camera)[0]
    return replace(term, projector=bodies.projector(number, reduction), background=background)


def hinge_prior(joint: JointProblem, state: State, number: int) -> PosePrior | None:
    """What a body's joint says of its pose while its parent stands still."""
    body = joint.bodies.each[number]
    if body.parent is None or not np.isfinite([body.hinge.turn_deg, body.hinge.shift_mm]).all():
        return None
    deviations = np.array([np.radians(body.hinge.turn_deg)] * 3 + [body.hinge.shift_mm] * 3)
    return PosePrior(state.poses.numpy[body.parent], body.center_ras, deviations)
