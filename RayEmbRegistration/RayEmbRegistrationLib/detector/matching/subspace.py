"""Subspace similarity: the cosine between a pixel's embedding and its projection onto the span of a point's embeddings.

Shrestha et al., "RayEmb", ACCV 2024, section 3. With orthonormal rows W of the span, the projection P e of an embedding e
has the length |W e|, and its cosine with e is ``e . P e / (|e| |P e|) = |P e|^2 / (|e| |P e|) = |W e| / |e|``: a small
product instead of a projection matrix a point and a projected vector a point and pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from RayEmbRegistrationLib.problems import InputProblem

from .bounded_search import bounded_best
from .options import MatchOptions
from .windowed_search import CELL, Near, squares_in_windows

RIDGE = 1e-8
"""Added to the Gram matrix of unit vectors: a direction that the span has by rounding only does not count.
Chosen: float32's rounding."""
# Chosen for time on a CPU: 64 by 1024 float32 are 256 kB, which a core's cache holds.
TILE_POINTS, TILE_FEATURES, GROUP_ROWS = 64, 1024, 8


def bases(point_embeddings: torch.Tensor, seen: torch.Tensor | None = None, ridge: float = RIDGE) -> torch.Tensor:
    """Rows W with ``|W e| = |P e|`` for the projection P onto the span of each point's embeddings.

    Worked out in double precision by a Cholesky factor of the T x T Gram matrix of the unit embeddings,
    ``G + ridge I = L L'``, ``W = L^-1 V``. A direction of the span along which the unit embeddings have the squared
    singular value s counts by s / (s + ridge), so that equal, parallel or vanishing embeddings do no harm. Differentiable.

    Args:
        point_embeddings: (..., T, N, D), of any length.
        seen: (..., T, N), which of them count; all where None. A point that is nowhere seen has the span {0} and scores 0.
        ridge: not negative; 0 is the bare span and fails where embeddings depend on one another.

    Returns:
        (..., N, T, D) of the embeddings' type, float32 where that is shorter.
    """
    vectors = point_embeddings.transpose(-2, -3).double()
    vectors = vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(1e-12)
    if seen is not None:
        vectors = vectors * seen.transpose(-1, -2)[..., None]
    gram = vectors @ vectors.transpose(-1, -2)
    # An embedding that does not count is a row of zeros; it needs something on the diagonal.
    diagonal = ridge + (gram.diagonal(dim1=-2, dim2=-1) == 0)
    factor = torch.linalg.cholesky(gram + torch.diag_embed(diagonal))
    rows = torch.linalg.solve_triangular(factor, vectors, upper=False)
    return rows.to(torch.promote_types(point_embeddings.dtype, torch.float32))


def similarity(rows: torch.Tensor, embeddings: torch.Tensor) -> torch.Tensor:
    """Score of every point at every pixel, 0 to 1; differentiable in both.

    Args:
        rows: (..., N, T, D) of ``bases``.
        embeddings: (..., D, h, w) map of an image, not normalised.

    Returns:
        (..., N, h, w).
    """
    points, templates = rows.shape[-3:-1]
    height, width = embeddings.shape[-2:]
    flat = embeddings.flatten(-2)
    flat = flat / flat.norm(dim=-2, keepdim=True).clamp_min(1e-12)
    products = rows.flatten(-3, -2) @ flat.to(rows.dtype)
    squares = products.unflatten(-2, (points, templates)).square().sum(dim=-2)
    # The root's slope is infinite at zero.
    return squares.clamp_min(1e-12).sqrt().unflatten(-1, (height, width))


@dataclass(frozen=True, eq=False)
class Peaks:
    """Where N points fit best in a map.

    Attributes:
        positions: (N, 2) column and row in features, to a fraction of one by a parabola through the squared scores.
        indices: (N,) row * width + column of the best feature.
        scores: (N,) there.
        margins: (N,) by how much the best score outside the neighbourhood stays below; NaN where not asked for.
    """

    positions: torch.Tensor
    indices: torch.Tensor
    scores: torch.Tensor
    margins: torch.Tensor


