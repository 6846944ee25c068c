"""Anatomical frames fitted to a motion: the axis that two bones turn about, where nobody marked landmarks.

The transverse axis is the mean helical axis of the distal bone's motion against the proximal one (after H. J. Woltring,
1990: frames weigh by the sine of half their turn); the long axis is from the distal bone's middle to the proximal one's
in the first frame, made perpendicular to it. Both bones have the same axes in the first frame: all angles count from there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RayEmbRegistrationLib.geometry.rigid import RigidTransform, vector_from_rotation
from RayEmbRegistrationLib.problems import InputProblem

from .kinematics import Landmarks3, anatomical_frame

LEAST_TURN_DEG = 10.0  # chosen: an axis of a turn of 10 degrees, each good to 0.5, is good to 3


def fitted_frames(
    proximal: Sequence[RigidTransform], distal: Sequence[RigidTransform], centers: Sequence[np.ndarray], front_bends: bool
) -> tuple[RigidTransform, RigidTransform]:
    """body_from_anatomical of both bones.

    Args:
        proximal: rig_from_body of the bone nearer to the trunk, frame by frame.
        distal: likewise, of the other.
        centers: (3,) of each body, in its own frame, mm.
        front_bends: whether the distal bone moves to the front as the joint bends, as a hip's does and a knee's does not.

    Raises:
        InputProblem: the bones turn too little, or about their long axis.
    """
    moved = [one.inverse() @ other for one, other in zip(proximal, distal, strict=True)]
    turns = np.array([vector_from_rotation(one.rotation @ moved[0].rotation.T) for one in moved])
    angles = np.linalg.norm(turns, axis=1)
    largest = float(np.degrees(angles.max()))
    if largest < LEAST_TURN_DEG:
        raise InputProblem(
            f"the bones turn by {largest:.1f} degrees against each other, too little to fit axes to; "
            "give landmarks with --axes"
        )
    weighed = turns * (np.sin(angles / 2) / np.maximum(angles, 1e-12))[:, None]
    axis = np.linalg.eigh(weighed.T @ weighed)[1][:, -1]
    axis = axis if axis @ turns[int(np.argmax(angles))] > 0 else -axis  # bending is positive, from the first frame on
    right = axis if front_bends else -axis  # a hip bends about the patient's right, a knee about the left
    middle = moved[0].apply(centers[1])
    up = np.asarray(centers[0]) - middle
    up = up - right * (up @ right)
    if np.linalg.norm(up) < 1e-6:
        raise InputProblem("the bones turn about the line between them, which bends no joint; give landmarks with --axes")
    frame = anatomical_frame(Landmarks3(middle, middle + up, middle + right))
    return frame, moved[0].inverse() @ frame
