"""How many of the points of a view agree on where the bone is: tells the right template set from those that match by chance.

Under the right set the points keep their arrangement: seen from within reach of the set's central view, their pixels are
nearly an affine function of their coordinates (an affine camera: Hartley and Zisserman, Multiple View Geometry, 2nd ed.,
6.3), but for the perspective, which is that of the central view. A vote over shifts finds a start, and reweighted least
squares lets the view tilt and the scale change within limits.
"""

from __future__ import annotations

import torch

VOTERS = 250  # chosen for time, as all are compared with all; what a tenth of the points agrees on still gets 25 votes
# Mm at the bone; chosen: from views some 15 degrees off a set's centre down to the landmark error of bench choices, 7 mm.
VOTE_MM, TOLERANCES_MM = 40.0, (40.0, 30.0, 22.0, 16.0, 12.0, 10.0)
STIFFNESS = 0.02
"""Weight of the set's own view, as a share of the points: keeps the affine camera from shrinking the bone to nothing.
Chosen: without it wrong sets fit a bone of no size."""


def agreement(model_mm: torch.Tensor, observed_mm: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Points that agree with one affine camera, each hypothesis by itself.

    Args:
        model_mm: (C, N, 4) x, y, z and 1 of the points in the central view's camera axes, from the bone's centre, all four
            divided by the ratio of the point's depth and the centre's.
        observed_mm: (C, N, 2) where they were detected, from the optical axis, at the scale of the bone's centre; NaN for
            points not to count.

    Returns:
        (C,) soft count of the points within the last of ``TOLERANCES_MM``, and the cameras (C, 4, 2) of rows x, y, z and 1.
    """
    known = torch.isfinite(observed_mm).all(dim=-1)
    observed = torch.where(known[..., None], observed_mm, observed_mm.new_zeros(()))
    shifts = observed - model_mm[..., :2]
    start = _vote(shifts, known)
    size = model_mm[..., :3].square().sum(dim=-1).mean(dim=-1)
    prior = torch.zeros((*model_mm.shape[:1], 4, 2), dtype=model_mm.dtype, device=model_mm.device)
    prior[:, 0, 0] = prior[:, 1, 1] = 1.0
    camera = prior.clone()
    camera[:, 3] = start
    # The shift is free, the rest is held near the central view.
    stiffness = STIFFNESS * model_mm.shape[1] * size / 3
    hold = torch.diag_embed(torch.stack([stiffness] * 3 + [torch.full_like(stiffness, 1e-6)], dim=-1))
    for tolerance in TOLERANCES_MM:
        distance = (model_mm @ camera - observed).square().sum(dim=-1)
        weight = (1 - distance / tolerance**2).clamp_min(0) * known
        weighted = model_mm * weight[..., None]
        normal = weighted.transpose(1, 2) @ model_mm + hold
        right = weighted.transpose(1, 2) @ observed + hold @ prior
        camera = torch.linalg.solve(normal, right)
    distance = (model_mm @ camera - observed).square().sum(dim=-1)
    return ((1 - distance / TOLERANCES_MM[-1] ** 2).clamp_min(0) * known).sum(dim=-1), camera


def _vote(shifts: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """(C, 2) the shift (C, N, 2) with most others near it; where there are many, some of them are asked."""
    step = -(-shifts.shape[1] // VOTERS)
    shifts, known = shifts[:, ::step], known[:, ::step]
    result = []
    for own, counts in zip(shifts, known, strict=True):
        near = (1 - torch.cdist(own, own).square() / VOTE_MM**2).clamp_min(0) * counts
        votes = near.sum(dim=1) * counts
        around = near[votes.argmax()]
        result.append((own * around[:, None]).sum(dim=0) / around.sum().clamp_min(1e-6))
    return torch.stack(result)
