"""The last step and what is uncertain, by what the images say themselves and not by their linearisation.

Gauss-Newton follows the squares of the residual; what counts is the evidence, whose weights move with the bodies. Along what
the X-rays hardly hold, such as the turn of a slim fragment, both disagree: evidence may be level, or rise, over several of
the standard deviations that the linearisation states. So it is looked at there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from RayEmbRegistrationLib.pose.alignment.level_view import LevelView

from .pictures import Album
from .solve import MM_PER_RADIAN, JointProblem, Solved, agreement_of, evidence_of, solve, worth_of
from .state import State, pull_of

DIRECTIONS = 4  # those held least, whose deviations are most of a body's; chosen for time
_LOOKS = (-4.0, -2.0, 2.0, 4.0)  # standard deviations; chosen: nearer, pixels that come and go outweigh what is looked for
_CURVED = 0.4
"""Of the linearised curvature, what evidence has: the middle of fourteen cases, real and made. The
number of pixels that are one comparison was chosen for the linearised one, and holds that in."""
_WIDEST = 6.0  # standard deviations to which a profile is followed; chosen: beyond, others' maxima begin
_STEPS = 4  # by Gauss-Newton afterwards; chosen


def looked_at(
    problem: JointProblem, solved: Solved, terms: Sequence[LevelView], albums: Sequence[Album | None] = ()
) -> tuple[Solved, np.ndarray]:
    """A solution moved to the middle of what fits, and (n, n) what its covariance lacks to be as wide as that.

    Args:
        problem: the blocks, none of which changes the volume.
        solved: the answer at a level.
        terms: the views at that level.
        albums: what they showed of the bodies.
    """
    agreement = solved.agreement
    unit = worth_of(agreement, terms) / float((agreement.drr_energy * agreement.xray_energy).sqrt()[0])
    axes = _axes(problem, solved)
    here = _look(problem, solved.state, terms, unit, albums)
    profiles = [
        [_look(problem, _along(problem, solved, away * axis), terms, unit, albums) - here for away in _LOOKS]
        for axis in axes
    ]
    means, squares = np.array([moments(heights) for heights in profiles]).T
    state, moved, taken = _along(problem, solved, means @ axes), solved, np.zeros(len(axes))
    if _look(problem, state, terms, unit, albums) > here:
        moved, taken = solve(problem, state, terms, _STEPS, albums=albums), means
    spread = squares - 2 * taken * means + taken**2  # about where it is now
    middle = float(np.median(spread))
    lacking = (middle - 1) * moved.covariance + np.einsum("k,ki,kj->ij", np.maximum(spread - middle, 0.0), axes, axes)
    return moved, lacking


def moments(heights: Sequence[float]) -> tuple[float, float]:
    """Mean and mean square of a profile along an axis, in standard deviations.

    Args:
        heights: its logarithm at ``_LOOKS`` less that at 0.
    """
    from scipy.interpolate import PchipInterpolator

    places = np.array([*_LOOKS[:2], 0.0, *_LOOKS[2:]])
    known = np.array([*heights[:2], 0.0, *heights[2:]])
    at = np.linspace(-_WIDEST, _WIDEST, 121)
    inside = PchipInterpolator(places, known)(np.clip(at, places[0], places[-1]))
    beyond = np.maximum((at / places[-1]) ** 2, 1.0)  # on, as squares grow; what rises ends
    heights_at = np.where(beyond > 1, np.minimum(inside, 0) * beyond + np.maximum(inside, 0) / beyond, inside)
    weights = np.exp(heights_at - heights_at.max())
    weights /= weights.sum()
    return float(weights @ at), float(weights @ at**2)


def _axes(problem: JointProblem, solved: Solved) -> np.ndarray:
    """(k, n) steps of a standard deviation along what is held least."""
    scale = np.tile([MM_PER_RADIAN] * 3 + [1.0] * 3, len(problem.bodies))
    values, vectors = np.linalg.eigh(solved.information / np.outer(scale, scale))
    axes: np.ndarray = (vectors / scale[:, None] / np.sqrt(np.maximum(values, 1e-12)))[:, :DIRECTIONS].T
    return axes


def _along(problem: JointProblem, solved: Solved, step: np.ndarray) -> State:
    return solved.state.moved(torch.as_tensor(step).to(solved.state.coefficients), problem.bodies)


def _look(
    problem: JointProblem, state: State, terms: Sequence[LevelView], unit: float, albums: Sequence[Album | None]
) -> float:
    """Logarithm of how likely a state is, but for a constant; evidence changes by a unit where chi-square does by two."""
    evidence = evidence_of(agreement_of(problem, state, terms, False, albums=albums), 0.0)
    return evidence / (unit * _CURVED) - pull_of(state, problem.bodies, problem.prior, None).cost
