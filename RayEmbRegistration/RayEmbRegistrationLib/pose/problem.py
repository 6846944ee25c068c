"""What is registered: X-rays and their places, a prepared CT, and what may move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .prepared.prepared_ct import PreparedCT
from .prior import PosePrior
from .view import View


@dataclass(frozen=True, eq=False)
class Limits:
    """What may move.

    Attributes:
        center_ras: (3,) mm, the bone's centre; rotations turn about it.
        points_ras: (N, 3) mm, points of the bone, some of which must stay in every X-ray; None for no such limit.
        depth_mm: (least, most) distance of that centre from the first source along the optical axis.
        held: names of degrees of freedom that keep their value.
        prior: what a user's start, or typed range of depth, says of the pose; None where nothing is known.
    """

    center_ras: np.ndarray
    points_ras: np.ndarray | None = None
    depth_mm: tuple[float, float] | None = None
    held: tuple[str, ...] = ()
    prior: PosePrior | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    """What is refined and judged.

    Attributes:
        views: the X-rays, the first one's camera being the frame of all poses.
        prepared: the CT.
        limits: what may move.
    """

    views: tuple[View, ...]
    prepared: PreparedCT
    limits: Limits
