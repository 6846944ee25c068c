"""For a rig: each view is registered by itself, and all start from around what that finds.

A bone larger than the field fits one view in few ways and two views at a coarse scale in many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.schedule import FROM_START, Solution, around
from RayEmbRegistrationLib.pose.group import Group

from .proposal import Means, Proposal, Strategy

# Degrees and mm around the pose of a view registered by itself, and how many poses; chosen: what a single view leaves open,
# depth tried apart.
SIZE, COUNT = (2.0, 4.0), 12


def from_single_views(register_alone: Callable[[Group], tuple[Solution | None, bool]]) -> Strategy:
    """The strategy.

    Args:
        register_alone: gets a view as a group of its own; its solution, None where there is none, and whether it convinces.
    """

    def propose(group: Group, _best: Solution | None, means: Means) -> Iterator[Proposal]:
        starts, polarities = [], []
        for number, view in enumerate(group.views):
            alone, convinces = register_alone(group.alone(number))
            polarities.append(view.bone_is_bright if alone is None else alone.polarities[0])
            if alone is not None and convinces:
                first_from_ras = np.linalg.inv(view.camera_from_first) @ alone.pose.numpy[0]
                starts.append(around(first_from_ras, group.prepared.center_ras, SIZE, COUNT, means.rng))
        if starts:
            yield Proposal(Poses.joined(starts), tuple(polarities), group.depth_range(0), FROM_START)

    return propose
