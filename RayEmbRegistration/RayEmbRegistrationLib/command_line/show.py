"""``show``: a result, camera, pose or landmark file in words."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from RayEmbRegistrationLib.files import kinds
from RayEmbRegistrationLib.files.camera import read_camera
from RayEmbRegistrationLib.files.distortion import read_distortion
from RayEmbRegistrationLib.files.json_files import parse_json_object, read_text
from RayEmbRegistrationLib.files.landmarks import read_landmarks, read_points
from RayEmbRegistrationLib.files.pose import read_poses
from RayEmbRegistrationLib.files.result import ResultFile, ViewRecord
from RayEmbRegistrationLib.files.result_file import read_result
from RayEmbRegistrationLib.problems import InputProblem

from .console import SUCCEEDED, say
from .results import record_lines
from .undistort import distortion_lines

if TYPE_CHECKING:
    from .engine import Engine

_WHAT = "a result, camera, pose or landmark file"


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "show",
        help="say in words what a result, camera, pose or landmark file holds",
        description="Say in words what a result holds: what it is worth, the poses, who said each value of the camera, and "
        "how it came about. Results of earlier versions, camera, pose and landmark files are shown, too.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="such as the RESULT.json that 'register' wrote")
    return parser


def run(arguments: argparse.Namespace, _registration: Engine | None) -> int:
    """Print it."""
    for line in lines_of(arguments.file):
        say(line)
    return SUCCEEDED


def lines_of(path: Path) -> list[str]:
    """The file in words.

    Raises:
        InputProblem: it is none of these, or cannot be read.
    """
    text = read_text(path, _WHAT)
    if text.lstrip().startswith(("{", "[")):
        kind = kinds.kind_of_content(parse_json_object(text, path))
    else:
        kind = kinds.kind_of_text(text, path)
    if kind is None:  # a bare matrix or OpenCV's; whatever else it is, the reader of cameras says so
        kind = kinds.CAMERA
    if kind not in _SHOWN:
        raise InputProblem(f"{path} is {kind}; give {_WHAT}")
    return _SHOWN[kind](path)


def _camera_lines(path: Path) -> list[str]:
    read = read_camera(path)
    lines = record_lines(ResultFile((ViewRecord(path.name, read.camera_from_world, read.camera, notes=read.notes),)))
    begin = next(number for number, line in enumerate(lines) if line.startswith("  camera:"))
    lines = [f"camera {path.name}", lines[begin].strip().removeprefix("camera: ")]
    lines += [f"{name.replace('_', ' ')}: of {origin}" for name, origin in read.origins.items()]
    if read.camera_from_world is not None:
        lines += ["place in its rig (world to camera, mm)", *_matrix(read.camera_from_world.matrix)]
    if read.bone_is_bright is not None:
        lines.append(f"bone is {'bright' if read.bone_is_bright else 'dark'}")
    return lines + [f"- {note}" for note in read.notes]


def _pose_lines(path: Path) -> list[str]:
    poses = read_poses(path)
    lines = [f"{len(poses)} pose{'s' if len(poses) > 1 else ''} (RAS of the CT to camera, mm)"]
    for pose in poses:
        lines += [*_matrix(pose.matrix), ""]
    return lines[:-1]


def _landmark_lines(path: Path) -> list[str]:
    views = read_landmarks(path)
    lines = []
    for number, view in enumerate(views):
        lines.append(f"view {number}: {len(view.points_ras)} pairs")
        for ras, px, label in zip(view.points_ras, view.points_px, view.labels, strict=True):
            lines.append(
                f"  RAS ({', '.join(f'{x:.2f}' for x in ras)}) mm at ({px[0]:.2f}, {px[1]:.2f}) px  {label}".rstrip()
            )
    return lines


def _point_lines(path: Path, where: str = "points in the CT (RAS, mm)") -> list[str]:
    points = read_points(path)
    lines = [f"{len(points.points_ras)} {where}"]
    for ras, label in zip(points.points_ras, points.labels, strict=True):
        lines.append(f"  ({', '.join(f'{x:.2f}' for x in ras)})  {label}".rstrip())
    return lines


def _matrix(matrix: Any) -> list[str]:
    return ["  " + "  ".join(f"{value:10.4f}" for value in row) for row in matrix]


_SHOWN: dict[str, Callable[[Path], list[str]]] = {
    kinds.RESULT: lambda path: record_lines(read_result(path)),
    kinds.POSE: _pose_lines,
    kinds.TRANSFORM: _pose_lines,
    kinds.LANDMARKS: _landmark_lines,
    kinds.DISTORTION: lambda path: distortion_lines(read_distortion(path)),
    kinds.MARKUPS: _point_lines,
    kinds.POINT_LIST: _point_lines,
    kinds.FRAME_SPECIFICATION: lambda path: _point_lines(path, "beads of XMALab's calibration object"),
    **dict.fromkeys((kinds.CAMERA, kinds.VTK_CAMERA, kinds.MAYACAM, kinds.RTK), _camera_lines),
}
