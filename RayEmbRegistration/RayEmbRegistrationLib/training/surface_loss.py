"""X-rays of a step that reconstructs, what the network is to say of them, and the loss of what it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.detector.networks.surfaces import UNIT_MM, SurfaceEncoder, SurfaceMaps, split
from RayEmbRegistrationLib.drr.resampling import area_mean

from .augmentation import augment
from .batches import put_elsewhere
from .dressing import dressed
from .precision import mixed_precision
from .surface_views import SurfaceSet, SurfaceTargets, cut_surfaces

XRAYS, DRESSED = 4, 2  # X-rays a step, and how many of them the simulation dresses; chosen for time on a CPU
DEPTH_WEIGHT = 0.5  # of the relative depths beside the coordinates; chosen: coordinates are what is registered


@dataclass(frozen=True, eq=False)
class Drawn:
    """One step's X-rays: images, masks (Q, 1, s, s) and what the network is to say of them."""

    images: torch.Tensor
    masks: torch.Tensor
    targets: SurfaceTargets


def surface_loss(maps: SurfaceMaps, targets: SurfaceTargets, masks: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the mask, and Laplace likelihoods of points and depths where there is bone.

    Args:
        maps: what the network says.
        targets: what is right.
        masks: (Q, h, w) share of each feature's pixels that are usable.
    """
    usable = (masks > 0.5).float()
    unlike = functional.binary_cross_entropy_with_logits(maps.mask, targets.bone, reduction="none")
    loss = (unlike * usable).sum() / usable.sum().clamp_min(1)
    weights = targets.bone * usable
    count = 2 * weights.sum().clamp_min(1)
    if targets.points is not None:
        gaps = (maps.points - targets.points).abs().mean(dim=2)
        of_points = gaps * (-maps.log_scales).exp() + maps.log_scales
        loss = loss + (of_points * weights[:, None]).sum() / count
    off = (maps.depths - targets.depths).abs()
    of_depths = off * (-maps.depth_log_scales).exp() + maps.depth_log_scales
    share = DEPTH_WEIGHT if targets.points is not None else 1.0
    return loss + share * (of_depths * weights[:, None]).sum() / count


def draw(made: SurfaceSet, strange: SurfaceSet, side: int, rng: np.random.Generator) -> Drawn:
    """X-rays of a set, half of them dressed by the simulation; the bone of another set appears in some of the others."""
    chosen = rng.permutation(len(made.poses))[:XRAYS]
    images, targets = cut_surfaces(made, chosen, side, rng)
    generator = torch.Generator(images.device).manual_seed(int(rng.integers(2**62)))
    beside = strange.pairs.canvases[rng.integers(0, len(strange.poses), XRAYS - DRESSED)]
    random = torch.rand((1, len(beside), 3), generator=generator, device=generator.device)
    elsewhere = put_elsewhere(beside, side, random)
    simulated, simulated_masks = dressed(images[:DRESSED], made.pairs.pixel_mm, rng)
    augmented, augmented_masks = augment(images[DRESSED:], [generator], elsewhere)
    return Drawn(torch.cat([simulated, augmented]), torch.cat([simulated_masks, augmented_masks]), targets)


def look_at(network: SurfaceEncoder, drawn: Drawn) -> SurfaceMaps:
    """What the network says of X-rays."""
    with mixed_precision(drawn.images.device):
        outputs = network(drawn.images, drawn.masks, drawn.targets.slopes)
    return split(outputs)


def error_mm(maps: SurfaceMaps, targets: SurfaceTargets) -> torch.Tensor:
    """(n,) distances in mm of points from where they are, or of depths where no CT is known, of all rays through bone."""
    off = (maps.depths - targets.depths).abs() if targets.points is None else (maps.points - targets.points).norm(dim=2)
    return off[(targets.bone > 0.5)[:, None].expand_as(off)] * UNIT_MM


def by_feature(masks: torch.Tensor) -> torch.Tensor:
    """(Q, h, w) mean of masks (Q, 1, H, W) over each feature's pixels."""
    return area_mean(masks, (masks.shape[-2] // 2, masks.shape[-1] // 2))[:, 0]
