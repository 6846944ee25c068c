"""Track files: poses of bodies through a sequence, one versioned JSON object; and what other programs read of it.

``frames`` is a list of objects with ``frame`` and ``bodies``; a body has ``rig_from_body`` (4x4, mm: as refined),
``smoothed`` (likewise, or null), ``how`` and ``verdict``. ``start`` files hold ``bodies``, or ``camera_from_body``, alone:
name to 4x4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

from .json_files import check_format, numbers, parse_json_object, read_text
from .writing import write_csv, write_json, write_text

FORMAT, VERSION = "rayemb-track", 1  # raised when older readers would misread a file
START_FORMAT = "rayemb-track-start"
_XMALAB = ("R11", "R12", "R13", "01", "R21", "R22", "R23", "02", "R31", "R32", "R33", "03", "TX", "TY", "TZ", "1")

PosesByFrame = Mapping[int, Mapping[str, RigidTransform]]


def write_track(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a track as ``read_track`` returns it.

    Raises:
        InputProblem: it could not be written.
    """
    write_json(path, {"format": FORMAT, "format_version": VERSION, **content})


def read_track(path: str | Path) -> dict[str, Any]:
    """A track file's content, checked: ``bodies`` is a list of names, and each pose is rigid.

    Raises:
        InputProblem: missing, of another format, or a pose that is none.
    """
    content = parse_json_object(read_text(path, "a track file"), path)
    check_format(content, FORMAT, VERSION, path)
    names, frames = content.get("bodies"), content.get("frames")
    if not isinstance(names, list) or not isinstance(frames, list):
        raise InputProblem(f"{path} lacks bodies or frames of a track file; track the sequence again")
    for entry in frames:
        own = entry.get("bodies") if isinstance(entry, dict) else None
        if not isinstance(own, dict) or not isinstance(entry.get("frame"), int) or set(own) != set(names):
            raise InputProblem(f"a frame in {path} lacks its number or its bodies; track the sequence again")
        for name, body in own.items():
            pose_in(body, "rig_from_body", f"{name} in frame {entry['frame']} of {path}")
    return content


def pose_in(body: Mapping[str, Any], key: str, where: str) -> RigidTransform:
    """The pose under a key.

    Raises:
        InputProblem: it is not a rigid 4x4 matrix.
    """
    return RigidTransform.from_matrix(numbers(body, key, (4, 4), where))


def read_start(
    path: str | Path, names: Sequence[str], camera_from_rig: Callable[[], RigidTransform] = RigidTransform
) -> dict[str, RigidTransform]:
    """Start poses rig_from_body by name: of a start file, or a track's first frame.

    Args:
        path: the file; a start file holds ``bodies`` (rig_from_body), or ``camera_from_body`` as the first camera sees them.
        names: wanted.
        camera_from_rig: gives the place of the first camera in the start frame; asked only where it is needed.

    Raises:
        InputProblem: neither, or a body is missing.
    """
    content = parse_json_object(read_text(path, "a file of start poses"), path)
    if content.get("format") == FORMAT:
        frames = read_track(path)["frames"]
        if not frames:
            raise InputProblem(f"{path} holds no frame to start from")
        content = {"bodies": {name: body["rig_from_body"] for name, body in frames[0]["bodies"].items()}}
    seen = content.get("camera_from_body")
    bodies = seen if isinstance(seen, dict) else content.get("bodies")
    if not isinstance(bodies, dict):
        raise InputProblem(f"{path} must hold bodies: an object with a 4x4 matrix rig_from_body for each body's name")
    missing = [name for name in names if name not in bodies]
    if missing:
        raise InputProblem(f"{path} has no pose of {', '.join(missing)}; it has {', '.join(bodies) or 'none'}")
    poses = {name: pose_in(bodies, name, str(path)) for name in names}
    if bodies is seen:
        rig_from_camera = camera_from_rig().inverse()
        poses = {name: rig_from_camera @ pose for name, pose in poses.items()}
    return poses


def write_start(path: str | Path, poses: Mapping[str, RigidTransform]) -> None:
    """Write start poses; ``read_start`` returns the same."""
    content = {name: pose.matrix for name, pose in poses.items()}
    write_json(path, {"format": START_FORMAT, "format_version": VERSION, "bodies": content})


def write_autoscoper(path: str | Path, poses: PosesByFrame, name: str, frames: Sequence[int]) -> None:
    """A body's .tra file of Autoscoper: 16 numbers a frame, row by row, NaN where the body was not tracked.

    The matrices are rig_from_body of the model's own frame; Autoscoper's own volumes have their origin in a corner.
    """
    lines = []
    for frame in frames:
        pose = poses.get(frame, {}).get(name)
        values = [np.nan] * 16 if pose is None else pose.matrix.ravel().tolist()
        lines.append(",".join("NaN" if np.isnan(value) else f"{value:.9g}" for value in values))
    write_text(path, "\n".join(lines) + "\n")


def write_xmalab(path: str | Path, poses: PosesByFrame, names: Sequence[str], frames: Sequence[int]) -> None:
    """Rigid bodies as XMALab exports them: a line a frame, the matrix's transpose for row vectors, as Maya has it."""
    rows: list[list[object]] = []
    for frame in frames:
        row: list[object] = []
        for name in names:
            pose = poses.get(frame, {}).get(name)
            row += ["NaN"] * 16 if pose is None else [f"{value:.9g}" for value in pose.matrix.T.ravel()]
        rows.append(row)
    write_csv(path, [f"{name}_{column}" for name in names for column in _XMALAB], rows)
