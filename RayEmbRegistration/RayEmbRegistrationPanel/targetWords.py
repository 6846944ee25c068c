"""Targets, and what was clicked in the X-rays, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from RayEmbRegistrationLib.geometry.triangulation import CLICK_MM, line_to_line, line_to_line_errors
from RayEmbRegistrationLib.geometry.uncertainty import (
    ACROSS_95,
    ELLIPSE_95,
    axes_of,
    space_covariance,
)
from slicer.i18n import tr as _

from .sentences import asSentence

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry.triangulation import SeenLine
    from RayEmbRegistrationScene.clicks import Seen
    from RayEmbRegistrationScene.targetErrors import Known
    from RayEmbRegistrationScene.targetShapes import Shape

APART = 4.0
"""Clicks that miss each other by so many standard deviations of a click are not of one point, or a pose is wrong; chosen."""


def errorInWords(shape: Shape, known: Known) -> str:
    """How far off a target may be on an X-ray and along its rays, where that is most; empty where it is not known."""
    sight = known.sight
    points = np.concatenate([shape.points, *shape.outlines(sight.camera_from_ras.inverse().translation)])
    if known.space is None or known.drawn is None or not len(points):
        return ""
    points = points[:: max(1, len(points) // 64)]
    depth = sight.camera_from_ras.apply(points)[:, 2]
    drawn, _axes = axes_of(np.nan_to_num(sight.drawn_covariance(points, known.drawn)))
    perPixel = np.mean(sight.camera.pixel_spacing_mm) * depth / sight.camera.source_to_detector_mm
    across = ELLIPSE_95 * float((drawn[:, 0] * perPixel).max())
    beam = sight.camera_from_ras.rotation[2]
    variance = np.einsum("i,nij,j->n", beam, space_covariance(points, known.space, sight.first_from_ras), beam)
    along = ACROSS_95 * float(np.sqrt(variance.max()))
    return _("{across:.1f} mm; {along:.1f} mm in depth").format(across=across, along=along)


def seenInWords(seen: Seen, asTool: bool, sights: int, planned: np.ndarray | None, name: str) -> str:
    """What clicks came to, a line each.

    Args:
        seen: from ``clicks.seenBy``.
        asTool: whether a tool is clicked.
        sights: how many X-rays have clicks.
        planned: (2, 3) RAS mm of the planned line, or None.
        name: of the planned line.
    """
    lines = [asSentence(problem) for problem in seen.problems]
    if seen.tool is not None:
        lines.append(_toolInWords(seen.tool, planned, name))
    for number, point in seen.points.items():
        text = _("{number}: R {r:.1f}, A {a:.1f}, S {s:.1f} mm; {error:.1f} mm to expect.")
        lines.append(text.format(number=number + 1, r=point.point_ras[0], a=point.point_ras[1], s=point.point_ras[2],
                                 error=point.error_mm))  # fmt: skip
        if point.apart > APART:
            lines.append(
                _("The clicks {number} do not meet: they miss each other by {mm:.1f} mm on the detector.").format(
                    number=number + 1, mm=point.apart * CLICK_MM
                )
            )
    if not seen.arePosesCounted and (seen.points or seen.tool is not None):
        lines.append(_("How far the poses may be off is not known, and not in these errors."))
    if lines or not sights:
        return "\n".join(lines)
    if asTool:
        return _("Click two places on the tool in each of two X-rays; they need not be the same places.")
    return _("Click the same point in another X-ray: it lies on the pink line.")


def _toolInWords(tool: SeenLine, planned: np.ndarray | None, name: str) -> str:
    start, end = tool.errors_mm
    text = _("Tool: {start:.1f} mm to expect at the first click, {end:.1f} mm at the second.").format(start=start, end=end)
    if planned is None:
        return text
    to, off = line_to_line(tool.start_ras, tool.end_ras, planned), line_to_line_errors(tool, planned)
    return text + " " + _(
        "From {name}: {angle:.1f}° (± {angleOff:.1f}°), {start:.1f} mm (± {startOff:.1f} mm) at the first click, "
        "{end:.1f} mm (± {endOff:.1f} mm) at the second."
    ).format(
        name=name, angle=to.angle_deg, angleOff=off.angle_deg, start=to.start_mm, startOff=off.start_mm,
        end=to.end_mm, endOff=off.end_mm,
    )  # fmt: skip


def kindsInWords() -> dict[str, str]:
    """What the kinds of targets are called."""
    return {
        "points": _("points"),
        "line": _("line"),
        "curve": _("curve"),
        "closed curve": _("closed curve"),
        "angle": _("angle"),
        "plane": _("plane"),
        "model": _("model"),
        "segment": _("segment"),
    }
