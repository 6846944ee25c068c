"""Poses by landmarks that are detected in the X-rays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.schedule import FROM_LANDMARKS, Solution
from RayEmbRegistrationLib.pose.group import Group
from RayEmbRegistrationLib.pose.landmarks.landmark_pose import (
    LandmarkPose,
    LandmarkPoseSettings,
    ViewDetections,
    at_other_depths,
    poses_from_landmarks,
)
from RayEmbRegistrationLib.pose.landmarks.least_squares import Bounds
from RayEmbRegistrationLib.xray.conditioning import levelled
from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .finders import LandmarkFinder, finder_around
from .proposal import Means, Proposal

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

SAME_DEPTH = 0.03  # poses whose depths differ by less are not both tried; chosen: refinement moves farther by itself
POLARITIES = 2  # combinations of the views' polarities refined; chosen for time: the two best supported


class ByLandmarks:
    """Detects landmarks, and proposes poses that suit them.

    Args:
        finder: of the landmarks.
    """

    def __init__(self, finder: LandmarkFinder) -> None:
        self.finder = finder

    def first(self, group: Group, _best: Solution | None, means: Means) -> Iterator[Proposal]:
        """From the X-rays as they are."""
        yield from self._propose(group, [self.finder] * len(group.views), means)

    def evened(self, group: Group, _best: Solution | None, means: Means) -> Iterator[Proposal]:
        """From X-rays whose grey values are spread: what open beam or metal hides shows there."""
        yield from self._propose(group, [self.finder] * len(group.views), means, seen_as=levelled)

    def around_best(self, group: Group, best: Solution | None, means: Means) -> Iterator[Proposal]:
        """Detected again, by templates rendered around the best pose so far."""
        if best is None or self.finder.rotations is None:
            return
        pose = best.pose.rigid[0]
        placed = [RigidTransform.from_matrix(view.camera_from_first) @ pose for view in group.views]
        finders = [finder_around(group.prepared, each) for each in placed]
        yield from self._propose(group, finders, means, best=best, poses=placed)

    def _propose(
        self,
        group: Group,
        finders: Sequence[LandmarkFinder],
        means: Means,
        *,
        best: Solution | None = None,
        poses: Sequence[RigidTransform] | None = None,
        seen_as: Callable[[Radiograph], Radiograph] | None = None,
    ) -> Iterator[Proposal]:
        """A proposal for each of the likeliest polarities; one without poses where the landmarks determine none.

        Args:
            group: the X-rays.
            finders: of the landmarks, by view.
            means: as any strategy's.
            best: gives the polarities, where there is one.
            poses: where the bone is thought to be, by view, for its depth.
            seen_as: what to do to the radiographs before landmarks are looked for.
        """
        views = []
        with means.timed("detect"):
            for number, (view, finder) in enumerate(zip(group.views, finders, strict=True)):
                means.report(0.02 + 0.1 * number / len(group.views), "detecting landmarks")
                radiographs = view.under_each_polarity()
                if best is not None:
                    flag = best.polarities[number]
                    radiographs = {flag: view.taken_as(flag).radiograph}
                if seen_as is not None:
                    radiographs = {flag: seen_as(radiograph) for flag, radiograph in radiographs.items()}
                depth_mm = group.depth_range(number)
                guess = float(np.sqrt(depth_mm[0] * depth_mm[1]))
                if poses is not None:
                    guess = float(poses[number].apply(group.prepared.center_ras)[2])
                found = tuple(finder.find(radiographs, guess))
                views.append(ViewDetections(view.camera, view.camera_from_first, found, depth_mm, finder.rotations))
        detected = tuple(tuple(view.detections) for view in views)
        yield from _proposals(group, views, detected, means)


def _proposals(
    group: Group, views: Sequence[ViewDetections], detected: tuple[tuple[Landmarks, ...], ...], means: Means
) -> Iterator[Proposal]:
    settings = LandmarkPoseSettings(seed=group.settings.seed)
    with means.timed("landmark poses"):
        hypotheses = poses_from_landmarks(views, group.prepared.center_ras, settings)
    depth_mm = views[0].depth_mm
    polarities = list(dict.fromkeys(hypothesis.bone_is_bright for hypothesis in hypotheses))[:POLARITIES]
    for flags in polarities:
        own = [hypothesis for hypothesis in hypotheses if hypothesis.bone_is_bright == flags]
        yield Proposal(starts_at_depths(group, own, views, settings), flags, depth_mm, FROM_LANDMARKS, detected)
    if not polarities:
        yield Proposal(Poses.none(), group.polarities(False), depth_mm, FROM_LANDMARKS, detected)


def starts_at_depths(
    group: Group, hypotheses: Sequence[LandmarkPose], views: Sequence[ViewDetections], settings: LandmarkPoseSettings
) -> Poses:
    """The hypotheses, of a single view at several depths."""
    center = group.prepared.center_ras
    bounds = Bounds(center, views[0].depth_mm)
    middle = float(np.sqrt(np.prod(views[0].depth_mm)))
    poses = []
    for each in hypotheses:
        own = float((each.pose @ np.append(center, 1))[2])
        usual = [middle * share / own for share in settings.usual_depths] if len(views) == 1 else []
        shares = [1.0, *(share for share in usual if abs(share - 1) > SAME_DEPTH)]
        poses += at_other_depths(each.pose, bounds, shares)
    return Poses.of(np.stack(poses))
