"""Small motions of bodies: turns and shifts along the rig's axes, about the body's centre."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry.rigid import RigidTransform, rotation_from_vector, vector_from_rotation


def moved(pose: RigidTransform, center: np.ndarray, motion: np.ndarray) -> RigidTransform:
    """A pose rig_from_body after a motion (6,): turn (rad) about the body's centre, then shift (mm)."""
    turn = rotation_from_vector(motion[:3])
    middle = pose.apply(center)
    rotation = turn @ pose.rotation
    return RigidTransform(rotation, middle + motion[3:] - rotation @ center)


def motion_between(start: RigidTransform, end: RigidTransform, center: np.ndarray) -> np.ndarray:
    """(6,) the motion that ``moved`` would take from one pose to the other."""
    turn = vector_from_rotation(end.rotation @ start.rotation.T)
    return np.concatenate([turn, end.apply(center) - start.apply(center)])


def halfway(start: RigidTransform, end: RigidTransform, center: np.ndarray, share: float = 0.5) -> RigidTransform:
    """A pose between two."""
    return moved(start, center, share * motion_between(start, end, center))
