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

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.ladder import Scene
from RayEmbRegistrationLib.pose.levels import Rung, make_terms
from RayEmbRegistrationLib.pose.refinement import ViewTerm
from RayEmbRegistrationLib.pose.similarity import normalize

JUDGING_RUNG = Rung(192, 9, 0)
CELL_PX = 16
LENGTHENED = 0.004  # relative step of the source-to-detector distance for its derivative
RIDGE = 1e-4  # of the diagonal: keeps what an image does not show from running away


@dataclass(frozen=True, eq=False)
class Cells:
    """One view in cells; slopes are by turns about the bone's centre (rad), shifts (mm) and the focal length's logarithm.

    Attributes:
        hessians: (C, 7, 7) Gauss-Newton matrices, first camera's axes.
        gradients: (C, 7) pulls, uphill.
        across: (C, 2, 2) and
        pulls: (C, 2), the same of shifts along this view's own x and y.
        energy: (C,) structure of the DRR.
        product: (C,) of DRR and X-ray.
        xray_energy: (C,) structure of the X-ray where the DRR has some.
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
    even: np.ndarray
    noise: float

    @property
    def agreement(self) -> np.ndarray:
        """(C,) correlation of DRR and X-ray in each cell, -1 to 1."""
        return self.product / np.sqrt(np.maximum(self.energy * self.xray_energy, 1e-12))

    @property
    def shifts_mm(self) -> np.ndarray:
        """(C, 2) by how much each cell's bone would have to move across the view to fit."""
        ridge = 0.05 * np.trace(self.across, axis1=1, axis2=2)[:, None, None] * np.eye(2) + 1e-9 * np.eye(2)
        return np.linalg.solve(self.across + ridge, self.pulls[..., None])[..., 0]


def cells_of(scene: Scene, pose: torch.Tensor) -> list[Cells]:
    """Each view in cells, at a pose (4, 4) of the first camera from RAS."""
    poses = pose[None]
    return [_cells(term, scene, poses) for term in make_terms(scene.views, scene.prepared, poses, JUDGING_RUNG)]


def _cells(term: ViewTerm, scene: Scene, poses: torch.Tensor) -> Cells:
    center = torch.as_tensor(scene.limits.center_ras, dtype=torch.float64, device=poses.device)
    in_view = term.camera_from_first @ poses
    centers = in_view[:, :3, :3] @ center + in_view[:, :3, 3]
    camera = term.target.camera
    images, jacobians = term.projector.render_with_jacobian(in_view, camera, centers)
    longer = term.projector.render(in_view, lengthened(camera, term))
    by_focal = (longer - images)[:, None] / LENGTHENED
    pixels = normalize(term.target, images, torch.cat([jacobians, by_focal], dim=1))
    columns = pixels.slopes[0].double()
    turn = term.camera_from_first[:3, :3]
    slopes = torch.cat([turn.T @ columns[part].flatten(1) for part in (slice(0, 3), slice(3, 6))] + [columns[6:].flatten(1)])
    weight, residual = pixels.weight[0, 0].double().flatten(), pixels.residual[0, 0].double().flatten()
    rows, columns_count = camera.height, camera.width
    row, column = torch.meshgrid(torch.arange(rows) // CELL_PX, torch.arange(columns_count) // CELL_PX, indexing="ij")
    across = -(-columns_count // CELL_PX)
    number = (row * across + column).flatten().to(poses.device)
    count = int(number.max()) + 1

    def summed(values: torch.Tensor) -> np.ndarray:
        """(..., P) to (C, ...)."""
        total = values.new_zeros((*values.shape[:-1], count)).index_add_(-1, number, values)
        return total.movedim(-1, 0).cpu().numpy()

    own = columns[3:5].flatten(1)
    structure = pixels.structure[0, 0].double().flatten()
    drr, xray = (image[0, 0].double().flatten() * structure for image in (pixels.drr, term.target.normalized))
    return Cells(
        summed(slopes[:, None] * (slopes * weight)[None]),
        summed(slopes * (weight * residual)),
        summed(own[:, None] * (own * weight)[None]),
        summed(own * (weight * residual)),
        summed(drr * drr),
        summed(drr * xray),
        summed(xray * xray),
        np.add(*np.divmod(np.arange(count), across)) % 2 == 0,
        float((weight * structure * residual**2).sum() / (weight * structure).sum().clamp_min(1e-6)),
    )


def lengthened(camera: Camera, term: ViewTerm) -> Camera:
    """A crop's camera with the whole X-ray's focal length a little longer; its principal point stays."""
    whole = (term.field or camera).K
    # The crop's pixels are an affine map of the whole image's; the focal length changes before it.
    affine = camera.K @ np.linalg.inv(whole)
    longer = whole @ np.diag([1 + LENGTHENED, 1 + LENGTHENED, 1.0])
    return Camera(affine @ longer, camera.image_size, camera.pixel_spacing_mm, camera.source_to_detector_mm)


def solved(hessian: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """``hessian^-1 vectors`` with a slight ridge, in units that make the diagonal one."""
    scale = np.sqrt(np.maximum(np.diag(hessian), 1e-12))
    scaled = hessian / np.outer(scale, scale) + RIDGE * np.eye(len(hessian))
    return np.linalg.solve(scaled, vectors / scale[:, None]) / scale[:, None]


def sandwich(cells: list[Cells], free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Covariance (N, N) of the free ones of the seven parameters from how much the cells' pulls differ, and the step left.

    Args:
        cells: of every view.
        free: indices of the parameters.
    """
    chosen = np.ix_(free, free)
    hessian = sum(view.hessians.sum(axis=0) for view in cells)[chosen]
    gradient = sum(view.gradients.sum(axis=0) for view in cells)[free]
    pulls = np.concatenate([view.gradients[:, free] for view in cells])
    pulls = pulls[np.abs(pulls).sum(axis=1) > 0]
    spread = pulls - pulls.mean(axis=0)
    half = solved(hessian, spread.T @ spread * len(pulls) / max(len(pulls) - 1, 1))
    return solved(hessian, half.T), solved(hessian, gradient[:, None])[:, 0]
