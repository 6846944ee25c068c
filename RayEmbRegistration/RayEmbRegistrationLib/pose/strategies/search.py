"""Poses by a search of every view, among all that the prior allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.schedule import FROM_JOINT_SEARCH, FROM_SEARCH, Solution, distinct
from RayEmbRegistrationLib.pose.group import Group
from RayEmbRegistrationLib.pose.prepared.template_library import TemplateLibrary
from RayEmbRegistrationLib.pose.problem import Problem
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, ViewPrior, in_plane_angles_deg
from RayEmbRegistrationLib.progress import Report, part_of

from .fourier_search import (
    LARGEST_TRANSFORM_PX,
    Hypothesis,
    SearchRange,
    depths_to_try,
    library_for,
    poses_of,
    search,
)
from .joint_search import joint_candidates
from .proposal import Means, Proposal

FIRST, ALL = 32, 96  # distinct poses refined at first, and in all; bench ablation measures 8
# Hypotheses a view where nothing is known of the view but a second one will tell them apart; chosen for time and memory.
THOROUGH_COUNT = 12_000
# Share of the best score from which the other polarity is tried too; chosen: a clear winner is right.
POLARITY_IN_DOUBT = 0.85


@dataclass(frozen=True, eq=False)
class Among:
    """Which views to look among, and how closely.

    Attributes:
        views: name of the prior on each X-ray's view.
        turned_by_deg: the image is looked at turned by each of these, too; (0.0,) for as upright as the prior has it.
        largest_px: side of the Fourier transform at most; the bone's views are made coarser for less.
    """

    views: tuple[str, ...]
    turned_by_deg: tuple[float, ...] = (0.0,)
    largest_px: int = LARGEST_TRANSFORM_PX

    def prior(self, number: int) -> ViewPrior:
        """On the view of an X-ray."""
        return VIEW_PRIORS[self.views[number]]

    def angles_deg(self, number: int) -> np.ndarray:
        """In-plane turns to try of an X-ray."""
        own = in_plane_angles_deg(self.prior(number))
        if self.prior(number).in_plane_deg >= 180:
            return own
        return np.concatenate([own + turn for turn in self.turned_by_deg])


class Search:
    """The search, and what it found: the best poses first, the others where these do not convince.

    Args:
        polarities: that are refined at most.
    """

    def __init__(self, polarities: int = 2) -> None:
        self._polarities = polarities
        self._candidates: dict[tuple[bool, ...], Poses] = {}

    def first(self, group: Group, _best: Solution | None, means: Means) -> Iterator[Proposal]:
        """Search, and propose the best poses under each polarity that is likely."""
        among = Among(group.view_priors)
        with means.timed("search"):
            found = search_views(group, among, _libraries(group), part_of(means.report, 0.05, 0.35), "searching all views")
        depth_mm = group.depth_range(0)
        schedule = FROM_SEARCH if len(group.views) == 1 else FROM_JOINT_SEARCH
        for open_ones_are in _polarities_to_try(found, group)[: self._polarities]:
            polarities = group.polarities(open_ones_are)
            with means.timed("search"):
                poses = candidates(group.problem(polarities, depth_mm), among, depth_mm, found)
            self._candidates[polarities] = poses
            yield Proposal(poses[:FIRST], polarities, depth_mm, schedule)

    def more(self, group: Group, best: Solution | None, _means: Means) -> Iterator[Proposal]:
        """The other poses that the search found, under the polarity of the best."""
        if best is not None and self._candidates:
            polarities = best.polarities if best.polarities in self._candidates else next(iter(self._candidates))
            yield Proposal(self._candidates[polarities][FIRST:], polarities, group.depth_range(0), FROM_SEARCH)


def _libraries(group: Group) -> list[TemplateLibrary]:
    """For each X-ray, of the view that the CT was prepared for; where the X-ray has a view of its own, of that."""
    asked = group.settings.view or group.prepared.view
    own = [view.prior for view in group.views]
    return [library_for(group.prepared, asked) if name is None else group.prepared.library_of(name) for name in own]


def search_views(
    group: Group, among: Among, libraries: Sequence[TemplateLibrary], report: Report, stage: str
) -> list[list[Hypothesis]]:
    """What each view by itself proposes."""
    found = []
    for number, (view, library) in enumerate(zip(group.views, libraries, strict=True)):
        prior = among.prior(number)
        thorough = len(group.views) > 1 and prior.in_plane_deg >= 180
        where = SearchRange(
            group.prepared.center_ras,
            among.angles_deg(number),
            depths_to_try(group.depth_range(number), prior.depth_step),
            view.polarities if view.is_settled else (True, False),
            THOROUGH_COUNT if thorough else SearchRange.count,
            thorough,
            among.largest_px,
        )
        own = part_of(report, number / len(group.views), 1 / len(group.views))
        found.append(search(view.for_every_exposure(), library, where, _saying(own, stage)))
    return found


def candidates(
    problem: Problem, among: Among, depth_mm: tuple[float, float], found: Sequence[Sequence[Hypothesis]]
) -> Poses:
    """Distinct poses from the search, most promising first."""
    suited = [
        [each for each in own if each.bone_is_bright == view.bone_is_bright]
        for own, view in zip(found, problem.views, strict=True)
    ]
    if len(problem.views) > 1:
        return joint_candidates(problem, suited, depths_to_try(depth_mm, among.prior(0).depth_step), ALL)
    poses = poses_of(suited[0]).to(problem.prepared.device)
    return poses[distinct(poses, problem.limits.center_ras, ALL)]


def scores_by_polarity(found: Sequence[Sequence[Hypothesis]]) -> dict[bool, float]:
    """Best score under each polarity of the views that are open, summed over the views."""
    return {
        flag: sum(max((h.score for h in own if h.bone_is_bright == flag), default=0.0) for own in found)
        for flag in (False, True)
    }


def _polarities_to_try(found: Sequence[Sequence[Hypothesis]], group: Group) -> list[bool]:
    """Polarities of the views whose polarity is open: the best one, and the other if it is nearly as good.

    Of two that are both tried, the one that the X-rays' tags name comes first.
    """
    best = scores_by_polarity(found)
    order = sorted(best, key=lambda flag: best[flag], reverse=True)
    if best[order[1]] <= POLARITY_IN_DOUBT * best[order[0]]:
        return order[:1]
    hinted = group.polarity_hint()
    return order if hinted is None else [hinted, not hinted]


def _saying(report: Report, stage: str) -> Callable[[float], None]:
    return lambda share: report(share, stage)
