"""Line drawings as SVG text: a chart with two axes, linear or logarithmic, on which others draw."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

INK, FAINT, GRID = "#1f2733", "#67707f", "#e4e7ed"
PALETTE = ("#0072b2", "#e08e0b", "#009e73", "#c6538c", "#7a5195", "#2b2f36", "#8c6d46", "#8d99ae")
"""Told apart by people with any colour vision."""


def color_of(name: str, names: Sequence[str]) -> str:
    """The colour that a method has in all drawings."""
    return PALETTE[names.index(name) % len(PALETTE)]


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        low, high: its ends; above zero where logarithmic.
        title: with the unit.
        logarithmic: or linear.
        ticks: (value, text) pairs; round numbers where empty.
    """

    low: float
    high: float
    title: str = ""
    logarithmic: bool = False
    ticks: tuple[tuple[float, str], ...] = ()

    def share(self, value: float) -> float:
        """0 at the low end, 1 at the high one; values beyond stay at the ends."""
        if self.logarithmic:
            value = max(value, self.low)
            share = (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(max(share, 0.0), 1.0)

    def all_ticks(self) -> tuple[tuple[float, str], ...]:
        """Those given, or round numbers."""
        if self.ticks:
            return self.ticks
        if self.logarithmic:
            exponents = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            factors = (1, 2, 5) if self.high / self.low < 2000 else (1,)
            values = [factor * 10.0**exponent for exponent in exponents for factor in factors]
        else:
            step = 10.0 ** math.floor(math.log10((self.high - self.low) / 4))
            step *= next(factor for factor in (1, 2, 5, 10) if (self.high - self.low) / (factor * step) <= 8)
            values = [step * n for n in range(math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9) + 1)]
        inside = [value for value in values if self.low * (1 - 1e-9) <= value <= self.high * (1 + 1e-9)]
        return tuple((value, f"{value:g}") for value in inside)


def error_axis(values: Iterable[float], title: str) -> Axis:
    """A logarithmic axis for errors in mm that holds all finite ones."""
    finite = [value for value in values if math.isfinite(value) and value > 0] or [0.1, 10.0]
    low, high = 10.0 ** math.floor(math.log10(min(finite))), 10.0 ** math.ceil(math.log10(max(finite) * 1.001))
    return Axis(max(low, 0.01), max(high, 10 * low, 10.0), title, logarithmic=True)


class Chart:
    """A drawing with axes; coordinates are the axes' values.

    Args:
        x, y: its axes.
        size: (width, height), px.
        title: above it.
        room_right: px to the right of the axes, for a legend.
    """

    def __init__(self, x: Axis, y: Axis, size: tuple[int, int] = (560, 340), title: str = "", room_right: int = 26) -> None:
        self.x, self.y, self.size, self.title = x, y, size, title
        self.left, self.right, self.top, self.bottom = 62, room_right, 34 if title else 18, 50
        self._parts: list[str] = []
        self._axes()

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Pixels of a point."""
        width, height = self.size[0] - self.left - self.right, self.size[1] - self.top - self.bottom
        return self.left + width * self.x.share(x), self.top + height * (1 - self.y.share(y))

    def line(
        self, points: Sequence[tuple[float, float]], color: str, width: float = 2, dash: str = "", opacity: float = 1
    ) -> None:
        """A line through points."""
        text = " ".join(f"{px:.1f},{py:.1f}" for px, py in (self.place(*point) for point in points))
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{text}" fill="none" stroke="{color}" stroke-width="{width}" opacity="{opacity}"{dashed}/>'
        )

    def area(self, points: Sequence[tuple[float, float]], color: str, opacity: float = 0.15) -> None:
        """A filled outline."""
        text = " ".join(f"{px:.1f},{py:.1f}" for px, py in (self.place(*point) for point in points))
        self._parts.append(f'<polygon points="{text}" fill="{color}" opacity="{opacity}"/>')

    def dot(self, x: float, y: float, color: str, radius: float = 3, hollow: bool = False) -> None:
        """A point, filled or as a ring."""
        px, py = self.place(x, y)
        fill = f'fill="none" stroke="{color}" stroke-width="1.3"' if hollow else f'fill="{color}" fill-opacity="0.75"'
        self._parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{radius}" {fill}/>')

    def box(self, px: float, width: float, low: float, high: float, color: str) -> None:
        """A box between two y values, ``width`` pixels wide about the column ``px``."""
        top, bottom = self.place(self.x.low, high)[1], self.place(self.x.low, low)[1]
        self._parts.append(
            f'<rect x="{px - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" height="{max(bottom - top, 1):.1f}" '
            f'fill="{color}" fill-opacity="0.22" stroke="{color}" stroke-width="1.4"/>'
        )

    def segment(
        self, start: tuple[float, float], end: tuple[float, float], color: str, width: float = 1.4, dash: str = ""
    ) -> None:
        """A line between two places in pixels."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" '
            f'stroke="{color}" stroke-width="{width}"{dashed}/>'
        )

    def text(self, px: float, py: float, words: str, color: str = INK, anchor: str = "start", size: int = 12) -> None:
        """Words at a place in pixels."""
        self._parts.append(
            f'<text x="{px:.1f}" y="{py:.1f}" fill="{color}" text-anchor="{anchor}" font-size="{size}">'
            f"{escape(words)}</text>"
        )

    def legend(self, entries: Sequence[tuple[str, str]], px: float, py: float, dash: str = "") -> None:
        """Names beside their colours, one below the other."""
        for row, (name, color) in enumerate(entries):
            y = py + 17 * row
            self.segment((px, y - 4), (px + 20, y - 4), color, 1.6 if dash else 3, dash)
            self.text(px + 26, y, name)

    def svg(self) -> str:
        """The drawing as an element for a page."""
        width, height = self.size
        return (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
            f'aria-label="{escape(self.title or self.y.title)}" font-family="system-ui, sans-serif">'
            f"{''.join(self._parts)}</svg>"
        )

    def _axes(self) -> None:
        width, height = self.size
        right, bottom = width - self.right, height - self.bottom
        if self.title:
            self.text(self.left, 20, self.title, size=14)
        for value, words in self.y.all_ticks():
            y = self.place(self.x.low, value)[1]
            self.segment((self.left, y), (right, y), GRID, 1)
            self.text(self.left - 7, y + 4, words, FAINT, "end")
        for value, words in self.x.all_ticks():
            x = self.place(value, self.y.low)[0]
            if not self.x.ticks:
                self.segment((x, self.top), (x, bottom), GRID, 1)
            self.text(x, bottom + 17, words, FAINT, "middle")
        self.segment((self.left, bottom), (right, bottom), FAINT, 1)
        self.segment((self.left, self.top), (self.left, bottom), FAINT, 1)
        self.text((self.left + right) / 2, height - 8, self.x.title, INK, "middle")
        middle = (self.top + bottom) / 2
        self._parts.append(
            f'<text x="15" y="{middle:.0f}" fill="{INK}" text-anchor="middle" font-size="12" '
            f'transform="rotate(-90 15 {middle:.0f})">{escape(self.y.title)}</text>'
        )
