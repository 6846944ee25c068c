"""The best feature for every point near where it is expected: points of one neighbourhood share a window of the map.

As few features are scored as the dense search scores within the windows, and a little more: points are sorted into cells,
and the window of a cell holds those of all its points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

CELL = 8
"""Side of the cells, features: larger ones score more features in vain, smaller ones take more products; chosen for time."""


@dataclass(frozen=True, eq=False)
class Near:
    """Where to look for each of N points.

    Attributes:
        positions: (N, 2) column and row in features.
        radius: how far a feature may lie from there in either direction, features.
    """

    positions: torch.Tensor
    radius: float


@dataclass(frozen=True, eq=False)
class Windows:
    """Squared scores of N points in windows (rows, columns) of one size.

    Attributes:
        squares: (N, r, c), 0 where a feature does not count.
        valid: (N, r, c) bool: usable and near.
        corners: (N, 2) row and column of each window's first feature in the map.
    """

    squares: torch.Tensor
    valid: torch.Tensor
    corners: torch.Tensor


def squares_in_windows(rows: torch.Tensor, features: torch.Tensor, usable: torch.Tensor, near: Near) -> Windows:
    """Scores near where points are expected.

    Args:
        rows: (N, T, D) of ``subspace.bases``.
        features: (D, h, w) of unit length, 0 where not usable.
        usable: (h, w) bool.
        near: where to look.
    """
    reach = math.ceil(near.radius)
    size = torch.tensor(usable.shape)
    shape = tuple(min(int(side), CELL + 2 * reach) for side in size)
    expected = near.positions.float().flip(-1)  # row and column
    cells = (expected / CELL).floor().long() * CELL - reach
    # A window at the border lies inside the map and holds all of the map that is near.
    corners = torch.minimum(cells.clamp_min(0), (size - torch.tensor(shape)).to(cells))
    squares = rows.new_empty((len(rows), shape[0] * shape[1]))
    key = corners[:, 0] * int(size[1]) + corners[:, 1]
    order = torch.argsort(key, stable=True)
    counts = torch.unique_consecutive(key[order], return_counts=True)[1].tolist()
    for members in order.split(counts):
        top, left = corners[members[0]].tolist()
        window = features[:, top : top + shape[0], left : left + shape[1]].flatten(1)
        own = rows[members]
        products = own.flatten(0, 1) @ window
        squares[members] = products.square_().unflatten(0, own.shape[:2]).sum(dim=1)
    rows_at, columns_at = (corners[:, axis, None] + torch.arange(shape[axis], device=corners.device) for axis in range(2))
    near_rows = (rows_at - expected[:, :1]).abs() <= near.radius
    near_columns = (columns_at - expected[:, 1:]).abs() <= near.radius
    valid = usable[rows_at[:, :, None], columns_at[:, None, :]] & near_rows[:, :, None] & near_columns[:, None, :]
    return Windows(squares.view(-1, *shape) * valid, valid, corners)
