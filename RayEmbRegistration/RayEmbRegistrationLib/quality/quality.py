"""What a result is worth, as it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.pose.settings import POSITION

from .error_distribution import ErrorDistribution

if TYPE_CHECKING:
    from .evidence import Evidence


@dataclass(frozen=True)
class Verdict:
    """Whether a pose may be used for a purpose.

    Attributes:
        purpose: one of ``pose.settings.PURPOSES``.
        trusted: whether to use it.
        reason: why, in one sentence.
        expected_mm: median error to expect. Of the overlay: mean over the bone's points of the distance between where they
            are drawn and where they are seen, mm at the bone, in the worst view; of the position: mean distance in space.
        bound_mm: what the error stays under in 95 of 100 cases, if this is not another pose altogether.
        tolerance_mm: what the user allows.
        probability: that the error is less, that it may be another pose counted in.
        wrong: probability that it is another pose altogether.
    """

    purpose: str
    trusted: bool
    reason: str
    expected_mm: float
    bound_mm: float
    tolerance_mm: float
    probability: float
    wrong: float

    @property
    def says_bound(self) -> bool:
        """Whether the bound is told: not beside a larger median, which counts in that this may be another pose."""
        return self.expected_mm <= self.bound_mm


@dataclass(frozen=True, eq=False)
class Quality:
    """What a result is worth, found without knowing the truth.

    Attributes:
        similarity: weighted local normalised cross-correlation at the finest level, -1 to 1.
        overlay, position: what it is worth for either purpose.
        purpose: the one that was asked for.
        runner_up: how well the best pose found elsewhere fits, relative to this one (1: as well); None where there is none.
        rotation_std_deg: (3,) standard deviations about the camera's axes.
        translation_std_mm: (3,) standard deviations of the bone's centre along the camera's axes (x, y, depth).
        errors: by measure (``quality.calibration.MEASURES``) the distribution of its error: ``overlay_mm`` and ``mtre_mm``
            as in ``Verdict``; ``in_plane_mm`` and ``depth_mm`` of the bone's centroid across the first view and along its
            axis; ``rotation_deg``. Empty where they were not worked out.
        evidence: ``quality.evidence.Evidence``, what this was found from.
    """

    similarity: float
    overlay: Verdict
    position: Verdict
    purpose: str
    runner_up: float | None
    rotation_std_deg: np.ndarray
    translation_std_mm: np.ndarray
    errors: Mapping[str, ErrorDistribution] = field(default_factory=dict)
    evidence: Evidence | None = None

    @property
    def verdict(self) -> Verdict:
        """On the purpose that was asked for."""
        return self.position if self.purpose == POSITION else self.overlay

    @property
    def trusted(self) -> bool:
        """Whether to use the pose for that purpose."""
        return self.verdict.trusted

    @property
    def reason(self) -> str:
        """Why, in one sentence."""
        return self.verdict.reason

    def expected(self, measure: str) -> float | None:
        """Median error to expect in a measure; None where it was not worked out."""
        return self.errors[measure].median if measure in self.errors else None

    def bound(self, measure: str) -> float | None:
        """What it stays under in 95 of 100 cases, if this is not another pose altogether; None where not worked out."""
        return self.errors[measure].bound if measure in self.errors else None

    @property
    def expected_overlay_mm(self) -> float | None:
        """Of what is drawn on the X-ray."""
        return self.expected("overlay_mm")

    @property
    def expected_in_plane_mm(self) -> float | None:
        """Of the bone's centroid across the first view."""
        return self.expected("in_plane_mm")

    @property
    def expected_depth_mm(self) -> float | None:
        """Along the first view's axis."""
        return self.expected("depth_mm")

    @property
    def expected_rotation_deg(self) -> float | None:
        """Of the rotation."""
        return self.expected("rotation_deg")

    @property
    def expected_mtre_mm(self) -> float | None:
        """Of the mean over the bone's points, in space."""
        return self.expected("mtre_mm")

    @property
    def probability_below_2mm(self) -> float | None:
        """That this mean is under 2 mm."""
        return self.probability_below(2.0)

    def probability_below(self, limit_mm: float) -> float | None:
        """Probability that the mean error of the bone's points in space is under a limit."""
        return self.errors["mtre_mm"].below(limit_mm) if "mtre_mm" in self.errors else None
