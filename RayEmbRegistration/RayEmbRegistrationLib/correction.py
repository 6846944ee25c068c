"""A user's help: landmarks pinned, dragged or rejected, degrees of freedom held, and the pose solved again at once."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.rigid import rotation_from_vector, vector_from_rotation
from RayEmbRegistrationLib.pose.alignment.refinement import DEGREES_OF_FREEDOM
from RayEmbRegistrationLib.pose.alignment.schedule import REFINE_ONLY, Solution, refine_by_schedule
from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry
from RayEmbRegistrationLib.pose.group import make_group
from RayEmbRegistrationLib.pose.landmarks.landmark_pose import judged
from RayEmbRegistrationLib.pose.landmarks.pnp import Pairs, consensus, pose_from_landmarks
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.pose.strategies.proposal import Means
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.quality.assessment import assess
from RayEmbRegistrationLib.result import RegistrationResult, ViewResult
from RayEmbRegistrationLib.xray.view import XrayView

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

PIN_WEIGHT = 30.0  # of a pinned landmark; the others count by their probability, at most 1
INLIER_MM, WIDEST_MM = 6.0, 40.0  # scale of the robust loss on the others, at the end and at first
START_DEG, START_MM, START_DEPTH_MM = (
    15.0,
    30.0,
    60.0,
)  # how far a start pose may be off: it fills in what few pins leave open
KEPT_MM = 4.0  # pins may move by this much, root mean square at the bone, when the image refines the pose
ROUNDS = 30
AS_IT_IS = replace(REFINE_ONLY, levels=tuple(replace(level, iterations=0) for level in REFINE_ONLY.levels))


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known: pairs, which are pinned, the start, and the free degrees of freedom.

    Attributes:
        pairs: landmarks as rays, rejected ones left out.
        pinned: (N,) bool.
        start: (4, 4) or None.
        free: (6,) bool.
        center_ras: (3,) mm.
    """

    pairs: Pairs
    pinned: np.ndarray
    start: np.ndarray | None
    free: np.ndarray
    center_ras: np.ndarray


def solve_with_landmarks(
    prepared: PreparedCT,
    view: XrayView,
    landmarks: Landmarks,
    pinned: Mapping[int, np.ndarray | None] | None = None,
    rejected: Collection[int] = (),
    held: Collection[str] = (),
) -> RegistrationResult:
    """The pose again, with a user's word on the landmarks; about a second.

    The landmarks give a pose that goes through the pinned ones and as many of the others as agree; from there the image
    refines it, and that is kept unless it pulls the pinned ones away.

    Args:
        prepared: the CT.
        view: the X-ray; its ``start``, where it has one, is the pose to correct and gives what is held or left open.
        landmarks: of the view, detected or placed by hand; of probability 0 where a detection is not to count.
        pinned: index to the pixel (column, row) where the user put it, None where the detection is right as it is.
        rejected: indices not to use.
        held: degrees of freedom that keep the start's value, among "rx", "ry", "rz", "x", "y", "depth".

    Returns:
        One view, with the landmarks used (dragged ones where the user put them), inliers marked, and the quality.

    Raises:
        InputProblem: an unknown degree of freedom or index, held without a start, or too little to determine a pose.
    """
    began = time.perf_counter()
    pinned = dict(pinned or {})
    _check(view, landmarks, pinned, rejected, held)
    pixels = np.array(landmarks.pixels, dtype=np.float64)
    for index, place in pinned.items():
        if place is not None:
            pixels[index] = place
    used = np.setdiff1d(np.arange(len(landmarks)), np.asarray(list(rejected), dtype=int))
    placed = replace(landmarks, pixels=pixels).chosen(used)
    is_pinned = np.isin(used, np.asarray(list(pinned), dtype=int))
    depth = float(np.mean(depth_from_geometry(view.camera)))
    rays = view.camera.back_project(placed.pixels)[:, :2]
    weights = np.where(is_pinned, PIN_WEIGHT, np.clip(placed.probability, 0, 1))
    pairs = Pairs(np.asarray(placed.points_ras, dtype=np.float64), rays, weights, np.eye(4), depth)
    free = np.array([name not in held for name in DEGREES_OF_FREEDOM])
    start = None if view.start is None else view.start.matrix
    known = _Known(pairs, is_pinned, start, free, prepared.center_ras)
    by_landmarks = _solved(known, _first(known, view, placed))

    settings = RegistrationSettings(refine_only=True, held=tuple(held))
    group = make_group([replace(view, start=None, points_ras=None, points_px=None)], prepared, settings)
    bright = landmarks.bone_is_bright if view.bone_is_bright is None else view.bone_is_bright
    problem = group.problem((bright,), None)
    means = Means(np.random.default_rng(0), lambda *_: None)
    poses = torch.as_tensor(by_landmarks, device=prepared.device)[None]
    notes = []
    with torch.no_grad():
        with means.timed("refine"):
            at_landmarks = refine_by_schedule(problem, poses, AS_IT_IS, means.rng)
            by_image = refine_by_schedule(problem, poses, REFINE_ONLY, means.rng)
        chosen = by_image
        moved = _pins_off_mm(known, by_image)
        if is_pinned.any() and moved > max(KEPT_MM, 1.2 * _pins_off_mm(known, at_landmarks)):
            chosen = at_landmarks
            notes.append(
                f"the image would move the pinned landmarks by {moved:.0f} mm: the pose is from the landmarks alone; check "
                "the pinned ones"
            )
        pose = RigidTransform.from_matrix(chosen.pose.cpu().numpy())
        placed = judged(placed, view.camera, pose, INLIER_MM)
        with means.timed("quality"):
            quality = assess(chosen, [placed])
    result = ViewResult(pose, problem.views[0].radiograph, quality.similarity, landmarks=placed)
    timing = {**means.timing, "total": time.perf_counter() - began}
    method = ("correction",)
    return RegistrationResult((result,), quality, chosen.trace, timing, settings, tuple(notes), method[0], method)


