"""An X-ray's geometry as one line of JSON, as a scene keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem

FORMAT, FORMAT_VERSION = "rayemb-xray-geometry", 1  # raised when older readers would misread a scene
_MATRICES = ("camera_matrix",)  # lists of lists stay lists; other lists are tuples of numbers or words
MOST_KEPT = 64  # geometries read lately: a panel asks for those of its X-rays at every change; chosen: more than it shows
# Keys of the first form, which scenes of version 0.1 hold, by the field they are now.
_FIRST_FORM = {
    "source_to_detector_mm": "sourceToDetectorMm",
    "pixel_spacing_mm": "pixelSpacingMm",
    "principal_point_px": "principalPointPx",
    "mirrored": "isMirrored",
    "camera_matrix": "K",
    "source_to_bone_mm": "sourceToBoneMm",
    "bone_is_bright": "boneIsBright",
}


def geometry_to_text(geometry: XrayGeometry) -> str:
    """One line of JSON; ``geometry_from_text`` gives the same geometry."""
    return json.dumps(geometry_to_json(geometry))


@lru_cache(MOST_KEPT)
def geometry_from_text(text: str) -> XrayGeometry:
    """What ``geometry_to_text`` wrote, in this version or an earlier one; an empty text is a geometry nobody knows.

    Raises:
        InputProblem: no such text, or of a later version.
    """
    if not text:
        return XrayGeometry()
    try:
        content = json.loads(text)
        if "format" not in content and "origins" in content:
            return _of_first_form(content)
        return geometry_from_json(content)
    except (TypeError, KeyError, AttributeError, json.JSONDecodeError) as error:
        raise InputProblem(f"the X-ray's geometry kept in the scene is damaged ({error}); give it again") from error


def geometry_to_json(geometry: XrayGeometry) -> dict[str, Any]:
    """Plain values for JSON: each field that is known with value, origin, explanation and, where stated, std."""
    content: dict[str, Any] = {"format": FORMAT, "format_version": FORMAT_VERSION}
    for field in fields(geometry):
        known = getattr(geometry, field.name)
        if isinstance(known, Sourced):
            entry = {"value": plain_value(known.value), "origin": known.origin, "explanation": known.explanation}
            content[field.name] = entry if known.std is None else {**entry, "std": known.std}
        elif isinstance(known, RigidTransform):
            content[field.name] = known.matrix.tolist()
        elif known is not None:
            content[field.name] = list(known)
    return content


def geometry_from_json(content: Mapping[str, Any]) -> XrayGeometry:
    """What ``geometry_to_json`` gave.

    Raises:
        InputProblem: of another kind or of a later version.
    """
    version = content.get("format_version")
    if content.get("format") != FORMAT or not isinstance(version, int) or version > FORMAT_VERSION:
        raise InputProblem("this is not an X-ray's geometry, or one of a later version of this program; update the program")
    values: dict[str, Any] = {}
    for field in fields(XrayGeometry):
        kept = content.get(field.name)
        if kept is None:
            continue
        if field.name == "camera_from_rig":
            values[field.name] = RigidTransform.from_matrix(np.array(kept))
        elif isinstance(kept, Mapping):
            value = kept["value"]
            if isinstance(value, list) and field.name not in _MATRICES:
                value = tuple(value)
            values[field.name] = Sourced(value, kept["origin"], kept.get("explanation", ""), kept.get("std"))
        else:
            values[field.name] = tuple(tuple(each) if isinstance(each, list) else each for each in kept)
    return XrayGeometry(**values)


def _of_first_form(content: Mapping[str, Any]) -> XrayGeometry:
    """A geometry as version 0.1 wrote it: bare values, and where each is from in words."""
    told = content["origins"]

    def sourced(key: str, value: Any) -> Sourced:
        words = str(told.get(key, "assumed"))
        kinds = {"typed in": "typed", "assumed": "assumed", "DICOM": "tag"}
        return Sourced(value, kinds.get(words.split(":", maxsplit=1)[0], "file"), words)

    values: dict[str, Any] = {}
    for field, key in _FIRST_FORM.items():
        value = content.get(key)
        if value is not None:
            is_pair = isinstance(value, list) and field not in _MATRICES
            values[field] = sourced(key, tuple(value) if is_pair else value)
    values["rotation_deg"] = sourced("turns", float(-90 * content.get("turns", 0) % 360))
    if content.get("anglesDeg") is not None:
        names = ("primary_angle_deg", "secondary_angle_deg", "in_plane_angle_deg")
        values |= {n: sourced("anglesDeg", float(a)) for n, a in zip(names, content["anglesDeg"], strict=True)}
    if content.get("cameraFromRig") is not None:
        values["camera_from_rig"] = RigidTransform.from_matrix(np.array(content["cameraFromRig"]))
    return XrayGeometry(**values, notes=tuple(content.get("notes", ())))


def plain_value(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [plain_value(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain_value(each) for name, each in asdict(value).items()}
    return value.item() if isinstance(value, np.generic) else value
