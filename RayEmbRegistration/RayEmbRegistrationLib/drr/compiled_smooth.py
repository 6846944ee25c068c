"""The inner loops of ``smooth`` as they are compiled by numba; torch gives the same numbers there.

Imported only by ``compiling``, which does without where numba is missing.
"""

from __future__ import annotations

import numpy as np

from .compiled import GROUP, _compile, is_empty, table_of


@_compile
def table_of_all(stack):  # type: ignore[no-untyped-def]  # numba finds types by use
    """``compiled.table_of`` of several volumes' slices (N, H, W, C) together."""
    count, height, width, channels = stack.shape
    any_of = np.zeros((count, height, width), np.float32)
    for n in range(count):
        for y in range(height):
            for x in range(width):
                for c in range(channels):
                    if stack[n, y, x, c] != 0:
                        any_of[n, y, x] = 1
    return table_of(any_of)


@_compile
def move(values, shift, cell):  # type: ignore[no-untyped-def]
    """(K, J, I, C) volumes whose values come from elsewhere; outside is zero.

    Args:
        values: (K, J, I, C).
        shift: (K', J', I', 3) how far from where, in voxels along i, j, k, on a coarse grid.
        cell: (3,) voxels a cell of that along i, j, k; it begins one cell before the volume.
    """
    count, height, width, _ = values.shape
    moved, filled = np.zeros_like(values), _filled(values)
    line = np.zeros((shift.shape[2], 3))
    lows = np.minimum((np.arange(width) / cell[0] + 1).astype(np.int64), shift.shape[2] - 2)
    shares = np.arange(width) / cell[0] + 1 - lows
    for k in range(count):
        for j in range(height):
            _shifts_along(shift, k / cell[2] + 1, j / cell[1] + 1, line)
            for i in range(width):
                low, share = lows[i], shares[i]
                x = i - line[low, 0] - share * (line[low + 1, 0] - line[low, 0])
                y = j - line[low, 1] - share * (line[low + 1, 1] - line[low, 1])
                z = k - line[low, 2] - share * (line[low + 1, 2] - line[low, 2])
                if not (-1 < x < width and -1 < y < height and -1 < z < count):
                    continue
                if filled[int(z + 1), int(y + 1), int(x + 1)]:
                    _tap(values, (x, y, z), moved[k, j, i])
    return moved


@_compile
def _filled(values):  # type: ignore[no-untyped-def]
    """(K + 1, J + 1, I + 1) uint8, whether any of the eight voxels about a corner is not empty."""
    count, height, width, channels = values.shape
    filled = np.zeros((count + 1, height + 1, width + 1), np.uint8)
    for k in range(count):
        for j in range(height):
            for i in range(width):
                for c in range(channels):
                    if values[k, j, i, c] != 0:
                        filled[k : k + 2, j : j + 2, i : i + 2] = 1
                        break
    return filled


@_compile
def _shifts_along(shift, coarse_k, coarse_j, line):  # type: ignore[no-untyped-def]
    """The shifts (I', 3) at the coarse points along one row of voxels."""
    k, j = min(int(coarse_k), shift.shape[0] - 2), min(int(coarse_j), shift.shape[1] - 2)
    share_k, share_j = coarse_k - k, coarse_j - j
    for i in range(shift.shape[2]):
        for axis in range(3):
            near = shift[k, j, i, axis] * (1 - share_j) + shift[k, j + 1, i, axis] * share_j
            far = shift[k + 1, j, i, axis] * (1 - share_j) + shift[k + 1, j + 1, i, axis] * share_j
            line[i, axis] = near * (1 - share_k) + far * share_k


@_compile
def _tap(values, place, found):  # type: ignore[no-untyped-def]
    """Values (C,) at a place (x, y, z), voxels, within a voxel of the volume."""
    count, height, width, channels = values.shape
    x, y, z = int(place[0] + 1) - 1, int(place[1] + 1) - 1, int(place[2] + 1) - 1
    fx, fy, fz = np.float32(place[0] - x), np.float32(place[1] - y), np.float32(place[2] - z)
    if x >= 0 and y >= 0 and z >= 0 and x + 1 < width and y + 1 < height and z + 1 < count:
        for c in range(channels):
            a, b = values[z, y, x, c], values[z, y, x + 1, c]
            upper = a + fx * (b - a)
            a, b = values[z, y + 1, x, c], values[z, y + 1, x + 1, c]
            upper += fy * (a + fx * (b - a) - upper)
            a, b = values[z + 1, y, x, c], values[z + 1, y, x + 1, c]
            lower = a + fx * (b - a)
            a, b = values[z + 1, y + 1, x, c], values[z + 1, y + 1, x + 1, c]
            lower += fy * (a + fx * (b - a) - lower)
            found[c] = upper + fz * (lower - upper)
        return
    for dz in range(max(0, -z), min(2, count - z)):
        for dy in range(max(0, -y), min(2, height - y)):
            for dx in range(max(0, -x), min(2, width - x)):
                w = (fz if dz else 1 - fz) * (fy if dy else 1 - fy) * (fx if dx else 1 - fx)
                for c in range(channels):
                    found[c] += w * values[z + dz, y + dy, x + dx, c]


