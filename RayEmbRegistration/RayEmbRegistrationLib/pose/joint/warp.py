"""A smooth change of the bones' shape: Gaussian-process modes over the bone, and what they do to its attenuation.

The bone at y was at y - u(y) in the CT. u is a Gaussian process over the bone (squared exponential), kept to its strongest
modes by its eigenvectors on points of the bone (Nystroem). What a rigid motion could do is pinned there: it is the poses'.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.problems import InputProblem

from .bodies import Bodies

MODES = 32  # an axis; measured by a prototype on pelves: one view sees 17 of the 96, four see 30
DIFFER_MM = 1.2
"""How far bone may differ from the CT, standard deviation an axis, unless told otherwise; chosen: 2 mm in space."""
LENGTH_MM = 60.0  # over which the change is alike; chosen: a hemipelvis bends and swells, it does not ripple
_RIGID_MM = 0.05  # what a warp may turn or shift a bone by as a whole; chosen: next to nothing
_POINTS = 400  # of bone, at which modes are found; chosen for time
_COARSE_MM = 15.0  # grid on which modes are kept, smooth over four times that; chosen


@dataclass(frozen=True, eq=False)
class Warp:
    """A volume block: coefficients by axis (RAS x, y, z), then by mode.

    Attributes:
        points_ras: (P, 3) mm at which the modes are defined.
        weights: (P, m) such that mode values at y are kernel(y, points) @ weights, in mm for a coefficient of 1.
        precision: (3 m, 3 m) inverse covariance of the coefficients.
        length_mm: over which the change is alike.
        name: of the block.
    """

    points_ras: np.ndarray
    weights: np.ndarray
    precision: np.ndarray
    length_mm: float = LENGTH_MM
    name: str = "warp"
    _fields: dict[tuple[float, ...], torch.Tensor] = field(default_factory=dict, repr=False)

    @property
    def modes(self) -> int:
        """An axis."""
        return self.weights.shape[1]

    def at(self, points_ras: np.ndarray) -> np.ndarray:
        """(N, m) mm, the modes at points (N, 3)."""
        values: np.ndarray = _kernel(points_ras, self.points_ras, self.length_mm) @ self.weights
        return values

    def displacement(self, points_ras: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """(N, 3) u in mm, RAS axes, at points (N, 3) of the changed bone."""
        moved: np.ndarray = self.at(points_ras) @ coefficients.reshape(3, -1).T
        return moved

    def on_grid(self, ras_from_ijk: np.ndarray, size: tuple[int, ...], device: torch.device) -> torch.Tensor:
        """(m, K, J, I) mm, the modes on a grid; worked out on a coarse one and interpolated, and kept."""
        key = (*ras_from_ijk.ravel().tolist(), *map(float, size))
        if key not in self._fields:
            spacing = np.linalg.norm(ras_from_ijk[:3, :3], axis=0)[::-1]
            coarse = [max(2, int(np.ceil(n * mm / _COARSE_MM)) + 1) for n, mm in zip(size, spacing, strict=True)]
            k, j, i = np.meshgrid(*[np.linspace(0, n - 1, c) for n, c in zip(size, coarse, strict=True)], indexing="ij")
            points = np.stack([i, j, k], axis=-1).reshape(-1, 3) @ ras_from_ijk[:3, :3].T + ras_from_ijk[:3, 3]
            values = torch.as_tensor(self.at(points).T.reshape(-1, *coarse), dtype=torch.float32, device=device)
            self._fields[key] = functional.interpolate(values[None], size, mode="trilinear", align_corners=True)[0]
        return self._fields[key]

    def changed(
        self, values: torch.Tensor, ras_from_ijk: np.ndarray, coefficients: torch.Tensor, slopes: bool
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """A body's attenuation (K, J, I) warped, and its derivatives (3 m, K, J, I) where asked."""
        modes = self.on_grid(ras_from_ijk, tuple(values.shape), values.device)
        u = torch.einsum("am,mkji->akji", coefficients.view(3, -1).float(), modes)
        sources = [values[None], _gradient(values, ras_from_ijk)] if slopes else [values[None]]
        moved = _sampled(torch.cat(sources), u, ras_from_ijk)
        if not slopes:
            return moved[0], None
        derivatives = -(moved[1:, None] * modes[None])
        return moved[0], derivatives.flatten(0, 1)


