"""Subspace similarity: the cosine between a pixel's embedding and its projection onto the span of a point's embeddings.

Shrestha et al., "RayEmb", ACCV 2024, section 3. With orthonormal rows W of the span, the projection P e of an embedding e
has the length |W e|, and its cosine with e is ``e . P e / (|e| |P e|) = |P e|^2 / (|e| |P e|) = |W e| / |e|``: a small
product instead of a projection matrix a point and a projected vector a point and pixel.
"""

from __future__ import annotations

import torch

RIDGE = 1e-8
"""Added to the Gram matrix of unit vectors: a direction that the span has by rounding only does not count."""


def bases(point_embeddings: torch.Tensor, seen: torch.Tensor | None = None, ridge: float = RIDGE) -> torch.Tensor:
    """Rows W with ``|W e| = |P e|`` for the projection P onto the span of each point's embeddings.

    Worked out in double precision by a Cholesky factor of the T x T Gram matrix of the unit embeddings,
    ``G + ridge I = L L'``, ``W = L^-1 V``. A direction of the span along which the unit embeddings have the squared singular value s counts by
    s / (s + ridge), so that equal, parallel or vanishing embeddings do no harm. Differentiable.

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
