"""How much metal a ray passes: thin parts of an implant let some of the beam through, and do not stand at metal's level."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.bodies.surface import Surface
from RayEmbRegistrationLib.bodies.voxels import inside_surface
from RayEmbRegistrationLib.geometry import Camera

VOXELS_A_SIDE = 100  # chosen: 0.7 mm of a knee's implant, a quarter of what its thinnest opaque part measures
_BORDER = 1  # empty voxels around, where rays outside end


class Thickness:
    """A body as voxels, for the lengths of rays in it.

    Args:
        surface: closed.
    """

    def __init__(self, surface: Surface) -> None:
        self._spacing = surface.extent_mm / VOXELS_A_SIDE
        self._low = surface.points.min(axis=0) - _BORDER * self._spacing
        size = np.ceil((surface.points.max(axis=0) - self._low) / self._spacing).astype(int) + 1 + _BORDER
        inside = inside_surface(surface, self._low, self._spacing, size)
        inside[[0, -1]] = False
        inside[:, [0, -1]] = False
        inside[:, :, [0, -1]] = False
        self._inside = inside.ravel()
        self._size = size
        self._middle = self._low + self._spacing * (size - 1) / 2
        self._radius = float(np.linalg.norm(surface.points - self._middle, axis=1).max())

    def along(self, camera_from_body: np.ndarray, camera: Camera, pixels: np.ndarray) -> np.ndarray:
        """(N,) mm of the body on the rays through pixels (N, 2), good to about a voxel.

        Args:
            camera_from_body: (4, 4).
            camera: of the image.
            pixels: column and row.
        """
        rotation, translation = camera_from_body[:3, :3], camera_from_body[:3, 3]
        rays = np.column_stack([pixels, np.ones(len(pixels))]) @ np.linalg.inv(camera.K).T
        rays = (rays / np.linalg.norm(rays, axis=1, keepdims=True)) @ rotation
        source = -rotation.T @ translation
        nearest = rays @ (self._middle - source)
        places = np.arange(-self._radius, self._radius + self._spacing, self._spacing)
        start = (source + nearest[:, None] * rays - self._low) / self._spacing
        at = start[:, None].astype(np.float32) + (rays / self._spacing)[:, None].astype(np.float32) * places[
            None, :, None
        ].astype(np.float32)
        index = np.clip(np.rint(at), 0, self._size - 1).astype(np.int32)
        flat = (index[..., 2] * self._size[1] + index[..., 1]) * self._size[0] + index[..., 0]
        return np.asarray(self._inside[flat].sum(axis=1) * self._spacing)
