"""A track in the scene, in words and as curves: what holds of the frame that is shown, and which frames are not trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationScene import sceneView, trackedPoses, trackPlot
from RayEmbRegistrationScene.handle import ensureNode, record, setRecord
from RayEmbRegistrationScene.nodes import Handle
from RayEmbRegistrationScene.trackPlot import FramePoint
from slicer.i18n import tr as _

from . import purposes, trackJoint
from .purposes import tenths
from .sentences import spoken

if TYPE_CHECKING:
    from RayEmbRegistrationLib.tracking.track import Track, TrackedPose

    from .logicTracking import TrackAsked
    from .trackInputs import BodyInput

BOUND = 1.96  # deviations of a normal distribution that 95 of 100 errors stay under
SUMMARY = "Track.Summary"
GIVEN = "given"  # how a pose came about that someone set by hand, as the library has it


def begin(handle: Handle, bodies: Sequence[BodyInput], asked: TrackAsked) -> None:
    """Make the scene ready for a track's frames: poses of all X-rays, and a transform of each body but the first.

    A model that moves beside the first body is put under its transform.
    """
    names = [body.name for body in bodies]
    about = trackedPoses.aboutTrack(handle)
    if about is not None and about["names"] != names:
        trackedPoses.forgetTrack(handle)
    for row in range(len(asked.run.names)):
        if sceneView.poseOf(handle, row) is None:
            sceneView.showPose(handle, row, asked.run.placeOf(row, asked.startFrame) @ asked.rigFromRas)
    roles: list[str | None] = [None]
    for number, (body, gathered) in enumerate(zip(bodies[1:], asked.bodies[1:], strict=True), start=2):
        role = f"Track.Body{number}" if body.isModel else f"Bone{body.label}.Moved"
        node, isNew = ensureNode(handle, role, trackedPoses.TRANSFORM, f"{body.name} moved")
        if isNew:
            trackedPoses.place(node, gathered.rasFromBody)
        if body.isModel and body.node.GetTransformNodeID() != node.GetID():
            body.node.SetAndObserveTransformNodeID(node.GetID())
        roles.append(role)
    first = asked.bodies[0].rasFromBody.matrix.tolist()
    axes = about.get(trackJoint.AXES) if about is not None and about["names"] == names else None
    known = {"names": names, "roles": roles, "first": first, "moves": asked.run.moves, trackJoint.AXES: axes}
    known["patient"] = [not body.isModel for body in bodies]
    trackedPoses.beginTrack(handle, known)


def keep(
    handle: Handle, asked: TrackAsked, frames: Mapping[int, Mapping[str, TrackedPose]], track: Track | None = None
) -> None:
    """As ``keepPoses``, and the plot with them."""
    keepPoses(handle, asked, frames, track)
    showPlot(handle)


def keepPoses(
    handle: Handle,
    asked: TrackAsked,
    frames: Mapping[int, Mapping[str, TrackedPose]],
    track: Track | None = None,
) -> None:
    """Put frames into the scene; those of an earlier track that were not done anew are there already.

    Args:
        handle: of ``begin``.
        asked: what was asked.
        frames: as the library has them.
        track: with the smoothed poses, once it is done.
    """
    about = trackedPoses.aboutTrack(handle)
    if about is None:
        return
    smoothed = {} if track is None else track.smoothed
    entries = {
        frame: {name: asRecord(own, smoothed.get(frame, {}).get(name)) for name, own in bodies.items()}
        for frame, bodies in frames.items()
    }
    first = RigidTransform.from_matrix(np.array(about["first"]))
    places: dict[str, dict[int, RigidTransform]] = {}
    for frame in [frame for frame in frames if frame in asked.frames]:
        poses = {name: own.pose for name, own in frames[frame].items()}
        rasFromRig = first @ poses[about["names"][0]].inverse()
        for row in range(len(asked.run.names)):
            place = rasFromRig @ asked.run.placeOf(row, frame).inverse()
            places.setdefault(f"View{row + 1}.Pose", {})[frame] = place
        for name, role in zip(about["names"], about["roles"], strict=True):
            if role is not None:
                places.setdefault(role, {})[frame] = rasFromRig @ poses[name]
    trackedPoses.keepFrames(handle, entries, places)


def bonePlaces(handle: Handle, bodies: Sequence[BodyInput]) -> dict[str, RigidTransform]:
    """Name to ras_from_body of bones that have moved apart, as they are shown."""
    roles = {body.name: f"Bone{body.label}.Moved" for body in bodies if body.label is not None}
    now = trackedPoses.placesNow(handle, list(roles.values()))
    return {name: now[role] for name, role in roles.items() if role in now}


def trackOf(handle: Handle | None) -> Track | None:
    """The library's track, of what the scene holds."""
    about = trackedPoses.aboutTrack(handle)
    if about is None:
        return None
    from RayEmbRegistrationLib.application.track_record import track_of

    frames = [{"frame": n, "bodies": trackedPoses.entryOf(handle, n)} for n in trackedPoses.trackedFrames(handle)]
    return track_of({"bodies": about["names"], "frames": frames}, _("the scene"))


