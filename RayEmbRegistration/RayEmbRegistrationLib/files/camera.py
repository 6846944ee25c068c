"""Camera files: our own, and those of other programs.

Our camera file is a JSON object:

- ``format``: "rayemb-camera", and ``format_version``: 1; both may be missing, as in files written before there were any;
- ``K``: 3x3, px, pixel centres at integers, OpenCV axes (x right, y down, z from source to detector); in its place ``P``, a
  3x4 projection matrix from world mm to px; or neither, where spacing and distance below are given: the central ray then
  meets the image at ``principal_point_px`` or, assumed, in its middle;
- ``image_size_px``: [width, height];
- ``pixel_spacing_mm``: [column, row], and ``source_to_detector_mm``: optional, each derived from the other and K;
- ``world_to_camera``: optional 4x4, ``X_camera = R X_world + t`` in mm, the camera's place in its rig (``lab_to_camera`` is
  read as well);
- ``bone_is_bright``: optional true or false; ``intensity``: optional "raw", "log", "display" or "unknown".

A key that would change the geometry and is not supported (lens distortion, extrinsics of another name) is refused, any other
that is not read is named in a note. Read, too: MayaCam 2 text, VTKCamera JSON, OpenCV YAML or XML, RTK XML, 3x3 and 3x4
matrices.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from RayEmbRegistrationLib.problems import InputProblem

from .camera_content import CameraFile, camera_of
from .foreign_cameras import parse_matrix, parse_mayacam2, parse_opencv, parse_vtk_camera
from .foreign_rtk import parse_rtk
from .json_files import check_format, parse_json_object, read_text
from .kinds import CAMERA, VTK_CAMERA, refuse_other_kinds
from .landmarks import read_landmark_pairs
from .pose import read_pose, read_poses
from .writing import write_json

__all__ = ["CameraFile", "camera_content", "read_camera", "read_landmark_pairs", "read_pose", "read_poses", "write_camera"]

FORMAT, VERSION = "rayemb-camera", 1  # raised when older readers would misread a file


def read_camera(
    path: str | Path,
    image_size: tuple[int, int] | None = None,
    *,
    pixel_spacing_mm: tuple[float, float] | None = None,
    projection: int | None = None,
) -> CameraFile:
    """A camera file of any known format.

    Args:
        path: told apart by their content, see above.
        image_size: (width, height) of the X-ray it belongs to, px; checked against the file, and used where it has none.
        pixel_spacing_mm: (column, row) on the detector, for an RTK geometry, which does not tell it.
        projection: which one of an RTK geometry with several, from 0.

    Raises:
        InputProblem: missing, not a camera file, a key missing or not supported, another image size, or no X-ray's camera.
    """
    text = read_text(path)
    start = text.lstrip()[:400]
    if start.startswith(("{", "[")) or Path(path).suffix.lower() == ".json":
        content = parse_json_object(text, path)
        refuse_other_kinds(content, path, CAMERA, (VTK_CAMERA,))
        if "camera-position" in content:
            content = parse_vtk_camera(content, path)
        else:
            check_format(content, FORMAT, VERSION, path)
    elif start.lower().startswith("image size"):
        content = parse_mayacam2(text, path, image_size)
    elif "RTKThreeDCircularGeometry" in text[:2000]:
        content = parse_rtk(text, path, image_size, pixel_spacing_mm, projection)
    elif start.startswith(("%YAML", "<?xml")) or Path(path).suffix.lower() in (".yaml", ".yml", ".xml"):
        content = parse_opencv(text, path)
    else:
        content = _from_bare_text(text, path)
    return camera_of(content, path, image_size)


def _from_bare_text(text: str, path: str | Path) -> dict[str, Any]:
    """A matrix without a word, or a sentence that says what the file is instead."""
    refuse_other_kinds(text, path, CAMERA)
    content = parse_matrix(text, path)
    if content is None:
        raise InputProblem(
            f"{path} is not a camera file; give JSON with K and image_size_px, MayaCam 2 text (MayaCam 1 files must be "
            "exported again from XMALab), VTKCamera JSON, OpenCV YAML, RTK XML or a 3x4 projection matrix"
        )
    return content


def camera_content(camera_file: CameraFile) -> dict[str, Any]:
    """What our JSON camera file holds."""
    camera = camera_file.camera
    content: dict[str, Any] = {
        "format": FORMAT,
        "format_version": VERSION,
        "K": camera.K.tolist(),
        "image_size_px": list(camera.image_size),
        "pixel_spacing_mm": list(camera.pixel_spacing_mm),
        "source_to_detector_mm": camera.source_to_detector_mm,
    }
    if camera_file.camera_from_world is not None:
        content["world_to_camera"] = camera_file.camera_from_world.matrix.tolist()
    if camera_file.bone_is_bright is not None:
        content["bone_is_bright"] = camera_file.bone_is_bright
    if camera_file.intensity is not None:
        content["intensity"] = camera_file.intensity
    if camera_file.notes:
        content["notes"] = list(camera_file.notes)
    return content


def write_camera(path: str | Path, camera_file: CameraFile) -> None:
    """Write our JSON camera file; ``read_camera`` returns the same numbers.

    Raises:
        InputProblem: it could not be written.
    """
    write_json(path, camera_content(camera_file))
