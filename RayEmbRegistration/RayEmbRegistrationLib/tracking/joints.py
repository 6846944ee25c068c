"""Joints by name: what their angles are called, and which way each is positive.

Knee: E. S. Grood and W. J. Suntay, J. Biomech. Eng. 105(2), 1983. Hip and ankle: G. Wu et al., J. Biomech. 35, 2002;
shoulder, elbow and wrist: G. Wu et al., J. Biomech. 38, 2005 (the ISB's recommendations). All but the shoulder are turns
about the proximal bone's transverse axis, a floating axis and the distal bone's long axis; the shoulder is plane of
elevation, elevation and axial rotation (Y-X-Y). A positive angle is what its name says, on either side of the body.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform

from .kinematics import MEASURES, grood_suntay


@dataclass(frozen=True)
class Joint:
    """A joint.

    Attributes:
        measures: names of three angles (degrees) and three shifts (mm).
        signs: of flexion, adduction and external rotation as ``grood_suntay`` has them; empty for the shoulder's sequence.
    """

    measures: tuple[str, ...]
    signs: tuple[float, ...] = ()


LEAST_ELEVATION_DEG = 1.0  # below it the plane of elevation is not defined; chosen: the error of a tracked angle
_SHIFTS = MEASURES[3:]  # after the three angles, as Grood and Suntay define them in their paper
JOINTS = {  # signs: what is positive in the papers above, from that of the knee; tests check each by where a bone goes
    "knee": Joint(MEASURES, (1.0, 1.0, 1.0)),
    "hip": Joint(("flexion_deg", "adduction_deg", "internal_rotation_deg", *_SHIFTS), (-1.0, 1.0, -1.0)),
    "ankle": Joint(("dorsiflexion_deg", "inversion_deg", "internal_rotation_deg", *_SHIFTS), (-1.0, 1.0, -1.0)),
    "elbow": Joint(("flexion_deg", "carrying_angle_deg", "pronation_deg", *_SHIFTS), (-1.0, -1.0, -1.0)),
    "wrist": Joint(("flexion_deg", "ulnar_deviation_deg", "pronation_deg", *_SHIFTS), (-1.0, 1.0, -1.0)),
    "shoulder": Joint(
        ("plane_of_elevation_deg", "elevation_deg", "internal_rotation_deg", "lateral_mm", "anterior_mm", "superior_mm")
    ),
}


def joint_measures(joint: str, proximal: RigidTransform, distal: RigidTransform, is_right: bool) -> np.ndarray:
    """(6,) a joint's measures, of anatomical frames.

    Args:
        joint: one of ``JOINTS``.
        proximal: rig_from_anatomical of the bone nearer to the trunk: x to the patient's right, y to the front, z up.
        distal: likewise, of the other.
        is_right: of the right side.
    """
    signs = JOINTS[joint].signs
    if not signs:
        return _shoulder(proximal, distal, is_right)
    found = grood_suntay(proximal, distal, is_right)
    return np.concatenate([np.array(signs) * found[:3], found[3:]])


def _shoulder(proximal: RigidTransform, distal: RigidTransform, is_right: bool) -> np.ndarray:
    """Of a humerus against the thorax or the scapula: plane 0 is abduction, 90 forward flexion; with the arm down it is 0.

    Y-X-Y turns in the ISB's axes (X to the front, Y up, Z to the right); a left shoulder is mirrored first.
    """
    isb = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    mirror = np.diag([1.0, 1.0, 1.0 if is_right else -1.0])
    turn = mirror @ isb @ proximal.rotation.T @ distal.rotation @ isb.T @ mirror
    elevation = float(np.arctan2(np.hypot(turn[0, 1], turn[2, 1]), turn[1, 1]))
    is_down = np.sin(elevation) < np.sin(np.radians(LEAST_ELEVATION_DEG))
    plane = 0.0 if is_down else float(np.arctan2(-turn[0, 1], -turn[2, 1]))
    c, s = np.cos(plane), np.sin(plane)
    rest = _about_x(elevation) @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]) @ turn  # what the third turn is
    axial = float(np.arctan2(rest[0, 2], rest[0, 0]))
    shift = proximal.rotation.T @ (distal.translation - proximal.translation) * [1.0 if is_right else -1.0, 1.0, 1.0]
    return np.concatenate([np.degrees([plane, elevation, axial]), shift])


def _about_x(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
