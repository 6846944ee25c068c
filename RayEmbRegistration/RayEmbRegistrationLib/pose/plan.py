"""The plan of a registration: who proposes poses, in which order, and when to go on.

What is likeliest and cheapest comes first, and what convinces ends it. Where nothing does, the plan widens by itself
(``pose.widening``). A new method is a file of ``strategies`` that proposes, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from RayEmbRegistrationLib.problems import InputProblem

from .alignment.schedule import Solution
from .group import Group
from .strategies.bone_ends import from_ends
from .strategies.finders import LandmarkFinder, fixed_finder, template_finder
from .strategies.intensity import from_intensity
from .strategies.landmarks import ByLandmarks
from .strategies.mixed_polarity import of_mixed_polarity
from .strategies.proposal import Strategy
from .strategies.reconstruction import BySurfaces
from .strategies.search import Among, Search
from .strategies.single_views import from_single_views
from .strategies.start import AroundStart, finer, from_default, nearby
from .strategies.wider import QUARTER_TURNS, WiderSearch, in_group
from .views import OTHER_VIEWS, VIEW_PRIORS

CONVINCING = 0.5
"""Similarity from which a pose is believed, and no further effort made. In ``Testing/bench/results/pelvis60.json`` 71 of 73
right poses have it, and of 3 wrong ones one (0.515); below it the next strategies are asked."""
RIVALS = 0.9
"""Share of the best pose's evidence from which another one casts doubt on it: ``quality`` speaks of it, too."""
CONVINCING_JOINTLY = 0.55
"""Likewise for views of a rig: a wrong pose that suits two X-rays halfway scores higher than one that suits one."""

