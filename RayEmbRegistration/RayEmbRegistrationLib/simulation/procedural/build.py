"""Bones collected one after another on a coarse grid: the nearest bone's distance and its number in every voxel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.phantoms.implicit import FAR_MM, Grid, Primitive, Solid, capsule, ellipsoid, tube


@dataclass(frozen=True, eq=False)
class Part:
    """One step of building a bone: a primitive united with it, or carved out of it, the seam rounded over ``blend_mm``."""

    primitive: Primitive
    blend_mm: float = 0.0
    carve: bool = False


Bone = list[Part]


class Arrangement:
    """Bones that never overlap: every new one keeps its joint gap from those already there.

    Attributes:
        grid: where they are built (an anatomical pose and size of its own, in mm).
        distance: (K, J, I) float32 signed distance to the nearest bone, ``FAR_MM`` where nothing is near.
        labels: (K, J, I) uint8 number of the nearest bone, from 1.
        count: number of bones.
    """

    def __init__(self, grid: Grid, gap_mm: float = 2.0) -> None:
        self.grid = grid
        self.gap_mm = gap_mm
        self.distance = np.full(grid.shape, FAR_MM, np.float32)
        self.labels = np.zeros(grid.shape, np.uint8)
        self.count = 0

    @classmethod
    def of(cls, bones: Sequence[Bone], cells: int, gap_mm: float = 2.0, margin_mm: float = 3.0) -> Arrangement:
        """All bones on a grid that covers them, ``cells`` voxels along its longest side."""
        low = np.min([part.primitive.low for bone in bones for part in bone if not part.carve], axis=0) - margin_mm
        high = np.max([part.primitive.high for bone in bones for part in bone if not part.carve], axis=0) + margin_mm
        arrangement = cls(Grid.covering(low, high, float((high - low).max()) / cells), gap_mm)
        for bone in bones:
            arrangement.add(bone)
        return arrangement

    def add(self, bone: Bone, gap_mm: float | None = None) -> None:
        """Build a bone in the part of the grid that it needs."""
        margin = Solid.margin_mm
        low = np.min([part.primitive.low for part in bone if not part.carve], axis=0) - margin
        high = np.max([part.primitive.high for part in bone if not part.carve], axis=0) + margin
        block = self.grid.block(low, high)
        shape = tuple(cut.stop - cut.start for cut in block)
        if min(shape) < 2:
            return
        first = np.array([cut.start for cut in block[::-1]])
        solid = Solid(Grid(self.grid.origin + self.grid.spacing * first, self.grid.spacing, shape))
        for part in bone:
            (solid.carve if part.carve else solid.add)(part.primitive, part.blend_mm)
        self._merge(solid.distance, block, self.gap_mm if gap_mm is None else gap_mm)

    def add_solid(self, solid: Solid, gap_mm: float | None = None) -> None:
        """A bone that was built on this grid already."""
        deep, high, wide = self.grid.shape
        whole = slice(0, deep), slice(0, high), slice(0, wide)
        self._merge(solid.distance, whole, self.gap_mm if gap_mm is None else gap_mm)

    def _merge(self, distance: np.ndarray, block: tuple[slice, slice, slice], gap_mm: float) -> None:
        if self.count == 255:
            raise InputProblem("an arrangement holds at most 255 bones")
        old, labels = self.distance[block], self.labels[block]
        new = np.maximum(distance, gap_mm - old)
        self.count += 1
        labels[new < old] = self.count
        np.minimum(old, new, out=old)


def rod(points: ArrayLike, radii: ArrayLike, blend_mm: float = 3.0) -> Bone:
    """Parts of a rod along a polyline (N, 3)."""
    return [Part(piece, blend_mm) for piece in tube(points, np.asarray(radii, dtype=np.float64))]


def ball(center: ArrayLike, radii: ArrayLike, blend_mm: float = 4.0, rotation: np.ndarray | None = None) -> Part:
    """An ellipsoid (or ball) as a part."""
    return Part(ellipsoid(center, np.broadcast_to(np.asarray(radii, dtype=np.float64), 3), rotation), blend_mm)


def groove(start: ArrayLike, end: ArrayLike, radius: float, blend_mm: float = 2.0) -> Part:
    """A round channel carved out."""
    return Part(capsule(start, end, radius), blend_mm, carve=True)


def moved(points: ArrayLike, rotation: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Points (..., 3) turned about zero, then shifted."""
    return np.asarray(points, dtype=np.float64) @ np.asarray(rotation).T + origin


def turn(rng: np.random.Generator, degrees: float | Iterable[float]) -> np.ndarray:
    """A random rotation (3, 3) with normal Euler angles of the given deviations."""
    spread = np.broadcast_to(np.asarray(degrees, dtype=np.float64), 3)
    return Rotation.from_euler("xyz", rng.normal(0, spread), degrees=True).as_matrix()


def any_rotation(rng: np.random.Generator) -> np.ndarray:
    """A rotation (3, 3) drawn evenly from all."""
    return Rotation.from_quat(rng.standard_normal(4)).as_matrix()


def smooth_curve(points: np.ndarray, count: int) -> np.ndarray:
    """A spline through points (N, 3), ``count`` points along it."""
    from scipy.interpolate import make_interp_spline

    points = np.asarray(points, dtype=np.float64)
    spline = make_interp_spline(np.linspace(0, 1, len(points)), points, k=min(3, len(points) - 1))
    return spline(np.linspace(0, 1, count))


def mirrored(bone: Bone) -> Bone:
    """The same bone on the other side of x = 0."""
    return [Part(_mirrored(part.primitive), part.blend_mm, part.carve) for part in bone]


def _mirrored(primitive: Primitive) -> Primitive:
    flip = np.array([-1.0, 1, 1])
    return Primitive(
        lambda x, y, z: primitive.distance(-x, y, z),
        np.minimum(primitive.low * flip, primitive.high * flip),
        np.maximum(primitive.low * flip, primitive.high * flip),
    )
