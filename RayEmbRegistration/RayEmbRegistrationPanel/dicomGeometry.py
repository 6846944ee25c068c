"""The geometry that a DICOM file tells, with the tag that each value is from."""

from RayEmbRegistrationScene.xrayGeometry import XrayGeometry


def geometryFromDicomImage(image) -> XrayGeometry:
    """What a DICOM reading tells, each value with the tag that it is from."""
    told = image.geometry
    names = {
        "sourceToDetectorMm": told.source_to_detector_mm,
        "pixelSpacingMm": told.pixel_spacing_mm,
        "principalPointPx": told.principal_point_px,
        "turns": told.rotation_deg,
        "isMirrored": told.mirrored,
    }
    origins = {name: f"DICOM: {value.explanation}" for name, value in names.items() if value is not None}
    angles = [told.primary_angle_deg, told.secondary_angle_deg]
    others = {
        "boneIsBright": image.bone_is_bright,
        "anglesDeg": (*(float(angle.value) for angle in angles), 0.0) if all(angles) else None,
        "sourceToBoneMm": float(told.source_to_isocenter_mm.value) if told.source_to_isocenter_mm is not None else None,
        "origins": origins,
        "notes": (*told.warnings, *image.notes),
    }
    if not told.missing:
        return XrayGeometry.fromCamera(told.camera(), "DICOM", **others)
    distance, spacing = told.source_to_detector_mm, told.pixel_spacing_mm
    return XrayGeometry(
        None if distance is None else float(distance.value),
        None if spacing is None else tuple(float(x) for x in spacing.value),
        tuple(float(x) for x in told.principal_point_px.value),
        isMirrored=bool(told.mirrored.value),
        **others,
    )
