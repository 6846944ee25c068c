"""A plain transcription of the published ``inference()`` equations, as a yardstick.

Shrestha et al., "RayEmb", ACCV 2024, and the code that came with it (github.com/Pragyanstha/rayemb, MIT). Written from the
equations: P = A A^+ for every point's embeddings A (D x T), the projection P e of every pixel's embedding for every point,
the cosine of e and P e, in chunks of points (400 as published).
"""

import torch


def published_similarity(vectors: torch.Tensor, embeddings: torch.Tensor) -> torch.Tensor:
    """(N, h * w) cosines for a chunk of points, vectors (N, T, D), and a map (D, h, w)."""
    spans = vectors.transpose(1, 2)
    projections = spans @ torch.linalg.pinv(spans)  # (N, D, D)
    query = embeddings.flatten(1)[None].repeat(len(vectors), 1, 1)  # (N, D, h w)
    projected = projections @ query
    return torch.nn.functional.cosine_similarity(query.transpose(1, 2), projected.transpose(1, 2), dim=-1)


def published_best(vectors: torch.Tensor, embeddings: torch.Tensor, chunk: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(N,) index of the best feature and its cosine, chunk by chunk; vectors (N, T, D)."""
    similarities = torch.cat([published_similarity(some, embeddings) for some in vectors.split(chunk)])
    best, indices = similarities.max(dim=1)
    return indices, best
