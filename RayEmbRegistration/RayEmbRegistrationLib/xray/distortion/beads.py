"""Beads or holes in the image of a plate: dark or bright spots, found to hundredths of a pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

# Standard deviations of the filter, px: spots of radius 2 to 30 px (1.41 times as large; Lindeberg 1998).
SCALES_PX = (1.5, 2.1, 3.0, 4.2, 6.0, 8.5, 12.0, 17.0, 21.0)
# Of the strongest spots' median response: weaker ones are noise. Chosen: spots at a dim edge of the field have a third.
LEAST_RESPONSE = 0.25
MOST_SPOTS = 20_000  # more are noise, not a plate; chosen
FROM_BORDER = 3.0  # scales between a spot and the field's border: there the filter ends
NEWTON_STEPS = 3  # to the summit of the response; chosen
STRONGEST = 400  # spots that give the typical response; a plate has as many, roughly


@dataclass(frozen=True, eq=False)
class Spots:
    """What one filter finds.

    Attributes:
        points_px: (N, 2) column and row.
        response: (N,) the filter's, of the image's grey scale.
        scale_px: the filter's standard deviation.
        are_bright: holes are, beads are not, in an image where bone is dark.
    """

    points_px: np.ndarray
    response: np.ndarray
    scale_px: float
    are_bright: bool

    def inside(self, inwards_px: np.ndarray) -> Spots:
        """Those that the field's border does not cut.

        Args:
            inwards_px: (H, W) distance of each pixel from what lies outside the field.
        """
        columns, rows = np.round(self.points_px).astype(int).T
        whole = inwards_px[rows, columns] > FROM_BORDER * self.scale_px
        return replace(self, points_px=self.points_px[whole], response=self.response[whole])


def find_spots(image: np.ndarray, scale_px: float, are_bright: bool) -> Spots:
    """Round spots about sqrt(2) times the scale in radius: summits of the Laplacian of Gaussian, to a part of a pixel.

    Args:
        image: (H, W), finite.
        scale_px: standard deviation of the filter.
        are_bright: which kind.
    """
    sign = -1.0 if are_bright else 1.0
    response = sign * scale_px**2 * ndimage.gaussian_laplace(np.asarray(image, dtype=np.float64), scale_px)
    reach = int(np.ceil(1.5 * scale_px))
    summits = (response == ndimage.maximum_filter(response, size=2 * reach + 1)) & (response > 0)
    margin = reach + 1
    summits[:margin], summits[-margin:], summits[:, :margin], summits[:, -margin:] = False, False, False, False
    rows, columns = np.nonzero(summits)
    heights = response[rows, columns]
    if len(heights) == 0:
        return Spots(np.zeros((0, 2)), heights, scale_px, are_bright)
    strongest = np.sort(heights)[-STRONGEST:]
    kept = heights >= LEAST_RESPONSE * np.median(strongest)
    order = np.argsort(-heights[kept], kind="stable")[:MOST_SPOTS]
    points = np.stack([columns[kept], rows[kept]], axis=1).astype(np.float64)[order]
    return Spots(_refined(response, points), heights[kept][order], scale_px, are_bright)


def _refined(response: np.ndarray, points_px: np.ndarray) -> np.ndarray:
    """(N, 2) summits of the response as a cubic spline, by Newton's steps of at most half a pixel in all."""
    spline = ndimage.spline_filter(response, order=3)
    found = points_px.copy()
    h = 0.5  # px, of the differences; the spline is smooth at this length

    def at(dx: float, dy: float) -> np.ndarray:
        return np.asarray(
            ndimage.map_coordinates(spline, [found[:, 1] + dy, found[:, 0] + dx], order=3, prefilter=False, mode="nearest")
        )

    for _ in range(NEWTON_STEPS):
        middle = at(0, 0)
        gx, gy = (at(h, 0) - at(-h, 0)) / (2 * h), (at(0, h) - at(0, -h)) / (2 * h)
        xx, yy = (at(h, 0) - 2 * middle + at(-h, 0)) / h**2, (at(0, h) - 2 * middle + at(0, -h)) / h**2
        xy = (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4 * h**2)
        determinant = xx * yy - xy**2
        safe = np.where(determinant > 1e-12 * np.abs(middle).max() ** 2, determinant, np.inf)
        step = -np.stack([yy * gx - xy * gy, xx * gy - xy * gx], axis=1) / safe[:, None]
        found = found + np.clip(step, -0.5, 0.5)
    return points_px + np.clip(found - points_px, -1.0, 1.0)
