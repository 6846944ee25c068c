"""Whether an X-ray's field is round, as that of an image intensifier is: these distort, and few files say so."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

WORKING_SIZE_PX = 512  # chosen for time: the field's edge is looked for to a few thousandths of the image
# Of the grey scale, to which the field's surroundings are constant: with stray light, with noise, as a program writes them.
FLAT = (0.12, 0.03, 0.01, 0.002)
LEAST_CORNERS = 3  # that lie outside the field; a round field leaves all four, unless it was cropped; chosen
# Share of the image; a circle within a square leaves 0.215; chosen about it.
LEAST_SURROUNDINGS, MOST_SURROUNDINGS = 0.03, 0.7
# The field's edge lies on a circle to this part of its radius (root mean square). A regular octagon's edge is 0.024 of its
# radius off the nearest circle, a square's 0.11; fields of real intensifiers, undistorted or not, 0.002 to 0.016.
ROUND_TO = 0.018
LEAST_ARC = 0.3  # share of the image's border length that the arc must have, so that a curved corner is no field; chosen


def has_round_field(pixels: np.ndarray, invalid: np.ndarray | None = None) -> bool:
    """Whether what surrounds the image's content is constant and ends at a circle.

    Args:
        pixels: (H, W), finite.
        invalid: (H, W) bool, pixels that hold no measurement, such as those outside a shutter; they surround the field.
    """
    step = max(1, int(np.ceil(max(pixels.shape) / WORKING_SIZE_PX)))
    image = np.asarray(pixels[::step, ::step], dtype=np.float64)
    masked = None if invalid is None else invalid[::step, ::step]
    for flat in FLAT:
        outside = _surroundings(image, masked, flat)
        if outside is None:
            continue
        edge = _inner_edge(outside)
        if len(edge) >= LEAST_ARC * 2 * sum(image.shape) and _misfit_to_circle(edge) < ROUND_TO:
            return True
    return False


def outside_field(pixels: np.ndarray, invalid: np.ndarray | None = None) -> np.ndarray:
    """(H, W) bool, what surrounds the image's content or is masked; nothing where the content fills the image.

    Args:
        pixels: (H, W), finite.
        invalid: (H, W) bool, pixels that hold no measurement.
    """
    masked = np.zeros(pixels.shape, dtype=bool) if invalid is None else invalid
    image = np.asarray(pixels, dtype=np.float64)
    for flat in FLAT[::-1]:  # the tightest that there is, so that no dark content is taken along
        outside = _surroundings(image, invalid, flat)
        if outside is not None:
            return np.asarray(masked | outside)
    return masked


def _surroundings(image: np.ndarray, invalid: np.ndarray | None, tolerance: float) -> np.ndarray | None:
    """(H, W) bool, constant regions that hold the corners; None where there are none of a field's kind."""
    low, high = np.percentile(image, [0.1, 99.9])
    if high <= low:
        return None
    corners = [(0, 0), (0, -1), (-1, 0), (-1, -1)]
    level = float(np.median([image[corner] for corner in corners]))
    flat = np.abs(image - level) <= tolerance * (high - low)
    if invalid is not None:
        flat |= invalid
    labels, _ = ndimage.label(flat)
    held = [labels[corner] for corner in corners if labels[corner]]
    if len(held) < LEAST_CORNERS:
        return None
    outside = ndimage.binary_opening(np.isin(labels, held), iterations=1)
    share = float(outside.mean())
    return outside if LEAST_SURROUNDINGS < share < MOST_SURROUNDINGS else None


def _inner_edge(outside: np.ndarray) -> np.ndarray:
    """(N, 2) pixels (column, row) of the largest inner region's edge, without the image's own border."""
    inside, count = ndimage.label(~outside)
    if count == 0:
        return np.zeros((0, 2))
    largest = inside == 1 + int(np.argmax(np.bincount(inside.ravel())[1:]))
    filled = ndimage.binary_fill_holes(largest)
    edge = filled & ~ndimage.binary_erosion(filled, border_value=1)
    rows, columns = np.nonzero(edge)
    return np.stack([columns, rows], axis=1).astype(np.float64)


def _misfit_to_circle(points: np.ndarray) -> float:
    """Root mean square distance from the circle that fits best, over its radius (Kasa's least squares).

    The worst twentieth is left out: letters at the edge of the field, and nicks.
    """
    center = points.mean(axis=0)
    for keep in (1.0, 0.95):
        matrix = np.column_stack([2 * points, np.ones(len(points))])
        x, y, c = np.linalg.lstsq(matrix, (points**2).sum(axis=1), rcond=None)[0]
        center, radius = np.array([x, y]), float(np.sqrt(max(c + x * x + y * y, 1e-12)))
        off = np.abs(np.linalg.norm(points - center, axis=1) - radius)
        points = points[off <= np.quantile(off, keep)]
    off = np.linalg.norm(points - center, axis=1) - radius
    return float(np.sqrt(np.mean(off**2)) / radius)
