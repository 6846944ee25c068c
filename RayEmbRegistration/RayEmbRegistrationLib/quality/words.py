"""Whether to trust a pose for a purpose, and why, in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from RayEmbRegistrationLib.pose.settings import OVERLAY, POSITION

from .calibration import MEDIAN_OF_NORMAL, Calibration, Limits
from .error_distribution import ErrorDistribution
from .evidence import Evidence
from .quality import Verdict

COMPETES = 0.9
"""Share of the winner's evidence from which a pose elsewhere is spoken of as one that fits almost as well."""
COMPARABLE = 0.1  # similarity; chosen: of what fits less, anything else fits better, and that says nothing
UNLIKE = 0.3  # correlation of a part of the bone that is called not found
NOT_FOUND = 0.25  # share of the bone's edges from which they are called not found
APART_MM = 1.5  # from which views are said to disagree
COVERS_LITTLE = 0.35  # share of the X-ray's structure that the bone explains, below which its neighbours are spoken of
LOOK = "check camera, polarity and view prior, or give a start pose"
_MEASURE_OF = {OVERLAY: "overlay_mm", POSITION: "mtre_mm"}
_ASSUMED = {
    "principal_point_px": "the central beam is assumed to meet the image's middle: places across the view rest on that",
    "source_to_detector_mm": "the source-to-detector distance is assumed: depth rests on that",
}
_OFF_IN = ("turned", "shifted across the view", "moved in depth")


def verdict(
    purpose: str,
    evidence: Evidence,
    errors: Mapping[str, ErrorDistribution],
    tolerance_mm: float,
    calibration: Calibration,
) -> Verdict:
    """Decide on one purpose.

    Args:
        purpose: "overlay" or "position".
        evidence: what was seen.
        errors: by measure.
        tolerance_mm: error that the user allows.
        calibration: with the limits and the probability needed.
    """
    error = errors[_MEASURE_OF[purpose]]
    probability = error.below(tolerance_mm)
    contradiction = _contradiction(purpose, evidence, calibration)
    trusted = contradiction is None and probability >= calibration.needed[purpose]
    if trusted:
        reason = _praise(purpose, evidence, errors)
    else:
        reason = contradiction or _doubt(purpose, evidence, errors, tolerance_mm)
    return Verdict(purpose, trusted, reason, error.median, error.bound, tolerance_mm, probability, error.wrong)


def _praise(purpose: str, evidence: Evidence, errors: Mapping[str, ErrorDistribution]) -> str:
    fits = f"the DRR agrees with the X-ray (similarity {evidence.similarity:.2f})"
    if purpose == OVERLAY:
        drawn = errors["overlay_mm"]
        reason = f"{fits}; what is drawn on it is right to {about(drawn.median)} (95 %: {about(drawn.bound)})"
    else:
        across, depth = errors["in_plane_mm"], errors["depth_mm"]
        reason = f"{fits}; expected error {about(across.median)} across the view and {about(depth.median)} in depth"
        reason += _resting_on(evidence)
    if evidence.competing.mirrored > COMPETES:  # a bone that is its own mirror image, nearly
        reason += "; flipped left to right the X-ray fits as well: that left is left rests on its orientation being right"
    return reason


def _resting_on(evidence: Evidence) -> str:
    """What places in space rest on that nobody said."""
    return "".join(f"; {_ASSUMED[name]}" for name in evidence.camera.assumed if name in _ASSUMED)


def about(size_mm: float) -> str:
    """A typical error; no more digits than such an estimate has."""
    return f"{size_mm:.1f} mm" if size_mm >= 0.1 else "below 0.1 mm"


def _contradiction(purpose: str, evidence: Evidence, calibration: Calibration) -> str | None:
    """What no probability outweighs."""
    competing, similarity, limits = evidence.competing, evidence.similarity, calibration.limits
    behind = "the X-ray fits better flipped left to right: check whether it is mirrored or shows the other side"
    disagrees = f"the DRR does not agree with the X-ray (similarity {similarity:.2f}): {LOOK}"
    one = f"one of the views does not agree with the pose (similarity {evidence.worst_view:.2f}): {LOOK}"
    better = "a pose clearly elsewhere fits better on a coarse image: give a start pose, or do not refine only"
    near = "a pose tilted by some degrees fits better on a coarse image: register again, or from another start"
    limit = "the bone ended at the limit of the allowed depth: check the source-to-detector distance or allow more depth"
    cut = f"only {100 * evidence.in_view:.0f} % of the bone is in the X-ray: take a view that shows more of it"
    shaft = (
        "the CT holds a bone's shaft without its ends, and an X-ray hardly shows how far along itself it lies and how it is "
        "turned about itself: take a CT with an end of the bone"
    )
    share, off = evidence.inlier_share, evidence.off_start
    few = f"only {100 * (share or 0.0):.0f} % of the landmarks agree with the pose: reject wrong ones or pin right ones"
    away = (
        f"the pose found is {_OFF_IN[evidence.off_start_in]} farther than the start allows "
        f"({off or 0.0:.1f} standard deviations): check the start pose, or say that it is less certain"
    )
    contradictions = (
        (off is not None and off > limits.off_start, away),
        (competing.mirrored > limits.mirrored and similarity > COMPARABLE, behind),
        (similarity < limits.similarity, disagrees),
        (evidence.views > 1 and evidence.worst_view < limits.worst_view, one),
        ((competing.elsewhere or 0.0) > limits.elsewhere, better),
        ((competing.beside or 0.0) > limits.beside, near),
        (purpose == POSITION and evidence.at_limit, limit),
        (evidence.in_view < limits.in_view, cut),
        (evidence.is_shaft, shaft),
        (share is not None and share < limits.inliers, few),
        (_camera_is_wrong(purpose, evidence, limits), evidence.camera.sentence or ""),
        (purpose == POSITION and _distance_is_wrong(evidence, limits.similarity), _other_distance(evidence)),
    )
    return next((reason for applies, reason in contradictions if applies), None)


