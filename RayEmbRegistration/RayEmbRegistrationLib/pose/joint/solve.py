"""Gauss-Newton over all blocks and any number of views, and what is left uncertain.

Cost: the locally normalised residual of every view (as ``alignment.similarity`` compares), worth what its own noise says,
and the priors' squares. One step solves for everything: poses of all bodies, and what changes the volume.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.pose.alignment.level_view import LevelView
from RayEmbRegistrationLib.pose.alignment.refinement import DEGREES_OF_FREEDOM, LONGEST_STEP_MM, MM_PER_RADIAN
from RayEmbRegistrationLib.pose.alignment.similarity import Agreement, compare
from RayEmbRegistrationLib.pose.prior import PosePrior

from .bodies import Bodies
from .memory import Memory
from .pictures import Album, albums_for, changes_of, images_of
from .state import POSE_SIZE, State, VolumeBlock, pull_of

PIXELS_A_COMPARISON = 0.5
"""Of a window's pixels, how many are one comparison: neighbors share the normalisation. Chosen so that errors are of the
size that their standard deviations say; bench joint measures their ratio."""
_FIRST_DAMPING = 1e-3  # at a level; chosen: at 0.01 depth and turns about a shaft had not settled after all steps
_SETTLED_MM = 0.003  # a step that moves nothing farther ends a level; chosen
SETTLED = 0.02
"""A step shorter than this share of the standard deviation ends the last level; of what is left it is a fourth and more."""
SETTLED_BEFORE = 0.1  # likewise of a level before the last, after which the next moves the bodies by its own; chosen
_SHORTER = 0.1  # damping after a plain step that led nowhere: from next to none, powers of ten are no shorter; chosen
_IN_VAIN = 3  # shorter and shorter steps that led nowhere, after which none will: evidence is at its best here; chosen


Observe = Callable[["JointProblem", State], None]
"""Called with what is solved and a state of it."""


@dataclass(frozen=True, eq=False)
class JointProblem:
    """What is solved.

    Attributes:
        bodies: that move.
        block: that changes the volume, or None.
        prior: what is known of the root's pose, or None.
        held: names of degrees of freedom that every body keeps.
        observe: called with the blocks and every better state on the way; it may raise ``Cancelled``.
    """

    bodies: Bodies
    block: VolumeBlock | None = None
    prior: PosePrior | None = None
    held: tuple[str, ...] = ()
    observe: Observe | None = None

    @property
    def size(self) -> int:
        """Of all blocks together."""
        return POSE_SIZE * len(self.bodies) + (0 if self.block is None else len(self.block.precision))

    def show(self, state: State) -> None:
        """Hand a state on the way to whoever observes."""
        if self.observe is not None:
            self.observe(self, state)


@dataclass(frozen=True, eq=False)
class Solved:
    """A state, and what the X-rays say of it.

    Attributes:
        state: of all blocks.
        agreement: of the images, summed over views; of one state.
        information: (n, n) inverse posterior covariance in the units of a step: rad, mm, coefficients.
        seen: (n, n) the X-rays' part of it.
        noise: mean square of the normalised residual.
    """

    state: State
    agreement: Agreement
    information: np.ndarray
    seen: np.ndarray
    noise: float

    @property
    def covariance(self) -> np.ndarray:
        """(n, n) of what is estimated, priors counted in."""
        covariance: np.ndarray = np.linalg.pinv(self.information, hermitian=True)
        return covariance


def agreement_of(
    problem: JointProblem,
    state: State,
    terms: Sequence[LevelView],
    slopes: bool = True,
    changes: Sequence[torch.Tensor | None] = (),
    albums: Sequence[Album | None] = (),
) -> Agreement:
    """Agreement of a state, summed over views; images only, no prior."""
    total: Agreement | None = None
    for number, term in enumerate(terms):
        known = changes[number] if changes else None
        album = albums[number] if albums else None
        agreement = compare(term, *images_of(problem, state, term, slopes, known, album))
        total = agreement if total is None else total + agreement
    if total is None:
        raise RuntimeError("an objective needs a view")
    return total


def solve(
    problem: JointProblem,
    state: State,
    terms: Sequence[LevelView],
    iterations: int,
    settled: float = SETTLED,
    albums: Sequence[Album | None] = (),
) -> Solved:
    """Levenberg-Marquardt steps from a state, at one level.

    Args:
        problem: the blocks.
        state: where to begin.
        terms: the views at this level.
        iterations: steps at most.
        settled: a step shorter than so many standard deviations is the last.
        albums: what the views showed of the bodies, if they did at this level.
    """
    albums = albums or albums_for(problem, terms)
    free = torch.ones(problem.size, dtype=torch.float64, device=state.poses.device)
    for number in range(len(problem.bodies)):
        for axis, name in enumerate(DEGREES_OF_FREEDOM):
            free[POSE_SIZE * number + axis] = float(name not in problem.held)
    # How the picture changes with the volume changes little within a level, and costs most of the time.
    changes = [None if problem.block is None else changes_of(problem, state, term) for term in terms]
    agreement = agreement_of(problem, state, terms, changes=changes, albums=albums)
    worth = worth_of(agreement, terms)
    pull = pull_of(state, problem.bodies, problem.prior, problem.block)
    best = evidence_of(agreement, worth * pull.cost)
    damping, memory, in_vain = _FIRST_DAMPING, Memory(), 0
    for _ in range(iterations):
        hessian = agreement.hessian[0] + worth * pull.information
        gradient = agreement.gradient[0] - worth * pull.gradient
        plain = _step(hessian, gradient, damping, free, len(problem.bodies))
        step = memory.better(plain, torch.diagonal(hessian))
        tried = state.moved(step, problem.bodies)
        found = agreement_of(problem, tried, terms, changes=changes, albums=albums)
        tried_pull = pull_of(tried, problem.bodies, problem.prior, problem.block)
        evidence = evidence_of(found, worth * tried_pull.cost)
        if evidence > best:
            state, agreement, pull, best, in_vain = tried, found, tried_pull, evidence, 0
            memory.keep(plain, step)
            problem.show(state)
            damping = max(damping * 0.1, 1e-6)
        else:
            in_vain += not memory.was_used
            damping = damping if memory.was_used else min(max(damping * 10, _SHORTER), 1e3)
            memory.forget()
        length = float((plain @ hessian @ plain / worth).clamp_min(0).sqrt())
        is_short = float(_in_mm(plain, len(problem.bodies)).abs().max()) < _SETTLED_MM
        if is_short or length < settled or in_vain == _IN_VAIN:
            break
    worth = worth_of(agreement, terms)
    seen = agreement.hessian[0] / worth
    information = (seen + pull.information) * free[:, None] * free[None, :] + torch.diag(1 - free) * 1e12
    noise = float(agreement.noise[0]) / len(terms)
    return Solved(state, agreement, information.cpu().numpy(), seen.cpu().numpy(), noise)


def worth_of(agreement: Agreement, terms: Sequence[LevelView]) -> float:
    """By what the residual's squares are divided: the variance of the noise, and how many pixels are one comparison."""
    return float(agreement.noise[0]) / len(terms) * terms[0].window ** 2 * PIXELS_A_COMPARISON