def asRecord(own: TrackedPose, smoothed: RigidTransform | None = None) -> dict[str, Any]:
    """A body of a frame as a track file has it."""
    return {
        "rig_from_body": own.pose.matrix.tolist(),
        "smoothed": None if smoothed is None else smoothed.matrix.tolist(),
        "how": own.how,
        "verdict": asdict(own.verdict),
    }


# What holds


def purposeOf(handle: Handle) -> str:
    """What poses are to be good for: as is demanded, else the overlay of one X-ray, the position of several."""
    demand = record(handle, "Demand") or {}
    return str(demand.get("purpose") or purposes.PURPOSES[sceneView.viewCount(handle) > 1])


def pointOf(frame: int, entry: Mapping[str, Any], purpose: str) -> FramePoint:
    """A frame as the plot has it: its worst body."""
    said = [body["verdict"] for body in entry.values()]
    error = max((_number(one[f"{purpose}_mm"]) for one in said), default=0.0)
    return FramePoint(frame, min(_number(one["similarity"]) for one in said), error, all(one[purpose] for one in said))


def pointsOf(handle: Handle, purpose: str) -> list[FramePoint]:
    """All frames of a track, rising."""
    entries = ((frame, trackedPoses.entryOf(handle, frame)) for frame in trackedPoses.trackedFrames(handle))
    return [pointOf(frame, entry, purpose) for frame, entry in entries if entry is not None]


def notTrusted(handle: Handle) -> list[int]:
    """Frames of a track that are not to be trusted for what is demanded, as its plot marks them."""
    kept, purpose = record(handle, SUMMARY), purposeOf(handle)
    if kept is None or kept["purpose"] != purpose:
        showPlot(handle)
        kept = record(handle, SUMMARY, {"lost": []})
    return list(kept["lost"])


def verdictNow(handle: Handle) -> dict[str, Any] | None:
    """What a track says of the frame that is shown, where the X-rays' poses are its poses.

    Returns:
        ``texts`` and ``numbers`` as ``sceneView.keepVerdict`` takes them, ``status`` of each X-ray, ``key`` that tells it
        from others; None where the track says nothing.
    """
    if trackedPoses.aboutTrack(handle) is None or trackedPoses.holdsOf(handle) is not None:
        return None
    frame = trackedPoses.shownFrame(handle)
    entry = None if frame is None else trackedPoses.entryOf(handle, frame)
    if frame is None or entry is None or not trackedPoses.isAsTracked(handle):
        return None
    if any(body["how"] == GIVEN and not np.isfinite(_number(body["verdict"]["similarity"])) for body in entry.values()):
        return None  # set by hand, and judged by nobody
    purpose = purposeOf(handle)
    said = {name: body["verdict"] for name, body in entry.items()}
    isTrusted = all(one[purpose] for one in said.values())
    word = _("Trusted") if isTrusted else _("Not trusted")
    reason = "; ".join(_reason(name, one, len(said)) for name, one in said.items() if isTrusted or not one[purpose])
    texts = {"asked": purpose, "trusted": "yes" if isTrusted else ""}
    texts["trustLabel"] = _("{word}: frame {frame}, {reason}.").format(word=word, frame=frame + 1, reason=reason)
    for use in purposes.PURPOSES:
        mm = max(_number(one[f"{use}_mm"]) for one in said.values())
        texts[f"{use}.sign"] = "trusted" if all(one[use] for one in said.values()) else "not trusted"
        texts[f"{use}.numbers"] = _("{mm} mm (95 %: {bound} mm)").format(mm=tenths(mm), bound=tenths(BOUND * mm))
        texts[f"{use}.why"] = "; ".join(_reason(name, one, len(said)) for name, one in said.items())
    similarity = min(_number(one["similarity"]) for one in said.values())
    turn = max(_number(one["rotation_deg"]) for one in said.values())
    overlay, position = (max(_number(one[f"{use}_mm"]) for one in said.values()) for use in purposes.PURPOSES)
    texts["similarityLabel"] = f"{similarity:.2f}"
    texts["inliersLabel"] = _("not used")
    texts["inPlaneErrorLabel"] = _("{mm} mm, {deg}° to expect").format(mm=tenths(overlay), deg=tenths(turn))
    texts["depthErrorLabel"] = _("{mm} mm in space to expect").format(mm=tenths(position))
    texts["resultNotesLabel"] = _("The limits of a track's verdicts are chosen, not calibrated; Assess judges this frame.")
    status = f"{_('trusted') if isTrusted else _('not trusted')}, {similarity:.2f}"
    numbers = [(_("frame"), str(frame + 1), ""), (_("trusted"), _("yes") if isTrusted else _("no"), "")]
    numbers += [(_("why"), reason, ""), (_("similarity"), f"{similarity:.4g}", "")]
    for use, value in zip(purposes.PURPOSES, (overlay, position), strict=True):
        name = _("{name}: expected error").format(name=purposes.names()[use])
        numbers.append((name, f"{value:.4g}", "mm"))
    rows = range(sceneView.viewCount(handle))
    key = f"track {frame} {texts['trustLabel']} {purpose}"
    return {"texts": texts, "numbers": numbers, "status": dict.fromkeys(rows, status), "key": key}


