"""What a strategy is: it proposes poses for a group of X-rays; it neither refines them nor judges them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.schedule import Schedule, Solution
from RayEmbRegistrationLib.pose.group import Group
from RayEmbRegistrationLib.progress import Report

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks


@dataclass(frozen=True, eq=False)
class Proposal:
    """Poses to refine.

    Attributes:
        poses: first camera from RAS; none where nothing was found.
        polarities: that the X-rays are taken to have.
        depth_mm: (least, most) distance of the bone's centre from the first source, or None for any.
        schedule: by which they are refined.
        detected: by view, alternative detections of landmarks that these poses came from.
        group: the X-rays as these poses take them to be, where that is not as they were given (flipped, of the other
            polarity); None: as the strategy got them.
    """

    poses: Poses
    polarities: tuple[bool, ...]
    depth_mm: tuple[float, float] | None
    schedule: Schedule
    detected: tuple[tuple[Landmarks, ...], ...] = ()
    group: Group | None = None


@dataclass(frozen=True, eq=False)
class Means:
    """What a strategy may use.

    Attributes:
        rng: of every random choice.
        report: progress; raises where the user asked to stop.
        timing: seconds by stage so far.
        ends: when the registration is to end, by ``time.perf_counter``; None: when it is done.
        notes: what the user should know of how it went.
    """

    rng: np.random.Generator
    report: Report
    timing: dict[str, float] = field(default_factory=dict)
    ends: float | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether the time given is over."""
        return self.ends is not None and time.perf_counter() > self.ends

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the seconds within to a stage."""
        since = time.perf_counter()
        try:
            yield
        finally:
            self.timing[stage] = self.timing.get(stage, 0.0) + time.perf_counter() - since


Strategy = Callable[[Group, "Solution | None", Means], Iterator[Proposal]]
"""Called with the X-rays, the best solution so far and the means; each proposal is refined before the next is asked for."""
