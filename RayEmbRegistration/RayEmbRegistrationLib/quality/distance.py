"""Whether the source-to-detector distance that was given suits the X-rays.

With a distance that is wrong by 5 % the bone ends 5 % too near or too far, and keeps its size in the picture. What does not
go along is perspective: the parts nearer to the source are drawn too large or too small beside those farther away. Of a
pelvis that shows an error of 1 %, of a finger's bone nothing. So the distance is estimated together with the pose, by
Gauss-Newton steps, and its standard deviation from how much the image's cells differ (``cells``) says what it is worth.

Contrast and sharpness of the DRR, which widen and narrow edges as a distance could, are estimated along.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.drr.resampling import area_mean, box_mean
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.alignment.level_view import LevelView
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import motion
from RayEmbRegistrationLib.pose.alignment.similarity import normalize
from RayEmbRegistrationLib.pose.problem import Problem

from .cells import JUDGING_LEVEL, Picture, by_cell, in_first_axes, pictures_of

LEAST_GAIN = 0.3
LEAST_RELAXATION, MOST_RELAXATION = 1.0, 3.0


@dataclass(frozen=True)
class Scale:
    """How finely to look for perspective.

    Attributes:
        level: pixels, and the window of the normalisation.
        relaxation: a step falls short by this where the X-ray does not show all the fine structure of the DRR. Steps and
            deviations are made longer by it. A second step tells it for the X-ray at hand.
    """

    level: Level
    relaxation: float


SCALES = (Scale(Level(96, 5, 0), 1.5), Scale(Level(128, 9, 0), 1.5), Scale(replace(JUDGING_LEVEL, window=5), 2.2))
"""A fine image shows more, but an X-ray holds structure finer than a CT's voxels, which looks like perspective; a coarse
image is misled by other things. Together they err a fifth less than the best alone. Chosen among levels from 64 to 288
pixels on 162 X-rays of nineteen subjects, those that calibrate and others of their kinds; so were the constants measured."""
SYSTEMATIC, NARROWED = 0.006, 0.8
"""Standard deviation of what a scale's cells do not show, as how the CT's threshold and blur draw the bone; and by how much
the deviation of all scales together would be too large, were they taken to be wrong alike."""
SUSPICIOUS = 1.5  # standard deviations from which a first estimate is improved upon
BLIND = 0.04  # deviation beyond which no second look could tell
LONGEST_STEP = 0.08
WRONG = 0.048  # logarithm of what must not pass unseen, 5 %
CONTRADICTED, EXCLUDED = 5.0, 2.0  # times as likely the other distance or the one given must be


@dataclass(frozen=True)
class DistanceCheck:
    """What the X-rays say.

    Attributes:
        ratio: logarithm of the distance that suits best relative to the one given.
        std: one standard deviation; large where nothing is seen.
    """

    ratio: float
    std: float

    @property
    def log_odds(self) -> float:
        """Logarithm of how much likelier a distance ``WRONG`` is, the better side, than the one given."""
        return (abs(self.ratio) - WRONG / 2) * WRONG / self.std**2

    @property
    def contradicts(self) -> bool:
        """Whether another distance is clearly likelier."""
        return self.log_odds > math.log(CONTRADICTED)

    @property
    def excludes(self) -> bool:
        """Whether the one given is clearly likelier than one that is ``WRONG``."""
        return self.log_odds < -math.log(EXCLUDED)


def check_distance(
    problem: Problem, pose: Poses, free: np.ndarray, pictures: Sequence[Picture] | None = None
) -> DistanceCheck:
    """Estimate the distance at several scales and weigh the estimates; where it is far off, look again there.

    Args:
        problem: what was registered.
        pose: first camera from RAS.
        free: indices of the degrees of freedom that may move.
        pictures: of all views at that pose and ``JUDGING_LEVEL``, where they are known.
    """
    pictures = pictures_of(problem, pose) if pictures is None else pictures
    steps, deviations = _steps(problem, pose, free, pictures)
    relaxations = np.array([scale.relaxation for scale in SCALES])
    step, first = _weighed(steps * relaxations[:, None], deviations * relaxations)
    if abs(first.ratio) < SUSPICIOUS * first.std or first.std > BLIND:
        return first
    step *= min(1.0, LONGEST_STEP / max(abs(step[-1]), 1e-12))
    there, moved = at_distance(problem, np.exp(step[-1])), _moved(problem, pose, step, free, pictures[0].depth_mm)
    try:
        left, deviations = _steps(there, moved, free, pictures_of(there, moved))
    except ValueError:  # the bone left the X-ray
        return first
    # The secant method: how much of the step each scale sees gone tells how far its steps fall short.
    gone = (steps[:, -1] - left[:, -1]) / step[-1]
    relaxations = 1 / np.clip(gone, 1 / MOST_RELAXATION, 1 / LEAST_RELAXATION)
    ratios = np.clip(step[-1] + relaxations * left[:, -1], -LONGEST_STEP, LONGEST_STEP)
    return _weighed(ratios[:, None], relaxations * deviations)[1]


def _weighed(steps: np.ndarray, deviations: np.ndarray) -> tuple[np.ndarray, DistanceCheck]:
    """Mean (N,) of the scales' steps (S, N), whose last column is the distance's logarithm, by their deviations (S,)."""
    weights = 1 / (deviations**2 + SYSTEMATIC**2)
    mean = weights @ steps / weights.sum()
    ratio = float(np.clip(mean[-1], -LONGEST_STEP, LONGEST_STEP))
    return mean, DistanceCheck(ratio, float(NARROWED * np.sqrt(len(weights) / weights.sum())))


def _steps(problem: Problem, pose: Poses, free: np.ndarray, pictures: Sequence[Picture]) -> tuple[np.ndarray, np.ndarray]:
    """Steps (S, N + 1) and the last column's deviations (S,) at every scale; coarse DRRs are means of the fine ones."""
    found = []
    for scale in SCALES:
        terms = make_level_views(problem.views, problem.prepared, pose, scale.level)
        found.append(_step(free, [_smaller(picture, term) for picture, term in zip(pictures, terms, strict=True)]))
    return np.stack([step for step, _ in found]), np.array([std for _, std in found])


