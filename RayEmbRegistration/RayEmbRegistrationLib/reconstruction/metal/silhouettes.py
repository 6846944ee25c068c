"""Silhouettes of a body beside shadows: how far they overlap, and the steps that bring them over each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.alignment.refinement import motion

from .hull import Outline

_HALF = 0.5  # of a silhouette, from which it covers a pixel; chosen
_LONGEST_MM = 20.0  # a step; chosen
_SETTLED_MM = 0.005  # a step that moves nothing farther is the last; chosen
_TURN_MM = 60.0  # of a radian, in the ridge of a step; chosen: some half an implant
_EDGE_PX = 3.5
"""Pixels along an edge that are one comparison: the detector's blur and the shadow's own steps are alike over so many.
Chosen so that errors are of the size that is said; test_implant_metal.py has their ratio."""


@dataclass(frozen=True)
class Level:
    """How closely shadows are looked at.

    Attributes:
        side: larger side of the image, px.
        soft: of a silhouette's edge, in pixels at the implant.
        doubt: residual of a silhouette (0 to 1) from which a pixel counts for half; gaps and strangers are 1.
        steps: at most.
        keep: poses that go on.
    """

    side: int
    soft: float
    doubt: float
    steps: int
    keep: int


@dataclass(frozen=True, eq=False)
class Term:
    """A shadow at a level.

    Attributes:
        mask: (H, W) 0 to 1, how much of a pixel is in shadow.
        weight: (H, W) 0 to 1, how much of it tells.
        camera: of this size.
        camera_from_ras: (4, 4).
    """

    mask: torch.Tensor
    weight: torch.Tensor
    camera: Camera
    camera_from_ras: torch.Tensor


@dataclass(frozen=True, eq=False)
class Silhouettes:
    """A body of one volume.

    Attributes:
        projector: of the share of each voxel that it fills.
        center: (3,) mm in its own frame, about which it turns.
    """

    projector: JosephProjector
    center: np.ndarray

    def _paths(self, poses: torch.Tensor, term: Term) -> torch.Tensor:
        return self.projector.render(term.camera_from_ras @ poses, term.camera)

    def overlaps(self, poses: torch.Tensor, terms: Sequence[Term]) -> torch.Tensor:
        """(B, V) Dice of silhouettes and shadows."""
        found = []
        for term in terms:
            own = (self._paths(poses, term) > _HALF * float(self.projector.ras_from_ijk[0, 0])).float() * term.weight
            seen = term.mask * term.weight
            found.append(2 * (own * seen).sum(dim=(1, 2)) / (own.sum(dim=(1, 2)) + seen.sum()).clamp_min(1e-6))
        return torch.stack(found, dim=1)

    def _cost(
        self, poses: torch.Tensor, terms: Sequence[Term], edge: float, doubt: float
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Robust cost (B,), its gradient (B, 6) and Gauss-Newton matrix (B, 6, 6), by motions about its middle."""
        count = len(poses)
        cost, gradient, matrix = (torch.zeros(count, *size, dtype=torch.float64) for size in ((), (6,), (6, 6)))
        center = torch.as_tensor(np.append(self.center, 1.0))
        for term in terms:
            seen = term.camera_from_ras @ poses
            paths, slopes = self.projector.render_with_jacobian(seen, term.camera, (seen @ center)[:, :3])
            left = torch.exp(-paths / edge)
            residual = (1 - left - term.mask).flatten(1).double()
            weight = term.weight.flatten().double()
            turn = term.camera_from_ras[:3, :3].double()
            columns = (slopes * (left / edge)[:, None]).flatten(2).double()
            columns = torch.cat([turn.T @ columns[:, :3], turn.T @ columns[:, 3:]], dim=1)
            squares = residual.square()
            cost += (weight * squares / (squares + doubt**2)).sum(dim=1)
            robust = weight * doubt**2 / (squares + doubt**2).square()
            gradient += (columns * (robust * residual)[:, None]).sum(dim=2)
            matrix += (columns * robust[:, None]) @ columns.transpose(1, 2)
        return cost, gradient, matrix

    def refined(self, poses: torch.Tensor, terms: Sequence[Term], level: Level) -> tuple[torch.Tensor, torch.Tensor]:
        """Levenberg-Marquardt of many poses at once; poses, best first, and their inverse covariances (B, 6, 6)."""
        edge = level.soft * _pixel_mm(terms[0], poses, self.center)
        cost, gradient, matrix = self._cost(poses, terms, edge, level.doubt)
        damping = torch.full_like(cost, 0.01)
        scale = torch.tensor([_TURN_MM**2] * 3 + [1.0] * 3, dtype=torch.float64)
        middle = torch.as_tensor(np.append(self.center, 1.0))
        moving = torch.ones_like(cost, dtype=torch.bool)
        for _ in range(level.steps):
            size = torch.diagonal(matrix, dim1=1, dim2=2)[:, 3:].mean(dim=1).clamp_min(1e-9)
            ridge = torch.diag_embed(damping[:, None] * size[:, None] * scale)
            step = torch.nan_to_num(-torch.linalg.solve_ex(matrix + ridge, gradient[..., None])[0][..., 0])
            longest = (step.abs() * scale.sqrt()).amax(dim=1)
            step = step * (_LONGEST_MM / longest.clamp_min(_LONGEST_MM))[:, None]
            moving &= longest > _SETTLED_MM
            if not moving.any():
                break
            where = moving.nonzero()[:, 0]
            tried = motion(step[where], (poses[where] @ middle)[:, :3]) @ poses[where]
            found = self._cost(tried, terms, edge, level.doubt)
            better = found[0] < cost[where]
            to = where[better]
            poses, cost, gradient, matrix = (
                old.index_put((to,), new[better])
                for old, new in zip((poses, cost, gradient, matrix), (tried, *found), strict=True)
            )
            damping[where] = torch.where(better, damping[where] * 0.2, damping[where] * 8).clamp(1e-6, 1e4)
        order = torch.argsort(cost)
        return poses[order], matrix[order] / _EDGE_PX**2


def term_of(outline: Outline, side: int) -> Term:
    """A shadow at a level's size: how much of each pixel it covers, and how much of it tells."""
    scale = min(1.0, side / max(outline.camera.image_size))
    size = round(outline.camera.width * scale), round(outline.camera.height * scale)
    covered = np.clip(outline.inside_px + 0.5, 0, 1) * outline.usable
    used, mask = (
        functional.interpolate(torch.as_tensor(values, dtype=torch.float32)[None, None], size[::-1], mode="area")[0, 0]
        for values in (outline.usable.astype(np.float32), covered)
    )
    mask = torch.where(used > 0.01, mask / used.clamp_min(0.01), mask.new_zeros(()))
    return Term(mask, used, outline.camera.resample(*size), torch.as_tensor(outline.camera_from_ras, dtype=torch.float64))


def _pixel_mm(term: Term, poses: torch.Tensor, center: np.ndarray) -> float:
    """Size of a pixel where the implant is."""
    depth = float((term.camera_from_ras @ poses[0] @ torch.as_tensor(np.append(center, 1.0)))[2])
    return depth / float(np.sqrt(abs(np.linalg.det(term.camera.K[:2, :2]))))
