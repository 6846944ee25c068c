"""Competing poses: the bone's mirror image, the bone further along, turned about its long axis, end for end, tilted.

A stretch further along may be along a slim bone, half a period up a spine, or on a neighbour that the CT does not hold: it
is wherever the DRR fits next best. Each is refined briefly on a coarse image and compared with the pose found, refined
likewise. A ratio near one says that the X-ray does not tell the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import motion, refine
from RayEmbRegistrationLib.pose.problem import Problem
from RayEmbRegistrationLib.pose.view import View

# Chosen for time: a coarse image, and as many steps as bring a pose into the next valley or show that there is none.
COMPETING_LEVEL = Level(48, 5, 0)
STEPS = 2  # likewise
SHIFTS, FARTHER_MM, FARTHER_DEG = 2, 10.0, 10.0  # competing shifts tried; what counts as elsewhere
FARTHER_SHARE = 0.125  # of a small bone's extent: the neighbour of a finger's bone is nearer than 10 mm
TILT_DEG, RETURNED_SHARE = 8.0, 0.3  # chosen: into the next valley; within this share of elsewhere a tilt has come back
SOME_POINTS = 12  # one in so many of the bone's points tells its long axis


@dataclass(frozen=True)
class CompetingPoses:
    """Evidence of competing poses relative to the pose found.

    Attributes:
        mirrored: of the X-ray flipped left to right, with the bone's mirror image of the pose.
        elsewhere: of the best of those shifted along the image or turned that is clearly another pose; None where all
            return.
        beside: of the best of those tilted a little that does not return; None where all do.
    """

    mirrored: float
    elsewhere: float | None
    beside: float | None = None


def find_competing_poses(problem: Problem, pose: Poses) -> CompetingPoses:
    """Competitors of a pose (4, 4) of the first camera from RAS.

    Args:
        problem: what was registered.
        pose: the result.
    """
    far, near = Poses.joined([_shifted(problem, pose), _turned(problem, pose)]), _tilted(problem, pose)
    tried = Poses.joined([pose, far, near])
    terms = make_level_views(problem.views, problem.prepared, tried, COMPETING_LEVEL)
    found = refine(terms, tried, problem.limits, STEPS)
    evidence = found.agreement.evidence.cpu().numpy()
    here = max(float(evidence[0]), 1e-3)

    def best(chosen: range, size: float) -> float | None:
        apart = [n for n in chosen if _is_apart(problem, found.poses[n], found.poses[0], size)]
        return max((float(evidence[n]) / here for n in apart), default=None)

    return CompetingPoses(
        _evidence(*mirror_image(problem, pose)) / here,
        best(range(1, 1 + len(far)), 1.0),
        best(range(1 + len(far), len(tried)), RETURNED_SHARE),
    )


def farther_mm(problem: Problem) -> float:
    """How far across the view another place is."""
    return min(FARTHER_MM, FARTHER_SHARE * problem.prepared.extent_mm)


def mirror_image(problem: Problem, pose: Poses) -> tuple[Problem, Poses]:
    """The X-rays taken to be flipped left to right, and the pose that looks the same were the bone symmetric."""
    flip = np.diag([-1.0, 1, 1, 1])
    across = np.diag([-1.0, 1, 1, 1])
    across[0, 3] = 2 * problem.limits.center_ras[0]
    views = tuple(
        View(
            replace(view.radiograph, camera=view.radiograph.camera.flip_horizontal()),
            _mirrored_place(view, flip),
            view.bone_is_bright,
        )
        for view in problem.views
    )
    matrix = flip @ pose.numpy[0] @ across
    center = (pose.numpy[0] @ np.append(problem.limits.center_ras, 1))[:3]
    camera, behind = problem.views[0].radiograph.camera, views[0].radiograph.camera
    # Where the principal point is off the image's middle, the bone would have to be elsewhere to be seen where it is.
    place = behind.back_project(camera.project(center), center[2])
    matrix[:3, 3] += place - (matrix @ np.append(problem.limits.center_ras, 1))[:3]
    limits = replace(problem.limits, prior=None)  # what was said of the start is of the X-ray as it was taken
    return replace(problem, views=views, limits=limits), Poses.of(matrix, pose.device)


def _mirrored_place(view: View, flip: np.ndarray) -> np.ndarray:
    return flip @ view.camera_from_first @ flip


def _evidence(problem: Problem, pose: Poses) -> float:
    try:
        terms = make_level_views(problem.views, problem.prepared, pose, COMPETING_LEVEL)
    except ValueError:  # the bone would not be in the X-ray
        return 0.0
    return float(refine(terms, pose, problem.limits, STEPS).agreement.evidence[0])


def _shifted(problem: Problem, pose: Poses) -> Poses:
    """The pose moved across the first view to where its DRR fits next best."""
    from RayEmbRegistrationLib.pose.alignment.similarity import normalize

    term = make_level_views(problem.views[:1], problem.prepared, pose, COMPETING_LEVEL)[0]
    image = term.projector.render(pose, term.camera)
    drr = normalize(term, image).drr[0, 0]
    xray = term.normalized[0, 0]
    size = [2 * n for n in drr.shape]
    score = torch.fft.irfft2(torch.fft.rfft2(xray, s=size) * torch.fft.rfft2(drr, s=size).conj(), s=size)
    center = pose.centers(problem.limits.center_ras)[0].cpu().numpy()
    mm_per_px = center[2] * np.linalg.inv(term.camera.K[:2, :2])
    score = torch.fft.fftshift(score).cpu().numpy()
    middle = np.array(score.shape) // 2
    rows, columns = np.indices(score.shape)
    offsets = np.stack([columns - middle[1], rows - middle[0]], axis=-1) @ mm_per_px.T
    reach = 0.5 * min(drr.shape) * np.abs(np.linalg.det(mm_per_px)) ** 0.5
    distance = np.linalg.norm(offsets, axis=-1)
    least = 1.5 * farther_mm(problem)
    score = np.where((distance > least) & (distance < reach), score, -np.inf)
    chosen = []
    for _ in range(SHIFTS):
        best = np.unravel_index(int(score.argmax()), score.shape)
        if not np.isfinite(score[best]):
            break
        chosen.append(offsets[best])
        score = np.where(np.linalg.norm(offsets - offsets[best], axis=-1) < least, -np.inf, score)
    shifts = torch.zeros((len(chosen), 3), dtype=torch.float64)
    for number, offset in enumerate(chosen):
        shifts[number, :2] = torch.as_tensor(offset)
    return Poses(pose.matrices.expand(len(chosen), 4, 4)).shifted(shifts.to(pose.device))


def _turned(problem: Problem, pose: Poses) -> Poses:
    """The pose turned a quarter to either side and half about the bone's long axis, and end for end across the view."""
    points = problem.prepared.bone_points_ras[::SOME_POINTS]
    long_axis = pose.numpy[0][:3, :3] @ np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0]
    across = np.cross((0.0, 0.0, 1.0), long_axis)
    sideways = across / max(float(np.linalg.norm(across)), 1e-6)  # none where the bone points at the source
    return _moved_by(problem, pose, np.pi * np.stack([long_axis / 2, -long_axis / 2, long_axis, sideways]))


