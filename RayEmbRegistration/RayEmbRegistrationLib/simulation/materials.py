"""From Hounsfield units to millimetres of bone and of soft tissue along each ray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform

from .siddon_reference import siddon_line_integrals
from .spectrum import bone_to_water_ratio

_BONE_STARTS_HU = 110.0  # chosen: above soft tissue and clotted blood
_SOFT_TISSUE_HU = 40.0  # muscle's lower end; chosen as the mixture's other part

LineIntegrals = Callable[[np.ndarray, np.ndarray, Camera, RigidTransform], np.ndarray]


@dataclass(frozen=True, eq=False)
class MaterialPaths:
    """What each ray crosses.

    Attributes:
        bone_mm: (H, W) millimetres of dense cortical bone (ICRU-44, 1.92 g/cm3).
        soft_mm: (H, W) millimetres of water, bone's share taken out; zero everywhere where the CT holds bone alone.
        steel_mm: (H, W) millimetres of steel, or None.
    """

    bone_mm: np.ndarray
    soft_mm: np.ndarray
    steel_mm: np.ndarray | None = None


def decompose(ct: CTVolume) -> tuple[np.ndarray, np.ndarray]:
    """Share of dense bone and of body (water-equivalent, bone included) in each voxel.

    A voxel above 110 HU is a mixture of soft tissue and dense cortical bone whose attenuation at 70 keV gives its
    Hounsfield number. A CT in which soft tissue and air were masked (hardly anything below -500 HU) has no body share.

    Returns:
        (K, J, I) float32 bone share, (K, J, I) float32 body share.
    """
    hu = ct.hu.astype(np.float32)
    dense_hu = 1000 * (bone_to_water_ratio() - 1)
    bone = np.where(hu > _BONE_STARTS_HU, (hu - _SOFT_TISSUE_HU) / np.float32(dense_hu - _SOFT_TISSUE_HU), 0)
    bone = np.clip(bone, 0, 3).astype(np.float32)
    if np.mean(hu < -500) < 0.01:
        return bone, np.zeros_like(bone)
    body = np.clip(1 + np.minimum(hu, _SOFT_TISSUE_HU) / 1000, 0, None).astype(np.float32)
    return bone, np.where(body < 0.05, 0, body)


def material_paths(
    ct: CTVolume,
    camera: Camera,
    camera_from_ras: RigidTransform,
    line_integrals: LineIntegrals = siddon_line_integrals,
    body_step: int = 2,
) -> MaterialPaths:
    """Project both materials of a CT.

    Args:
        ct: Hounsfield units.
        camera: the X-ray's geometry.
        camera_from_ras: its pose.
        line_integrals: the projector.
        body_step: the body, smooth but for its outline, is projected at this many times coarser pixels.

    Returns:
        The paths at full resolution.
    """
    import cv2

    bone, body = decompose(ct)
    bone_mm = line_integrals(bone, ct.ras_from_ijk, camera, camera_from_ras)
    if not body.any():
        return MaterialPaths(bone_mm, np.zeros_like(bone_mm))
    coarse = camera.resample(-(-camera.width // body_step), -(-camera.height // body_step))
    body_mm = line_integrals(body, ct.ras_from_ijk, coarse, camera_from_ras)
    body_mm = cv2.resize(body_mm, camera.image_size, interpolation=cv2.INTER_LINEAR)
    return MaterialPaths(bone_mm, np.maximum(body_mm - bone_mm, 0))
