"""Between a track and its file, and the table of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.files.track import pose_in, read_track, write_track
from RayEmbRegistrationLib.files.writing import write_csv
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.tracking.motion import Seen
from RayEmbRegistrationLib.tracking.track import Track, TrackedPose
from RayEmbRegistrationLib.tracking.verdict import FrameVerdict

TABLE = (
    "frame", "body", "overlay_trusted", "position_trusted", "overlay_mm", "position_mm", "rotation_deg", "similarity", "how",
    *(f"{kind}m{row}{column}" for kind in ("", "smoothed_") for row in "012" for column in "0123"),
)  # fmt: skip


def write_track_file(path: str | Path, track: Track) -> None:
    """Write a track; ``read_track_file`` returns the same."""
    write_track(path, track_content(track))


def track_content(track: Track) -> dict[str, Any]:
    """What a track file holds, but for its format; ``track_of`` makes the same track of it."""
    frames = []
    for frame in sorted(track.frames):
        bodies = {}
        for name, own in track.frames[frame].items():
            smoothed = track.smoothed.get(frame, {}).get(name)
            bodies[name] = {
                "rig_from_body": own.pose.matrix,
                "smoothed": None if smoothed is None else smoothed.matrix,
                "how": own.how,
                "verdict": asdict(own.verdict),
                "seen": None if own.seen is None else {"information": own.seen.information, "pull": own.seen.pull},
            }
        frames.append({"frame": frame, "trusted": track.trusted(frame), "bodies": bodies})
    return {"bodies": track.names, "left_out": track.left_out, "notes": track.notes, "frames": frames}


def read_track_file(path: str | Path) -> Track:
    """A track from its file, to go on from.

    Raises:
        InputProblem: as ``read_track``.
    """
    return track_of(read_track(path), str(path))


def track_of(content: Mapping[str, Any], where: str) -> Track:
    """A track from a file's content.

    Args:
        content: as ``files.track.read_track`` returns it.
        where: for messages.

    Raises:
        InputProblem: a pose that is none.
    """
    track = Track(
        tuple(content["bodies"]), left_out=tuple(content.get("left_out", ())), notes=tuple(content.get("notes", ()))
    )
    for entry in content["frames"]:
        frame = entry["frame"]
        track.frames[frame] = {name: _pose(body, f"{name} in {where}") for name, body in entry["bodies"].items()}
        smoothed = {
            name: pose_in(body, "smoothed", f"{name} in {where}")
            for name, body in entry["bodies"].items()
            if body.get("smoothed") is not None
        }
        if smoothed:
            track.smoothed[frame] = smoothed
    return track


def _pose(body: dict[str, Any], where: str) -> TrackedPose:
    told = body.get("verdict") or {}
    values = {key: _number(told.get(key)) for key in ("overlay_mm", "position_mm", "rotation_deg", "similarity")}
    overlay = bool(told.get("overlay"))
    fits = bool(told.get("fits", overlay))  # files of before tell no more
    verdict = FrameVerdict(overlay, bool(told.get("position")), str(told.get("reason", "")), **values, fits=fits)
    pose = pose_in(body, "rig_from_body", where)
    return TrackedPose(pose, verdict, str(body.get("how", "given")), _seen(body.get("seen"), pose))


def _seen(told: Any, pose: RigidTransform) -> Seen | None:
    """What X-rays say of a pose, where a file tells it."""
    try:
        information, pull = (np.array(told[key], dtype=np.float64) for key in ("information", "pull"))
    except (TypeError, KeyError, ValueError):
        return None
    if information.shape != (6, 6) or pull.shape != (6,) or not (np.isfinite(information).all() and np.isfinite(pull).all()):
        return None
    return Seen(pose, information, pull)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def write_track_table(path: str | Path, track: Track) -> None:
    """Write a line a frame and body: verdict, raw pose and smoothed pose, rig from body, mm."""
    rows = []
    for frame in sorted(track.frames):
        for name, own in track.frames[frame].items():
            told = own.verdict
            smoothed = track.smoothed.get(frame, {}).get(name)
            rows.append([
                frame, name, told.overlay, told.position, f"{told.overlay_mm:.4g}", f"{told.position_mm:.4g}",
                f"{told.rotation_deg:.4g}", f"{told.similarity:.4g}", own.how, *_row(own.pose), *_row(smoothed),
            ])  # fmt: skip
    write_csv(path, TABLE, rows)


def _row(pose: RigidTransform | None) -> list[str]:
    return [""] * 12 if pose is None else [f"{value:.9g}" for value in pose.matrix[:3].ravel()]