def isMoved(handle: Handle) -> bool:
    """Whether a track holds another pose of the frame that is shown, or one that was set by hand."""
    frame = trackedPoses.shownFrame(handle)
    return (
        frame is not None and trackedPoses.aboutTrack(handle) is not None and trackedPoses.entryOf(handle, frame) is not None
    )


def _reason(name: str, said: Mapping[str, Any], count: int) -> str:
    reason = spoken(str(said["reason"]))
    return reason if count == 1 else f"{name}: {reason}"


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def stateInWords(handle: Handle | None, lost: Sequence[int]) -> str:
    """How many frames a track has, which of them are not trusted, and whether something else has changed since."""
    count = len(trackedPoses.trackedFrames(handle))
    if handle is None or not count:
        return ""
    parts = [_("{count} frames are tracked.").format(count=count)]
    if lost:
        advice = _("✘ Not trusted: {frames}. Go there, correct the pose, and track on from it.")
        parts.append(advice.format(frames=framesInWords(lost)))
    changed = trackedPoses.holdsOf(handle)
    if changed is not None:
        what = {"ct": _("the CT"), "geometry": _("the geometry of an X-ray")}[changed]
        parts.append(_("Since then {what} was changed: track again.").format(what=what))
    return " ".join(parts)


# The plot


def showPlot(handle: Handle) -> None:
    """Bring the curves in line with the frames."""
    purpose = purposeOf(handle)
    points = pointsOf(handle, purpose)
    if not points:
        return
    setRecord(handle, SUMMARY, {"purpose": purpose, "lost": [point.frame for point in points if not point.trusted]})
    error = _("expected error of the overlay") if purpose == "overlay" else _("expected error in space")
    words = (_("similarity"), error, _("not trusted"), _("frame shown"))
    title = _("Similarity (blue), {error} in mm (orange), not trusted (red). A click goes to the frame.").format(error=error)
    trackPlot.showTrackPlot(handle, points, words, title)
    settleFrame(handle)


def settleFrame(handle: Handle) -> None:
    """Bring the plot's line in line with the frame that is shown, and the track's own browser, where it has one."""
    trackedPoses.stepTrack(handle)
    frame = trackedPoses.shownFrame(handle)
    if frame is not None:
        trackPlot.showFrameInPlot(handle, frame)


def framesInWords(frames: Sequence[int]) -> str:
    """Frames from 0 as the panel counts them, such as "3, 7-9"."""
    parts: list[list[int]] = []
    for frame in frames:
        if parts and frame == parts[-1][1] + 1:
            parts[-1][1] = frame
        else:
            parts.append([frame, frame])
    return ", ".join(f"{a + 1}" if a == b else f"{a + 1}-{b + 1}" for a, b in parts)
