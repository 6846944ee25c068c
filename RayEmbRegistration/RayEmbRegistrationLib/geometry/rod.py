"""A rod of metal in space: its chord along each ray of a camera, and where it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .camera import Camera
from .rigid import RigidTransform


@dataclass(frozen=True, eq=False)
class Rod:
    """A straight cylinder with flat ends.

    Attributes:
        ends_ras: (2, 3) mm, middles of its ends.
        radius_mm: of it.
    """

    ends_ras: np.ndarray
    radius_mm: float

    @property
    def length_mm(self) -> float:
        """From end to end."""
        return float(np.linalg.norm(self.ends_ras[1] - self.ends_ras[0]))

    def contains(self, points_ras: np.ndarray) -> np.ndarray:
        """(N,) bool, which points (N, 3) lie within."""
        axis = (self.ends_ras[1] - self.ends_ras[0]) / max(self.length_mm, 1e-9)
        along = (points_ras - self.ends_ras[0]) @ axis
        across = np.linalg.norm(points_ras - self.ends_ras[0] - along[:, None] * axis, axis=1)
        within: np.ndarray = (along >= 0) & (along <= self.length_mm) & (across <= self.radius_mm)
        return within

    def chords(self, camera: Camera, camera_from_ras: RigidTransform) -> np.ndarray:
        """(H, W) float32 mm of metal along the ray of each pixel: where it is within both the tube and the two ends."""
        y, x = np.mgrid[: camera.height, : camera.width]
        rays = camera.back_project(np.stack([x, y], axis=-1).reshape(-1, 2))
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        first, last = camera_from_ras.apply(self.ends_ras)
        axis = (last - first) / max(self.length_mm, 1e-9)
        along, offset = rays @ axis, -first @ axis
        across, begin = rays - along[:, None] * axis, -first - offset * axis
        a = np.maximum((across**2).sum(axis=1), 1e-12)
        b, c = across @ begin, begin @ begin - self.radius_mm**2
        root = np.sqrt(np.maximum(b * b - a * c, 0))
        enter, leave = (-b - root) / a, (-b + root) / a
        safe = np.where(np.abs(along) < 1e-9, 1e-9, along)
        one, other = -offset / safe, (self.length_mm - offset) / safe
        enter, leave = np.maximum(enter, np.minimum(one, other)), np.minimum(leave, np.maximum(one, other))
        return np.maximum(leave - enter, 0).reshape(camera.height, camera.width).astype(np.float32)
