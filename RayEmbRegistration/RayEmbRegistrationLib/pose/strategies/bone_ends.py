"""Poses that bring a slim bone's ends to where the user clicked them: either way round, turned about its axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.schedule import FROM_START, Solution
from RayEmbRegistrationLib.pose.group import Group
from RayEmbRegistrationLib.pose.landmarks.bone_ends import ends_of, poses_by_ends
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, central_rotation

from .proposal import Means, Proposal

# As from a start, and more of them: they differ by half a turn and are told apart late.
FROM_ENDS = replace(FROM_START, keep=(24, 8, 3, 1))


def from_ends(group: Group, _best: Solution | None, _means: Means) -> Iterator[Proposal]:
    """Under every polarity that is possible."""
    clicked = next(number for number, ends in enumerate(group.ends_px) if ends is not None)
    poses = poses_by_ends(
        [view.camera for view in group.views],
        [view.camera_from_first for view in group.views],
        group.ends_px,
        ends_of(group.prepared.bone_points_ras),
        central_rotation(VIEW_PRIORS[group.view_priors[0]]),
        group.depth_range(clicked),
    )
    for open_ones_are in group.polarities_to_try():
        yield Proposal(Poses(torch.as_tensor(poses)), group.polarities(open_ones_are), None, FROM_ENDS)
