"""The geometry of a DICOM X-ray, every value with its origin, and the camera that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem

from .detector import FieldOfView, field_of_view, pixel_spacing, principal_point
from .distances import detector_angle, source_distances, warn_of_distortion
from .orientation import beam_direction_lps, is_mirrored, isocenter_reference, positioner_angle
from .rt_image import rt_image_orientation, rt_image_principal_point
from .values import FrameAttributes, Sourced, attribute_name

if TYPE_CHECKING:
    from pydicom import Dataset

# What describe() prints: field, label, format.
_LINES = (
    ("source_to_detector_mm", "Source to detector", "{:.6g} mm"),
    ("source_to_isocenter_mm", "Source to isocentre", "{:.6g} mm"),
    ("pixel_spacing_mm", "Pixel spacing (column, row)", "{0[0]:.6g} x {0[1]:.6g} mm"),
    ("principal_point_px", "Beam meets the image at", "({0[0]:.2f}, {0[1]:.2f}) px"),
    ("rotation_deg", "Image turned clockwise by", "{:g} degrees"),
    ("flip", "Image flipped left to right", "{}"),
    ("mirrored", "Seen from the detector (mirrored)", "{}"),
    ("primary_angle_deg", "Primary angle (LAO positive)", "{:.4g} degrees"),
    ("secondary_angle_deg", "Secondary angle (cranial positive)", "{:.4g} degrees"),
    ("detector_primary_angle_deg", "Detector primary angle", "{:.4g} degrees"),
    ("detector_secondary_angle_deg", "Detector secondary angle", "{:.4g} degrees"),
    ("gantry_angle_deg", "Gantry angle", "{:.4g} degrees"),
    ("tube_voltage_kv", "Tube voltage", "{:.4g} kV"),
    ("patient_position", "Patient position", "{}"),
    ("patient_orientation", "Patient direction of rows, columns", "{0[0]}, {0[1]}"),
    ("isocenter_reference", "Isocentre reference system", "{}"),
)
_WHAT_TO_GIVE = {
    "source_to_detector_mm": "the source-to-detector distance in mm (about 1000 for a mobile C-arm)",
    "pixel_spacing_mm": "the pixel spacing on the detector in mm (field width divided by the number of columns)",
}


@dataclass(frozen=True, eq=False)
class DicomGeometry:
    """What a DICOM file says about the geometry of one frame, for the image exactly as it is stored.

    Each value is a ``Sourced``, or None where the file does not tell.

    Attributes:
        image_size: (columns, rows), px.
        source_to_detector_mm: along the central beam to the detector's centre: Distance Source to Detector (0018,1110), RT
            Image SID (3002,0026).
        source_to_isocenter_mm: Distance Source to Isocenter (0018,9402), Distance Source to Patient (0018,1111), Radiation
            Machine SAD (3002,0022).
        pixel_spacing_mm: (column, row) distance of pixel centres on the detector.
        principal_point_px: (column, row) where the central beam meets the image.
        rotation_deg, flip: Field of View Rotation and Horizontal Flip, from the detector to the stored image.
        mirrored: whether the image is seen from the detector towards the source.
        primary_angle_deg, secondary_angle_deg: position of the receptor about the patient.
        detector_primary_angle_deg, detector_secondary_angle_deg: beam against the detector's normal; positive towards higher
            columns and towards lower rows (0018,1530 and 0018,1531).
        gantry_angle_deg: Gantry Angle (300A,011E) of an RT image.
        tube_voltage_kv: KVP (0018,0060).
        patient_position: Patient Position (0018,5100), such as HFS.
        patient_orientation: Patient Orientation (0020,0020), such as ("L", "F").
        isocenter_reference: ``IsocenterReference`` of an enhanced file.
        warnings: one sentence each.
    """

    image_size: tuple[int, int]
    source_to_detector_mm: Sourced | None
    source_to_isocenter_mm: Sourced | None
    pixel_spacing_mm: Sourced | None
    principal_point_px: Sourced
    rotation_deg: Sourced
    flip: Sourced
    mirrored: Sourced
    primary_angle_deg: Sourced | None = None
    secondary_angle_deg: Sourced | None = None
    detector_primary_angle_deg: Sourced | None = None
    detector_secondary_angle_deg: Sourced | None = None
    gantry_angle_deg: Sourced | None = None
    tube_voltage_kv: Sourced | None = None
    patient_position: Sourced | None = None
    patient_orientation: Sourced | None = None
    isocenter_reference: Sourced | None = None
    warnings: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the fields that ``camera`` needs and the file does not tell."""
        return tuple(name for name in _WHAT_TO_GIVE if getattr(self, name) is None)

    def with_values(
        self,
        source_to_detector_mm: float | None = None,
        pixel_spacing_mm: tuple[float, float] | None = None,
        principal_point_px: tuple[float, float] | None = None,
        mirrored: bool | None = None,
    ) -> DicomGeometry:
        """Replace values by what the user typed in; None keeps the file's."""
        given = {
            "source_to_detector_mm": source_to_detector_mm,
            "pixel_spacing_mm": pixel_spacing_mm,
            "principal_point_px": principal_point_px,
            "mirrored": mirrored,
        }
        changes = {name: Sourced(value, "given", "typed in") for name, value in given.items() if value is not None}
        return replace(self, **changes)

    def camera(self, image_size: tuple[int, int] | None = None) -> Camera:
        """The camera of the stored image.

        The camera's axes are the detector's, so that a rotated or flipped image has off-diagonal or negative entries in K;
        a mirrored one has K[:2, :2] with a negative determinant. Where the beam is not perpendicular to the detector
        (detector angles), the camera's z axis is the detector's normal and its principal point the foot of the
        perpendicular from the source.

        Args:
            image_size: (width, height) of the pixels that the camera is for, checked against the file's.

        Raises:
            InputProblem: a needed value is missing (the sentence names it and what to give), or another image size.
        """
        if image_size is not None and tuple(int(n) for n in image_size) != self.image_size:
            raise InputProblem(
                f"the DICOM geometry is for {self.image_size[0]} x {self.image_size[1]} pixels, the image has "
                f"{image_size[0]} x {image_size[1]}; ask for the camera of the stored image and crop or resample that"
            )
        if self.missing:
            needed = " and ".join(_WHAT_TO_GIVE[name] for name in self.missing)
            raise InputProblem(f"the DICOM file does not tell {needed}; give it in the camera settings or as a camera file")
        spacing = np.array(self.pixel_spacing_mm.value, dtype=np.float64)
        beam = self._beam_in_image()
        distance = self.source_to_detector_mm.value * beam[2]
        view = FieldOfView(self.rotation_deg, self.flip)
        directions = view.stored_from_detector
        if (np.linalg.det(directions) < 0) != bool(self.mirrored.value):
            directions = directions @ np.diag([-1.0, 1.0])
        K = np.eye(3)
        K[:2, :2] = distance * np.diag(1 / spacing) @ directions
        K[:2, 2] = self.principal_point_px.value - self.source_to_detector_mm.value * beam[:2] / spacing
        return Camera(K, self.image_size, tuple(spacing), distance)

    def _beam_in_image(self) -> np.ndarray:
        """(3,) unit central beam: along increasing columns, along increasing rows, along the detector's normal."""
        angles = (self.detector_primary_angle_deg, self.detector_secondary_angle_deg)
        a, b = np.radians([0.0 if angle is None else angle.value for angle in angles])
        return np.array([np.sin(a) * np.cos(b), -np.sin(b), np.cos(a) * np.cos(b)])

    def describe(self) -> list[str]:
        """Readable lines: each value with its origin, then what is missing, then the warnings."""
        lines = []
        for name, label, form in _LINES:
            sourced = getattr(self, name)
            if sourced is None:
                if name in _WHAT_TO_GIVE:
                    lines.append(f"{label}: not in the file; give {_WHAT_TO_GIVE[name]}")
                continue
            value = sourced.value
            if isinstance(value, bool):
                value = "yes" if value else "no"
            lines.append(f"{label}: {form.format(value)} ({sourced.origin}: {sourced.explanation})")
        return lines + list(self.warnings)


def geometry_from_dicom(dataset: Dataset, frame: int = 0) -> DicomGeometry:
    """Everything that a projection X-ray's DICOM file tells about the geometry of one of its frames.

    Args:
        dataset: XA, RF, DX, CR, Enhanced XA or XRF, RT Image or Secondary Capture; the pixels are not touched.
        frame: index from 0.
    """
    attributes, warnings = FrameAttributes(dataset, frame), []
    is_rt_image = attributes.text("Modality") == "RTIMAGE"
    detector, isocenter, magnification = source_distances(attributes, warnings)
    view = field_of_view(attributes, warnings)
    spacing, why_missing = pixel_spacing(attributes, magnification, view.turns)
    if spacing is None and why_missing:
        warnings.append(why_missing + ".")
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
    return DicomGeometry(
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
        warnings=tuple(warnings),
    )


def _text(attributes: FrameAttributes, keyword: str) -> Sourced | None:
    text = attributes.text(keyword)
    return None if text is None else Sourced(text, "tag", attribute_name(keyword))
