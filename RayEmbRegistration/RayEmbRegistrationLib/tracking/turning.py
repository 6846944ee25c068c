"""One camera that moves while it films: where it stands in each frame, seen from where it stood in the first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.pose.depth_range import PATIENT_BETWEEN

LEAST_TURN_DEG = 0.05  # below which a C-arm is said to stand; chosen: half of the last digit that DICOM files usually hold


def camera_from_first(now: XrayGeometry, first: XrayGeometry) -> RigidTransform:
    """Place of the camera in a frame, the rig's frame being the camera of the first frame.

    What a calibration tells of both frames comes first, then the C-arm's angles, about the isocentre; where neither is told
    of both, or nothing changes, the camera stands still.

    Args:
        now: of the frame.
        first: of the frame that all are seen from.
    """
    if now.camera_from_rig is not None and first.camera_from_rig is not None:
        return now.camera_from_rig @ first.camera_from_rig.inverse()
    if now.angles_deg is None or first.angles_deg is None or now.angles_deg == first.angles_deg:
        return RigidTransform()
    return _of_c_arm(now) @ _of_c_arm(first).inverse()


def turning_note(geometries: Sequence[XrayGeometry]) -> str | None:
    """What is to be known of a camera that moves, in a sentence; None where it stands still.

    Args:
        geometries: of frames of one camera, the one first that all are seen from.
    """
    first = geometries[0]
    turn = max(camera_from_first(one, first).rotation_angle_deg(RigidTransform()) for one in geometries)
    if turn < LEAST_TURN_DEG:
        return None
    said = (
        f"the camera turns by {turn:.3g} degrees as its files tell; poses are seen from where it stands in its first frame"
    )
    by_angles = any(one.camera_from_rig is None for one in geometries)
    if by_angles and any(_isocenter_mm(one) is None for one in geometries):
        said += (
            "; no distance of the isocentre is told and it is taken to lie where a patient usually does, which moves all "
        )
        said += "bodies together"
    return said


def _of_c_arm(geometry: XrayGeometry) -> RigidTransform:
    """camera_from_ras, the isocentre being the origin."""
    angles = geometry.angles_deg
    if angles is None:
        raise RuntimeError("a C-arm's place needs its angles")
    distance = _isocenter_mm(geometry)
    if distance is None:
        distance = float(np.mean(PATIENT_BETWEEN)) * float(geometry.value("source_to_detector_mm") or 0.0)
    return camera_from_ras_of_c_arm(*angles, np.zeros(3), distance)


def _isocenter_mm(geometry: XrayGeometry) -> float | None:
    told = geometry.value("source_to_isocenter_mm")
    return None if told is None else float(told)
