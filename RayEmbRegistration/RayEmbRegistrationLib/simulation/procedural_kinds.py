"""The kinds of procedural anatomy: who draws them, how large they are, how far they are warped, how often they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .procedural_anatomy import knee, pelvis, wrist
from .procedural_build import Arrangement
from .procedural_random import long_bones, random_bones
from .procedural_warp import WarpSettings


@dataclass(frozen=True)
class Kind:
    """One kind.

    Attributes:
        name: of the kind.
        draw: ``draw(rng, cells)`` builds an arrangement on about ``cells`` voxels along its longest side.
        extent_mm: smallest and largest size of the result.
        weight: how often it is drawn, relative to the others.
        warp: how far it is deformed.
    """

    name: str
    draw: Callable[[np.random.Generator, int], Arrangement]
    extent_mm: tuple[float, float]
    weight: float = 1.0
    warp: WarpSettings = field(default_factory=WarpSettings)


def _by_name(*kinds: Kind) -> dict[str, Kind]:
    return {kind.name: kind for kind in kinds}


TRAINING = _by_name(
    Kind("pelvis", pelvis, (180, 350), 1.6),
    Kind("knee", knee, (90, 280), 1.0),
    Kind("wrist", wrist, (60, 200), 1.0),
    Kind("long bones", long_bones, (60, 350), 1.2),
    Kind("random", random_bones, (50, 350), 1.6, WarpSettings(0.18, 0.15, 0.03, 0.006)),
)
HELD_OUT: dict[str, Kind] = {}
