"""The projector's inner loops as they are compiled by numba, where that is installed; ``slices`` gives the same numbers.

Bone fills a few per cent of a CT, and a ray meets little of it: eight slices at a time are looked up in a table of what is
empty and left out. What is met is interpolated with everything in registers; nothing is written but the result.
Every ray is worked out by itself and in one order, so that results do not depend on how rays are shared out to threads.

Imported only by ``compiling``, which does without where numba is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

GROUP = 8  # slices that are looked up together; chosen: 4 and 16 are slower on the pelvis of Testing/bench/projector.py
CELL = 4  # side of the table's cells within a slice, voxels; chosen likewise


def _compile(function: Callable[..., Any]) -> Any:
    """Compiled at its first call, and kept for the next process where a folder can be written."""
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract", "nsz"}, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # nowhere to keep it
        return numba.njit(**options)(function)


@_compile
def table_of(stack: np.ndarray) -> np.ndarray:
    """(G, Y + 1, X + 1) int32 from slices (N, H, W): numbers of cells before a place that are not empty, by group."""
    count, height, width = stack.shape
    groups, rows, columns = (count + GROUP - 1) // GROUP, (height + CELL - 1) // CELL, (width + CELL - 1) // CELL
    table = np.zeros((groups, rows + 1, columns + 1), np.int32)
    for n in range(count):
        for y in range(height):
            for x in range(width):
                if stack[n, y, x] != 0:
                    table[n // GROUP, y // CELL + 1, x // CELL + 1] = 1
    for g in range(groups):
        for y in range(rows):
            for x in range(columns):
                table[g, y + 1, x + 1] += table[g, y, x + 1] + table[g, y + 1, x] - table[g, y, x]
    return table


@_compile
def is_empty(table, group, bounds, size):  # type: ignore[no-untyped-def]  # numba finds types by use
    """Whether a ray meets nothing in a group of slices.

    Args:
        table: as of ``table_of``.
        group: which of them.
        bounds: of the ray's places in them: left, right, top, bottom.
        size: height and width of a slice.
    """
    left, right, top, bottom = bounds
    height, width = size
    if right <= -1 or left >= width or bottom <= -1 or top >= height:
        return True
    c0, c1 = int(max(left, 0.0)) // CELL, int(min(right + 1, width - 1.0)) // CELL + 1
    r0, r1 = int(max(top, 0.0)) // CELL, int(min(bottom + 1, height - 1.0)) // CELL + 1
    return table[group, r1, c1] - table[group, r0, c1] - table[group, r1, c0] + table[group, r0, c0] == 0


@_compile
def _inside(stack, n, row, column):  # type: ignore[no-untyped-def]
    """Four voxels of a slice around a place that lies within it."""
    # Of numbers without a sign: an index that may be negative is looked at for counting from the end, which takes time.
    here, up, left, one = np.uint64(n), np.uint64(row), np.uint64(column), np.uint64(1)
    return stack[here, up, left], stack[here, up, left + one], stack[here, up + one, left], stack[here, up + one, left + one]


@_compile
def _at_border(stack, n, row, column):  # type: ignore[no-untyped-def]
    """The same of any place. Outside of a slice is zero."""
    height, width = stack.shape[1:]
    a = b = c = d = np.float32(0)
    here, next_x = 0 <= column < width, 0 <= column + 1 < width
    if 0 <= row < height:
        a = stack[n, row, column] if here else a
        b = stack[n, row, column + 1] if next_x else b
    if 0 <= row + 1 < height:
        c = stack[n, row + 1, column] if here else c
        d = stack[n, row + 1, column + 1] if next_x else d
    return a, b, c, d


@_compile
def _sums(slices, line, with_slopes):  # type: ignore[no-untyped-def]
    """Along one ray: sum, its derivatives by x and y, and those times n.

    Args:
        slices: of them (N, H, W), what is empty in them, and the number of the first. Outside of a slice is zero.
        line: place of the ray (x, y) in slice 0, and its change from slice to slice.
        with_slopes: whether the derivatives are wanted; they are zero otherwise.
    """
    stack, table, low_n = slices
    base_x, base_y, step_x, step_y = line
    count, height, width = stack.shape
    total, by_x, by_y, by_nx, by_ny = 0.0, 0.0, 0.0, 0.0, 0.0
    for group in range(table.shape[0]):
        start, stop = group * GROUP, min(count, group * GROUP + GROUP)
        x0, x1 = base_x + (low_n + start) * step_x, base_x + (low_n + stop - 1) * step_x
        y0, y1 = base_y + (low_n + start) * step_y, base_y + (low_n + stop - 1) * step_y
        left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        if is_empty(table, group, (left, right, top, bottom), (height, width)):
            continue
        is_inside = left >= 0 and right < width - 1 and top >= 0 and bottom < height - 1
        for n in range(start, stop):
            x, y = base_x + (low_n + n) * step_x, base_y + (low_n + n) * step_y
            if is_inside:
                column, row = int(x), int(y)
                a, b, c, d = _inside(stack, n, row, column)
            else:
                column, row = int(np.floor(x)), int(np.floor(y))
                a, b, c, d = _at_border(stack, n, row, column)
            fx, fy = np.float32(x - column), np.float32(y - row)
            upper, lower = a + fx * (b - a), c + fx * (d - c)
            slope_y = lower - upper
            total += upper + fy * slope_y
            if with_slopes:
                slope_x = (b - a) + fy * ((d - c) - (b - a))
                by_x += slope_x
                by_y += slope_y
                by_nx += (low_n + n) * np.float64(slope_x)
                by_ny += (low_n + n) * np.float64(slope_y)
    return total, by_x, by_y, by_nx, by_ny


@_compile
def sum_rays(slices, rays, results, begin, end):  # type: ignore[no-untyped-def]
    """Of rays ``begin`` to ``end``.

    Args:
        slices: as of ``_sums``.
        rays: their places in slice 0 and steps (P, 2) each.
        results: written: sums (P,) and their derivatives by places and steps (P, 2) each.
        begin: first ray.
        end: last + 1.
    """
    base, step = rays
    sums, by_base, by_step = results
    for ray in range(begin, end):
        line = np.float64(base[ray, 0]), np.float64(base[ray, 1]), np.float64(step[ray, 0]), np.float64(step[ray, 1])
        sums[ray], by_base[ray, 0], by_base[ray, 1], by_step[ray, 0], by_step[ray, 1] = _sums(slices, line, True)


@_compile
def project(slices, view, results, begin, end):  # type: ignore[no-untyped-def]
    """Rows ``begin`` to ``end`` of an image, and of its derivative where that is asked for.

    Args:
        slices: as of ``_sums``.
        view: (3,) of the voxels' axes those along x and y of a slice, and across; (3,) the rays' source, voxels; (3, 3)
            voxels from the camera's frame; (3, 3) inverse of K; (3,) center of turns, camera frame, mm.
        results: written: image (H, W) and derivative (6, H, W), or empty where it is not asked for.
        begin: first row.
        end: last + 1.
    """
    axes, source, turn, inverse, center = view
    image, jacobian = results
    x_axis, y_axis, along = axes[0], axes[1], axes[2]
    with_jacobian = jacobian.shape[1] > 0
    alpha, beta, ahead, behind = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
    for row in range(begin, end):
        for column in range(image.shape[1]):
            ray_x = column * inverse[0, 0] + row * inverse[0, 1] + inverse[0, 2]
            ray_y = column * inverse[1, 0] + row * inverse[1, 1] + inverse[1, 2]
            ray_z = column * inverse[2, 0] + row * inverse[2, 1] + inverse[2, 2]
            slope = turn[along, 0] * ray_x + turn[along, 1] * ray_y + turn[along, 2] * ray_z
            step_x = (turn[x_axis, 0] * ray_x + turn[x_axis, 1] * ray_y + turn[x_axis, 2] * ray_z) / slope
            step_y = (turn[y_axis, 0] * ray_x + turn[y_axis, 1] * ray_y + turn[y_axis, 2] * ray_z) / slope
            base_x, base_y = source[x_axis] - source[along] * step_x, source[y_axis] - source[along] * step_y
            total, by_x, by_y, by_nx, by_ny = _sums(slices, (base_x, base_y, step_x, step_y), with_jacobian)
            length = np.sqrt(ray_x * ray_x + ray_y * ray_y + ray_z * ray_z) / abs(slope)
            value = total * length
            image[row, column] = value
            if not with_jacobian:
                continue
            # By the ray's source (alpha) and direction (beta) in voxels, as in ``joseph``.
            by_x, by_y = by_x * length, by_y * length
            through_x = (by_nx * length - source[along] * by_x) / slope
            through_y = (by_ny * length - source[along] * by_y) / slope
            alpha[x_axis], alpha[y_axis], alpha[along] = by_x, by_y, -(by_x * step_x + by_y * step_y)
            beta[x_axis], beta[y_axis] = through_x, through_y
            beta[along] = -(through_x * step_x + through_y * step_y) - value / slope
            for axis in range(3):
                ahead[axis] = alpha[0] * turn[0, axis] + alpha[1] * turn[1, axis] + alpha[2] * turn[2, axis]
                behind[axis] = beta[0] * turn[0, axis] + beta[1] * turn[1, axis] + beta[2] * turn[2, axis]
            jacobian[0, row, column] = center[1] * ahead[2] - center[2] * ahead[1] - (ray_y * behind[2] - ray_z * behind[1])
            jacobian[1, row, column] = center[2] * ahead[0] - center[0] * ahead[2] - (ray_z * behind[0] - ray_x * behind[2])
            jacobian[2, row, column] = center[0] * ahead[1] - center[1] * ahead[0] - (ray_x * behind[1] - ray_y * behind[0])
            jacobian[3, row, column] = -ahead[0]
            jacobian[4, row, column] = -ahead[1]
            jacobian[5, row, column] = -ahead[2]
