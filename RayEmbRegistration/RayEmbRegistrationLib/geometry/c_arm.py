"""The C-arm's positioner angles (DICOM) and the pose they stand for.

DICOM (PS3.3 C.8.7.5.1.2) gives the place of the image receptor on a sphere about the patient: PositionerPrimaryAngle is the
longitude, 0 in front of the chest and +90 at the patient's left (LAO), -90 at the right (RAO); PositionerSecondaryAngle is
the latitude, +90 at the head (cranial), -90 at the feet (caudal). At 0/0 a supine patient faces the receptor and the beam
runs from back to front, so that the camera's z axis points to the patient's front (anterior).

Our camera looks from the source along the beam. At 0/0 its x axis points to the patient's right and its y axis to the feet.
A displayed X-ray, head up and patient's left on the viewer's right, is seen from the receptor, facing the patient, and is
therefore the mirror of what the source sees: its camera is ``camera.flip_horizontal()`` (``seen_facing_the_patient``), and
its pose is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .camera import Camera
from .rigid import RigidTransform

# Rows: the table's right, front (up) and head axes in the patient's RAS frame, one for each DICOM PatientPosition.
# "Front" and "head" are those of a patient lying on the table head first and supine (HFS).
_RIGHT, _FRONT, _HEAD = np.eye(3)
_FRONT_AND_HEAD_OF_TABLE = {
    "HFS": (_FRONT, _HEAD),
    "HFP": (-_FRONT, _HEAD),
    "FFS": (_FRONT, -_HEAD),
    "FFP": (-_FRONT, -_HEAD),
    "HFDR": (-_RIGHT, _HEAD),
    "HFDL": (_RIGHT, _HEAD),
    "FFDR": (-_RIGHT, -_HEAD),
    "FFDL": (_RIGHT, -_HEAD),
}


@dataclass(frozen=True)
class CArmAngles:
    """Positioner angles in degrees.

    Attributes:
        primary_deg: +90 has the receptor at the patient's left (LAO), in (-180, 180].
        secondary_deg: +90 has the receptor at the head (cranial), in [-90, 90].
        in_plane_deg: turn of the camera about the beam; positive turns the picture clockwise as seen from the source,
            so counter-clockwise in the displayed, mirrored X-ray. In (-180, 180].
    """

    primary_deg: float
    secondary_deg: float
    in_plane_deg: float = 0.0


def table_from_ras_rotation(patient_position: str) -> np.ndarray:
    """(3, 3) rotation from RAS to the table's axes, which are RAS for a head-first supine patient.

    Raises:
        InputProblem: not one of DICOM's eight PatientPosition codes.
    """
    code = patient_position.strip().upper()
    if code not in _FRONT_AND_HEAD_OF_TABLE:
        raise InputProblem(
            f"unknown patient position {patient_position!r}; use one of {', '.join(_FRONT_AND_HEAD_OF_TABLE)}"
        )
    front, head = _FRONT_AND_HEAD_OF_TABLE[code]
    return np.stack([np.cross(front, head), front, head])


def beam_of_c_arm(primary_deg: float, secondary_deg: float) -> np.ndarray:
    """(3,) unit direction of the beam, from the source to the receptor, in RAS."""
    primary, secondary = np.radians([primary_deg, secondary_deg])
    return np.array([-np.cos(secondary) * np.sin(primary), np.cos(secondary) * np.cos(primary), np.sin(secondary)])


def camera_from_ras_of_c_arm(
    primary_deg: float,
    secondary_deg: float,
    in_plane_deg: float,
    isocenter_ras: np.ndarray,
    source_to_isocenter_mm: float,
    patient_position: str = "HFS",
) -> RigidTransform:
    """The pose of a C-arm whose central ray passes the isocentre.

    Args:
        primary_deg: DICOM PositionerPrimaryAngle. The standard states both angles about the patient; leave
            ``patient_position`` at HFS then.
        secondary_deg: DICOM PositionerSecondaryAngle.
        in_plane_deg: turn of the camera about the beam, as in ``CArmAngles``.
        isocenter_ras: (3,) RAS mm.
        source_to_isocenter_mm: DICOM DistanceSourceToPatient or DistanceSourceToIsocenter.
        patient_position: for equipment that reports its angles about the table, the DICOM PatientPosition of the patient.
    """
    primary, secondary, in_plane = np.radians([primary_deg, secondary_deg, in_plane_deg])
    beam = beam_of_c_arm(primary_deg, secondary_deg)
    towards_head = np.array([np.sin(secondary) * np.sin(primary), -np.sin(secondary) * np.cos(primary), np.cos(secondary)])
    upright = np.stack([np.cross(-towards_head, beam), -towards_head, beam])
    cosine, sine = np.cos(in_plane), np.sin(in_plane)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    rotation = turn @ upright @ table_from_ras_rotation(patient_position)
    isocenter = np.asarray(isocenter_ras, dtype=np.float64).reshape(3)
    return RigidTransform(rotation, np.array([0, 0, source_to_isocenter_mm]) - rotation @ isocenter)


def c_arm_of_camera_from_ras(camera_from_ras: RigidTransform, patient_position: str = "HFS") -> CArmAngles:
    """The positioner angles of a pose; the inverse of ``camera_from_ras_of_c_arm``.

    At a secondary angle of +-90 degrees the primary angle and the in-plane turn are the same motion; the primary angle is
    then 0. ``camera_from_ras.apply(isocenter_ras)[2]`` is the distance from the source to an isocentre.
    """
    rotation = camera_from_ras.rotation @ table_from_ras_rotation(patient_position).T
    beam = rotation[2]
    secondary = np.arctan2(beam[2], np.hypot(beam[0], beam[1]))
    primary = np.arctan2(-beam[0], beam[1]) if np.hypot(beam[0], beam[1]) > 1e-9 else 0.0
    primary_deg, secondary_deg = float(np.degrees(primary)), float(np.degrees(secondary))
    turn = rotation @ camera_from_ras_of_c_arm(primary_deg, secondary_deg, 0.0, np.zeros(3), 1.0).rotation.T
    return CArmAngles(primary_deg, secondary_deg, float(np.degrees(np.arctan2(turn[1, 0], turn[0, 0]))))


def seen_facing_the_patient(camera: Camera) -> Camera:
    """The camera of the displayed X-ray (patient's left on the viewer's right) of a receptor image seen from the source."""
    return camera.flip_horizontal()
