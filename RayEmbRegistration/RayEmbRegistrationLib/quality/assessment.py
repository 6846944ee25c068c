"""What a registration is worth, judged from the images alone."""

from __future__ import annotations

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import make_terms
from RayEmbRegistrationLib.pose.alignment.refinement import evaluate
from RayEmbRegistrationLib.pose.alignment.schedule import Scene
from RayEmbRegistrationLib.pose.attempts import CONVINCING, CONVINCING_JOINTLY, Attempt
from RayEmbRegistrationLib.pose.strategies.landmarks import best_agreeing

from .calibration import Calibration, read_calibration
from .cells import JUDGING_LEVEL
from .evidence import Evidence, examine
from .quality import Quality
from .words import COMPETES, verdict

ACCEPTABLE_MM = 5.0


def assess(attempt: Attempt, acceptable_mm: float = ACCEPTABLE_MM) -> Quality:
    """Judge the pose that an attempt ended with.

    Args:
        attempt: the registration.
        acceptable_mm: mean error of the bone's points that a trusted result stays below.
    """
    scene, pose = attempt.scene, attempt.climbed.best.poses[0]
    detected = (attempt.by_landmarks and attempt.detected) or [()] * len(scene.views)
    landmarks = []
    for view, found in zip(scene.views, detected, strict=True):
        placed = RigidTransform.from_matrix(view.camera_from_first @ pose.cpu().numpy())
        landmarks.append(best_agreeing(found, view.radiograph.camera, placed))
    evidence = examine(scene, pose, attempt.climbed.runner_up, landmarks)
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


def convinces(attempt: Attempt) -> bool:
    """Whether to look no further: quick, by the fit alone."""
    needed = CONVINCING if len(attempt.scene.views) == 1 else CONVINCING_JOINTLY
    runner_up = attempt.climbed.runner_up
    return attempt.similarity >= needed and (runner_up is None or runner_up <= COMPETES)


def similarity_by_view(scene: Scene, poses: torch.Tensor) -> list[float]:
    """Similarity of each view at the finest level."""
    terms = make_terms(scene.views, scene.prepared, poses, JUDGING_LEVEL)
    return [float(evaluate([term], poses, scene.limits, derivatives=False).similarity[0]) for term in terms]
