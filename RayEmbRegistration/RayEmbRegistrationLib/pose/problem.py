"""What a registration is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .error_distribution import ErrorDistribution

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

METHODS = ("rayemb", "search", "both", "fixed-landmarks", "intensity")


@dataclass(frozen=True, eq=False)
class XrayView:
    """One X-ray as it was read, with its camera.

    Attributes:
        pixels: (H, W) float32 as stored.
        camera: the camera of this image.
        invalid: optional (H, W) bool, True where the file says a pixel is not to be used.
        bone_is_bright: polarity, None where it is to be found out.
        intensity: "raw" (proportional to detector counts), "log", "display" or "unknown".
        camera_from_rig: pose of this camera in the calibrated rig's own frame; two views that have one keep their
            relative geometry.
        name: what to call it in messages.
        start: optional pose camera_from_ras to start from.
        points_ras, points_px: optional landmark pairs, (N, 3) RAS mm and (N, 2) px.
    """

    pixels: np.ndarray
    camera: Camera
    invalid: np.ndarray | None = None
    bone_is_bright: bool | None = None
    intensity: str = "unknown"
    camera_from_rig: RigidTransform | None = None
    name: str = "the X-ray"
    start: RigidTransform | None = None
    points_ras: np.ndarray | None = None
    points_px: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.pixels.shape != (self.camera.height, self.camera.width):
            raise InputProblem(
                f"{self.name} has {self.pixels.shape[1]} x {self.pixels.shape[0]} pixels but its camera is for "
                f"{self.camera.width} x {self.camera.height}; give the camera of this very image"
            )
        if (self.points_ras is None) != (self.points_px is None):
            raise InputProblem(f"landmarks of {self.name} need their points in the CT and in the X-ray, as many of each")


@dataclass(frozen=True)
class RegistrationSettings:
    """Choices of a registration; the defaults suit a first try.

    Attributes:
        view: name of the prior on the view, a key of ``pose.views.VIEW_PRIORS``: "ap", "pa", "lateral" or "any"; None: the
            one that the CT was prepared for.
        start_rotation_deg, start_translation_mm: how far a given start pose may be off.
        depth_mm: (least, most) distance of the bone's centre from the source; from the geometry where None.
        held: degrees of freedom that keep the start pose's value, among "rx", "ry", "rz", "x", "y", "depth" (camera axes).
        bones: label numbers that move apart, each getting a pose of its own; () for one rigid whole.
        mirrored: whether the image is seen from behind; None: tried both ways where the first is not convincing.
        refine_only: start from the given pose and do not look elsewhere.
        seed: of every random choice.
        method: how a pose is found without a start pose, one of ``METHODS``: "rayemb" (landmarks by the templates the CT was
            prepared with), "search" (no network), "both" (rayemb, then the search where that does not convince),
            "fixed-landmarks" (a network for this patient's own points), "intensity" (the baseline of DiffDRR, from a default
            or the given pose). None: "both" where the CT was prepared with templates, else "search".
        redetect: after a first pose, detect again by templates rendered around it.
        acceptable_mm: mean error of the bone's points that a result is trusted to stay below.
    """

    view: str | None = None
    start_rotation_deg: float = 10.0
    start_translation_mm: float = 10.0
    depth_mm: tuple[float, float] | None = None
    held: tuple[str, ...] = ()
    bones: tuple[int, ...] = ()
    mirrored: bool | None = None
    refine_only: bool = False
    seed: int = 0
    method: str | None = None
    redetect: bool = False
    acceptable_mm: float = 5.0


@dataclass(frozen=True, eq=False)
class Quality:
    """What a result is worth, found without knowing the truth.

    Attributes:
        similarity: weighted local normalised cross-correlation at the finest level, -1 to 1.
        trusted: whether to use the pose.
        reason: why, in one sentence.
        runner_up: how well the best pose found elsewhere fits, relative to this one (1: as well); None where there is none.
        rotation_std_deg: (3,) standard deviations about the camera's axes.
        translation_std_mm: (3,) standard deviations of the bone's centre along the camera's axes (x, y, depth).
        expected_in_plane_mm, expected_depth_mm: median error to expect of the bone's centroid, across the first view and
            along its axis; None where it was not worked out.
        expected_rotation_deg: likewise of the rotation.
        expected_mtre_mm: likewise of the mean over the bone's points.
        probability_below_2mm: that this mean is under 2 mm, calibrated on simulated cases of other anatomies.
        error: the distribution of this mean.
        evidence: ``quality.evidence.Evidence``, what this was found from.
    """

    similarity: float
    trusted: bool
    reason: str
    runner_up: float | None
    rotation_std_deg: np.ndarray
    translation_std_mm: np.ndarray
    expected_in_plane_mm: float | None = None
    expected_depth_mm: float | None = None
    expected_rotation_deg: float | None = None
    expected_mtre_mm: float | None = None
    probability_below_2mm: float | None = None
    error: ErrorDistribution | None = None
    evidence: object | None = None

    def probability_below(self, limit_mm: float) -> float | None:
        """Probability that the mean error of the bone's points is under a limit."""
        return None if self.error is None else self.error.below(limit_mm)


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
    """

    camera_from_ras: RigidTransform
    radiograph: Radiograph
    similarity: float
    bones: Mapping[int, RigidTransform] = field(default_factory=dict)
    mirrored: bool = False
    landmarks: Landmarks | None = None


@dataclass(frozen=True, eq=False)
class RegistrationResult:
    """The answer: a pose a view, and what it is worth.

    Attributes:
        views: one result a view, in the order given.
        quality: of the whole.
        trace: similarity after each iteration, as (stage name, similarity) pairs.
        timing_s: seconds by stage, and "total".
        settings: what was asked.
        notes: what a user should know, one sentence each.
    """

    views: tuple[ViewResult, ...]
    quality: Quality
    trace: tuple[tuple[str, float], ...]
    timing_s: Mapping[str, float]
    settings: RegistrationSettings
    notes: tuple[str, ...] = ()

    @property
    def camera_from_ras(self) -> RigidTransform:
        """The first view's pose."""
        return self.views[0].camera_from_ras


class Cancelled(Exception):  # noqa: N818 - it is no error
    """The user asked to stop; nothing was changed."""


def watch(
    progress: Callable[[float, str], None] | None, cancelled: Callable[[], bool] | None
) -> Callable[[float, str], None]:
    """One callable for steps of an algorithm: reports, and raises ``Cancelled`` when the user asked to stop."""

    def report(share: float, stage: str) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled
        if progress is not None:
            progress(share, stage)

    return report
