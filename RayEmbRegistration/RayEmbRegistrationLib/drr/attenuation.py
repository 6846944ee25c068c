"""From Hounsfield units to linear attenuation at an X-ray's energy, and the map of bone that is registered.

A CT number is a ratio of attenuations at the CT's effective energy (about 70 keV at 120 kVp). A C-arm's beam is softer
(50 to 60 keV at 70 to 80 kVp), and calcium attenuates it more. So a voxel is taken as a mixture, in the manner of the
stoichiometric calibration (Schneider et al., Phys. Med. Biol. 41(1), 1996, and 45(2), 2000): air with water below, soft
tissue with dense cortical bone above, both blended over a few tens of HU.

Mass attenuation: J. H. Hubbell and S. M. Seltzer, NIST Standard Reference Database 126 (NISTIR 5632, from XCOM): liquid
water and cortical bone (ICRU-44, 1.92 g/cm3).
"""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem

from .taper import taper_at_borders

__all__ = [
    "attenuation_from_hu",
    "bone_attenuation",
    "cortical_bone_attenuation",
    "taper_at_borders",
    "water_attenuation",
]

ENERGY_KEV = 55.0
"""Effective energy assumed of a diagnostic C-arm behind its patient.
Chosen within the 50 to 60 keV of 70 to 80 kVp (see above)."""

CT_ENERGY_KEV = 70.0
"""Effective energy of a 120 kVp CT, at which its Hounsfield units are read; Schneider et al. (see above)."""

_TABLE_KEV = np.array([30.0, 40, 50, 60, 80, 100, 150])  # of NIST's table (see above)
_WATER_CM2_G = np.array([0.3756, 0.2683, 0.2269, 0.2059, 0.1837, 0.1707, 0.1505])  # NIST: liquid water
_BONE_CM2_G = np.array([1.331, 0.6655, 0.4242, 0.3148, 0.2229, 0.1855, 0.1480])  # NIST: cortical bone (ICRU-44)
_BONE_G_CM3 = 1.92  # ICRU-44
# Calcium starts at 60 HU, blended over 40 HU to both sides; chosen between muscle and trabecular bone.
_BONE_FROM_HU, _BONE_BLEND_HU = 60.0, 40.0

SOFT_TISSUE_HU = 30.0
"""What surrounds bones: muscle and fat together; chosen: muscle has 40 to 60 HU, fat -100."""

# Fat's usual number; what is darker beside bone is gas or undershoot of the CT's filter, and no less than fat.
_FAT_HU = -100.0
_RIM_HU = (50.0, 250.0)  # chosen: from where soft tissue ends to where a voxel at the rim is half of trabecular bone or more


def water_attenuation(energy_kev: float) -> float:
    """Linear attenuation of water in 1/mm, log-log interpolated; energies from 30 to 150 keV."""
    return _interpolated(_WATER_CM2_G, energy_kev) / 10


def cortical_bone_attenuation(energy_kev: float) -> float:
    """Linear attenuation of dense cortical bone (1.92 g/cm3) in 1/mm; energies from 30 to 150 keV."""
    return _interpolated(_BONE_CM2_G, energy_kev) * _BONE_G_CM3 / 10


def _interpolated(table: np.ndarray, energy_kev: float) -> float:
    if not _TABLE_KEV[0] <= energy_kev <= _TABLE_KEV[-1]:
        raise InputProblem(f"the X-ray energy must lie between 30 and 150 keV, not {energy_kev:g}")
    return float(np.exp(np.interp(np.log(energy_kev), np.log(_TABLE_KEV), np.log(table))))