BEYOND_DOUBT = 0.6
"""Similarity of a pose near a start from which the other polarity is not tried though nothing is known of it; of 85 poses
under a wrong polarity, turn or orientation none has over 0.44 at the finest level."""
LANDMARK_METHODS, SEARCHING = ("rayemb", "both", "fixed-landmarks"), ("search", "both")
RECONSTRUCTION = "reconstruction"
DOUBT = 0.1
"""Of a pose that contradicts what was said: among so many more some wrong one is likelier to fit. A pelvis from behind was
fitted from the front with 0.51."""
LEAST_IN_VIEW = 0.25
"""Share of the bone that a pose must show which contradicts what was said of the X-ray. Chosen: among all views some sliver
of bone fits any picture; of X-rays without bone two were fitted by 14 % of a knee with a similarity of 0.63."""
COARSE_PX = 80
"""Side of the search's transform in the first wider searches: a third of the time. Of twelve X-rays of the real pelvis, the
right pose is among the first 24 in 9 where quarter turns are looked among and in 10 among any view; at twice that in 11."""


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
        follows: whether the X-rays are taken as the best pose so far takes them (flipped, of the other polarity).
        doubt: what a pose of it must have beyond the others' similarity to convince.
        least_in_view: share of the bone that a pose of it must show in every X-ray.
        among_rivals: taken as well where another pose fits nearly as well as the best.
    """

    method: str
    says: str
    propose: Strategy
    unless: float | None = None
    enough: float | None = None
    share: float = 0.7
    follows: bool = False
    doubt: float = 0.0
    least_in_view: float = 0.0
    among_rivals: bool = False

    def is_wanted(self, best: Solution | None, doubt: float = 0.0) -> bool:
        """Whether to take it after what was found so far, by a step of so much doubt."""
        if best is None or self.unless is None or best.similarity < self.unless + doubt:
            return True
        return self.among_rivals and best.runner_up is not None and best.runner_up > RIVALS


RegisterAlone = Callable[[Group], "tuple[Solution | None, bool]"]


def plan_for(group: Group, register_alone: RegisterAlone | None = None) -> list[Step]:
    """The steps for a group of X-rays.

    Args:
        group: the X-rays.
        register_alone: how to register one of them by itself; None for a plan without second efforts.

    Raises:
        InputProblem: the CT was prepared without what the method needs.
    """
    if group.start is not None and method_of(group) != "intensity":
        return _from_start(group)
    method, looking, steps = method_of(group), Search(2 if register_alone else 1), []
    if group.has_ends and method != "intensity":
        return _from_ends(group)
    if method == "intensity":
        steps.append(Step(method, "gradient ascent on whole images", from_intensity))
    if method in LANDMARK_METHODS:
        steps += _by_landmarks(group, method, register_alone)
    if method == RECONSTRUCTION:
        steps += _by_reconstruction(group, register_alone)
    if method in SEARCHING:
        steps += _by_search(group, looking, register_alone)
    if register_alone is not None and group.start is None and group.settings.widen:
        steps += _wider(group, method)
        if method in SEARCHING:
            steps.append(Step("search", "more of what the search found", looking.more, unless=CONVINCING))
    if group.settings.redetect and method in LANDMARK_METHODS:
        steps.append(_around_best(group, method))
    return [
        *steps,
        Step("", "the finer levels that were saved", finer, follows=True),
        Step("default view", "the middle of the view prior, as nothing else gave a pose", from_default, unless=-1.0),
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
    return template_finder(group.prepared, max(VIEW_PRIORS[name].in_plane_deg for name in group.view_priors))


def _from_start(group: Group) -> list[Step]:
    if group.start is None:
        raise InputProblem("give a start pose or landmark pairs")
    around = AroundStart(group.start)
    name = group.start.by
    if group.settings.refine_only or group.settings.held:
        steps = [Step(name, "the pose itself, refined", around.only)]
        return [*steps, *_mixed(group, name, around.only)]
    # A hint that convinces saves the other polarity; without one it is saved only by a pose beyond doubt.
    enough = CONVINCING if group.polarity_hint() is not None else BEYOND_DOUBT
    steps = [
        Step(name, "poses around it", around.near, enough=enough),
        *_mixed(group, name, around.near),
        Step(name, "more poses around it", around.wider, unless=CONVINCING),
    ]
    if group.is_settled:
        other = in_group(group.of_other_polarity(), around.near)
        steps.append(Step(name, "poses around it, the X-ray of the other polarity", other, unless=CONVINCING))
    return steps


def _from_ends(group: Group) -> list[Step]:
    enough = BEYOND_DOUBT if group.polarity_hint() is None else CONVINCING
    return [
        Step("bone's ends", "the bone between the ends that were clicked", from_ends, enough=enough),
        *_mixed(group, "bone's ends", from_ends),
        Step("bone's ends", "poses around the best", nearby, unless=convincing(len(group.views))),
        Step("", "the finer levels that were saved", finer, follows=True),
        Step("default view", "the middle of the view prior, as nothing else gave a pose", from_default, unless=-1.0),
    ]


def _mixed(group: Group, name: str, strategy: Strategy) -> list[Step]:
    """That views of a rig, of whose polarity nothing is known, differ in it."""
    if sum(not view.is_settled for view in group.views) < 2:
        return []
    return [Step(name, "poses around it, X-rays of different polarities", of_mixed_polarity(strategy))]


def _by_landmarks(group: Group, method: str, register_alone: RegisterAlone | None) -> list[Step]:
    enough = convincing(len(group.views))
    name = "rayemb" if method == "both" else method
    landmarks = ByLandmarks(finder_for(group, name))
    steps = [
        Step(name, "landmarks in the X-rays", landmarks.first, enough=enough),
        Step(name, "landmarks where grey values are spread evenly", landmarks.evened, unless=enough, enough=enough),
    ]
    if register_alone is not None and method != "both":  # else the search is the better second effort
        steps.append(Step(name, "poses around the best", nearby, unless=enough))
    return steps


def _by_reconstruction(group: Group, register_alone: RegisterAlone | None) -> list[Step]:
    enough, surfaces = convincing(len(group.views)), BySurfaces(group.prepared)
    steps = [
        Step(RECONSTRUCTION, "the bone reconstructed from the X-rays", surfaces.first, enough=enough),
        Step(RECONSTRUCTION, "where grey values are spread evenly", surfaces.evened, unless=enough, enough=enough),
    ]
    return [*steps, Step(RECONSTRUCTION, "poses around the best", nearby, unless=enough)] if register_alone else steps


def _around_best(group: Group, method: str) -> Step:
    name = "rayemb" if method == "both" else method
    again = ByLandmarks(finder_for(group, name)).around_best
    return Step(name, "landmarks by templates around the best", again, enough=convincing(len(group.views)), follows=True)


def _by_search(group: Group, looking: Search, register_alone: RegisterAlone | None) -> list[Step]:
    unless = convincing(len(group.views)) if method_of(group) == "both" else None
    if register_alone is None:
        return [Step("search", "all views of the prior, the likelier polarity", looking.first, unless=unless)]
    enough = CONVINCING if group.polarity_hint() is not None else None
    steps = [Step("search", "all views of the prior", looking.first, unless=unless, enough=enough)]
    if len(group.views) > 1:
        alone = from_single_views(register_alone)
        steps.append(Step("single views", "each view by itself, then all", alone, unless=CONVINCING_JOINTLY))
    return steps


def _wider(group: Group, method: str) -> list[Step]:
    """That something of what was said of the X-rays does not hold: cheapest first, and only where nothing convinces."""
    enough = convincing(len(group.views))
    reading = group.of_any_polarity() if group.is_settled else group
    flipped = [reading.mirrored()] if group.settings.mirrored is None else []
    if method == "intensity":
        found = [("the X-ray flipped left to right", in_group(each, from_intensity)) for each in flipped]
    elif method in SEARCHING:
        found = _wider_searches(group, reading, flipped)
    elif method == RECONSTRUCTION:
        surfaces = BySurfaces(group.prepared).first
        found = [("the X-ray flipped left to right", in_group(each, surfaces)) for each in flipped]
    else:
        strategies = [ByLandmarks(finder_for(each, method)) for each in flipped]
        pairs = list(zip(flipped, strategies, strict=True))
        found = [("the X-ray flipped left to right", in_group(each, own.first)) for each, own in pairs]
        found += [("flipped, grey values spread evenly", in_group(each, own.evened)) for each, own in pairs]
    name, is_single = "wider search" if method in SEARCHING else method, len(group.views) == 1
    steps = [Step(name, says, propose, enough, enough + DOUBT, doubt=DOUBT) for says, propose in found]
    return [replace(step, least_in_view=LEAST_IN_VIEW, among_rivals=is_single) for step in steps]


def _wider_searches(group: Group, reading: Group, flipped: list[Group]) -> list[tuple[str, Strategy]]:
    """Quarter turns, flipped and other polarity within the view prior; the other named views; any; the first more finely."""
    views, others = group.view_priors, (reading, *flipped)
    if all(VIEW_PRIORS[name].in_plane_deg >= 180 for name in views):  # any view was looked among
        others = others if reading is not group else tuple(flipped)
        readings = [(each, Among(views, largest_px=COARSE_PX)) for each in others]
        return [("flipped or of another polarity", WiderSearch(readings).propose)] if readings else []
    all_turns = (0.0, *QUARTER_TURNS)
    turned = [(each, Among(views, QUARTER_TURNS if each is group else all_turns)) for each in others]
    coarsely = [(each, replace(among, largest_px=COARSE_PX)) for each, among in turned]
    same = [(name,) * len(views) for name in (*OTHER_VIEWS, "any")]
    named = [(each, Among(names)) for names in same[:-1] if names != views for each in others]
    return [
        ("the X-ray turned by quarters, flipped or of another polarity", WiderSearch(coarsely).propose),
        ("the other named views", WiderSearch(named).propose),
        ("any view", WiderSearch([(each, Among(same[-1], largest_px=COARSE_PX)) for each in others]).propose),
        ("turned by quarters, flipped or of another polarity, looked at more finely", WiderSearch(turned).propose),
    ]