def _smaller(picture: Picture, term: LevelView) -> Picture:
    """A picture at a coarser level; both show the same part of the X-ray."""
    size = term.camera.height, term.camera.width
    images, jacobians, by_zoom = (area_mean(part, size) for part in (picture.images, picture.jacobians, picture.by_zoom))
    return Picture(term, images, jacobians, by_zoom, picture.depth_mm)


def at_distance(problem: Problem, ratio: float) -> Problem:
    """The same X-rays by cameras with another source-to-detector distance."""
    views = tuple(
        replace(view, radiograph=replace(view.radiograph, camera=with_focal(view.radiograph.camera, ratio)))
        for view in problem.views
    )
    return replace(problem, views=views)


def with_focal(camera: Camera, ratio: float) -> Camera:
    """The camera with another source-to-detector distance, its principal point where it is."""
    return replace(
        camera,
        K=camera.K @ np.diag([ratio, ratio, 1.0]),
        source_to_detector_mm=camera.source_to_detector_mm * ratio,
    )


def _step(free: np.ndarray, pictures: Sequence[Picture]) -> tuple[np.ndarray, float]:
    """Gauss-Newton step of the free degrees of freedom and the distance's logarithm (N + 1,), and the latter's deviation."""
    kept = torch.as_tensor(np.append(free, 6), device=pictures[0].images.device)
    hessian, by_view = np.zeros((len(kept), len(kept))), []
    for picture in pictures:
        slopes, weight, residual, gain = _without_look(picture)
        slopes = in_first_axes(picture, slopes, pictures[0].depth_mm)[kept]
        pull = slopes * (weight * residual / gain).view(slopes.shape[1:])
        by_view.append(by_cell(pull).sum(dim=2).cpu().numpy())
        slopes = slopes.flatten(1)
        hessian += ((slopes * weight) @ slopes.T).cpu().numpy()
    pulls = np.concatenate(by_view)
    scale = np.sqrt(np.maximum(np.diag(hessian), 1e-12))
    # No more of a ridge than rounding needs: perspective is a small part of a large derivative by depth.
    inverse = np.linalg.inv(hessian / np.outer(scale, scale) + 1e-9 * np.eye(len(scale))) / np.outer(scale, scale)
    step = inverse @ pulls.sum(axis=0)
    pulls = pulls[np.abs(pulls).sum(axis=1) > 0]
    spread = pulls - pulls.mean(axis=0)
    return step, float(np.sqrt(inverse[-1] @ (spread.T @ spread) @ inverse[-1]))


def _without_look(picture: Picture) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]:
    """Derivatives (7, H, W), weight and residual (H*W,), what is mere look of the DRR taken out; and the gain.

    The X-ray has its own noise and tissue, so that of the DRR's structure it shows a share, the gain: the residual that a
    displacement leaves is smaller by that.
    """
    level, look = picture.level, _looks(picture.images)
    pixels = normalize(level, picture.images, torch.cat([picture.jacobians, picture.by_zoom, look], dim=1))
    slopes, look = pixels.needed_slopes[0].double().split((7, look.shape[1]))
    shape, slopes, look = slopes.shape, slopes.flatten(1), look.flatten(1)
    weight, residual = pixels.weight[0, 0].double().flatten(), pixels.residual[0, 0].double().flatten()
    weighted = look * weight
    own = weighted @ look.T
    own = own + 1e-6 * torch.diag_embed(torch.diagonal(own)) + 1e-9 * torch.eye(len(own), device=own.device)
    slopes = slopes - (torch.linalg.solve(own, weighted @ slopes.T)).T @ look
    residual = residual - torch.linalg.solve(own, weighted @ residual) @ look
    drr, xray = (image[0, 0].double().flatten() for image in (pixels.drr, level.normalized))
    gain = float((weight * drr * xray).sum() / (weight * drr * drr).sum().clamp_min(1e-9))
    return slopes.view(shape), weight, residual, float(np.clip(gain, LEAST_GAIN, 1.0))


def _looks(images: torch.Tensor) -> torch.Tensor:
    """(1, N, H, W) by how a DRR (1, H, W) may look otherwise at the same pose.

    Contrast, sharpness of two kinds, and outlines that lie farther out.
    """
    contrast = images * torch.log((images / images.amax().clamp_min(1e-6)).clamp_min(1e-3))
    beside = functional.pad(images[:, None], (1, 1, 1, 1), mode="replicate")
    across = beside[..., 1:-1, 2:] - beside[..., 1:-1, :-2]
    down = beside[..., 2:, 1:-1] - beside[..., :-2, 1:-1]
    blurs = [box_mean(images[:, None], window) - images[:, None] for window in (3, 7)]
    return torch.cat([contrast[:, None], *blurs, torch.hypot(across, down)], dim=1)


def _moved(problem: Problem, pose: Poses, step: np.ndarray, free: np.ndarray, depth_mm: float) -> Poses:
    """The pose after a step; the bone goes along with the distance."""
    whole = np.zeros(6)
    whole[free] = step[:-1]
    centers = pose.centers(problem.limits.center_ras)
    moved = pose.moved(motion(torch.as_tensor(whole, device=pose.device)[None], centers))
    return moved.shifted(torch.tensor([[0, 0, depth_mm * np.expm1(step[-1])]], dtype=torch.float64, device=pose.device))
