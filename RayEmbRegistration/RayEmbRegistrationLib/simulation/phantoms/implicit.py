"""Solids as signed distances (mm, negative inside), blended smoothly on a grid of RAS points.

Smooth union: the polynomial minimum of I. Quilez ("smooth minimum", iquilezles.org). Every primitive carries its bounding
box, so that a small bone costs a small block of the grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

FAR_MM = 99.0  # chosen: beyond the margin and each seam
Distance = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Primitive:
    """A solid: ``distance(x, y, z)`` in mm for broadcastable RAS coordinates, and the box that holds it."""

    distance: Distance
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class Grid:
    """An axis-aligned RAS grid: voxel (i, j, k) lies at ``origin + spacing * (i, j, k)``; shape is (K, J, I)."""

    origin: np.ndarray
    spacing: float
    shape: tuple[int, int, int]

    @classmethod
    def covering(cls, low: ArrayLike, high: ArrayLike, spacing: float) -> Grid:
        """The grid from low to high (RAS mm)."""
        low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
        size = np.floor((high - low) / spacing).astype(int) + 1
        return cls(low, float(spacing), (int(size[2]), int(size[1]), int(size[0])))

    @property
    def ras_from_ijk(self) -> np.ndarray:
        """(4, 4)."""
        matrix = np.diag([self.spacing, self.spacing, self.spacing, 1.0])
        matrix[:3, 3] = self.origin
        return matrix

    def axes(self, block: tuple[slice, slice, slice] | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, y, z of the grid or of a block of it, shaped (1, 1, I), (1, J, 1), (K, 1, 1), float32."""
        z, y, x = (
            (self.origin[2 - axis] + self.spacing * np.arange(self.shape[axis])).astype(np.float32) for axis in range(3)
        )
        if block is not None:
            z, y, x = z[block[0]], y[block[1]], x[block[2]]
        return x[None, None, :], y[None, :, None], z[:, None, None]

    def block(self, low: np.ndarray, high: np.ndarray) -> tuple[slice, slice, slice]:
        """Slices (k, j, i) of the part of the grid between two RAS corners."""
        first = np.floor((np.asarray(low) - self.origin) / self.spacing).astype(int)
        last = np.ceil((np.asarray(high) - self.origin) / self.spacing).astype(int) + 1
        size = self.shape[::-1]
        cuts = [slice(min(max(a, 0), n), min(max(b, 0), n)) for a, b, n in zip(first, last, size, strict=True)]
        return cuts[2], cuts[1], cuts[0]


