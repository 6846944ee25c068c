"""The drawings of a comparison: box plots, shares below an error, capture range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.evaluation.capture_range import SUCCESS_MM, CaptureCurve

from .drawing import DASHED, DOTTED, color_of, error_axis, error_limits, new_axes, share_axis, styled, within

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PERCENTILES = (5, 25, 50, 75, 95)  # of a box and its whiskers; chosen: whiskers to extremes would show single cases
_LEGEND_PX = 230  # chosen: the longest name of a method fits


@styled
def box_plot(groups: Mapping[str, Mapping[str, Sequence[float]]], methods: Sequence[str]) -> Axes:
    """The mTRE of each group and method: quartiles and median, whiskers at 5 and 95 %, every registration beyond as a dot.

    Args:
        groups: group to method to errors, mm; infinite where there is no pose.
        methods: in the order of their colors.
    """
    limits = error_limits(value for by_method in groups.values() for values in by_method.values() for value in values)
    width = max(420, min(1040, 90 + len(groups) * (26 * len(methods) + 34)))
    axes = new_axes((width, 400))
    error_axis(axes, "y", limits, "mTRE, mm")
    axes.set(xlim=(0, len(groups)), xticks=np.arange(len(groups)) + 0.5)
    axes.set_xticklabels([_short(name, len(groups)) for name in groups])
    axes.grid(visible=False, axis="x")
    column = axes.get_position().width * width / len(groups)  # px
    step = min(30.0, 0.86 * column / len(methods)) / column
    for number, by_method in enumerate(groups.values()):
        present = [method for method in methods if method in by_method]
        for place, method in enumerate(present):
            x = number + 0.5 + (place - (len(present) - 1) / 2) * step
            _box(axes, x, 0.68 * step, np.asarray(by_method[method], dtype=float), color_of(method, methods))
    return axes


def _box(axes: Axes, x: float, width: float, values: np.ndarray, color: str) -> None:
    """One box; errors that are infinite are counted at the top, where percentiles that are end."""
    limits = axes.get_ylim()
    lost = int(np.count_nonzero(~np.isfinite(values)))
    values = np.where(np.isfinite(values), values, np.inf)
    five, low, median, high, most = np.percentile(values, _PERCENTILES, method="inverted_cdf")
    beyond = values[np.isfinite(values) & ((values < five) | (values > most))]
    whiskers, box = within(np.array((five, most)), limits), within(np.array((low, median, high)), limits)
    axes.bxp(
        [{"whislo": whiskers[0], "q1": box[0], "med": box[1], "q3": box[2], "whishi": whiskers[1], "fliers": beyond}],
        positions=[x],
        widths=width,
        capwidths=width / 2,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"facecolor": (color, 0.22), "edgecolor": color, "linewidth": 1.4},
        medianprops={"color": color, "linewidth": 2.6, "solid_capstyle": "butt"},
        whiskerprops={"color": color, "linewidth": 1.4},
        capprops={"color": color, "linewidth": 1.4},
        flierprops={"marker": "o", "markersize": 3.6, "markerfacecolor": color, "markeredgewidth": 0, "alpha": 0.75},
    )
    if lost:
        above = axes.get_xaxis_transform()
        axes.annotate(
            f"+{lost}", (x, 1), (0, 4), above, "offset points", ha="center", color=color, fontsize=11, annotation_clip=False
        )


@styled
def share_curves(errors: Mapping[str, Sequence[float]], methods: Sequence[str]) -> Axes:
    """For each method the share of registrations whose mTRE is below the abscissa."""
    limits = error_limits(value for values in errors.values() for value in values)
    axes = new_axes((560, 400))
    error_axis(axes, "x", limits, "mTRE, mm")
    share_axis(axes, "y", "share of registrations below")
    for method, values in errors.items():
        ordered = np.sort(np.asarray(values, dtype=float))
        ordered = ordered[np.isfinite(ordered)]
        shares = np.arange(len(ordered) + 1) / len(values)
        steps = within(np.concatenate([[limits[0]], ordered, [limits[1]]]), limits)
        color = color_of(method, methods)
        axes.step(steps, [*shares, shares[-1]], where="post", color=color, label=method, clip_on=False)
    axes.legend(loc="upper left")
    return axes


@styled
def capture_chart(curves: Mapping[str, CaptureCurve], alone: Mapping[str, float], methods: Sequence[str]) -> Axes:
    """Success against initial error; dotted lines: methods that were given no start.

    Args:
        curves: by method.
        alone: method to its share of success without any start.
        methods: in the order of their colors.
    """
    from matplotlib.ticker import MaxNLocator

    axes = new_axes((800, 380), room_right=_LEGEND_PX)
    axes.set(xlim=(0, max(float(curve.edges_mm[-1]) for curve in curves.values())), xlabel="initial mTRE, mm")
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=(1, 2, 5, 10)))
    axes.xaxis.set_major_formatter("{x:g}")
    share_axis(axes, "y", f"share with a final mTRE below {SUCCESS_MM:g} mm")
    for method, curve in curves.items():
        color, some = color_of(method, methods), curve.counts > 0
        middles = ((curve.edges_mm[1:] + curve.edges_mm[:-1]) / 2)[some]
        low, high = curve.intervals[some].T
        axes.fill_between(middles, low, high, color=color, alpha=0.15, linewidth=0)
        success, label = curve.success[some], f"{method}, from the start"
        axes.plot(middles, success, color=color, marker="o", markersize=6, label=label, clip_on=False)
        if curve.capture_range_mm > 0:
            axes.axvline(curve.capture_range_mm, color=color, linewidth=1.3, linestyle=DASHED)
    for method, share in alone.items():
        color, label = color_of(method, methods), f"{method}, no start given"
        axes.axhline(share, color=color, linewidth=1.3, linestyle=DOTTED, label=label)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02))
    return axes


def _short(name: str, count: int) -> str:
    """A name cut to the room that it has."""
    room = max(6, 130 // max(count, 1))
    return name if len(name) <= room else f"{name[: room - 1]}…"
