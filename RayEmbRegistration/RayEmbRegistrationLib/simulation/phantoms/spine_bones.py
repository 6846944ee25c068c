"""Sacrum, coccyx and lower lumbar vertebrae as implicit solids (RAS mm, origin midway between the hip centres)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.spatial import cKDTree

from .implicit import Grid, Primitive, Solid, box, capsule, ellipsoid, tube

# anterior, superior course of the sacral bodies' centres, from the upper end plate of S1 to the end of S5
_SACRAL_CURVE = np.array([[-24, 100], [-40, 81], [-56, 61], [-68, 39], [-74, 17], [-71, -4]], dtype=float)
# Anterior, superior; chosen: goes on where the sacral curve ends.
_COCCYX = np.array([[-68, -11], [-62, -21], [-54, -29], [-46, -34]], dtype=float)


def sacrum(grid: Grid, scale: np.ndarray, rng: np.random.Generator) -> Solid:
    """A tapered, curved block with alae, four pairs of foramina, the canal, the median crest, and the coccyx.

    Args:
        grid: where to build it.
        scale: (3,) factors of the individual.
        rng: individual scatter.
    """
    curve = (_SACRAL_CURVE + rng.normal(0, 1.2, _SACRAL_CURVE.shape)) * scale[1:]
    spline = CubicSpline(np.linspace(0, 1, len(curve)), curve)
    lean = rng.normal(0, 0.012)  # a slightly crooked sacrum, mm per mm
    bone = Solid(grid)
    bone.add(_sacral_block(spline, scale[0] * rng.normal(1, 0.03), lean))

    def at(fraction: float, lateral: float, backward: float) -> np.ndarray:
        """RAS point beside the curve."""
        (y, z), (ty, tz) = spline(fraction), spline(fraction, 1)
        norm = np.hypot(ty, tz)
        return np.array([lateral * scale[0] + lean * (z - 60), y + backward * tz / norm, z - backward * ty / norm])

    for fraction in (0.12, 0.31, 0.5, 0.68, 0.84):  # median crest
        size = 1.2 - 0.6 * fraction
        bone.add(ellipsoid(at(fraction, 0, 20 * size), np.array([3.5, 9, 9]) * size), 5)
    for piece in tube([at(f, 0, 11.5 - 4 * f) for f in np.linspace(-0.05, 0.8, 8)], np.linspace(7.5, 3.5, 8)):
        bone.carve(piece, 2)
    for fraction, lateral, radius in ((0.25, 25, 6.8), (0.45, 22.5, 6.2), (0.63, 20, 5.4), (0.8, 17.5, 4.4)):
        for side in (-1, 1):
            mouth = at(fraction + 0.03, side * (lateral + 5), -22), at(fraction - 0.02, side * lateral, 22)
            bone.carve(capsule(*mouth, radius, radius * 0.85), 2)
    for n, (y, z) in enumerate(_COCCYX * scale[1:]):
        bone.add(ellipsoid([rng.normal(0, 1), y, z], np.array([9.0, 5, 5.5]) * (1 - 0.17 * n)), 1.5)
    return bone


def _sacral_block(spline: CubicSpline, width_scale: float, lean: float) -> Primitive:
    """The solid sacrum in coordinates that follow its curve: along, lateral, backward."""
    fractions = np.linspace(-0.15, 1.1, 260)
    points, tangents = spline(fractions), spline(fractions, 1)
    speed = np.linalg.norm(tangents, axis=1)
    along = np.concatenate([[0], np.cumsum((speed[1:] + speed[:-1]) / 2 * np.diff(fractions))])
    along -= np.interp(0, fractions, along)
    length = np.interp(1, fractions, along)
    half_width = PchipInterpolator(np.array([-0.2, 0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2]), [53, 54, 55, 48, 36, 28, 14, 6])
    half_thickness = PchipInterpolator([-0.2, 0, 0.25, 0.5, 0.75, 1.0, 1.2], [17, 17, 16, 13, 10, 6.5, 5])
    tree = cKDTree(points)

    def distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        plane = np.stack(np.broadcast_arrays(y[0, :, 0], z[:, 0]), axis=-1).astype(np.float64)
        _, index = tree.query(plane)
        offset = plane - points[index]
        normal = np.stack([tangents[:, 1], -tangents[:, 0]], axis=-1)[index] / speed[index][..., None]
        backward = (offset * normal).sum(-1)
        position = along[index] + (offset * tangents[index]).sum(-1) / speed[index]
        fraction = np.clip(position / length, -0.2, 1.2)
        width = half_width(fraction) * width_scale
        thick = half_thickness(fraction)
        backward, position, width, thick = (
            part.astype(np.float32)[:, :, None] for part in (backward, position, width, thick)
        )
        lateral = np.abs(x - np.float32(lean) * (z - 60))
        taper = 1 - 0.4 * np.minimum(lateral / width, 1.2) ** 2
        level = ((lateral / width) ** 4 + (backward / (thick * taper)) ** 4) ** np.float32(0.25)
        body = (level - 1) * thick * taper
        ala_slope = 0.45 * np.maximum(lateral - 25, 0) - position  # the alae fall away from the end plate
        return np.maximum(body, np.maximum(ala_slope * np.float32(0.9), position - length))

    low = np.array([-60 * width_scale, points[:, 0].min() - 20, points[:, 1].min()])
    high = np.array([60 * width_scale, points[:, 0].max() + 20, points[:, 1].max() + 10])
    return Primitive(distance, low, high)


def lumbar_vertebrae(grid: Grid, scale: np.ndarray, rng: np.random.Generator) -> Solid:
    """L5, L4 and L3 as far as the grid reaches, with discs left free between them."""
    bone = Solid(grid)
    y, z = _SACRAL_CURVE[0] * scale[1:]
    sideways = rng.normal(0, 0.02)
    tilt = np.radians(rng.normal(33, 3))  # the S1 end plate's normal, anterior from vertical
    x = 0.0
    for height in (27.0, 28.0, 28.0):
        up = np.array([np.sin(sideways), np.sin(tilt) * np.cos(sideways), np.cos(tilt) * np.cos(sideways)])
        step = (height / 2 + 10) * scale[2]
        center = np.array([x, y, z]) + step * up
        add_vertebra(bone, center, up, np.array([scale[0], scale[1], height / 28 * scale[2]]) * rng.normal(1, 0.02, 3))
        x, y, z = center + (height / 2) * scale[2] * up
        tilt *= 0.45
    return bone


def add_vertebra(bone: Solid, center: np.ndarray, up: np.ndarray, size: np.ndarray) -> None:
    """One lumbar vertebra: body with a waist, pedicles, laminae, facets, transverse and spinous processes."""
    right = np.array([1.0, 0, 0])
    forward = np.cross(up, right)
    forward /= np.linalg.norm(forward)
    axes = np.column_stack([np.cross(forward, up), forward, up])

    def at(points: ArrayLike) -> np.ndarray:
        return center + np.asarray(points, dtype=np.float64) * size @ axes.T

    bone.add(_vertebral_body(center, axes, np.array([25.0, 17.5, 13.5]) * size))
    for side in (-1, 1):
        for points, radii in (
            ([[15 * side, -12, 5], [17 * side, -30, 4]], [5.5, 5]),  # pedicle
            ([[17 * side, -27, 4], [46 * side, -33, 7]], [5, 3.2]),  # transverse process
            ([[17 * side, -34, 2], [3 * side, -46, -7]], [5, 4.5]),  # lamina
            ([[18 * side, -32, 4], [19 * side, -33, 19]], [5.5, 5]),  # superior articular process
            ([[15 * side, -36, -2], [16 * side, -40, -20]], [5.5, 5]),  # inferior articular process
        ):
            for piece in tube(at(points), radii):
                bone.add(piece, 3)
    bone.add(box(at([0, -58, -7]), np.array([3.2, 15, 9]) * size, axes, 2.5), 4)


def _vertebral_body(center: np.ndarray, axes: np.ndarray, radii: np.ndarray) -> Primitive:
    """An elliptic cylinder with a waist and slightly hollow end plates."""
    a, c, r = axes.T.astype(np.float32), center.astype(np.float32), radii.astype(np.float32)

    def distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        x, y, z = x - c[0], y - c[1], z - c[2]
        u, v, w = (axis[0] * x + axis[1] * y + axis[2] * z for axis in a)
        ring = np.sqrt((u / r[0]) ** 2 + (v / r[1]) ** 2)
        waist = 1 - np.float32(0.13) * np.maximum(1 - (w / r[2]) ** 2, 0)
        end = r[2] - np.float32(1.8) * np.maximum(1 - ring * ring, 0)
        side, top = (ring - waist) * r[1] + 1.5, np.abs(w) - end + 1.5
        return np.minimum(np.maximum(side, top), 0) + np.hypot(np.maximum(side, 0), np.maximum(top, 0)) - 1.5

    reach = np.abs(axes) @ radii
    return Primitive(distance, center - reach, center + reach)
