"""A pose from point pairs: from a few that are right, or by consensus from many of which most are wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

from .least_squares import Pairs

# Of the consensus, and of how many pairs it is at most; chosen for time; bench choices measures 200 pairs.
ITERATIONS, CONFIDENCE, LIKELIEST = 2000, 0.999, 800
# Chosen: three pairs fit any pose; the share is a third of the least that bench pnp solves, 10 %.
LEAST_INLIERS, LEAST_SHARE = 6, 0.03
# Of the inliers' spread; below, they lie in a plane; chosen: a plane's two poses project alike.
THINNEST_MM, THINNEST_SHARE = 0.5, 0.015
# Of their second spread, in the CT and in the X-ray; below, they lie on a line; chosen: the pose may turn about a line.
SLIMMEST_MM = 1.5


def pose_from_landmarks(camera: Camera, points_ras: np.ndarray, pixels: np.ndarray) -> RigidTransform:
    """The pose that projects points (N, 3) onto pixels (N, 2), N at least 4 (PnP: SQPnP, then Levenberg-Marquardt).

    Raises:
        InputProblem: too few or degenerate pairs.
    """
    import cv2

    points, pixels = np.ascontiguousarray(points_ras, dtype=np.float64), np.asarray(pixels, dtype=np.float64)
    if len(points) != len(pixels):
        raise InputProblem(f"there are {len(points)} landmarks in the CT and {len(pixels)} in the X-ray; give pairs")
    if len(points) < 4:
        raise InputProblem(f"{len(points)} landmark pairs are too few for a pose; give at least 4, better 6 or more")
    if np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[1] < 1.0:
        raise InputProblem("the landmarks lie on a line, which leaves a turn about it open; add a landmark beside it")
    normalized = np.ascontiguousarray(camera.back_project(pixels)[:, :2])  # OpenCV takes no strided views
    found, rotations, translations, _ = cv2.solvePnPGeneric(points, normalized, np.eye(3), None, flags=cv2.SOLVEPNP_SQPNP)
    for first_turn, first_shift in zip(rotations, translations, strict=True) if found else ():
        rotation, translation = cv2.solvePnPRefineLM(points, normalized, np.eye(3), None, first_turn, first_shift)
        pose = RigidTransform(cv2.Rodrigues(rotation)[0], translation[:, 0])
        if (pose.apply(points)[:, 2] > 0).all():
            return pose
    raise InputProblem("no pose puts the landmarks in front of the source; check that 3D and 2D points are paired rightly")


def consensus(pairs: Pairs, tolerance_mm: float, seed: int = 0) -> np.ndarray | None:
    """The pose (4, 4) of the pairs' own camera that most of them support; None where there is none.

    MAGSAC++ (Barath et al., CVPR 2020) as OpenCV's USAC has it. Samples are drawn from the likeliest pairs first (PROSAC:
    Chum & Matas, CVPR 2005).
    """
    import cv2

    if len(pairs.points_ras) < LEAST_INLIERS:
        return None
    order = np.argsort(-pairs.weights, kind="stable")[:LIKELIEST]
    points = np.ascontiguousarray(pairs.points_ras[order], dtype=np.float64)
    middle = points.mean(axis=0)
    pixels = np.ascontiguousarray(pairs.rays[order] * pairs.scale_mm)
    parameters = cv2.UsacParams()
    parameters.threshold, parameters.maxIterations, parameters.confidence = tolerance_mm, ITERATIONS, CONFIDENCE
    parameters.score, parameters.loMethod = cv2.SCORE_METHOD_MAGSAC, cv2.LOCAL_OPTIM_SIGMA
    parameters.loIterations, parameters.loSampleSize = 10, 50
    parameters.sampler = cv2.SAMPLING_PROSAC
    parameters.randomGeneratorState = seed
    K = np.diag([pairs.scale_mm, pairs.scale_mm, 1.0])
    try:
        found, _, turn, shift, _ = cv2.solvePnPRansac(points - middle, pixels, K, np.zeros(4), params=parameters)
    except cv2.error:  # degenerate samples only
        return None
    if not found or turn is None or not (np.isfinite(turn).all() and np.isfinite(shift).all()):
        return None
    pose = np.eye(4)
    pose[:3, :3] = cv2.Rodrigues(turn)[0]
    pose[:3, 3] = shift[:, 0] - pose[:3, :3] @ middle
    return pose


def support(pairs: Pairs, pose: np.ndarray, tolerance_mm: float) -> float:
    """Weighted count of pairs within the tolerance, nearer ones counting more."""
    nearness = np.clip(1 - (pairs.residuals_mm(pose) / tolerance_mm) ** 2, 0, 1)
    return float(pairs.weights @ nearness)


def is_determined(views: Sequence[Pairs], pose: np.ndarray, tolerance_mm: float) -> bool:
    """Whether enough pairs agree with a pose, and neither in a plane or on a line of the CT nor on a line of an X-ray."""
    near = [pairs.residuals_mm(pose) < tolerance_mm for pairs in views]
    if sum(map(np.count_nonzero, near)) < max(LEAST_INLIERS, LEAST_SHARE * sum(map(len, near))):
        return False
    points = _spread(np.concatenate([pairs.points_ras[chosen] for pairs, chosen in zip(views, near, strict=True)]))
    if points[1] < SLIMMEST_MM or points[2] < max(THINNEST_MM, THINNEST_SHARE * points[0]):
        return False
    seen = (_spread(p.rays[chosen] * p.scale_mm)[1] for p, chosen in zip(views, near, strict=True) if chosen.any())
    return max(seen) >= SLIMMEST_MM


def _spread(points: np.ndarray) -> np.ndarray:
    """Standard deviations along the principal axes, falling."""
    return np.sqrt(np.maximum(np.linalg.eigvalsh(np.cov(points.T))[::-1], 0))
