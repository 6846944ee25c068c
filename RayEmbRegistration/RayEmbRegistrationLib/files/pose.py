"""Pose files: where the CT is in the camera of an X-ray, one pose or one a view.

Our pose file is a JSON object: ``format`` "rayemb-pose" and ``format_version`` 1 (both may be missing), and
``ras_to_camera``, 4x4, ``X_camera = R X_ras + t`` in mm; or ``views``, a list of objects that hold one each. Result files,
camera files with a ``reference_ras_to_camera`` and ITK transforms (.tfm, as Slicer writes the C-arm's) are read as well.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

from .foreign_transforms import itk_transform_text, parse_itk_transform
from .json_files import check_format, numbers, parse_json_object, read_text
from .kinds import CAMERA, POSE, RESULT, refuse_other_kinds
from .writing import write_json, write_text

FORMAT, VERSION = "rayemb-pose", 1  # raised when older readers would misread a file
RESULT_FORMAT = "rayemb-registration-result"
_POSE_KEYS = ("ras_to_camera", "reference_ras_to_camera")
_LOG = logging.getLogger(__name__)


def read_poses(path: str | Path) -> list[RigidTransform]:
    """``camera_from_ras`` of every view in a pose or result file: the list under ``views``, or the one pose.

    Raises:
        InputProblem: missing, of no known format, no pose in it, or a matrix that is not rigid.
    """
    text = read_text(path, "a pose file")
    if text.lstrip().startswith("#Insight Transform File"):
        _LOG.warning("%s: taken as the C-arm's transform (camera frame to RAS, as Slicer's pose node holds it)", path)
        return [parse_itk_transform(text, path)]
    if not text.lstrip().startswith(("{", "[")):
        refuse_other_kinds(text, path, POSE)
    content = parse_json_object(text, path)
    if content.get("format") != RESULT_FORMAT:
        has_pose = any(content.get(key) is not None for key in _POSE_KEYS)
        refuse_other_kinds(content, path, POSE, (RESULT, CAMERA) if has_pose else (RESULT,))
        if content.get("format") == FORMAT:
            check_format(content, FORMAT, VERSION, path)
    return poses_of(content, path)


def poses_of(content: Mapping[str, Any], path: str | Path) -> list[RigidTransform]:
    """The poses that a JSON object holds, as ``read_poses``."""
    views = content.get("views")
    if views is None:
        return [_pose_of(content, path)]
    if not isinstance(views, list) or not views:
        raise InputProblem(f"views in {path} must be a list with one object for each X-ray")
    return [_pose_of(view, path) for view in views]


def read_pose(path: str | Path) -> RigidTransform:
    """``camera_from_ras`` of one X-ray, from any file that ``read_poses`` reads.

    Raises:
        InputProblem: as ``read_poses``, or poses of several views.
    """
    poses = read_poses(path)
    if len(poses) > 1:
        raise InputProblem(f"{path} holds the poses of {len(poses)} X-rays where one is needed")
    return poses[0]


def _pose_of(content: Any, path: str | Path) -> RigidTransform:
    key = next((key for key in _POSE_KEYS if isinstance(content, dict) and content.get(key) is not None), None)
    if key is None:
        raise InputProblem(f"{path} has no pose; it must hold ras_to_camera, a 4x4 matrix in mm")
    matrix = numbers(content, key, (4, 4), path)
    try:
        return RigidTransform.from_matrix(matrix)
    except InputProblem as problem:
        raise InputProblem(f"{key} in {path}: {problem}") from problem


def write_poses(path: str | Path, poses: Sequence[RigidTransform]) -> None:
    """Write our pose file; ``read_poses`` returns the same poses.

    Raises:
        InputProblem: no poses, or the file could not be written.
    """
    if not poses:
        raise InputProblem(f"there is no pose to write into {path}")
    content: dict[str, Any] = {"format": FORMAT, "format_version": VERSION, "ras_to_camera": poses[0].matrix}
    if len(poses) > 1:
        content["views"] = [{"ras_to_camera": pose.matrix} for pose in poses]
    write_json(path, content)


def write_itk_transform(path: str | Path, camera_from_ras: RigidTransform) -> None:
    """Write an ITK transform file that Slicer loads as the C-arm's transform: camera frame to RAS.

    Raises:
        InputProblem: it could not be written.
    """
    write_text(path, itk_transform_text(camera_from_ras))
