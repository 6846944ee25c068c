"""The drawings of a comparison: box plots, shares below an error, capture range, expected against actual error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.evaluation.capture_range import SUCCESS_MM, CaptureCurve, wilson_interval
from RayEmbRegistrationLib.evaluation.comparison.records import Record

from .svg import FAINT, INK, Axis, Chart, color_of, error_axis

_DOTTED = "2 4"
_SHARES = tuple((share / 100, f"{share} %") for share in (0, 20, 40, 60, 80, 100))


def box_plot(groups: Mapping[str, Mapping[str, Sequence[float]]], methods: Sequence[str]) -> str:
    """The mTRE of each group and method: quartiles and median, whiskers at 5 and 95 %, every registration beyond as a dot.

    Args:
        groups: group to method to errors, mm; infinite where there is no pose.
        methods: in the order of their colours.
    """
    everything = [value for by_method in groups.values() for values in by_method.values() for value in values]
    width = max(420, min(1040, 90 + len(groups) * (26 * len(methods) + 34)))
    ticks = tuple((n + 0.5, _short(name, len(groups))) for n, name in enumerate(groups))
    chart = Chart(Axis(0, len(groups), ticks=ticks), error_axis(everything, "mTRE, mm"), (width, 400))
    column = (width - chart.left - chart.right) / len(groups)
    step = min(30.0, 0.86 * column / len(methods))
    for number, by_method in enumerate(groups.values()):
        middle = chart.left + column * (number + 0.5)
        present = [method for method in methods if method in by_method]
        for place, method in enumerate(present):
            px = middle + (place - (len(present) - 1) / 2) * step
            _box(chart, px, 0.68 * step, np.asarray(by_method[method], dtype=float), color_of(method, methods))
    return chart.svg()


def _box(chart: Chart, px: float, width: float, values: np.ndarray, color: str) -> None:
    """One box; errors that are infinite are counted at the top, where percentiles that are end."""
    lost = int(np.count_nonzero(~np.isfinite(values)))
    values = np.where(np.isfinite(values), values, np.inf)
    five, low, median, high, most = (
        min(float(np.percentile(values, p, method="inverted_cdf")), chart.y.high) for p in (5, 25, 50, 75, 95)
    )
    heights = {value: chart.place(0, value)[1] for value in (five, low, median, high, most)}
    chart.segment((px, heights[five]), (px, heights[low]), color)
    chart.segment((px, heights[high]), (px, heights[most]), color)
    chart.box(px, width, low, high, color)
    chart.segment((px - width / 2, heights[median]), (px + width / 2, heights[median]), color, 2.6)
    for end in (five, most):
        chart.segment((px - width / 4, heights[end]), (px + width / 4, heights[end]), color)
    per_px = (chart.size[0] - chart.left - chart.right) / (chart.x.high - chart.x.low)
    for value in values[np.isfinite(values) & ((values < five) | (values > most))]:
        chart.dot(chart.x.low + (px - chart.left) / per_px, float(value), color, 1.8)
    if lost:
        chart.text(px, chart.top - 5, f"+{lost}", color, "middle", 11)


def share_curves(errors: Mapping[str, Sequence[float]], methods: Sequence[str]) -> str:
    """For each method the share of registrations whose mTRE is below the abscissa."""
    axis = error_axis([value for values in errors.values() for value in values], "mTRE, mm")
    chart = Chart(axis, Axis(0, 1, "share of registrations below", ticks=_SHARES))
    for method, values in errors.items():
        ordered = np.sort(np.asarray(values, dtype=float))
        points, share = [(axis.low, 0.0)], 0.0
        for number, value in enumerate(ordered[np.isfinite(ordered)], start=1):
            points += [(float(value), share), (float(value), number / len(ordered))]
            share = number / len(ordered)
        chart.line([*points, (axis.high, share)], color_of(method, methods))
    chart.legend([(method, color_of(method, methods)) for method in errors], chart.left + 12, chart.top + 16)
    return chart.svg()


def capture_chart(curves: Mapping[str, CaptureCurve], alone: Mapping[str, float], methods: Sequence[str]) -> str:
    """Success against initial error; dotted lines: methods that were given no start.

    Args:
        curves: by method.
        alone: method to its share of success without any start.
        methods: in the order of their colours.
    """
    high = max(curve.edges_mm[-1] for curve in curves.values())
    shares = Axis(0, 1, f"share with a final mTRE below {SUCCESS_MM:g} mm", ticks=_SHARES)
    chart = Chart(Axis(0, float(high), "initial mTRE, mm"), shares, (800, 380), room_right=230)
    for method, share in alone.items():
        chart.line([(0, share), (high, share)], color_of(method, methods), 1.3, _DOTTED)
    for method, curve in curves.items():
        color, some = color_of(method, methods), curve.counts > 0
        middles = ((curve.edges_mm[1:] + curve.edges_mm[:-1]) / 2)[some]
        low, top = curve.intervals[some].T
        band = [*zip(middles, low, strict=True), *zip(middles[::-1], top[::-1], strict=True)]
        chart.area(band, color)
        chart.line(list(zip(middles, curve.success[some], strict=True)), color)
        for x, y in zip(middles, curve.success[some], strict=True):
            chart.dot(x, y, color)
        if curve.capture_range_mm > 0:
            chart.line([(curve.capture_range_mm, 0), (curve.capture_range_mm, 1)], color, 1.3, "6 4")
    entries = [(f"{method}, from the start", color_of(method, methods)) for method in curves]
    chart.legend(entries, chart.size[0] - 218, chart.top + 12)
    below = chart.top + 12 + 17 * len(entries)
    entries = [(f"{method}, no start given", color_of(method, methods)) for method in alone]
    chart.legend(entries, chart.size[0] - 218, below, _DOTTED)
    return chart.svg()


@dataclass(frozen=True)
class Reliability:
    """How well what was said fits what was.

    Attributes:
        rank_correlation: Spearman's, of expected and actual mTRE; NaN for fewer than three.
        count: registrations with a pose and an expected error.
        below: share whose actual error was below the expected one.
    """

    rank_correlation: float
    count: int
    below: float


def reliability(records: Sequence[Record]) -> Reliability:
    """Of registrations with a pose."""
    from scipy.stats import rankdata

    expected, actual, _ = _expected_and_actual(records)
    if len(expected) < 3 or np.ptp(expected) == 0 or np.ptp(actual) == 0:
        return Reliability(float("nan"), len(expected), float(np.mean(actual < expected)) if len(expected) else float("nan"))
    ranks = [rankdata(values) for values in (expected, actual)]
    return Reliability(float(np.corrcoef(*ranks)[0, 1]), len(expected), float(np.mean(actual < expected)))


def reliability_chart(records: Sequence[Record], title: str, color: str) -> str:
    """Expected against actual mTRE, each registration a dot (a ring where it is not trusted), and running medians."""
    expected, actual, trusted = _expected_and_actual(records)
    axis = error_axis([*expected, *actual], "expected mTRE, mm")
    chart = Chart(axis, Axis(axis.low, axis.high, "actual mTRE, mm", logarithmic=True), (340, 340), title)
    chart.line([(axis.low, axis.low), (axis.high, axis.high)], FAINT, 1, "5 4")
    for x, y, filled in zip(expected, actual, trusted, strict=True):
        chart.dot(float(x), float(y), color, 2.6, hollow=not filled)
    order = np.argsort(expected)
    parts = [part for part in np.array_split(order, min(8, len(order) // 8)) if len(part)] if len(order) >= 16 else []
    medians = [(float(np.median(expected[part])), float(np.median(actual[part]))) for part in parts]
    if len(medians) > 1:
        chart.line(medians, INK, 2)
    return chart.svg()


def probability_chart(said: Sequence[float], right: Sequence[bool], title: str, color: str, bins: int = 5) -> str:
    """Said probability against the share that it came true for, in bins of equal width with 95 % intervals."""
    said, right = np.asarray(said, dtype=float), np.asarray(right, dtype=bool)
    axis = Axis(0, 1, "said", ticks=_SHARES)
    chart = Chart(axis, Axis(0, 1, "came true", ticks=_SHARES), (340, 340), title)
    chart.line([(0, 0), (1, 1)], FAINT, 1, "5 4")
    where = np.clip((said * bins).astype(int), 0, bins - 1)
    points = []
    for number in range(bins):
        chosen = where == number
        if not chosen.any():
            continue
        x, share = float(said[chosen].mean()), float(right[chosen].mean())
        low, high = wilson_interval(float(right[chosen].sum()), int(chosen.sum()))
        chart.line([(x, low), (x, high)], color, 1.3)
        chart.dot(x, share, color, 4)
        px, py = chart.place(x, high) if high < 0.93 else chart.place(x, low)
        chart.text(px, py + (-5 if high < 0.93 else 13), str(int(chosen.sum())), FAINT, "middle", 10)
        points.append((x, share))
    chart.line(points, color)
    return chart.svg()


def _expected_and_actual(records: Sequence[Record]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected and actual mTRE and trust of the registrations that have both."""
    known = [r for r in records if not r.failed and r.quality.get("expected_mtre_mm") is not None]
    pairs = np.array([(r.quality["expected_mtre_mm"], r.errors.mtre_mm) for r in known], dtype=float).reshape(-1, 2)
    usable = np.isfinite(pairs).all(axis=1)
    return pairs[usable, 0], pairs[usable, 1], np.array([r.trusted for r in known], dtype=bool)[usable]


def _short(name: str, count: int) -> str:
    """A name cut to the room that it has."""
    room = max(6, 130 // max(count, 1))
    return name if len(name) <= room else f"{name[: room - 1]}…"
