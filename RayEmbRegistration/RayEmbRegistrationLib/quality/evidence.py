"""What the images say about a pose, in numbers: the features from which its error is predicted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.refinement import DEGREES_OF_FREEDOM
from RayEmbRegistrationLib.pose.landmarks.landmark_pose import judged
from RayEmbRegistrationLib.pose.prepared.prepared_ct import BONE
from RayEmbRegistrationLib.pose.problem import Problem

from .camera_check import CameraCheck, check_camera
from .cells import JUDGING_LEVEL, Cells, cells_of, pictures_of, sandwich, solved
from .competing_poses import CompetingPoses, find_competing_poses
from .distance import DistanceCheck
from .spread import Lever, Spread

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

FITS, MISFITS = 0.5, 0.2  # correlation of a cell
INLIER_MM = 6.0  # from the pose, of a landmark that agrees; chosen
AT_LIMIT_MM = 0.5  # from the end of the range of depth; a refinement ends on it, not near it
PART = (3, 0.06)  # a part is a square of three cells with this share of the DRR's structure
UNKNOWN = 1e3  # rad or mm: a standard deviation that says nothing
EDGE_MM = 0.15  # chosen: a tenth of a usual voxel, as threshold and blur put an outline


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is seen at a pose, without knowing the truth.

    Attributes:
        similarity, explained: at the finest level; how well it fits, and the share of the X-ray's structure that it meets.
        worst_view: the least similarity of a view.
        views: number of views.
        runner_up: the search's best pose elsewhere relative to this one, None where there was none.
        competing: competing poses tried around this one.
        spread: by the differing pulls of the cells (sandwich).
        noise_spread: by the curvature and the residual's variance.
        edge_spread: by outlines that all lie ``EDGE_MM`` too far out, as threshold, voxel size and blur can put them: no
            residual shows it, and of a single slim bone it is millimetres of depth.
        camera_spread: by what the cameras' values may be off by, from where they come, as far as the X-rays do not show it;
            what is drawn is drawn by the same cameras, and stays.
        covariance: (6, 6) sandwich covariance, turns (rad) about the bone's centre and shifts (mm), first camera's axes.
        split_half_mm: how far the two halves of the image (white and black squares of a checkerboard) would move the bone's
            points apart.
        views_mm: how far single views would move them across themselves; 0 for one view.
        misfit_mm: by how much pieces of the bone's picture would still have to move, root mean square.
        misfit_share: share of the DRR's structure in cells that do not fit at all.
        worst_part: correlation in the part of the bone's picture that fits least.
        lost: share of the DRR's structure that would have to move by over 1.5 mm.
        distance: whether the X-rays suit the source-to-detector distance.
        camera: whether they suit the cameras, and what seems wrong with which.
        source_to_detector_mm: as given, of the first view.
        in_view: share of the bone in the X-rays, the least of all views.
        at_limit: whether the depth ended at the limit of where the patient can be.
        off_start: how far the pose is from what the user's start or range of depth says, in standard deviations, of turning,
            shifting across and depth the farthest; None where nothing was said.
        off_start_in: which of the three, 0, 1 or 2.
        soft_tissue: whether it is the fit of bone and soft tissue together, not of bone alone.
        is_shaft: whether the CT holds a long bone's shaft alone, without an end.
        inlier_share, landmark_mm: of the landmarks, by their probability, and the median residual of inliers; None without.
    """

    similarity: float
    explained: float
    worst_view: float
    views: int
    runner_up: float | None
    competing: CompetingPoses
    spread: Spread
    noise_spread: Spread
    edge_spread: Spread
    camera_spread: Spread
    covariance: np.ndarray
    split_half_mm: float
    views_mm: float
    misfit_mm: float
    misfit_share: float
    worst_part: float
    lost: float
    distance: DistanceCheck
    camera: CameraCheck
    source_to_detector_mm: float
    in_view: float
    at_limit: bool
    off_start: float | None = None
    off_start_in: int = 0
    soft_tissue: bool = False
    is_shaft: bool = False
    inlier_share: float | None = None
    landmark_mm: float | None = None


