"""From score and margin to the probability that a landmark is right."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from scipy import optimize, special

from RayEmbRegistrationLib.problems import InputProblem


@dataclass(frozen=True)
class Calibration:
    """``probability = 1 / (1 + exp(-(intercept + by_score * score + by_margin * margin)))``.

    The defaults rank landmarks sensibly but were fitted to no encoder; weights bring their own.

    Attributes:
        intercept, by_score, by_margin: coefficients.
        tolerance_px: error, in pixels of the network's scale, up to which a landmark counts as right.
    """

    intercept: float = -6.0
    by_score: float = 6.0
    by_margin: float = 20.0
    tolerance_px: float = 4.0

    def probability(self, scores: np.ndarray, margins: np.ndarray) -> np.ndarray:
        """(N,) of (N,) scores and margins."""
        return special.expit(self.intercept + self.by_score * np.asarray(scores) + self.by_margin * np.asarray(margins))

    def about(self) -> dict[str, float]:
        """For the metadata of weights."""
        return asdict(self)

    @classmethod
    def from_about(cls, about: dict | None) -> Calibration:
        """From the metadata of weights; the defaults where there is nothing.

        Raises:
            InputProblem: something else than the four numbers.
        """
        try:
            return cls(**{key: float(value) for key, value in (about or {}).items()})
        except (TypeError, ValueError, AttributeError) as error:
            raise InputProblem(
                f"the calibration of the weights must be the numbers {sorted(asdict(cls()))}, not {about}"
            ) from error


def fit_calibration(
    scores: np.ndarray, margins: np.ndarray, errors_px: np.ndarray, tolerance_px: float = Calibration.tolerance_px
) -> Calibration:
    """Maximum likelihood on samples, with a weak pull of the slopes towards zero so that separable samples have an answer.

    Args:
        scores: (N,) at the peaks.
        margins: (N,) of the peaks.
        errors_px: (N,) in pixels of the network's scale; infinite where the image does not show the point.
        tolerance_px: error up to which a landmark is right.

    Raises:
        InputProblem: fewer than ten samples, or all right or all wrong.
    """
    right = np.asarray(errors_px) <= tolerance_px
    if len(right) < 10 or right.all() or not right.any():
        raise InputProblem(f"{len(right)} landmarks of which {int(right.sum())} are right do not calibrate; give both kinds")
    inputs = np.stack([np.ones(len(right)), np.asarray(scores, float), np.asarray(margins, float)], axis=1)
    spread = np.concatenate([[1.0], np.maximum(inputs[:, 1:].std(axis=0), 1e-6)])
    scaled = inputs / spread

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        signed = (scaled @ weights) * np.where(right, 1.0, -1.0)
        pull = 1e-3 * np.array([0.0, weights[1], weights[2]])
        slope = -np.where(right, 1.0, -1.0) * special.expit(-signed)
        value = -special.log_expit(signed).mean() + 0.5 * float(pull @ weights)
        return value, scaled.T @ slope / len(right) + pull

    found = optimize.minimize(loss, np.zeros(3), jac=True, method="L-BFGS-B").x / spread
    intercept, by_score, by_margin = (float(value) for value in found)
    return Calibration(intercept, by_score, by_margin, float(tolerance_px))
