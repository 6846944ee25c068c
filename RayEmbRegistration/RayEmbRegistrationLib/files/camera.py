"""Camera, pose and landmark files.

Our camera file is a JSON object:

- ``K``: 3x3, px, pixel centres at integers, OpenCV axes (x right, y down, z from source to detector);
- ``image_size_px``: [width, height];
- ``pixel_spacing_mm``: [column, row], and ``source_to_detector_mm``: optional, each derived from the other and K;
- ``world_to_camera``: optional 4x4, ``X_camera = R X_world + t`` in mm, the camera's place in its rig (``lab_to_camera`` is
  read as well);
- ``bone_is_bright``: optional true or false.

Other keys are ignored. MayaCam 2 text, VTKCamera JSON and OpenCV YAML or XML are read too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform

from .foreign_cameras import parse_mayacam2, parse_opencv, parse_vtk_camera
from .json_files import FileProblemError, numbers, parse_json_object, read_json_object, read_text
from .writing import write_json

__all__ = [
    "CameraFile",
    "FileProblemError",
    "read_camera",
    "read_landmark_pairs",
    "read_pose",
    "read_poses",
    "write_camera",
]

ASSUMED_SOURCE_TO_DETECTOR_MM = 1000.0
_POSE_KEYS = ("ras_to_camera", "reference_ras_to_camera")


@dataclass(frozen=True, eq=False)
class CameraFile:
    """What a camera file says.

    Attributes:
        camera: intrinsic geometry of the image.
        camera_from_world: the camera's place in its rig or laboratory, mm; None where the file does not say.
        bone_is_bright: polarity of the image; None where the file does not say.
        notes: what was derived, assumed or looks inconsistent, one sentence each.
    """

    camera: Camera
    camera_from_world: RigidTransform | None = None
    bone_is_bright: bool | None = None
    notes: tuple[str, ...] = ()


def read_camera(path: str | Path, image_size: tuple[int, int] | None = None) -> CameraFile:
    """A camera file of any known format.

    Args:
        path: our JSON, MayaCam 2 text, VTKCamera JSON or OpenCV YAML/XML; told apart by their content.
        image_size: (width, height) of the X-ray it belongs to, px; checked against the file, and used where it has none.

    Raises:
        FileProblemError: missing, not a camera file, K missing or singular, lens distortion, or another image size.
    """
    text = read_text(path)
    start = text.lstrip()[:200]
    if start.startswith(("{", "[")) or Path(path).suffix.lower() == ".json":
        content = parse_json_object(text, path)
        if "camera-position" in content:
            content = parse_vtk_camera(content, path)
    elif start.lower().startswith("image size"):
        content = parse_mayacam2(text, path, image_size)
    elif start.startswith(("%YAML", "<?xml")) or Path(path).suffix.lower() in (".yaml", ".yml", ".xml"):
        content = parse_opencv(text, path)
    else:
        raise FileProblemError(
            f"{path} is not a camera file; give JSON with K and image_size_px, MayaCam 2 text (MayaCam 1 files must be "
            "exported again from XMALab), VTKCamera JSON or OpenCV YAML"
        )
    return _camera_of(content, path, image_size)


def _camera_of(content: dict[str, Any], path: str | Path, image_size: tuple[int, int] | None) -> CameraFile:
    if content.get("K") is None:
        raise FileProblemError(f"{path} has no camera matrix K (3x3, px); add it")
    K = numbers(content, "K", (3, 3), path)
    size = _image_size(content, path, image_size)
    if abs(np.linalg.det(K[:2, :2])) < 1e-6:
        raise FileProblemError(f"the camera matrix K in {path} is singular; its focal lengths must not be zero")
    spacing, distance, notes = _detector(content, K, path)
    pose_key = next((key for key in ("world_to_camera", "lab_to_camera") if content.get(key) is not None), None)
    pose_matrix = None if pose_key is None else numbers(content, pose_key, (4, 4), path)
    try:
        camera = Camera(K, size, spacing, distance)
        pose = None if pose_matrix is None else RigidTransform.from_matrix(pose_matrix)
    except ValueError as error:
        raise FileProblemError(f"{path}: {error}") from error
    if np.any(np.abs(camera.K[:2, 2] / size - 0.5) > 1.5):
        notes = (*notes, f"the principal point of {path} lies far outside the image; check K")
    bright = content.get("bone_is_bright")
    if bright is not None and not isinstance(bright, bool):
        raise FileProblemError(f"bone_is_bright in {path} must be true or false, not {bright!r}")
    return CameraFile(camera, pose, bright, notes)


def _image_size(content: dict[str, Any], path: str | Path, image_size: tuple[int, int] | None) -> tuple[int, int]:
    if content.get("image_size_px") is None:
        if image_size is None:
            raise FileProblemError(f"{path} has no image_size_px; add [width, height] of its image")
        return int(image_size[0]), int(image_size[1])
    width, height = numbers(content, "image_size_px", (2,), path)
    if width < 1 or height < 1 or width % 1 or height % 1:
        raise FileProblemError(f"image_size_px in {path} must be two positive whole numbers")
    if image_size is not None and (width, height) != tuple(image_size):
        raise FileProblemError(
            f"{path} is the camera of an image of {int(width)} x {int(height)} px, but the X-ray has "
            f"{image_size[0]} x {image_size[1]} px; give the camera of this very image (crop and binning change it)"
        )
    return int(width), int(height)


def _detector(
    content: dict[str, Any], K: np.ndarray, path: str | Path
) -> tuple[tuple[float, float], float, tuple[str, ...]]:
    """Pixel spacing and source-to-detector distance, what is missing derived from focal length = distance / spacing."""
    focal_lengths = np.linalg.norm(K[:2, :2], axis=1)
    spacing = distance = None
    if content.get("pixel_spacing_mm") is not None:
        value = content["pixel_spacing_mm"]
        pair = {"pixel_spacing_mm": [value, value]} if isinstance(value, int | float) else content
        spacing = numbers(pair, "pixel_spacing_mm", (2,), path)
    if content.get("source_to_detector_mm") is not None:
        distance = float(numbers(content, "source_to_detector_mm", (), path))
    if (spacing is not None and not (spacing > 0).all()) or (distance is not None and not distance > 0):
        raise FileProblemError(f"pixel_spacing_mm and source_to_detector_mm in {path} must be positive, in mm")
    notes: list[str] = []
    if spacing is not None and distance is not None:
        difference = float(np.abs(focal_lengths * spacing / distance - 1).max())
        if difference > 0.01:
            notes.append(
                f"K of {path} disagrees with its pixel spacing and source-to-detector distance by {difference:.0%}; "
                "K is used for projection"
            )
    elif spacing is not None:
        distance = float((focal_lengths * spacing).mean())
        notes.append(f"the source-to-detector distance {distance:.1f} mm was derived from K and the pixel spacing")
    else:
        if distance is None:
            distance = ASSUMED_SOURCE_TO_DETECTOR_MM
            notes.append(
                f"{path} gives neither pixel spacing nor source-to-detector distance; {distance:.0f} mm was assumed, which "
                "scales lengths on the detector only, not the projection"
            )
        spacing = distance / focal_lengths
    return (float(spacing[0]), float(spacing[1])), distance, tuple(notes)


def write_camera(path: str | Path, camera_file: CameraFile) -> None:
    """Write our JSON camera file; ``read_camera`` returns the same numbers."""
    camera = camera_file.camera
    content: dict[str, Any] = {
        "K": camera.K,
        "image_size_px": camera.image_size,
        "pixel_spacing_mm": camera.pixel_spacing_mm,
        "source_to_detector_mm": camera.source_to_detector_mm,
    }
    if camera_file.camera_from_world is not None:
        content["world_to_camera"] = camera_file.camera_from_world.matrix
    if camera_file.bone_is_bright is not None:
        content["bone_is_bright"] = camera_file.bone_is_bright
    if camera_file.notes:
        content["notes"] = camera_file.notes
    write_json(path, content)


def _pose_of(content: Any, path: str | Path) -> RigidTransform:
    key = next((key for key in _POSE_KEYS if isinstance(content, dict) and content.get(key) is not None), None)
    if key is None:
        raise FileProblemError(f"{path} has no pose; it must hold ras_to_camera, a 4x4 matrix in mm")
    matrix = numbers(content, key, (4, 4), path)
    try:
        return RigidTransform.from_matrix(matrix)
    except ValueError as error:
        raise FileProblemError(f"{key} in {path}: {error}") from error


def read_poses(path: str | Path) -> list[RigidTransform]:
    """``camera_from_ras`` of every view in a pose or result file: the list under ``views``, or the one pose.

    Raises:
        FileProblemError: missing, not JSON, no ``ras_to_camera``, or a matrix that is not rigid.
    """
    content = read_json_object(path)
    views = content.get("views")
    if views is None:
        return [_pose_of(content, path)]
    if not isinstance(views, list) or not views:
        raise FileProblemError(f"views in {path} must be a list with one object for each X-ray")
    return [_pose_of(view, path) for view in views]


def read_pose(path: str | Path) -> RigidTransform:
    """``camera_from_ras`` from a pose or result file (key ``ras_to_camera`` or ``reference_ras_to_camera``).

    Raises:
        FileProblemError: as ``read_poses``, or poses of several views.
    """
    content = read_json_object(path)
    if any(content.get(key) is not None for key in _POSE_KEYS):
        return _pose_of(content, path)
    poses = read_poses(path)
    if len(poses) > 1:
        raise FileProblemError(f"{path} holds the poses of {len(poses)} X-rays where one is needed")
    return poses[0]


def read_landmark_pairs(path: str | Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Corresponding points for each view: ((N, 3) RAS mm, (N, 2) px), empty arrays for a view without any.

    The file is ``{"pairs": [{"ras": [r, a, s], "px": [column, row], "view": 0, "label": "..."}]}``; ``view`` counts from 0
    and may be left out for one X-ray.

    Raises:
        FileProblemError: missing, not JSON, no pairs, or a pair without its numbers.
    """
    pairs = read_json_object(path).get("pairs")
    if not isinstance(pairs, list) or not pairs:
        raise FileProblemError(f"{path} must hold a list 'pairs' of objects with ras and px")
    views: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for index, pair in enumerate(pairs):
        if not isinstance(pair, dict) or "ras" not in pair or "px" not in pair:
            raise FileProblemError(f"pair {index} in {path} must have ras (3 numbers, mm) and px (2 numbers)")
        view = pair.get("view", 0)
        if not isinstance(view, int) or isinstance(view, bool) or not 0 <= view < 1000:
            raise FileProblemError(f"the view of pair {index} in {path} must be a whole number from 0")
        views.setdefault(view, []).append((numbers(pair, "ras", (3,), path), numbers(pair, "px", (2,), path)))
    result = []
    for view in range(max(views) + 1):
        found = views.get(view, [])
        points = np.array([ras for ras, _ in found]).reshape(-1, 3)
        result.append((points, np.array([px for _, px in found]).reshape(-1, 2)))
    return result
