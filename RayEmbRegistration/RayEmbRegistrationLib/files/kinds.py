"""What a file is that is not what was asked for: named, with what to give instead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from RayEmbRegistrationLib.problems import InputProblem

from .xmalab import is_frame_specification

CAMERA, POSE, LANDMARKS, RESULT = "a camera file", "a pose file", "a landmark file", "a registration's result"
DISTORTION = "a distortion file"
VTK_CAMERA, MAYACAM, RTK = "a VTKCamera file", "a MayaCam 2 camera file", "an RTK geometry"
MARKUPS, POINT_LIST = "a file of Slicer's markups (.mrk.json)", "a list of Slicer's points (.fcsv)"
FRAME_SPECIFICATION = "XMALab's frame specification: the beads of which XMALab makes its MayaCam 2 files"
TRANSFORM = "an ITK transform"
TRACK = "an Autoscoper track (.tra): poses in the frame of Autoscoper's own volume, one a frame"

_OURS = {
    "rayemb-camera": CAMERA,
    "rayemb-pose": POSE,
    "rayemb-landmarks": LANDMARKS,
    "rayemb-registration-result": RESULT,
    "rayemb-distortion": DISTORTION,
}
_INSTEAD = {
    CAMERA: "give the X-ray's camera: JSON with K and image_size_px, MayaCam 2 text, OpenCV YAML or RTK XML",
    POSE: "give JSON with ras_to_camera (4x4, mm), a result file, or the C-arm's transform as Slicer saves it (.tfm)",
    LANDMARKS: "give JSON with pairs of ras (mm, in the CT) and px (in the X-ray)",
    DISTORTION: "give the file that 'rayemb undistort --plate' wrote",
    RESULT: "give the RESULT.json that 'register' wrote",
}
# What tells a text file: its first characters (lower case) and its name's ending; and the kind.
_TEXTS: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (("#insight transform file",), (), TRANSFORM),
    (("# markups fiducial file",), (".fcsv",), POINT_LIST),
    (("image size",), (), MAYACAM),
    ((), (".tra",), TRACK),
    (("solid ",), (".stl",), "a surface model (STL)"),
    (("mayacam_csv",), (".cfg",), "an Autoscoper trial, which names cameras and volumes in other files"),
)
# What tells a JSON file, first match first.
_OBJECTS: tuple[tuple[Callable[[Mapping[str, Any]], bool], str], ...] = (
    (lambda content: "markups" in content or "markups-schema" in str(content.get("@schema", "")), MARKUPS),
    (lambda content: "camera-position" in content, VTK_CAMERA),
    (lambda content: "pairs" in content, LANDMARKS),
    (lambda content: isinstance(content.get("views"), list), RESULT),
    (lambda content: "K" in content or "P" in content, CAMERA),
    (lambda content: "ras_to_camera" in content, POSE),
)


def kind_of_text(text: str, path: str | Path) -> str | None:
    """What a text file is, in words, where it can be told by its first lines or its name; None otherwise."""
    if "RTKThreeDCircularGeometry" in text[:2000]:
        return RTK
    if is_frame_specification(text):
        return FRAME_SPECIFICATION
    start, ending = text.lstrip()[:100].lower(), Path(path).suffix.lower()
    return next((kind for starts, endings, kind in _TEXTS if start.startswith(starts) or ending in endings), None)


def kind_of_content(content: Mapping[str, Any]) -> str | None:
    """What a JSON file is, in words, where its keys tell; None otherwise."""
    said = content.get("format")
    if isinstance(said, str) and said in _OURS:
        return _OURS[said]
    return next((kind for tells, kind in _OBJECTS if tells(content)), None)


def refuse_other_kinds(content: Mapping[str, Any] | str, path: str | Path, wanted: str, also: Collection[str] = ()) -> None:
    """Refuse a file that is plainly something else.

    Args:
        content: a JSON object, or text.
        path: of the file.
        wanted: the kind that is asked for: CAMERA, POSE, LANDMARKS, DISTORTION or RESULT.
        also: other kinds that serve.

    Raises:
        InputProblem: says what it is and what to give.
    """
    found = kind_of_text(content, path) if isinstance(content, str) else kind_of_content(content)
    if found is not None and found != wanted and found not in also:
        raise InputProblem(f"{path} is {found}, not {wanted}; {_INSTEAD[wanted]}")
