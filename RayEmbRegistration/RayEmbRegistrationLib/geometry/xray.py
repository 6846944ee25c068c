"""What is known of an X-ray's geometry: every value with its origin and how far it may be off, and the camera it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .camera import Camera
from .directions import nearest_directions, stored_from_detector, turned
from .rigid import RigidTransform
from .sourced import Sourced, default_std

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
    ("in_plane_angle_deg", "Turn about the beam", "{:.4g} degrees"),
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
# A typed value of one of these changes the camera, which an exact matrix then no longer is.
_OF_THE_CAMERA = (
    "source_to_detector_mm",
    "pixel_spacing_mm",
    "principal_point_px",
    "rotation_deg",
    "flip",
    "mirrored",
    "detector_primary_angle_deg",
    "detector_secondary_angle_deg",
)


@dataclass(frozen=True, eq=False)
class XrayGeometry:
    """What is known of the geometry of one X-ray, for the image exactly as it is stored.

    Each value is a ``Sourced``, or None where nobody said.

    Attributes:
        image_size: (columns, rows), px; None where it is not known yet.
        source_to_detector_mm: along the central beam to the detector.
        source_to_isocenter_mm: of a C-arm.
        pixel_spacing_mm: (column, row) distance of pixel centres on the detector.
        principal_point_px: (column, row) where the central beam meets the image; None: the image's centre.
        rotation_deg, flip: from the detector to the stored image: clockwise turn (0, 90, 180, 270), then a left-right flip.
        mirrored: whether the image is seen from the detector towards the source, as X-rays are displayed.
        primary_angle_deg, secondary_angle_deg: position of the receptor about the patient (DICOM; ``geometry.c_arm``).
        in_plane_angle_deg: turn of the camera about the beam (``geometry.c_arm``).
        source_to_bone_mm: rough distance of the source from the bone.
        detector_primary_angle_deg, detector_secondary_angle_deg: beam against the detector's normal; positive towards higher
            columns and towards lower rows (DICOM 0018,1530 and 0018,1531).
        gantry_angle_deg: of a linear accelerator.
        tube_voltage_kv: of the exposure.
        patient_position: such as HFS.
        patient_orientation: patient's direction of rows and columns, such as ("L", "F").
        isocenter_reference: (matrix) of an enhanced DICOM file.
        camera_matrix: exact (3, 3) K of a calibration, px; the values above only describe it then.
        camera_from_rig: place of the camera in a calibrated rig.
        rig_std: (degrees, mm at the patient) standard deviations of that place; None for ``sourced.RIG_STD``.
        bone_is_bright: polarity; from a tag it is a hint, typed or from a camera file it is settled.
        notes: what the user should know, one sentence each.
        unused: pairs of a field that is None although something was said of it, and why that is not used.
    """

    image_size: tuple[int, int] | None = None
    source_to_detector_mm: Sourced | None = None
    source_to_isocenter_mm: Sourced | None = None
    pixel_spacing_mm: Sourced | None = None
    principal_point_px: Sourced | None = None
    rotation_deg: Sourced | None = None
    flip: Sourced | None = None
    mirrored: Sourced | None = None
    primary_angle_deg: Sourced | None = None
    secondary_angle_deg: Sourced | None = None
    in_plane_angle_deg: Sourced | None = None
    source_to_bone_mm: Sourced | None = None
    detector_primary_angle_deg: Sourced | None = None
    detector_secondary_angle_deg: Sourced | None = None
    gantry_angle_deg: Sourced | None = None
    tube_voltage_kv: Sourced | None = None
    patient_position: Sourced | None = None
    patient_orientation: Sourced | None = None
    isocenter_reference: Sourced | None = None
    camera_matrix: Sourced | None = None
    camera_from_rig: RigidTransform | None = None
    rig_std: tuple[float, float] | None = None
    bone_is_bright: Sourced | None = None
    notes: tuple[str, ...] = ()
    unused: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_camera(cls, camera: Camera, origin: str, explanation: str = "", **others: Any) -> XrayGeometry:
        """Of a camera with an exact K."""
        turns, mirrored = nearest_directions(camera)

        def sourced(value: Any) -> Sourced:
            return Sourced(value, origin, explanation)

        values = {
            "source_to_detector_mm": sourced(float(camera.source_to_detector_mm)),
            "pixel_spacing_mm": sourced(tuple(float(x) for x in camera.pixel_spacing_mm)),
            "principal_point_px": sourced((float(camera.K[0, 2]), float(camera.K[1, 2]))),
            "rotation_deg": sourced(float(-90 * turns % 360)),
            "mirrored": sourced(mirrored),
            "camera_matrix": sourced(np.array(camera.K).tolist()),
        }
        return cls(image_size=camera.image_size, **{**values, **others})

    def value(self, name: str) -> Any:
        """A field's bare value, None where it is not known."""
        found = getattr(self, name)
        return found.value if isinstance(found, Sourced) else found

    def origin(self, name: str) -> str:
        """Where a field's value comes from: one of ``ORIGINS``; "assumed" where nobody said and the camera does without,
        "missing" where it does not.
        """
        found = getattr(self, name)
        if found is not None:
            return found.origin
        return "missing" if name in _WHAT_TO_GIVE else "assumed"

    def std(self, name: str) -> float | None:
        """Standard deviation of a field in its unit: as its source states it, else the default of its origin; None where
        the field has none.
        """
        known = getattr(self, name)
        if known is not None and known.std is not None:
            return float(known.std)
        spacing = None if self.pixel_spacing_mm is None else float(np.mean(self.pixel_spacing_mm.value))
        return default_std(name, known, self.origin(name), spacing)

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the fields that ``camera`` needs and nobody gave."""
        return tuple(name for name in _WHAT_TO_GIVE if getattr(self, name) is None)

    @property
    def angles_deg(self) -> tuple[float, float, float] | None:
        """Primary and secondary angle and turn about the beam; None where the first two are not known."""
        if self.primary_angle_deg is None or self.secondary_angle_deg is None:
            return None
        turn = 0.0 if self.in_plane_angle_deg is None else float(self.in_plane_angle_deg.value)
        return float(self.primary_angle_deg.value), float(self.secondary_angle_deg.value), turn

    @property
    def settled_polarity(self) -> bool | None:
        """``bone_is_bright`` where the user or a camera file says it."""
        known = self.bone_is_bright
        return None if known is None or known.value is None or known.origin == "tag" else bool(known.value)

    @property
    def polarity_hint(self) -> bool | None:
        """``bone_is_bright`` whoever says it."""
        return None if self.bone_is_bright is None or self.bone_is_bright.value is None else bool(self.bone_is_bright.value)

    def with_values(self, origin: str = "typed", explanation: str = "typed in", **values: Any) -> XrayGeometry:
        """Replace values; None forgets one. All else that is known stays, a camera's exact matrix unless it is changed.

        Args:
            origin: of all of them.
            explanation: likewise.
            values: by their fields.
        """
        changes: dict[str, Any] = {
            name: value if value is None or name in ("camera_from_rig", "rig_std") else Sourced(value, origin, explanation)
            for name, value in values.items()
        }
        if any(name in _OF_THE_CAMERA for name in values):
            changes["camera_matrix"] = None
        return replace(self, **changes)

    def with_notes(self, *notes: str) -> XrayGeometry:
        """With further notes, each once."""
        return replace(self, notes=(*self.notes, *(note for note in notes if note not in self.notes)))

    def with_unused(self, name: str, reason: str) -> XrayGeometry:
        """With the reason why what was said of a field is not used; a note, too."""
        return replace(self, unused=(*self.unused, (name, reason))).with_notes(reason[0].upper() + reason[1:] + ".")

    @property
    def directions(self) -> np.ndarray:
        """(2, 2) from the camera's x (right) and y (down) to stored columns and rows.

        A mirrored image's has a negative determinant.
        """
        found = stored_from_detector(float(self.value("rotation_deg") or 0.0), bool(self.value("flip")))
        if (np.linalg.det(found) < 0) != bool(self.value("mirrored")):
            found = found @ np.diag([-1.0, 1.0])
        return found

    @property
    def turns(self) -> int:
        """Counter-clockwise quarter turns (``numpy.rot90``) that the upright, perhaps mirrored, image got; 0 to 3."""
        return max(range(4), key=lambda turns: float((self.directions * turned(turns, self.is_mirrored)).sum()))

    @property
    def is_mirrored(self) -> bool:
        """Whether the image is seen from the detector."""
        return bool(self.value("mirrored"))

    def camera(self, image_size: tuple[int, int] | None = None, name: str = "the X-ray") -> Camera:
        """The camera of the stored image.

        The camera's axes are the detector's, so that a rotated or flipped image has off-diagonal or negative entries in K;
        a mirrored one has K[:2, :2] with a negative determinant. Where the beam is not perpendicular to the detector
        (detector angles), the camera's z axis is the detector's normal and its principal point the foot of the
        perpendicular from the source.

        Args:
            image_size: (width, height) of the pixels that the camera is for; checked against the geometry's.
            name: of the X-ray, for messages.

        Raises:
            InputProblem: a needed value is missing (the sentence names it and what to give), or another image size.
        """
        size = self.image_size if image_size is None else (int(image_size[0]), int(image_size[1]))
        if size is None:
            raise InputProblem(f"the size of {name} is not known; give the image")
        if self.image_size is not None and size != self.image_size:
            raise InputProblem(
                f"the geometry is for {self.image_size[0]} x {self.image_size[1]} pixels, {name} has {size[0]} x {size[1]}; "
                "give the geometry of this very image: cropping and resampling change it"
            )
        if self.source_to_detector_mm is None or self.pixel_spacing_mm is None:
            needed = " and ".join(_WHAT_TO_GIVE[each] for each in self.missing)
            why = "".join(f"; {reason}" for field, reason in self.unused if field in self.missing)
            raise InputProblem(f"nothing tells {needed} of {name}{why}; type it in or give a camera file")
        spacing = np.array(self.pixel_spacing_mm.value, dtype=np.float64)
        along_beam = float(self.source_to_detector_mm.value)
        if self.camera_matrix is not None:
            return Camera(np.array(self.camera_matrix.value), size, _pair(spacing), along_beam)
        beam = self._beam_in_image()
        distance = along_beam * float(beam[2])
        center = self.value("principal_point_px") or ((size[0] - 1) / 2, (size[1] - 1) / 2)
        K = np.eye(3)
        K[:2, :2] = distance * np.diag(1 / spacing) @ self.directions
        K[:2, 2] = np.asarray(center) - along_beam * beam[:2] / spacing
        return Camera(K, size, _pair(spacing), distance)

    def _beam_in_image(self) -> np.ndarray:
        """(3,) unit central beam: along increasing columns, along increasing rows, along the detector's normal."""
        angles = (self.value("detector_primary_angle_deg"), self.value("detector_secondary_angle_deg"))
        a, b = np.radians([0.0 if angle is None else angle for angle in angles])
        return np.array([np.sin(a) * np.cos(b), -np.sin(b), np.cos(a) * np.cos(b)])

    def describe(self) -> list[str]:
        """Readable lines: each value with its origin, then what is missing, then the notes."""
        lines = []
        for name, label, form in _LINES:
            known = getattr(self, name)
            if known is None:
                if name in _WHAT_TO_GIVE:
                    lines.append(f"{label}: not known; give {_WHAT_TO_GIVE[name]}")
                continue
            value = ("yes" if known.value else "no") if isinstance(known.value, bool) else known.value
            lines.append(f"{label}: {form.format(value)} ({known.origin}: {known.explanation})")
        return lines + list(self.notes)


def _pair(values: np.ndarray) -> tuple[float, float]:
    return float(values[0]), float(values[1])
