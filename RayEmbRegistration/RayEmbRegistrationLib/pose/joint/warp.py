"""A smooth change of the bones' shape: Gaussian-process modes over the bone, and what they do to its attenuation.

The bone at y was at y - u(y) in the CT. u is a Gaussian process over the bone (squared exponential), kept to its strongest
modes by its eigenvectors on points of the bone (Nystroem). What a rigid motion could do is pinned there: it is the poses'.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.drr.smooth import Smooth, coarse_places, moved, project_products
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem

from .bodies import Bodies

MODES = 32  # an axis; measured by a prototype on pelves: one view sees 17 of the 96, four see 30
DIFFER_MM = 1.2
"""How far bone may differ from the CT, standard deviation an axis, unless told otherwise; chosen: 2 mm in space."""
LENGTH_MM = 60.0  # over which the change is alike; chosen: a hemipelvis bends and swells, it does not ripple
_RIGID_MM = 0.05  # what a warp may turn or shift a bone by as a whole; chosen: next to nothing
_POINTS = 400  # of bone, at which modes are found; chosen for time


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
    _fields: dict[tuple[float, ...], Smooth] = field(default_factory=dict, repr=False)

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

    def on_grid(self, ras_from_ijk: np.ndarray, shape: tuple[int, ...]) -> torch.Tensor:
        """(m, K, J, I) mm, the modes at every voxel of a grid."""
        return self._modes_over(ras_from_ijk, shape, torch.device("cpu")).at_voxels(shape)

    def changed(self, values: torch.Tensor, ras_from_ijk: np.ndarray, coefficients: torch.Tensor) -> torch.Tensor:
        """A body's attenuation (K, J, I) warped."""
        return moved(values[None], self._shift(values, ras_from_ijk, coefficients))[0]

    def columns(
        self, values: torch.Tensor, ras_from_ijk: np.ndarray, coefficients: torch.Tensor, pose: Poses, camera: Camera
    ) -> torch.Tensor:
        """(3 m, H, W) how a body's DRR changes with each coefficient."""
        slopes = moved(_gradient(values, ras_from_ijk), self._shift(values, ras_from_ijk, coefficients))
        modes = self._modes_over(ras_from_ijk, tuple(values.shape), values.device)
        return -project_products(slopes, ras_from_ijk, modes, pose, camera).flatten(0, 1)

    def _shift(self, values: torch.Tensor, ras_from_ijk: np.ndarray, coefficients: torch.Tensor) -> Smooth:
        """The displacement in voxels along i, j, k."""
        weights = np.linalg.inv(ras_from_ijk[:3, :3]) @ coefficients.detach().cpu().numpy().reshape(3, -1)
        return self._modes_over(ras_from_ijk, tuple(values.shape), values.device).mixed(torch.as_tensor(weights))

    def _modes_over(self, ras_from_ijk: np.ndarray, shape: tuple[int, ...], device: torch.device) -> Smooth:
        """The modes, mm, over a grid; kept."""
        key = (*ras_from_ijk.ravel().tolist(), *map(float, shape))
        if key not in self._fields:
            places, cell = coarse_places(ras_from_ijk, shape)
            values = self.at(places.reshape(-1, 3)).T.reshape(-1, *places.shape[:3])
            self._fields[key] = Smooth(torch.as_tensor(values, dtype=torch.float32, device=device), cell)
        return self._fields[key]


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
    """(N, M) how alike the change is at points (N, 3) and (M, 3)."""
    middle = other.mean(axis=0)  # from which squares stay small beside what is taken from them
    a, b = (one - middle) / length_mm, (other - middle) / length_mm
    values: np.ndarray = a @ b.T
    values -= (a**2).sum(axis=1)[:, None] / 2
    values -= (b**2).sum(axis=1) / 2
    return np.exp(values, out=values)


def _gradient(values: torch.Tensor, ras_from_ijk: np.ndarray) -> torch.Tensor:
    """(3, K, J, I) per mm along RAS axes."""
    padded = functional.pad(values[None, None], (1,) * 6)[0, 0]
    by_i = (padded[1:-1, 1:-1, 2:] - padded[1:-1, 1:-1, :-2]) / 2
    by_j = (padded[1:-1, 2:, 1:-1] - padded[1:-1, :-2, 1:-1]) / 2
    by_k = (padded[2:, 1:-1, 1:-1] - padded[:-2, 1:-1, 1:-1]) / 2
    ijk_from_ras = torch.as_tensor(np.linalg.inv(ras_from_ijk[:3, :3]), dtype=values.dtype, device=values.device)
    return torch.einsum("nkji,na->akji", torch.stack([by_i, by_j, by_k]), ijk_from_ras)
