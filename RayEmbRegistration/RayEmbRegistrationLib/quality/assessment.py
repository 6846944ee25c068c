"""What a registration is worth, judged from the images alone."""

from __future__ import annotations

import numpy as np
import torch

from RayEmbRegistrationLib.pose.attempts import CONVINCING, CONVINCING_JOINTLY, Attempt
from RayEmbRegistrationLib.pose.ladder import Climbed, Scene
from RayEmbRegistrationLib.pose.levels import Rung, make_terms
from RayEmbRegistrationLib.pose.problem import Quality
from RayEmbRegistrationLib.pose.refinement import evaluate

RIVAL = 0.9
"""Share of the winner's evidence from which a pose elsewhere makes it doubtful."""
JUDGING_RUNG = Rung(192, 9, 0)


def assess(attempt: Attempt) -> Quality:
    """Judge the pose that an attempt ended with."""
    scene, climbed = attempt.scene, attempt.climbed
    agreement = climbed.best.agreement
    similarity = float(agreement.similarity[0])
    rotation_std, translation_std = standard_deviations(climbed, scene.limits.held)
    trusted, reason = True, f"the DRR agrees with the X-ray (similarity {similarity:.2f})"
    needed = CONVINCING if len(scene.views) == 1 else CONVINCING_JOINTLY
    if similarity < needed:
        trusted = False
        reason = (
            f"the DRR does not agree with the X-ray (similarity {similarity:.2f}, {needed:.2f} is needed): "
            "check camera, polarity and view prior, or give a start pose"
        )
    elif climbed.runner_up is not None and climbed.runner_up > RIVAL:
        trusted = False
        reason = (
            f"another pose fits almost as well ({100 * climbed.runner_up:.0f} %): add a second view or give a start pose"
        )
    return Quality(similarity, trusted, reason, climbed.runner_up, rotation_std, translation_std)


def similarity_by_view(scene: Scene, poses: torch.Tensor) -> list[float]:
    """Similarity of each view at the finest rung."""
    terms = make_terms(scene.views, scene.prepared, poses, JUDGING_RUNG)
    return [float(evaluate([term], poses, scene.limits, derivatives=False).similarity[0]) for term in terms]


def standard_deviations(climbed: Climbed, held: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviations (rotation in degrees, translation in mm) from the Gauss-Newton matrix.

    The residual of neighbouring pixels is correlated over the normalisation's window, so that one window counts as one
    measurement. Held degrees of freedom have none.
    """
    agreement = climbed.best.agreement
    hessian = agreement.hessian[0].cpu().numpy()
    free = np.array([name not in held for name in ("rx", "ry", "rz", "x", "y", "depth")])
    covariance = np.zeros((6, 6))
    inner = hessian[np.ix_(free, free)]
    scale = np.sqrt(np.maximum(np.diag(inner), 1e-12))
    inverse = np.linalg.pinv(inner / np.outer(scale, scale), rcond=1e-10) / np.outer(scale, scale)
    covariance[np.ix_(free, free)] = inverse * float(agreement.noise[0]) * JUDGING_RUNG.window**2
    deviations = np.sqrt(np.maximum(np.diag(covariance), 0))
    return np.degrees(deviations[:3]), deviations[3:]
