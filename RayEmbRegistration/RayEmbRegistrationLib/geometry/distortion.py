"""Distortion of an X-ray's image, measured by a plate: where each point of the straight image is seen, and how surely.

The model is local: a thin-plate spline through the plate's beads, so that any smooth distortion is followed (pincushion, the
S shape of the earth's field, an edge of the tube). Points are (column, row) px, pixel centres at integers. *Straight* are
those of the undistorted image, *seen* those of the image as stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from RayEmbRegistrationLib.problems import InputProblem

LEAST_BEADS = 25  # five by five: fewer leave no bead out for the residual; chosen
FOLDS = 5  # parts of the beads that are left out in turn; customary
# Of the spline with lengths in pitches: what is tried, the best by the beads left out is taken. 0 passes through every bead;
# 1 averages over a few dozen.
SMOOTHINGS = (0.0, 1e-2, 1e-1, 1.0)
MOST_AT_ONCE = 700  # beads; of more each place takes its nearest alone: the time of a solution grows as their cube
NEIGHBORS = 64  # nearest beads then: eight by eight; chosen
# A bead is left out whose error is so many medians (of Gaussian errors in the plane one in 10,000 has four) and so many
# pitches; chosen.
OUTLIER, LEAST_OUTLIER = 5.0, 0.02
TRIMMINGS = 3  # times; an outlier hides its neighbors
EDGE = 0.85  # of the plate's radius: beads beyond it are those of the edge; chosen
# Pitches beyond the outermost beads that are still corrected: the next row, which is not there, would be one away.
REACH = 1.0


@dataclass(frozen=True)
class Residual:
    """How far a bead is from where the others say that it is: each part of the beads left out in turn, px.

    Attributes:
        median: of all beads.
        edge: median of those of the edge.
        largest_95: 95 of 100 are below.
    """

    median: float
    edge: float
    largest_95: float


@dataclass(frozen=True, eq=False)
class PlateDistortion:
    """The distortion under one orientation of the C-arm.

    Attributes:
        image_size: (width, height) of the image as stored, and of the straight one, px.
        straight_px: (N, 2) where the plate's beads would be without distortion.
        seen_px: (N, 2) where they are.
        pitch_px: distance of neighboring beads in the straight image.
        pitch_mm: the same on the plate; None where nobody said.
        smoothing: of the spline, lengths in pitches.
        residual: of beads left out.
        angles_deg: primary and secondary angle of the C-arm; None where not known.
        name: of the plate's image.

    Raises:
        InputProblem: too few beads, or lists of different lengths.
    """

    image_size: tuple[int, int]
    straight_px: np.ndarray
    seen_px: np.ndarray
    pitch_px: float
    pitch_mm: float | None
    smoothing: float
    residual: Residual
    angles_deg: tuple[float, float] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.straight_px.shape != self.seen_px.shape or self.straight_px.ndim != 2 or self.straight_px.shape[1] != 2:
            raise InputProblem(f"the plate {self.name} needs as many straight as seen points of two numbers; fit it again")
        if len(self.straight_px) < LEAST_BEADS:
            raise InputProblem(
                f"the plate {self.name} has {len(self.straight_px)} beads and needs {LEAST_BEADS}; give an image of it all"
            )

    @cached_property
    def _spline(self) -> RBFInterpolator:
        return _spline(self.straight_px / self.pitch_px, (self.seen_px - self.straight_px), self.smoothing)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.straight_px)

    def shift(self, straight_px: np.ndarray) -> np.ndarray:
        """(N, 2) px from straight points (N, 2) to where they are seen."""
        return np.asarray(self._spline(np.asarray(straight_px, dtype=np.float64) / self.pitch_px))

    def reaches(self, straight_px: np.ndarray) -> np.ndarray:
        """(N,) bool, whether beads are near enough to tell."""
        distance = self._tree.query(np.asarray(straight_px, dtype=np.float64))[0]
        return np.asarray(distance <= REACH * self.pitch_px)


def fit_distortion(
    straight_px: np.ndarray,
    seen_px: np.ndarray,
    image_size: tuple[int, int],
    pitch_px: float,
    pitch_mm: float | None = None,
    label: tuple[str, tuple[float, float] | None] = ("", None),
) -> PlateDistortion:
    """Fit the spline; its smoothing is what foretells beads that were left out best.

    Args:
        straight_px: (N, 2) where the beads would be without distortion.
        seen_px: (N, 2) where they are.
        image_size: (width, height), px.
        pitch_px: distance of neighboring beads in the straight image.
        pitch_mm: the same on the plate.
        label: name of the plate's image, and primary and secondary angle under which it was taken.

    Raises:
        InputProblem: too few beads.
    """
    straight, seen = np.asarray(straight_px, dtype=np.float64), np.asarray(seen_px, dtype=np.float64)
    name, angles = label
    if len(straight) < LEAST_BEADS:
        raise InputProblem(f"{name} shows {len(straight)} beads, {LEAST_BEADS} are needed; give an image of the whole plate")
    kept = _agreeing(straight, seen, pitch_px)
    straight, seen = straight[kept], seen[kept]
    best = min(
        ((left_out_errors(straight, seen, pitch_px, smoothing), smoothing) for smoothing in SMOOTHINGS),
        key=lambda each: float(np.median(each[0])),
    )
    errors, smoothing = best
    radius = np.linalg.norm(straight - straight.mean(axis=0), axis=1)
    at_edge = radius >= EDGE * radius.max()
    residual = Residual(float(np.median(errors)), float(np.median(errors[at_edge])), float(np.percentile(errors, 95)))
    return PlateDistortion(image_size, straight, seen, pitch_px, pitch_mm, smoothing, residual, angles, name)


def _agreeing(straight: np.ndarray, seen: np.ndarray, pitch_px: float) -> np.ndarray:
    """(N,) bool, beads that the others foretell: not half cut off by the field's edge, nor scratches."""
    kept = np.ones(len(straight), dtype=bool)
    for _ in range(TRIMMINGS):
        errors = left_out_errors(straight[kept], seen[kept], pitch_px, SMOOTHINGS[-1])
        limit = max(OUTLIER * float(np.median(errors)), LEAST_OUTLIER * pitch_px)
        if (errors <= limit).all() or (errors <= limit).sum() < LEAST_BEADS:
            break
        kept[np.flatnonzero(kept)[errors > limit]] = False
    return kept


