"""How the best match is looked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MatchOptions:
    """How ``best_match`` works.

    Attributes:
        memory_mb: bound on what it allocates beside its inputs and outputs.
        neighbourhood: Chebyshev radius in features about a peak, within which a score does not lessen the margin.
        search: "dense" scores every point at every feature. "bounded" leaves out blocks of features that cannot hold a
            point's best score, by the triangle inequality of angles: the same peaks, faster on smooth maps of many features;
            no margins.
        block: side of those blocks, features.
    """

    memory_mb: float = 64.0
    neighbourhood: int = 4
    search: str = "dense"
    block: int = 4
