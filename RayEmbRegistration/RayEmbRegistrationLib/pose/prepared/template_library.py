"""A library of small DRRs from all around, made before the X-ray exists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.opacity import OPAQUE_PER_MM, saturated
from RayEmbRegistrationLib.drr.resampling import box_mean
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.pose.views import ViewPrior, beam_directions, upright_rotation

PIXELS_ACROSS_BONE = 88  # chosen for time: the search compares outlines; refinement sees the rest
NORMALIZATION_WINDOW = 9  # px; chosen: a tenth of the bone, which soft tissue's slow changes do not cross
BATCH = 8  # chosen for memory
TYPICAL_DEPTH_MM = 750.0  # of a bone from a C-arm's source; chosen: only the library's perspective depends on it


@dataclass(frozen=True, eq=False)
class TemplateLibrary:
    """Normalised DRRs of the bone, each seen with its centre on the optical axis.

    Attributes:
        images: (V, N, N) float32, locally normalised, zero off the bone.
        rotations: (V, 3, 3) camera_from_ras, head up.
        pixel_mm: size of a pixel at the bone's centre.
        depth_mm: distance of the bone's centre from the source when they were rendered.
    """

    images: torch.Tensor
    rotations: np.ndarray
    pixel_mm: float
    depth_mm: float

    @property
    def focal_px(self) -> float:
        """Focal length of the library's camera."""
        return self.depth_mm / self.pixel_mm

    def reduced(self, reduction: int) -> TemplateLibrary:
        """The same views with pixels ``reduction`` times as large."""
        side = self.images.shape[-1]
        # The centre must stay between the same pixels, and the number of pixels even.
        padding = (-side) % (2 * reduction)
        images = functional.pad(self.images, (padding // 2,) * 4) if padding else self.images
        images = functional.avg_pool2d(images[:, None], reduction)[:, 0]
        return TemplateLibrary(images, self.rotations, self.pixel_mm * reduction, self.depth_mm)


def normalize(images: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Local normalisation for the search: images (B, 1, H, W) with mask (B or 1, 1, H, W)."""
    share = box_mean(mask, NORMALIZATION_WINDOW).clamp_min(1e-3)
    count = mask.sum((2, 3), keepdim=True).clamp_min(1)
    spread = (
        ((images * mask) ** 2).sum((2, 3), keepdim=True) / count - ((images * mask).sum((2, 3), keepdim=True) / count) ** 2
    ).clamp_min(0)
    mean = box_mean(images * mask, NORMALIZATION_WINDOW) / share
    variance = (box_mean(images * images * mask, NORMALIZATION_WINDOW) / share - mean * mean).clamp_min(0)
    return (images - mean) / (variance + 0.15**2 * spread + 1e-12).sqrt() * mask


def make_library(
    projector: JosephProjector,
    center_ras: np.ndarray,
    extent_mm: float,
    depth_mm: float,
    prior: ViewPrior,
    progress: Callable[[float], None] = lambda _: None,
) -> TemplateLibrary:
    """Render the library.

    Args:
        projector: of the bone, at about half resolution.
        center_ras: the bone's centre, mm.
        extent_mm: its size.
        depth_mm: typical distance of the centre from the source.
        prior: the views.
        progress: called with the share done; may raise to stop.
    """
    pixel_mm = extent_mm / PIXELS_ACROSS_BONE
    size = PIXELS_ACROSS_BONE + 2 * (NORMALIZATION_WINDOW // 2 + 1)
    focal = depth_mm / pixel_mm
    middle = (size - 1) / 2
    camera = Camera(np.array([[focal, 0, middle], [0, focal, middle], [0, 0, 1]]), (size, size), (1.0, 1.0), focal)
    rotations = np.stack([upright_rotation(direction) for direction in beam_directions(prior)])
    poses = [RigidTransform(rotation, np.array([0, 0, depth_mm]) - rotation @ center_ras) for rotation in rotations]
    is_opaque = float(projector.values.max()) > OPAQUE_PER_MM
    everywhere = torch.ones(1, 1, size, size, device=projector.device)
    images = []
    for start in range(0, len(poses), BATCH):
        progress(start / len(poses))
        rendered = projector.render(poses[start : start + BATCH], camera)[:, None]
        images.append(normalize(saturated(rendered) if is_opaque else rendered, everywhere)[:, 0])
    return TemplateLibrary(torch.cat(images), rotations, pixel_mm, depth_mm)
