"""An X-ray as a filter shows it: smoother, its faint parts as strong as the others, or its edges. Arrays alone, no nodes."""

from __future__ import annotations

import numpy as np

from .overlayPicture import boxMean, resized, smoothed
from .plainData import FilterSettings

LARGEST_PX = 1536
"""Side of a filtered picture; chosen: three pixels to one of a slice view, so that zooming in still shows more."""
SMOOTH_SHARE = 1 / 400
"""Of the picture's side: the smoothing's width in pixels; chosen: it takes the noise, not a bone's outline."""
LOCAL_SHARE = 1 / 12
"""Of the picture's side: the square whose mean and spread are evened out; chosen: about as wide as a large bone."""
FLAT = 0.25
"""Share of the typical spread below which a part stays flat; chosen: noise is not raised to structure."""


def filtered(
    image: np.ndarray, settings: FilterSettings, field: np.ndarray | None = None, highIsDark: bool = False
) -> np.ndarray:
    """(h, w) float32 of an X-ray (H, W) or (H, W, 3).

    Args:
        image: the X-ray.
        settings: how; turning black and white over is the colours', and not done here.
        field: (h, w) bool, beyond which the picture gets the darkest value; None where that is not known.
        highIsDark: whether the colours show high values dark.
    """
    image = np.asarray(image, dtype=np.float32)
    image = image.mean(axis=2) if image.ndim == 3 else image
    if sizeOf(image) != image.shape[::-1]:
        image = resized(image, sizeOf(image))
    inside = np.ones(image.shape, bool) if field is None else field
    if settings.smooth or settings.edges:
        image = smoothed(image, _passes(image))
    if settings.contrast:
        image = _evened(image, inside)
    if settings.edges:
        down, right = np.gradient(image)
        image = np.hypot(down, right)
        inside = _shrunk(inside, 2 + _passes(image))  # the field's own rim is no edge of anything
    if inside.any() and not inside.all():
        image = np.where(inside, image, image[inside].max() if highIsDark else image[inside].min())
    return image.astype(np.float32)


def sizeOf(image: np.ndarray) -> tuple[int, int]:
    """(width, height) px of the filtered picture of an image (H, W) or (H, W, 3)."""
    height, width = image.shape[:2]
    scale = min(1.0, LARGEST_PX / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _passes(image: np.ndarray) -> int:
    return max(1, round(max(image.shape) * SMOOTH_SHARE))


def _evened(image: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The image less its mean over a square around each pixel, over its spread there; of what is inside alone."""
    window = max(3, round(max(image.shape) * LOCAL_SHARE))
    weight = inside.astype(np.float64)
    share = np.maximum(boxMean(weight, window), 1e-6)
    values = image.astype(np.float64) - (float(image[inside].mean()) if inside.any() else 0.0)
    mean = boxMean(values * weight, window) / share
    spread = np.sqrt(np.maximum(boxMean(values**2 * weight, window) / share - mean**2, 0))
    floor = FLAT * float(np.median(spread[inside])) if inside.any() else 1.0
    return (values - mean) / (spread + max(floor, 1e-9))


def _shrunk(inside: np.ndarray, by: int) -> np.ndarray:
    """Pixels that are inside with all others within a square of so many pixels to each side."""
    return boxMean(inside.astype(np.float64), 2 * by + 1) > 1 - 1e-6