@torch.no_grad()
def best_match(
    rows: torch.Tensor,
    embeddings: torch.Tensor,
    usable: torch.Tensor | None = None,
    options: MatchOptions | None = None,
    near: Near | None = None,
) -> Peaks:
    """The best feature of a map for every point.

    Args:
        rows: (N, T, D) of ``bases``.
        embeddings: (D, h, w), not normalised.
        usable: (h, w) bool, features that may be chosen; all where None.
        options: choices.
        near: for the dense search: where to look for each point; a point with nothing usable there scores 0.

    Raises:
        InputProblem: no usable feature, or an unknown search.
    """
    options = options or MatchOptions()
    if usable is not None and not usable.any():
        raise InputProblem("the X-ray has no usable pixel at the scale of the bone; check its mask and its geometry")
    if options.search == "bounded":
        indices = bounded_best(rows, embeddings, usable, options)
        return _refined(rows, embeddings, usable, indices)
    if options.search != "dense":
        raise InputProblem(f"the search '{options.search}' is unknown; choose dense or bounded")
    height, width = embeddings.shape[-2:]
    flat = unit_columns(embeddings)
    rows = rows.to(flat)
    if usable is None:
        usable = torch.ones((height, width), dtype=torch.bool, device=flat.device)
    flat = flat * usable.flatten()  # unusable features score 0
    if near is not None:
        return _near_match(rows, flat.view(-1, height, width), usable, options, near)
    on_cpu = flat.device.type == "cpu"
    # On a CPU small tiles stay in its cache; on a GPU the memory bound alone sets the size.
    tile = min(TILE_FEATURES if on_cpu else flat.shape[1], flat.shape[1])
    per_point = 4 * (2 * flat.shape[1] + rows.shape[1] * tile)
    chunk = int(max(1, min(options.memory_mb * 2**20 / per_point, TILE_POINTS if on_cpu else len(rows))))
    tiles = [part.contiguous() for part in flat.split(tile, dim=1)]
    parts = []
    for start in range(0, len(rows), chunk):
        squares = _squares(rows[start : start + chunk], tiles).view(-1, height, width)
        parts.append(_peaks(squares, usable, options.neighbourhood))
    return Peaks(*(torch.cat(part) for part in zip(*parts, strict=True)))


def _near_match(
    rows: torch.Tensor, features: torch.Tensor, usable: torch.Tensor, options: MatchOptions, near: Near
) -> Peaks:
    """``best_match`` of unit features (D, h, w) where each point is expected."""
    width = features.shape[-1]
    side = CELL + 2 * near.radius + 2
    per_point = 4 * (rows.shape[1] + 4) * min(side**2, usable.numel())
    chunk = int(max(1, options.memory_mb * 2**20 / per_point))
    parts = []
    for start in range(0, len(rows), chunk):
        some = slice(start, start + chunk)
        found = squares_in_windows(rows[some], features, usable, Near(near.positions[some], near.radius))
        positions, indices, scores, margins = _peaks(found.squares, found.valid, options.neighbourhood)
        across = found.squares.shape[-1]
        row, column = found.corners[:, 0] + indices // across, found.corners[:, 1] + indices % across
        parts.append((positions + found.corners.flip(-1), row * width + column, scores, margins))
    return Peaks(*(torch.cat(part) for part in zip(*parts, strict=True)))


def _squares(rows: torch.Tensor, tiles: list[torch.Tensor]) -> torch.Tensor:
    """(n, P) squared scores of rows (n, T, D) at P features, given as tiles (D, p)."""
    count, templates, _ = rows.shape
    stacked = rows.transpose(0, 1).flatten(0, 1).contiguous()
    squares = rows.new_empty((count, sum(tile.shape[1] for tile in tiles)))
    # One buffer for all products: fresh memory for each would cost more than the multiplication.
    buffer = rows.new_empty(len(stacked) * max(tile.shape[1] for tile in tiles))
    start = 0
    for tile in tiles:
        products = buffer[: len(stacked) * tile.shape[1]].view(len(stacked), -1)
        products = torch.mm(stacked, tile, out=products).square_().unflatten(0, (templates, count))
        torch.sum(products, dim=0, out=squares[:, start : start + tile.shape[1]])
        start += tile.shape[1]
    return squares


