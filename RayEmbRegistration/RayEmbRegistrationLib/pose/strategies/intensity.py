"""The baseline of DiffDRR: gradient ascent on the similarity of whole images, from a default pose, through its renderer.

As RayEmb's authors ran it after their landmarks (Shrestha et al., ACCV 2024) and DiffDRR's before (Gopalakrishnan & Golland,
CLIP 2022): 100 steps of AMSGrad, rates 7e-3 and 7 falling by a tenth every 25 steps, on normalised cross-correlation, half
of the whole image and half of patches; the best pose met is kept. Images have 128 pixels a side and patches 13: the same
part of the image as the former's 23 of 224 pixels, and what DiffPose has (Gopalakrishnan et al., CVPR 2024); DiffDRR's own
tutorial has 100 pixels. Two things are kinder than published: a turn is about the bone's centre, not coupled with the shift,
and pixels outside the X-ray's field are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from RayEmbRegistrationLib.drr.interface import Projector
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.drr.references import DiffDrrProjector
from RayEmbRegistrationLib.drr.resampling import area_mean, box_mean
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.alignment.levels import Level
from RayEmbRegistrationLib.pose.alignment.refinement import motion
from RayEmbRegistrationLib.pose.alignment.schedule import Schedule, Solution
from RayEmbRegistrationLib.pose.group import Group
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report
from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .proposal import Means, Proposal
from .start import default_pose

STEPS, RATES, AFTER, FACTOR = 100, (7e-3, 7.0), 25, 0.9  # as published (see above)
PATCH_PX = 13  # as published (see above)
LARGEST_SIDE_PX = 128  # chosen (see above)
LEAST_VARIANCE = 1e-5  # chosen: far below a picture's, so that flat patches divide by no zero
JUDGED = Schedule((Level(192, 9, 0),), (1,))  # as any other pose is, without a step


def from_intensity(group: Group, _best: Solution | None, means: Means) -> Iterator[Proposal]:
    """One descent for each polarity that is possible, from the start or from the middle of the view prior.

    Raises:
        InputProblem: diffdrr is not installed, or it cannot have such a camera.
    """
    pose = default_pose(group) if group.start is None else group.start.pose
    try:
        projector = DiffDrrProjector(group.prepared.attenuation.cpu(), group.prepared.ras_from_ijk)
    except ImportError as error:
        raise InputProblem(
            "the method 'intensity' needs DiffDRR: install diffdrr==0.6.1, or choose another method"
        ) from error
    flags = group.polarities_to_try()
    share = 0.9 / len(flags)
    for number, open_ones_are in enumerate(flags):
        polarities = group.polarities(open_ones_are)
        views = group.problem(polarities, group.settings.depth_mm).views
        with means.timed("intensity"):
            found = climb_intensity(
                projector,
                [view.radiograph for view in views],
                [view.camera_from_first for view in views],
                pose,
                group.prepared.center_ras,
                _reporting(means.report, share * number, share),
            )
        yield Proposal(Poses.of(found), polarities, group.settings.depth_mm, JUDGED)


def climb_intensity(
    projector: Projector,
    radiographs: Sequence[Radiograph],
    relative: Sequence[np.ndarray],
    pose: np.ndarray,
    center_ras: np.ndarray,
    report: Callable[[float], None] = lambda _: None,
) -> np.ndarray:
    """The best pose (4, 4) met on the way.

    Args:
        projector: differentiable with respect to poses.
        radiographs: the X-rays.
        relative: (4, 4) of each, its camera from the first.
        pose: (4, 4) to start from, first camera from RAS.
        center_ras: (3,) what turns are about.
        report: called with the share done; may raise to stop.
    """
    targets = [small_target(radiograph) for radiograph in radiographs]
    cameras_from_first = [torch.as_tensor(matrix) for matrix in relative]
    start = torch.as_tensor(pose, dtype=torch.float64)
    center = (start[:3, :3] @ torch.as_tensor(center_ras) + start[:3, 3])[None]
    best, best_pose = -np.inf, start
    with torch.enable_grad():
        turn = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
        shift = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
        groups = [{"params": [turn], "lr": RATES[0]}, {"params": [shift], "lr": RATES[1]}]
        optimizer = torch.optim.Adam(groups, maximize=True, amsgrad=True)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, AFTER, FACTOR)
        for step in range(STEPS):
            report(step / STEPS)
            optimizer.zero_grad()
            moved = motion(torch.cat([turn, shift], dim=1), center) @ start
            values = [
                multiscale_correlation(projector.render(matrix @ moved, camera).float()[0], image, mask)
                for matrix, (image, mask, camera) in zip(cameras_from_first, targets, strict=True)
            ]
            value = sum(values[1:], values[0]) / len(values)
            if float(value.detach()) > best:
                best, best_pose = float(value.detach()), moved.detach()[0]
            if not value.requires_grad or not torch.isfinite(value):
                break
            value.backward()
            optimizer.step()
            schedule.step()
    return best_pose.numpy()


def small_target(radiograph: Radiograph) -> tuple[torch.Tensor, torch.Tensor, Camera]:
    """Image and mask (H, W) averaged down to at most 128 pixels a side, cut to the mask, and their camera."""
    camera = radiograph.camera
    shrink = max(1.0, max(camera.image_size) / LARGEST_SIDE_PX)
    width, height = (max(PATCH_PX, round(side / shrink)) for side in camera.image_size)
    mask = torch.as_tensor(radiograph.mask).float()[None, None]
    image = torch.as_tensor(radiograph.image).float()[None, None]
    share = area_mean(mask, (height, width))
    image = area_mean(image * mask, (height, width)) / share.clamp_min(1e-3)
    usable = (share > 0.5)[0, 0]
    rows, columns = (np.flatnonzero(usable.any(dim=axis).numpy()) for axis in (1, 0))
    if not len(rows):
        raise InputProblem("the X-ray has no usable pixel; check its mask")
    top, left = (max(0, min(places[0], size - PATCH_PX)) for places, size in ((rows, height), (columns, width)))
    bottom, right = max(rows[-1] + 1, top + PATCH_PX), max(columns[-1] + 1, left + PATCH_PX)
    camera = camera.resample(width, height).crop(int(left), int(top), int(right - left), int(bottom - top))
    return image[0, 0, top:bottom, left:right], usable.float()[top:bottom, left:right], camera


def multiscale_correlation(drr: torch.Tensor, xray: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean of the normalised cross-correlation of two images (H, W) and of its mean over patches, within a mask."""
    ones = torch.ones((), dtype=drr.dtype)
    whole = _correlation(drr, xray, mask, lambda values: (values * mask).sum() / mask.sum().clamp_min(1) * ones)
    share = box_mean(mask[None, None], PATCH_PX).clamp_min(1e-3)

    def patches(values: torch.Tensor) -> torch.Tensor:
        return (box_mean((values * mask)[None, None], PATCH_PX) / share)[0, 0]

    local = _correlation(drr, xray, mask, patches)
    return 0.5 * whole + 0.5 * (local * mask).sum() / mask.sum().clamp_min(1)


def _correlation(
    drr: torch.Tensor, xray: torch.Tensor, mask: torch.Tensor, mean: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """Normalised cross-correlation under a way to take means; images are first brought to a variance of 1."""
    drr, xray = (_standardised(image, mask) for image in (drr, xray))
    mean_drr, mean_xray = mean(drr), mean(xray)
    covariance = mean(drr * xray) - mean_drr * mean_xray
    variances = [
        (mean(image * image) - m * m).clamp_min(0) + LEAST_VARIANCE for image, m in ((drr, mean_drr), (xray, mean_xray))
    ]
    return covariance / (variances[0] * variances[1]).sqrt()


def _standardised(image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    count = mask.sum().clamp_min(1)
    centred = (image - (image * mask).sum() / count) * mask
    return centred / ((centred**2).sum() / count + 1e-12).sqrt()


def _reporting(report: Report, start: float, length: float) -> Callable[[float], None]:
    return lambda share: report(start + length * share, "climbing the images' similarity")
