"""Femur and spine: anatomy that no encoder is trained on, to judge one by."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from RayEmbRegistrationLib.simulation.phantoms.implicit import Grid, Solid
from RayEmbRegistrationLib.simulation.phantoms.spine_bones import add_vertebra

from .build import Arrangement, Bone, ball, groove, rod, smooth_curve


def femur(rng: np.random.Generator, cells: int) -> Arrangement:
    """A femur: whole, its upper or its lower part (right side; x lateral, y anterior, z superior)."""
    part = rng.choice(["whole", "upper", "lower"])
    length = rng.uniform(380, 470)
    up, down = (0.55, 0.55) if part == "whole" else (0.55, -0.05) if part == "upper" else (-0.15, 0.55)
    reach = np.array([[-90, -60, -down * length], [60, 60, up * length]])
    grid = Grid.covering(reach[0], reach[1], float((reach[1] - reach[0]).max()) / cells)
    arrangement = Arrangement(grid)
    arrangement.add(femur_parts(rng, length))
    return arrangement


def femur_parts(rng: np.random.Generator, length: float) -> Bone:
    """A right femur of a length in mm: head, neck, trochanters, bowed shaft, condyles; the middle of the shaft is zero."""
    head_radius = rng.uniform(21, 26)
    neck_angle, version = np.radians(rng.normal(126, 6)), np.radians(rng.normal(13, 7))
    top = 0.5 * length
    neck = np.array([-np.sin(neck_angle), 0, -np.cos(neck_angle)])
    neck = Rotation.from_euler("z", -version).apply(neck) * rng.uniform(42, 56)
    base = np.array([0, 0, top - 40])
    heights = np.linspace(top - 40, -top + 45, 9)
    bow = rng.uniform(4, 14) * (1 - (heights / top) ** 2)
    shaft = np.stack([np.linspace(0, -14, 9), bow, heights], -1)
    radii = np.array([17, 15, 14, 13.5, 13.5, 14, 15, 18, 24]) * head_radius / 23.5
    bone: Bone = rod(shaft, radii, 8)
    bone += rod([base, base + neck], [17, 14.5], 8)
    bone.append(ball(base + neck, head_radius, 3))
    for offsets, widths in (
        ([[6, -6, 0], [16, -10, 16]], [16, 12]),  # greater trochanter
        ([[14, -8, 4], [16, -14, 30]], [12, 8]),
        ([[-8, -12, -36], [-14, -18, -32]], [8, 6]),  # lesser trochanter
    ):
        bone += rod(base + np.array(offsets), widths, 8)
    low = np.array([-14, 0, -top + 22.0])

    def at(x: float, y: float, z: float) -> np.ndarray:
        return low + np.array([x, y, z])

    for x, deep in ((-24, 30), (22, 29)):
        bone.append(ball(at(x, -8, 0), np.array([14, deep, 22]) * rng.normal(1, 0.04, 3), 10))
    bone.append(ball(at(0, 12, 8), [26, 14, 17], 9))
    bone.append(groove(at(0, -45, -12), at(0, -4, -16), 10, 5))
    bone.append(groove(at(1, 32, 30), at(1, 26, -14), 7, 6))
    return bone


def spine(rng: np.random.Generator, cells: int) -> Arrangement:
    """Three to seven vertebrae on a curve, of lumbar to thoracic build, sometimes with ribs."""
    count = int(rng.integers(3, 8))
    size = rng.uniform(0.65, 1.0)
    pitch = (27 * size + rng.uniform(6, 10)) * rng.uniform(0.95, 1.05)
    arc = pitch * np.arange(count)
    lordosis, scoliosis = rng.normal(0, 0.05) * arc.max(), rng.normal(0, 0.03) * arc.max()
    share = arc / arc.max()
    bend = share * (1 - share) * 4
    curve = np.stack([scoliosis * bend, lordosis * bend + 0.15 * rng.normal() * arc, arc], -1)
    ups = np.gradient(curve, axis=0)
    ups /= np.linalg.norm(ups, axis=1, keepdims=True)
    grid = Grid.covering(*_box(curve, size), float(np.ptp(_box(curve, size), axis=0).max()) / cells)
    arrangement = Arrangement(grid, gap_mm=1.5)
    with_ribs = rng.random() < 0.3
    for n, (center, up) in enumerate(zip(curve, ups, strict=True)):
        vertebra = Solid(grid)
        add_vertebra(vertebra, center, up, size * (1 - 0.02 * n) * rng.normal(1, 0.03, 3))
        arrangement.add_solid(vertebra)
        if with_ribs:
            for side in (-1, 1):
                path = np.array([[20, -24, 8], [44, -44, 2], [62, -30, -12], [66, -4, -24]]) * size * (side, 1, 1)
                arrangement.add(rod(center + smooth_curve(path, 6), [4.5, 4, 4, 4, 4, 4.2], 2))
    return arrangement


def _box(curve: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    return curve.min(0) - np.array([72, 80, 32]) * size, curve.max(0) + np.array([72, 30, 32]) * size
