"""What a registration is worth, judged from the images alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.levels import make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import evaluate
from RayEmbRegistrationLib.pose.alignment.schedule import Solution
from RayEmbRegistrationLib.pose.plan import convincing
from RayEmbRegistrationLib.pose.problem import Problem

from .calibration import Calibration, read_calibration
from .cells import JUDGING_LEVEL
from .evidence import Evidence, examine
from .quality import Quality
from .words import COMPETES, verdict

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

ACCEPTABLE_MM = 5.0


def assess(solution: Solution, landmarks: Sequence[Landmarks | None] = (), acceptable_mm: float = ACCEPTABLE_MM) -> Quality:
    """Judge the pose that a registration ended with.

    Args:
        solution: the pose and what was registered.
        landmarks: of each view, where the pose came from them; they speak for or against it.
        acceptable_mm: mean error of the bone's points that a trusted result stays below.
    """
    evidence = examine(solution.problem, solution.pose, solution.runner_up, landmarks)
    return quality_from(evidence, read_calibration(), acceptable_mm)


def quality_from(evidence: Evidence, calibration: Calibration, acceptable_mm: float = ACCEPTABLE_MM) -> Quality:
    """What follows from the evidence."""
    errors = calibration.errors(evidence)
    said = verdict(evidence, errors, acceptable_mm, calibration.needed)
    deviations = np.sqrt(np.maximum(np.diag(evidence.covariance), 0))
    scales = {  # of the image's own spread to the root mean square of a right pose's error
        measure: errors[measure].typical * np.exp(errors[measure].factor ** 2) / max(getattr(evidence.spread, measure), 1e-6)
        for measure in ("in_plane_mm", "depth_mm", "rotation_deg")
    }
    across = scales["in_plane_mm"]
    return Quality(
        similarity=evidence.similarity,
        trusted=said.trusted,
        reason=said.reason,
        runner_up=evidence.runner_up,
        rotation_std_deg=np.degrees(deviations[:3]) * scales["rotation_deg"],
        translation_std_mm=deviations[3:] * (across, across, scales["depth_mm"]),
        expected_in_plane_mm=errors["in_plane_mm"].median,
        expected_depth_mm=errors["depth_mm"].median,
        expected_rotation_deg=errors["rotation_deg"].median,
        expected_mtre_mm=errors["mtre_mm"].median,
        probability_below_2mm=errors["mtre_mm"].below(2.0),
        error=errors["mtre_mm"],
        evidence=evidence,
    )


def convinces(solution: Solution) -> bool:
    """Whether to look no further: quick, by the fit alone."""
    needed = convincing(len(solution.problem.views))
    return solution.similarity >= needed and (solution.runner_up is None or solution.runner_up <= COMPETES)


def similarity_by_view(problem: Problem, pose: Poses) -> list[float]:
    """Similarity of each view at the finest level."""
    terms = make_level_views(problem.views, problem.prepared, pose, JUDGING_LEVEL)
    return [float(evaluate([term], pose, problem.limits, derivatives=False).similarity[0]) for term in terms]
