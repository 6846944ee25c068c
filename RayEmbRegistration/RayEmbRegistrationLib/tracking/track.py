"""A track: poses of bodies by frame, each with its verdict, raw and smoothed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from RayEmbRegistrationLib.geometry import RigidTransform

from .motion import GIVEN_DEVIATIONS, STILL_DEVIATIONS, Seen, seen_about
from .verdict import FrameVerdict

GIVEN = "given"
"""How a pose came about that someone set by hand: frames beside it start from it, and no pass replaces it."""


NEAR = 6  # frames that a frame is compared with; chosen: a fifth of a second
ALIKE = 0.7  # of their similarity, below which a body is lost; chosen: noise makes it waver by a tenth


@dataclass(frozen=True, eq=False)
class TrackedPose:
    """A body in a frame.

    Attributes:
        pose: rig_from_body, as refined.
        verdict: on it.
        how: "start", "predicted", "recovered", "given".
        seen: what the X-rays say of it; None where that is not known.
    """

    pose: RigidTransform
    verdict: FrameVerdict
    how: str = "predicted"
    seen: Seen | None = None

    @property
    def trusted(self) -> bool:
        """Whether frames beside it may start from it."""
        return self.verdict.overlay

    @property
    def told(self) -> Seen:
        """What it tells frames beside it: one that was set by hand is right, of others their X-rays say how far."""
        if self.how == GIVEN or self.seen is None:
            return seen_about(self.pose, GIVEN_DEVIATIONS if self.how == GIVEN else STILL_DEVIATIONS)
        return self.seen


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

    def followed(self, name: str, frames: Sequence[int]) -> list[int]:
        """Those of some frames in which a body was not lost, in their order, each judged by those before it."""
        kept: list[int] = []
        for frame in frames:
            if self.goes_with(self.frames[frame][name], name, kept):
                kept.append(frame)
        return kept

    def goes_with(self, pose: TrackedPose, name: str, others: Sequence[int]) -> bool:
        """Whether a pose fits its X-rays, or at least about as well as the same body does in the last of other frames.

        A thick leg, few photons or a tool let a body fit badly where it is right; where it is lost, it fits worse at once.
        """
        if pose.verdict.fits or pose.how == GIVEN:
            return True
        near = [self.frames[frame][name].verdict.similarity for frame in others[-NEAR:]]
        return bool(near) and pose.verdict.similarity >= ALIKE * sum(near) / len(near)

    @property
    def lost(self) -> list[int]:
        """Frames that were done and are not trusted."""
        return [frame for frame in sorted(self.frames) if not self.trusted(frame)]
