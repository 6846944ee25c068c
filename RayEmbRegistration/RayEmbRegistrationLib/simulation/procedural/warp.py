"""A random smooth deformation between a drawn anatomy and the patient's space: size, stretch, shear, mirror, bending."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import BSpline

from RayEmbRegistrationLib.simulation.phantoms.implicit import Grid

from .build import any_rotation


class SmoothField:
    """Random cubic B-splines over a box: smooth, about unit deviation, cheap on a grid because they are separable."""

    def __init__(self, rng: np.random.Generator, controls: int, channels: int) -> None:
        self._controls = rng.standard_normal((controls + 3, controls + 3, controls + 3, channels)).astype(np.float32)
        self._pieces = controls
        # A cubic B-spline of unit noise has a variance of 0.479 an axis.
        self._controls /= 0.479**1.5

    def on_axes(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """(channels, K, J, I) values where x (I,), y (J,), z (K,) run from 0 to 1 over the box."""
        base_x, base_y, base_z = (self._basis(axis) for axis in (x, y, z))
        values = np.tensordot(base_z, self._controls, axes=(1, 0))  # K, y, x, c
        values = np.tensordot(base_y, values, axes=(1, 1))  # J, K, x, c
        values = np.tensordot(values, base_x, axes=(2, 1))  # J, K, c, I
        return values.transpose(2, 1, 0, 3)

    def _basis(self, axis: np.ndarray) -> np.ndarray:
        knots = np.arange(-3, self._pieces + 4, dtype=np.float64)
        position = np.clip(np.asarray(axis, dtype=np.float64), 0, 1) * self._pieces
        design = BSpline.design_matrix(np.clip(position, 0, self._pieces - 1e-9), knots, 3)
        return design.toarray().astype(np.float32)


@dataclass(frozen=True)
class WarpSettings:
    """How far anatomies are deformed (standard deviations).

    Attributes:
        stretch: logarithm of the scale along each of three random axes.
        shear: mm per mm.
        bend: of the long waves, as a share of the extent.
        ripple: of the short waves, as a share of the extent.
    """

    stretch: float = 0.13
    shear: float = 0.1
    bend: float = 0.022
    ripple: float = 0.004


@dataclass(frozen=True, eq=False)
class Warp:
    """Where each RAS point was in the drawn anatomy.

    Attributes:
        drawn_from_ras: (3, 3) linear part; RAS zero is the middle of the drawn box.
        middle: (3,) of the drawn box.
        half_ras: (3,) half size of the RAS box that the waves span.
        waves: smooth fields with their amplitudes in drawn mm.
    """

    drawn_from_ras: np.ndarray
    middle: np.ndarray
    half_ras: np.ndarray
    waves: tuple[tuple[SmoothField, float], ...] = field(default=())

    @property
    def ras_mm_per_drawn_mm(self) -> float:
        """Mean scale."""
        return float(abs(np.linalg.det(self.drawn_from_ras)) ** (-1 / 3))

    def on_grid(self, grid: Grid) -> np.ndarray:
        """(3, K, J, I) float32 drawn x, y, z of every voxel."""
        x, y, z = grid.axes()
        unit = [
            (part.ravel() / half + 1) / 2 for part, half in zip((x, y, z), self.half_ras.astype(np.float32), strict=True)
        ]
        matrix, middle = self.drawn_from_ras.astype(np.float32), self.middle.astype(np.float32)
        places = np.empty((3, *grid.shape), np.float32)
        for axis in range(3):
            places[axis] = (matrix[axis, 0] * x + matrix[axis, 1] * y) + (matrix[axis, 2] * z + middle[axis])
        for wave, amplitude in self.waves:
            values = wave.on_axes(*unit)
            for axis in range(3):
                places[axis] += values[axis] * np.float32(amplitude)
        return places


def draw_warp(rng: np.random.Generator, drawn: Grid, extent_mm: float, settings: WarpSettings) -> Warp:
    """A random deformation that makes the drawn box about ``extent_mm`` long, mirrored in half of the cases."""
    size = (np.array(drawn.shape[::-1]) - 1) * drawn.spacing
    scale = extent_mm / float(size.max())
    axes = any_rotation(rng)
    stretch = np.clip(rng.normal(0, settings.stretch, 3), -0.35, 0.35)
    linear = axes @ np.diag(np.exp(stretch - stretch.mean())) @ axes.T
    shear = np.eye(3) + np.triu(np.clip(rng.normal(0, settings.shear, (3, 3)), -0.3, 0.3), 1)
    linear = shear @ linear
    linear /= abs(np.linalg.det(linear)) ** (1 / 3)
    if rng.random() < 0.5:
        linear = linear @ np.diag([-1.0, 1.0, 1.0])
    half = np.abs(np.linalg.inv(linear)) @ size / 2 * scale * 1.06
    bend, ripple = rng.uniform(0.2, 1.6, 2) * (settings.bend, settings.ripple) * size.max()
    waves = (SmoothField(rng, 3, 3), float(bend)), (SmoothField(rng, 8, 3), float(ripple))
    return Warp(linear / scale, drawn.origin + size / 2, half, waves)
