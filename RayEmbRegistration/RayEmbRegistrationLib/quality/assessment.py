"""What a registration is worth, judged from the images alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.levels import make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import evaluate
from RayEmbRegistrationLib.pose.alignment.schedule import Solution
from RayEmbRegistrationLib.pose.plan import convincing
from RayEmbRegistrationLib.pose.problem import Problem
from RayEmbRegistrationLib.pose.settings import (
    OVERLAY,
    OVERLAY_TOLERANCE_MM,
    POSITION,
    POSITION_TOLERANCE_MM,
    RegistrationSettings,
)

from .calibration import Calibration, read_calibration
from .cells import JUDGING_LEVEL
from .evidence import Evidence, examine
from .quality import Quality
from .words import COMPETES, verdict

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks


@dataclass(frozen=True)
class Demand:
    """What a user wants of a pose.

    Attributes:
        purpose: "overlay" or "position"; None: the overlay of one view, the position of several.
        overlay_mm, position_mm: error allowed for either.
    """

    purpose: str | None = None
    overlay_mm: float = OVERLAY_TOLERANCE_MM
    position_mm: float = POSITION_TOLERANCE_MM

    @classmethod
    def of(cls, settings: RegistrationSettings) -> Demand:
        """What a registration's settings ask."""
        return cls(settings.trust, settings.overlay_tolerance_mm, settings.position_tolerance_mm)


def assess(solution: Solution, landmarks: Sequence[Landmarks | None] = (), demand: Demand | None = None) -> Quality:
    """Judge the pose that a registration ended with.

    Args:
        solution: the pose and what was registered.
        landmarks: of each view, where the pose came from them; they speak for or against it.
        demand: what the pose is for; the defaults where None.
    """
    evidence = examine(solution.problem, solution.pose, solution.runner_up, landmarks)
    return quality_from(evidence, read_calibration(), demand or Demand())


def quality_from(evidence: Evidence, calibration: Calibration, demand: Demand | None = None) -> Quality:
    """What follows from the evidence."""
    demand = demand or Demand()
    errors = calibration.errors(evidence)
    deviations = np.sqrt(np.maximum(np.diag(evidence.covariance), 0))
    scales = {  # of the image's own spread to the root mean square of a right pose's error
        measure: errors[measure].typical * np.exp(errors[measure].factor ** 2) / max(getattr(evidence.spread, measure), 1e-6)
        for measure in ("in_plane_mm", "depth_mm", "rotation_deg")
    }
    across = scales["in_plane_mm"]
    return Quality(
        similarity=evidence.similarity,
        overlay=verdict(OVERLAY, evidence, errors, demand.overlay_mm, calibration),
        position=verdict(POSITION, evidence, errors, demand.position_mm, calibration),
        purpose=demand.purpose or (OVERLAY if evidence.views == 1 else POSITION),
        runner_up=evidence.runner_up,
        rotation_std_deg=np.degrees(deviations[:3]) * scales["rotation_deg"],
        translation_std_mm=deviations[3:] * (across, across, scales["depth_mm"]),
        errors=errors,
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
