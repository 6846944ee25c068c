"""X-rays of one rig that are not of the same polarity, where nothing is known of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from RayEmbRegistrationLib.pose.alignment.levels import Level, NotInViewError, make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import evaluate
from RayEmbRegistrationLib.pose.alignment.schedule import Solution
from RayEmbRegistrationLib.pose.group import Group

from .proposal import Means, Proposal, Strategy

AGREES = 0.65
"""Share of the best view's similarity from which a view agrees, too. Of 29 pairs of the quality benchmark whose polarities
differ, at the pose found with them taken to be alike, 28 have less; of 29 whose polarities are alike, 11: costs time."""
LEVEL = Level(128, 7, 0)  # where similarities of views are compared; chosen: bones are told apart, at a third of the time


def of_mixed_polarity(strategy: Strategy) -> Strategy:
    """What a strategy proposes once the views that disagree with the best pose are taken to be of the other polarity.

    A pose that suits one X-ray leaves another of the opposite polarity without any agreement; all views with open polarity
    were taken to be alike before. Proposes nothing where all views agree, or fewer than two are open.
    """

    def propose(group: Group, best: Solution | None, means: Means) -> Iterator[Proposal]:
        for polarities in _mixed(group, best):
            for proposal in strategy(group, best, means):
                yield Proposal(proposal.poses, polarities, proposal.depth_mm, proposal.schedule)
                break  # the others differ by their polarity alone

    return propose


def _mixed(group: Group, best: Solution | None) -> list[tuple[bool, ...]]:
    """Polarities to try: the views that disagree of the other one, and what is open besides of the other, too."""
    is_open = np.array([not view.is_settled for view in group.views])
    if best is None or len(group.views) < 2 or is_open.sum() < 2:
        return []
    similarities = by_view(best)
    disagrees = is_open & (similarities < AGREES * similarities.max())
    if not disagrees.any():
        return []
    taken = np.array(best.polarities)
    tried = [taken ^ disagrees, taken ^ (is_open & ~disagrees)]
    return list(dict.fromkeys(tuple(map(bool, each)) for each in tried if (each != taken).any()))


def by_view(solution: Solution) -> np.ndarray:
    """(V,) similarity of each view at a solution's pose; 0 of a view that shows no bone there."""
    found = []
    for view in solution.problem.views:
        try:
            with torch.no_grad():
                terms = make_level_views([view], solution.problem.prepared, solution.pose, LEVEL)
                found.append(float(evaluate(terms, solution.pose, solution.problem.limits, derivatives=False).similarity[0]))
        except NotInViewError:
            found.append(0.0)
    return np.array(found)
