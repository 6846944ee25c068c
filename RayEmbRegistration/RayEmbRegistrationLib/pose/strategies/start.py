"""Poses around one that a user gave, by itself or by landmark pairs; and around the best one found so far."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.schedule import FROM_LANDMARKS, FROM_START, REFINE_ONLY, Solution, around
from RayEmbRegistrationLib.pose.group import Group, Start
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, central_rotation

from .proposal import Means, Proposal

# Poses around a start that is good to 10 degrees or mm, and for a worse one; bench ablation measures 8.
COUNT, MOST_COUNT = 32, 96
WIDER = 3  # times as many where these did not convince; bench ablation measures 1, with 8 poses
START_DEPTH_SLACK_MM = 20.0  # beyond the start's own uncertainty: one view hardly shows depth; chosen
# Of further starts around the best pose so far: degrees and mm, how many; chosen: neighbouring local maxima lie so far.
NEARBY_SIZE, NEARBY_COUNT = (8.0, 8.0), 10


class AroundStart:
    """Poses around a start, under every polarity that is possible; wider, under the better one.

    Args:
        start: the pose and how far it may be off.
    """

    def __init__(self, start: Start) -> None:
        self.start = start
        # The volume to cover grows with the sixth power of the uncertainty, of which refinement from coarse images closes
        # much.
        size = max(start.rotation_deg, start.translation_mm)
        self._count = int(np.clip(COUNT * (size / 10) ** 2, COUNT, MOST_COUNT))

    def near(self, group: Group, _best: Solution | None, means: Means) -> Iterator[Proposal]:
        """As far as the start may be off."""
        for open_ones_are in group.polarities_to_try():
            yield self._around(group, group.polarities(open_ones_are), self._count, means)

    def wider(self, group: Group, best: Solution | None, means: Means) -> Iterator[Proposal]:
        """More of them, under the polarity that was found."""
        if best is not None:
            yield self._around(group, best.polarities, WIDER * self._count, means)

    def only(self, group: Group, _best: Solution | None, _means: Means) -> Iterator[Proposal]:
        """The start itself."""
        for open_ones_are in group.polarities_to_try():
            poses = Poses.of(self.start.pose)
            yield Proposal(poses, group.polarities(open_ones_are), self.depth_mm(group), REFINE_ONLY)

    def depth_mm(self, group: Group) -> tuple[float, float]:
        """Where the bone's centre may be, around the start's depth."""
        depth = float((self.start.pose @ np.append(group.prepared.center_ras, 1))[2])
        slack = self.start.translation_mm + (START_DEPTH_SLACK_MM if len(group.views) == 1 else 1e4)
        return group.settings.depth_mm or (max(1.0, depth - slack), depth + slack)

    def _around(self, group: Group, polarities: tuple[bool, ...], count: int, means: Means) -> Proposal:
        size = (self.start.rotation_deg, self.start.translation_mm)
        poses = around(self.start.pose, group.prepared.center_ras, size, count, means.rng)
        return Proposal(poses, polarities, self.depth_mm(group), FROM_START)


def nearby(group: Group, best: Solution | None, means: Means) -> Iterator[Proposal]:
    """Poses around the best one so far."""
    if best is not None:
        poses = around(best.pose.numpy[0], group.prepared.center_ras, NEARBY_SIZE, NEARBY_COUNT, means.rng)
        yield Proposal(poses, best.polarities, best.problem.limits.depth_mm, FROM_LANDMARKS)


def finer(_group: Group, best: Solution | None, _means: Means) -> Iterator[Proposal]:
    """The best pose, where its finer levels were saved."""
    if best is not None and best.is_rough:
        yield Proposal(best.pose, best.polarities, best.problem.limits.depth_mm, REFINE_ONLY)


def default_pose(group: Group) -> np.ndarray:
    """(4, 4) first camera from RAS: the prior's middle view, the bone in the middle of the image and of the depth.

    Of a rig at the depth at which it is nearest to the middle of the other images.
    """
    rotation = central_rotation(VIEW_PRIORS[group.view_priors[0]])
    camera = group.views[0].camera
    middle = np.array([(camera.width - 1) / 2, (camera.height - 1) / 2])
    low, high = group.depth_range(0)
    depths = np.linspace(low, high, 101) if len(group.views) > 1 else np.array([(low + high) / 2])
    places = np.stack([camera.back_project(middle, depth) for depth in depths])
    away = np.zeros(len(places))
    for view in group.views[1:]:
        pixels = view.camera.project(places @ view.camera_from_first[:3, :3].T + view.camera_from_first[:3, 3])
        off = np.linalg.norm(pixels / view.camera.image_size - 0.5, axis=1)
        away += np.nan_to_num(off, nan=np.inf)
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = places[int(np.argmin(away))] - rotation @ group.prepared.center_ras
    return pose


def from_default(group: Group, _best: Solution | None, _means: Means) -> Iterator[Proposal]:
    """The default pose, so that there is always an answer to look at and to drag from."""
    for open_ones_are in group.polarities_to_try():
        poses = Poses.of(default_pose(group))
        yield Proposal(poses, group.polarities(open_ones_are), group.depth_range(0), REFINE_ONLY)
