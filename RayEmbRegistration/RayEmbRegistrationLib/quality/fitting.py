"""Fitting the calibration of quality on registrations with known truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.pose.prior import ALLOWED_DEVIATIONS
from RayEmbRegistrationLib.pose.settings import OVERLAY, POSITION, PURPOSES

from .calibration import LEAST, MEASURES, PURPOSE_OF, Calibration, Limits
from .camera_check import ACCUSED
from .evidence import Evidence
from .features import BENDS, OWN_SPREADS, bent, features, predictors

SHRINKAGE, SIZE_SHRINKAGE = 2.0, 2.0  # of the coefficients, in registrations
IMPOSSIBLE_WEIGHT = 0.5  # of a registration without a right answer: a user has fewer of them than a calibration
RIGHT_SPREAD = 0.5  # coefficients of both spreads' logarithms from which the fit may depart
WRONG_OVERLAY_MM, WRONG_MTRE_MM, WRONG_DEG = 3.0, 15.0, 6.0
"""A pose is another one when what it draws is off by more than this; in space also when it is turned or moved so far that
it lies in no valley with the right one. Thrice the errors of pairs that converged; depth alone of one view may be off by as
much as a start is good to."""
BEYOND = 0.01  # share of the right registrations of a calibration that lie beyond a limit
LEAST_LOST_FACTOR = 0.3  # of a few lost ones, whose own spread may be none


@dataclass(frozen=True, eq=False)
class Case:
    """A registration with known truth.

    Attributes:
        evidence: what was seen.
        errors: by ``MEASURES``.
        possible: False where there was no right answer (another patient, the other side).
        subject: whose it is; what is said of a subject is fitted without it.
    """

    evidence: Evidence
    errors: Mapping[str, float]
    possible: bool
    subject: str


def fit(cases: Sequence[Case], about: str, needed: Mapping[str, float]) -> Calibration:
    """Fit all coefficients and limits.

    Args:
        cases: of several subjects.
        about: what these are, for the file.
        needed: by purpose, probability from which a result is to be trusted.
    """
    measured = {measure: np.array([case.errors[measure] for case in cases]) for measure in MEASURES}
    possible = np.array([case.possible for case in cases])
    subjects = np.array([case.subject for case in cases])
    values = np.stack([features(case.evidence) for case in cases])
    middle, scale = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)
    standard = (values - middle) / scale
    bends = np.quantile(standard, BENDS, axis=0)
    columns = np.concatenate([bent(standard, bends), np.ones((len(values), 1))], axis=1)
    counts = np.where(possible, 1.0, IMPOSSIBLE_WEIGHT)
    is_wrong = {purpose: ~possible | is_another_pose(measured, purpose) for purpose in PURPOSES}
    coefficients = {purpose: _logistic(columns, is_wrong[purpose], counts) for purpose in PURPOSES}
    by_measure, factors, upper, wrong = {}, {}, {}, {}
    for measure in MEASURES:
        lost_ones = is_wrong[PURPOSE_OF[measure]]
        right = ~lost_ones
        rows = np.stack([predictors(case.evidence, measure) for case, chosen in zip(cases, right, strict=True) if chosen])
        logs = np.log(np.maximum(measured[measure][right], LEAST))
        by_measure[measure] = _regression(rows, logs)
        left = _left_over(rows, logs, subjects[right])
        factors[measure] = float(np.std(left))
        upper[measure] = float(np.exp(np.quantile(left, 0.95)))
        lost = np.log(np.maximum(measured[measure][lost_ones & possible], LEAST))
        wrong[measure] = (float(np.exp(np.median(lost))), float(max(np.std(lost), LEAST_LOST_FACTOR)))
    limits, sources = _limits([case.evidence for case, lost in zip(cases, is_wrong[OVERLAY], strict=True) if not lost])
    return Calibration(
        middle, scale, bends, coefficients, by_measure, factors, upper, wrong, dict(needed), limits, about, sources
    )


def is_another_pose(errors: Mapping[str, np.ndarray], purpose: str) -> np.ndarray:
    """(N,) bool, whether these are poses other than the right one, for a purpose."""
    drawn = errors["overlay_mm"] > WRONG_OVERLAY_MM
    if purpose == OVERLAY:
        return drawn
    return drawn | (errors["rotation_deg"] > WRONG_DEG) | (errors["mtre_mm"] > WRONG_MTRE_MM)


def _regression(rows: np.ndarray, logs: np.ndarray) -> np.ndarray:
    """Ridge regression of logarithms of errors (N,) on predictors (N, M); the first is the constant and not shrunk."""
    prior = np.zeros(rows.shape[1])
    prior[OWN_SPREADS] = RIGHT_SPREAD
    ridge = SIZE_SHRINKAGE * np.diag([0.0] + [1.0] * (rows.shape[1] - 1))
    return prior + np.linalg.solve(rows.T @ rows + ridge, rows.T @ (logs - rows @ prior))


def _left_over(rows: np.ndarray, logs: np.ndarray, subjects: np.ndarray) -> np.ndarray:
    """(N,) residuals of each subject by what was fitted without it: a subject to come is as new."""
    left = np.empty(len(logs))
    for subject in np.unique(subjects):
        own = subjects == subject
        rest = ~own if not own.all() else own
        left[own] = logs[own] - rows[own] @ _regression(rows[rest], logs[rest])
    return left


def _limits(right: Sequence[Evidence]) -> tuple[Limits, dict[str, str]]:
    """What one right registration in a hundred lies beyond, and where each limit comes from."""
    of_pairs = [each for each in right if each.views > 1]
    marked = [each.inlier_share for each in right if each.inlier_share is not None]
    limits = Limits(
        similarity=_quantile([each.similarity for each in right], BEYOND),
        worst_view=_quantile([each.worst_view for each in of_pairs or right], BEYOND),
        in_view=_quantile([each.in_view for each in right], BEYOND),
        inliers=_quantile(marked or [0.0], BEYOND),
        mirrored=max(1.0, _quantile([each.competing.mirrored for each in right], 1 - BEYOND)),
        elsewhere=max(1.0, _quantile([each.competing.elsewhere or 0.0 for each in right], 1 - BEYOND)),
        beside=max(1.0, _quantile([each.competing.beside or 0.0 for each in right], 1 - BEYOND)),
        off_start=ALLOWED_DEVIATIONS,
        accused=min(ACCUSED, _quantile([each.camera.probability for each in right], BEYOND)),
    )
    fitted = f"one right registration in {1 / BEYOND:.0f} of the calibration lies beyond"
    sources = dict.fromkeys(("similarity", "worst_view", "in_view", "inliers"), fitted)
    sources |= dict.fromkeys(
        ("mirrored", "elsewhere", "beside"), f"{fitted}, and no less than a fit as good as the pose's own"
    )
    sources["accused"] = f"{fitted}, and no more than the chance at which a camera is spoken of"
    sources["off_start"] = "standard deviations of a normal distribution that 997 of 1000 stay within"
    for purpose in (OVERLAY, POSITION):
        sources[f"needed {purpose}"] = "the least from which at most one in 100 trusted is wrong, judged without its like"
    return limits, sources


def _quantile(values: Sequence[float], share: float) -> float:
    return float(np.quantile(np.asarray(values, dtype=np.float64), share))


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
