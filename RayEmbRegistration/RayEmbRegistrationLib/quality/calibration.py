"""From what is seen at a pose to how far it is off: coefficients fitted on simulated registrations with known truth.

Two questions, two fits. Is it the right pose at all: logistic regression. If so, how far is it off, in each measure: the
spread that the image itself shows, scaled by a power law. Coefficients lie beside this file; ``Testing/bench/quality.py
--calibrate`` makes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from .error_distribution import ErrorDistribution
from .evidence import Evidence

PATH = Path(__file__).with_name("calibration.json")
MEASURES = ("in_plane_mm", "depth_mm", "rotation_deg", "mtre_mm")
FEATURES = (
    "similarity",
    "worst view",
    "misfit share",
    "worst part",
    "elsewhere",
    "mirrored",
    "misfit",
    "noise",
    "split-half",
    "views",
    "inliers",
)
USUAL_INLIERS = 0.5  # share of landmarks that stands for those not looked for
LEAST = 0.02  # mm or degrees; no error is expected to be less
SHRINKAGE, SIZE_SHRINKAGE = 2.0, 2.0  # of the coefficients, in registrations
IMPOSSIBLE_WEIGHT = 0.5  # of a registration without a right answer: a user has fewer of them than a calibration
RIGHT_SPREAD = 0.5  # coefficients of both spreads' logarithms from which the fit may depart


def features(evidence: Evidence) -> np.ndarray:
    """What tells a right pose from a wrong one, (N,); bounded, so that nothing outside the calibration runs away."""
    competing = evidence.competing
    elsewhere = max(evidence.runner_up or 0.0, competing.elsewhere or 0.0)
    return np.array(
        [
            np.clip(evidence.similarity, -0.1, 0.9),
            np.clip(evidence.similarity - evidence.worst_view, 0, 0.5),
            np.clip(evidence.misfit_share, 0, 1),
            np.clip(evidence.worst_part, -0.1, 0.8),
            np.clip(elsewhere, 0, 1.2),
            np.clip(competing.mirrored, 0, 1.3),
            np.clip(evidence.misfit_mm, 0, 2),
            np.log(np.clip(evidence.noise_spread.mtre_mm, 0.05, 50)),
            np.log(np.clip(evidence.split_half_mm, 0.02, 20)),
            np.log1p(np.clip(evidence.views_mm, 0, 10)),
            USUAL_INLIERS if evidence.inlier_share is None else np.clip(evidence.inlier_share, 0, 1),
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
        coefficients: (N + 1,) of the logistic regression for a wrong pose, its constant last.
        error_coefficients: by measure, coefficients of the logarithm of the median error.
        factors: by measure, standard deviation of the logarithm.
        wrong: by measure, (median, standard deviation of the logarithm) of wrong poses' errors.
        needed: probability of an acceptable error from which a result is trusted.
        about: what it was fitted on.
    """

    middle: np.ndarray
    scale: np.ndarray
    coefficients: np.ndarray
    error_coefficients: Mapping[str, np.ndarray]
    factors: Mapping[str, float]
    wrong: Mapping[str, tuple[float, float]]
    needed: float
    about: str

    def probability_wrong(self, evidence: Evidence) -> float:
        """That the pose is not the right one."""
        score = self.coefficients[-1] + self.coefficients[:-1] @ ((features(evidence) - self.middle) / self.scale)
        return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))

    def errors(self, evidence: Evidence) -> dict[str, ErrorDistribution]:
        """By measure, the distribution of its error."""
        wrong = self.probability_wrong(evidence)
        return {
            measure: ErrorDistribution(
                wrong,
                float(np.clip(np.exp(self.error_coefficients[measure] @ predictors(evidence, measure)), LEAST, 100)),
                self.factors[measure],
                *self.wrong[measure],
            )
            for measure in MEASURES
        }

    def content(self) -> dict:
        """For a JSON file."""
        content = {key: _plain(value) for key, value in vars(self).items()}
        return {"features": ", ".join(FEATURES), **content}


def read_calibration(path: Path = PATH) -> Calibration:
    """From a JSON file, kept for next time."""
    return _read(Path(path))


@cache
def _read(path: Path) -> Calibration:
    content = json.loads(path.read_text(encoding="utf-8"))
    arrays = {name: np.array(content[name]) for name in ("middle", "scale", "coefficients")}
    by_measure = {measure: np.array(content["error_coefficients"][measure]) for measure in MEASURES}
    wrong = {measure: tuple(content["wrong"][measure]) for measure in MEASURES}
    return Calibration(
        **arrays,
        error_coefficients=by_measure,
        factors=content["factors"],
        wrong=wrong,
        needed=content["needed"],
        about=content["about"],
    )


def fit(
    seen: Sequence[Evidence], errors: Sequence[Mapping[str, float]], possible: np.ndarray, about: str, needed: float = 0.9
) -> Calibration:
    """Fit all coefficients.

    Args:
        seen: evidence of each registration.
        errors: of each, by ``MEASURES``.
        possible: (N,) bool, False where there was no right answer (another patient, the other side, another camera).
        about: what these are, for the file.
        needed: probability from which a result is to be trusted.
    """
    measured = {measure: np.array([error[measure] for error in errors]) for measure in MEASURES}
    is_wrong = ~possible | (measured["in_plane_mm"] > 3.0) | (measured["rotation_deg"] > 6.0)
    values = np.stack([features(each) for each in seen])
    middle, scale = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)
    columns = np.concatenate([(values - middle) / scale, np.ones((len(values), 1))], axis=1)
    coefficients = _logistic(columns, is_wrong, np.where(possible, 1.0, IMPOSSIBLE_WEIGHT))
    right = ~is_wrong
    by_measure, factors, wrong = {}, {}, {}
    for measure in MEASURES:
        rows = np.stack([predictors(each, measure) for each, chosen in zip(seen, right, strict=True) if chosen])
        logs = np.log(np.maximum(measured[measure][right], LEAST))
        prior = np.zeros(rows.shape[1])
        prior[1:3] = RIGHT_SPREAD
        ridge = SIZE_SHRINKAGE * np.diag([0.0] + [1.0] * (rows.shape[1] - 1))
        found = prior + np.linalg.solve(rows.T @ rows + ridge, rows.T @ (logs - rows @ prior))
        by_measure[measure] = found
        factors[measure] = float(np.std(logs - rows @ found))
        lost = np.log(np.maximum(measured[measure][is_wrong & possible], LEAST))
        wrong[measure] = (float(np.exp(np.median(lost))), float(max(np.std(lost), 0.3)))
    return Calibration(middle, scale, coefficients, by_measure, factors, wrong, needed, about)


def _logistic(columns: np.ndarray, labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Logistic regression with shrinkage, by Newton's method; the last column is the constant and not shrunk."""
    found = np.zeros(columns.shape[1])
    ridge = SHRINKAGE * np.diag([1.0] * (columns.shape[1] - 1) + [1e-6])
    for _ in range(50):
        probability = 1 / (1 + np.exp(-np.clip(columns @ found, -30, 30)))
        weights = counts * np.maximum(probability * (1 - probability), 1e-6)
        step = np.linalg.solve(
            (columns.T * weights) @ columns + ridge, columns.T @ (counts * (labels - probability)) - ridge @ found
        )
        found = found + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return found


def _plain(value: object) -> object:
    """Rounded lists for JSON."""
    if isinstance(value, np.ndarray):
        return [round(float(v), 5) for v in value]
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, tuple):
        return [round(float(v), 5) for v in value]
    return round(value, 5) if isinstance(value, float) else value
