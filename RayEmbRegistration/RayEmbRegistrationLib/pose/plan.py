"""The plan of a registration: who proposes poses, in which order, and when to go on.

A new method is a file of ``strategies`` that proposes, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from RayEmbRegistrationLib.problems import InputProblem

from .alignment.schedule import Solution
from .group import Group
from .strategies.finders import LandmarkFinder, fixed_finder, template_finder
from .strategies.intensity import from_intensity
from .strategies.landmarks import ByLandmarks
from .strategies.proposal import Strategy
from .strategies.search import Search
from .strategies.single_views import from_single_views
from .strategies.start import AroundStart, nearby
from .views import VIEW_PRIORS

CONVINCING = 0.5
"""Similarity from which a pose is believed, and no further effort made. In ``Testing/bench/results/pelvis60.json`` 71 of 73
right poses have it, and of 3 wrong ones one (0.515); below it the next strategies are asked."""
CONVINCING_JOINTLY = 0.55
"""Likewise for views of a rig: a wrong pose that suits two X-rays halfway scores higher than one that suits one."""


@dataclass(frozen=True, eq=False)
class Step:
    """A line of the plan.

    Attributes:
        method: what it is called in the result.
        says: what it does, for the log.
        propose: the strategy.
        unless: not taken where the best solution so far has this similarity; None: always taken.
        enough: similarity of one of its proposals from which it is asked for no more.
        share: of the time left it may take, where the time is limited.
    """

    method: str
    says: str
    propose: Strategy
    unless: float | None = None
    enough: float | None = None
    share: float = 0.7

    def is_wanted(self, best: Solution | None) -> bool:
        """Whether to take it after what was found so far."""
        return best is None or self.unless is None or best.similarity < self.unless


RegisterAlone = Callable[[Group], "tuple[Solution | None, bool]"]


def plan_for(group: Group, register_alone: RegisterAlone | None = None) -> list[Step]:
    """The steps for a group of X-rays.

    Args:
        group: the X-rays.
        register_alone: how to register one of them by itself; None for a plan without second efforts.

    Raises:
        InputProblem: the CT was prepared without what the method needs.
    """
    method = method_of(group)
    if method == "intensity":
        return [Step("intensity", "gradient ascent on whole images", from_intensity)]
    if group.start is not None:
        return _from_start(group)
    searching = _by_search(group, register_alone)
    if method == "search":
        return searching
    enough = convincing(len(group.views))
    is_last = method != "both"  # else the search is the better second effort
    name = "rayemb" if method == "both" else method
    return [
        *_by_landmarks(group, name, persistent=is_last and register_alone is not None),
        *([] if is_last else _later(searching, enough)),
    ]


def convincing(views: int) -> float:
    """Similarity from which a pose of so many X-rays is believed."""
    return CONVINCING if views == 1 else CONVINCING_JOINTLY


def method_of(group: Group) -> str:
    """The method where no start pose is given."""
    return group.settings.method or ("search" if group.prepared.templates is None else "both")


def finder_for(group: Group, method: str) -> LandmarkFinder:
    """What detects landmarks for a method.

    Raises:
        InputProblem: the CT was prepared without.
    """
    if method == "fixed-landmarks":
        return fixed_finder(group.prepared)
    return template_finder(group.prepared, VIEW_PRIORS[group.settings.view or group.prepared.view].in_plane_deg)


def _from_start(group: Group) -> list[Step]:
    if group.start is None:
        raise InputProblem("give a start pose or landmark pairs")
    around = AroundStart(group.start)
    name = group.start.by
    if group.settings.refine_only or group.settings.held:
        return [Step(name, "the pose itself, refined", around.only)]
    # A hint that convinces saves the other polarity; without one both are asked.
    enough = CONVINCING if group.polarity_hint() is not None else None
    return [
        Step(name, "poses around it", around.near, enough=enough),
        Step(name, "more poses around it", around.wider, unless=CONVINCING),
    ]


def _by_landmarks(group: Group, name: str, persistent: bool) -> list[Step]:
    enough = convincing(len(group.views))
    landmarks = ByLandmarks(finder_for(group, name))
    steps = [
        Step(name, "landmarks in the X-rays", landmarks.first, enough=enough),
        Step(name, "landmarks where grey values are spread evenly", landmarks.evened, unless=enough, enough=enough),
    ]
    if persistent:
        steps.append(Step(name, "poses around the best", nearby, unless=enough))
    if group.settings.redetect:
        steps.append(Step(name, "landmarks by templates around the best", landmarks.around_best, enough=enough))
    return steps


def _by_search(group: Group, register_alone: RegisterAlone | None) -> list[Step]:
    if register_alone is None:
        return [Step("search", "all views of the prior, the likelier polarity", Search(polarities=1).first)]
    looking = Search()
    enough = CONVINCING if group.polarity_hint() is not None else None
    steps = [Step("search", "all views of the prior", looking.first, enough=enough)]
    if len(group.views) > 1:
        alone = from_single_views(register_alone)
        steps.append(Step("single views", "each view by itself, then all", alone, unless=CONVINCING_JOINTLY))
    return [*steps, Step("search", "more of what the search found", looking.more, unless=CONVINCING)]


def _later(steps: list[Step], unless: float) -> list[Step]:
    """The steps, none of them taken where the best so far has a similarity."""
    least = [unless if step.unless is None else min(unless, step.unless) for step in steps]
    return [replace(step, unless=own) for step, own in zip(steps, least, strict=True)]
