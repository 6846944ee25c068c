"""A C-arm that stands where it is told: angles, distances and detector, and the camera, pose and geometry that they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .c_arm import c_arm_of_camera_from_ras, camera_from_ras_of_c_arm
from .camera import Camera
from .rigid import RigidTransform
from .sourced import Sourced
from .xray import XrayGeometry

STANDARD_VIEWS = {
    "ap": (180.0, 0.0),
    "pa": (0.0, 0.0),
    "lateral": (90.0, 0.0),
    "inlet": (180.0, -40.0),
    "outlet": (180.0, 40.0),
    "obturator oblique right": (135.0, 0.0),
    "obturator oblique left": (-135.0, 0.0),
}
"""Primary and secondary angle of usual views, the patient supine with the source in front (``geometry.c_arm``).

Inlet and outlet: beam 40 degrees towards the feet, towards the head (G. F. Pennal et al., Clin. Orthop. Relat. Res. 151,
1980). Obturator oblique: the named side is turned 45 degrees towards the source (R. Judet et al., J. Bone Joint Surg. 46-A,
1964); of the other side it is the iliac oblique.
"""
_MOST_PIXELS = 4096  # chosen: above every flat detector


@dataclass(frozen=True)
class CArm:
    """Where a C-arm stands and what it sees with.

    Attributes:
        primary_deg, secondary_deg, in_plane_deg: as in ``geometry.c_arm``.
        isocenter_ras: what it turns about and its central ray passes, RAS mm.
        source_to_isocenter_mm, source_to_detector_mm: distances.
        field_mm: side of the square detector.
        pixels: along that side.

    Raises:
        InputProblem: a number that no C-arm has.
    """

    primary_deg: float = STANDARD_VIEWS["ap"][0]
    secondary_deg: float = STANDARD_VIEWS["ap"][1]
    in_plane_deg: float = 0.0
    isocenter_ras: tuple[float, float, float] = (0.0, 0.0, 0.0)
    source_to_isocenter_mm: float = 714.0
    source_to_detector_mm: float = 1020.0
    field_mm: float = 280.0
    pixels: int = 384

    def __post_init__(self) -> None:
        numbers = (self.primary_deg, self.secondary_deg, self.in_plane_deg, *self.isocenter_ras)
        if not np.isfinite(numbers).all():
            raise InputProblem("the C-arm's angles and isocenter must be numbers")
        if abs(self.secondary_deg) > 90 or max(abs(self.primary_deg), abs(self.in_plane_deg)) > 360:
            raise InputProblem("the C-arm's angles must lie within 360 degrees, the secondary one within 90")
        if not 0 < self.source_to_isocenter_mm < self.source_to_detector_mm < np.inf:
            raise InputProblem(
                f"the isocenter must lie between source and detector, not {self.source_to_isocenter_mm:g} mm from the "
                f"source with the detector at {self.source_to_detector_mm:g} mm"
            )
        if not (0 < self.field_mm < np.inf and 2 <= self.pixels <= _MOST_PIXELS):
            raise InputProblem(f"the detector needs a side in mm above zero and 2 to {_MOST_PIXELS} pixels along it")

    @property
    def pose(self) -> RigidTransform:
        """``camera_from_ras``."""
        angles = (self.primary_deg, self.secondary_deg, self.in_plane_deg)
        return camera_from_ras_of_c_arm(*angles, np.array(self.isocenter_ras), self.source_to_isocenter_mm)

    def camera(self, pixels: int | None = None) -> Camera:
        """Its camera, with the central ray in the middle; of another number of pixels over the same field where given."""
        count = pixels or self.pixels
        return Camera.from_detector((count, count), (self.field_mm / count,) * 2, self.source_to_detector_mm)

    def moved_to(self, camera_from_ras: RigidTransform) -> CArm:
        """The same C-arm at a pose: the isocenter is the point of the central ray at its distance."""
        angles = c_arm_of_camera_from_ras(camera_from_ras)
        place = camera_from_ras.inverse().apply(np.array([0.0, 0.0, self.source_to_isocenter_mm]))
        return replace(
            self,
            primary_deg=angles.primary_deg,
            secondary_deg=angles.secondary_deg,
            in_plane_deg=angles.in_plane_deg,
            isocenter_ras=(float(place[0]), float(place[1]), float(place[2])),
        )

    def geometry(self, explanation: str = "as it was simulated", **others: Any) -> XrayGeometry:
        """What is known of the geometry of an X-ray that it takes: everything."""

        def told(value: Any) -> Sourced:
            return Sourced(value, "file", explanation)

        others = {name: told(value) for name, value in others.items()}
        return XrayGeometry.of_camera(
            self.camera(),
            "file",
            explanation,
            source_to_isocenter_mm=told(self.source_to_isocenter_mm),
            primary_angle_deg=told(self.primary_deg),
            secondary_angle_deg=told(self.secondary_deg),
            in_plane_angle_deg=told(self.in_plane_deg),
            **others,
        )
