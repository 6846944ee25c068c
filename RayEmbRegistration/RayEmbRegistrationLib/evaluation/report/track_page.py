"""The report of a track: what each frame is worth, and the joint that its bodies make, as curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.application.track_joint import JointCurves
from RayEmbRegistrationLib.tracking.track import Track

from .drawing import DASHED, PALETTE, Drawing, error_axis, error_limits, new_axes, styled
from .page import write_page

TEMPLATE = Path(__file__).with_name("track.html.jinja")
_SIZE_PX, _LEGEND_PX = (560, 300), 190  # chosen: two side by side on a wide screen, and room for the longest name
_NOT_TRUSTED = "#c0392b"  # red, as the panel and the sheet mark such frames


@dataclass(frozen=True, eq=False)
class TrackSection:
    """A part of the page.

    Attributes:
        title, words: above its drawings.
        drawings: beside each other.
    """

    title: str
    words: str
    drawings: tuple[Drawing, ...]


def write_track_report(path: str | Path, track: Track, curves: JointCurves | None = None) -> None:
    """Write the page, which opens without a network.

    Raises:
        InputProblem: the file could not be written.
    """
    frames = sorted(track.frames)
    sections = [
        TrackSection(
            "What the frames are worth",
            "Similarity, and the error to expect of each body; red marks are not trusted.",
            (_similarity(track, frames), _errors(track, frames)),
        )
    ]
    if curves is not None:
        title = f"{curves.bodies[1]} against {curves.bodies[0]}: {curves.joint}"
        words = f"Axes: {curves.axes}. Lines: smoothed poses; dots: as refined, red where the place is not trusted."
        drawn = (_curves(curves, slice(0, 3), "degrees"), _curves(curves, slice(3, 6), "mm"))
        sections.append(TrackSection(title, words, drawn))
    lost = [
        f"{frame}: " + "; ".join(f"{name}: {own.verdict.reason}" for name, own in bodies.items() if not own.trusted)
        for frame, bodies in sorted(track.frames.items())
        if not track.trusted(frame)
    ]
    content = {
        "title": f"Track of {', '.join(track.names)}",
        "lead": f"{len(frames)} frames, {len(lost)} of which are not trusted. Frames count from 0.",
        "sections": sections,
        "lost": lost,
        "notes": track.notes,
    }
    write_page(Path(path), content, TEMPLATE)


@styled
def _similarity(track: Track, frames: Sequence[int]) -> Drawing:
    axes = new_axes(_SIZE_PX, "Similarity", _LEGEND_PX)
    axes.set(xlabel="frame", ylim=(0, 1))
    for number, name in enumerate(track.names):
        values = np.array([track.frames[frame][name].verdict.similarity for frame in frames])
        axes.plot(frames, values, color=PALETTE[number % len(PALETTE)], label=name)
        bad = np.array([not track.frames[frame][name].verdict.overlay for frame in frames], dtype=bool)
        axes.plot(np.array(frames)[bad], values[bad], "o", color=_NOT_TRUSTED, markersize=5)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return Drawing(axes, "similarity by frame")


@styled
def _errors(track: Track, frames: Sequence[int]) -> Drawing:
    axes = new_axes(_SIZE_PX, "Error to expect", _LEGEND_PX)
    axes.set(xlabel="frame")
    every = [own.verdict for bodies in track.frames.values() for own in bodies.values()]
    error_axis(axes, "y", error_limits([mm for one in every for mm in (one.overlay_mm, one.position_mm)]), "mm")
    for number, name in enumerate(track.names):
        said = [track.frames[frame][name].verdict for frame in frames]
        color = PALETTE[number % len(PALETTE)]
        axes.plot(frames, [one.overlay_mm for one in said], color=color, label=f"{name}: on the X-ray")
        axes.plot(frames, [one.position_mm for one in said], color=color, linestyle=DASHED, label=f"{name}: in space")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return Drawing(axes, "error to expect by frame")


@styled
def _curves(curves: JointCurves, which: slice, unit: str) -> Drawing:
    axes = new_axes(_SIZE_PX, unit, _LEGEND_PX)
    axes.set(xlabel="frame")
    frames = np.array(curves.frames)
    for number, name in enumerate(curves.measures[which]):
        raw, smoothed = (values[:, which][:, number] for values in (curves.raw, curves.smoothed))
        color = PALETTE[number]
        words = name.removesuffix("_deg").removesuffix("_mm").replace("_", " ")
        axes.plot(frames, smoothed, color=color, label=words)
        axes.plot(frames[curves.trusted], raw[curves.trusted], "o", color=color, markersize=3.5)
        axes.plot(frames[~curves.trusted], raw[~curves.trusted], "o", color=_NOT_TRUSTED, markersize=3.5)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return Drawing(axes, f"{curves.joint} in {unit} by frame")
