"""The interface of an encoder, and our own: a small U-Net that describes every second pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from RayEmbRegistrationLib.detector.calibration import Calibration
from RayEmbRegistrationLib.detector.network_input import network_input
from RayEmbRegistrationLib.problems import InputProblem


class Encoder(nn.Module):
    """A torch module from an image to a map of embeddings.

    The feature in row r, column c lies at pixel ``((c + 0.5) * stride - 0.5, (r + 0.5) * stride - 0.5)``.

    Attributes:
        dimensions: D, length of an embedding.
        stride: pixels of the image a feature.
        multiple: both sides of an image must be multiples of it.
        name: architecture and, once trained, which weights; templates made by another name do not fit.
        arguments: what its class makes such another one from, for the weights' metadata.
        corner_aligned: the corner features lie at the corner pixels where templates are sampled, and a feature is
            interpolated to every pixel of an X-ray, as the published scheme does.
        calibration: what its scores and margins are worth; None where that was never fitted.
    """

    dimensions: int
    stride: int
    multiple: int
    name: str
    arguments: dict[str, Any]
    corner_aligned: bool = False
    calibration: Calibration | None = None

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Embeddings (B, D, H / stride, W / stride), not normalised, of images (B, 1, H, W) and their masks (0 or 1)."""
        raise NotImplementedError

    if TYPE_CHECKING:  # a module's call is its forward, with hooks

        def __call__(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor: ...  # noqa: D102


class SmallEncoder(Encoder):
    """U-Net with group normalisation, 1.1 million parameters; no statistics over a batch, any image size.

    Args:
        dimensions: length of an embedding.
        widths: channels at 1/2, 1/4, 1/8 and 1/16 of the image's resolution; multiples of 8.
        depth: residual blocks at 1/16, whose receptive field covers most of an image.
    """

    def __init__(self, dimensions: int = 32, widths: Sequence[int] = (24, 48, 80, 112), depth: int = 3) -> None:
        super().__init__()
        self.dimensions = int(dimensions)
        self.stride = 2
        self.multiple = 16
        self.name = "small"
        self.arguments = {"dimensions": self.dimensions, "widths": [int(width) for width in widths], "depth": int(depth)}
        half, quarter, eighth, sixteenth = widths
        # Space to channels: the full resolution is read once, by convolutions at half of it.
        self.stem = nn.Conv2d(3 * 4, half, 3, padding=1)
        self.at_half = Residual(half)
        self.down_quarter = nn.Conv2d(half, quarter, 3, stride=2, padding=1)
        self.at_quarter = Residual(quarter)
        self.down_eighth = nn.Conv2d(quarter, eighth, 3, stride=2, padding=1)
        self.at_eighth = Residual(eighth)
        self.down_sixteenth = nn.Conv2d(eighth, sixteenth, 3, stride=2, padding=1)
        self.at_sixteenth = nn.Sequential(*(Residual(sixteenth) for _ in range(depth)))
        self.up_eighth = Merge(sixteenth, eighth)
        self.up_quarter = Merge(eighth, quarter)
        self.up_half = Merge(quarter, half)
        self.head = nn.Sequential(_normalised(half), nn.Conv2d(half, self.dimensions, 1))

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Embeddings (B, D, H / 2, W / 2), not normalised, of images (B, 1, H, W), bone bright, and masks (B, 1, H, W)."""
        return self.head(self.features(image, mask)[0])

    def features(
        self, image: torch.Tensor, mask: torch.Tensor, beside: tuple[torch.Tensor, torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What the head reads and what it was raised from: maps at 1/2, 1/4 and 1/8 of the image's resolution.

        Args:
            image: (B, 1, H, W), bone bright.
            mask: (B, 1, H, W).
            beside: what to add to the maps at 1/2 and at 1/16, where the network is told more than the image.
        """
        if image.shape[-2] % self.multiple or image.shape[-1] % self.multiple:
            raise InputProblem(f"the sides of an image must be multiples of {self.multiple}, not {tuple(image.shape[-2:])}")
        channels = functional.pixel_unshuffle(network_input(image, mask), 2)
        stem = self.stem(channels.contiguous(memory_format=torch.channels_last))
        half = self.at_half(stem if beside is None else stem + beside[0])
        quarter = self.at_quarter(self.down_quarter(half))
        eighth = self.at_eighth(self.down_eighth(quarter))
        sixteenth = self.down_sixteenth(eighth)
        deepest = self.at_sixteenth(sixteenth if beside is None else sixteenth + beside[1])
        at_eighth = self.up_eighth(deepest, eighth)
        at_quarter = self.up_quarter(at_eighth, quarter)
        return self.up_half(at_quarter, half), at_quarter, at_eighth


class Residual(nn.Module):
    """Two 3x3 convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Sequential(_normalised(width), nn.Conv2d(width, width, 3, padding=1))
        self.second = nn.Sequential(_normalised(width), nn.Conv2d(width, width, 3, padding=1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, width, H, W) to the same shape."""
        return x + self.second(self.first(x))


class Merge(nn.Module):
    """Twice the resolution, added to what the encoder saw there, and a convolution beside the identity."""

    def __init__(self, deep: int, width: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(deep, width, 1)
        self.refine = nn.Sequential(_normalised(width), nn.Conv2d(width, width, 3, padding=1))

    def forward(self, deep: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        """(B, deep, H, W) and (B, width, 2 H, 2 W) to the latter's shape."""
        raised = functional.interpolate(self.narrow(deep), scale_factor=2, mode="bilinear", align_corners=False)
        merged = skip + raised
        return merged + self.refine(merged)


def _normalised(width: int) -> nn.Sequential:
    """Group normalisation in groups of eight channels, then SiLU."""
    return nn.Sequential(nn.GroupNorm(width // 8, width), nn.SiLU())


def padded_to_multiple(images: torch.Tensor, multiple: int) -> torch.Tensor:
    """(B, 1, H, W) with zeros added below and on the right, until both sides are multiples."""
    height, width = images.shape[-2:]
    return functional.pad(images, (0, -width % multiple, 0, -height % multiple))


def encode(encoder: Encoder, images: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """Maps (B, D, ceil(H / stride), ceil(W / stride)) of images of any size, padded outside the mask; no gradients."""
    height, width = images.shape[-2:]
    with torch.no_grad():
        maps = encoder(padded_to_multiple(images, encoder.multiple), padded_to_multiple(masks, encoder.multiple))
    return maps[..., : -(-height // encoder.stride), : -(-width // encoder.stride)]
