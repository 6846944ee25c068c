"""A track: poses of bodies by frame, each with its verdict, raw and smoothed."""

from __future__ import annotations

from dataclasses import dataclass, field

from RayEmbRegistrationLib.geometry import RigidTransform

from .verdict import FrameVerdict

GIVEN = "given"
"""How a pose came about that someone set by hand: frames beside it start from it, and no pass replaces it."""


@dataclass(frozen=True, eq=False)
class TrackedPose:
    """A body in a frame.

    Attributes:
        pose: rig_from_body, as refined.
        verdict: on it.
        how: "start", "predicted", "recovered", "given".
    """

    pose: RigidTransform
    verdict: FrameVerdict
    how: str = "predicted"

    @property
    def trusted(self) -> bool:
        """Whether frames beside it may start from it."""
        return self.verdict.overlay


@dataclass(eq=False)
class Track:
    """A sequence's poses; frames are added as they are done.

    Attributes:
        names: of the bodies, in order.
        frames: by frame number, by body.
        smoothed: likewise, rig_from_body; empty where nothing was smoothed.
        left_out: frames that are not to be tracked.
        notes: one sentence each.
    """

    names: tuple[str, ...]
    frames: dict[int, dict[str, TrackedPose]] = field(default_factory=dict)
    smoothed: dict[int, dict[str, RigidTransform]] = field(default_factory=dict)
    left_out: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def trusted(self, frame: int) -> bool:
        """Whether all bodies of a frame may be drawn."""
        return frame in self.frames and all(self.frames[frame][name].trusted for name in self.names)

    def given(self, frame: int) -> bool:
        """Whether a frame's poses were set by hand."""
        return frame in self.frames and any(own.how == GIVEN for own in self.frames[frame].values())

    @property
    def lost(self) -> list[int]:
        """Frames that were done and are not trusted."""
        return [frame for frame in sorted(self.frames) if not self.trusted(frame)]
