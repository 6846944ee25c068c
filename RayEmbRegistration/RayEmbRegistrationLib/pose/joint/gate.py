"""Whether a change of the CT may be believed: it must fit what it was not made from better than the CT as it is.

Never the views that were used: with a loose prior their fit rises while that of an unseen view falls. With three views and
more one is held out, with fewer, blocks of each image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.drr.resampling import box_mean
from RayEmbRegistrationLib.pose.alignment.level_view import LevelView
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.alignment.similarity import normalize
from RayEmbRegistrationLib.pose.problem import Problem
from RayEmbRegistrationLib.pose.view import View

from .pictures import images_of
from .solve import JointProblem
from .state import State

BLOCKS = 10  # along an image's longer side; chosen: each a few windows of the normalization
CELLS = 20  # likewise, of the cells over which gains are compared; chosen: a bone that moved changes few blocks much
HELD_OUT = 4  # one block in so many is held out, in a lattice; chosen
GATE_LEVEL = Level(128, 7, 1)  # at which fits are compared; chosen
NEEDED = 2.5  # by how many standard errors the held-out fit must rise, over cells; chosen: by chance under 1 % do
DIFFERS = 0.2
"""Of two normalised DRRs, root mean square over a window, from which they are told apart there. Chosen: the significance
of six real fragments rose by a tenth; where nothing had moved hardly a place differed so. A warp changes all a little."""
LEAST_CELLS = 12  # that must differ for the others to be left out; chosen: of fewer the standard error is a guess
IN_TURN = "views, each left out in turn,"
"""Of a change that is found anew without each view, and tried on it."""
LEAST_GAIN = 0.002  # of similarity; chosen: less is not worth another bone


@dataclass(frozen=True)
class GateVerdict:
    """What was compared.

    Attributes:
        passed: whether the change may be believed.
        held_out: "one view", "blocks of the images", or ``IN_TURN``.
        rigid: similarity of what was held out, of bodies that moved where that changes the picture, with the CT as it is.
        changed: with the change.
        significance: of the difference, in standard errors.
        reason: one sentence.
    """

    passed: bool
    held_out: str
    rigid: float
    changed: float
    significance: float
    reason: str


def without_blocks(view: View, keep: bool, phase: int = 0) -> View:
    """A view with a lattice of blocks masked, or with all but these masked."""
    held = lattice(view.radiograph.mask.shape, phase)
    mask = view.radiograph.mask & (~held if keep else held)
    return replace(view, radiograph=replace(view.radiograph, mask=mask))


def lattice(shape: tuple[int, ...], phase: int = 0) -> np.ndarray:
    """(H, W) bool, one block in ``HELD_OUT``; each belongs to one phase of as many."""
    side = max(shape) / BLOCKS
    row, column = (np.arange(n) / side for n in shape)
    number = row.astype(int)[:, None] * 2 + column.astype(int)[None, :]
    held: np.ndarray = (number + phase) % HELD_OUT == 0
    return held


def split_views(problem: Problem) -> tuple[Problem, Problem, str]:
    """What a change is made from, what it is tried on, and that in words."""
    if len(problem.views) > 2:
        return (
            replace(problem, views=problem.views[:-1]),
            replace(problem, views=problem.views[-1:]),
            "one view",
        )
    seen = tuple(without_blocks(view, True) for view in problem.views)
    unseen = tuple(without_blocks(view, False) for view in problem.views)
    return replace(problem, views=seen), replace(problem, views=unseen), "blocks of the images"


def judge_gate(
    held_out: Problem, words: str, rigid: tuple[JointProblem, State], changed: tuple[JointProblem, State]
) -> GateVerdict:
    """Compare both on what was held out."""
    pose = rigid[1].poses[:1]
    terms = make_level_views(held_out.views, held_out.prepared, pose, GATE_LEVEL)
    before, after = ([images_of(joint, state, term, False)[0] for term in terms] for joint, state in (rigid, changed))
    where = None
    if changed[0].block is None:
        differing = [_differing(*each) for each in zip(terms, before, after, strict=True)]
        where = differing if len(block_fits(terms, after, differing)) >= LEAST_CELLS else None
    return judge_images(terms, words, before, after, where)


def _differing(term: LevelView, before: torch.Tensor, after: torch.Tensor) -> np.ndarray:
    """(H, W) bool, where two DRRs (1, H, W) differ: elsewhere an X-ray says nothing of which is right."""
    change = (normalize(term, after).drr - normalize(term, before).drr) ** 2
    differs: np.ndarray = (box_mean(change, term.window)[0, 0] > DIFFERS**2).cpu().numpy()
    return differs


def judge_images(
    terms: Sequence[LevelView],
    words: str,
    before_drrs: Sequence[torch.Tensor],
    after_drrs: Sequence[torch.Tensor],
    where: Sequence[np.ndarray] | None = None,
) -> GateVerdict:
    """Compare DRRs (1, H, W), one a term and model, on what was held out.

    Args:
        terms: of what was held out.
        words: what that is.
        before_drrs: by the CT as it is.
        after_drrs: by the changed one.
        where: (H, W) bool a term, the part of the picture that the change is of; all of it where None.
    """
    before, after = (block_fits(terms, drrs, where) for drrs in (before_drrs, after_drrs))
    sums = [fits.sum(axis=0) for fits in (before, after)]
    values = [float(s[0] / np.sqrt(max(s[1] * s[2], 1e-9))) for s in sums]
    gains = _gains(before, after)
    error = float(gains.std(ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else np.inf
    significance = float(gains.mean() / max(error, 1e-9)) if len(gains) > 1 else 0.0
    passed = significance > NEEDED and values[1] > values[0] + LEAST_GAIN
    how = "better" if passed else "no better"
    which = words if words == IN_TURN else f"{words} that took no part"
    told = f"{which} fit {how} ({values[0]:.3f} before, {values[1]:.3f} after)"
    reason = told if passed else f"{told}, so the CT is left as it is"
    return GateVerdict(passed, words, values[0], values[1], significance, reason)


def block_fits(
    terms: Sequence[LevelView], drrs: Sequence[torch.Tensor], where: Sequence[np.ndarray] | None = None
) -> np.ndarray:
    """(N, 3) by block of all views: DRR times X-ray, DRR squared, X-ray squared."""
    found = []
    for view, (term, image) in enumerate(zip(terms, drrs, strict=True)):
        pixels = normalize(term, image)
        drr, xray = (values[0, 0] * term.mask[0, 0] for values in (pixels.drr, term.normalized))
        products = torch.stack([drr * xray, drr * drr, xray * xray]).cpu().numpy()
        rows, columns = products.shape[1:]
        side = max(rows, columns) / CELLS
        number = (np.arange(rows) / side).astype(int)[:, None] * CELLS * 2 + (np.arange(columns) / side).astype(int)[None]
        sums = np.stack([np.bincount(number.ravel(), one.ravel()) for one in products], axis=1)
        told = term.mask[0, 0].cpu().numpy() * (1 if where is None else where[view])
        used = np.bincount(number.ravel(), told.ravel(), minlength=len(sums)) > 0
        found.append(sums[used])
    return np.concatenate(found)


def _gains(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """By block, what the normalised product gained."""
    scale = [np.sqrt(max(fits[:, 1].sum() * fits[:, 2].sum(), 1e-9)) for fits in (before, after)]
    gains: np.ndarray = after[:, 0] / scale[1] - before[:, 0] / scale[0]
    return gains
