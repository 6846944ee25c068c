"""Open an X-ray: its file, its camera file or tags, and what the user typed, as one ``XrayView``."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.files.camera_geometry import geometry_of_camera_file
from RayEmbRegistrationLib.files.distortion import read_distortion
from RayEmbRegistrationLib.geometry.plausibility import check_camera
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.distortion.applying import undistorted
from RayEmbRegistrationLib.xray.distortion.words import cost_notes
from RayEmbRegistrationLib.xray.making import make_view
from RayEmbRegistrationLib.xray.reading import read_xray
from RayEmbRegistrationLib.xray.view import XrayView

_LOG = logging.getLogger(__name__)
FROM_DICOM = "dicom"
SAME_PICTURE = 0.999  # correlation; resaving in 8 bits leaves 0.9999, another frame of a run gives 0.99 at most


@dataclass(frozen=True)
class Typed:
    """What the user typed in of an X-ray; None where nothing.

    Attributes:
        source_to_detector_mm: distance of the source from the detector.
        pixel_spacing_mm: (column, row) on the detector.
        principal_point_px: (column, row) where the central beam meets the image.
        angles_deg: primary and secondary C-arm angle (DICOM's), and the turn about the beam where it is known.
        bone_is_bright: polarity; settles it.
    """

    source_to_detector_mm: float | None = None
    pixel_spacing_mm: tuple[float, float] | None = None
    principal_point_px: tuple[float, float] | None = None
    angles_deg: Sequence[float] | None = None
    bone_is_bright: bool | None = None

    def applied(self, geometry: XrayGeometry) -> XrayGeometry:
        """A geometry with these in place of what was known; all else stays, rotation and flips above all."""
        values: dict[str, Any] = {
            "source_to_detector_mm": self.source_to_detector_mm,
            "pixel_spacing_mm": self.pixel_spacing_mm,
            "principal_point_px": self.principal_point_px,
            "bone_is_bright": self.bone_is_bright,
        }
        if self.angles_deg is not None:
            values |= dict(
                zip(("primary_angle_deg", "secondary_angle_deg", "in_plane_angle_deg"), self.angles_deg, strict=False)
            )
        given = {name: value for name, value in values.items() if value is not None}
        return geometry.with_values(**given) if given else geometry


def made_straight(view: XrayView, distortion: str | Path) -> XrayView:
    """An X-ray by a distortion file of its camera, in its orientation.

    Raises:
        InputProblem: another image size, or nothing of it lies on the plate.
    """
    return undistorted(view, read_distortion(distortion).map_at(view.geometry.angles_deg), Path(distortion).name)


def open_xray(
    path: str | Path,
    camera: str | Path | None = None,
    typed: Typed | None = None,
    frame: int | None = None,
    name: str | None = None,
    distortion: str | Path | None = None,
) -> XrayView:
    """One X-ray with its camera.

    Args:
        path: the image.
        camera: camera file; None or "dicom" takes the image's own tags. What a camera file does not tell (C-arm angles,
            polarity) stays as the tags say.
        typed: values that replace those of tags and file.
        frame: frame or slice, from 0; of an RTK geometry the projection of this number is taken.
        name: what to call it in messages; the file's name where None.
        distortion: a distortion file of the camera; the X-ray is made straight by it, and the camera is the straight one's.

    Raises:
        InputProblem: a file that cannot be used, or the geometry lacks a value; the sentence says which and what to give.
    """
    path = Path(path)
    view, typed = read_xray(path, frame), typed or Typed()
    geometry = view.geometry
    if camera is not None and str(camera) != FROM_DICOM:
        spacing = typed.pixel_spacing_mm
        file = geometry_of_camera_file(camera, view.image_size, pixel_spacing_mm=spacing, projection=frame)
        geometry = joined(geometry, file)
    view = replace(view, geometry=typed.applied(geometry), name=name or path.name)
    if distortion is not None:
        view = made_straight(view, distortion)
    if view.geometry.missing:
        try:
            view.geometry.camera(view.image_size, view.name)
        except InputProblem as problem:
            raise InputProblem(f"{problem} (--camera, or --sdd and --spacing)") from problem
    unusual = check_camera(view.camera, view.name)
    view = replace(view, geometry=view.geometry.with_notes(*unusual, *cost_notes(view.geometry, view.camera)))
    _LOG.info("opened %s: %d x %d px; %s", view.name, *view.image_size, "; ".join(view.geometry.describe()))
    return view


def joined(tags: XrayGeometry, file: XrayGeometry) -> XrayGeometry:
    """The camera of a file; what it does not tell as the tags say."""
    beside = ("primary_angle_deg", "secondary_angle_deg", "patient_position", "tube_voltage_kv", "source_to_isocenter_mm")
    kept = {field: getattr(tags, field) for field in beside}
    polarity = file.bone_is_bright if file.bone_is_bright is not None else tags.bone_is_bright
    return replace(file, **kept, bone_is_bright=polarity)


def view_of_pixels(
    pixels: np.ndarray, geometry: XrayGeometry, file: XrayView | None = None, name: str = "the X-ray"
) -> XrayView:
    """An X-ray whose pixels something else has read, such as a scene.

    Args:
        pixels: (H, W).
        geometry: what is known of it.
        file: the library's own reading of the file that the pixels are from. Its mask, scale of intensities and polarity
            hold only if it shows the same picture, which is checked.
        name: what to call it in messages.

    Raises:
        InputProblem: the image has no content, or the geometry lacks a value.
    """
    if file is None:
        return make_view(pixels, geometry, name=name)
    if not _same_picture(pixels, file.pixels):
        note = f"{name} differs from the file it was loaded from; the file's mask and scale of intensities are not used."
        return make_view(pixels, geometry, name=name, notes=(note,))
    return make_view(pixels, geometry, file.invalid, name, intensity=file.intensity, notes=file.notes)


def _same_picture(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two readings of a file agree but for offset and scale."""
    if one.shape != other.shape:
        return False
    a, b = (np.asarray(image, dtype=np.float64).ravel() for image in (one, other))
    a, b = a - a.mean(), b - b.mean()
    return bool(a @ b > SAME_PICTURE * np.sqrt((a @ a) * (b @ b)))


def view_prior_of(view: XrayView) -> str | None:
    """The name of the view prior that an X-ray's C-arm angles speak for; None where it has none."""
    from RayEmbRegistrationLib.pose.views import view_of_angles

    angles = view.geometry.angles_deg
    return None if angles is None else view_of_angles(angles[0], angles[1])
