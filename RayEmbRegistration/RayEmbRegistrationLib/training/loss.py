"""InfoNCE over all pixels of an X-ray with the subspace similarity (Shrestha et al., "RayEmb", ACCV 2024, section 3.3).

The logits of a point are its similarities to every feature of the X-ray over a temperature; the target is the point's true
place, shared bilinearly between the four features around it, so that sub-pixel positions are learnt.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from RayEmbRegistrationLib.detector.matching.subspace import bases, similarity

_CPU_CHUNK, _GPU_CHUNK = 1 << 20, 1 << 28  # products held at once: as many as fit a core's cache, or a card's memory


@dataclass(frozen=True)
class LossSettings:
    """Temperature of the softmax over pixels, and ridge of the subspaces (see ``detector.subspace.bases``)."""

    temperature: float = 0.05
    ridge: float = 0.01


@dataclass(frozen=True, eq=False)
class Matching:
    """What is to be matched, for Q X-rays with N points.

    Attributes:
        embeddings: (Q, T, N, D) of the points in the templates.
        seen: (Q, T, N) whether the template shows the point.
        maps: (Q, D, h, w) of the X-rays.
        pixels: (Q, N, 2) where the points truly lie in the X-ray.
        weights: (Q, N), 0 for points that the X-ray does not show.
        stride: pixels a feature.
    """

    embeddings: torch.Tensor
    seen: torch.Tensor
    maps: torch.Tensor
    pixels: torch.Tensor
    weights: torch.Tensor
    stride: int

    def scores(self, ridge: float) -> torch.Tensor:
        """(Q, N, h, w) similarities."""
        return similarity(bases(self.embeddings, self.seen, ridge), self.maps)


def info_nce(matching: Matching, settings: LossSettings) -> torch.Tensor:
    """Mean cross-entropy between the softmax over all features and the bilinear target.

    Every X-ray that shows any point counts alike.
    """
    rows = bases(matching.embeddings, matching.seen, settings.ridge)
    flat = matching.maps.flatten(2)
    unit = flat / flat.norm(dim=1, keepdim=True).clamp_min(1e-12)
    per_xray = matching.weights.sum(dim=1, keepdim=True)
    weights = matching.weights / per_xray.clamp_min(1) / (per_xray > 0).sum().clamp_min(1)
    height, width = matching.maps.shape[-2:]
    index, share = bilinear_target(matching.pixels, matching.stride, height, width)
    unit, share, weights = (tensor.to(rows.dtype) for tensor in (unit, share, weights))
    return _SubspaceCrossEntropy.apply(rows, unit, index, share, weights, settings.temperature)


def bilinear_target(pixels: torch.Tensor, stride: int, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The four features (..., 4) around each pixel (..., 2), as indices into a flat map, and their shares (sum 1)."""
    size = torch.tensor([width - 1, height - 1], device=pixels.device, dtype=torch.float32)
    place = torch.minimum(((pixels + 0.5) / stride - 0.5).clamp_min(0), size)
    low = torch.minimum(place.floor(), (size - 1).clamp_min(0))
    right, below = (place - low).unbind(-1)
    column, row = low.long().unbind(-1)
    columns = torch.stack([column, column + 1, column, column + 1], dim=-1).clamp_max(width - 1)
    rows = torch.stack([row, row, row + 1, row + 1], dim=-1).clamp_max(height - 1)
    share = torch.stack([(1 - right) * (1 - below), right * (1 - below), (1 - right) * below, right * below], dim=-1)
    return rows * width + columns, share


def landmark_errors_mm(scores: torch.Tensor, matching: Matching, mm_per_px: torch.Tensor) -> torch.Tensor:
    """(Q, N) distance in mm, at each point's depth, from the best feature to the truth."""
    width = scores.shape[-1]
    best = scores.flatten(2).argmax(dim=2)
    found = torch.stack([best % width, best // width], dim=-1).float()
    return ((found + 0.5) * matching.stride - 0.5 - matching.pixels).norm(dim=-1) * mm_per_px


class _Context(torch.autograd.function.FunctionCtx):
    """What the forward pass leaves to the backward pass."""

    saved_tensors: tuple[torch.Tensor, torch.Tensor]


class _SubspaceCrossEntropy(torch.autograd.Function):
    """Sum of weighted cross-entropies; its gradients are worked out on the way, block by block.

    The similarities of all points to all pixels are never held at once: on a CPU a block stays nearly in the cache, which
    makes the loss two to three times as fast as plain operations.
    """

    @staticmethod
    def forward(  # noqa: PLR0913, PLR0917 - inputs of an autograd function come one by one
        ctx: _Context,
        rows: torch.Tensor,
        unit: torch.Tensor,
        index: torch.Tensor,
        share: torch.Tensor,
        weights: torch.Tensor,
        temperature: float,
    ) -> torch.Tensor:
        """Scalar of rows (Q, N, T, D), unit embeddings (Q, D, P), target index and share (Q, N, 4), weights (Q, N)."""
        with torch.no_grad():
            queries, points, templates = rows.shape[:3]
            pixels = unit.shape[-1]
            most = _CPU_CHUNK if rows.device.type == "cpu" else _GPU_CHUNK
            per_query = templates * pixels
            group = max(1, min(queries, most // (per_query * points)))
            chunk = max(1, min(points, most // per_query))
            grad_rows, grad_unit = torch.empty_like(rows), torch.zeros_like(unit)
            total = rows.new_zeros(())
            for first in range(0, queries, group):
                some = slice(first, first + group)
                embeddings = unit[some]
                for start in range(0, points, chunk):
                    block = slice(start, start + chunk)
                    W = rows[some, block].flatten(1, 2)
                    products = (W @ embeddings).unflatten(1, (-1, templates))
                    scores = products.square().sum(dim=2).clamp_min_(1e-12).sqrt_()
                    logits = scores / temperature
                    normaliser = logits.logsumexp(dim=2, keepdim=True)
                    target = (logits.gather(2, index[some, block]) * share[some, block]).sum(dim=2)
                    weight = weights[some, block]
                    total += ((normaliser[..., 0] - target) * weight).sum()
                    slope = logits.sub_(normaliser).exp_()
                    slope.scatter_add_(2, index[some, block], -share[some, block])
                    slope.mul_(weight[..., None] / temperature).div_(scores)
                    slopes = products.mul_(slope[:, :, None]).flatten(1, 2)
                    grad_rows[some, block] = (slopes @ embeddings.transpose(1, 2)).view(-1, *rows[some, block].shape[1:])
                    grad_unit[some] += W.transpose(1, 2) @ slopes
        ctx.save_for_backward(grad_rows, grad_unit)
        return total

    @staticmethod
    def backward(ctx: _Context, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Chain rule; only the embeddings have gradients."""
        grad_rows, grad_unit = ctx.saved_tensors
        return grad * grad_rows, grad * grad_unit, None, None, None, None
