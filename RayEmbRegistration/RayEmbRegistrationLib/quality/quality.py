"""What a result is worth, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .error_distribution import ErrorDistribution

if TYPE_CHECKING:
    from .evidence import Evidence


@dataclass(frozen=True, eq=False)
class Quality:
    """What a result is worth, found without knowing the truth.

    Attributes:
        similarity: weighted local normalised cross-correlation at the finest level, -1 to 1.
        trusted: whether to use the pose.
        reason: why, in one sentence.
        runner_up: how well the best pose found elsewhere fits, relative to this one (1: as well); None where there is none.
        rotation_std_deg: (3,) standard deviations about the camera's axes.
        translation_std_mm: (3,) standard deviations of the bone's centre along the camera's axes (x, y, depth).
        expected_in_plane_mm, expected_depth_mm: median error to expect of the bone's centroid, across the first view and
            along its axis; None where it was not worked out.
        expected_rotation_deg: likewise of the rotation.
        expected_mtre_mm: likewise of the mean over the bone's points.
        probability_below_2mm: that this mean is under 2 mm, calibrated on simulated cases of other anatomies.
        error: the distribution of this mean.
        evidence: ``quality.evidence.Evidence``, what this was found from.
    """

    similarity: float
    trusted: bool
    reason: str
    runner_up: float | None
    rotation_std_deg: np.ndarray
    translation_std_mm: np.ndarray
    expected_in_plane_mm: float | None = None
    expected_depth_mm: float | None = None
    expected_rotation_deg: float | None = None
    expected_mtre_mm: float | None = None
    probability_below_2mm: float | None = None
    error: ErrorDistribution | None = None
    evidence: Evidence | None = None

    def probability_below(self, limit_mm: float) -> float | None:
        """Probability that the mean error of the bone's points is under a limit."""
        return None if self.error is None else self.error.below(limit_mm)
