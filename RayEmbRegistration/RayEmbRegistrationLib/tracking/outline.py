"""The outline of an opaque body in a view: points of its surface, their pixels, and where outside is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from RayEmbRegistrationLib.bodies.surface import Surface
from RayEmbRegistrationLib.geometry import Camera

_SUB_PIXEL_BITS = 4  # of OpenCV's fixed point; chosen
_LOOK_PX = 2.0  # how far inside and outside an edge is looked at; chosen: beyond the raster's rounding
_MARGIN_PX = 4  # around the raster; chosen: more than is looked


@dataclass(frozen=True, eq=False)
class Raster:
    """Where a body covers an image.

    Attributes:
        covered: (H, W) bool.
        corner: (2,) column and row of its first pixel in the image.
    """

    covered: np.ndarray
    corner: np.ndarray

    def at(self, pixels: np.ndarray) -> np.ndarray:
        """(N,) bool of pixels (N, 2)."""
        index = np.round(pixels).astype(np.int64) - self.corner
        size = np.array(self.covered.shape[::-1])
        inside = ((index >= 0) & (index < size)).all(axis=1)
        index = np.clip(index, 0, size - 1)
        return np.asarray(self.covered[index[:, 1], index[:, 0]] & inside)


@dataclass(frozen=True, eq=False)
class Outline:
    """Samples along an outline.

    Attributes:
        points: (N, 3) mm, in the body's frame.
        pixels: (N, 2).
        outwards: (N, 2) unit vectors.
        raster: what the body covers.
    """

    points: np.ndarray
    pixels: np.ndarray
    outwards: np.ndarray
    raster: Raster


def outline(surface: Surface, camera_from_body: np.ndarray, camera: Camera, step_px: float) -> Outline | None:
    """Where the body ends in the image; inner edges are left out. None where it is not in front of the source.

    Args:
        surface: closed.
        camera_from_body: (4, 4).
        camera: of the image.
        step_px: between samples.
    """
    import cv2

    edges, beside = _edges(surface)
    rotation, translation = camera_from_body[:3, :3], camera_from_body[:3, 3]
    in_camera = surface.points @ rotation.T + translation
    if in_camera[:, 2].min() <= 1.0:
        return None
    pixels = in_camera @ camera.K.T
    pixels = pixels[:, :2] / pixels[:, 2:]
    a, b, c = (surface.points[surface.faces[:, corner]] for corner in range(3))
    front = np.einsum("ij,ij->i", np.cross(b - a, c - a), a + rotation.T @ translation) < 0
    corner = np.floor(pixels.min(axis=0)).astype(np.int64) - _MARGIN_PX
    size = np.ceil(pixels.max(axis=0)).astype(np.int64) + _MARGIN_PX + 1 - corner
    if (size > 4 * max(camera.image_size)).any():
        return None
    covered = np.zeros((int(size[1]), int(size[0])), dtype=np.uint8)
    fixed = np.round((pixels - corner) * 2**_SUB_PIXEL_BITS).astype(np.int32)
    for triangle in fixed[surface.faces[front]]:
        cv2.fillConvexPoly(covered, triangle, 1, 8, _SUB_PIXEL_BITS)
    raster = Raster(covered > 0, corner)
    turned = edges[front[beside[:, 0]] != front[beside[:, 1]]]
    start, end = pixels[turned[:, 0]], pixels[turned[:, 1]]
    length = np.linalg.norm(end - start, axis=1)
    along = np.cumsum(length)
    if len(along) == 0 or along[-1] < step_px:
        return None
    places = np.arange(step_px / 2, along[-1], step_px)
    index = np.searchsorted(along, places)
    share = ((places - along[index] + length[index]) / np.maximum(length[index], 1e-9))[:, None]
    points = surface.points[turned[index, 0]] * (1 - share) + surface.points[turned[index, 1]] * share
    sampled = start[index] * (1 - share) + end[index] * share
    direction = (end - start)[index] / np.maximum(length[index], 1e-9)[:, None]
    normal = np.stack([direction[:, 1], -direction[:, 0]], axis=1)
    ahead, behind = raster.at(sampled + _LOOK_PX * normal), raster.at(sampled - _LOOK_PX * normal)
    normal = np.where(ahead[:, None], -normal, normal)
    kept = ahead != behind
    return Outline(points[kept], sampled[kept], normal[kept], raster)


def _edges(surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Edges (E, 2) that two faces share, and these faces (E, 2)."""
    return _edges_of(_ByIdentity(surface))


class _ByIdentity:
    """A surface as the key of a cache."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface

    def __hash__(self) -> int:
        return id(self.surface)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.surface is self.surface


@lru_cache(maxsize=32)
def _edges_of(key: _ByIdentity) -> tuple[np.ndarray, np.ndarray]:
    faces = key.surface.faces
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    owner = np.tile(np.arange(len(faces)), 3)
    code = edges[:, 0] * (int(faces.max()) + 1) + edges[:, 1]
    order = np.argsort(code, kind="stable")
    code = code[order]
    twins = np.flatnonzero(code[1:] == code[:-1])
    return edges[order][twins], np.stack([owner[order][twins], owner[order][twins + 1]], axis=1)
