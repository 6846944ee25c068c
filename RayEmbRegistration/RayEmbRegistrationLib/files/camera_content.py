"""What the keys of a camera file say, as a camera with the origin of each value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.plausibility import check_camera, check_rig
from RayEmbRegistrationLib.problems import InputProblem

from .json_files import is_empty, number_or_none, numbers, unknown_keys
from .names import without_folders
from .projection_matrix import decompose_projection

ASSUMED_SOURCE_TO_DETECTOR_MM = 1000.0  # chosen: a C-arm's; with K given, it scales lengths on the detector only
_LARGEST_SIDE_PX = 100_000  # chosen: twenty times the largest detector's side; a larger number is damage
INTENSITIES = ("raw", "log", "display", "unknown")

KEYS: tuple[str, ...] = (
    "K",
    "P",
    "image_size_px",
    "pixel_spacing_mm",
    "source_to_detector_mm",
    "principal_point_px",
    "world_to_camera",
)
KEYS += ("lab_to_camera", "bone_is_bright", "intensity", "format", "format_version", "note", "notes")
COMPANIONS = ("image", "group", "volume", "ras_to_camera", "reference_ras_to_camera")
"""Keys of case folders and of files that hold a camera and a pose; read by those who want them."""

_UNDISTORT = "undistort the X-ray first and give the undistorted image's camera without it"
_PLACE = "give the camera's place in its rig as world_to_camera: 4x4, X_camera = R X_world + t in mm"
_REFUSED = {
    **dict.fromkeys(("distortion", "dist_coeffs", "dist", "distCoeffs", "D", "distortion_coefficients"), _UNDISTORT),
    **dict.fromkeys(("distortion_model", "k1", "k2", "k3", "p1", "p2", "radial_distortion", "xi"), _UNDISTORT),
    **dict.fromkeys(("extrinsic", "extrinsics", "extrinsic_matrix", "camera_to_world", "camera_pose", "T"), _PLACE),
    **dict.fromkeys(("rotation", "translation", "R", "t", "rvec", "tvec", "rvecs", "tvecs"), _PLACE),
    **dict.fromkeys(("unit", "units", "scale"), "write lengths in mm and pixels in px, and leave it out"),
}
_HARMLESS = ("none", "plumb_bob", "brown_conrady", "mm")  # names of models say nothing without coefficients


@dataclass(frozen=True, eq=False)
class CameraFile:
    """What a camera file says.

    Attributes:
        camera: intrinsic geometry of the image.
        camera_from_world: the camera's place in its rig or laboratory, mm; None where the file does not say.
        bone_is_bright: polarity of the image; None where the file does not say.
        notes: what was derived, assumed or looks inconsistent, one sentence each.
        origins: by the name of a value (``focal_length_px``, ``principal_point_px``, ``pixel_spacing_mm``,
            ``source_to_detector_mm``, ``camera_from_world``), whether it is of the "file", "derived" or "assumed".
        intensity: what the pixels are: "raw", "log", "display" or "unknown"; None where the file does not say.
    """

    camera: Camera
    camera_from_world: RigidTransform | None = None
    bone_is_bright: bool | None = None
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    intensity: str | None = None


def camera_of(content: Mapping[str, Any], path: str | Path, image_size: tuple[int, int] | None) -> CameraFile:
    """The camera that a dictionary of our keys describes.

    Raises:
        InputProblem: a key is missing, holds something else, is not supported, or the camera cannot be one.
    """
    notes = _check_keys(content, path)
    size = _image_size(content, path, image_size)
    K, pose, origins, more = _matrix(content, path, size)
    if abs(np.linalg.det(K[:2, :2])) < 1e-6:
        raise InputProblem(f"the camera matrix K in {path} is singular; its focal lengths must not be zero")
    spacing, distance, derived, said = _detector(content, K, path)
    pose = _place(content, path) or pose
    try:
        camera = Camera(K, size, spacing, distance)
    except InputProblem as problem:
        raise InputProblem(f"{path}: {problem}") from problem
    notes += more + said + check_camera(camera, str(path))
    if pose is not None:
        check_rig(pose, str(path))
        origins["camera_from_world"] = "file"
    bright, intensity = content.get("bone_is_bright"), content.get("intensity")
    if bright is not None and not isinstance(bright, bool):
        raise InputProblem(f"bone_is_bright in {path} must be true or false, not {bright!r}")
    if intensity is not None and intensity not in INTENSITIES:
        raise InputProblem(f"intensity in {path} must be one of {', '.join(INTENSITIES)}, not {intensity!r}")
    return CameraFile(camera, pose, bright, without_folders(notes, path), origins | derived, intensity)


def _check_keys(content: Mapping[str, Any], path: str | Path) -> tuple[str, ...]:
    """Notes on keys that are not read.

    Raises:
        InputProblem: one whose value would change the geometry.
    """
    for key, what_to_do in _REFUSED.items():
        value = content.get(key)
        if not is_empty(value) and not (isinstance(value, str) and value.lower() in _HARMLESS):
            raise InputProblem(f"'{key}' in {path} is not supported; {what_to_do}")
    if is_empty(content.get("notes")) or isinstance(content.get("notes"), list):
        return unknown_keys(content, (*KEYS, *COMPANIONS, *_REFUSED), path)
    raise InputProblem(f"notes in {path} must be a list of sentences")


def _image_size(content: Mapping[str, Any], path: str | Path, image_size: tuple[int, int] | None) -> tuple[int, int]:
    if content.get("image_size_px") is None:
        if image_size is None:
            raise InputProblem(f"{path} has no image_size_px; add [width, height] of its image")
        return int(image_size[0]), int(image_size[1])
    width, height = numbers(content, "image_size_px", (2,), path)
    if width < 1 or height < 1 or width % 1 or height % 1 or max(width, height) > _LARGEST_SIDE_PX:
        raise InputProblem(f"image_size_px in {path} must be two positive whole numbers, at most {_LARGEST_SIDE_PX}")
    if image_size is not None and (width, height) != tuple(image_size):
        raise InputProblem(
            f"{path} is the camera of an image of {int(width)} x {int(height)} px, but the X-ray has "
            f"{image_size[0]} x {image_size[1]} px; give the camera of this very image (crop and binning change it)"
        )
    return int(width), int(height)


def _matrix(
    content: Mapping[str, Any], path: str | Path, size: tuple[int, int]
) -> tuple[np.ndarray, RigidTransform | None, dict[str, str], tuple[str, ...]]:
    """K, the place in the rig that a projection matrix tells, where K's values come from, and notes."""
    from_file = {"focal_length_px": "file", "principal_point_px": "file"}
    if content.get("K") is not None:
        if content.get("P") is not None:
            raise InputProblem(f"{path} holds both K and P; keep the one that is right")
        return numbers(content, "K", (3, 3), path), None, from_file, ()
    if content.get("P") is not None:
        K, pose = decompose_projection(numbers(content, "P", (3, 4), path), path)
        from_file = dict.fromkeys(from_file, "derived")
        return K, pose, from_file, ("K and the camera's place in its rig were derived from the projection matrix",)
    spacing, distance = _spacing(content, path), number_or_none(content, "source_to_detector_mm", path)
    if spacing is None or distance is None:
        raise InputProblem(
            f"{path} has no camera matrix K (3x3, px), no projection matrix P (3x4), and not both pixel_spacing_mm and "
            "source_to_detector_mm; add one of these"
        )
    if not ((spacing > 0).all() and distance > 0):
        raise InputProblem(f"pixel_spacing_mm and source_to_detector_mm in {path} must be positive, in mm")
    origins = {"focal_length_px": "derived", "principal_point_px": "file"}
    notes: tuple[str, ...] = ("K was derived from the source-to-detector distance and the pixel spacing",)
    if content.get("principal_point_px") is not None:
        point = numbers(content, "principal_point_px", (2,), path)
    else:
        point = (np.array(size) - 1) / 2
        origins["principal_point_px"] = "assumed"
        said = "does not tell where the central ray meets the image; its middle was assumed (add K or principal_point_px)"
        notes += (f"{path} {said}",)
    focal = distance / spacing
    return np.array([[focal[0], 0, point[0]], [0, focal[1], point[1]], [0, 0, 1]]), None, origins, notes


