"""A pose from point pairs of which many are wrong: consensus, then robust least squares over one or several views.

Lengths are millimetres at the bone: a residual is the angle between a landmark's ray and its point, times a fixed depth, so
that neither the pixel size nor the depth found so far changes what counts as near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.rigid import rotation_from_vector
from RayEmbRegistrationLib.problems import InputProblem

ITERATIONS, CONFIDENCE, LIKELIEST = 2000, 0.999, 800  # of the consensus, and of how many pairs it is at most
LEAST_INLIERS, LEAST_SHARE = 6, 0.03
THINNEST_MM, THINNEST_SHARE = 0.5, 0.015  # of the inliers' spread; below, they lie in a plane
SLIMMEST_MM = 1.5  # of their second spread, in the CT and in the X-ray; below, they lie on a line
ANNEALING = (3.0, 2.0, 1.4, 1.0, 1.0)  # scale of the robust loss, from wide to narrow
STEPS_EACH = 4
FARTHEST_STEP_RAD = 0.3


@dataclass(frozen=True, eq=False)
class Pairs:
    """Points of the CT and where one view shows them.

    Attributes:
        points_ras: (N, 3) mm.
        rays: (N, 2), x / z and y / z in the view's camera frame.
        weights: (N,) how likely each pair is right, 0 to 1.
        camera_from_first: (4, 4), the view relative to the first one.
        scale_mm: depth by which angles become mm.
    """

    points_ras: np.ndarray
    rays: np.ndarray
    weights: np.ndarray
    camera_from_first: np.ndarray
    scale_mm: float

    def residuals_mm(self, pose: np.ndarray) -> np.ndarray:
        """(N,) distances under a pose (4, 4) of the first camera; infinite behind the source."""
        matrix = self.camera_from_first @ pose
        points = self.points_ras @ matrix[:3, :3].T + matrix[:3, 3]
        ahead = points[:, 2] > 1.0
        gaps = points[:, :2] / np.where(ahead, points[:, 2], 1.0)[:, None] - self.rays
        return np.where(ahead, np.hypot(gaps[:, 0], gaps[:, 1]) * self.scale_mm, np.inf)


@dataclass(frozen=True, eq=False)
class Bounds:
    """Where the bone can be.

    Attributes:
        center_ras: (3,) its centre, mm.
        depth_mm: (least, most) distance of the centre from the first source along the optical axis.
    """

    center_ras: np.ndarray
    depth_mm: tuple[float, float]

    def within(self, pose: np.ndarray) -> np.ndarray | None:
        """The pose (4, 4) with the centre slid along its ray into the range; None where it is behind the source."""
        center = pose[:3, :3] @ self.center_ras + pose[:3, 3]
        if not center[2] > 1.0:
            return None
        moved = pose.copy()
        moved[:3, 3] += center * (np.clip(center[2], *self.depth_mm) / center[2] - 1)
        return moved


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


def refine_pnp(views: Sequence[Pairs], pose: np.ndarray, bounds: Bounds, tolerance_mm: float) -> np.ndarray | None:
    """The pose (4, 4) moved to where it suits all views' pairs; None where it ends behind the source.

    Weighted Gauss-Newton under the loss of Geman and McClure, whose scale falls to the tolerance (graduated non-convexity:
    Yang et al., IEEE RA-L 5(2), 2020). Each step keeps the bone's depth within bounds.
    """
    pose = bounds.within(pose)
    for factor in ANNEALING:
        for _ in range(STEPS_EACH):
            if pose is None:
                return None
            hessian, gradient = _normal_equations(views, pose, bounds.center_ras, factor * tolerance_mm)
            scale = np.sqrt(np.maximum(np.diag(hessian), 1e-12))
            damped = hessian / np.outer(scale, scale) + 1e-6 * np.eye(6)
            step = np.linalg.solve(damped, gradient / scale) / scale
            step *= min(1.0, FARTHEST_STEP_RAD / max(np.linalg.norm(step[:3]), 1e-12))
            center = pose[:3, :3] @ bounds.center_ras + pose[:3, 3]
            turn = rotation_from_vector(step[:3])
            moved = np.eye(4)
            moved[:3, :3] = turn @ pose[:3, :3]
            moved[:3, 3] = turn @ (pose[:3, 3] - center) + center + step[3:]
            pose = bounds.within(moved)
            if np.linalg.norm(step[3:]) < 1e-3 and np.linalg.norm(step[:3]) < 1e-5:
                break
    return None if pose is None else RigidTransform.from_matrix(pose).matrix


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


def _normal_equations(
    views: Sequence[Pairs], pose: np.ndarray, center_ras: np.ndarray, scale_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """(6, 6) and (6,): turn about the bone's centre (rad), then shift (mm), in the first camera's frame."""
    hessian, gradient = np.zeros((6, 6)), np.zeros(6)
    turned = [pairs.points_ras @ pose[:3, :3].T for pairs in views]
    center = pose[:3, :3] @ center_ras
    for pairs, places in zip(views, turned, strict=True):
        rotation = pairs.camera_from_first[:3, :3]
        points = (places + pose[:3, 3]) @ rotation.T + pairs.camera_from_first[:3, 3]
        arms = (places - center).T
        ahead = points[:, 2] > 1.0
        inverse = 1 / np.where(ahead, points[:, 2], 1.0)
        shown = points[:, :2] * inverse[:, None]
        gaps = (pairs.rays - shown) * pairs.scale_mm
        weights = np.where(ahead, pairs.weights, 0) / (1 + (gaps**2).sum(axis=1) / scale_mm**2) ** 2
        jacobian = np.empty((2, 6, len(points)))
        for row in range(2):
            # Derivative of x / z along camera axes, then by the motion of the first camera's points.
            slope = (rotation[row, :, None] - np.outer(rotation[2], shown[:, row])) * (pairs.scale_mm * inverse)
            jacobian[row, 0] = arms[1] * slope[2] - arms[2] * slope[1]
            jacobian[row, 1] = arms[2] * slope[0] - arms[0] * slope[2]
            jacobian[row, 2] = arms[0] * slope[1] - arms[1] * slope[0]
            jacobian[row, 3:] = slope
        weighted = jacobian * weights
        hessian += weighted[0] @ jacobian[0].T + weighted[1] @ jacobian[1].T
        gradient += weighted[0] @ gaps[:, 0] + weighted[1] @ gaps[:, 1]
    return hessian, gradient