def examine(
    problem: Problem,
    pose: Poses,
    runner_up: float | None = None,
    landmarks: Sequence[Landmarks | None] = (),
) -> Evidence:
    """Look at a pose, first camera from RAS; two fine images a view and some coarse ones.

    Args:
        problem: what was registered.
        pose: the result.
        runner_up: from the search.
        landmarks: of each view, in its pixels.
    """
    free = np.array([number for number, name in enumerate(DEGREES_OF_FREEDOM) if name not in problem.limits.held], dtype=int)
    pictures = pictures_of(problem, pose)
    cells = cells_of(pictures)
    known = _prior_information(problem, cells)
    covariance = _with_held(sandwich(cells, free, known), problem, free)
    lever = Lever.of(problem, pose)
    similarities = [_similarity([view]) for view in cells]
    camera = check_camera(problem, pose, free, pictures, similarities)
    inliers, residual = _landmarks(problem, pose, landmarks)
    prior = problem.limits.prior
    off = None if prior is None else prior.farthest(pose)
    return Evidence(
        similarity=_similarity(cells),
        explained=_explained(cells),
        worst_view=min(similarities),
        views=len(problem.views),
        runner_up=runner_up,
        competing=find_competing_poses(problem, pose),
        spread=lever.spread(covariance),
        noise_spread=lever.spread(_with_held(_noise_covariance(cells, free, known), problem, free)),
        edge_spread=lever.spread(_edge_covariance(cells, free, problem, pose, known)),
        camera_spread=replace(lever.spread(camera.pose_covariance), overlay_mm=0.0),
        covariance=covariance,
        split_half_mm=_split_half(cells, free, lever),
        views_mm=_views_apart(cells, free, lever),
        misfit_mm=_misfit(cells),
        misfit_share=_share(cells, lambda view: view.agreement < MISFITS),
        worst_part=min(view.least_agreement(*PART) for view in cells),
        lost=_share(cells, lambda view: np.linalg.norm(view.shifts_mm, axis=1) > 1.5),
        distance=camera.distance,
        camera=camera,
        source_to_detector_mm=problem.views[0].radiograph.camera.source_to_detector_mm,
        in_view=_in_view(problem, pose),
        at_limit=_at_limit(problem, pose),
        off_start=None if off is None else off[1],
        off_start_in=0 if off is None else off[0],
        soft_tissue=problem.prepared.drawn != BONE,
        is_shaft=problem.prepared.is_shaft,
        inlier_share=inliers,
        landmark_mm=residual,
    )


def _similarity(cells: Sequence[Cells]) -> float:
    product, drr, xray = (sum(getattr(view, name).sum() for view in cells) for name in ("product", "energy", "xray_energy"))
    return float(product / np.sqrt(max(drr * xray, 1e-12)))


def _explained(cells: Sequence[Cells]) -> float:
    met, total = (sum(values) for values in zip(*((view.xray_energy.sum(), view.xray_total) for view in cells), strict=True))
    return float(met / max(total, 1e-6)) ** 0.5


def _prior_information(problem: Problem, cells: Sequence[Cells]) -> np.ndarray:
    """(6, 6) of what the user said, in units of the cells' Hessians: as the objective weighs it."""
    prior = problem.limits.prior
    if prior is None:
        return np.zeros((6, 6))
    return prior.information * float(np.mean([view.noise for view in cells])) * JUDGING_LEVEL.window**2


def _with_held(own: np.ndarray, problem: Problem, free: np.ndarray) -> np.ndarray:
    """(6, 6) covariance of the free degrees of freedom (N, N), and of those held what the start is good to."""
    covariance = np.zeros((6, 6))
    covariance[np.ix_(free, free)] = own
    prior = problem.limits.prior
    if prior is not None:
        held = [n for n in range(6) if n not in free]
        covariance[held, held] = np.minimum(np.square(prior.deviations[held]), UNKNOWN**2)
    return covariance


