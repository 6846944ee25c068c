"""Random numbers and shapes in batches, from a torch generator on any device."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch.nn import functional


class Draw:
    """Random numbers of one batch of images.

    Args:
        generators: sources of all randomness, on the images' device. Each gives the numbers of as many images as the others,
            one after another: what an image gets does not depend on those that it is drawn together with.
        count: images in the batch.
    """

    def __init__(self, generators: Sequence[torch.Generator], count: int) -> None:
        self._generators = tuple(generators)
        self._each = count // len(self._generators)
        self.count = count
        self.device = self._generators[0].device

    def _numbers(self, make: Callable[..., torch.Tensor], shape: tuple[int, ...]) -> torch.Tensor:
        """(B, *shape)."""
        size = (self._each, *shape)
        parts = [make(size, generator=generator, device=self.device) for generator in self._generators]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        """(B, *shape), or (B, 1, 1, 1) where no shape is given."""
        return low + (high - low) * self._numbers(torch.rand, shape or (1, 1, 1))

    def log_uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        """Like ``uniform``, evenly over the logarithm."""
        return self.uniform(0, 1, *shape).mul(math.log(high / low)).exp() * low

    def happens(self, share: float, *shape: int) -> torch.Tensor:
        """1.0 with a probability, else 0.0."""
        return (self.uniform(0, 1, *shape) < share).float()

    def normal(self, *shape: int) -> torch.Tensor:
        """(B, *shape) standard normal."""
        return self._numbers(torch.randn, shape)

    def smooth_field(self, cells: int, side: int) -> torch.Tensor:
        """(B, 1, side, side) of unit variance at the nodes of a grid of so many cells, bicubic between them."""
        nodes = self.normal(1, cells + 1, cells + 1)
        return functional.interpolate(nodes, size=(side, side), mode="bicubic", align_corners=True)


def unit_grid(side: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Coordinates x and y, each (1, 1, side, side), from -1 to 1 over the image."""
    line = torch.linspace(-1, 1, side, device=device)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return x[None, None], y[None, None]


def ellipses(draw: Draw, count: int, radius: tuple[float, float], spread: float, side: int) -> torch.Tensor:
    """(B, count, side, side) squared normalised radii of turned ellipses: below 1 inside. In units of half the image."""
    x, y = unit_grid(side, draw.device)
    center_x, center_y = draw.uniform(-spread, spread, count, 1, 1), draw.uniform(-spread, spread, count, 1, 1)
    angle = draw.uniform(0, 3.1416, count, 1, 1)
    first, second = draw.log_uniform(*radius, count, 1, 1), draw.log_uniform(*radius, count, 1, 1)
    x, y = x - center_x, y - center_y
    along, across = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    return (along / first).square() + (across / second).square()


def segments(draw: Draw, count: int, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Distance to random line segments and the position along each (0 to 1), both (B, count, side, side).

    In units of half the image; segments are up to twice as long as the image.
    """
    x, y = unit_grid(side, draw.device)
    center_x, center_y = draw.uniform(-0.9, 0.9, count, 1, 1), draw.uniform(-0.9, 0.9, count, 1, 1)
    angle, half = draw.uniform(0, 3.1416, count, 1, 1), draw.log_uniform(0.08, 2.0, count, 1, 1)
    x, y = x - center_x, y - center_y
    along, across = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    beyond = (along.abs() - half).clamp_min(0)
    return (beyond.square() + across.square()).sqrt(), (along / half).clamp(-1, 1) / 2 + 0.5


def blurred(images: torch.Tensor, deviation_px: torch.Tensor) -> torch.Tensor:
    """Each image (B, 1, H, W) blurred by a Gaussian of its own standard deviation (B, 1, 1, 1), up to 2 px."""
    count = len(images)
    taps = torch.arange(-4, 5, device=images.device, dtype=images.dtype)
    kernel = (-0.5 * (taps / deviation_px.view(count, 1).clamp_min(1e-2)).square()).exp()
    kernel = (kernel / kernel.sum(dim=1, keepdim=True))[:, None, None]
    padded = functional.pad(images.transpose(0, 1), (4, 4, 4, 4), mode="replicate")
    once = functional.conv2d(padded, kernel, groups=count)
    return functional.conv2d(once, kernel.transpose(2, 3), groups=count).transpose(0, 1)
