"""Source distances of a DICOM X-ray, and what speaks against a pinhole camera."""

from __future__ import annotations

from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.xray.distortion.words import INTENSIFIER_NOTE, SAYS_DISTORTED

from .values import FrameAttributes, attribute_name


def source_distances(
    attributes: FrameAttributes, warnings: list[str]
) -> tuple[Sourced | None, Sourced | None, Sourced | None]:
    """Source-to-detector and source-to-isocentre distance in mm, and their ratio (the magnification).

    Distance Source to Detector (0018,1110) or RT Image SID (3002,0026); Distance Source to Isocenter (0018,9402), Distance
    Source to Patient (0018,1111, which means the isocentre: PS3.3 C.8.7.5) or Radiation Machine SAD (3002,0022). One of the
    two follows from the other by Estimated Radiographic Magnification Factor (0018,1114), their ratio.
    """
    detector = attributes.length_mm("RTImageSID") or attributes.length_mm("DistanceSourceToDetector")
    isocenter = (
        attributes.length_mm("DistanceSourceToIsocenter")
        or attributes.length_mm("DistanceSourceToPatient")
        or attributes.length_mm("RadiationMachineSAD")
    )
    magnification = attributes.length_mm("EstimatedRadiographicMagnificationFactor")
    if magnification is not None and magnification.value < 1:
        warnings.append(f"{magnification.explanation} is {magnification.value:g}; it cannot be below 1 and is not used.")
        magnification = None
    if detector is not None and isocenter is not None:
        if isocenter.value >= detector.value:
            warnings.append(
                f"The file puts the isocentre ({isocenter.value:g} mm) behind the detector ({detector.value:g} mm); "
                "check both distances."
            )
        else:
            explanation = "source-to-detector over source-to-isocentre distance"
            magnification = magnification or Sourced(detector.value / isocenter.value, "derived", explanation)
    elif magnification is not None and isocenter is not None:
        detector = Sourced(
            isocenter.value * magnification.value, "derived", f"{isocenter.explanation} x {magnification.explanation}"
        )
    elif magnification is not None and detector is not None:
        isocenter = Sourced(
            detector.value / magnification.value, "derived", f"{detector.explanation} / {magnification.explanation}"
        )
    if detector is not None and not 100 <= detector.value <= 6000:
        warnings.append(f"A source-to-detector distance of {detector.value:g} mm is unlikely; check it (mm, not cm or m).")
    return detector, isocenter, magnification


def detector_angle(attributes: FrameAttributes, which: str) -> Sourced | None:
    """Detector Primary (0018,1530) or Secondary Angle (0018,1531): beam against the detector's normal, degrees."""
    angle = attributes.angle_deg(f"Detector{which}Angle")
    return angle if angle is not None and abs(angle.value) < 80 else None


def warn_of_distortion(attributes: FrameAttributes, warnings: list[str]) -> None:
    """Say so where the image comes from an intensifier, or is declared not to be uniform (0028,9444)."""
    if _says_intensifier(attributes):
        warnings.append(INTENSIFIER_NOTE)
    if attributes.text("GeometricalProperties") == "NON_UNIFORM":
        worst = attributes.number("GeometricMaximumDistortion")
        amount = f", up to {worst:g} %" if worst else ""
        warnings.append(f"{attribute_name('GeometricalProperties')} {SAYS_DISTORTED}{amount}; correct it first.")


def may_be_intensifier(attributes: FrameAttributes) -> bool:
    """Whether the file leaves open what took it, so that a round picture speaks for an intensifier."""
    return not _says_intensifier(attributes) and _says_no_receptor(attributes)


def _says_no_receptor(attributes: FrameAttributes) -> bool:
    return attributes.text("XRayReceptorType") is None and attributes.text("DetectorType") is None


def _says_intensifier(attributes: FrameAttributes) -> bool:
    """By X-Ray Receptor Type (0018,9420), or where neither it nor Detector Type (0018,7004) is there, by Intensifier Size
    (0018,1162), Intensifier Active Dimension(s) (0018,9428) or a round Field of View Shape (0018,1147).
    """
    if attributes.text("XRayReceptorType") == "IMG_INTENSIFIER":
        return True
    named = (
        attributes.number("IntensifierSize")
        or attributes.numbers("IntensifierActiveDimensions")
        or attributes.text("FieldOfViewShape") == "ROUND"
    )
    return _says_no_receptor(attributes) and bool(named)
