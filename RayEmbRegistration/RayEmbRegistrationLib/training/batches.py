"""One training step's input: sets drawn from the pool, X-rays cut anew and made to look like X-rays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from .augmentation import augment
from .cutting import Cut, canvases_of, crop_templates, cut_with, draw_cameras, filled_up
from .exposing import expose
from .pairs import PairSet
from .view_sampling import ViewDistribution


@dataclass(frozen=True)
class BatchSettings:
    """Sizes of a step.

    Attributes:
        sets: sets of templates, over all processes.
        xrays: X-rays a set.
        points: points an X-ray.
        template_sizes, xray_sizes: sides to draw from, px.
        exposed: share of a set's X-rays that the simulation's physics make, not the augmentation.
    """

    sets: int = 2
    xrays: int = 4
    points: int = 96
    template_sizes: tuple[int, ...] = (128, 128, 144, 144, 160, 192)
    xray_sizes: tuple[int, ...] = (96, 112, 128, 128, 144, 160)
    exposed: float = 0.5


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


def draw_sizes(settings: BatchSettings, rng: np.random.Generator) -> tuple[int, int]:
    """Sides of this step's templates and X-rays."""
    return int(rng.choice(settings.template_sizes)), int(rng.choice(settings.xray_sizes))


def make_batch(
    sets: Sequence[tuple[PairSet, PairSet]],
    sizes: tuple[int, int],
    settings: BatchSettings,
    views: ViewDistribution,
    rngs: Sequence[np.random.Generator],
) -> Batch:
    """A batch of B sets, worked on together: a graphics card waits for each operation to be started, however small.

    What a set becomes does not depend on those beside it.

    Args:
        sets: each with another set, whose bone appears in some X-rays as bone that is not in the CT.
        sizes: sides of templates and X-rays.
        settings: how many X-rays and points.
        views: distribution of the views.
        rngs: everything random of a set comes from its own.
    """
    template_side, side = sizes
    device = sets[0][0].canvases.device
    parts, cameras, generators, beside = [], [], [], []
    for (pairs, strange), rng in zip(sets, rngs, strict=True):
        count = len(pairs.canvases)
        chosen = rng.permutation(count)[: settings.xrays]
        if settings.xrays > count:
            chosen = rng.integers(0, count, settings.xrays)
        parts.append((pairs, chosen))
        cameras.append(draw_cameras(pairs, chosen, side, views, rng))
        generators.append(torch.Generator(device).manual_seed(int(rng.integers(2**62))))
        index = torch.as_tensor(rng.integers(0, len(strange.canvases), settings.xrays), device=device)
        beside.append(strange.canvases[index])
    canvases = canvases_of(parts)
    turns, focal_px, principal_px = (np.concatenate(each) for each in zip(*cameras, strict=True))
    cut = cut_with(canvases, side, (turns, focal_px, principal_px))
    random = [torch.rand((settings.xrays, 3), generator=generator, device=device) for generator in generators]
    elsewhere = put_elsewhere(torch.cat(beside), side, torch.stack(random))
    images, masks = made_xrays(cut, elsewhere, generators, round(settings.exposed * settings.xrays))
    points = canvases.valid.shape[1]
    crops = [crop_templates(pairs, template_side) for pairs, _ in sets]
    templates = torch.stack([images for images, _, _ in crops])
    template_px = torch.stack([filled_up(pixels, points, -2) for _, pixels, _ in crops])
    seen = torch.stack([filled_up(inside, points, -1) for _, _, inside in crops])
    images, masks, pixels, mm_per_px = (
        part.unflatten(0, (len(sets), -1)) for part in (images, masks, cut.pixels, cut.mm_per_px)
    )
    visible = (cut.visible & usable(masks.flatten(0, 1), cut.pixels)).unflatten(0, (len(sets), -1))
    visible &= (seen.sum(dim=1) >= min(2, seen.shape[1]))[:, None]
    keys = [
        filled_up(torch.rand((settings.xrays, len(pairs.valid[0])), generator=generator, device=device), points, -1)
        for (pairs, _), generator in zip(sets, generators, strict=True)
    ]
    index, weights = _choose_points(visible, settings.points, torch.stack(keys))
    rows = torch.arange(len(sets), device=device)[:, None, None]
    # (B, Q, n, T, ...) to (B, T, Q, n, ...)
    chosen_px = template_px.transpose(1, 2)[rows, index].permute(0, 3, 1, 2, 4)
    chosen_seen = seen.transpose(1, 2)[rows, index].permute(0, 3, 1, 2)
    return Batch(
        templates, chosen_px, chosen_seen, images, masks,
        pixels.gather(2, index[..., None].expand(-1, -1, -1, 2)), weights, mm_per_px.gather(2, index),
    )  # fmt: skip


def made_xrays(
    cut: Cut, strange: torch.Tensor, generators: Sequence[torch.Generator], exposed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """What of each set's line integrals becomes of an X-ray: so many by physics, the rest by augmentation.

    Returns:
        images and masks (B * Q, 1, s, s).
    """
    sets, side = len(generators), cut.images.shape[-1]
    bone, beside = (each.unflatten(0, (sets, -1)) for each in (cut.images, strange))
    sizes = torch.where(cut.visible, cut.mm_per_px, torch.nan).nanmedian(dim=1).values
    pixel_mm = sizes.nan_to_num(1.0).unflatten(0, (sets, -1))  # where nothing of the bone is seen, any size will do
    made: list[tuple[torch.Tensor, torch.Tensor]] = []
    if exposed:
        first = slice(0, exposed)
        made.append(
            expose(bone[:, first].flatten(0, 1), pixel_mm[:, first].flatten(), generators, beside[:, first].flatten(0, 1))
        )
    if exposed < bone.shape[1]:
        rest = slice(exposed, None)
        made.append(augment(bone[:, rest].flatten(0, 1), generators, beside[:, rest].flatten(0, 1)))
    parts = [[each.unflatten(0, (sets, -1)) for each in part] for part in zip(*made, strict=True)]
    images, masks = (torch.cat(part, dim=1).reshape(-1, 1, side, side) for part in parts)
    return images, masks


def put_elsewhere(canvases: torch.Tensor, side: int, random: torch.Tensor) -> torch.Tensor:
    """(Q, 1, side, side) canvases turned any way and moved up to the image's border, by random numbers (B, Q / B, 3)."""
    count, random = len(canvases), random.flatten(0, 1)
    angle, shift = random[:, 0] * 2 * torch.pi, (random[:, 1:] - 0.5) * 2.4
    zoom = side / canvases.shape[-1]
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=1).view(count, 2, 2) * zoom
    grid = functional.affine_grid(torch.cat([turn, shift[..., None]], dim=2), [count, 1, side, side], align_corners=False)
    return functional.grid_sample(canvases, grid, align_corners=False)


def usable(masks: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
    """(Q, N) whether the mask (Q, 1, s, s) holds the pixel nearest to each point."""
    side = masks.shape[-1]
    column, row = pixels.round().long().clamp(0, side - 1).unbind(-1)
    return masks.flatten(1).gather(1, row * side + column) > 0.5


def _choose_points(visible: torch.Tensor, count: int, random: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, Q, n) indices of random visible points and their weights; where there are fewer, others follow with weight 0."""
    index = (random + 2 * (~visible)).argsort(dim=-1)[..., :count]
    weights = visible.gather(-1, index).float()
    lacking = count - index.shape[-1]
    return (functional.pad(index, (0, lacking)), functional.pad(weights, (0, lacking))) if lacking > 0 else (index, weights)