def unit_columns(embeddings: torch.Tensor) -> torch.Tensor:
    """(D, h * w) float32 columns of unit length."""
    flat = embeddings.flatten(-2).float()
    return flat / flat.norm(dim=0, keepdim=True).clamp_min(1e-12)


def _peaks(squares: torch.Tensor, usable: torch.Tensor, neighbourhood: int) -> tuple[torch.Tensor, ...]:
    """Positions, indices, scores and margins of squared scores (n, h, w), which are changed.

    What is usable is said once, (h, w), or point by point, (n, h, w).
    """
    count, height, width = squares.shape
    number = torch.arange(count, device=squares.device)
    flat = squares.flatten(1)
    # The largest within groups of rows is found fast; its place then only in one group.
    group = min(GROUP_ROWS, height)
    groups = torch.stack([part.amax(dim=1) for part in flat.split(group * width, dim=1)], dim=1)
    best = groups.amax(dim=1)
    start = (groups.argmax(dim=1) * group).clamp_max(height - group) * width
    within = flat.gather(1, start[:, None] + torch.arange(group * width, device=flat.device)).argmax(dim=1)
    usable = usable.expand(count, height, width)
    indices = torch.where(best > 0, start + within, usable[:1].flatten().int().argmax())
    row, column = indices // width, indices % width
    rows = row[:, None] + torch.tensor([0, 0, -1, 1], device=flat.device)
    columns = column[:, None] + torch.tensor([-1, 1, 0, 0], device=flat.device)
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    rows, columns = rows.clamp(0, height - 1), columns.clamp(0, width - 1)
    around = torch.where(inside & usable[number[:, None], rows, columns], squares[number[:, None], rows, columns], -1.0)
    offsets = _vertex(best[:, None], around[:, 0::2], around[:, 1::2])
    positions = torch.stack([column, row], dim=1) + offsets
    steps = torch.arange(-neighbourhood, neighbourhood + 1, device=squares.device)
    rows, columns = (row[:, None] + steps).clamp(0, height - 1), (column[:, None] + steps).clamp(0, width - 1)
    squares[number[:, None, None], rows[:, :, None], columns[:, None, :]] = 0.0
    scores = best.clamp_min(0).sqrt()
    return positions, indices, scores, scores - flat.amax(dim=1).clamp_min(0).sqrt()


def _vertex(middle: torch.Tensor, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """Offset of a parabola's vertex from its middle sample, within half a step; 0 beside an unusable feature."""
    curvature = before + after - 2 * middle
    offset = torch.where(curvature < -1e-12, 0.5 * (before - after) / curvature.clamp_max(-1e-12), 0.0)
    return torch.where((before < 0) | (after < 0), 0.0, offset.clamp(-0.5, 0.5))


def _refined(rows: torch.Tensor, embeddings: torch.Tensor, usable: torch.Tensor | None, indices: torch.Tensor) -> Peaks:
    """Peaks at known best features: scores there and at the four neighbours, no margins."""
    height, width = embeddings.shape[-2:]
    flat = unit_columns(embeddings)
    row, column = indices // width, indices % width

    def squares_at(r: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
        index = r.clamp(0, height - 1) * width + c.clamp(0, width - 1)
        if usable is not None:
            inside &= usable.flatten()[index]
        found = torch.einsum("ntd,dn->nt", rows.to(flat), flat[:, index]).square().sum(dim=1)
        return torch.where(inside, found, -1.0)

    best = squares_at(row, column)
    across = _vertex(best, squares_at(row, column - 1), squares_at(row, column + 1))
    down = _vertex(best, squares_at(row - 1, column), squares_at(row + 1, column))
    scores = best.clamp_min(0).sqrt()
    return Peaks(torch.stack([column + across, row + down], dim=1), indices, scores, torch.full_like(scores, torch.nan))
