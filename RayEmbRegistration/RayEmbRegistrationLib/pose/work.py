"""What attempts at a registration share: the work, its views, the scene that is refined, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.alignment.schedule import Climbed, Scene, Schedule, climb
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.conditioning import Field, condition
from RayEmbRegistrationLib.xray.view import XrayView

from .alignment.levels import PlacedView
from .alignment.refinement import Limits
from .depth_range import depth_from_geometry, depth_seen_by_all
from .settings import RegistrationSettings

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks


class NoPoseError(InputProblem):
    """A method found no pose at all."""


@dataclass(eq=False)
class Work:
    """A registration under way.

    Attributes:
        prepared, settings: what was given.
        report: progress; raises when the user cancels.
        rng: of every random choice.
        timing: seconds by stage so far.
        seen: gets the best pose (4, 4), first camera from RAS, as it improves.
    """

    prepared: PreparedCT
    settings: RegistrationSettings
    report: Callable[[float, str], None]
    rng: np.random.Generator
    timing: dict[str, float] = field(default_factory=dict)
    seen: Callable[[torch.Tensor], None] = lambda _: None

    def timed(self, stage: str, since: float) -> None:
        """Add the seconds since a moment to a stage."""
        self.timing[stage] = self.timing.get(stage, 0.0) + time.perf_counter() - since


@dataclass(frozen=True, eq=False)
class Member:
    """One view of a group that shares a rig.

    Attributes:
        view: as given.
        field: its scaled image and mask.
        camera: its camera, mirrored where the attempt wants that.
        camera_from_first: (4, 4), relative to the group's first view.
    """

    view: XrayView
    field: Field
    camera: Camera
    camera_from_first: np.ndarray


@dataclass(frozen=True, eq=False)
class Attempt:
    """What one attempt came to.

    Attributes:
        scene: what was registered.
        climbed: the pose.
        bone_is_bright: polarity of the first X-ray.
        detected: by view, alternative detections of landmarks; empty where none were looked for.
        by_landmarks: whether the pose came from them; where the search found it, they say nothing for or against it.
    """

    scene: Scene
    climbed: Climbed
    bone_is_bright: bool = False
    detected: tuple[tuple[Landmarks, ...], ...] = ()
    by_landmarks: bool = True

    @property
    def similarity(self) -> float:
        """Of the pose, at the finest level."""
        return float(self.climbed.best.agreement.similarity[0])

    @property
    def evidence(self) -> float:
        """How much of the X-ray the pose explains: what attempts are compared by."""
        return float(self.climbed.best.agreement.evidence[0])


def polarities(members: Sequence[Member], unknown_is: bool) -> list[bool]:
    """``bone_is_bright`` of each view, where it is unknown as told."""
    return [unknown_is if m.view.bone_is_bright is None else m.view.bone_is_bright for m in members]


def scene_of(work: Work, members: Sequence[Member], bright: Sequence[bool], depth_mm: tuple[float, float] | None) -> Scene:
    """What is refined, with the X-rays conditioned for a polarity of each."""
    views = tuple(
        PlacedView(condition(m.field, m.camera, flag, m.view.intensity), m.camera_from_first, flag)
        for m, flag in zip(members, bright, strict=True)
    )
    return Scene(
        views,
        work.prepared,
        Limits(work.prepared.center_ras, work.prepared.bone_points_ras[::12], depth_mm, work.settings.held),
    )


def refined(work: Work, scene: Scene, poses: torch.Tensor, schedule: Schedule) -> Attempt:
    """Refine poses (B, 4, 4) up a schedule."""
    since = time.perf_counter()
    poses = poses.to(work.prepared.device)
    climbed = climb(scene, poses, schedule, work.rng, _scaled(work.report, 0.4, 0.55), work.seen)
    work.timed("refine", since)
    return Attempt(scene, climbed, scene.views[0].bone_is_bright)


def _scaled(report: Callable[[float, str], None], start: float, length: float) -> Callable[[float, str], None]:
    return lambda share, stage: report(start + length * share, stage)


def depth_range(work: Work, members: Sequence[Member], position: int) -> tuple[float, float]:
    """Where along a view's axis the bone's centre can be, mm."""
    if len(members) > 1:
        order = [members[position], *(m for n, m in enumerate(members) if n != position)]
        relative = [m.camera_from_first @ np.linalg.inv(order[0].camera_from_first) for m in order]
        return depth_seen_by_all([m.camera for m in order], relative)
    return work.settings.depth_mm or depth_from_geometry(members[position].camera)