def _camera_is_wrong(purpose: str, evidence: Evidence, limits: Limits) -> bool:
    """Whether another camera is clearly likelier; one view is drawn on by the very camera that it was found with."""
    asked = purpose == POSITION or evidence.views > 1
    accused = evidence.camera.contradicts and evidence.camera.probability < limits.accused
    return asked and accused and evidence.similarity > limits.similarity


def _distance_is_wrong(evidence: Evidence, enough: float) -> bool:
    """Whether perspective, or the views of a rig, contradict the source-to-detector distance."""
    return evidence.distance.contradicts and evidence.similarity > enough


def _other_distance(evidence: Evidence) -> str:
    given = evidence.source_to_detector_mm
    other = given * float(np.exp(evidence.distance.ratio))
    distances = f"a source-to-detector distance of about {other:.0f} mm than with the {given:.0f} mm given"
    if evidence.views == 1:
        return f"the X-ray fits better with {distances}: check it; until then depth is not to be relied on"
    return f"the views agree better with {distances}: check the geometry of both cameras"


def _doubt(purpose: str, evidence: Evidence, errors: Mapping[str, ErrorDistribution], tolerance_mm: float) -> str:
    """The most telling sign against it."""
    error = errors[_MEASURE_OF[purpose]]
    if error.wrong > 1 - replace(error, wrong=0.0).below(tolerance_mm):
        return _may_be_wrong(evidence, error.wrong)
    if purpose == OVERLAY:
        return (
            f"what is drawn on the X-ray may be off by {about(error.bound)}: take an X-ray that shows more of the bone, or "
            "a finer CT"
        )
    return _uncertain_in_space(evidence, errors)


def _uncertain_in_space(evidence: Evidence, errors: Mapping[str, ErrorDistribution]) -> str:
    error = errors["mtre_mm"]
    if evidence.camera.assumed and MEDIAN_OF_NORMAL * evidence.camera_spread.mtre_mm > error.typical / 2:
        resting = _resting_on(evidence).removeprefix("; ")
        return (
            f"places in space are uncertain by {error.bound:.0f} mm: {resting}; give what is known, or calibrate the camera"
        )
    if evidence.views == 1:
        return f"depth is uncertain by {errors['depth_mm'].bound:.0f} mm from this single view; add a second view"
    return f"the pose is uncertain by {error.bound:.1f} mm; add a view from another side"


def _may_be_wrong(evidence: Evidence, wrong: float) -> str:
    """The most telling sign that the pose is a wrong one."""
    competing = evidence.competing
    elsewhere = max(evidence.runner_up or 0.0, competing.elsewhere or 0.0)
    chance = f"{100 * wrong:.0f} % likely to be a wrong pose: "
    if elsewhere > COMPETES:
        return f"{chance}another pose fits almost as well ({100 * elsewhere:.0f} %); add a second view or give a start pose"
    if competing.mirrored > COMPETES:
        return (
            f"{chance}the X-ray flipped left to right fits almost as well ({100 * competing.mirrored:.0f} %); check its "
            "orientation or add a second view"
        )
    if evidence.views > 1 and evidence.views_mm > APART_MM:
        return f"{chance}the views disagree by {evidence.views_mm:.1f} mm; check the cameras' relative geometry"
    if evidence.misfit_share > NOT_FOUND or evidence.worst_part < UNLIKE:
        share = (
            f"{100 * evidence.misfit_share:.0f} % of the bone's edges are"
            if evidence.misfit_share > NOT_FOUND
            else "a part of the bone is"
        )
        missing = (
            f"{share} not found in the X-ray; check that it shows this patient and this side, and that no bone has moved"
        )
        return chance + missing
    if evidence.explained < COVERS_LITTLE:
        return (
            f"{chance}the CT holds little of what the X-ray shows ({100 * evidence.explained:.0f} %), and this may be a "
            "neighbouring bone; register a CT that holds the neighbours too, or give a start pose"
        )
    return f"{chance}the DRR agrees little with the X-ray (similarity {evidence.similarity:.2f}); {LOOK}"
