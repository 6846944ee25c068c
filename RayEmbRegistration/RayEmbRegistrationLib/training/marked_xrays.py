"""X-rays with a patient's fixed points marked in their order, and the loss of heat maps of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .augmentation import augment
from .batches import put_elsewhere, usable
from .cutting import cut_xrays
from .loss import bilinear_target
from .pairs import PairSet
from .view_sampling import ViewDistribution

XRAYS = 4  # of a set, a step; chosen for time on a CPU


@dataclass(frozen=True, eq=False)
class Marked:
    """X-rays and where the points are.

    Attributes:
        images, masks: (Q, 1, s, s).
        pixels: (Q, N, 2).
        weights: (Q, N), 0 where the X-ray does not show the point.
        mm_per_px: (Q, N) at the point's depth.
    """

    images: torch.Tensor
    masks: torch.Tensor
    pixels: torch.Tensor
    weights: torch.Tensor
    mm_per_px: torch.Tensor


def joined(parts: Sequence[Marked]) -> Marked:
    """Those of several sets, one after another."""
    return Marked(
        torch.cat([part.images for part in parts]),
        torch.cat([part.masks for part in parts]),
        torch.cat([part.pixels for part in parts]),
        torch.cat([part.weights for part in parts]),
        torch.cat([part.mm_per_px for part in parts]),
    )


def marked(pairs: PairSet, strange: PairSet, side: int, views: ViewDistribution, rng: np.random.Generator) -> Marked:
    """X-rays of a set with all its points in order; the bone of another set appears in some of them."""
    chosen = rng.permutation(len(pairs.canvases))[:XRAYS]
    cut = cut_xrays(pairs, chosen, side, views, rng)
    generator = torch.Generator(pairs.canvases.device).manual_seed(int(rng.integers(2**62)))
    beside = strange.canvases[rng.integers(0, len(strange.canvases), len(chosen))]
    random = torch.rand((1, len(chosen), 3), generator=generator, device=generator.device)
    images, masks = augment(cut.images, [generator], put_elsewhere(beside, side, random))
    visible = cut.visible & usable(masks, cut.pixels)
    return Marked(images, masks, cut.pixels, visible.float(), cut.mm_per_px)


def heat_map_loss(logits: torch.Tensor, pixels: torch.Tensor, weights: torch.Tensor, stride: int) -> torch.Tensor:
    """Mean cross-entropy between the softmax of maps (Q, N, h, w) and the true places (Q, N, 2), shared bilinearly.

    Args:
        logits: of the network.
        pixels: where the points are in the X-rays.
        weights: (Q, N), 0 where the X-ray does not show the point.
        stride: pixels a feature.
    """
    height, width = logits.shape[-2:]
    index, share = bilinear_target(pixels, stride, height, width)
    flat = logits.flatten(2)
    target = (flat.gather(2, index) * share).sum(dim=2)
    return ((flat.logsumexp(dim=2) - target) * weights).sum() / weights.sum().clamp_min(1)