def _check(
    view: XrayView, landmarks: Landmarks, pinned: Collection[int], rejected: Collection[int], held: Collection[str]
) -> None:
    unknown = [name for name in held if name not in DEGREES_OF_FREEDOM]
    if unknown:
        raise InputProblem(f"cannot hold {', '.join(unknown)}; degrees of freedom are {', '.join(DEGREES_OF_FREEDOM)}")
    missing = [index for index in (*pinned, *rejected) if not 0 <= index < len(landmarks)]
    if missing:
        raise InputProblem(f"there is no landmark {missing[0]}; there are {len(landmarks)}, counted from 0")
    both = set(pinned) & set(rejected)
    if both:
        raise InputProblem(f"landmark {min(both)} is both pinned and rejected; choose one")
    if held and view.start is None:
        raise InputProblem("degrees of freedom can be held only with a start pose, whose value they keep")


def _first(known: _Known, view: XrayView, placed: Landmarks) -> np.ndarray:
    """(4, 4) where to begin: the start, else what four pins or most landmarks say.

    Raises:
        InputProblem: nothing says enough.
    """
    if known.start is not None:
        return known.start
    if known.pinned.sum() >= 4:
        chosen = known.pinned
        return pose_from_landmarks(view.camera, placed.points_ras[chosen], placed.pixels[chosen]).matrix
    found = consensus(known.pairs, INLIER_MM)
    if found is None:
        raise InputProblem(
            f"{int(known.pinned.sum())} pinned and {len(placed)} landmarks in all determine no pose; pin four or more that "
            "do not lie on a line, or give a start pose"
        )
    return found


def _solved(known: _Known, pose: np.ndarray) -> np.ndarray:
    """(4, 4) by Gauss-Newton; pins by plain least squares, the others by the robust loss of Geman and McClure."""
    for number in range(ROUNDS):
        scale = max(INLIER_MM, WIDEST_MM * 0.75**number)
        hessian, gradient = _equations(known, pose, scale)
        if known.start is not None:
            hessian, gradient = _with_start(known, pose, hessian, gradient)
        free = np.flatnonzero(known.free)
        step = np.zeros(6)
        if len(free):
            inner = hessian[np.ix_(free, free)]
            size = np.sqrt(np.maximum(np.diag(inner), 1e-12))
            step[free] = (
                np.linalg.solve(inner / np.outer(size, size) + 1e-6 * np.eye(len(free)), gradient[free] / size) / size
            )
        step *= min(1.0, 0.3 / max(np.linalg.norm(step[:3]), 1e-12))
        pose = _moved(known, pose, step)
    return RigidTransform.from_matrix(pose).matrix


def _equations(known: _Known, pose: np.ndarray, scale_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """(6, 6) and (6,): turn about the bone's centre (rad), then shift (mm)."""
    pairs = known.pairs
    points = pairs.points_ras @ pose[:3, :3].T + pose[:3, 3]
    arms = points - (pose[:3, :3] @ known.center_ras + pose[:3, 3])
    ahead = points[:, 2] > 1.0
    depth = np.where(ahead, points[:, 2], 1.0)
    gaps = (pairs.rays - points[:, :2] / depth[:, None]) * pairs.scale_mm
    robust = 1 / (1 + (gaps**2).sum(axis=1) / scale_mm**2) ** 2
    weights = np.where(ahead, pairs.weights, 0) * np.where(known.pinned, 1.0, robust)
    hessian, gradient = np.zeros((6, 6)), np.zeros(6)
    for row in range(2):
        slope = np.zeros_like(points)
        slope[:, row] = 1.0
        slope[:, 2] = -points[:, row] / depth
        slope *= (pairs.scale_mm / depth)[:, None]
        jacobian = np.concatenate([np.cross(arms, slope), slope], axis=1)
        hessian += (jacobian * weights[:, None]).T @ jacobian
        gradient += jacobian.T @ (weights * gaps[:, row])
    return hessian, gradient


def _with_start(known: _Known, pose: np.ndarray, hessian: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Add the start, as weak as it is uncertain, so that one or two pins are enough."""
    spread = np.array([np.radians(START_DEG)] * 3 + [START_MM] * 2 + [START_DEPTH_MM])
    turn = RigidTransform.from_matrix(known.start) @ RigidTransform.from_matrix(pose).inverse()
    center = np.append(known.center_ras, 1)
    off = np.concatenate([vector_from_rotation(turn.rotation), ((known.start - pose) @ center)[:3]])
    certainty = INLIER_MM**2 / spread**2
    return hessian + np.diag(certainty), gradient + certainty * off


def _moved(known: _Known, pose: np.ndarray, step: np.ndarray) -> np.ndarray:
    center = pose[:3, :3] @ known.center_ras + pose[:3, 3]
    turn = rotation_from_vector(step[:3])
    moved = np.eye(4)
    moved[:3, :3] = turn @ pose[:3, :3]
    moved[:3, 3] = turn @ (pose[:3, 3] - center) + center + step[3:]
    return moved


def _pins_off_mm(known: _Known, found: Solution) -> float:
    """Root mean square distance of the pins under a solution's pose, mm at the bone; 0 without pins."""
    if not known.pinned.any():
        return 0.0
    residuals = known.pairs.residuals_mm(found.pose.cpu().numpy())[known.pinned]
    return float(np.sqrt((residuals**2).mean()))
