"""Where the outline of metal is in an X-ray, searched along the normals of a predicted outline.

Metal takes nearly all of the beam: inside, the image stands at one level, set by scatter. A step from that level to
something brighter is the body's edge; a step between two other grey values is bone's. Clipped background tells that the
beam was strong, and no more: the edge is placed by the dark half of the step alone, between the level and half of the
step, and what blur and overexposure still move it by is one unknown of each view (``solver``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .outline import Outline, Raster

SIDE_PX = 4.0  # averaged on either side of an edge; chosen: twice a detector's blur
LEVEL_WIDTH = 12.0  # grey values of 255 by which metal's level varies over an image; seen on real knees
FULL_STEP = 25.0  # grey values of 255, chosen: twice that
LEAST_STEP = 10.0  # chosen: noise and bone beside it
LEAST_SCORE = 0.35  # chosen: half of a good step less the penalty
FAR_PENALTY = 0.15  # of the farthest step, chosen: of two alike the nearer is the edge
OTHER_PX = 3.0  # an edge whose outside is another body has no step; chosen: beyond the blur


@dataclass(frozen=True, eq=False)
class EdgeSearch:
    """How far and how finely to look.

    Attributes:
        reach_px: to either side.
        step_px: between samples of the outline.
    """

    reach_px: float
    step_px: float


@dataclass(frozen=True, eq=False)
class Found:
    """Edges found for samples of an outline.

    Attributes:
        index: (N,) samples with an edge.
        distance: (N,) px along the outward normal.
        asked: how many samples could have one.
    """

    index: np.ndarray
    distance: np.ndarray
    asked: int


def metal_level(grey: np.ndarray, rasters: Sequence[Raster]) -> tuple[float, bool]:
    """The grey value at which metal stands in an image, and whether it is darker than what surrounds it."""
    inside, around = [], []
    for raster in rasters:
        rows, columns = np.nonzero(raster.covered)
        inside.append(_values(grey, np.stack([columns, rows], axis=1) + raster.corner))
        low, high = raster.corner, raster.corner + np.array(raster.covered.shape[::-1])
        edge = np.stack([np.linspace(low[axis], high[axis], 200) for axis in (0, 1)], axis=1)
        sides = [np.stack([edge[:, 0], np.full(200, row)], axis=1) for row in (low[1], high[1])]
        sides += [np.stack([np.full(200, column), edge[:, 1]], axis=1) for column in (low[0], high[0])]
        around.append(_values(grey, np.concatenate(sides).astype(np.int64)))
    values = np.concatenate(inside)
    if len(values) == 0:
        return 0.0, True
    counts = np.convolve(np.bincount(np.clip(values, 0, 255).astype(np.int64), minlength=256), np.ones(5), "same")
    level = float(counts.argmax())
    return level, bool(level <= np.median(np.concatenate(around)))


def _values(grey: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    size = np.array(grey.shape[::-1])
    pixels = pixels[((pixels >= 0) & (pixels < size)).all(axis=1)]
    return np.asarray(grey[pixels[:, 1], pixels[:, 0]])


def find_edges(
    grey: np.ndarray,
    level: float,
    edge: Outline,
    search: EdgeSearch,
    others: Sequence[Raster] = (),
    passed: np.ndarray | None = None,
) -> Found:
    """The edge of metal for each sample of an outline.

    Args:
        grey: (H, W) float32, metal dark.
        level: of metal.
        edge: predicted.
        search: reach and step.
        others: bodies beside which there is no edge to be seen.
        passed: (N,) share of the beam that gets through the body just inside its outline; none where None.
    """
    import cv2

    through = np.zeros((len(edge.pixels), 1)) if passed is None else passed[:, None]
    height, width = grey.shape
    spacing = 1.0 if search.reach_px > 2 * SIDE_PX else 0.5
    count = int(SIDE_PX / spacing)
    along = np.arange(-search.reach_px - SIDE_PX, search.reach_px + SIDE_PX + spacing / 2, spacing)
    asked = ((edge.pixels > 3) & (edge.pixels < np.array([width, height]) - 4)).all(axis=1)
    for other in others:
        asked &= ~other.at(edge.pixels + OTHER_PX * edge.outwards)
    places = (edge.pixels[:, None] + edge.outwards[:, None] * along[None, :, None]).astype(np.float32)
    profile = cv2.remap(grey, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    sums = np.concatenate([np.zeros((len(profile), 1), np.float32), np.cumsum(profile, axis=1)], axis=1)
    middle = np.arange(count, len(along) - count)
    within = (sums[:, middle] - sums[:, middle - count]) / count
    beyond = (sums[:, middle + 1 + count] - sums[:, middle + 1]) / count
    step = beyond - within
    expected = level + through * np.maximum(beyond - level, 0)
    is_metal = np.clip(1 - np.abs(within - expected) / (LEVEL_WIDTH * (1 + 2 * through)), 0, 1)
    score = np.clip(step / FULL_STEP, 0, 1) * is_metal - FAR_PENALTY * np.abs(along[middle]) / search.reach_px
    best = score.argmax(axis=1)
    each = np.arange(len(best))
    found = asked & (score[each, best] > LEAST_SCORE) & (step[each, best] > LEAST_STEP)
    window = profile[each[:, None], middle[best][:, None] + np.arange(-count, count + 1)]
    dark = window[:, :count].min(axis=1)
    half = (dark + beyond[each, best]) / 2
    rising = (window[:, 1:] >= half[:, None]) & (window[:, :-1] < half[:, None])
    far = np.where(rising, np.abs(np.arange(2 * count) - count + 0.5), np.inf)
    crossing = far.argmin(axis=1)
    found &= np.isfinite(far.min(axis=1))
    low, high = window[each, crossing], window[each, crossing + 1]
    share = (half - low) / np.maximum(high - low, 1e-3)
    distance = along[middle[best]] + (crossing - count + share) * spacing
    index = np.flatnonzero(found)
    return Found(index, distance[index], int(asked.sum()))
