"""Whether the source-to-detector distance that was given suits the X-rays.

With a distance that is wrong by 5 % the bone ends 5 % too near or too far, and keeps its size in the picture. What does not
go along is perspective: the parts nearer to the source are drawn too large or too small beside those farther away. Of a
pelvis that shows an error of 1 %, of a finger's bone nothing. So the distance is estimated together with the pose, by
Gauss-Newton steps, and its standard deviation from how much the image's cells differ (``cells``) says what it is worth.

Contrast and sharpness of the DRR, which widen and narrow edges as a distance could, are estimated along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.ladder import Scene
from RayEmbRegistrationLib.pose.levels import Rung, make_terms
from RayEmbRegistrationLib.pose.refinement import motion
from RayEmbRegistrationLib.pose.similarity import Target, box_mean, normalize

from .cells import JUDGING_RUNG, Picture, by_cell, in_first_axes, pictures_of

SHARP_RUNG = Rung(JUDGING_RUNG.pixels, 5, 0)  # a small window: single edges tell, and soft tissue less
LEAST_GAIN = 0.3
RELAXATION, LEAST_RELAXATION, MOST_RELAXATION = 2.2, 1.0, 3.0
"""A step falls short by this where the X-ray does not show all the fine structure of the DRR: measured on X-rays of eleven
subjects with distances 5 % off. Steps and deviations are made longer by it. A second step tells it for the X-ray at hand."""
SYSTEMATIC = 0.006
"""Standard deviation of what cells do not show, as how the CT's threshold and blur draw the bone; likewise measured."""
SUSPICIOUS = 1.5  # standard deviations from which a first estimate is improved upon
LONGEST_STEP = 0.08
WRONG = 0.048  # logarithm of what must not pass unseen, 5 %
CLEARLY, LIKELY = 2.5, 2.0  # standard deviations


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
    def contradicts(self) -> bool:
        """Whether another distance fits clearly better."""
        return abs(self.ratio) > CLEARLY * self.std

    @property
    def excludes(self) -> bool:
        """Whether an error of ``WRONG`` would have been seen."""
        return abs(self.ratio) + LIKELY * self.std < WRONG


def check_distance(
    scene: Scene, pose: torch.Tensor, free: np.ndarray, pictures: Sequence[Picture] | None = None
) -> DistanceCheck:
    """Estimate the distance; a first estimate that is far off is improved by a second one there (secant method).

    Args:
        scene: what was registered.
        pose: (4, 4) first camera from RAS.
        free: indices of the degrees of freedom that may move.
        pictures: at that pose, where they are known.
    """
    pictures = pictures_of(scene, pose) if pictures is None else pictures
    step, std = _step(scene, pose, free, pictures)
    tried = step * min(RELAXATION, LONGEST_STEP / max(abs(step[-1]), 1e-12))
    first = DistanceCheck(float(tried[-1]), float(np.hypot(RELAXATION * std, SYSTEMATIC)))
    if abs(first.ratio) < SUSPICIOUS * first.std:
        return first
    there, moved = at_distance(scene, np.exp(first.ratio)), _moved(scene, pose, tried, free, pictures[0].depth_mm)
    try:
        left, std = _step(there, moved, free, pictures_of(there, moved))
    except ValueError:  # the bone left the X-ray
        return first
    gone = (step[-1] - left[-1]) / step[-1] if step[-1] else 0.0
    relaxation = np.clip(tried[-1] / step[-1] / max(gone, 1e-3), LEAST_RELAXATION, MOST_RELAXATION)
    ratio = np.clip(tried[-1] + relaxation * left[-1], -LONGEST_STEP, LONGEST_STEP)
    return DistanceCheck(float(ratio), float(np.hypot(relaxation * std, SYSTEMATIC)))


def at_distance(scene: Scene, ratio: float) -> Scene:
    """The same X-rays by cameras with another source-to-detector distance."""
    views = tuple(
        replace(view, radiograph=replace(view.radiograph, camera=with_focal(view.radiograph.camera, ratio)))
        for view in scene.views
    )
    return replace(scene, views=views)


