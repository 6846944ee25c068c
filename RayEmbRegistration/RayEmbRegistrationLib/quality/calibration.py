"""From what is seen at a pose to how far it is off: coefficients fitted on registrations with known truth.

Two questions, two fits. Is it the right pose at all: logistic regression, piecewise linear in each feature, once for what is
drawn on the X-ray and once for places in space. If so, how far is it off, in each measure: the spread that the image itself
shows, scaled by a power law of it and of how well the pose fits.
Beyond some limits nothing is trusted, whatever the fits say; they are taken from the same registrations. Coefficients lie
beside this file; ``Testing/bench/quality.py --calibrate`` makes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.pose.settings import OVERLAY, POSITION, PURPOSES

from .error_distribution import ErrorDistribution
from .evidence import Evidence
from .features import FEATURES, bent, features, predictors

PATH = Path(__file__).with_name("calibration.json")
MEASURES = ("overlay_mm", "in_plane_mm", "depth_mm", "rotation_deg", "mtre_mm")
PURPOSE_OF = {measure: OVERLAY if measure in ("overlay_mm", "in_plane_mm") else POSITION for measure in MEASURES}
"""Which of the two fits tells whether the pose is a wrong one, for a measure."""
LEAST = 0.02  # mm or degrees; no error is expected to be less
MEDIAN_OF_NORMAL = 0.6745  # median of a normal variable's size, in standard deviations


@dataclass(frozen=True)
class Limits:
    """Beyond these nothing is trusted.

    Attributes:
        similarity, worst_view, in_view, inliers: at least.
        mirrored, elsewhere, beside: at most, of the evidence of the pose found.
        off_start: at most, in standard deviations of what the user said.
        accused: at least, the probability of what is seen with right cameras.
    """

    similarity: float
    worst_view: float
    in_view: float
    inliers: float
    mirrored: float
    elsewhere: float
    beside: float
    off_start: float
    accused: float


@dataclass(frozen=True, eq=False)
class Calibration:
    """Fitted coefficients.

    Attributes:
        middle, scale: (N,) of the features, by which they are standardised.
        bends: (K, N) where the logistic regression may bend, in standardised features.
        coefficients: by purpose, (N * (1 + K) + 1,) of the logistic regression for a wrong pose, its constant last.
        error_coefficients: by measure, coefficients of the logarithm of the median error.
        factors: by measure, standard deviation of the logarithm.
        upper: by measure, 95 % quantile of the error in units of its median.
        wrong: by measure, (median, standard deviation of the logarithm) of wrong poses' errors.
        needed: by purpose, probability of an error under the tolerance from which a result is trusted.
        limits: beyond which nothing is trusted.
        about: what it was fitted on.
        sources: where ``needed`` and each of the limits come from.
    """

    middle: np.ndarray
    scale: np.ndarray
    bends: np.ndarray
    coefficients: Mapping[str, np.ndarray]
    error_coefficients: Mapping[str, np.ndarray]
    factors: Mapping[str, float]
    upper: Mapping[str, float]
    wrong: Mapping[str, tuple[float, float]]
    needed: Mapping[str, float]
    limits: Limits
    about: str
    sources: Mapping[str, str]

    def probability_wrong(self, evidence: Evidence, purpose: str) -> float:
        """That the pose is not the right one."""
        coefficients = self.coefficients[purpose]
        standard = (features(evidence) - self.middle) / self.scale
        score = coefficients[-1] + coefficients[:-1] @ bent(standard, self.bends)
        return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))

    def errors(self, evidence: Evidence) -> dict[str, ErrorDistribution]:
        """By measure, the distribution of its error."""
        wrong = {purpose: self.probability_wrong(evidence, purpose) for purpose in PURPOSES}
        found = {}
        for measure in MEASURES:
            own = np.exp(self.error_coefficients[measure] @ predictors(evidence, measure))
            # What the camera's values may be off by is in no image of a single view: it comes on top.
            camera = MEDIAN_OF_NORMAL * getattr(evidence.camera_spread, measure)
            typical = float(np.clip(np.hypot(own, camera), LEAST, 100))
            found[measure] = ErrorDistribution(
                wrong[PURPOSE_OF[measure]], typical, self.factors[measure], self.upper[measure], *self.wrong[measure]
            )
        return found

    def trusting_from(self, purpose: str, needed: float) -> Calibration:
        """The same with another probability from which to trust."""
        return replace(self, needed={**self.needed, purpose: needed})

    def content(self) -> dict[str, object]:
        """For a JSON file."""
        content = {key: _plain(value) for key, value in vars(self).items() if key != "limits"}
        return {"features": ", ".join(FEATURES), **content, "limits": _plain(vars(self.limits))}


def read_calibration(path: Path = PATH) -> Calibration:
    """From a JSON file, kept for next time."""
    return _read(Path(path))


@cache
def _read(path: Path) -> Calibration:
    content = json.loads(path.read_text(encoding="utf-8"))
    return Calibration(
        middle=np.array(content["middle"]),
        scale=np.array(content["scale"]),
        bends=np.array(content["bends"]),
        coefficients={purpose: np.array(content["coefficients"][purpose]) for purpose in PURPOSES},
        error_coefficients={measure: np.array(content["error_coefficients"][measure]) for measure in MEASURES},
        factors=content["factors"],
        upper=content["upper"],
        wrong={measure: tuple(content["wrong"][measure]) for measure in MEASURES},
        needed=content["needed"],
        limits=Limits(**content["limits"]),
        about=content["about"],
        sources=content["sources"],
    )


def _plain(value: object) -> object:
    """Rounded lists for JSON."""
    if isinstance(value, np.ndarray):
        return np.round(value, 5).tolist()
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, tuple):
        return [round(float(v), 5) for v in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value
