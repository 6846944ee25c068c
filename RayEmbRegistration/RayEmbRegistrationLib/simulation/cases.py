"""Cases to register: random C-arm poses, and folders of X-ray, geometry and true pose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.files.pictures import write_picture
from RayEmbRegistrationLib.files.writing import write_json
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm

from .materials import material_paths
from .xray import SimulatedXray, SimulationSettings, simulate_xray

# Looking along the beam of a C-arm whose source is in front of the patient: image right is patient left, image down is
# patient inferior.


@dataclass(frozen=True)
class PoseRange:
    """How far random poses spread around the anteroposterior view (half ranges, uniform).

    Attributes:
        angle_deg: primary and secondary C-arm angle, from the anteroposterior view's.
        in_plane_deg: rotation about the beam.
        offset_mm: the anatomy's centre from the isocentre, across the beam and along it.
        source_to_isocenter_mm: mean distance.
    """

    angle_deg: float = 45.0
    in_plane_deg: float = 12.0
    offset_mm: float = 50.0
    source_to_isocenter_mm: float = 750.0


def default_camera(pixels: int = 384, field_mm: float = 280.0, source_to_detector_mm: float = 1020.0) -> Camera:
    """A C-arm's flat detector with its principal point in the middle."""
    return Camera.from_detector((pixels, pixels), (field_mm / pixels, field_mm / pixels), source_to_detector_mm)


def c_arm_pose(center_ras: np.ndarray, angles_deg: np.ndarray, center_camera: np.ndarray) -> RigidTransform:
    """``camera_from_ras`` of a C-arm.

    Args:
        center_ras: (3,) point the C-arm turns about, RAS mm.
        angles_deg: primary and secondary angle (DICOM's: 180 and 0 are the anteroposterior view) and turn of the camera
            about the beam, as in ``geometry.c_arm``.
        center_camera: (3,) where that point lies in the camera frame, mm.
    """
    primary, secondary, in_plane = (float(angle) for angle in angles_deg)
    rotation = camera_from_ras_of_c_arm(primary, secondary, in_plane, np.zeros(3), 1.0).rotation
    return RigidTransform(rotation, np.asarray(center_camera, dtype=np.float64) - rotation @ np.asarray(center_ras))


def angles_from_ap(turns_deg: np.ndarray) -> np.ndarray:
    """(3,) C-arm angles of a view turned from the anteroposterior one.

    Args:
        turns_deg: of the receptor from the patient's back towards the left, towards the head, and about the beam.
    """
    from_back_to_left, to_head, about_beam = turns_deg
    return np.array([180.0 - from_back_to_left, to_head, about_beam])


def pose_from_ap(center_ras: np.ndarray, turns_deg: np.ndarray, center_camera: np.ndarray) -> RigidTransform:
    """As ``c_arm_pose``, by turns from the anteroposterior view."""
    return c_arm_pose(center_ras, angles_from_ap(turns_deg), center_camera)


def random_c_arm_pose(
    rng: np.random.Generator, center_ras: np.ndarray, pose_range: PoseRange | None = None
) -> tuple[RigidTransform, np.ndarray]:
    """A pose drawn uniformly around the anteroposterior view.

    Args:
        rng: seeded generator.
        center_ras: (3,) centre of the anatomy, RAS mm.
        pose_range: its spread.

    Returns:
        ``camera_from_ras`` and the three angles in degrees as in ``c_arm_pose``.
    """
    spread = pose_range or PoseRange()
    turns = rng.uniform(-1, 1, 3) * (spread.angle_deg, spread.angle_deg, spread.in_plane_deg)
    angles = angles_from_ap(turns)
    offset = rng.uniform(-1, 1, 3) * spread.offset_mm
    return c_arm_pose(center_ras, angles, offset + np.array([0, 0, spread.source_to_isocenter_mm])), angles


def bone_center(ct: CTVolume) -> np.ndarray:
    """(3,) RAS middle of the box around the bones: the labels, or what is above 200 HU."""
    bone = ct.labels > 0 if ct.labels is not None else ct.hu > 200
    bounds = [np.flatnonzero(bone.any(axis=tuple(a for a in range(3) if a != axis)))[[0, -1]].mean() for axis in (2, 1, 0)]
    return ct.ras_from_index(np.array(bounds))


def simulate_case(
    ct: CTVolume, camera: Camera, camera_from_ras: RigidTransform, settings: SimulationSettings, rng: np.random.Generator
) -> SimulatedXray:
    """Project a CT with the reference projector and make an X-ray of it."""
    depth = camera_from_ras.apply(bone_center(ct))[2]
    pixel_mm = camera.pixel_spacing_mm[0] * depth / camera.source_to_detector_mm
    return simulate_xray(material_paths(ct, camera, camera_from_ras), settings, rng, pixel_mm)


def write_case(
    folder: Path | str,
    name: str,
    xray: SimulatedXray,
    camera: Camera,
    camera_from_ras: RigidTransform,
    notes: dict | None = None,
) -> Path:
    """Write NAME.png, NAME.geometry.json and NAME.truth.json.

    Args:
        folder: made if need be.
        name: of the case.
        xray: the image.
        camera: its geometry.
        camera_from_ras: its true pose.
        notes: more to keep with the truth (angles, tube voltage).

    Returns:
        The image's path.

    Raises:
        InputProblem: the image could not be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    image_path = folder / f"{name}.png"
    write_picture(image_path, xray.pixels)
    geometry = {
        "image": image_path.name,
        "source_to_detector_mm": camera.source_to_detector_mm,
        "pixel_spacing_mm": list(camera.pixel_spacing_mm),
        "image_size_px": list(camera.image_size),
        "K": camera.K.tolist(),
        "bone_is_bright": xray.bone_is_bright,
        "note": "OpenCV pinhole; pixel centres at integers; world = CT patient RAS, mm",
    }
    truth = {"ras_to_camera": camera_from_ras.matrix.tolist(), **(notes or {}), "description": xray.description}
    write_json(folder / f"{name}.geometry.json", geometry)
    write_json(folder / f"{name}.truth.json", truth)
    return image_path
