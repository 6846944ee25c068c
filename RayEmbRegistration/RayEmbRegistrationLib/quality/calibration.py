"""From what is seen at a pose to how far it is off: coefficients fitted on registrations with known truth.

Two questions, two fits. Is it the right pose at all: logistic regression, once for what is drawn on the X-ray and once for
places in space. If so, how far is it off, in each measure: the spread that the image itself shows, scaled by a power law.
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

PATH = Path(__file__).with_name("calibration.json")
MEASURES = ("overlay_mm", "in_plane_mm", "depth_mm", "rotation_deg", "mtre_mm")
PURPOSE_OF = {measure: OVERLAY if measure in ("overlay_mm", "in_plane_mm") else POSITION for measure in MEASURES}
"""Which of the two fits tells whether the pose is a wrong one, for a measure."""
FEATURES = (
    "similarity",
    "explained",
    "worst view",
    "misfit share",
    "worst part",
    "elsewhere",
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
)
USUAL_INLIERS = 0.5  # share of landmarks that stands for those not looked for
USUAL_OFF = 1.5  # standard deviations from the start that stand for no start
LEAST = 0.02  # mm or degrees; no error is expected to be less
MEDIAN_OF_NORMAL = 0.6745  # median of a normal variable's size, in standard deviations


@dataclass(frozen=True)
class Limits:
    """Beyond these nothing is trusted.

    Attributes:
        similarity, worst_view, in_view, inliers: at least.
        mirrored, elsewhere: at most, of the evidence of the pose found.
        off_start: at most, in standard deviations of what the user said.
    """

    similarity: float
    worst_view: float
    in_view: float
    inliers: float
    mirrored: float
    elsewhere: float
    off_start: float


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
        ]
    )


def predictors(evidence: Evidence, measure: str) -> np.ndarray:
    """What tells how far a right pose is off in a measure, (N,)."""
    return np.array(
        [
            1.0,
            np.log(np.clip(np.hypot(getattr(evidence.spread, measure), getattr(evidence.edge_spread, measure)), 1e-3, 50)),
            np.log(np.clip(getattr(evidence.noise_spread, measure), 1e-3, 100)),
            np.clip(evidence.misfit_share, 0, 1),
            np.clip(evidence.misfit_mm, 0, 2),
        ]
    )


@dataclass(frozen=True, eq=False)
class Calibration:
    """Fitted coefficients.

    Attributes:
        middle, scale: (N,) of the features, by which they are standardised.
        coefficients: by purpose, (N + 1,) of the logistic regression for a wrong pose, its constant last.
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
        score = coefficients[-1] + coefficients[:-1] @ ((features(evidence) - self.middle) / self.scale)
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
        return [round(float(v), 5) for v in value]
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, tuple):
        return [round(float(v), 5) for v in value]
    return round(value, 5) if isinstance(value, float) else value