def left_out_errors(straight: np.ndarray, seen: np.ndarray, pitch_px: float, smoothing: float) -> np.ndarray:
    """(N,) px, how far each bead is from where the spline of the other parts has it."""
    part = np.random.default_rng(0).permutation(len(straight)) % FOLDS
    errors = np.empty(len(straight))
    for number in range(FOLDS):
        out = part == number
        spline = _spline(straight[~out] / pitch_px, (seen - straight)[~out], smoothing)
        errors[out] = np.linalg.norm(straight[out] + spline(straight[out] / pitch_px) - seen[out], axis=1)
    return errors


def _spline(points: np.ndarray, values: np.ndarray, smoothing: float) -> RBFInterpolator:
    neighbors = NEIGHBORS if len(points) > MOST_AT_ONCE else None
    return RBFInterpolator(points, values, neighbors=neighbors, smoothing=smoothing, kernel="thin_plate_spline")


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation (2, 2) and shift (2,) that map points (N, 2) onto others with the least squares (Umeyama 1991)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, s, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(sign) @ vt
    scale = float((s * sign).sum() / (a**2).sum())
    return scale, rotation, target.mean(axis=0) - scale * rotation @ source.mean(axis=0)


def beam_of(angles_deg: Sequence[float]) -> np.ndarray:
    """(3,) unit direction of the beam in the room for primary and secondary angle (``geometry.c_arm``)."""
    primary, secondary = np.radians(angles_deg[:2])
    return np.array([np.sin(primary) * np.cos(secondary), np.cos(primary) * np.cos(secondary), np.sin(secondary)])
