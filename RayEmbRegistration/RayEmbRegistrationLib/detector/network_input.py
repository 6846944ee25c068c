"""What the network sees of an image: three channels that an affine change of the intensities leaves as they are."""

from __future__ import annotations

from functools import lru_cache

import torch

WINDOW_PX = 25  # chosen; the weights were trained with it, and another value asks for other weights
CLIP = 3.0  # standard deviations, beyond which metal and air lie; chosen; the weights were trained with it
LEAST_CONTRAST = 0.15
"""In standard deviations of the whole picture: a window of less contrast is hardly raised, so that noise stays noise.
Chosen; the weights were trained with it."""


def network_input(image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Channels of the network: z-score within the mask, locally normalised high-pass, mask.

    Args:
        image: (B, 1, H, W) line-integral-like, bone bright; any offset and any positive scale.
        mask: (B, 1, H, W), 1 where the image is usable.

    Returns:
        (B, 3, H, W) of the image's type; zero outside the mask.
    """
    mask = mask.to(image.dtype)
    used = mask.sum(dim=(2, 3), keepdim=True).clamp_min(1)
    mean = (image * mask).sum(dim=(2, 3), keepdim=True) / used
    centred = (image - mean) * mask
    deviation = (centred.square().sum(dim=(2, 3), keepdim=True) / used).sqrt()
    # A picture without contrast holds rounding errors only.
    score = centred / deviation.clamp_min(1e-5 * mean.abs() + 1e-12)
    weight, first, second = _window_means(torch.cat([mask, score, score.square()], dim=1)).split(1, dim=1)
    weight = weight.clamp_min(1e-3)
    local_mean = first / weight
    variance = (second / weight - local_mean.square()).clamp_min(0)
    high_pass = (score - local_mean) * mask / (variance + LEAST_CONTRAST**2).sqrt()
    return torch.cat([score.clamp(-CLIP, CLIP), high_pass.clamp(-CLIP, CLIP), mask], dim=1)


def _window_means(images: torch.Tensor) -> torch.Tensor:
    """Means over WINDOW_PX squared, zeros beyond the border; two products with band matrices, fast on any device."""
    rows = _band(images.shape[-2], images.device, images.dtype)
    columns = _band(images.shape[-1], images.device, images.dtype)
    # Variances as differences of means need the full precision, also within a half-precision network.
    with torch.autocast(images.device.type, enabled=False):
        return rows @ images @ columns


@lru_cache(maxsize=64)
def _band(size: int, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """(size, size) symmetric matrix that averages over WINDOW_PX neighbours."""
    with torch.inference_mode(False):
        positions = torch.arange(size, device=device)
        near = (positions[:, None] - positions[None, :]).abs() <= WINDOW_PX // 2
        return near.to(dtype) / WINDOW_PX
