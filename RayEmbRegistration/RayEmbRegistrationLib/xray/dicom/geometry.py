"""The geometry that a DICOM X-ray tells, every value with the tag that it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.geometry.xray import XrayGeometry

from .detector import field_of_view, pixel_spacing, principal_point
from .distances import detector_angle, source_distances, warn_of_distortion
from .orientation import beam_direction_lps, is_mirrored, isocenter_reference, positioner_angle
from .rt_image import rt_image_orientation, rt_image_principal_point
from .values import FrameAttributes, attribute_name

if TYPE_CHECKING:
    from pydicom import Dataset


def geometry_from_dicom(dataset: Dataset, frame: int = 0) -> XrayGeometry:
    """Everything that a projection X-ray's DICOM file tells about the geometry of one of its frames.

    Args:
        dataset: XA, RF, DX, CR, Enhanced XA or XRF, RT Image or Secondary Capture; the pixels are not touched.
        frame: index from 0.
    """
    attributes = FrameAttributes(dataset, frame)
    warnings: list[str] = []
    is_rt_image = attributes.text("Modality") == "RTIMAGE"
    detector, isocenter, magnification = source_distances(attributes, warnings)
    view = field_of_view(attributes, warnings)
    spacing, why_missing = pixel_spacing(attributes, magnification, view.turns)
    primary = positioner_angle(attributes, "Primary", warnings)
    secondary = positioner_angle(attributes, "Secondary", warnings)
    if is_rt_image:
        view, mirrored = rt_image_orientation(attributes, warnings)
        center = rt_image_principal_point(attributes, spacing)
    else:
        mirrored = is_mirrored(attributes, beam_direction_lps(attributes, primary, secondary), view.flip)
        center = principal_point(attributes, spacing, view, warnings)
    detector_angles = [detector_angle(attributes, which) for which in ("Primary", "Secondary")]
    warn_of_distortion(attributes, warnings)
    orientation = attributes.texts("PatientOrientation")
    geometry = XrayGeometry(
        image_size=(int(dataset.Columns), int(dataset.Rows)),
        source_to_detector_mm=detector,
        source_to_isocenter_mm=isocenter,
        pixel_spacing_mm=spacing,
        principal_point_px=center,
        rotation_deg=view.rotation_deg,
        flip=view.flip,
        mirrored=mirrored,
        primary_angle_deg=primary,
        secondary_angle_deg=secondary,
        detector_primary_angle_deg=detector_angles[0],
        detector_secondary_angle_deg=detector_angles[1],
        gantry_angle_deg=attributes.angle_deg("GantryAngle"),
        tube_voltage_kv=attributes.length_mm("KVP"),
        patient_position=_text(attributes, "PatientPosition"),
        patient_orientation=Sourced(orientation, "tag", "(0020,0020) Patient Orientation")
        if len(orientation) == 2
        else None,
        isocenter_reference=isocenter_reference(attributes),
        notes=tuple(warnings),
    )
    return geometry.with_unused("pixel_spacing_mm", why_missing) if spacing is None and why_missing else geometry


def _text(attributes: FrameAttributes, keyword: str) -> Sourced | None:
    text = attributes.text(keyword)
    return None if text is None else Sourced(text, "tag", attribute_name(keyword))
