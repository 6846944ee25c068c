"""xReg's camera model (Grupp et al., DeepFluoro) from and to our camera and pose.

xReg projects ``[u, v, 1] ~ intrinsics @ extrinsics @ X_lps`` with pixel centres at integers. In the frame type
"origin at focal point, detector at negative z", which DeepFluoro uses, the detector lies at z = -SDD and both focal
lengths are negative: u grows with x, v with y and depth with -z. That image is the mirror of one seen from the source, so
our camera of it has one negative focal length and the pose stays a proper rotation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .camera import Camera
from .frames import camera_from_lps_of_ras, camera_from_ras_of_lps
from .rigid import RigidTransform

_HALF_TURN_Y = np.diag([-1.0, 1.0, -1.0])  # by definition


@dataclass(frozen=True, eq=False)
class XregCamera:
    """xReg's ``CameraModel`` with its origin at the focal point.

    Attributes:
        intrinsics: (3, 3) px, last row 0 0 1.
        extrinsics: (4, 4) xReg camera frame from LPS mm.
        image_size: (columns, rows).
        pixel_spacing_mm: (column, row) spacing.
        detector_at_negative_z: the frame type; False is OpenCV's frame.
    """

    intrinsics: np.ndarray
    extrinsics: np.ndarray
    image_size: tuple[int, int]
    pixel_spacing_mm: tuple[float, float]
    detector_at_negative_z: bool = True


def camera_from_xreg(xreg_camera: XregCamera) -> tuple[Camera, RigidTransform]:
    """Camera and ``camera_from_ras`` of an xReg camera.

    The source-to-detector distance is xReg's own: the mean of both focal lengths times their pixel spacing.
    """
    K = np.array(xreg_camera.intrinsics, dtype=np.float64)
    camera_from_lps = RigidTransform.from_matrix(xreg_camera.extrinsics)
    if xreg_camera.detector_at_negative_z:
        K = -K @ _HALF_TURN_Y
        camera_from_lps = RigidTransform(_HALF_TURN_Y) @ camera_from_lps
    column, row = xreg_camera.pixel_spacing_mm
    sdd = (abs(K[0, 0]) * column + abs(K[1, 1]) * row) / 2
    return Camera(K, xreg_camera.image_size, (column, row), sdd), camera_from_ras_of_lps(camera_from_lps)


def xreg_from_camera(camera: Camera, camera_from_ras: RigidTransform, detector_at_negative_z: bool = True) -> XregCamera:
    """Intrinsics and LPS-based extrinsics for xReg of our camera and pose; the inverse of ``camera_from_xreg``."""
    K = camera.K.copy()
    camera_from_lps = camera_from_lps_of_ras(camera_from_ras)
    if detector_at_negative_z:
        K = -K @ _HALF_TURN_Y
        camera_from_lps = RigidTransform(_HALF_TURN_Y) @ camera_from_lps
    return XregCamera(K, camera_from_lps.matrix, camera.image_size, camera.pixel_spacing_mm, detector_at_negative_z)
