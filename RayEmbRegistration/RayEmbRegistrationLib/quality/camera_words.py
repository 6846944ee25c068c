"""What seems wrong with a camera, in a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.problem import Problem

if TYPE_CHECKING:
    from .camera_check import Suspect

ORDINALS = ("first", "second", "third", "fourth")


def accusation(problem: Problem, pose: Poses, suspects: Sequence[Suspect]) -> str:
    """One sentence.

    Args:
        problem: what was registered.
        pose: first camera from RAS.
        suspects: the best explanation and those that cannot be told from it, the best first.
    """
    told: dict[str, str] = {}
    for suspect in suspects:  # whether one view or all are off is said of the likeliest alone
        if suspect.kind not in told:
            told[suspect.kind] = _described(problem, pose, suspect)
    return "; or ".join(told.values())


def _described(problem: Problem, pose: Poses, suspect: Suspect) -> str:
    return {"distance": _distance, "aspect": _aspect, "radial": _radial, "rig": _rig}[suspect.kind](problem, pose, suspect)


def _fits(problem: Problem, suspect: Suspect, what: str) -> str:
    """Beginning of a sentence: what another camera would have."""
    if len(problem.views) == 1:
        return f"the X-ray fits better with {what}"
    if suspect.view is None:
        return f"the views agree better with {what}"
    return f"in the {_ordinal(suspect.view)} view the cameras agree better with {what}"


def _distance(problem: Problem, _pose: Poses, suspect: Suspect) -> str:
    given = problem.views[suspect.view or 0].camera.source_to_detector_mm
    other = given * float(np.exp(suspect.estimate[0]))
    check = "check it; until then depth is not to be relied on"
    if len(problem.views) > 1:
        check = "check the geometry of both cameras" if suspect.view is None else "check it"
    distances = f"a source-to-detector distance of about {other:.0f} mm than with the {given:.0f} mm given"
    return f"{_fits(problem, suspect, distances)}: {check}"


def _aspect(problem: Problem, _pose: Poses, suspect: Suspect) -> str:
    by = 100 * float(np.expm1(abs(suspect.estimate[0])))
    shape = "higher than wide" if suspect.estimate[0] > 0 else "wider than high"
    pixels = f"pixels {by:.1f} % {shape}, against what was given"
    return f"{_fits(problem, suspect, pixels)}: check the pixel spacing of columns and rows"


def _radial(problem: Problem, _pose: Poses, suspect: Suspect) -> str:
    outward = "outward (pincushion)" if suspect.estimate[0] > 0 else "inward (barrel)"
    by = 100 * abs(suspect.estimate[0])
    corners = f"an image whose corners are distorted {outward} by {by:.1f} %"
    return f"{_fits(problem, suspect, corners)}: undistort the image"


def _rig(problem: Problem, pose: Poses, suspect: Suspect) -> str:
    view = problem.views[suspect.view or 0]
    placed = view.camera_from_first @ pose.numpy[0] @ np.append(problem.limits.center_ras, 1)
    values = np.array(suspect.estimate)
    beside = float(np.hypot(*values[3:5]))
    sure = np.abs(values) > 2 * np.array(suspect.std)
    parts = []
    if sure[3:5].any() or not sure.any():
        parts.append(
            f"{beside:.1f} mm beside its place, or turned by {np.degrees(np.arctan2(beside, placed[2])):.1f} degrees"
        )
    if sure[5]:
        parts.append(f"{abs(values[5]):.0f} mm too {'near' if values[5] > 0 else 'far'}")
    if sure[:3].any():
        parts.append(f"turned about the bone by {np.degrees(np.linalg.norm(values[:3])):.1f} degrees")
    return (
        f"the {_ordinal(suspect.view or 0)} camera seems {' and '.join(parts)}, seen from the first: check both cameras' "
        "places in the rig (world_to_camera) and where the central beam meets the images (principal point)"
    )


def _ordinal(view: int) -> str:
    return ORDINALS[view] if view < len(ORDINALS) else f"{view + 1}th"
