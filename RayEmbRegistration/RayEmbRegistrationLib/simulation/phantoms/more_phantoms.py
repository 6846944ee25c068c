"""Phantoms of anatomy that no encoder is trained on: a lumbar spine and a proximal femur."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.simulation.procedural.held_out import femur_parts
from RayEmbRegistrationLib.simulation.tissue import BoneMaterial, soft_body, soft_limb

from .implicit import Grid, Solid
from .phantom import assemble, long_bone_materials
from .spine_bones import add_vertebra

SPINE_LABELS = {"L5": 1, "L4": 2, "L3": 3, "L2": 4, "L1": 5}  # numbered here, from below
FEMUR_LABELS = {"femur": 1}  # numbered here


def make_spine_phantom(seed: int = 0, spacing_mm: float = 1.5) -> CTVolume:
    """The lumbar spine in a trunk; RAS origin in the middle of L3.

    Args:
        seed: the individual: size, lordosis, a slight scoliosis, disc heights, vertebrae that are wedged.
        spacing_mm: cubic voxel size.

    Returns:
        A CT of about 380 x 250 x 300 mm with ``labels`` numbered as in ``SPINE_LABELS``.
    """
    rng = np.random.default_rng([seed, 5])
    size = rng.normal(1.0, 0.05)
    half_width, half_depth = rng.uniform(160, 185), rng.uniform(98, 118)
    grid = Grid.covering((-190, -138, -150), (190, 112, 150), spacing_mm)
    heights = (np.array([-2, -1, 0, 1, 2]) * 37.5 * size) + rng.normal(0, 0.8, 5)
    lordosis, scoliosis = rng.uniform(4, 14), rng.normal(0, 4)
    arch = 1 - (heights / heights[-1]) ** 2
    curve = np.stack([scoliosis * arch, -38 + lordosis * arch, heights], -1)
    ups = np.gradient(curve, heights, axis=0) + rng.normal(0, 0.02, (5, 3)) * (1, 1, 0)
    bones: dict[str, tuple[Solid, BoneMaterial]] = {}
    density = rng.normal(1.0, 0.12)
    for name, center, up in zip(SPINE_LABELS, curve, ups, strict=True):
        bone = Solid(grid)
        add_vertebra(bone, center, up / np.linalg.norm(up), size * rng.normal(1, 0.02, 3))
        for other, _ in bones.values():
            bone.carve_near(other, 1.5)
        bones[name] = (bone, BoneMaterial(820 * density, 1.1, 220 * density * rng.normal(1, 0.04)))
    raised = grid.origin + np.array([0, 0, 60.0])  # the trunk is drawn around the hips, which lie below L3
    body_grid = Grid(raised, grid.spacing, grid.shape)
    hu = soft_body(body_grid, half_width, half_depth, rng)
    return assemble(grid, bones, SPINE_LABELS, hu, rng)


def make_femur_phantom(seed: int = 0, spacing_mm: float = 1.2) -> CTVolume:
    """The upper half of a right femur in a thigh; RAS origin in the axis of the shaft, 60 mm below the femoral head.

    Args:
        seed: the individual.
        spacing_mm: cubic voxel size.
    """
    rng = np.random.default_rng([seed, 6])
    length = rng.uniform(390, 450)
    top = length / 2 - 60
    drawn = Grid.covering((-95, -85, top - 145), (95, 85, top + 85), spacing_mm)
    bone = Solid(drawn)
    for part in femur_parts(rng, length):
        (bone.carve if part.carve else bone.add)(part.primitive, part.blend_mm)
    grid = Grid(drawn.origin - (0, 0, top), drawn.spacing, drawn.shape)
    bone.grid = grid  # the joint is where the material changes: a long bone's shaft starts 40 mm below it
    hu = soft_limb(grid, (88.0, 80.0), (-4.0, 0.0), rng)
    joint, shaft = long_bone_materials(rng.normal(1.0, 0.1), cortex_mm=5.5)
    return assemble(grid, {"femur": (bone, (joint, shaft))}, FEMUR_LABELS, hu, rng)