def with_focal(camera: Camera, ratio: float) -> Camera:
    """The camera with another source-to-detector distance, its principal point where it is."""
    return replace(
        camera,
        K=camera.K @ np.diag([ratio, ratio, 1.0]),
        source_to_detector_mm=camera.source_to_detector_mm * ratio,
    )


def _step(scene: Scene, pose: torch.Tensor, free: np.ndarray, pictures: Sequence[Picture]) -> tuple[np.ndarray, float]:
    """Gauss-Newton step of the free degrees of freedom and the distance's logarithm (N + 1,), and the latter's deviation."""
    kept = torch.as_tensor(np.append(free, 6), device=pose.device)
    hessian, pulls = np.zeros((len(kept), len(kept))), []
    for picture, sharp in zip(pictures, make_terms(scene.views, scene.prepared, pose[None], SHARP_RUNG), strict=True):
        slopes, weight, residual, gain = _without_look(picture, sharp.target)
        slopes = in_first_axes(picture, slopes, pictures[0].depth_mm)[kept]
        pull = slopes * (weight * residual / gain).view(slopes.shape[1:])
        pulls.append(by_cell(pull).sum(dim=2).cpu().numpy())
        slopes = slopes.flatten(1)
        hessian += ((slopes * weight) @ slopes.T).cpu().numpy()
    pulls = np.concatenate(pulls)
    scale = np.sqrt(np.maximum(np.diag(hessian), 1e-12))
    # No more of a ridge than rounding needs: perspective is a small part of a large derivative by depth.
    inverse = np.linalg.inv(hessian / np.outer(scale, scale) + 1e-9 * np.eye(len(scale))) / np.outer(scale, scale)
    step = inverse @ pulls.sum(axis=0)
    pulls = pulls[np.abs(pulls).sum(axis=1) > 0]
    spread = pulls - pulls.mean(axis=0)
    return step, float(np.sqrt(inverse[-1] @ (spread.T @ spread) @ inverse[-1]))


def _without_look(picture: Picture, target: Target) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]:
    """Derivatives (7, H, W), weight and residual (H*W,), what contrast and sharpness explain taken out; and the gain.

    The X-ray has its own noise and tissue, so that of the DRR's structure it shows a share, the gain: the residual that a
    displacement leaves is smaller by that.
    """
    images = picture.images
    contrast = images * torch.log((images / images.amax().clamp_min(1e-6)).clamp_min(1e-3))
    blur = box_mean(images[:, None], 3)[:, 0] - images
    columns = torch.cat([picture.jacobians, picture.by_zoom, contrast[:, None], blur[:, None]], dim=1)
    pixels = normalize(target, images, columns)
    slopes, look = pixels.slopes[0].double().split((7, 2))
    shape, slopes, look = slopes.shape, slopes.flatten(1), look.flatten(1)
    weight, residual = pixels.weight[0, 0].double().flatten(), pixels.residual[0, 0].double().flatten()
    weighted = look * weight
    own = weighted @ look.T
    own = own + 1e-6 * torch.diag_embed(torch.diagonal(own)) + 1e-9 * torch.eye(2, device=own.device)
    slopes = slopes - (torch.linalg.solve(own, weighted @ slopes.T)).T @ look
    residual = residual - torch.linalg.solve(own, weighted @ residual) @ look
    drr, xray = (image[0, 0].double().flatten() for image in (pixels.drr, target.normalized))
    gain = float((weight * drr * xray).sum() / (weight * drr * drr).sum().clamp_min(1e-9))
    return slopes.view(shape), weight, residual, float(np.clip(gain, LEAST_GAIN, 1.0))


def _moved(scene: Scene, pose: torch.Tensor, step: np.ndarray, free: np.ndarray, depth_mm: float) -> torch.Tensor:
    """The pose after a step; the bone goes along with the distance."""
    whole = np.zeros(6)
    whole[free] = step[:-1]
    center = torch.as_tensor(scene.limits.center_ras, dtype=torch.float64, device=pose.device)
    centers = pose[:3, :3] @ center + pose[:3, 3]
    moved = motion(torch.as_tensor(whole, device=pose.device)[None], centers[None])[0] @ pose
    moved[2, 3] += depth_mm * np.expm1(step[-1])
    return moved