def evidence_of(agreement: Agreement, cost: float) -> float:
    """Evidence less what priors cost."""
    return float(replace(agreement, penalty=agreement.penalty + cost).evidence[0])


def _in_mm(step: torch.Tensor, bodies: int) -> torch.Tensor:
    """A step's turns as what they move at some 200 mm, shifts and coefficients as they are."""
    scaled = step.clone()
    scaled[: POSE_SIZE * bodies].view(-1, POSE_SIZE)[:, :3] *= 200.0
    return scaled


def _step(hessian: torch.Tensor, gradient: torch.Tensor, damping: float, free: torch.Tensor, bodies: int) -> torch.Tensor:
    """(n,) damped step, shortened to what the linearisation can be trusted with."""
    hessian = hessian * free[:, None] * free[None, :]
    ridge = torch.diagonal(hessian).clone()
    scale = torch.tensor([MM_PER_RADIAN] * 3 + [1.0] * 3, dtype=torch.float64, device=hessian.device)
    for number in range(bodies):
        own = slice(POSE_SIZE * number, POSE_SIZE * (number + 1))
        # As in alignment.refinement: depth, which hardly curves at all, is kept from running away.
        in_plane = torch.diagonal(hessian)[own][3:5].mean().clamp_min(1e-9)
        ridge[own] += 0.3 * in_plane * scale**2
    ridge = ridge + 1e-9 + (1 - free) * 1e12
    step = torch.linalg.solve_ex(hessian + damping * torch.diag(ridge) + torch.diag(1 - free), gradient * free)[0]
    step = torch.nan_to_num(step)
    longest = _in_mm(step, bodies).abs().max().clamp_min(LONGEST_STEP_MM)
    return step * (LONGEST_STEP_MM / longest)