def _spacing(content: Mapping[str, Any], path: str | Path) -> np.ndarray | None:
    """(column, row) mm; one number stands for both."""
    value = content.get("pixel_spacing_mm")
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return numbers({"pixel_spacing_mm": [value, value]}, "pixel_spacing_mm", (2,), path)
    return numbers(content, "pixel_spacing_mm", (2,), path)


def _detector(
    content: Mapping[str, Any], K: np.ndarray, path: str | Path
) -> tuple[tuple[float, float], float, dict[str, str], tuple[str, ...]]:
    """Pixel spacing and source-to-detector distance, what is missing derived from focal length = distance / spacing."""
    focal_lengths = np.linalg.norm(K[:2, :2], axis=1)
    spacing, distance = _spacing(content, path), number_or_none(content, "source_to_detector_mm", path)
    if (spacing is not None and not (spacing > 0).all()) or (distance is not None and not distance > 0):
        raise InputProblem(f"pixel_spacing_mm and source_to_detector_mm in {path} must be positive, in mm")
    origins = {"pixel_spacing_mm": "file", "source_to_detector_mm": "file"}
    note = ""
    if distance is None and spacing is not None:
        distance = float((focal_lengths * spacing).mean())
        origins["source_to_detector_mm"] = "derived"
        note = f"the source-to-detector distance {distance:.1f} mm was derived from K and the pixel spacing"
    elif distance is None:
        distance = ASSUMED_SOURCE_TO_DETECTOR_MM
        origins = dict.fromkeys(origins, "assumed")
        said = "gives neither pixel spacing nor source-to-detector distance"
        note = f"{path} {said}; {distance:.0f} mm was assumed, which scales lengths on the detector only, not the projection"
    elif spacing is None:
        origins["pixel_spacing_mm"] = "derived"
    else:
        difference = float(np.abs(focal_lengths * spacing / distance - 1).max())
        if difference > 0.01:
            said = f"disagrees with its pixel spacing and source-to-detector distance by {difference:.0%}"
            note = f"K of {path} {said}; K is used for projection"
    sides = distance / focal_lengths if spacing is None else spacing
    return (float(sides[0]), float(sides[1])), distance, origins, (note,) if note else ()


def _place(content: Mapping[str, Any], path: str | Path) -> RigidTransform | None:
    """The camera's place in its rig, under either of its names."""
    given = [key for key in ("world_to_camera", "lab_to_camera") if content.get(key) is not None]
    if len(given) > 1:
        raise InputProblem(f"{path} holds both world_to_camera and lab_to_camera; keep the one that is right")
    if not given:
        return None
    if content.get("P") is not None:
        raise InputProblem(f"{path} holds both P and {given[0]}, which tell the same; keep one")
    matrix = numbers(content, given[0], (4, 4), path)
    try:
        return RigidTransform.from_matrix(matrix)
    except InputProblem as problem:
        raise InputProblem(f"{given[0]} in {path}: {problem}") from problem
