"""Pelvis, knee and wrist of the phantoms, in more varied postures and with parts missing, on coarse grids."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from RayEmbRegistrationLib.simulation.phantoms.implicit import Grid
from RayEmbRegistrationLib.simulation.phantoms.limb_bones import knee_bones, wrist_bones
from RayEmbRegistrationLib.simulation.phantoms.pelvis_bones import draw_side, hemipelvis, proximal_femur
from RayEmbRegistrationLib.simulation.phantoms.spine_bones import lumbar_vertebrae, sacrum

from .build import Arrangement, turn


def _covering(low: tuple[float, ...], high: tuple[float, ...], cells: int) -> Grid:
    size = np.subtract(high, low).max()
    return Grid.covering(np.array(low), np.array(high), float(size) / cells)


def pelvis(rng: np.random.Generator, cells: int) -> Arrangement:
    """Hemipelves, sacrum, femora held anyhow, lumbar vertebrae; often only a part of them."""
    scale = 1 + rng.normal(0, 0.05, 3)
    head_radius = 23.5 * scale.mean() * rng.normal(1, 0.06)
    reach = rng.uniform(60, 150)
    grid = _covering((-172, -125, -reach), (172, 72, rng.uniform(128, 175)), cells)
    whole, gap = rng.random() < 0.65, rng.uniform(2, 4)
    bones = Arrangement(grid, gap)
    if whole or rng.random() < 0.6:
        sacral = sacrum(grid, scale, rng)
        bones.add_solid(sacral)
        if rng.random() < 0.6:
            bones.add_solid(lumbar_vertebrae(grid, scale, rng), gap_mm=2.0)
    with_femora = rng.random() < 0.75
    for side in (1, -1) if whole else (int(rng.choice([-1, 1])),):
        shape = draw_side(rng, side, scale, head_radius)
        shape = replace(
            shape,
            cup_inclination_deg=shape.cup_inclination_deg + rng.normal(0, 5),
            neck_shaft_deg=shape.neck_shaft_deg + rng.normal(0, 7),
            femur_rotation=shape.femur_rotation @ turn(rng, (14, 8, 14)),
            jitter_mm=rng.uniform(1, 4),
        )
        bones.add_solid(hemipelvis(grid, shape), gap_mm=2.5)
        if with_femora:
            bones.add_solid(proximal_femur(grid, shape), gap_mm=rng.uniform(2, 4))
    return bones


def knee(rng: np.random.Generator, cells: int) -> Arrangement:
    """Distal femur, tibia, fibula and patella, straight or bent."""
    flexion = rng.uniform(0, 20) if rng.random() < 0.5 else rng.uniform(0, 80)
    up, down = rng.uniform(60, 125, 2)
    low = (-62, -55 - (down + 20) * np.sin(np.radians(flexion)), -down * np.cos(np.radians(flexion)) - 20)
    grid = _covering(low, (62, 66, up), cells)
    drawn = knee_bones(grid, rng.normal(1.0, 0.05), -flexion, rng)
    return _some_of(rng, drawn, grid)


def wrist(rng: np.random.Generator, cells: int) -> Arrangement:
    """Distal radius and ulna, carpals and metacarpals, sometimes only the forearm."""
    grid = _covering((-46, -26, -rng.uniform(40, 120)), (58, 28, rng.uniform(40, 108)), cells)
    return _some_of(rng, wrist_bones(grid, rng.normal(1.0, 0.05), rng), grid)


def _some_of(rng: np.random.Generator, drawn: dict, grid: Grid) -> Arrangement:
    """Most often all bones, sometimes a few."""
    bones = Arrangement(grid, 0.0)
    keep_each = 1.0 if rng.random() < 0.6 else 0.65
    kept = [solid for solid in drawn.values() if rng.random() < keep_each] or list(drawn.values())
    for solid in kept:
        bones.add_solid(solid)
    return bones
