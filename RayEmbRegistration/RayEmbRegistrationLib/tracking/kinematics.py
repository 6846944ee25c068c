"""How two bodies stand to each other: joint angles and shifts, frame by frame.

Knee: E. S. Grood and W. J. Suntay, J. Biomech. Eng. 105(2), 1983, which the ISB took over (G. Wu et al., J. Biomech. 35,
2002): flexion about the femur's transverse axis, external rotation about the tibia's long axis, adduction about the floating
axis that is perpendicular to both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

MEASURES = (
    "flexion_deg", "adduction_deg", "external_rotation_deg", "lateral_mm", "anterior_mm", "distraction_mm",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Landmarks3:
    """What spans a body's anatomical frame, points in the body's own frame, mm.

    Attributes:
        origin: (3,).
        proximal: (3,) a point up along the long axis.
        right: (3,) a point towards the patient's right.
    """

    origin: np.ndarray
    proximal: np.ndarray
    right: np.ndarray


def anatomical_frame(marks: Landmarks3) -> RigidTransform:
    """body_from_anatomical: x to the right, y to the front, z up along the long axis (Grood and Suntay's axes).

    Raises:
        InputProblem: the points lie on one line.
    """
    origin = np.asarray(marks.origin, dtype=np.float64)
    up, right = np.asarray(marks.proximal) - origin, np.asarray(marks.right) - origin
    front = np.cross(up, right)
    if np.linalg.norm(front) < 1e-3 * np.linalg.norm(up) * np.linalg.norm(right) or not np.linalg.norm(up):
        raise InputProblem("the landmarks of an anatomical frame lie on one line; give a third one aside of it")
    z, y = up / np.linalg.norm(up), front / np.linalg.norm(front)
    return RigidTransform(np.column_stack([np.cross(y, z), y, z]), origin)


def grood_suntay(femur: RigidTransform, tibia: RigidTransform, is_right: bool) -> np.ndarray:
    """(6,) ``MEASURES`` of a knee.

    Args:
        femur: rig_from_anatomical: x to the patient's right, y to the front, z up.
        tibia: likewise.
        is_right: of a right knee; the signs of adduction, rotation and lateral shift depend on it.

    Returns:
        Flexion, adduction and external rotation of the tibia (degrees, positive as named); its origin's shift along the
        femur's transverse axis (lateral), the floating axis (anterior) and away along its own long axis (distraction), mm.
    """
    femur_x, femur_y, femur_z = femur.rotation.T
    tibia_x, tibia_y, tibia_z = tibia.rotation.T
    floating = np.cross(tibia_z, femur_x)
    floating /= np.linalg.norm(floating)
    side = 1.0 if is_right else -1.0
    flexion = np.arctan2(-float(floating @ femur_z), float(floating @ femur_y))
    between = np.arccos(np.clip(femur_x @ tibia_z, -1, 1))
    adduction = side * (np.pi / 2 - between)
    rotation = side * np.arctan2(float(floating @ tibia_x), float(floating @ tibia_y))
    shift = tibia.translation - femur.translation
    return np.array([
        np.degrees(flexion), np.degrees(adduction), np.degrees(-rotation),
        side * float(shift @ femur_x), float(shift @ floating), -float(shift @ tibia_z),
    ])  # fmt: skip