def _noise_covariance(cells: Sequence[Cells], free: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(N, N) from the curvature, one window of the normalisation being one measurement."""
    noise = float(np.mean([view.noise for view in cells]))
    hessian = sum(view.hessians.sum(axis=0)[:6, :6] / max(view.noise, 1e-6) for view in cells) + known / max(noise, 1e-6)
    return solved(hessian[np.ix_(free, free)], np.eye(len(free))) * JUDGING_LEVEL.window**2


def _edge_covariance(
    cells: Sequence[Cells], free: np.ndarray, problem: Problem, pose: Poses, known: np.ndarray
) -> np.ndarray:
    """(6, 6) of the motion that makes up for a bone drawn too large.

    The derivative by size is that by the source-to-detector distance alone but for the shift of a bone that is off the axis.
    """
    pull = np.zeros(7)
    depth = np.array([0, 0, float((pose.numpy[0] @ np.append(problem.limits.center_ras, 1))[2])])
    for own, view in zip(cells, problem.views, strict=True):
        placed = view.camera_from_first @ pose.numpy[0]
        beside = (placed[:3, :3] @ problem.limits.center_ras + placed[:3, 3]) * (1, 1, 0)
        hessian = own.hessians.sum(axis=0)
        pull += hessian[:, 6] - hessian[:, 3:6] @ (depth + view.camera_from_first[:3, :3].T @ beside)
    hessian = sum(own.hessians.sum(axis=0)[:6, :6] for own in cells) + known
    motion = np.zeros(6)
    motion[free] = solved(hessian[np.ix_(free, free)], pull[free][:, None])[:, 0]
    points = problem.prepared.bone_points_ras
    radius = np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean() * 2 / 3)  # across a view, on average
    return np.outer(motion, motion) * (EDGE_MM / radius) ** 2


def _step(cells: Sequence[Cells], free: np.ndarray, even: bool | None = None) -> np.ndarray:
    """(6,) Gauss-Newton step from some of the cells, held a little by the curvature of all."""
    hessian, gradient = np.zeros((7, 7)), np.zeros(7)
    for view in cells:
        chosen = slice(None) if even is None else view.even == even
        hessian += view.hessians[chosen].sum(axis=0) + 0.02 * view.hessians.sum(axis=0)
        gradient += view.gradients[chosen].sum(axis=0)
    step = np.zeros(6)
    step[free] = solved(hessian[np.ix_(free, free)], gradient[free][:, None])[:, 0]
    return step


def _split_half(cells: Sequence[Cells], free: np.ndarray, lever: Lever) -> float:
    return lever.moved_mm(_step(cells, free, True) - _step(cells, free, False))


def _views_apart(cells: Sequence[Cells], free: np.ndarray, lever: Lever) -> float:
    if len(cells) == 1:
        return 0.0
    shallow = np.array([n for n in free if n != 5], dtype=int)
    together = _step(cells, free)
    return max(lever.moved_mm(_step([view], shallow) - together, slice(0, 2)) for view in cells)


def _misfit(cells: Sequence[Cells]) -> float:
    weights = np.concatenate([view.energy for view in cells])
    squares = np.concatenate([(view.shifts_mm**2).sum(axis=1) for view in cells])
    return float(np.sqrt((weights * np.minimum(squares, 25.0)).sum() / max(weights.sum(), 1e-9)))


def _share(cells: Sequence[Cells], which: Callable[[Cells], np.ndarray]) -> float:
    """Share of the DRR's structure in chosen cells."""
    chosen = sum(view.energy[which(view)].sum() for view in cells)
    return float(chosen / max(sum(view.energy.sum() for view in cells), 1e-9))


def _in_view(problem: Problem, pose: Poses) -> float:
    shares = []
    for view in problem.views:
        placed = RigidTransform.from_matrix(view.camera_from_first @ pose.numpy[0])
        camera, mask = view.radiograph.camera, view.radiograph.mask
        pixels = camera.project(placed.apply(problem.prepared.bone_points_ras))
        inside = ((pixels > -0.5) & (pixels < np.array(camera.image_size) - 0.5)).all(axis=1)
        column, row = np.round(pixels[inside]).astype(int).T
        shares.append(mask[row, column].sum() / len(pixels))
    return float(min(shares))


def _depth(problem: Problem, pose: Poses) -> float:
    return float((pose.numpy[0] @ np.append(problem.limits.center_ras, 1))[2])


def _at_limit(problem: Problem, pose: Poses) -> bool:
    if problem.limits.depth_mm is None:
        return False
    low, high = problem.limits.depth_mm
    return bool(abs(_depth(problem, pose) - (low + high) / 2) > (high - low) / 2 - AT_LIMIT_MM)


def _landmarks(problem: Problem, pose: Poses, landmarks: Sequence[Landmarks | None]) -> tuple[float | None, float | None]:
    """Share of the landmarks that agree, by probability, and the median residual of those, mm at the bone."""
    weights, right, residuals = 0.0, 0.0, []
    for view, found in zip(problem.views, landmarks, strict=False):
        if found is None or len(found) == 0:
            continue
        placed = RigidTransform.from_matrix(view.camera_from_first @ pose.numpy[0])
        flagged = judged(found, view.radiograph.camera, placed, INLIER_MM)
        points = placed.apply(found.points_ras)
        at = view.radiograph.camera.back_project(found.pixels, points[:, 2])
        residuals.append(np.linalg.norm((points - at)[flagged.inliers, :2], axis=1))
        weights += float(found.probability.sum())
        right += float(found.probability[flagged.inliers].sum())
    if weights == 0:
        return None, None
    every = np.concatenate(residuals)
    return right / weights, float(np.median(every)) if len(every) else None