def attenuation_from_hu(hu: np.ndarray, energy_kev: float = ENERGY_KEV, ct_energy_kev: float = CT_ENERGY_KEV) -> np.ndarray:
    """Linear attenuation in 1/mm of Hounsfield units: monotone, continuous with its derivative above -1000 HU.

    Exact for air (0), water and cortical bone; straight in between but for the blend at 60 HU, and beyond (metal).

    Args:
        hu: array of any shape.
        energy_kev: effective energy of the X-ray, 30 to 150 keV.
        ct_energy_kev: effective energy of the CT.

    Returns:
        float32 array (float64 for float64) of the same shape.

    Raises:
        InputProblem: an energy outside the tabulated range.
    """
    water = water_attenuation(energy_kev)
    bone_hu = 1000 * (cortical_bone_attenuation(ct_energy_kev) / water_attenuation(ct_energy_kev) - 1)
    extra_slope = (cortical_bone_attenuation(energy_kev) - water * (1 + bone_hu / 1000)) / (bone_hu - _BONE_FROM_HU)
    hu = np.asarray(hu)
    hu = hu if hu.dtype == np.float64 else hu.astype(np.float32)
    result = (np.maximum(hu, -1000) + 1000) * (water / 1000)
    blend = np.clip(hu - (_BONE_FROM_HU - _BONE_BLEND_HU), 0, 2 * _BONE_BLEND_HU)
    calcium = blend**2 / (4 * _BONE_BLEND_HU) + np.maximum(hu - (_BONE_FROM_HU + _BONE_BLEND_HU), 0)
    return result + extra_slope * calcium


def bone_attenuation(
    volume: CTVolume,
    bone_mask: np.ndarray,
    energy_kev: float = ENERGY_KEV,
    soft_tissue_hu: float = SOFT_TISSUE_HU,
) -> np.ndarray:
    """What bone attenuates more than the soft tissue that it displaces, in 1/mm: the map that is registered.

    Within the mask, marrow included, the difference is kept as it is, fat (-100 HU) being the least. In the mask's
    outermost voxels and two voxels around, where bone and its surroundings share voxels, it fades in from 50 to 250 HU, so
    that the bone's edge is where partial volume puts it rather than at a threshold.

    Args:
        volume: the CT; where it has labels, those of other bones stay out.
        bone_mask: (K, J, I) bool.
        energy_kev: effective energy of the X-ray.
        soft_tissue_hu: Hounsfield units of the surroundings.

    Returns:
        (K, J, I) float32, zero away from bone.

    Raises:
        InputProblem: sizes differ, the mask is empty, or an energy outside the tabulated range.
    """
    from scipy import ndimage

    if bone_mask.shape != volume.hu.shape:
        raise InputProblem(f"the bone mask's size {bone_mask.shape[::-1]} differs from the CT's {volume.hu.shape[::-1]}")
    bone_mask = bone_mask.astype(bool)
    if not bone_mask.any():
        raise InputProblem("the bone mask is empty; check the labels or the CT")
    box = tuple(slice(max(0, side.start - 3), side.stop + 3) for side in ndimage.find_objects(bone_mask.astype(np.uint8))[0])
    mask, hu = bone_mask[box], volume.hu[box].astype(np.float32)
    full = np.ones((3, 3, 3), dtype=bool)
    inner = ndimage.binary_erosion(mask, full, border_value=1)
    near = ndimage.binary_dilation(mask, full)
    far = ndimage.binary_dilation(near)
    weight = (near.astype(np.float32) + far) / 2 * _smooth_step((hu - _RIM_HU[0]) / (_RIM_HU[1] - _RIM_HU[0]))
    weight[inner] = 1
    if volume.labels is not None:
        weight[(volume.labels[box] > 0) & ~mask] = 0
    soft = attenuation_from_hu(np.float64(soft_tissue_hu), energy_kev)
    excess = attenuation_from_hu(np.maximum(hu, _FAT_HU), energy_kev) - np.float32(soft)
    result = np.zeros(volume.hu.shape, dtype=np.float32)
    result[box] = excess * weight
    return result


def _smooth_step(fraction: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth in between."""
    fraction = np.clip(fraction, 0, 1)
    return fraction * fraction * (3 - 2 * fraction)