def make_warp(bodies: Bodies, differ_mm: float = DIFFER_MM, modes: int = MODES, length_mm: float = LENGTH_MM) -> Warp:
    """Modes over all bodies.

    Args:
        bodies: whose shapes may differ; each one's rigid motion is pinned.
        differ_mm: standard deviation of the change along each axis.
        modes: an axis.
        length_mm: over which the change is alike.

    Raises:
        InputProblem: a change of no size.
    """
    if not 0 < differ_mm < np.inf:
        raise InputProblem(f"how far bone may differ must be more than 0 mm, not {differ_mm:g}")
    points = np.concatenate([body.points_ras for body in bodies.each])
    rng = np.random.default_rng(0)
    points = points[rng.permutation(len(points))[:_POINTS]]
    matrix = _kernel(points, points, length_mm)
    values, vectors = np.linalg.eigh(matrix)
    strongest = np.argsort(-values)[: min(modes, len(points))]
    values, vectors = np.maximum(values[strongest], 1e-9), vectors[:, strongest]
    weights = differ_mm * vectors / np.sqrt(values)
    warp = Warp(points, weights, np.eye(3 * len(values)), length_mm)
    rows = [_rigid_content(warp, body.points_ras) for body in bodies.each]
    pinned = np.concatenate(rows) / _RIGID_MM
    return Warp(points, weights, np.eye(3 * len(values)) + pinned.T @ pinned, length_mm)


def _rigid_content(warp: Warp, points: np.ndarray) -> np.ndarray:
    """(6, 3 m) turns and shifts (mm on the body's points, root mean square) in which coefficients result."""
    own = points - points.mean(axis=0)
    x, y, z = own.T
    zero = np.zeros_like(x)
    turned = np.stack([zero, z, -y, -z, zero, x, y, -x, zero], axis=1).reshape(-1, 3, 3)
    basis = np.concatenate([turned, np.broadcast_to(np.eye(3), (len(own), 3, 3))], axis=2).reshape(-1, 6)
    size = np.sqrt((basis.reshape(-1, 3, 6) ** 2).sum(axis=1).mean(axis=0))
    modes = warp.at(points)
    moved = np.einsum("ab,nm->nabm", np.eye(3), modes).reshape(3 * len(points), -1)
    content: np.ndarray = size[:, None] * np.linalg.lstsq(basis, moved, rcond=None)[0]
    return content


def _kernel(one: np.ndarray, other: np.ndarray, length_mm: float) -> np.ndarray:
    squares = ((one[:, None] - other[None]) ** 2).sum(axis=2)
    values: np.ndarray = np.exp(-squares / (2 * length_mm**2))
    return values


def _gradient(values: torch.Tensor, ras_from_ijk: np.ndarray) -> torch.Tensor:
    """(3, K, J, I) per mm along RAS axes."""
    padded = functional.pad(values[None, None], (1,) * 6)[0, 0]
    by_i = (padded[1:-1, 1:-1, 2:] - padded[1:-1, 1:-1, :-2]) / 2
    by_j = (padded[1:-1, 2:, 1:-1] - padded[1:-1, :-2, 1:-1]) / 2
    by_k = (padded[2:, 1:-1, 1:-1] - padded[:-2, 1:-1, 1:-1]) / 2
    ijk_from_ras = torch.as_tensor(np.linalg.inv(ras_from_ijk[:3, :3]), dtype=values.dtype, device=values.device)
    return torch.einsum("nkji,na->akji", torch.stack([by_i, by_j, by_k]), ijk_from_ras)


def _sampled(channels: torch.Tensor, u: torch.Tensor, ras_from_ijk: np.ndarray) -> torch.Tensor:
    """Channels (C, K, J, I) at y - u(y), u (3, K, J, I) in RAS mm."""
    size = channels.shape[1:]
    ijk_from_ras = torch.as_tensor(np.linalg.inv(ras_from_ijk[:3, :3]), dtype=u.dtype, device=u.device)
    shift = torch.einsum("ab,bkji->kjia", ijk_from_ras, u)
    k, j, i = torch.meshgrid(*[torch.arange(n, dtype=u.dtype, device=u.device) for n in size], indexing="ij")
    places = torch.stack([i, j, k], dim=-1) - shift
    scale = torch.tensor([2.0 / n for n in size[::-1]], dtype=u.dtype, device=u.device)
    grid = (places + 0.5) * scale - 1
    return functional.grid_sample(channels[None], grid[None], mode="bilinear", padding_mode="zeros", align_corners=False)[0]
