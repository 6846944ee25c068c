"""X-rays cut out of what was rendered of a volume, anew each time.

All X-rays of one source position are homographies of each other: turning the camera about its source, in the plane or out
of it, or changing focal length and principal point moves pixels by ``K' R K^-1`` whatever the depth. One DRR that shows all
of the bone therefore gives any number of exact X-rays of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from .pairs import PairSet
from .view_sampling import ViewDistribution, turn_about_source


@dataclass(frozen=True, eq=False)
class Canvases:
    """Canvases of one set, or of several in one batch.

    Attributes:
        images: (Q, 1, C, C).
        points_camera: (Q, N, 3); sets of fewer points are filled up with some that are not valid.
        valid: (Q, N).
        focal_px: (Q,).
    """

    images: torch.Tensor
    points_camera: torch.Tensor
    valid: torch.Tensor
    focal_px: np.ndarray


Cameras = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Rotations (Q, 3, 3) about the source, new camera from canvas camera; focal lengths (Q,); principal points (Q, 2), px."""


@dataclass(frozen=True, eq=False)
class Cut:
    """X-rays cut from canvases.

    Attributes:
        images: (Q, 1, S, S) line integrals.
        pixels: (Q, N, 2) where the points lie.
        visible: (Q, N), within the image and valid.
        mm_per_px: (Q, N) size of a pixel at each point's depth.
    """

    images: torch.Tensor
    pixels: torch.Tensor
    visible: torch.Tensor
    mm_per_px: torch.Tensor


def crop_templates(pairs: PairSet, side_px: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Templates (T, 1, S, S) cut to their middle, with the points' pixels (T, N, 2) and whether they are inside (T, N)."""
    margin = (pairs.templates.shape[-1] - side_px) // 2
    images = pairs.templates[..., margin : margin + side_px, margin : margin + side_px]
    pixels = pairs.template_px - margin
    return images, pixels, _inside(pixels, side_px)


def cut_xrays(pairs: PairSet, chosen: np.ndarray, side_px: int, views: ViewDistribution, rng: np.random.Generator) -> Cut:
    """X-rays of random camera turns, scales and windows from the chosen canvases of one set."""
    return cut_with(canvases_of([(pairs, chosen)]), side_px, draw_cameras(pairs, chosen, side_px, views, rng))


def canvases_of(parts: Sequence[tuple[PairSet, np.ndarray]]) -> Canvases:
    """The chosen canvases of several sets, one set after another."""
    count = max(pairs.valid.shape[1] for pairs, _ in parts)
    index = [torch.as_tensor(chosen, device=pairs.canvases.device) for pairs, chosen in parts]
    return Canvases(
        torch.cat([pairs.canvases[some] for (pairs, _), some in zip(parts, index, strict=True)]),
        torch.cat([filled_up(pairs.points_camera[some], count, -2) for (pairs, _), some in zip(parts, index, strict=True)]),
        torch.cat([filled_up(pairs.valid[some], count, -1) for (pairs, _), some in zip(parts, index, strict=True)]),
        np.concatenate([pairs.host[2][chosen] for pairs, chosen in parts]),
    )


def filled_up(values: torch.Tensor, count: int, axis: int) -> torch.Tensor:
    """With ones, or False, behind, until an axis has a given length."""
    lacking = count - values.shape[axis]
    if not lacking:
        return values
    shape = list(values.shape)
    shape[axis] = lacking
    return torch.cat([values, values.new_full(shape, values.dtype != torch.bool)], dim=axis)


def draw_cameras(
    pairs: PairSet, chosen: np.ndarray, side_px: int, views: ViewDistribution, rng: np.random.Generator
) -> Cameras:
    """Random cameras of X-rays from the chosen canvases.

    The window lies around a random point of the bone, so that many X-rays show only part of it.
    """
    points_camera, all_valid, focal_px = pairs.host
    turns = np.stack([turn_about_source(views, rng) for _ in chosen])
    scales = np.exp(
        np.clip(rng.normal(0, views.scale_spread, len(chosen)), -2.5 * views.scale_spread, 2.5 * views.scale_spread)
    )
    turned = points_camera[chosen] @ turns.transpose(0, 2, 1).astype(np.float32)
    normalized = turned[..., :2] / turned[..., 2:]
    focal, valid = focal_px[chosen] * scales, all_valid[chosen]
    principal = np.empty((len(chosen), 2))
    for n in range(len(chosen)):
        seen = normalized[n][valid[n]] if valid[n].any() else normalized[n]
        target = seen[rng.integers(len(seen))] if rng.random() < 0.5 else (seen.min(axis=0) + seen.max(axis=0)) / 2
        principal[n] = (side_px - 1) / 2 - focal[n] * target + rng.normal(0, 0.08 * side_px, 2)
    return turns, focal, principal


def cut_with(canvases: Canvases, side_px: int, cameras: Cameras) -> Cut:
    """X-rays of a given side by given cameras, one a canvas."""
    turns, focal, principal = cameras
    device, side, count = canvases.images.device, canvases.images.shape[-1], len(turns)
    K_new, K_canvas = np.zeros((2, count, 3, 3))
    K_new[:, 0, 0] = K_new[:, 1, 1] = focal
    K_new[:, :2, 2], K_new[:, 2, 2] = principal, 1
    K_canvas[:, 0, 0] = K_canvas[:, 1, 1] = canvases.focal_px
    K_canvas[:, :2, 2], K_canvas[:, 2, 2] = (side - 1) / 2, 1
    canvas_from_new = K_canvas @ turns.transpose(0, 2, 1) @ np.linalg.inv(K_new)

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(array, dtype=torch.float32, device=device)

    homography = tensor(canvas_from_new)
    line = torch.arange(side_px, dtype=torch.float32, device=device)
    rows, columns = torch.meshgrid(line, line, indexing="ij")
    pixels = torch.stack([columns, rows, torch.ones_like(rows)]).flatten(1)
    mapped = homography @ pixels
    grid = (mapped[:, :2] / mapped[:, 2:]).transpose(1, 2).unflatten(1, (side_px, side_px))
    images = functional.grid_sample(canvases.images, grid * (2 / (side - 1)) - 1, align_corners=True)
    turned = canvases.points_camera @ tensor(turns).transpose(1, 2)
    scale = tensor(focal)[:, None]
    where = turned[..., :2] / turned[..., 2:] * scale[..., None] + tensor(principal)[:, None]
    visible = canvases.valid & (turned[..., 2] > 0) & _inside(where, side_px)
    return Cut(images, where, visible, turned[..., 2] / scale)


def _inside(pixels: torch.Tensor, side_px: int) -> torch.Tensor:
    return ((pixels >= 0) & (pixels <= side_px - 1)).all(dim=-1)
