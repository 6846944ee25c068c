"""Shadows of metal as they are shown where no body follows from them: an outline on each X-ray, and how large it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import Camera

from .shadows import Shadow


@dataclass(frozen=True, eq=False)
class ShownShadow:
    """A shadow in one piece on an X-ray.

    Attributes:
        outlines_px: its edges, each (N, 2) px closed, the outer one first; holes after it.
        ends_px: (2, 2) px, of its long axis.
        length_mm: along that, at the patient's depth.
        width_mm: across it, likewise.
        area_mm2: likewise.
    """

    outlines_px: tuple[np.ndarray, ...]
    ends_px: np.ndarray
    length_mm: float
    width_mm: float
    area_mm2: float


def shown_shadows(shadow: Shadow, camera: Camera, depth_mm: float) -> tuple[ShownShadow, ...]:
    """The pieces of an X-ray's shadow, the largest first.

    Args:
        shadow: of an image that may be smaller than the X-ray.
        camera: of the X-ray, in whose pixels the outlines are.
        depth_mm: of the patient before the source: sizes are those of something there.
    """
    import cv2
    from scipy import ndimage

    scale = np.array(camera.image_size) / np.array(shadow.xray.camera.image_size)
    pixel_mm = depth_mm / np.sqrt(abs(np.linalg.det(camera.K[:2, :2])))
    numbers, count = ndimage.label(shadow.mask)
    found = []
    for number in range(1, count + 1):
        own = numbers == number
        # Twice as large, so that the outline runs along the edges of pixels and not through their middles.
        large = np.kron(own, np.ones((2, 2), np.uint8)).astype(np.uint8)
        lines = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[0]
        outlines = [((line[:, 0].astype(float) - 0.5) / 2 + 0.5) * scale - 0.5 for line in lines]
        rows, columns = np.nonzero(own)
        pixels = (np.stack([columns, rows], axis=1) + 0.5) * scale - 0.5
        middle = pixels.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov((pixels - middle).T, ddof=0) + np.diag(scale**2) / 12)  # pixels have a size
        length, width = np.sqrt(12 * values[::-1])  # of a bar with these moments
        half = vectors[:, 1] * length / 2
        area = float(own.sum()) * float(np.prod(scale)) * pixel_mm**2
        outlines.sort(key=len, reverse=True)
        ends = np.stack([middle - half, middle + half])
        found.append(ShownShadow(tuple(outlines), ends, float(length) * pixel_mm, float(width) * pixel_mm, area))
    return tuple(sorted(found, key=lambda one: -one.area_mm2))


def pieces_of(shadows: Sequence[ShownShadow]) -> np.ndarray:
    """(N, 2, 2) px, start and end of each straight piece of their outlines."""
    closed = [np.stack([line, np.roll(line, -1, axis=0)], axis=1) for one in shadows for line in one.outlines_px]
    return np.concatenate([np.zeros((0, 2, 2)), *closed])
