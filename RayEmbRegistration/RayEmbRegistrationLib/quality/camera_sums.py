"""What a camera's test needs of the images, in sums: how each cell would change the pose and every value of every camera.

The looks that a DRR may have otherwise at the same pose (contrast, sharpness, threshold) are taken out, since they widen and
narrow edges as a camera could.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.drr.resampling import area_mean, box_mean
from RayEmbRegistrationLib.pose.alignment.level_view import LevelView
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.alignment.similarity import normalize
from RayEmbRegistrationLib.pose.problem import Problem

from .camera_slopes import TESTED, VALUES, camera_slopes
from .cells import JUDGING_LEVEL, Picture, by_cell

LEAST_GAIN = 0.3  # of the DRR's contrast in the X-ray's; chosen: below it the fit is noise, and slopes vanish with it
BLURS_PX = (3, 7, 11, 17, 25)
"""Widths by which a DRR may be less sharp than its X-ray, or have a halo: focal spot and detector, glare, scatter. Scatter
makes thick parts paler than their edges, so that a bone seems wider: in pairs of real limbs by up to 2.5 % of the distance
with 3 and 7 alone, mostly by under 0.9 % (1.5 at most) with the wider ones; in pairs of phantoms by 0.1 % with either."""
COLUMNS = 6 + len(VALUES)  # six degrees of freedom, and the camera's values


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
pixels on 162 X-rays of nineteen subjects, those that calibrate and others of their kinds; the relaxations were measured
there."""


@dataclass(frozen=True, eq=False)
class Sums:
    """One view at one scale, by its own turns (rad) about the bone's centre and shifts (mm), and its camera's ``VALUES``.

    Attributes:
        hessians: (C, 11, 11) Gauss-Newton matrices of the cells that show something.
        pulls: (C, 11), uphill.
    """

    hessians: np.ndarray
    pulls: np.ndarray

    def widened(self) -> Sums:
        """With columns of zeros for the principal point, which was left out."""
        missing = COLUMNS - self.pulls.shape[1]
        return Sums(np.pad(self.hessians, ((0, 0), (0, missing), (0, missing))), np.pad(self.pulls, ((0, 0), (0, missing))))


def sums_of(problem: Problem, pose: Poses, pictures: Sequence[Picture]) -> list[list[Sums]]:
    """By scale, of each view; coarse DRRs are means of the fine ones.

    Args:
        problem: what was registered.
        pose: first camera from RAS.
        pictures: of all views at that pose and ``JUDGING_LEVEL``.
    """
    found = []
    for scale in SCALES:
        terms = make_level_views(problem.views, problem.prepared, pose, scale.level)
        found.append(
            [
                _at_scale(picture, term, pose, problem.limits.center_ras)
                for picture, term in zip(pictures, terms, strict=True)
            ]
        )
    return found


def _at_scale(picture: Picture, level: LevelView, pose: Poses, center_ras: np.ndarray) -> Sums:
    """One view's; the principal point's derivatives, which only ever serve at the finest scale, are left out at others."""
    centers = pose.seen_from(level.camera_from_first).centers(center_ras)
    size = level.camera.height, level.camera.width
    fine = picture.images.shape[-2:]
    images, jacobians = (part if size == fine else area_mean(part, size) for part in (picture.images, picture.jacobians))
    slopes = camera_slopes(level.camera, level.field or level.camera, jacobians, centers)
    whole = size == fine
    sums = _sums(level, images, torch.cat([jacobians, slopes if whole else slopes[:, : len(TESTED)]], dim=1))
    return sums if whole else sums.widened()


def _sums(level: LevelView, images: torch.Tensor, jacobians: torch.Tensor) -> Sums:
    """Of a DRR (1, H, W) and its derivatives (1, N, H, W).

    The X-ray has its own noise and tissue, so that of the DRR's structure it shows a share, the gain: the residual that a
    displacement leaves is smaller by that.
    """
    look = _looks(images)
    pixels = normalize(level, images, torch.cat([jacobians, look], dim=1))
    slopes, look = pixels.needed_slopes[0].double().split((jacobians.shape[1], look.shape[1]))
    shape, slopes, look = slopes.shape, slopes.flatten(1), look.flatten(1)
    weight, residual = pixels.weight[0, 0].double().flatten(), pixels.residual[0, 0].double().flatten()
    weighted = look * weight
    own = weighted @ look.T
    own = own + 1e-6 * torch.diag_embed(torch.diagonal(own)) + 1e-9 * torch.eye(len(own), device=own.device)
    slopes = slopes - (torch.linalg.solve(own, weighted @ slopes.T)).T @ look
    residual = residual - torch.linalg.solve(own, weighted @ residual) @ look
    drr, xray = (image[0, 0].double().flatten() for image in (pixels.drr, level.normalized))
    gain = float(((weight * drr * xray).sum() / (weight * drr * drr).sum().clamp_min(1e-9)).clamp(LEAST_GAIN, 1.0))
    parts = torch.cat([slopes, weight[None], (weight * residual / gain)[None]]).view(-1, *shape[1:])
    slopes, weight, left = by_cell(parts).split([len(slopes), 1, 1], dim=1)
    pulls = (slopes * left).sum(dim=2).cpu().numpy()
    seen = np.abs(pulls).sum(axis=1) > 0
    return Sums(((slopes * weight) @ slopes.mT).cpu().numpy()[seen], pulls[seen])


def _looks(images: torch.Tensor) -> torch.Tensor:
    """(1, N, H, W) by how a DRR (1, H, W) may look otherwise at the same pose.

    Contrast, sharpness of several kinds, and outlines that lie farther out.
    """
    contrast = images * torch.log((images / images.amax().clamp_min(1e-6)).clamp_min(1e-3))
    beside = functional.pad(images[:, None], (1, 1, 1, 1), mode="replicate")
    across = beside[..., 1:-1, 2:] - beside[..., 1:-1, :-2]
    down = beside[..., 2:, 1:-1] - beside[..., :-2, 1:-1]
    blurs = [box_mean(images[:, None], window) - images[:, None] for window in BLURS_PX]
    return torch.cat([contrast[:, None], *blurs, torch.hypot(across, down)], dim=1)
