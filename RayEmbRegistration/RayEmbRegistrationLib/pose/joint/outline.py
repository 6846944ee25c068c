"""Doubt about outlines: a bone in a CT ends where its voxels are half full, on an X-ray where it just shows.

Noise says nothing of that. An outline that lies a little farther out everywhere looks like a bone nearer to the source, and
makes one view's depth wrong in the same way each time; another view that sees the depth from the side is not deceived. So
one unknown more, how far out outlines lie, is taken into the uncertainty, and not solved for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from RayEmbRegistrationLib.pose.alignment.level_view import LevelView

from .pictures import Album
from .solve import PIXELS_A_COMPARISON, JointProblem, Solved, agreement_of
from .state import POSE_SIZE, State, body_centers

OUTLINE_VOXELS = 0.045
"""Standard deviation of how far out outlines lie, in voxels. Measured on six pelves in one view: without it their errors
were twice what was said (all in depth, and all farther away), with 0.03 1.3 times, with 0.05 0.9; in two views nothing
changes."""


def with_outline_doubt(
    joint: JointProblem,
    solved: Solved,
    terms: Sequence[LevelView],
    voxel_mm: float,
    doubt: float = OUTLINE_VOXELS,
    albums: Sequence[Album | None] = (),
) -> Solved:
    """A solution that knows of it.

    Args:
        joint: what was solved.
        solved: the answer at the last level.
        terms: the views at that level.
        voxel_mm: of the CT.
        doubt: standard deviation, voxels.
        albums: what the views showed of the bodies.
    """
    across = torch.zeros(joint.size, dtype=torch.float64, device=solved.state.poses.device)
    own = across.new_tensor(1 / (doubt * voxel_mm) ** 2)
    worth = solved.noise * terms[0].window ** 2 * PIXELS_A_COMPARISON
    for number, term in enumerate(terms):
        album = albums[number : number + 1]
        seen = agreement_of(joint, solved.state, [term], albums=album).hessian[0] / worth
        nearer = _nearer(joint, solved.state, term)
        across += seen @ nearer
        own += nearer @ seen @ nearer
    lost = (across[:, None] * across[None, :] / own).cpu().numpy()
    return replace(solved, information=solved.information - lost, seen=solved.seen - lost)


def _nearer(joint: JointProblem, state: State, term: LevelView) -> torch.Tensor:
    """(n,) the motion that looks like outlines 1 mm farther out: every body towards this view's source."""
    centers = body_centers(state.poses, joint.bodies)
    relative = term.camera_from_first.to(centers)
    seen = centers @ relative[:3, :3].T + relative[:3, 3]
    found = torch.zeros(joint.size, dtype=torch.float64, device=centers.device)
    for number, body in enumerate(joint.bodies.each):
        spread = body.points_ras - body.points_ras.mean(axis=0)
        radius = float(np.sqrt((spread**2).sum(axis=1).mean() * 2 / 3))  # as seen: two of three axes
        beam = relative[:3, :3].T @ (seen[number] / seen[number].norm())
        found[POSE_SIZE * number + 3 : POSE_SIZE * (number + 1)] = -seen[number, 2] / radius * beam
    return found
