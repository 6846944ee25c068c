"""One training step's input: sets drawn from the pool, X-rays cut anew and made to look like X-rays."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch.nn import functional

from .augmentation import augment
from .pairs import PairSet, crop_templates, cut_xrays
from .view_sampling import ViewDistribution


@dataclass(frozen=True)
class BatchSettings:
    """Sizes of a step.

    Attributes:
        sets: sets of templates, over all processes.
        xrays: X-rays a set.
        points: points an X-ray.
        template_sizes, xray_sizes: sides to draw from, px.
    """

    sets: int = 2
    xrays: int = 4
    points: int = 96
    template_sizes: tuple[int, ...] = (128, 128, 144, 144, 160, 192)
    xray_sizes: tuple[int, ...] = (96, 112, 128, 128, 144, 160)


@dataclass(frozen=True, eq=False)
class Batch:
    """B sets of T templates and Q X-rays with n points each.

    Attributes:
        templates: (B, T, 1, S, S).
        template_px: (B, T, Q, n, 2).
        seen: (B, T, Q, n) the template shows the point.
        xrays, masks: (B, Q, 1, s, s).
        pixels: (B, Q, n, 2) where the points are in the X-ray.
        weights: (B, Q, n), 0 where the X-ray does not show the point.
        mm_per_px: (B, Q, n) at the point's depth.
    """

    templates: torch.Tensor
    template_px: torch.Tensor
    seen: torch.Tensor
    xrays: torch.Tensor
    masks: torch.Tensor
    pixels: torch.Tensor
    weights: torch.Tensor
    mm_per_px: torch.Tensor


def stack(parts: list[Batch]) -> Batch:
    """Batches of one set each, together."""
    return Batch(*(torch.cat([getattr(part, each.name) for part in parts]) for each in fields(Batch)))


def draw_sizes(settings: BatchSettings, rng: np.random.Generator) -> tuple[int, int]:
    """Sides of this step's templates and X-rays."""
    return int(rng.choice(settings.template_sizes)), int(rng.choice(settings.xray_sizes))


def make_batch(
    pairs: PairSet,
    strange: PairSet,
    sizes: tuple[int, int],
    settings: BatchSettings,
    views: ViewDistribution,
    rng: np.random.Generator,
) -> Batch:
    """A batch of one set.

    Args:
        pairs: the set.
        strange: another set, whose bone appears in some X-rays as bone that is not in the CT.
        sizes: sides of templates and X-rays.
        settings: how many X-rays and points.
        views: distribution of the views.
        rng: everything random comes from it.
    """
    template_px_side, side = sizes
    count = len(pairs.canvases)
    chosen = rng.permutation(count)[: settings.xrays] if settings.xrays <= count else rng.integers(0, count, settings.xrays)
    cut = cut_xrays(pairs, chosen, side, views, rng)
    generator = torch.Generator(pairs.canvases.device).manual_seed(int(rng.integers(2**62)))
    beside = strange.canvases[rng.integers(0, len(strange.canvases), settings.xrays)]
    images, masks = augment(cut.images, generator, _put_elsewhere(beside, side, generator))
    visible = cut.visible & _usable(masks, cut.pixels)
    templates, template_px, seen = crop_templates(pairs, template_px_side)
    visible &= (seen.sum(dim=0) >= min(2, len(seen)))[None]
    index, weights = _choose_points(visible, settings.points, generator)
    pixels = cut.pixels.gather(1, index[..., None].expand(-1, -1, 2))
    mm_per_px = cut.mm_per_px.gather(1, index)
    return Batch(
        templates[None], template_px[:, index][None], seen[:, index][None], images[None], masks[None],
        pixels[None], weights[None], mm_per_px[None],
    )  # fmt: skip


def _put_elsewhere(canvases: torch.Tensor, side: int, generator: torch.Generator) -> torch.Tensor:
    """(Q, 1, side, side) canvases turned any way and moved up to the image's border."""
    count, device = len(canvases), canvases.device
    random = torch.rand((count, 3), generator=generator, device=device)
    angle, shift = random[:, 0] * 2 * torch.pi, (random[:, 1:] - 0.5) * 2.4
    zoom = side / canvases.shape[-1]
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=1).view(count, 2, 2) * zoom
    grid = functional.affine_grid(torch.cat([turn, shift[..., None]], dim=2), [count, 1, side, side], align_corners=False)
    return functional.grid_sample(canvases, grid, align_corners=False)


def _usable(masks: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
    """(Q, N) whether the mask (Q, 1, s, s) holds the pixel nearest to each point."""
    side = masks.shape[-1]
    column, row = pixels.round().long().clamp(0, side - 1).unbind(-1)
    return masks.flatten(1).gather(1, row * side + column) > 0.5


def _choose_points(visible: torch.Tensor, count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """(Q, n) indices of random visible points and their weights; where there are fewer, others follow with weight 0."""
    keys = torch.rand(visible.shape, generator=generator, device=visible.device) + 2 * (~visible)
    index = keys.argsort(dim=1)[:, :count]
    weights = visible.gather(1, index).float()
    lacking = count - index.shape[1]
    return (functional.pad(index, (0, lacking)), functional.pad(weights, (0, lacking))) if lacking > 0 else (index, weights)