@_compile
def project_products(slices, modes, view, columns, begin, end):  # type: ignore[no-untyped-def]
    """Rows ``begin`` to ``end`` of line integrals of each volume times each mode.

    Args:
        slices: of the volumes (N, H, W, C), what is empty in them, number of the first, and how many slices lie from knot to
            knot, between which a mode is taken for straight.
        modes: (K', J', I', M) on a coarse grid, and (3,) voxels a cell of it, as of ``move``.
        view: axes, source, turn and inverse of K, as of ``compiled.project``.
        columns: written: (C, M, H, W).
        begin: first row.
        end: last + 1.
    """
    stack, first, stride = slices[0], slices[2], slices[3]
    values, cell = modes
    axes, source, turn, inverse = view
    x_axis, y_axis, along = axes[0], axes[1], axes[2]
    sums = np.zeros(((stack.shape[0] - 1) // stride + 2, stack.shape[3]), np.float32)
    place, mode = np.zeros(3), np.zeros(values.shape[3], np.float32)
    own = np.zeros((stack.shape[3], values.shape[3]), np.float32)
    for row in range(begin, end):
        for column in range(columns.shape[3]):
            ray_x = column * inverse[0, 0] + row * inverse[0, 1] + inverse[0, 2]
            ray_y = column * inverse[1, 0] + row * inverse[1, 1] + inverse[1, 2]
            ray_z = column * inverse[2, 0] + row * inverse[2, 1] + inverse[2, 2]
            slope = turn[along, 0] * ray_x + turn[along, 1] * ray_y + turn[along, 2] * ray_z
            step_x = (turn[x_axis, 0] * ray_x + turn[x_axis, 1] * ray_y + turn[x_axis, 2] * ray_z) / slope
            step_y = (turn[y_axis, 0] * ray_x + turn[y_axis, 1] * ray_y + turn[y_axis, 2] * ray_z) / slope
            base_x, base_y = source[x_axis] - source[along] * step_x, source[y_axis] - source[along] * step_y
            if not _shared_out(slices, (base_x, base_y, step_x, step_y), sums):
                continue
            own[:] = 0
            for knot in range(sums.shape[0]):
                if not sums[knot].any():
                    continue
                place[along] = first + knot * stride
                place[x_axis], place[y_axis] = base_x + place[along] * step_x, base_y + place[along] * step_y
                _modes_at(values, place / cell + 1, mode)
                for c in range(own.shape[0]):
                    for m in range(own.shape[1]):
                        own[c, m] += sums[knot, c] * mode[m]
            length = np.float32(np.sqrt(ray_x * ray_x + ray_y * ray_y + ray_z * ray_z) / abs(slope))
            for c in range(own.shape[0]):
                for m in range(own.shape[1]):
                    columns[c, m, row, column] = own[c, m] * length


@_compile
def _shared_out(slices, line, sums):  # type: ignore[no-untyped-def]
    """Whether a ray meets the volumes; their values along it, shared out to the knots before and after each slice."""
    stack, table, first, stride = slices
    base_x, base_y, step_x, step_y = line
    count, height, width, _ = stack.shape
    is_met = False
    for group in range(table.shape[0]):
        start, stop = group * GROUP, min(count, group * GROUP + GROUP)
        x0, x1 = base_x + (first + start) * step_x, base_x + (first + stop - 1) * step_x
        y0, y1 = base_y + (first + start) * step_y, base_y + (first + stop - 1) * step_y
        left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        if is_empty(table, group, (left, right, top, bottom), (height, width)):
            continue
        if not is_met:
            sums[:] = 0
            is_met = True
        for n in range(start, stop):
            x, y = base_x + (first + n) * step_x, base_y + (first + n) * step_y
            if -1 < x < width and -1 < y < height:
                _share_out(stack[n], (x, y), (n // stride, np.float32(n % stride / stride)), sums)
    return is_met


@_compile
def _share_out(plane, place, knot, sums):  # type: ignore[no-untyped-def]
    """Values of a slice (H, W, C) at a place (x, y), to a knot and the next by how far behind the first it lies."""
    height, width, channels = plane.shape
    number, behind = knot
    x, y = int(place[0] + 1) - 1, int(place[1] + 1) - 1
    fx, fy = np.float32(place[0] - x), np.float32(place[1] - y)
    for dy in range(max(0, -y), min(2, height - y)):
        for dx in range(max(0, -x), min(2, width - x)):
            w = (fy if dy else 1 - fy) * (fx if dx else 1 - fx)
            for c in range(channels):
                tap = w * plane[y + dy, x + dx, c]
                sums[number, c] += (1 - behind) * tap
                sums[number + 1, c] += behind * tap


@_compile
def _modes_at(values, place, found):  # type: ignore[no-untyped-def]
    """Modes (K', J', I', M) at a place (i, j, k) of the coarse grid; beyond its border as at it."""
    most_k, most_j, most_i = values.shape[0] - 1, values.shape[1] - 1, values.shape[2] - 1
    x, y, z = min(max(place[0], 0.0), most_i), min(max(place[1], 0.0), most_j), min(max(place[2], 0.0), most_k)
    i, j, k = min(int(x), most_i - 1), min(int(y), most_j - 1), min(int(z), most_k - 1)
    found[:] = 0
    for dz in range(2):
        for dy in range(2):
            for dx in range(2):
                w = (z - k if dz else k + 1 - z) * (y - j if dy else j + 1 - y) * (x - i if dx else i + 1 - x)
                share = np.float32(w)
                for m in range(found.shape[0]):
                    found[m] += share * values[k + dz, j + dy, i + dx, m]
