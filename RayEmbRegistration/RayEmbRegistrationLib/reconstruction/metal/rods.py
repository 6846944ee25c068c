"""A straight rod fitted to shadows: seven numbers, which few views with gaps in their shadows still hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry.rod import Rod

from .hull import Outline, Piece

SLENDER = 3.0  # times as long as wide, for a piece of a hull to be tried as a rod's; chosen
_REACH_MM = 14.0  # beside the line, within which shadows are compared; chosen: twice a nail's radius and more
_BEYOND_MM = 80.0  # along it beyond the piece; chosen: a nail of 20 cm of which a hull shows a fifth in the middle
_NEAR_MM = 4.0  # of the line, within which a shadow is its own; chosen
_EDGE_MM = 0.7  # over which a shadow's edge is smooth; chosen: half a pixel of a detector of 256
_THINNEST_MM, _THICKEST_MM = 0.8, 9.0  # radius; wires and nails
_STEPS = 20  # of the fit, at most; chosen: it settles in ten
_JUMP_MM = 25.0  # of a rod that no X-ray shows, within its shadow; chosen: dense bone before it


@dataclass(frozen=True, eq=False)
class Ray:
    """Pixels of one X-ray as rays.

    Attributes:
        source_ras: (3,) mm.
        ways_ras: (P, 3) unit directions.
        dark: (P,) 0 or 1, whether in shadow.
    """

    source_ras: np.ndarray
    ways_ras: np.ndarray
    dark: np.ndarray


def fitted_rod(outlines: Sequence[Outline], piece: Piece) -> Rod | None:
    """The rod whose shadows are most like those seen, begun from a piece of their hull; None where it is no rod's.

    Args:
        outlines: the shadows; pixels that tell nothing are left out by them.
        piece: of their hull.
    """
    from scipy.optimize import least_squares

    start = _line_through(piece)
    if start is None:
        return None
    views = [_rays_near(outline, start) for outline in outlines]
    views = [view for view in views if view.dark.sum() > 0]
    if len(views) < 2:
        return None
    rod = _longest(start, views)

    def off(numbers: np.ndarray) -> np.ndarray:
        tried = _rod_of(numbers)
        return np.concatenate([shadow_of(tried, view) - view.dark for view in views])

    begin = np.concatenate([rod.ends_ras.ravel(), [rod.radius_mm]])
    found = least_squares(off, begin, loss="soft_l1", f_scale=0.3, diff_step=1e-4, max_nfev=_STEPS)
    fitted = _rod_of(found.x)
    return fitted if fitted.length_mm > SLENDER * fitted.radius_mm * 2 else None


def shadow_of(rod: Rod, view: Ray) -> np.ndarray:
    """(P,) 0 to 1, whether a rod is before each pixel, smooth at its edges."""
    axis = (rod.ends_ras[1] - rod.ends_ras[0]) / max(rod.length_mm, 1e-9)
    along, across = _met(rod.ends_ras[0], axis, view)
    edges = np.stack([rod.radius_mm - across, along, rod.length_mm - along])
    shadow: np.ndarray = np.prod(1 / (1 + np.exp(-np.clip(edges / _EDGE_MM, -30, 30))), axis=0)
    return shadow


def overlap(rod: Rod, outlines: Sequence[Outline]) -> np.ndarray:
    """(V,) Dice of a rod's shadow and what each X-ray shows near it."""
    found = []
    for outline in outlines:
        view = _rays_near(outline, rod)
        own = shadow_of(rod, view)
        found.append(2 * float((own * view.dark).sum()) / max(float(own.sum() + view.dark.sum()), 1e-9))
    return np.array(found)


def _met(point: np.ndarray, axis: np.ndarray, view: Ray) -> tuple[np.ndarray, np.ndarray]:
    """Where rays come nearest to a line: how far along it (P,), and how far from it (P,)."""
    between = view.source_ras - point
    dot = view.ways_ras @ axis
    clear = np.maximum(1 - dot**2, 1e-6)
    reach = (dot * (between @ axis) - view.ways_ras @ between) / clear
    nearest = between + reach[:, None] * view.ways_ras
    along = nearest @ axis
    return along, np.linalg.norm(nearest - along[:, None] * axis, axis=1)


def _line_through(piece: Piece) -> Rod | None:
    """A first rod from a piece's moments; None where it is not slender."""
    weights = piece.shares / piece.shares.sum()
    middle = weights @ piece.points_ras
    own = piece.points_ras - middle
    values, vectors = np.linalg.eigh((own * weights[:, None]).T @ own)
    length, width = np.sqrt(12 * values[2]), np.sqrt(4 * max(values[0], 1e-9))  # of a rod with these moments
    if length < SLENDER * 2 * width:
        return None
    half = vectors[:, 2] * length / 2
    return Rod(np.stack([middle - half, middle + half]), float(np.clip(width, _THINNEST_MM, _THICKEST_MM)))


def _rays_near(outline: Outline, rod: Rod) -> Ray:
    """The pixels of an X-ray that tell something, near a rod's line."""
    rows, columns = np.nonzero(outline.usable)
    camera_from_ras = outline.camera_from_ras
    turn = camera_from_ras[:3, :3]
    ways = outline.camera.back_project(np.stack([columns, rows], axis=-1)) @ turn
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    view = Ray(-turn.T @ camera_from_ras[:3, 3], ways, (outline.inside_px[rows, columns] > 0).astype(float))
    axis = (rod.ends_ras[1] - rod.ends_ras[0]) / max(rod.length_mm, 1e-9)
    along, across = _met(rod.ends_ras[0], axis, view)
    near = (across < _REACH_MM) & (along > -_BEYOND_MM) & (along < rod.length_mm + _BEYOND_MM)
    return Ray(view.source_ras, ways[near], view.dark[near])


def _longest(rod: Rod, views: Sequence[Ray]) -> Rod:
    """The rod as long as most X-rays show it, over gaps."""
    axis = (rod.ends_ras[1] - rod.ends_ras[0]) / max(rod.length_mm, 1e-9)
    ends = []
    for view in views:
        along, across = _met(rod.ends_ras[0], axis, view)
        own = np.sort(along[(view.dark > 0) & (across < max(_NEAR_MM, rod.radius_mm))])
        if len(own) < 2:
            continue
        runs = np.split(own, np.flatnonzero(np.diff(own) > _JUMP_MM) + 1)
        run = max(runs, key=len)
        ends.append((run[0], run[-1]))
    if not ends:
        return rod
    low, high = np.median(np.array(ends), axis=0)
    return Rod(rod.ends_ras[0] + np.outer([low, high], axis), rod.radius_mm)


def _rod_of(numbers: np.ndarray) -> Rod:
    return Rod(numbers[:6].reshape(2, 3), float(np.clip(numbers[6], _THINNEST_MM, _THICKEST_MM)))
