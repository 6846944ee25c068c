"""Images made smaller."""

from __future__ import annotations

from functools import lru_cache

import torch


def area_mean(images: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Images (..., H, W) resampled to a smaller (height, width), each pixel the mean over just the area that it covers.

    PyTorch's own way ("area") takes whole pixels, so that neighbours overlap and lie up to half a pixel of the larger image
    beside their places.
    """
    height, width = images.shape[-2:]
    like = images.device, images.dtype
    return _cover(height, size[0], *like) @ images @ _cover(width, size[1], *like).T


@lru_cache(maxsize=64)
def _cover(size: int, smaller: int, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """(smaller, size) share that each of ``size`` pixels has in each of ``smaller`` ones; rows add up to one."""
    edges = torch.arange(smaller + 1, dtype=torch.float64) * size / smaller
    pixels = torch.arange(size, dtype=torch.float64)
    overlap = torch.minimum(edges[1:, None], pixels + 1) - torch.maximum(edges[:-1, None], pixels)
    return (overlap.clamp_min(0) * smaller / size).to(device=device, dtype=dtype)


def box_mean(images: torch.Tensor, window: int) -> torch.Tensor:
    """Mean over a window x window box, zero outside the image; (B, C, H, W)."""
    height, width = images.shape[-2:]
    like = images.device, images.dtype
    return _band(height, window, *like) @ images @ _band(width, window, *like)


@lru_cache(maxsize=64)
def _band(size: int, window: int, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """(size, size) symmetric matrix that averages neighbours: a product with it is many times faster than pooling."""
    number = torch.arange(size, device=device)
    return ((number[:, None] - number).abs() <= window // 2).to(dtype) / window
