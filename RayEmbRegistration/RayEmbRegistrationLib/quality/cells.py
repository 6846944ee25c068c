"""The objective at a pose, cell by cell of the image: how each part of the X-ray would move the bone.

Neighbouring pixels of a locally normalised image err together, and so do the pixels along one edge: counting them as
independent makes any pose look certain. Cells wider than the normalisation's window are nearly independent, and how much
their pulls differ says how far their sum can be trusted (the sandwich estimate: P. J. Huber, Proc. Fifth Berkeley Symposium
1, 1967).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.alignment.level_view import LevelView
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.alignment.similarity import normalize
from RayEmbRegistrationLib.pose.problem import Problem

JUDGING_LEVEL = Level(192, 9, 0)  # the finest of ``pose.alignment.schedule``, without a step
CELL_PX = 16  # two of its windows, so that cells are nearly independent; chosen
RIDGE = 1e-4  # of the diagonal: keeps what an image does not show from running away


@dataclass(frozen=True, eq=False)
class Picture:
    """One view's DRR at a pose, with its derivatives.

    Attributes:
        level: the view at the level asked for.
        images: (1, H, W).
        jacobians: (1, 6, H, W) by turns about the bone's centre (rad) and shifts (mm), this camera's axes.
        by_zoom: (1, 1, H, W) by the logarithm of the source-to-detector distance, the bone going along in depth so that it
            keeps its size: what is left is a change of perspective.
        depth_mm: of the bone's centre from the source.
    """

    level: LevelView
    images: torch.Tensor
    jacobians: torch.Tensor
    by_zoom: torch.Tensor
    depth_mm: float


@dataclass(frozen=True, eq=False)
class Cells:
    """One view in cells.

    Slopes are by turns about the bone's centre (rad), shifts (mm), and the logarithm of the source-to-detector distance, the
    bone going along on the first camera's axis: what of a change of that distance is no mere change of depth.

    Attributes:
        hessians: (C, 7, 7) Gauss-Newton matrices, first camera's axes.
        gradients: (C, 7) pulls, uphill.
        across: (C, 2, 2) and
        pulls: (C, 2), the same of shifts along this view's own x and y.
        energy: (C,) structure of the DRR.
        product: (C,) of DRR and X-ray.
        xray_energy: (C,) structure of the X-ray where the DRR has some.
        xray_total: structure of the whole X-ray.
        columns: cells in a row.
        even: (C,) bool, the white squares of the checkerboard.
        noise: weighted mean square of the residual.
    """

    hessians: np.ndarray
    gradients: np.ndarray
    across: np.ndarray
    pulls: np.ndarray
    energy: np.ndarray
    product: np.ndarray
    xray_energy: np.ndarray
    xray_total: float
    columns: int
    even: np.ndarray
    noise: float

    @property
    def agreement(self) -> np.ndarray:
        """(C,) correlation of DRR and X-ray in each cell, -1 to 1."""
        return self.product / np.sqrt(np.maximum(self.energy * self.xray_energy, 1e-12))

    def least_agreement(self, side: int, share: float) -> float:
        """Correlation in the worst square of ``side`` cells that holds at least ``share`` of the DRR's structure."""

        def blocks(values: np.ndarray) -> np.ndarray:
            total = np.pad(values.reshape(-1, self.columns), side - 1).cumsum(axis=0).cumsum(axis=1)
            total = np.pad(total, ((1, 0), (1, 0)))
            return total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]

        drr, xray, product = blocks(self.energy), blocks(self.xray_energy), blocks(self.product)
        large = drr >= share * self.energy.sum()
        correlation = product / np.sqrt(np.maximum(drr * xray, 1e-12))
        return float(correlation[large].min()) if large.any() else float(self.product.sum() > 0)

    @property
    def shifts_mm(self) -> np.ndarray:
        """(C, 2) by how much each cell's bone would have to move across the view to fit."""
        ridge = 0.05 * np.trace(self.across, axis1=1, axis2=2)[:, None, None] * np.eye(2) + 1e-9 * np.eye(2)
        return np.linalg.solve(self.across + ridge, self.pulls[..., None])[..., 0]


def pictures_of(problem: Problem, pose: Poses, level: Level = JUDGING_LEVEL) -> list[Picture]:
    """Each view's DRR at a pose of the first camera from RAS; an image with Jacobian and one more a view."""
    pictures = []
    for term in make_level_views(problem.views, problem.prepared, pose, level):
        in_view = pose.seen_from(term.camera_from_first)
        centers = in_view.centers(problem.limits.center_ras)
        images, jacobians = term.projector.render_with_jacobian(in_view.matrices, term.camera, centers)
        by_zoom = _by_zoom(term.camera, jacobians, centers)
        pictures.append(Picture(term, images, jacobians, by_zoom, float(centers[0, 2])))
    return pictures


