"""The published encoder: DINOv2 ViT-S/14 and a linear layer, for a user's published checkpoint.

Architecture: Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", TMLR 2024, a vision transformer
(Dosovitskiy et al., ICLR 2021) with layer scale (Touvron et al., ICCV 2021). Shrestha et al., "RayEmb", ACCV 2024, put a
linear layer to 32 dimensions on its normalised patch tokens and show it images of 224 px, scaled to 0 to 1, in three equal
channels. Names of parameters are those of the checkpoint.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from .encoder import Encoder

WIDTH = 384  # of ViT-S (see above)
HEADS = 6  # of ViT-S
DEPTH = 12  # blocks, of ViT-S
PATCH = 14  # px, of ViT-S/14
TRAINED_SIDE = 37  # patches a side of the picture that DINOv2's position embedding was made for: 518 px
PUBLISHED_PX = 224  # side of the images that RayEmb's authors trained with (see above)
# DINOv2 interpolates its position embedding by this much more than the ratio of sides; the published weights expect it.
POSITION_OFFSET = 0.1


class PublishedEncoder(Encoder):
    """ViT-S/14 with a linear head, as published.

    Args:
        dimensions: length of an embedding.
    """

    def __init__(self, dimensions: int = 32) -> None:
        super().__init__()
        self.dimensions = int(dimensions)
        self.stride = PATCH
        self.multiple = PATCH
        self.name = "vit-s14"
        self.arguments = {"dimensions": self.dimensions}
        # As published: templates are sampled with the corner features at the corner pixels, the image is interpolated to
        # every pixel with features at the middles of their patches.
        self.corner_aligned = True
        self.dinov2_model = VisionTransformer()
        self.linear = nn.Linear(WIDTH, self.dimensions)

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Embeddings (B, D, H / 14, W / 14), not normalised, of images (B, 1, H, W), bone bright, and masks (B, 1, H, W)."""
        return self.embed(unit_range(image, mask).expand(-1, 3, -1, -1))

    def embed(self, pictures: torch.Tensor) -> torch.Tensor:
        """Embeddings (B, D, H / 14, W / 14) of pictures (B, 3, H, W) with values from 0 to 1."""
        rows, columns = pictures.shape[-2] // PATCH, pictures.shape[-1] // PATCH
        tokens = self.linear(self.dinov2_model(pictures))
        return tokens.transpose(1, 2).unflatten(2, (rows, columns))


def unit_range(image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Images (B, 1, H, W) scaled so that what the mask shows covers 0 to 1; 0 elsewhere."""
    seen = mask > 0
    low = image.masked_fill(~seen, torch.inf).amin(dim=(2, 3), keepdim=True)
    high = image.masked_fill(~seen, -torch.inf).amax(dim=(2, 3), keepdim=True)
    scaled = (image - low) / (high - low).clamp_min(1e-12)
    return torch.where(seen, scaled, 0.0)


class VisionTransformer(nn.Module):
    """DINOv2's ViT-S/14 without registers; gives normalised patch tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + TRAINED_SIDE**2, WIDTH))
        self.mask_token = nn.Parameter(torch.zeros(1, WIDTH))  # in the checkpoint; used in its training only
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, WIDTH, PATCH, stride=PATCH)})
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
        self.norm = nn.LayerNorm(WIDTH, eps=1e-6)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(B, patches row by row, 384) of pictures (B, 3, H, W), sides multiples of 14."""
        patches = self.patch_embed["proj"](pictures)
        positions = self.positions(*patches.shape[-2:])
        tokens = torch.cat([self.cls_token.expand(len(pictures), -1, -1), patches.flatten(2).transpose(1, 2)], dim=1)
        tokens = tokens + positions
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)[:, 1:]

    def positions(self, rows: int, columns: int) -> torch.Tensor:
        """(1, 1 + rows * columns, 384) position embedding, interpolated bicubically as DINOv2 does."""
        if rows == columns == TRAINED_SIDE:
            return self.pos_embed
        grid = self.pos_embed[:, 1:].transpose(1, 2).unflatten(2, (TRAINED_SIDE, TRAINED_SIDE))
        scale = tuple((side + POSITION_OFFSET) / TRAINED_SIDE for side in (rows, columns))
        grid = functional.interpolate(grid, scale_factor=scale, mode="bicubic")
        return torch.cat([self.pos_embed[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)


class Block(nn.Module):
    """Attention, then a perceptron, each normalised before and scaled by channel after, beside the identity."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.attn = Attention()
        self.ls1 = LayerScale()
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(WIDTH, 4 * WIDTH), "fc2": nn.Linear(4 * WIDTH, WIDTH)})
        self.ls2 = LayerScale()

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(B, N, 384) to the same shape."""
        tokens = tokens + self.ls1(self.attn(self.norm1(tokens)))
        return tokens + self.ls2(self.mlp["fc2"](functional.gelu(self.mlp["fc1"](self.norm2(tokens)))))


class Attention(nn.Module):
    """Multi-head self-attention."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(B, N, 384) to the same shape."""
        query, key, value = self.qkv(tokens).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class LayerScale(nn.Module):
    """A factor for every channel."""

    def __init__(self) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(WIDTH))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(B, N, 384) to the same shape."""
        return tokens * self.gamma
