"""How a step of an algorithm tells where it stands, and is stopped."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[float, str], None]
"""Called with (share done, stage in words); may raise ``Cancelled``."""


class Cancelled(Exception):  # noqa: N818 - it is no error
    """The user asked to stop; nothing was changed."""


def watch(progress: Report | None, cancelled: Callable[[], bool] | None) -> Report:
    """One callable for steps of an algorithm: reports, and raises ``Cancelled`` when the user asked to stop."""

    def report(share: float, stage: str) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled
        if progress is not None:
            progress(share, stage)

    return report


def part_of(report: Report, start: float, length: float) -> Report:
    """A report whose 0 to 1 are a part of another's."""
    return lambda share, stage: report(start + length * share, stage)


def rising(report: Report) -> Report:
    """A report whose share never falls: of what is tried in turn, nobody knows before how much will be."""
    most = 0.0

    def forward(share: float, stage: str) -> None:
        nonlocal most
        most = max(most, share)
        report(most, stage)

    return forward
