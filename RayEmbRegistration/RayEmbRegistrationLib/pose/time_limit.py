"""Within which time a plan is followed: a step may not take all of it, and what was found until then is the answer.

Without a limit nothing depends on the clock, and the same input gives the same result on any machine.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from .plan import Step
from .strategies.proposal import Means

_log = logging.getLogger(__name__)


class OutOfTime(Exception):  # noqa: N818 - it is no error
    """A step's time is over."""


def ending(began: float, seconds: float | None) -> float | None:
    """When a registration is to end, by ``time.perf_counter``; None where it may take as long as it needs."""
    return None if seconds is None else began + seconds


@contextmanager
def within_time(step: Step, means: Means, has_answer: Callable[[], bool]) -> Iterator[Means]:
    """Means for a step that end it when its share of the time left is over; not before there is a pose to give.

    Args:
        step: of the plan.
        means: of the registration.
        has_answer: whether a pose was found so far.
    """
    if means.ends is None:
        yield means
        return
    now = time.perf_counter()
    ends = now + step.share * max(means.ends - now, 0.0)

    def report(share: float, stage: str) -> None:
        means.report(share, stage)
        if time.perf_counter() > ends and has_answer():
            raise OutOfTime

    try:
        yield replace(means, report=report)
    except OutOfTime:
        spent = time.perf_counter() - now
        _log.info("%s, %s: stopped after %.1f s, its part of the time", step.method, step.says, spent)
        means.notes.append(
            f"the time given ran out while trying {step.method} ({step.says}); more of it may find a better pose"
        )
