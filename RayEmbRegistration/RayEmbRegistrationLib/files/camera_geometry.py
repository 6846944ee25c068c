"""A camera file's content as an X-ray's geometry, each value with its origin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.geometry.xray import XrayGeometry

from .camera import CameraFile, read_camera


def geometry_of_camera_file(
    path: str | Path,
    image_size: tuple[int, int] | None,
    *,
    pixel_spacing_mm: tuple[float, float] | None = None,
    projection: int | None = None,
) -> XrayGeometry:
    """What a camera file of any known format tells, each value with its origin.

    Args:
        path: of the file.
        image_size: (width, height) of the X-ray, px.
        pixel_spacing_mm: (column, row) on the detector, for an RTK geometry, which does not tell it.
        projection: which one of an RTK geometry with several, from 0.

    Raises:
        InputProblem: no camera file, or of another image.
    """
    file = read_camera(path, image_size, pixel_spacing_mm=pixel_spacing_mm, projection=projection)
    return geometry_of_camera(file, Path(path).name)


def geometry_of_camera(file: CameraFile, name: str) -> XrayGeometry:
    """A camera file's content as a geometry; ``name`` is the file's."""
    geometry = XrayGeometry.of_camera(file.camera, "file", name, camera_from_rig=file.camera_from_world, notes=file.notes)
    changes: dict[str, Any] = {}
    for field in ("source_to_detector_mm", "pixel_spacing_mm", "principal_point_px"):
        changes[field] = Sourced(geometry.value(field), file.origins.get(field, "file"), name)
    if file.bone_is_bright is not None:
        changes["bone_is_bright"] = Sourced(file.bone_is_bright, "file", name)
    return replace(geometry, **changes)
