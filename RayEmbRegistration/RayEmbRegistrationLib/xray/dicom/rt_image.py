"""RT Image: the projection geometry of a linear accelerator's imager (DICOM PS3.3 C.8.8.2)."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry.sourced import Sourced

from .detector import FieldOfView
from .values import FrameAttributes, attribute_name

# Rows along the receptor's x, columns against its y: the image as seen from the source (PS3.3 C.8.8.2).
_DEFAULT_ORIENTATION = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)


def rt_image_orientation(attributes: FrameAttributes, warnings: list[str]) -> tuple[FieldOfView, Sourced]:
    """Turn and flip of the image against the beam's eye view, and whether it is mirrored.

    Without RT Image Orientation (3002,0010) the image is seen from the source: rows along +Xr and columns along -Yr of the
    IEC X-ray image receptor system, whose Zr points to the source (C.8.8.2.7).
    """
    if attributes.text("RTImagePlane") == "NON_NORMAL":
        warnings.append(
            f"{attribute_name('RTImagePlane')} is NON_NORMAL: the image is not perpendicular to the beam, and its camera is "
            "only approximate."
        )
    orientation = _orientation(attributes)
    # In steps along +Xr and -Yr, the columns and rows of the beam's eye view.
    stored = np.array([[orientation[0], -orientation[1]], [orientation[3], -orientation[4]]])
    is_tag = bool(attributes.numbers("RTImageOrientation"))
    origin = "tag" if is_tag else "derived"
    explanation = attribute_name("RTImageOrientation") if is_tag else "the beam's eye view that RT Image prescribes"
    mirrored = bool(np.linalg.det(stored) < 0)
    for degrees in (0, 90, 180, 270):
        view = FieldOfView(Sourced(degrees, origin, explanation), Sourced(mirrored, origin, explanation))
        if np.allclose(view.stored_from_detector, stored, atol=1e-3):
            return view, Sourced(mirrored, origin, explanation)
    warnings.append("The image is not turned by quarter turns on the receptor; its rows are taken as the camera's x axis.")
    flip = Sourced(mirrored, origin, explanation)
    return FieldOfView(Sourced(0, origin, explanation), flip), flip


def rt_image_principal_point(attributes: FrameAttributes, spacing: Sourced | None) -> Sourced:
    """Where the beam axis meets the image, (column, row) in px.

    RT Image Position (3002,0012) is the centre of the first pixel in the receptor system, mm; X-Ray Image Receptor
    Translation (3002,000D) and Angle (3002,000E) place that system in the gantry's, whose z axis is the beam.
    """
    position = attributes.numbers("RTImagePosition")
    if len(position) != 2 or spacing is None:
        center = ((attributes.dataset.Columns - 1) / 2, (attributes.dataset.Rows - 1) / 2)
        return Sourced(center, "assumed", "the image's centre")
    translation = np.array((*attributes.numbers("XRayImageReceptorTranslation"), 0.0, 0.0)[:2])
    angle = np.radians(attributes.number("XRayImageReceptorAngle") or 0.0)
    receptor_from_gantry = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    beam = receptor_from_gantry @ -translation - np.array(position)
    orientation = _orientation(attributes)
    column = orientation[:2] @ beam / spacing.value[0]
    row = orientation[3:5] @ beam / spacing.value[1]
    return Sourced((float(column), float(row)), "tag", attribute_name("RTImagePosition"))


def _orientation(attributes: FrameAttributes) -> np.ndarray:
    values = attributes.numbers("RTImageOrientation")
    return np.array(values if len(values) == 6 else _DEFAULT_ORIENTATION)
