"""Whether an X-ray's camera and the place of its bone can be what they are said to be: units mixed up, crops, wrong fields.

Every limit is twofold: beyond the outer one nothing that makes X-ray pictures of people works, and the value is refused;
beyond the inner one few devices work, and a note is kept with the result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .camera import Camera
from .rigid import RigidTransform


@dataclass(frozen=True)
class _Limits:
    """Refused outside ``possible``, noted outside ``usual``."""

    what: str
    unit: str
    possible: tuple[float, float]
    usual: tuple[float, float]
    hint: str

    def check(self, value: float, where: str) -> tuple[str, ...]:
        """A note or none.

        Raises:
            InputProblem: impossible.
        """
        low, high = self.possible
        if not low <= value <= high:
            limits = f"{low:g} to {high:g}{self.unit}"
            raise InputProblem(
                f"{where}: {self.what} of {value:.4g}{self.unit} cannot be that of an X-ray ({limits}); {self.hint}"
            )
        low, high = self.usual
        if not low <= value <= high:
            return (f"{self.what} of {value:.4g}{self.unit} is unusual ({low:g} to {high:g}{self.unit}); {self.hint}",)
        return ()


# Mini C-arms have 360 to 450 mm, mobile and biplane ones 900 to 1300, Bucky tables 1000 to 1800, chest stands to 3000;
# specimens are imaged in cabinets from 100 mm on.
_DISTANCE = _Limits(
    "a source-to-detector distance",
    " mm",
    (50.0, 6000.0),
    (300.0, 3100.0),
    "give it in mm, as it was when the X-ray was taken",
)
# Flat panels have 0.07 to 0.4 mm, intensifiers 0.1 to 0.7 mm, pictures binned to few pixels more; micro-focus panels
# from 0.01 mm.
_SPACING = _Limits(
    "a pixel spacing on the detector", " mm", (0.004, 12.0), (0.02, 4.0), "give it in mm: the field's width over its columns"
)
# The largest panel is 430 x 430 mm (slot scanners, which have longer pictures, are no pinholes); dental sensors have 20
# to 40 mm.
_FIELD = _Limits(
    "a field on the detector",
    " mm",
    (8.0, 1500.0),
    (40.0, 700.0),
    "check pixel spacing, image size and their units (mm, px)",
)
# The angle between the rays to opposite corners: 15 to 27 degrees for C-arms, 31 for a chest stand, 45 for a portable
# exposure at 700 mm; beyond 100 the heel effect and the tube's own port (about 40 across the anode) leave no picture.
_CONE = _Limits(
    "a cone of rays", " degrees", (0.3, 100.0), (2.0, 55.0), "check K (its focal lengths are in px), spacing and distance"
)
# Between the image's middle and the ray that meets the detector at a right angle. Tilted tubes go to 45 degrees.
_OBLIQUE = _Limits(
    "an angle between the image's middle and the central ray",
    " degrees",
    (0.0, 60.0),
    (0.0, 20.0),
    "check the principal point in K, which is in px from the upper left of this very image (a crop moves it)",
)
# Pixels of digital detectors are square; video frames of intensifiers, 4:3, were digitised to squares.
_ASPECT = _Limits(
    "a ratio of a pixel's sides", "", (1.0, 4.0), (1.0, 1.34), "check both focal lengths in K, or both pixel spacings"
)
# Bone in contact with the detector has 1.05 to 1.2, C-arms 1.2 to 2; magnified specimens more.
_MAGNIFICATION = _Limits(
    "a magnification", "", (1.0, 50.0), (1.0, 4.0), "check the distance of the bone from the source against the detector's"
)
USUAL_DISTANCE_MM = _DISTANCE.usual
USUAL_FIELD_MM = _FIELD.usual
# A rig whose origin is nearer to the source, but not in it, is written in metres; chosen: in metres, no rig is larger.
_SMALLEST_RIG_MM = 5.0


def check_camera(camera: Camera, where: str) -> tuple[str, ...]:
    """Notes on a camera that is unusual, one sentence each.

    Args:
        camera: of the stored image.
        where: whose camera it is, such as the file's name; begins the sentence of a refusal.

    Raises:
        InputProblem: no X-ray is taken with such a camera.
    """
    distance = camera.source_to_detector_mm
    if distance < 10:
        raise InputProblem(f"{where}: a source-to-detector distance of {distance:g} mm looks like metres; give it in mm")
    notes = _DISTANCE.check(distance, where)
    for spacing in sorted(set(camera.pixel_spacing_mm)):
        notes += _SPACING.check(spacing, where)
    notes += _CONE.check(_cone_deg(camera), where)
    for side in sorted(set(camera.field_of_view_mm)):
        notes += _FIELD.check(side, where)
    notes += _OBLIQUE.check(_obliquity_deg(camera), where)
    focal = np.linalg.norm(camera.K[:2, :2], axis=1)
    notes += _ASPECT.check(float(focal.max() / focal.min()), where)
    skew = _skew_deg(camera)
    if skew > 1:  # calibrations leave hundredths of a degree
        notes += (f"the pixel rows and columns of K stand {90 - skew:.1f} degrees to each other, not 90; check K",)
    return tuple(dict.fromkeys(notes))


def check_rig(camera_from_world: RigidTransform, where: str) -> None:
    """Refuse a camera's place in its rig that is written in metres.

    Raises:
        InputProblem: the rig's origin is nearer than 5 mm to the source, but not in it.
    """
    distance = float(np.linalg.norm(camera_from_world.translation))
    if 1e-6 < distance < _SMALLEST_RIG_MM:
        raise InputProblem(
            f"{where}: the camera's place in its rig, {distance:.3g} mm from the rig's origin, looks like metres; give mm"
        )


def check_depth(camera: Camera, depth_mm: float, where: str) -> tuple[str, ...]:
    """Notes on a bone's distance from the source.

    Args:
        camera: of the stored image.
        depth_mm: along the central ray, such as a pose's z of the bone's middle.
        where: whose pose it is; begins the sentence of a refusal.

    Raises:
        InputProblem: behind the source or the detector.
    """
    if depth_mm <= 0:
        raise InputProblem(f"{where}: the bone would lie {-depth_mm:.0f} mm behind the source; check the pose and its axes")
    if depth_mm >= camera.source_to_detector_mm:
        raise InputProblem(
            f"{where}: the bone would lie {depth_mm:.0f} mm from the source, behind the detector at "
            f"{camera.source_to_detector_mm:.0f} mm; check the pose and the distances, in mm"
        )
    return _MAGNIFICATION.check(camera.source_to_detector_mm / depth_mm, where)


def _rays(camera: Camera) -> np.ndarray:
    """(5, 3) unit rays to the image's corners, in order around it, and to its middle."""
    right, bottom = camera.width - 0.5, camera.height - 0.5  # outer edges; pixel centres are at integers
    pixels = np.array(
        [[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom], [(right - 0.5) / 2, (bottom - 0.5) / 2]]
    )
    rays = camera.back_project(pixels)
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))


def _angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))


def _cone_deg(camera: Camera) -> float:
    """Between the rays to opposite corners, the larger of both."""
    rays = _rays(camera)
    return max(_angle_deg(rays[0], rays[2]), _angle_deg(rays[1], rays[3]))


def _obliquity_deg(camera: Camera) -> float:
    """Between the ray to the image's middle and the detector's normal."""
    return _angle_deg(_rays(camera)[4], np.array([0.0, 0.0, 1.0]))


def _skew_deg(camera: Camera) -> float:
    """How far pixel rows and columns are from a right angle, as they lie on the detector."""
    rows = camera.K[:2, :2] / np.linalg.norm(camera.K[:2, :2], axis=1, keepdims=True)
    return abs(90.0 - _angle_deg(np.array([*rows[0], 0.0]), np.array([*rows[1], 0.0])))
