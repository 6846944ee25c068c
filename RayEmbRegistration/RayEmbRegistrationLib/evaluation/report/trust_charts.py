"""What was said of a registration against what came true: the expected error, and the probability of being right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from RayEmbRegistrationLib.evaluation.capture_range import wilson_interval

from .drawing import DASHED, FAINT, INK, error_axis, error_limits, new_axes, share_axis, styled, within

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE_PX = (340, 340)  # chosen: three side by side
_LEAST_FOR_MEDIANS = 16  # chosen: two parts of eight, of which a median says something


@dataclass(frozen=True, eq=False)
class Said:
    """What was said and what came true, one entry a registration with a pose and an expected error.

    Attributes:
        expected_mm, actual_mm: (N,) errors.
        trusted: (N,) bool.
    """

    expected_mm: np.ndarray
    actual_mm: np.ndarray
    trusted: np.ndarray


@dataclass(frozen=True)
class Reliability:
    """How well what was said fits what was.

    Attributes:
        rank_correlation: Spearman's, of expected and actual error; NaN for fewer than three.
        count: registrations with a pose and an expected error.
        below: share whose actual error was below the expected one.
    """

    rank_correlation: float
    count: int
    below: float


def reliability(said: Said) -> Reliability:
    """How well it fits."""
    from scipy.stats import rankdata

    expected, actual = said.expected_mm, said.actual_mm
    below = float(np.mean(actual < expected)) if len(expected) else float("nan")
    if len(expected) < 3 or np.ptp(expected) == 0 or np.ptp(actual) == 0:
        return Reliability(float("nan"), len(expected), below)
    ranks = [rankdata(values) for values in (expected, actual)]
    return Reliability(float(np.corrcoef(*ranks)[0, 1]), len(expected), below)


@styled
def reliability_chart(said: Said, title: str, color: str) -> Axes:
    """Expected against actual error, each registration a dot (a ring where it is not trusted), and running medians."""
    expected, actual, trusted = said.expected_mm, said.actual_mm, said.trusted
    limits = error_limits([*expected, *actual])
    axes = new_axes(_SIZE_PX, title)
    error_axis(axes, "x", limits, "expected error, mm")
    error_axis(axes, "y", limits, "actual error, mm")
    axes.plot(limits, limits, color=FAINT, linewidth=1, linestyle=DASHED)
    x, y = within(expected, limits), within(actual, limits)
    dots: dict[str, Any] = {"color": color, "marker": "o", "linestyle": "none", "clip_on": False}
    axes.plot(x[trusted], y[trusted], markersize=5.2, markeredgewidth=0, alpha=0.75, **dots)
    axes.plot(x[~trusted], y[~trusted], markersize=4.6, markeredgewidth=1.3, fillstyle="none", **dots)
    if len(expected) >= _LEAST_FOR_MEDIANS:
        parts = np.array_split(np.argsort(expected), min(8, len(expected) // 8))
        axes.plot(*[[float(np.median(values[part])) for part in parts] for values in (x, y)], color=INK)
    return axes


@styled
def probability_chart(said: Sequence[float], right: Sequence[bool], title: str, color: str, bins: int = 5) -> Axes:
    """Said probability against the share that it came true for, in bins of equal width with 95 % intervals."""
    probability, came_true = np.asarray(said, dtype=float), np.asarray(right, dtype=bool)
    axes = new_axes(_SIZE_PX, title)
    share_axis(axes, "x", "said")
    share_axis(axes, "y", "came true")
    axes.plot((0, 1), (0, 1), color=FAINT, linewidth=1, linestyle=DASHED)
    where = np.clip((probability * bins).astype(int), 0, bins - 1)
    points = []
    for number in range(bins):
        chosen = where == number
        count = int(chosen.sum())
        if not count:
            continue
        x, share = float(probability[chosen].mean()), float(came_true[chosen].mean())
        low, high = wilson_interval(float(came_true[chosen].sum()), count)
        axes.plot((x, x), (low, high), color=color, linewidth=1.3, clip_on=False)
        above = high < 0.93
        place, side = ((x, high), "bottom") if above else ((x, low), "top")
        axes.annotate(f"{count}", place, (0, 3 if above else -3), "data", "offset points",
                      ha="center", va=side, color=FAINT, fontsize=10)  # fmt: skip
        points.append((x, share))
    axes.plot(*np.array(points).T, color=color, marker="o", markersize=8, clip_on=False)
    return axes
