"""Procedural CT phantoms: anatomy made by code, so that everything can be tried and tested without patient data.

Every phantom is drawn around textbook proportions from a seed, and differs a little between left and right.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.simulation.tissue import (
    BoneMaterial,
    paint_bone,
    paint_long_bone,
    smooth_noise,
    soft_body,
    soft_limb,
)

from .implicit import Grid, Solid
from .limb_bones import knee_bones, wrist_bones
from .pelvis_bones import draw_side, hemipelvis, proximal_femur
from .spine_bones import lumbar_vertebrae, sacrum

Material = BoneMaterial | tuple[BoneMaterial, BoneMaterial]
"""Of a bone throughout, or at its joints and in its shaft."""

# Numbered here.
PELVIS_LABELS = {
    "left hemipelvis": 1,
    "right hemipelvis": 2,
    "sacrum": 3,
    "left femur": 4,
    "right femur": 5,
    "lumbar vertebrae": 6,
}
KNEE_LABELS = {"femur": 1, "tibia": 2, "fibula": 3, "patella": 4}  # numbered here
WRIST_LABELS = {"radius": 1, "ulna": 2, "carpals": 3, "metacarpals": 4}  # numbered here


def make_pelvis_phantom(seed: int = 0, spacing_mm: float = 1.5) -> CTVolume:
    """A pelvis with both proximal femora, sacrum and lower lumbar spine in a soft body.

    Args:
        seed: the individual.
        spacing_mm: cubic voxel size.

    Returns:
        A CT of about 390 x 260 x 350 mm with ``labels`` numbered as in ``PELVIS_LABELS``; the origin of RAS lies midway
        between the hip centres.
    """
    rng = np.random.default_rng(seed)
    scale = rng.normal(1.0, 0.04) * rng.normal(1.0, 0.04, 3)
    head_radius = 23.5 * scale.mean() * rng.normal(1, 0.02)
    half_width = rng.uniform(172, 188) * scale[0]
    half_depth = rng.uniform(98, 122)
    grid = Grid.covering((-198, -22 - 130, -150), (198, -22 + 130, 200), spacing_mm)

    right, left = draw_side(rng, 1, scale, head_radius), draw_side(rng, -1, scale, head_radius)
    bones: dict[str, Solid] = {"sacrum": sacrum(grid, scale, rng), "lumbar vertebrae": lumbar_vertebrae(grid, scale, rng)}
    bones["lumbar vertebrae"].carve_near(bones["sacrum"], 2.0)
    for name, side in (("right", right), ("left", left)):
        bones[f"{name} femur"] = proximal_femur(grid, side)
        bones[f"{name} hemipelvis"] = hemipelvis(grid, side).carve_near(bones["sacrum"], 2.4)

    density = rng.normal(1.0, 0.1)
    cancellous = BoneMaterial(1150 * density, 1.6, 290 * density)
    vertebral = BoneMaterial(800 * density, 1.2, 230 * density)
    materials: dict[str, Material] = dict.fromkeys(bones, cancellous)
    materials["sacrum"] = materials["lumbar vertebrae"] = vertebral
    materials["left femur"] = materials["right femur"] = long_bone_materials(density, cortex_mm=5.5)
    hu = soft_body(grid, half_width, half_depth, rng)
    return assemble(grid, {name: (bone, materials[name]) for name, bone in bones.items()}, PELVIS_LABELS, hu, rng)


def make_knee_phantom(seed: int = 0, spacing_mm: float = 1.0) -> CTVolume:
    """A right knee: distal femur, proximal tibia and fibula, patella; RAS origin in the middle of the joint line.

    Args:
        seed: the individual, and how far the knee is bent (0 to 25 degrees).
        spacing_mm: cubic voxel size.
    """
    rng = np.random.default_rng(seed)
    size = rng.normal(1.0, 0.05)
    grid = Grid.covering((-72, -75, -125), (72, 75, 125), spacing_mm)
    bones = knee_bones(grid, size, rng.uniform(0, 25), rng)
    density = rng.normal(1.0, 0.1)
    thin = BoneMaterial(950 * density, 1.2, 230 * density)
    long = long_bone_materials(density, cortex_mm=5.0)
    materials: dict[str, Material] = {
        "femur": long,
        "tibia": long,
        "fibula": BoneMaterial(1100 * density, 2.2, 150 * density),
        "patella": thin,
    }
    hu = soft_limb(grid, (62 * size, 64 * size), (0, -8), rng)
    return assemble(grid, {name: (bone, materials[name]) for name, bone in bones.items()}, KNEE_LABELS, hu, rng)


def make_wrist_phantom(seed: int = 0, spacing_mm: float = 0.6) -> CTVolume:
    """A right wrist, palm forward, fingers up: radius, ulna, carpals, metacarpals; RAS origin in the radio-carpal joint.

    Args:
        seed: the individual.
        spacing_mm: cubic voxel size.
    """
    rng = np.random.default_rng(seed)
    size = rng.normal(1.0, 0.06)
    grid = Grid.covering((-52, -32, -85), (60, 32, 95), spacing_mm)
    bones = wrist_bones(grid, size, rng)
    density = rng.normal(1.0, 0.1)
    short = BoneMaterial(900 * density, 0.9, 260 * density)
    shaft = BoneMaterial(1350 * density, 2.4, 200 * density, marrow_hu=40, marrow_depth_mm=4.0)
    forearm = (BoneMaterial(950 * density, 1.0, 240 * density), shaft)
    materials: dict[str, Material] = {"radius": forearm, "ulna": forearm, "carpals": short, "metacarpals": shaft}
    hu = soft_limb(grid, (40 * size, 21 * size), (1, 0), rng)
    return assemble(grid, {name: (bone, materials[name]) for name, bone in bones.items()}, WRIST_LABELS, hu, rng)


def long_bone_materials(density: float, cortex_mm: float) -> tuple[BoneMaterial, BoneMaterial]:
    """What a long bone is made of at the joint and in its shaft."""
    joint = BoneMaterial(1000 * density, 1.3, 260 * density)
    return joint, BoneMaterial(1400 * density, cortex_mm, 60 * density, marrow_hu=-20, marrow_depth_mm=cortex_mm + 2)


def assemble(
    grid: Grid,
    bones: Mapping[str, tuple[Solid, Material]],
    numbers: dict[str, int],
    hu: np.ndarray,
    rng: np.random.Generator,
) -> CTVolume:
    """Paint the bones into the soft body ``hu`` (K, J, I), which is changed, and label them by their ``numbers``."""
    texture = 0.75 * smooth_noise(grid.shape, 0.8, rng) + 0.65 * smooth_noise(grid.shape, 5 / grid.spacing, rng)
    labels = np.zeros(grid.shape, np.uint8)
    closest = np.zeros(grid.shape, np.float32)
    for name, (bone, material) in bones.items():
        if isinstance(material, tuple):
            paint_long_bone(hu, bone, material, 0.0, texture)
        else:
            paint_bone(hu, bone, material, texture)
        mine = bone.distance < closest
        labels[mine] = numbers[name]
        np.minimum(closest, bone.distance, out=closest)
    hu += rng.standard_normal(hu.shape, dtype=np.float32) * 9  # reconstruction noise
    return CTVolume(np.clip(hu, -1024, 3071).astype(np.int16), grid.ras_from_ijk, labels)
