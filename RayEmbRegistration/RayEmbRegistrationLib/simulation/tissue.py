"""Hounsfield units for implicit bones, and the soft body around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from .phantoms.implicit import Grid, Solid

# Air by definition of the unit, fat and muscle within their usual ranges, gas in bowel as partial volume leaves it.
AIR_HU, FAT_HU, MUSCLE_HU, GAS_HU = -1000.0, -95.0, 48.0, -950.0


@dataclass(frozen=True)
class BoneMaterial:
    """How a bone is filled, from its surface inwards (HU and mm)."""

    cortex_hu: float = 1150.0
    cortex_mm: float = 1.6
    trabecular_hu: float = 300.0
    marrow_hu: float = 120.0
    marrow_depth_mm: float = 30.0


def smooth_noise(shape: tuple[int, int, int], sigma_voxels: float, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise of unit deviation and the given correlation length; drawn coarsely where it is smooth."""
    step = max(1, int(sigma_voxels / 1.5))
    coarse = rng.standard_normal([-(-n // step) + 3 for n in shape], dtype=np.float32)
    coarse = gaussian_filter(coarse, sigma_voxels / step, mode="wrap")
    coarse /= coarse.std() + 1e-9
    if step > 1:
        coarse = zoom(coarse, step, order=1)
    return coarse[tuple(slice(0, n) for n in shape)]


def paint_bone(hu: np.ndarray, bone: Solid, material: BoneMaterial, texture: np.ndarray) -> None:
    """Write a bone into ``hu`` in place: cortical shell, textured trabecular bone, marrow, partial volume at the edge."""
    near = bone.distance < bone.grid.spacing
    _paint(hu, near, -bone.distance[near], material, texture, bone.grid.spacing)


def paint_long_bone(
    hu: np.ndarray, bone: Solid, materials: tuple[BoneMaterial, BoneMaterial], joint_z_mm: float, texture: np.ndarray
) -> None:
    """The same for a long bone: spongy with a thin shell at the joint, a thick tube with marrow away from it.

    Args:
        hu: changed in place.
        bone: the bone.
        materials: at the joint, and of the shaft.
        joint_z_mm: RAS z of the joint; the change lies 40 to 75 mm from it.
        texture: unit noise (K, J, I).
    """
    near = bone.distance < bone.grid.spacing
    depth = -bone.distance[near]
    painted = hu.copy()
    _paint(hu, near, depth, materials[0], texture, bone.grid.spacing)
    _paint(painted, near, depth, materials[1], texture, bone.grid.spacing)
    weight = np.clip((np.abs(bone.grid.axes()[2] - joint_z_mm) - 40) / 35, 0, 1)
    hu += (painted - hu) * weight


def _paint(
    hu: np.ndarray, near: np.ndarray, depth: np.ndarray, material: BoneMaterial, texture: np.ndarray, spacing: float
) -> None:
    shell = 1 / (1 + np.exp((depth - material.cortex_mm) / 0.45))
    marrow = 1 / (1 + np.exp(-(depth - material.marrow_depth_mm) / 1.2))
    inside = material.trabecular_hu * (1 - marrow) + material.marrow_hu * marrow
    inside = inside * (1 + 0.32 * texture[near] * (1 - marrow))
    value = inside + (material.cortex_hu * (1 + 0.07 * texture[near]) - inside) * shell
    cover = np.clip(0.5 + depth / spacing, 0, 1)
    hu[near] += (value - hu[near]) * cover


def soft_body(grid: Grid, half_width_mm: float, half_depth_mm: float, rng: np.random.Generator) -> np.ndarray:
    """(K, J, I) HU of a trunk that becomes two thighs: skin, fat, muscle, bladder, bowel gas, air outside."""
    x, y, z = grid.axes()
    widen = 1 + 0.06 * np.cos((z + 20) / 70) - 0.05 * np.clip((z - 120) / 80, 0, 1)
    trunk = _superellipse(x, y + 22, half_width_mm * widen, half_depth_mm * widen)
    thigh_width, thigh_depth = half_width_mm * 0.51, half_depth_mm * 0.86
    thighs = _superellipse(np.abs(x) - half_width_mm * 0.5, y + 18, thigh_width, thigh_depth)
    below = 1 / (1 + np.exp((z + 98) / 6))
    outline = trunk * (1 - below) + np.minimum(thighs, trunk + 40) * below  # mm, negative inside

    mixture = smooth_noise(grid.shape, 9 / grid.spacing, rng)
    fine = smooth_noise(grid.shape, 1.2 / grid.spacing, rng)
    fat_layer = rng.uniform(14, 32)
    hu = np.where(mixture > 0.9, FAT_HU, MUSCLE_HU).astype(np.float32)
    hu += np.clip(mixture, -1.5, 1.5) * 10
    hu = np.where(outline > -fat_layer - 4 * mixture, np.float32(FAT_HU), hu) + 7 * fine
    _paint_bowel(hu, grid, rng)
    hu = np.where(outline > -2.0, np.float32(20), hu)
    cover = np.clip(0.5 - outline / grid.spacing, 0, 1)
    return (AIR_HU + (hu - AIR_HU) * cover).astype(np.float32)


def soft_limb(
    grid: Grid, half_axes_mm: tuple[float, float], center_xy: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """(K, J, I) HU of a limb along z: skin, fat, muscle with fat planes, air outside."""
    x, y, z = grid.axes()
    swell = 1 + 0.05 * np.sin(z / 60 + rng.uniform(0, 6))
    outline = _superellipse(x - center_xy[0], y - center_xy[1], half_axes_mm[0] * swell, half_axes_mm[1] * swell)
    mixture = smooth_noise(grid.shape, 6 / grid.spacing, rng)
    hu = np.where(mixture > 0.9, FAT_HU, MUSCLE_HU).astype(np.float32) + 8 * np.clip(mixture, -1.5, 1.5)
    hu = np.where(outline > -min(half_axes_mm) * 0.12 - mixture, np.float32(FAT_HU), hu)
    hu = np.where(outline > -1.5, np.float32(20), hu)
    cover = np.clip(0.5 - outline / grid.spacing, 0, 1)
    return (AIR_HU + (hu - AIR_HU) * cover).astype(np.float32)


def _superellipse(x: np.ndarray, y: np.ndarray, a: np.ndarray | float, b: np.ndarray | float) -> np.ndarray:
    """Approximate signed distance (mm) to a superellipse of power 2.6."""
    level = (np.abs(x / a) ** 2.6 + np.abs(y / b) ** 2.6) ** (1 / 2.6)
    return ((level - 1) * np.minimum(a, b)).astype(np.float32)


def _paint_bowel(hu: np.ndarray, grid: Grid, rng: np.random.Generator) -> None:
    """Bladder, bowel contents and gas pockets, in front of the sacrum and in the iliac fossae."""
    pockets = [(np.array([0, 22, 8]), np.array([36, 26, 28]) * rng.uniform(0.7, 1.2), 8.0)]
    for _ in range(rng.integers(7, 13)):
        center = np.array([rng.uniform(-95, 95), rng.uniform(0, 60), rng.uniform(55, 200)])
        pockets.append((center, rng.uniform(10, 26, 3), 30.0))
        if rng.random() < 0.75:
            pockets.append((center + np.array([0, 3, 0]), rng.uniform(6, 15, 3), GAS_HU))
    rectum = np.array([rng.normal(0, 5), -40, 25])
    pockets.append((rectum, np.array([11, 9, 20]) * rng.uniform(0.6, 1.1), GAS_HU))
    for center, radii, value in pockets:
        block = grid.block(center - radii - 3, center + radii + 3)
        x, y, z = grid.axes(block)
        level = np.sqrt(sum(((part - c) / r) ** 2 for part, c, r in zip((x, y, z), center, radii, strict=True)))
        cover = np.clip(0.5 + (1 - level) * radii.min() / grid.spacing, 0, 1)
        hu[block] += (value - hu[block]) * cover
