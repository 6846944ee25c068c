"""How the report's drawings look, and Matplotlib's figures as SVG elements of a page."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Arguments = ParamSpec("_Arguments")
_Drawn = TypeVar("_Drawn")

INK, FAINT, GRID = "#1f2733", "#67707f", "#e4e7ed"
PALETTE = ("#0072b2", "#e08e0b", "#009e73", "#c6538c", "#7a5195", "#2b2f36", "#8c6d46", "#8d99ae")
"""Told apart by people with any color vision."""
DASHED, DOTTED = (0, (5, 4)), (0, (2, 4))  # matplotlib's (offset, (on, off)) in points; chosen by eye
SHARES = tuple(share / 100 for share in (0, 20, 40, 60, 80, 100))  # ticks of an axis from 0 to 100 %
# Px of room around the axes; chosen: tick labels of four digits and a title fit.
_LEFT, _BOTTOM, _TOP, _TOP_TITLED = 62, 50, 18, 34
_PX = 1 / 72  # inches, at the 72 points of an SVG file
_LOOK: dict[str, Any] = {
    "font.size": 12,
    "font.sans-serif": ["DejaVu Sans"],  # comes with Matplotlib, so that all is measured alike everywhere
    "axes.titlesize": 14,
    "axes.titlelocation": "left",
    "axes.labelsize": 12,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "text.parse_math": False,  # a name may hold a dollar sign
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    "grid.color": GRID,
    "grid.linewidth": 1,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "xtick.major.pad": 7,
    "ytick.major.pad": 7,
    "lines.linewidth": 2,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text: the page's own font, found and read aloud
}
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def color_of(name: str, names: Sequence[str]) -> str:
    """The color that a method has in all drawings."""
    return PALETTE[names.index(name) % len(PALETTE)]


def styled(draw: Callable[_Arguments, _Drawn]) -> Callable[_Arguments, _Drawn]:
    """Run a function under the report's look, whatever the user's own settings of Matplotlib are."""

    @wraps(draw)
    def with_look(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Drawn:
        import matplotlib as mpl

        with mpl.rc_context():
            mpl.rcdefaults()
            settings: Any = mpl.rcParams
            settings.update(_LOOK)
            return draw(*args, **kwargs)

    return with_look


def new_axes(size: tuple[int, int], title: str = "", room_right: int = 26) -> Axes:
    """The axes of a new figure.

    Args:
        size: (width, height), px.
        title: above it.
        room_right: px to the right of the axes, for a legend.
    """
    from matplotlib.figure import Figure

    width, height = size
    figure = Figure(figsize=(width * _PX, height * _PX), dpi=72, facecolor="none")
    top = _TOP_TITLED if title else _TOP
    place = (_LEFT / width, _BOTTOM / height, 1 - (_LEFT + room_right) / width, 1 - (_BOTTOM + top) / height)
    axes = figure.add_axes(place)
    axes.set_title(title, pad=10)
    axes.grid(visible=True)
    return axes


def error_limits(values: Iterable[float]) -> tuple[float, float]:
    """Ends of a logarithmic axis for errors in mm, whole decades that hold all finite ones from 0.01 on."""
    finite = [value for value in values if math.isfinite(value) and value > 0] or [0.1, 10.0]
    low, high = 10.0 ** math.floor(math.log10(min(finite))), 10.0 ** math.ceil(math.log10(max(finite) * 1.001))
    return max(low, 0.01), max(high, 10 * low, 10.0)


def error_axis(axes: Axes, which: str, limits: tuple[float, float], title: str) -> None:
    """Make an axis ("x" or "y") one of errors: logarithmic, with ticks at plain numbers."""
    from matplotlib.ticker import FixedLocator, NullLocator

    low, high = limits
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if high / low < 2000 else (1,)
    ticks = [factor * 10.0**exponent for exponent in exponents for factor in factors]
    ticks = [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
    axes.set(**{f"{which}scale": "log", f"{which}lim": limits, f"{which}label": title})
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: f"{value:g}")


def share_axis(axes: Axes, which: str, title: str) -> None:
    """Make an axis ("x" or "y") one of shares, 0 to 100 %."""
    axes.set(**{f"{which}lim": (0, 1), f"{which}label": title, f"{which}ticks": SHARES})
    (axes.xaxis if which == "x" else axes.yaxis).set_major_formatter(lambda value, _: f"{round(100 * value)} %")


def within(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Values beyond an axis at its ends."""
    return np.clip(np.asarray(values, dtype=float), *limits)


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing of the page.

    Attributes:
        axes: made by ``new_axes``.
        label: what it shows, for those who do not see it; no other drawing of the page may have it: names of parts
            that are referred to within the drawing are made from it.
    """

    axes: Axes
    label: str


@styled
def svg_of(drawing: Drawing) -> str:
    """The drawing as an element of a page, the same for the same drawing."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    figure, written = cast("Figure", drawing.axes.figure), StringIO()
    with mpl.rc_context({"svg.hashsalt": drawing.label}):
        FigureCanvasSVG(figure).print_svg(written, metadata=_NO_METADATA)
    width, height = (round(inches / _PX) for inches in figure.get_size_inches())
    name = escape(drawing.label)
    head = f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{name}">'
    body = written.getvalue().split("<svg", 1)[1].split(">", 1)[1]
    body = re.sub(r'<g id="[^"]*"/>\s*', "", body)  # numbered anew in each drawing, and two drawings share a page
    return head + re.sub(r'<g id="[^"]*">', "<g>", body).strip()
