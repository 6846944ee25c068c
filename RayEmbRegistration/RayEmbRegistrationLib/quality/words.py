"""Whether to trust a pose, and why, in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .error_distribution import ErrorDistribution
from .evidence import Evidence

COMPETES = 0.9
"""Share of the winner's evidence from which a pose elsewhere makes it doubtful."""
MIRROR_WINS = 1.03
LEAST_SIMILARITY, ENOUGH_TO_MEASURE = 0.25, 0.35
LEAST_OF_A_VIEW = 0.2
LEAST_IN_VIEW = 0.15
FEW_INLIERS = 0.1
UNLIKE = 0.3  # correlation of a part of the bone
LOOK = "check camera, polarity and view prior, or give a start pose"


@dataclass(frozen=True)
class Verdict:
    """Trusted or not, in one sentence why, and what else a user should know."""

    trusted: bool
    reason: str


def verdict(evidence: Evidence, errors: dict[str, ErrorDistribution], acceptable_mm: float, needed: float) -> Verdict:
    """Decide.

    Args:
        evidence: what was seen.
        errors: by measure.
        acceptable_mm: mean error of the bone's points that the user accepts.
        needed: probability of that from which a result is trusted.
    """
    contradiction = _contradiction(evidence)
    if contradiction:
        return Verdict(False, contradiction)
    seen = evidence.distance.excludes
    error, depth, across = errors["mtre_mm"], errors["depth_mm"], errors["in_plane_mm"]
    probability = error.below(acceptable_mm)
    single = evidence.views == 1
    if probability >= needed and single and not (seen or evidence.depth_held):
        return Verdict(
            False,
            f"right across the view (expected error {_about(across)}), but a wrong source-to-detector distance, and with it "
            "depth, would not show in this single view: add a second view, or give a start pose or the range of depth",
        )
    if probability >= needed:
        reason = (
            f"the DRR agrees with the X-ray (similarity {evidence.similarity:.2f}); expected error {_about(across)} "
            f"across the view and {_about(depth)} in depth"
        )
        if single and not seen:
            reason += (
                ", if the start pose's depth is right: this view cannot show whether the source-to-detector distance is"
            )
        if evidence.competing.mirrored > COMPETES:  # a bone that is its own mirror image, nearly
            reason += (
                "; flipped left to right the X-ray fits as well: that left is left rests on its orientation being right"
            )
        return Verdict(True, reason)
    if error.wrong > 1 - replace(error, wrong=0.0).below(acceptable_mm):
        return Verdict(False, _doubt(evidence, error.wrong))
    if single:
        return Verdict(
            False,
            f"depth is uncertain by {_wide(depth):.0f} mm from this single view; add a second view",
        )
    return Verdict(False, f"the pose is uncertain by {_wide(error):.1f} mm; add a view from another side")


def _about(error: ErrorDistribution) -> str:
    """A typical error; no more digits than such an estimate has."""
    return f"{error.median:.1f} mm" if error.median >= 0.1 else "below 0.1 mm"


def _contradiction(evidence: Evidence) -> str | None:
    """What no probability outweighs."""
    competing, similarity = evidence.competing, evidence.similarity
    behind = "the X-ray fits better flipped left to right: check whether it is mirrored or shows the other side"
    disagrees = f"the DRR does not agree with the X-ray (similarity {similarity:.2f}): {LOOK}"
    one = f"one of the views does not agree with the pose (similarity {evidence.worst_view:.2f}): {LOOK}"
    better = "a pose clearly elsewhere fits better on a coarse image: give a start pose, or do not refine only"
    limit = "the bone ended at the limit of the allowed depth: check the source-to-detector distance or allow more depth"
    cut = f"only {100 * evidence.in_view:.0f} % of the bone is in the X-ray: take a view that shows more of it"
    share = evidence.inlier_share
    few = f"only {100 * (share or 0.0):.0f} % of the landmarks agree with the pose: reject wrong ones or pin right ones"
    contradictions = (
        (competing.mirrored > MIRROR_WINS and similarity > 0, behind),
        (_distance_is_wrong(evidence), _other_distance(evidence)),
        (similarity < LEAST_SIMILARITY, disagrees),
        (evidence.worst_view < LEAST_OF_A_VIEW, one),
        ((competing.elsewhere or 0.0) > 1.0, better),
        (evidence.at_limit, limit),
        (evidence.in_view < LEAST_IN_VIEW, cut),
        (share is not None and share < FEW_INLIERS and similarity < 0.5, few),
    )
    return next((reason for applies, reason in contradictions if applies), None)


def _distance_is_wrong(evidence: Evidence) -> bool:
    """Whether perspective, or the views of a rig, contradict the source-to-detector distance."""
    return evidence.distance.contradicts and evidence.similarity > ENOUGH_TO_MEASURE


def _other_distance(evidence: Evidence) -> str:
    given = evidence.source_to_detector_mm
    other = given * float(np.exp(evidence.distance.ratio))
    distances = f"a source-to-detector distance of about {other:.0f} mm than with the {given:.0f} mm given"
    if evidence.views == 1:
        return f"the X-ray fits better with {distances}: check it; until then depth is not to be relied on"
    return f"the views agree better with {distances}: check the geometry of both cameras"


def _doubt(evidence: Evidence, wrong: float) -> str:
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
    if evidence.views > 1 and evidence.views_mm > 1.5:
        return f"{chance}the views disagree by {evidence.views_mm:.1f} mm; check the cameras' relative geometry"
    if evidence.misfit_share > 0.25 or evidence.worst_part < UNLIKE:
        share = (
            f"{100 * evidence.misfit_share:.0f} % of the bone's edges are"
            if evidence.misfit_share > 0.25
            else "a part of the bone is"
        )
        return (
            f"{chance}{share} not found in the X-ray; check that it shows this patient and this side, and that no bone "
            "has moved"
        )
    return f"{chance}the DRR agrees little with the X-ray (similarity {evidence.similarity:.2f}); {LOOK}"


def _wide(error: ErrorDistribution) -> float:
    """One standard deviation above the median: what "uncertain by" means to a reader."""
    return error.typical * 2.0