def _tilted(problem: Problem, pose: Poses) -> Poses:
    """The pose tilted out of the image's plane to all four sides."""
    return _moved_by(problem, pose, np.radians(TILT_DEG) * np.eye(3)[[0, 0, 1, 1]] * np.array([[1], [-1], [1], [-1]]))


def _moved_by(problem: Problem, pose: Poses, turns: np.ndarray) -> Poses:
    """The pose turned by rotation vectors (N, 3), rad, about the bone's centre."""
    steps = torch.as_tensor(np.concatenate([turns, np.zeros((len(turns), 3))], axis=1), device=pose.device)
    every = Poses(pose.matrices.expand(len(turns), 4, 4))
    return every.moved(motion(steps, every.centers(problem.limits.center_ras)))


def _is_apart(problem: Problem, one: Poses, other: Poses, size: float) -> bool:
    """Whether two poses are farther from each other than a share ``size`` of what counts as elsewhere."""
    matrices = one.numpy[0], other.numpy[0]
    cosine = (np.trace(matrices[0][:3, :3].T @ matrices[1][:3, :3]) - 1) / 2
    shift = (matrices[0] - matrices[1]) @ np.append(problem.limits.center_ras, 1)
    return bool(cosine < np.cos(np.radians(size * FARTHER_DEG)) or np.hypot(*shift[:2]) > size * farther_mm(problem))
