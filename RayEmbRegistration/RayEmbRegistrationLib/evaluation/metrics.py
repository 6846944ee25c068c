"""How far an estimated pose is from the true one, in the measures of the field.

E. B. van de Kraats et al., IEEE Transactions on Medical Imaging 24(9), 2005 (mTRE, mRPD). Depth along the beam is nearly
unobservable from one view, so it is reported apart from the error across the beam.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

SUCCESS_LIMITS_MM = (1.0, 2.0, 5.0, 10.0)  # chosen: from what guidance of instruments needs to a gross failure
PERCENTILES = (25, 50, 75, 95)  # chosen: the quartiles, and the tail


@dataclass(frozen=True)
class PoseErrors:
    """Errors of one pose.

    Attributes:
        mtre_mm: mean target registration error: mean 3D distance of the targets under both poses, in the camera frame.
        mpd_mm: mean projection distance: mean distance of the projected targets on the detector.
        mrpd_mm: mean reprojection distance: mean distance of the true 3D targets from the rays through their projections
            under the estimated pose. It hardly sees depth.
        rotation_deg: angle of the rotation between both poses.
        in_plane_mm: displacement of the targets' centroid across the optical axis (camera x and y), at the object.
        depth_mm: displacement of the targets' centroid along the optical axis; positive away from the source.
        dgeo_mm: double geodesic distance: half the source-to-detector distance times the rotation in radians, and the
            distance of both source positions, added in quadrature.
    """

    mtre_mm: float
    mpd_mm: float
    mrpd_mm: float
    rotation_deg: float
    in_plane_mm: float
    depth_mm: float
    dgeo_mm: float


def pose_errors(estimated: RigidTransform, truth: RigidTransform, camera: Camera, points_ras: np.ndarray) -> PoseErrors:
    """Compare two poses of the same camera.

    Args:
        estimated: ``camera_from_ras`` found.
        truth: ``camera_from_ras`` known.
        camera: the X-ray's geometry.
        points_ras: (N, 3) targets, RAS mm: points of the bone, spread over what matters.

    Returns:
        The errors; mpd_mm and mrpd_mm are NaN where the estimated pose puts every target behind the source.

    Raises:
        InputProblem: no target, or targets of a wrong shape.
    """
    points = np.asarray(points_ras, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) == 0:
        raise InputProblem(f"targets must be N x 3 points in RAS mm with at least one point, not {points.shape}")
    found, true = estimated.apply(points), truth.apply(points)
    shift = found.mean(0) - true.mean(0)
    on_detector = found[:, :2] / _depth(found) - true[:, :2] / _depth(true)  # times the distance: mm, whatever K flips
    rotation = estimated.rotation_angle_deg(truth)
    source_distance = np.linalg.norm(estimated.inverse().translation - truth.inverse().translation)
    return PoseErrors(
        mtre_mm=float(np.linalg.norm(found - true, axis=1).mean()),
        mpd_mm=_mean(np.linalg.norm(on_detector, axis=1) * camera.source_to_detector_mm),
        mrpd_mm=_mean(_distance_from_ray(true, found)),
        rotation_deg=rotation,
        in_plane_mm=float(np.hypot(shift[0], shift[1])),
        depth_mm=float(shift[2]),
        dgeo_mm=float(np.hypot(np.radians(rotation) * camera.source_to_detector_mm / 2, source_distance)),
    )


def _depth(points_camera: np.ndarray) -> np.ndarray:
    """(N, 1) depth, NaN where a point is not in front of the source."""
    return np.where(points_camera[:, 2:] > 1e-9, points_camera[:, 2:], np.nan)


def _distance_from_ray(points_camera: np.ndarray, ray_points_camera: np.ndarray) -> np.ndarray:
    """(N,) distance of points from the lines through the source and other points; NaN for those behind the source."""
    rays = ray_points_camera / _depth(ray_points_camera)
    rays = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return np.linalg.norm(points_camera - (points_camera * rays).sum(1, keepdims=True) * rays, axis=1)


def _mean(values: np.ndarray) -> float:
    """Mean of the finite values, NaN where there are none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")


@dataclass(frozen=True)
class SummaryRow:
    """One measure over many poses.

    Attributes:
        measure: a field of ``PoseErrors``; signed measures enter by their size.
        count: number of poses.
        percentiles: in the order of ``PERCENTILES``; a NaN counts as infinitely wrong.
        median_interval: 95 % bootstrap interval of the median.
    """

    measure: str
    count: int
    percentiles: tuple[float, ...]
    median_interval: tuple[float, float]


@dataclass(frozen=True)
class Summary:
    """Errors over many poses.

    Attributes:
        rows: one a measure.
        success: share of poses whose mTRE is below each of ``SUCCESS_LIMITS_MM``, 0 to 1.
        success_intervals: their 95 % bootstrap intervals.
        success_by_mrpd: the same shares for mRPD, the measure to use for single views.
    """

    rows: tuple[SummaryRow, ...]
    success: tuple[float, ...]
    success_intervals: tuple[tuple[float, float], ...]
    success_by_mrpd: tuple[float, ...]

    def row(self, measure: str) -> SummaryRow:
        """The row of one measure."""
        return next(row for row in self.rows if row.measure == measure)


def summarize(errors: Sequence[PoseErrors], seed: int = 0, resamples: int = 2000) -> Summary:
    """Percentiles, success rates and their uncertainty.

    Args:
        errors: one entry a pose; failures included.
        seed: of the bootstrap.
        resamples: of the bootstrap.

    Raises:
        InputProblem: nothing to summarize.
    """
    if not errors:
        raise InputProblem("there is no pose error to summarize; register at least one case with a known pose")
    picks = np.random.default_rng(seed).integers(0, len(errors), (resamples, len(errors)))
    rows = []
    for field in fields(PoseErrors):
        values = _sizes(errors, field.name)
        medians = np.percentile(values[picks], 50, axis=1, method="inverted_cdf")
        quantiles = np.percentile(values, PERCENTILES, method="inverted_cdf")  # an error that occurred, never inf - inf
        rows.append(SummaryRow(field.name, len(values), tuple(map(float, quantiles)), _interval(medians)))
    mtre, mrpd = _sizes(errors, "mtre_mm"), _sizes(errors, "mrpd_mm")
    return Summary(
        rows=tuple(rows),
        success=tuple(float((mtre < limit).mean()) for limit in SUCCESS_LIMITS_MM),
        success_intervals=tuple(_interval((mtre < limit)[picks].mean(1)) for limit in SUCCESS_LIMITS_MM),
        success_by_mrpd=tuple(float((mrpd < limit).mean()) for limit in SUCCESS_LIMITS_MM),
    )


def _sizes(errors: Sequence[PoseErrors], measure: str) -> np.ndarray:
    """(N,) sizes of one measure, infinite where it is not a number."""
    values = np.abs(np.array([getattr(error, measure) for error in errors], dtype=np.float64))
    return np.where(np.isnan(values), np.inf, values)


def _interval(samples: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of bootstrap samples."""
    low, high = np.percentile(samples, (2.5, 97.5), method="inverted_cdf")
    return float(low), float(high)
