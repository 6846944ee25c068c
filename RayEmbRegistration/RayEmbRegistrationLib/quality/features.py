"""The evidence as numbers from which the fits of ``calibration`` predict."""

from __future__ import annotations

import numpy as np

from .evidence import Evidence

FEATURES = (
    "similarity",
    "explained",
    "worst view",
    "misfit share",
    "worst part",
    "elsewhere",
    "beside",
    "mirrored",
    "misfit",
    "noise",
    "noise drawn",
    "split-half",
    "views",
    "inliers",
    "in view",
    "several views",
    "off the start",
    "started",
    "soft tissue",
    "similarity with soft tissue",
)
USUAL_INLIERS = 0.5  # share of landmarks that stands for those not looked for
USUAL_OFF = 1.5  # standard deviations from the start that stand for no start
LEAST_SIMILARITY = 0.05  # below it no pose is right, and its logarithm says no more
BENDS = (1 / 3, 2 / 3)  # quantiles of a feature where its straight line may bend
OWN_SPREADS = slice(1, 3)
"""Of the predictors of an error, the logarithms of the spreads that the image itself shows."""


def features(evidence: Evidence) -> np.ndarray:
    """What tells a right pose from a wrong one, (N,); bounded, so that nothing outside the calibration runs away."""
    competing = evidence.competing
    elsewhere = max(evidence.runner_up or 0.0, competing.elsewhere or 0.0)
    return np.array(
        [
            np.clip(evidence.similarity, -0.1, 0.9),
            np.clip(evidence.explained, 0, 1),
            np.clip(evidence.similarity - evidence.worst_view, 0, 0.5),
            np.clip(evidence.misfit_share, 0, 1),
            np.clip(evidence.worst_part, -0.1, 0.8),
            np.clip(elsewhere, 0, 1.2),
            np.clip(competing.beside or 0.0, 0, 1.3),
            np.clip(competing.mirrored, 0, 1.3),
            np.clip(evidence.misfit_mm, 0, 2),
            np.log(np.clip(evidence.noise_spread.mtre_mm, 0.05, 50)),
            np.log(np.clip(evidence.noise_spread.overlay_mm, 0.02, 10)),
            np.log(np.clip(evidence.split_half_mm, 0.02, 20)),
            np.log1p(np.clip(evidence.views_mm, 0, 10)),
            USUAL_INLIERS if evidence.inlier_share is None else np.clip(evidence.inlier_share, 0, 1),
            np.clip(evidence.in_view, 0, 1),
            float(evidence.views > 1),
            np.clip(USUAL_OFF if evidence.off_start is None else evidence.off_start, 0, 5),
            float(evidence.off_start is not None),
            float(evidence.soft_tissue),
            evidence.soft_tissue * np.clip(evidence.similarity, -0.1, 0.95),
        ]
    )


def bent(values: np.ndarray, bends: np.ndarray) -> np.ndarray:
    """Columns of functions that are piecewise linear in each feature, (..., N * (1 + K)).

    Args:
        values: (..., N) features, standardised.
        bends: (K, N) where each may bend.
    """
    return np.concatenate([values, *(np.maximum(values - bend, 0) for bend in bends)], axis=-1)


def predictors(evidence: Evidence, measure: str) -> np.ndarray:
    """What tells the logarithm of how far a right pose is off in a measure, (N,); a constant first."""
    own = np.log(np.clip(np.hypot(getattr(evidence.spread, measure), getattr(evidence.edge_spread, measure)), 1e-3, 50))
    noise = np.log(np.clip(getattr(evidence.noise_spread, measure), 1e-3, 100))
    several = float(evidence.views > 1)
    return np.array(
        [
            1.0,
            own,
            noise,
            several,
            several * own,
            several * noise,
            np.clip(evidence.misfit_share, 0, 1),
            np.clip(evidence.misfit_mm, 0, 2),
            np.clip(evidence.in_view, 0, 1),
            np.clip(evidence.similarity, 0, 0.9),
            np.log(np.clip(evidence.similarity, LEAST_SIMILARITY, 1)),
            np.clip(evidence.worst_part, -0.1, 0.8),
            np.log(np.clip(evidence.split_half_mm, 0.02, 20)),
            np.log1p(np.clip(evidence.views_mm, 0, 10)),
            float(evidence.soft_tissue),
        ]
    )
