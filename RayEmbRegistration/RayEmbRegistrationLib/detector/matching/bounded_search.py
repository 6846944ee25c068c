"""The best feature for every point without scoring every feature: whole blocks are ruled out by a bound.

Angles between unit vectors, and between a vector and a subspace, obey the triangle inequality. Within a block of features no
more than ``delta`` from their mean direction c, the angle to a span is at least ``angle(c, span) - delta``, so that no score
exceeds ``cos(angle(c, span) - delta)``. Where that is less than a score already found, the block holds no best feature. The
result is that of the dense search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from .options import MatchOptions

SLACK = 1e-4
"""Added to bounds, against rounding; chosen: float32 leaves 1e-6."""


@torch.no_grad()
def bounded_best(
    rows: torch.Tensor, embeddings: torch.Tensor, usable: torch.Tensor | None, options: MatchOptions
) -> torch.Tensor:
    """(N,) index ``row * width + column`` of the best usable feature for every point; see ``subspace.best_match``."""
    width = embeddings.shape[-1]
    blocks, members = _blocks(embeddings, usable, options.block)
    rows = rows.to(blocks)
    mean, cosine, sine = _summaries(blocks, members >= 0)
    templates = rows.shape[1]
    # Per point: products with the blocks' means, their squares and bounds.
    per_point = 4 * len(blocks) * (templates + 6)
    chunk = int(max(1, options.memory_mb * 2**20 / 2 / per_point))
    found = [_best_of(some, blocks, members, (mean, cosine, sine)) for some in rows.split(chunk)]
    within = torch.cat(found)
    return (within // (1 << 16)) * width + within % (1 << 16)


def _blocks(embeddings: torch.Tensor, usable: torch.Tensor | None, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Unit features (K, D, side^2) of square blocks, and their places (K, side^2): row * 65536 + column, -1 if unusable."""
    dimensions, height, width = embeddings.shape
    unit = functional.normalize(embeddings.float(), dim=0)
    place = torch.arange(height, device=unit.device)[:, None] * (1 << 16) + torch.arange(width, device=unit.device)
    if usable is not None:
        place = torch.where(usable, place, -1)
    padding = (0, -width % side, 0, -height % side)
    unit, place = functional.pad(unit, padding), functional.pad(place, padding, value=-1)
    down, across = place.shape[0] // side, place.shape[1] // side
    unit = unit.view(dimensions, down, side, across, side).permute(1, 3, 0, 2, 4).reshape(down * across, dimensions, -1)
    place = place.view(down, side, across, side).transpose(1, 2).reshape(down * across, -1)
    some = (place >= 0).any(dim=1)
    return unit[some].contiguous(), place[some]


def _summaries(blocks: torch.Tensor, valid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mean directions (K, D) of blocks, and cosine and sine (K,) of the largest angle to a member."""
    mean = functional.normalize((blocks * valid[:, None]).sum(dim=2), dim=1)
    cosine = torch.einsum("kdp,kd->kp", blocks, mean).masked_fill(~valid, 1.0).amin(dim=1).clamp(0.0, 1.0)
    return mean, cosine, (1 - cosine.square()).clamp_min(0).sqrt()


def _best_of(
    rows: torch.Tensor,
    blocks: torch.Tensor,
    members: torch.Tensor,
    summaries: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> torch.Tensor:
    """(n,) places of the best features of a chunk of points (n, T, D)."""
    mean, cosine, sine = summaries
    count, templates, _ = rows.shape
    products = (rows.transpose(0, 1).flatten(0, 1) @ mean.T).square_().unflatten(0, (templates, count))
    squares = products.sum(dim=0).clamp_max_(1.0)
    del products
    near = squares.sqrt()
    bounds = torch.where(near >= cosine, 1.0, near * cosine + (1 - squares).sqrt_() * sine).add_(SLACK)
    # A score that is reached: the best within the block whose mean fits best.
    first = squares.argmax(dim=1)
    scores = torch.einsum("ntd,ndp->ntp", rows, blocks[first]).square().sum(dim=1)
    reached = scores.masked_fill(members[first] < 0, 0.0).amax(dim=1).sqrt()
    points, candidates = torch.nonzero(bounds >= reached[:, None], as_tuple=True)
    order = torch.argsort(candidates)
    points, candidates = points[order], candidates[order]
    values, places = _score_pairs(rows, blocks, members, points, candidates)
    best = values.new_full((count,), -1.0).scatter_reduce(0, points, values, "amax")
    # Of equal scores the first in the map, as the dense search takes it.
    places = torch.where(values == best[points], places, torch.iinfo(torch.int64).max)
    return places.new_full((count,), torch.iinfo(torch.int64).max).scatter_reduce(0, points, places, "amin")


def _score_pairs(
    rows: torch.Tensor, blocks: torch.Tensor, members: torch.Tensor, points: torch.Tensor, candidates: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Best squared score and its place for pairs of a point and a block, the pairs sorted by block."""
    values, places = [], []
    used, counts = torch.unique_consecutive(candidates, return_counts=True)
    templates = rows.shape[1]
    barred = members < 0
    some_barred = barred.any(dim=1).tolist()
    for block, some in zip(used.tolist(), points.split(counts.tolist()), strict=True):
        squares = (rows[some].flatten(0, 1) @ blocks[block]).square_().unflatten(0, (len(some), templates)).sum(dim=1)
        if some_barred[block]:
            squares.masked_fill_(barred[block], -1.0)
        value, index = squares.max(dim=1)
        values.append(value)
        places.append(members[block][index])
    return torch.cat(values), torch.cat(places)
