"""What a registration answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from RayEmbRegistrationLib.detector.landmarks import Landmarks
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.pose.joint.judging import BoneVerdict
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.quality.quality import Quality, Verdict
from RayEmbRegistrationLib.xray.radiograph import Radiograph


@dataclass(frozen=True, eq=False)
class ViewResult:
    """One view's part of a result.

    Attributes:
        camera_from_ras: the pose found.
        radiograph: the conditioned X-ray, with the camera to use (mirrored where the image was found to be).
        similarity: of this view at the finest level.
        bones: label number to the pose of that bone, for bones that move apart.
        mirrored: whether the image had to be mirrored.
        landmarks: detected in this view, pixels as given, those that agree with the pose marked as inliers; None where none
            were looked for.
        bone_verdicts: label number to what that bone's own pose is worth.
    """

    camera_from_ras: RigidTransform
    radiograph: Radiograph
    similarity: float
    bones: Mapping[int, RigidTransform] = field(default_factory=dict)
    mirrored: bool = False
    landmarks: Landmarks | None = None
    bone_verdicts: Mapping[int, BoneVerdict] = field(default_factory=dict)

    @property
    def camera(self) -> Camera:
        """Of the stored image, under the pose found: mirrored where the image was found to be."""
        return self.radiograph.camera


@dataclass(frozen=True, eq=False)
class RegistrationResult:
    """The answer: a pose a view, and what it is worth.

    Attributes:
        views: one result a view, in the order given.
        quality: of the whole; of views that each have a pose of their own as ``worst_of`` says.
        trace: similarity after each iteration, as (stage name, similarity) pairs.
        timing_s: seconds by stage, and "total".
        settings: what was asked.
        notes: what a user should know, one sentence each.
        method: the strategy that found the pose; empty where nobody said.
        tried: all strategies, in the order they were tried.
    """

    views: tuple[ViewResult, ...]
    quality: Quality
    trace: tuple[tuple[str, float], ...]
    timing_s: Mapping[str, float]
    settings: RegistrationSettings
    notes: tuple[str, ...] = ()
    method: str = ""
    tried: tuple[str, ...] = ()

    @property
    def camera_from_ras(self) -> RigidTransform:
        """The first view's pose."""
        return self.views[0].camera_from_ras


def worst_of(qualities: Sequence[Quality]) -> Quality:
    """What X-rays that each have a pose of their own are worth together: for either purpose the worst verdict of them.

    Everything else is of the one that is worst for the purpose asked.
    """
    worst = min(qualities, key=lambda quality: _worth(quality.verdict))
    overlay = min((quality.overlay for quality in qualities), key=_worth)
    position = min((quality.position for quality in qualities), key=_worth)
    return replace(worst, overlay=overlay, position=position)


def _worth(verdict: Verdict) -> tuple[bool, float]:
    return verdict.trusted, verdict.probability
