"""What to try where nothing that the user said of an X-ray leads anywhere: that some of it does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from RayEmbRegistrationLib.pose.alignment.schedule import FROM_WIDER_SEARCH, Solution
from RayEmbRegistrationLib.pose.group import Group
from RayEmbRegistrationLib.progress import Report, part_of

from .fourier_search import Hypothesis
from .proposal import Means, Proposal, Strategy
from .search import Among, candidates, scores_by_polarity, search_views

QUARTER_TURNS = (90.0, 180.0, 270.0)  # degrees; the other ways in which a square or stored image may lie
RENDERING = "rendering the bone from all sides"
# Readings, each with a polarity, that are refined, of a pair half as many; chosen for time: of 12 X-rays of the real pelvis
# the right one is among the first two.
MOST = 4
COUNT = 24  # distinct poses of a reading that are refined; bench widening


class WiderSearch:
    """One search over several readings of the X-rays; each is refined, the most promising first.

    A search says which reading is likeliest at a fraction of what refinement costs.

    Args:
        readings: the X-rays as they may have been taken, each with the views to look among.
    """

    def __init__(self, readings: Sequence[tuple[Group, Among]]) -> None:
        self._readings = readings

    def propose(self, group: Group, _best: Solution | None, means: Means) -> Iterator[Proposal]:
        """Poses under each reading and polarity."""
        found: list[tuple[float, bool, Group, Among, list[list[Hypothesis]]]] = []
        report = part_of(means.report, 0.1, 0.3)
        with means.timed("search"):
            for number, (reading, among) in enumerate(self._readings):
                part = part_of(report, number / len(self._readings), 1 / len(self._readings))
                saying = _saying(part, RENDERING)
                libraries = [reading.prepared.library_of(name, progress=saying) for name in among.views]
                hypotheses = search_views(reading, among, libraries, part, _stage(reading, among))
                scores = scores_by_polarity(hypotheses)
                if reading.is_settled:
                    scores = dict.fromkeys(scores, max(scores.values()))
                found += [(scores[flag], flag, reading, among, hypotheses) for flag in reading.polarities_to_try()]
        for _, flag, reading, among, hypotheses in sorted(found, key=lambda each: -each[0])[: MOST // len(group.views)]:
            depth_mm, polarities = reading.depth_range(0), reading.polarities(flag)
            with means.timed("search"):
                poses = candidates(reading.problem(polarities, depth_mm), among, depth_mm, hypotheses)[:COUNT]
            changed = None if reading is group else reading
            yield Proposal(poses, polarities, depth_mm, FROM_WIDER_SEARCH, group=changed)


def _stage(reading: Group, among: Among) -> str:
    """What is looked for, for the progress."""
    names = " and ".join(f"'{name}'" for name in dict.fromkeys(among.views))
    where = "quarter turns" if among.turned_by_deg != (0.0,) else f"the view {names}"
    return f"nothing fits so far: trying {where}{' of the flipped X-ray' if reading.is_mirrored else ''}"


def _saying(report: Report, stage: str) -> Callable[[float], None]:
    """A stage whose share counts for nothing."""
    return lambda _: report(0.0, stage)


def in_group(reading: Group, strategy: Strategy) -> Strategy:
    """What a strategy proposes for the X-rays taken to be otherwise than they were given."""

    def propose(_group: Group, best: Solution | None, means: Means) -> Iterator[Proposal]:
        for proposal in strategy(reading, best, means):
            yield Proposal(
                proposal.poses,
                proposal.polarities,
                proposal.depth_mm,
                proposal.schedule,
                proposal.detected,
                proposal.group or reading,
            )

    return propose