class Solid:
    """One bone being built: a signed distance on a grid, ``FAR_MM`` where nothing is near."""

    margin_mm = 10.0

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.distance = np.full(grid.shape, FAR_MM, np.float32)

    def add(self, primitive: Primitive, blend_mm: float = 0.0) -> Solid:
        """Unite with a primitive, rounding the seam over ``blend_mm``."""
        return self._combine(primitive, lambda old, new: smooth_minimum(old, new, blend_mm))

    def carve(self, primitive: Primitive, blend_mm: float = 0.0) -> Solid:
        """Cut a primitive away."""
        return self._combine(primitive, lambda old, new: -smooth_minimum(-old, new, blend_mm))

    def carve_near(self, other: Solid, gap_mm: float) -> Solid:
        """Keep at least a gap from another bone: a joint space."""
        np.maximum(self.distance, gap_mm - other.distance, out=self.distance)
        return self

    def _combine(self, primitive: Primitive, rule: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Solid:
        block = self.grid.block(primitive.low - self.margin_mm, primitive.high + self.margin_mm)
        if all(cut.stop > cut.start for cut in block):
            new = primitive.distance(*self.grid.axes(block))
            self.distance[block] = rule(self.distance[block], np.minimum(new, FAR_MM))
        return self


def smooth_minimum(a: np.ndarray, b: np.ndarray, blend_mm: float) -> np.ndarray:
    """The smaller of two distances, rounded where they differ by less than ``blend_mm``."""
    if blend_mm <= 0:
        return np.minimum(a, b)
    overlap = np.maximum(blend_mm - np.abs(a - b), 0.0)
    return np.minimum(a, b) - overlap * overlap / (4 * blend_mm)


def ellipsoid(center: ArrayLike, radii: ArrayLike, rotation: np.ndarray | None = None) -> Primitive:
    """An ellipsoid; ``rotation``'s columns are its axes in RAS. The distance is first-order exact at its surface."""
    center, radii = np.asarray(center, dtype=np.float64), np.asarray(radii, dtype=np.float64)
    axes = (np.eye(3) if rotation is None else np.asarray(rotation)).T

    def distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        x, y, z = x - np.float32(center[0]), y - np.float32(center[1]), z - np.float32(center[2])
        level, slope = np.float32(0), np.float32(0)
        for axis, radius in zip(axes.astype(np.float32), radii.astype(np.float32), strict=True):
            along = (axis[0] * x + axis[1] * y + axis[2] * z) / radius
            level = level + along * along
            slope = slope + (along / radius) ** 2
        level = np.sqrt(level)
        return level * (level - 1) / np.maximum(np.sqrt(slope), 1e-6)

    reach = np.full(3, radii.max()) if rotation is not None else radii
    return Primitive(distance, center - reach, center + reach)


def capsule(start: ArrayLike, end: ArrayLike, radius: float, end_radius: float | None = None) -> Primitive:
    """A rod with round ends whose radius changes linearly from start to end."""
    start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    end_radius = radius if end_radius is None else end_radius
    axis = end - start
    length_squared = max(float(axis @ axis), 1e-9)
    a, s = axis.astype(np.float32), start.astype(np.float32)

    def distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        x, y, z = x - s[0], y - s[1], z - s[2]
        t = np.clip((x * a[0] + y * a[1] + z * a[2]) / np.float32(length_squared), 0, 1)
        away = np.sqrt((x - t * a[0]) ** 2 + (y - t * a[1]) ** 2 + (z - t * a[2]) ** 2)
        return away - (np.float32(radius) + t * np.float32(end_radius - radius))

    reach = max(radius, end_radius)
    return Primitive(distance, np.minimum(start, end) - reach, np.maximum(start, end) + reach)


def box(center: ArrayLike, half_size: ArrayLike, rotation: np.ndarray | None = None, rounding: float = 2.0) -> Primitive:
    """A block with rounded edges; ``rotation``'s columns are its axes in RAS."""
    center, half = np.asarray(center, dtype=np.float64), np.asarray(half_size, dtype=np.float64)
    axes = (np.eye(3) if rotation is None else np.asarray(rotation)).T.astype(np.float32)

    def distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        x, y, z = x - np.float32(center[0]), y - np.float32(center[1]), z - np.float32(center[2])
        beyond = [
            np.abs(axis[0] * x + axis[1] * y + axis[2] * z) - np.float32(h - rounding)
            for axis, h in zip(axes, half, strict=True)
        ]
        outside = np.sqrt(sum(np.maximum(part, 0) ** 2 for part in beyond))
        return outside + np.minimum(np.maximum(np.maximum(beyond[0], beyond[1]), beyond[2]), 0) - np.float32(rounding)

    reach = np.abs(axes.T) @ half
    return Primitive(distance, center - reach, center + reach)


def tube(points: ArrayLike, radii: ArrayLike) -> list[Primitive]:
    """Capsules along a polyline (N, 3) whose radius runs through ``radii`` (N,)."""
    points = np.asarray(points, dtype=np.float64)
    radii = np.broadcast_to(np.asarray(radii, dtype=np.float64), len(points))
    return [capsule(points[n], points[n + 1], radii[n], radii[n + 1]) for n in range(len(points) - 1)]


def intersection(first: Primitive, other: Distance) -> Primitive:
    """The part of a primitive inside another distance (a half space, a slab)."""
    return Primitive(lambda x, y, z: np.maximum(first.distance(x, y, z), other(x, y, z)), first.low, first.high)


def half_space(point: np.ndarray, normal: np.ndarray) -> Distance:
    """Signed distance to a plane, negative behind its normal."""
    normal = np.asarray(normal, dtype=np.float64) / np.linalg.norm(normal)
    level = float(np.dot(normal, point))
    n = normal.astype(np.float32)
    return lambda x, y, z: n[0] * x + n[1] * y + n[2] * z - np.float32(level)
