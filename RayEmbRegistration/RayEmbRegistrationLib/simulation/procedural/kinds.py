"""The kinds of procedural anatomy: who draws them, how large they are, how far they are warped, how often they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .anatomy import knee, pelvis, wrist
from .build import Arrangement
from .hands import foot, hand
from .held_out import femur, spine
from .random import long_bones, random_bones
from .trunk import rib_cage, shoulder, skull
from .warp import WarpSettings


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


# Extents in mm and weights are chosen: what a field shows of each, the pelvis and the random most often.
TRAINING = _by_name(
    Kind("pelvis", pelvis, (170, 350), 1.6),
    Kind("knee", knee, (90, 280), 0.8),
    Kind("wrist", wrist, (60, 200), 0.8),
    Kind("hand", hand, (70, 220), 0.6),
    Kind("foot", foot, (90, 280), 0.6),
    Kind("shoulder", shoulder, (120, 330), 0.7),
    Kind("skull", skull, (120, 260), 0.7),
    Kind("ribs", rib_cage, (120, 350), 0.7),
    Kind("long bones", long_bones, (60, 350), 1.2),
    Kind("random", random_bones, (50, 350), 1.8, WarpSettings(0.18, 0.15, 0.03, 0.006)),
)
# Chosen: two kinds that nothing was trained on, hardly deformed.
HELD_OUT = _by_name(
    Kind("femur", femur, (150, 350), warp=WarpSettings(0.05, 0.04, 0.01, 0.003)),
    Kind("spine", spine, (90, 260), warp=WarpSettings(0.06, 0.05, 0.012, 0.003)),
)
