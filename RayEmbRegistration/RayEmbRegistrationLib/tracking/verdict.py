"""Whether a frame's pose of a body is to be trusted, for what is drawn on the X-rays and for its place in space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .body import Body
from .frame_view import FrameView
from .solver import FrameFit

LEAST_SHARE = 0.25  # of an outline that is found in a view; chosen: right poses of real knees show 0.4 and more
LARGEST_RMS_PX = 2.5  # of its distances; chosen: right ones show 0.8 to 1.2 px, the shift of overexposed edges counted in
LEAST_SIMILARITY = 0.35  # of a bone's DRR; chosen, not calibrated yet
OVERLAY_MM, POSITION_MM = 1.0, 2.0  # allowed, chosen: half of what a still is allowed, as motion is wanted of a track
ROTATION_DEG = 2.0  # allowed of a place in space, chosen: twice what the real knee's implants are asked to be followed to
SYSTEMATIC_MM = 0.3  # that no covariance shows: camera, edges, model; seen on real knees
INNER = 0.7  # of the way from a body's middle to its box's corners, where its overlay is judged; chosen: within the body
IN_95_OF_100 = 1.96  # deviations of a normal distribution


@dataclass(frozen=True)
class FrameVerdict:
    """What a pose is worth.

    Attributes:
        overlay: whether it may be drawn on the X-rays.
        position: whether its place in space may be used.
        reason: why not, or how well it fits, in one sentence.
        overlay_mm, position_mm: errors to expect, mm at the body: of what is drawn of it; of its centre.
        rotation_deg: likewise.
        similarity: share of the outline that is found, or similarity of a bone's DRR, where it is.
        fits: whether what it is drawn as goes with the X-rays, however much they leave open.
    """

    overlay: bool
    position: bool
    reason: str
    overlay_mm: float
    position_mm: float
    rotation_deg: float
    similarity: float
    fits: bool = True


def judge(fit: FrameFit, body: Body, views: Sequence[FrameView]) -> FrameVerdict:
    """Judge a body of a frame."""
    covariance = fit.covariance[body.name]
    position = float(np.hypot(np.sqrt(np.trace(covariance[3:, 3:])), SYSTEMATIC_MM))
    rotation = float(np.degrees(np.sqrt(np.trace(covariance[:3, :3]))))
    middle = fit.poses[body.name].apply(body.center)
    # Metal is drawn as its outline, which stays where it is when a turn is open that an outline does not tell.
    corners = fit.poses[body.name].apply(INNER * body.corners + (1 - INNER) * body.center)
    drawn_at = middle[None] if body.is_opaque else corners
    overlay = max(float(np.hypot(across_mm(covariance, view, middle, drawn_at), SYSTEMATIC_MM)) for view in views)
    reasons = _misfits(fit, body, views)
    if body.is_opaque:
        own = [fit.outlines[body.name, number] for number in range(len(views))]
        similarity = min(outline.share for outline in own)
        fitting = f"{similarity:.0%} of the outline is found, {max(outline.rms_px for outline in own):.1f} px off"
    else:
        similarity = _similarity(fit, body)
        fitting = f"its DRR fits with a similarity of {similarity:.2f}"
    fits = not reasons
    drawn = fits and IN_95_OF_100 * overlay <= 2 * OVERLAY_MM
    placed = drawn and IN_95_OF_100 * position <= 2 * POSITION_MM and IN_95_OF_100 * rotation <= 2 * ROTATION_DEG
    if not reasons and not drawn:
        reasons.append(f"its place in the image is open by {overlay:.1f} mm")
    elif not reasons and not placed:
        reasons.append(
            f"its place in space is open by {position:.1f} mm and {rotation:.1f} degrees; another view would tell"
        )
    said = "; ".join(reasons) or fitting
    return FrameVerdict(drawn, placed, said, overlay, position, rotation, similarity, fits)


def _misfits(fit: FrameFit, body: Body, views: Sequence[FrameView]) -> list[str]:
    """Why a body does not fit, a sentence each."""
    if not body.is_opaque:
        similarity = _similarity(fit, body)
        return [f"it fits the X-rays badly (similarity {similarity:.2f})"] if similarity < LEAST_SIMILARITY else []
    own = [fit.outlines[body.name, number] for number in range(len(views))]
    share, rms = min(outline.share for outline in own), max(outline.rms_px for outline in own)
    reasons = [f"only {share:.0%} of the outline is found in a view"] if share < LEAST_SHARE else []
    return reasons + ([f"the outline lies {rms:.1f} px off the edges"] if rms > LARGEST_RMS_PX else [])


def _similarity(fit: FrameFit, body: Body) -> float:
    """Of a bone."""
    return fit.bones.each[body.name] if fit.bones is not None else 0.0


def across_mm(covariance: np.ndarray, view: FrameView, middle: np.ndarray, points: np.ndarray) -> float:
    """Deviation across a view, mm at the body, by the covariance alone; of a move along its ray nothing is seen.

    Args:
        covariance: (6, 6) of turns about the body's middle (rad) and its shifts (mm) along the rig's axes.
        view: that is looked at.
        middle: (3,) mm, of the body, in the rig.
        points: (N, 3) likewise, at which it is looked at: root mean square.
    """
    squares = []
    for point in points:
        x, y, z = view.camera_from_rig.apply(point)
        seen = np.array([[1.0, 0.0, -x / z], [0.0, 1.0, -y / z]]) @ view.camera_from_rig.rotation
        turned = np.cross(np.eye(3), point - middle)  # rows: what a turn about each axis moves the point by
        moves = seen @ np.hstack([turned.T, np.eye(3)])
        squares.append(np.trace(moves @ covariance @ moves.T))
    return float(np.sqrt(np.mean(squares)))
