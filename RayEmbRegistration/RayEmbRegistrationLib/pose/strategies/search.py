"""Poses by a search of every view, among all that the prior allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.schedule import FROM_JOINT_SEARCH, FROM_SEARCH, Solution, distinct
from RayEmbRegistrationLib.pose.group import Group
from RayEmbRegistrationLib.pose.problem import Problem
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, in_plane_angles_deg
from RayEmbRegistrationLib.progress import Report

from .fourier_search import Hypothesis, SearchRange, depths_to_try, library_for, poses_of, search
from .joint_search import joint_candidates
from .proposal import Means, Proposal

FIRST, ALL = 32, 96  # distinct poses refined at first, and in all; bench ablation measures 8
# Hypotheses a view where nothing is known of the view but a second one will tell them apart; chosen for time and memory.
THOROUGH_COUNT = 12_000
# Share of the best score from which the other polarity is tried too; chosen: a clear winner is right.
POLARITY_IN_DOUBT = 0.85


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
        with means.timed("search"):
            found = self._search(group, means.report)
        depth_mm = group.depth_range(0)
        schedule = FROM_SEARCH if len(group.views) == 1 else FROM_JOINT_SEARCH
        for open_ones_are in _polarities_to_try(found, group)[: self._polarities]:
            polarities = group.polarities(open_ones_are)
            with means.timed("search"):
                poses = _candidates(group, group.problem(polarities, depth_mm), found)
            self._candidates[polarities] = poses
            yield Proposal(poses[:FIRST], polarities, depth_mm, schedule)

    def more(self, group: Group, best: Solution | None, _means: Means) -> Iterator[Proposal]:
        """The other poses that the search found, under the polarity of the best."""
        if best is not None:
            own = self._candidates.get(best.polarities)
            poses = next(iter(self._candidates.values())) if own is None else own
            yield Proposal(poses[FIRST:], best.polarities, group.depth_range(0), FROM_SEARCH)

    def _search(self, group: Group, report: Report) -> list[list[Hypothesis]]:
        """What each view by itself proposes."""
        prior = VIEW_PRIORS[group.settings.view or group.prepared.view]
        library = library_for(group.prepared, group.settings.view or group.prepared.view)
        thorough = len(group.views) > 1 and prior.in_plane_deg >= 180
        found = []
        for number, view in enumerate(group.views):
            where = SearchRange(
                group.prepared.center_ras,
                in_plane_angles_deg(prior),
                depths_to_try(group.depth_range(number), prior.depth_step),
                view.polarities if view.is_settled else (True, False),
                THOROUGH_COUNT if thorough else SearchRange.count,
                thorough,
            )
            done, part = number / len(group.views), 1 / len(group.views)
            found.append(
                search(view.for_every_exposure(), library, where, _searching(report, 0.05 + 0.35 * done, 0.35 * part))
            )
        return found


def _candidates(group: Group, problem: Problem, found: Sequence[Sequence[Hypothesis]]) -> Poses:
    """Distinct poses from the search, most promising first."""
    suited = [
        [each for each in own if each.bone_is_bright == view.bone_is_bright]
        for own, view in zip(found, problem.views, strict=True)
    ]
    if len(problem.views) > 1:
        step = VIEW_PRIORS[group.settings.view or group.prepared.view].depth_step
        return joint_candidates(problem, suited, depths_to_try(group.depth_range(0), step), ALL)
    poses = poses_of(suited[0]).to(group.prepared.device)
    return poses[distinct(poses, group.prepared.center_ras, ALL)]


def _polarities_to_try(found: Sequence[Sequence[Hypothesis]], group: Group) -> list[bool]:
    """Polarities of the views whose polarity is open: the best one, and the other if it is nearly as good.

    Of two that are both tried, the one that the X-rays' tags name comes first.
    """
    best = {
        flag: sum(max((h.score for h in own if h.bone_is_bright == flag), default=0.0) for own in found)
        for flag in (False, True)
    }
    order = sorted(best, key=lambda flag: best[flag], reverse=True)
    if best[order[1]] <= POLARITY_IN_DOUBT * best[order[0]]:
        return order[:1]
    hinted = group.polarity_hint()
    return order if hinted is None else [hinted, not hinted]


def _searching(report: Report, start: float, length: float) -> Callable[[float], None]:
    return lambda share: report(start + length * share, "searching all views")
