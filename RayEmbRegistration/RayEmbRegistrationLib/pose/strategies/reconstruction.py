"""Poses by the bone reconstructed from the X-rays: both surfaces of all views brought together with the CT at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from RayEmbRegistrationLib.detector.reconstruction import Reconstruction, reconstruct
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.schedule import FROM_LANDMARKS, Solution
from RayEmbRegistrationLib.pose.group import Group
from RayEmbRegistrationLib.pose.landmarks.landmark_pose import LandmarkPose, LandmarkPoseSettings, ViewDetections
from RayEmbRegistrationLib.pose.landmarks.surface_pose import SurfacePairs, poses_from_surfaces
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.conditioning import levelled
from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .landmarks import starts_at_depths
from .proposal import Means, Proposal

POLARITIES = 2  # combinations of the views' polarities refined; chosen for time: the two that the network is surest of
MOST_RAYS = 700  # of a view; chosen for time, evenly spread over its bone


class BySurfaces:
    """Reconstructs the bone, and proposes poses that bring the CT to it.

    Args:
        prepared: the CT, with its network.

    Raises:
        InputProblem: the CT was prepared without.
    """

    def __init__(self, prepared: PreparedCT) -> None:
        if prepared.surfaces is None:
            raise InputProblem(
                "the CT was prepared without a reconstruction; train its network with 'train --reconstruction' and prepare "
                "the CT with its weights"
            )
        self._network = prepared.surfaces

    def first(self, group: Group, _best: Solution | None, means: Means) -> Iterator[Proposal]:
        """From the X-rays as they are."""
        yield from self._propose(group, means, lambda radiograph: radiograph)

    def evened(self, group: Group, _best: Solution | None, means: Means) -> Iterator[Proposal]:
        """From X-rays whose grey values are spread: what open beam or metal hides shows there."""
        yield from self._propose(group, means, levelled)

    def _propose(self, group: Group, means: Means, seen_as: Callable[[Radiograph], Radiograph]) -> Iterator[Proposal]:
        """A proposal for each of the likeliest polarities; none where no bone is seen."""
        with means.timed("reconstruct"):
            seen = [self._of_view(group, number, means, seen_as) for number in range(len(group.views))]
        chances = [(sum(own[flag][0] for own, flag in zip(seen, flags, strict=True)), flags) for flags in product(*seen)]
        for doubt, flags in sorted(chances)[:POLARITIES]:
            if not np.isfinite(doubt):
                continue
            with means.timed("surface poses"):
                poses = self._poses(group, [own[flag][1] for own, flag in zip(seen, flags, strict=True)])
            yield Proposal(poses, flags, group.depth_range(0), FROM_LANDMARKS)

    def _of_view(
        self, group: Group, number: int, means: Means, seen_as: Callable[[Radiograph], Radiograph]
    ) -> dict[bool, tuple[float, SurfacePairs]]:
        """By polarity, doubt and pairs in the first camera's frame."""
        means.report(0.02 + 0.1 * number / len(group.views), "reconstructing the bone")
        view = group.views[number]
        guess = float(np.sqrt(np.prod(group.depth_range(number))))
        first_from_camera = np.linalg.inv(view.camera_from_first)
        found = {}
        for flag, radiograph in view.under_each_polarity().items():
            seen = reconstruct(self._network, seen_as(radiograph), guess)
            found[flag] = seen.doubt_mm(), pairs_of(seen, guess).from_camera(first_from_camera)
        return found

    def _poses(self, group: Group, pairs: list[SurfacePairs]) -> Poses:
        """What suits all views, and, of a rig, each by itself; of a single view at several depths."""
        center = group.prepared.center_ras
        found = poses_from_surfaces(SurfacePairs.joined(pairs), center)
        if len(pairs) > 1:
            found += [poses_from_surfaces(own, center)[0] for own in pairs]
        views = [
            ViewDetections(view.camera, view.camera_from_first, (), group.depth_range(number))
            for number, view in enumerate(group.views)
        ]
        hypotheses = [LandmarkPose(pose, 0.0, ()) for pose in found]
        return starts_at_depths(group, hypotheses, views, LandmarkPoseSettings())


def pairs_of(seen: Reconstruction, depth_mm: float) -> SurfacePairs:
    """Points and rays of a reconstruction in its camera's frame, at a guessed mean depth.

    Raises:
        InputProblem: the network knows no CT.
    """
    if seen.points_ras is None:
        raise InputProblem("a network for any anatomy knows no CT; train one with 'train --reconstruction'")
    places = np.argwhere(seen.is_bone)
    rows, columns = places[:: max(1, -(-len(places) // MOST_RAYS))].T
    rays = np.concatenate([seen.rays[rows, columns], np.ones((len(rows), 1))], axis=1)
    directions = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return SurfacePairs(
        seen.points_ras[:, rows, columns].reshape(-1, 3),
        np.concatenate([rays * depth_mm * own[rows, columns, None] for own in seen.depths]),
        np.tile(directions, (2, 1)),
        np.zeros((2 * len(rows), 3)),
        seen.scales_mm[:, rows, columns].reshape(-1),
        np.tile(seen.bone[rows, columns], 2),
    )
