"""Follow bodies through frames: predict, refine, judge, recover; forwards, backwards and again where it failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report, watch

from .body import Body
from .frame_view import FrameView
from .motion import LOOSE_DEVIATIONS, Prediction, first_prediction, predict
from .outline_motion import predict_outlined
from .poses import motion_between, moved
from .solver import AS_GIVEN, FROM_PREDICTED, FROM_ROUGH, FrameFit, FrameSolver
from .tilts import settle_tilts
from .track import GIVEN, Track, TrackedPose
from .verdict import judge

FrameReader = Callable[[int], Sequence[FrameView]]
RECOVERY_STARTS = 8  # poses tried around the prediction of a lost frame; chosen: three rounds of a frame's time
RECOVERY_DEVIATIONS = (np.radians(6.0), 6.0)  # of these; chosen: twice a walking knee's motion in a frame
ENOUGH_ALIKE = 3  # wider starts that come back to one pose: what is there was found; chosen: of eight, the spread's middle
WIDER = 3.0  # times a prediction's deviations, where it failed; chosen


@dataclass(frozen=True, eq=False)
class TrackRequest:
    """What is to be tracked.

    Attributes:
        bodies: to follow.
        frames: numbers, rising.
        start: poses rig_from_body by name in the frame ``start_frame``.
        start_frame: that it is of; tracking goes from there to both ends.
        left_out: frames that are not to be tracked.
        passes: how often lost frames are tried again from their neighbours.
        seed: of the poses tried in recovery.
        keep_start: whether the start frame's poses are right as they are, such as those that someone set by hand.
    """

    bodies: tuple[Body, ...]
    frames: tuple[int, ...]
    start: Mapping[str, RigidTransform]
    start_frame: int
    left_out: tuple[int, ...] = ()
    passes: int = 2
    seed: int = 0
    keep_start: bool = False


def follow(
    request: TrackRequest,
    read: FrameReader,
    track: Track | None = None,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
    preview: Callable[[Track, int], None] | None = None,
) -> Track:
    """Track bodies through a sequence.

    Args:
        request: what.
        read: gives a frame's views.
        track: what is known already; its frames are kept. It is added to, so that a stopped run leaves what it had.
        progress: called with (share done, stage).
        cancelled: asked at each frame.
        preview: called with the track and the frame that was added.

    Raises:
        InputProblem: no start pose of a body, or the start frame is not of the sequence.
        Cancelled: when asked to stop; what was done is in ``track``.
    """
    _check(request)
    run = _Run(request, read, track or Track(tuple(body.name for body in request.bodies), left_out=request.left_out))
    report = watch(progress, cancelled)
    wanted = [frame for frame in request.frames if frame not in request.left_out]
    after = [frame for frame in wanted if frame >= request.start_frame]
    before = [frame for frame in wanted if frame < request.start_frame][::-1]
    done, total = 0, max(len(wanted), 1)
    for frames in (after, before):
        for frame in frames:
            report(min(done / total, 1.0), f"frame {frame}")
            if frame not in run.track.frames:
                run.add(frame, rising=frames is after)
                if preview is not None:
                    preview(run.track, frame)
            done += 1
    for number in range(request.passes):
        for frame in [lost for lost in run.track.lost if lost in wanted and not run.track.given(lost)]:
            report(1.0, f"lost frame {frame} again, pass {number + 1}")
            if run.again(frame) and preview is not None:
                preview(run.track, frame)
    report(1.0, "tracked")
    return run.track


def _check(request: TrackRequest) -> None:
    names = [body.name for body in request.bodies]
    if len(set(names)) != len(names):
        raise InputProblem(f"two bodies are called {max(names, key=names.count)}; give their files different names")
    missing = [name for name in names if name not in request.start]
    if missing:
        raise InputProblem(f"there is no start pose of {', '.join(missing)}; give it in the file of --init")
    if request.start_frame not in request.frames or request.start_frame in request.left_out:
        raise InputProblem(f"the start frame {request.start_frame} is not among the frames that are tracked")


@dataclass(eq=False)
class _Run:
    """A track in the making."""

    request: TrackRequest
    read: FrameReader
    track: Track
    bright: tuple[bool | None, ...] = ()
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.request.seed)

    def add(self, frame: int, rising: bool) -> None:
        """Do a frame from what is known of those beside it."""
        past = self._past(frame, rising)
        views = self.read(frame)
        solver = FrameSolver(views, self.request.bodies, self.bright)
        is_start = frame == self.request.start_frame
        if is_start and self.request.keep_start:
            self._keep(frame, solver, views)
            return
        if past is None or is_start:
            predictions = {name: first_prediction(self.request.start[name]) for name in self.track.names}
            found, how = settle_tilts(solver, views, solver.refine(predictions, FROM_ROUGH)), "start"
        else:
            predictions = self._predicted(past, frame, len(views))
            found, how = solver.refine(self._loose(predictions), FROM_PREDICTED), "predicted"
        poses = self._judged(found, views, how)
        if self._is_lost(poses, past):
            poses = self._recovered(solver, predictions, views, found, how)
        self.track.frames[frame] = poses
        self.bright = self.bright or found.bright

    def _keep(self, frame: int, solver: FrameSolver, views: Sequence[FrameView]) -> None:
        """The start frame's poses as they are, judged."""
        predictions = {name: first_prediction(self.request.start[name]) for name in self.track.names}
        found = solver.refine(predictions, AS_GIVEN)
        self.track.frames[frame] = self._judged(found, views, GIVEN)
        self.bright = self.bright or found.bright

    def again(self, frame: int) -> bool:
        """Do a lost frame again from the frames on both sides of it; whether that was better.

        One that fits is only open, and nothing better is to be found.
        """
        sides = [past for past in (self._past(frame, rising) for rising in (True, False)) if past is not None]
        known = self.track.frames[frame]
        if not sides or not self._is_lost(known, sides[0]):
            return False
        views = self.read(frame)
        told = [self._predicted(past, frame, len(views)) for past in sides]
        if len(told) > 1:
            told.append({b.name: told[0][b.name].with_other(told[1][b.name], b.center) for b in self.request.bodies})
        solver = FrameSolver(views, self.request.bodies, self.bright)
        stays = {name: Prediction(own.pose, told[-1][name].covariance) for name, own in known.items()}
        best, fit = known, solver.refine(stays, AS_GIVEN)
        for predictions in told:
            other = solver.refine(self._loose(predictions), FROM_ROUGH)
            tried = self._judged(other, views, "recovered")
            if _worth(tried, other, solver, told[-1]) > _worth(best, fit, solver, told[-1]):
                best, fit = tried, other
        self.track.frames[frame] = best
        return best is not known

    def _predicted(self, past: dict[str, list[int]], frame: int, views: int) -> dict[str, Prediction]:
        """What past frames say of one, by body.

        An outline's error of a place in a single view does not count: it is mostly of depth, which all frames share and one
        image only makes waver.
        """
        predictions = {}
        for body in self.request.bodies:
            found = [(other, self.track.frames[other][body.name]) for other in past[body.name]]
            if body.is_opaque:
                nearest = found[-1][1].verdict
                known = nearest.rotation_deg, nearest.position_mm if views > 1 else 0.0
                poses = [(other, own.pose) for other, own in found]
                predictions[body.name] = predict_outlined(poses, frame, body.center, known)
            else:
                predictions[body.name] = predict([(other, own.told) for other, own in found], frame, body.center)
        return predictions

    def _loose(self, predictions: Mapping[str, Prediction]) -> dict[str, Prediction]:
        """Predictions that hold a bone only where its X-rays leave it open: each frame's own say stays its own."""
        loose = dict(predictions)
        for body in self.request.bodies:
            if not body.is_opaque:
                loose[body.name] = predictions[body.name].no_surer_than(LOOSE_DEVIATIONS)
        return loose

    def _past(self, frame: int, rising: bool) -> dict[str, list[int]] | None:
        """Frames on one side in which a body was not lost, by body, the nearest last; all where it was in each."""
        side = [other for other in self.track.frames if (other < frame if rising else other > frame)]
        near = sorted(side, key=lambda other: -abs(other - frame))
        if not near:
            return None
        return {name: self.track.followed(name, near) or near for name in self.track.names}

    def _is_lost(self, poses: Mapping[str, TrackedPose], past: Mapping[str, Sequence[int]] | None) -> bool:
        """Whether a body of a frame may be found better elsewhere: a bone that fits worse than it should.

        A bone that fits, and is merely open, is not; what an outline leaves open depends on the side it is seen from.
        """
        known = past or {}
        for body in self.request.bodies:
            pose = poses[body.name]
            if not (pose.trusted if body.is_opaque else self.track.goes_with(pose, body.name, known.get(body.name, ()))):
                return True
        return False

    def _judged(self, found: FrameFit, views: Sequence[FrameView], how: str) -> dict[str, TrackedPose]:
        return {
            body.name: TrackedPose(found.poses[body.name], judge(found, body, views), how, found.seen.get(body.name))
            for body in self.request.bodies
        }

    def _recovered(
        self,
        solver: FrameSolver,
        predictions: dict[str, Prediction],
        views: Sequence[FrameView],
        found: FrameFit,
        how: str,
    ) -> dict[str, TrackedPose]:
        """The best of what wider starts come to; lost bodies are moved, the others stay where they were found."""
        known, unknown = found, {name: _wide(prediction) for name, prediction in predictions.items()}
        best, alike = self._judged(found, views, how), 0
        for number in range(RECOVERY_STARTS):
            starts = {}
            for body in self.request.bodies:
                if best[body.name].trusted:
                    starts[body.name] = Prediction(best[body.name].pose, predictions[body.name].covariance)
                    continue
                spread = np.repeat(RECOVERY_DEVIATIONS, 3) * (number > 0)
                pose = moved(predictions[body.name].pose, body.center, self.rng.normal(size=6) * spread)
                starts[body.name] = Prediction(pose, unknown[body.name].covariance)
            other = solver.refine(starts, FROM_ROUGH)
            tried = self._judged(other, views, "recovered")
            alike = alike + 1 if self._is_same(best, tried) else alike
            if _worth(tried, other, solver, unknown) > _worth(best, known, solver, unknown):
                best, known = tried, other
            if all(pose.trusted for pose in best.values()) or alike == ENOUGH_ALIKE:
                break
        return best

    def _is_same(self, one: Mapping[str, TrackedPose], other: Mapping[str, TrackedPose]) -> bool:
        """Whether two fits of a frame came to one pose: no farther apart than the first says that it may be off."""
        for body in self.request.bodies:
            if body.is_opaque:  # what an outline leaves open depends on the side it is seen from
                return False
            motion = motion_between(one[body.name].pose, other[body.name].pose, body.center)
            said = one[body.name].verdict
            turn, shift = np.degrees(np.linalg.norm(motion[:3])), np.linalg.norm(motion[3:])
            if not (turn <= said.rotation_deg and shift <= said.position_mm):
                return False
        return True


def _worth(
    poses: Mapping[str, TrackedPose], fit: FrameFit, solver: FrameSolver, predictions: dict[str, Prediction]
) -> tuple[int, float]:
    """What a frame is worth: bodies that are trusted, then how well all fit, and bones where they were looked for.

    A bone's DRR finds something like it in noise as well, mostly far away: what was predicted weighs against it.
    """
    if fit.bones is None:
        value = sum(pose.verdict.similarity for pose in poses.values())
    else:
        value = fit.bones.likelihood - solver.surprise(fit.poses, predictions)
    return sum(pose.trusted for pose in poses.values()), value


def _wide(prediction: Prediction) -> Prediction:
    """Of a body that is not where it was predicted."""
    return Prediction(prediction.pose, WIDER**2 * prediction.covariance).no_surer_than(RECOVERY_DEVIATIONS)