def _by_zoom(camera: Camera, jacobians: torch.Tensor, centers: torch.Tensor) -> torch.Tensor:
    """Derivative (B, 1, H, W) by the logarithm of the source-to-detector distance, the bone going along in depth.

    A pixel's value depends on its ray alone, so a longer distance stretches the image about its principal point, and a turn
    of the bone about the source moves it likewise: with turns about x and y of derivatives a and b, a ray (x, y, 1) sees
    (x b - y a) / (1 + x^2 + y^2) of the stretch.

    Args:
        camera: of the image.
        jacobians: (B, 6, H, W) by turns about ``centers`` and shifts.
        centers: (B, 3) mm.
    """
    height, width = jacobians.shape[-2:]
    row, column = np.indices((height, width))
    rays = np.linalg.inv(camera.K) @ np.stack([column, row, np.ones_like(row)]).reshape(3, -1)
    x, y = torch.as_tensor(rays[:2] / rays[2], dtype=jacobians.dtype, device=jacobians.device).view(2, height, width)
    turns, shifts = jacobians.split(3, dim=1)
    cx, cy, cz = centers.to(jacobians)[..., None, None].unbind(1)
    about_x = turns[:, 0] - cz * shifts[:, 1] + cy * shifts[:, 2]
    about_y = turns[:, 1] + cz * shifts[:, 0] - cx * shifts[:, 2]
    stretched = (x * about_y - y * about_x) / (1 + x * x + y * y)
    return (cz * shifts[:, 2] + stretched)[:, None]


def cells_of(pictures: list[Picture]) -> list[Cells]:
    """Each view in cells."""
    return [_cells(picture, pictures[0].depth_mm) for picture in pictures]


def in_first_axes(picture: Picture, columns: torch.Tensor, depth_mm: float) -> torch.Tensor:
    """(7, H, W) derivatives by the first camera's turns and shifts and by the zoom along its axis.

    Args:
        picture: of the view.
        columns: (7, H, W) derivatives by this view's own turns and shifts and its own zoom.
        depth_mm: of the bone in the first view.
    """
    turn = picture.level.camera_from_first[:3, :3]
    shifts = torch.einsum("ij,ihw->jhw", turn, columns[3:6])
    zoom = columns[6] - picture.depth_mm * columns[5] + depth_mm * shifts[2]
    return torch.cat([torch.einsum("ij,ihw->jhw", turn, columns[:3]), shifts, zoom[None]])


def by_cell(images: torch.Tensor) -> torch.Tensor:
    """Images (N, H, W) cut into cells (C, N, P) of P pixels, row by row; 0 beyond the border."""
    count, height, width = images.shape
    rows, columns = -(-height // CELL_PX), -(-width // CELL_PX)
    padding = (0, columns * CELL_PX - width, 0, rows * CELL_PX - height)
    cut = functional.pad(images, padding).view(count, rows, CELL_PX, columns, CELL_PX)
    return cut.permute(1, 3, 0, 2, 4).reshape(rows * columns, count, CELL_PX**2)


def _cells(picture: Picture, depth_mm: float) -> Cells:
    term = picture.level
    pixels = normalize(term, picture.images, torch.cat([picture.jacobians, picture.by_zoom], dim=1))
    columns = pixels.needed_slopes[0].double()
    weight, residual, structure = (image[0].double() for image in (pixels.weight, pixels.residual, pixels.structure))
    drr, xray = (image[0].double() * structure for image in (pixels.drr, term.normalized))
    parts = [in_first_axes(picture, columns, depth_mm), columns[3:5], weight, residual, drr, xray]
    slopes, own, by_weight, left, drr, xray = by_cell(torch.cat(parts)).split([len(part) for part in parts], dim=1)
    weighted, own_weighted = slopes * by_weight, own * by_weight
    hessians, gradients, own_hessians, pulls, energy, product, xray_energy = (
        part.cpu().numpy()
        for part in (
            weighted @ slopes.mT,
            (weighted @ left.mT)[..., 0],
            own_weighted @ own.mT,
            (own_weighted @ left.mT)[..., 0],
            drr.square().sum((1, 2)),
            (drr * xray).sum((1, 2)),
            xray.square().sum((1, 2)),
        )
    )
    across = -(-columns.shape[-1] // CELL_PX)
    return Cells(
        hessians,
        gradients,
        own_hessians,
        pulls,
        energy,
        product,
        xray_energy,
        float((term.normalized.double() ** 2).sum()),
        across,
        np.add(*np.divmod(np.arange(len(slopes)), across)) % 2 == 0,
        float((weight * structure * residual**2).sum() / (weight * structure).sum().clamp_min(1e-6)),
    )


def solved(hessian: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """``hessian^-1 vectors`` with a slight ridge, in units that make the diagonal one."""
    scale = np.sqrt(np.maximum(np.diag(hessian), 1e-12))
    scaled = hessian / np.outer(scale, scale) + RIDGE * np.eye(len(hessian))
    return np.linalg.solve(scaled, vectors / scale[:, None]) / scale[:, None]


def sandwich(cells: list[Cells], free: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Covariance (N, N) of the free ones of the six degrees of freedom from how much the cells' pulls differ.

    Args:
        cells: of every view.
        free: indices.
        known: (6, 6) information of a prior, in units of the Hessians; zero where there is none. It adds to the curvature,
            and its own variance to that of the pulls.
    """
    known = known[np.ix_(free, free)]
    hessian = sum(view.hessians.sum(axis=0)[:6, :6] for view in cells)[np.ix_(free, free)] + known
    pulls = np.concatenate([view.gradients[:, free] for view in cells])
    pulls = pulls[np.abs(pulls).sum(axis=1) > 0]
    spread = pulls - pulls.mean(axis=0)
    noise = float(np.mean([view.noise for view in cells])) * JUDGING_LEVEL.window**2
    half = solved(hessian, spread.T @ spread * len(pulls) / max(len(pulls) - 1, 1) + known * noise)
    return solved(hessian, half.T)
