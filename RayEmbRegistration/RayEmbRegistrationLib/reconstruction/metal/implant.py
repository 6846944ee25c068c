"""A known implant fitted to its shadows: six numbers, from starts along the hull's pieces, by all X-rays together.

Its silhouette is soft at its edges, 1 - exp(-path / edge), so that Gauss-Newton knows where to move it; the projector has
the exact derivatives of the path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.bodies.implant import Implant
from RayEmbRegistrationLib.bodies.surface import Surface
from RayEmbRegistrationLib.bodies.voxels import AIR_HU, volume_of_surface
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.refinement import motion

from .hull import Outline, Piece
from .silhouettes import Level, Silhouettes, Term, term_of

TURNS = 12  # about its long axis that are tried, each with both ends ahead; chosen: 30 degrees apart
_ANYWHERE = 24  # turns of any kind that are tried, too, for what has no long axis; chosen
_STARTS = 20  # of all, those whose silhouettes overlap most, that are moved; chosen: of right ones none was later than tenth
_NEARBY_DEG = 25.0  # by which the best are turned about each axis and tried again; chosen: steps mend half of that at least
_AGAIN = 4  # of the best, that are; chosen for time


# Chosen: of four ways tried on a stem, a nail and a plate in two views, the one that misses none; what is fitted far off
# must not doubt its residuals, what is fitted closely must.
_LEVELS = (
    Level(64, 2.0, 1.5, 20, 8),
    Level(128, 1.5, 1.0, 12, 3),
    Level(256, 1.0, 0.5, 12, 1),
    Level(384, 0.5, 0.5, 12, 1),
)
_VOXELS = (48, 128)  # along the implant's longest side, at the first level and after it; chosen
_FINEST_MM = 0.4  # of a voxel; chosen: half a pixel of a detector of 512 at the patient
_UNKNOWN_RAD, _UNKNOWN_MM = 2.0, 1000.0  # of what no X-ray holds; chosen
_LOOKS_DEG = (-150, -120, -90, -60, -30, 30, 60, 90, 120, 150, 180)  # about its long axis; chosen
_AS_WELL = 0.02  # of overlap, by which two poses fit alike; chosen: of right poses two views differ by as much
_EVERY = 4  # of a model's points one in so many is looked at; chosen for time
_SAME_DEG, _SAME_MM = 8.0, 4.0  # poses nearer than that are one; chosen


@dataclass(frozen=True, eq=False)
class Fit:
    """An implant at a pose.

    Attributes:
        pose: RAS from the implant's own frame.
        overlaps: (V,) Dice of its silhouette and each shadow, of pixels that tell.
        covariance: (6, 6) of a motion about its middle in RAS axes: rad, mm.
        expected_mm: error of its points to expect, root mean square.
        turned_deg: by which it may be turned about its long axis and fits as well; 0 where it may not.
        reversed_alike: whether it fits as well the other way round.
    """

    pose: RigidTransform
    overlaps: np.ndarray
    covariance: np.ndarray
    expected_mm: float
    turned_deg: float
    reversed_alike: bool

    @property
    def overlap(self) -> float:
        """The middle of them."""
        return float(np.median(self.overlaps))


class ImplantFitter:
    """Fits one implant, whose volumes are made once.

    Args:
        implant: what is fitted.
    """

    def __init__(self, implant: Implant) -> None:
        self.implant = implant
        surface = implant.surface
        self.center = self.center_of(surface)
        self._bodies = []
        for voxels in _VOXELS:
            volume = volume_of_surface(surface, implant.material, max(surface.extent_mm / voxels, _FINEST_MM))
            full = implant.material.hounsfield() - AIR_HU
            shares = torch.as_tensor((volume.hu - AIR_HU) / np.float32(full))
            self._bodies.append(Silhouettes(JosephProjector(shares, volume.ras_from_ijk), self.center))
        own = surface.points - self.center
        self._axes = np.linalg.eigh(own.T @ own)[1][:, ::-1]  # longest first
        self._axes[:, 2] = np.cross(self._axes[:, 0], self._axes[:, 1])

    @staticmethod
    def center_of(surface: Surface) -> np.ndarray:
        """(3,) the middle of its volume."""
        a, b, c = (surface.points[surface.faces[:, corner]] for corner in range(3))
        volumes = np.einsum("ij,ij->i", a, np.cross(b, c))
        middle: np.ndarray = (volumes[:, None] * (a + b + c)).sum(axis=0) / (4 * volumes.sum())
        return middle

    def fit(
        self, outlines: Sequence[Outline], pieces: Sequence[Piece], near: RigidTransform | None = None, closely: bool = True
    ) -> Fit | None:
        """The pose whose silhouettes are most like the shadows; None without a piece to start from.

        Args:
            outlines: the shadows; pixels that tell nothing are left out by them.
            pieces: of their hull, largest first.
            near: a pose to begin from, turned to either side about each axis; along the pieces where None.
            closely: as the shadows allow, or as far as a gate looks.
        """
        if not pieces:
            return None
        terms, body = [], self._bodies[0]
        if near is None:
            poses = self._starts(pieces, np.random.default_rng(0))
        else:
            begun = torch.as_tensor(near.matrix)[None]
            poses = torch.cat([begun, self._nearby(begun)])
        matrices = torch.zeros(0, 6, 6, dtype=torch.float64)
        for number, level in enumerate(_LEVELS if closely else _LEVELS[:-1]):
            body = self._bodies[min(number, 1)]
            terms = [term_of(outline, level.side) for outline in outlines]
            if number == 0:
                likely = torch.argsort(body.overlaps(poses, terms).mean(dim=1), descending=True)
                poses = poses[likely[:_STARTS]]
            poses, matrices = body.refined(poses, terms, level)
            if number == 0 and near is None:
                again = self._nearby(poses[self._distinct(poses, _AGAIN)])
                poses, matrices = body.refined(torch.cat([poses[: level.keep], again]), terms, level)
            kept = self._distinct(poses, level.keep)
            poses, matrices = poses[kept], matrices[kept]
        best = poses[:1]
        overlaps = body.overlaps(best, terms)[0]
        # What no X-ray holds is known to some half a turn and a metre.
        ridge = torch.diag(torch.tensor([_UNKNOWN_RAD**-2] * 3 + [_UNKNOWN_MM**-2] * 3, dtype=torch.float64))
        covariance = torch.linalg.inv(matrices[0] + ridge).numpy()
        pose = RigidTransform.from_matrix(best[0].numpy())
        turned, is_reversed = self._alike(body, best[0], terms, float(overlaps.mean()))
        return Fit(pose, overlaps.numpy(), covariance, self._expected_mm(pose, covariance), turned, is_reversed)

    def _alike(self, body: Silhouettes, pose: torch.Tensor, terms: Sequence[Term], best: float) -> tuple[float, bool]:
        """The largest turn (degrees) about its long axis that fits as well, and whether it does the other way round."""
        axes = pose[:3, :3] @ torch.as_tensor(self._axes.copy())
        turns = [np.radians(degrees) * axes[:, 0] for degrees in _LOOKS_DEG] + [np.pi * axes[:, 1], np.pi * axes[:, 2]]
        steps = torch.cat([torch.stack(turns), torch.zeros(len(turns), 3, dtype=torch.float64)], dim=1)
        middle = (pose @ torch.as_tensor(np.append(self.center, 1.0)))[:3]
        found = body.overlaps(motion(steps, middle.expand(len(turns), 3)) @ pose, terms).mean(dim=1)
        alike = (found > best - _AS_WELL).tolist()
        fitting = [abs(degrees) for degrees, fits in zip(_LOOKS_DEG, alike, strict=False) if fits]
        return max(fitting, default=0.0), any(alike[len(_LOOKS_DEG) :])

    def _expected_mm(self, pose: RigidTransform, covariance: np.ndarray) -> float:
        """Root mean square over its points."""
        x, y, z = (pose.rotation @ (self.implant.surface.points - self.center).T)[:, ::_EVERY]
        zero = np.zeros_like(x)
        arms = np.stack([zero, z, -y, -z, zero, x, y, -x, zero], axis=1).reshape(-1, 3, 3)
        slopes = np.concatenate([arms, np.broadcast_to(np.eye(3), arms.shape)], axis=2)
        return float(np.sqrt(np.einsum("nai,ij,naj->n", slopes, covariance, slopes).mean()))

    def _starts(self, pieces: Sequence[Piece], rng: np.random.Generator) -> torch.Tensor:
        """(B, 4, 4) RAS from the implant: along each piece's axis either way round, turned about it, and any way."""
        found = []
        clouds = [(piece.points_ras, piece.shares) for piece in pieces]
        if len(pieces) > 1:  # dense bone may have cut one body's hull into pieces
            clouds.append((np.concatenate([p.points_ras for p in pieces]), np.concatenate([p.shares for p in pieces])))
        for points, weights in clouds:
            middle = np.average(points, axis=0, weights=weights)
            own = points - middle
            axes = np.linalg.eigh((own * weights[:, None]).T @ own)[1][:, ::-1].copy()
            axes[:, 2] = np.cross(axes[:, 0], axes[:, 1])
            turns = []
            for way in (1.0, -1.0):
                for angle in 2 * np.pi * np.arange(TURNS) / TURNS:
                    about = RigidTransform.from_rotation_vector((angle, 0, 0)).rotation @ np.diag([way, way, 1.0])
                    turns.append(axes @ about @ self._axes.T)
            quaternions = rng.normal(size=(_ANYWHERE, 4))
            turns += [_rotation(q / np.linalg.norm(q)) for q in quaternions]
            for turn in turns:
                matrix = np.eye(4)
                matrix[:3, :3] = turn
                matrix[:3, 3] = middle - turn @ self.center
                found.append(matrix)
        return torch.as_tensor(np.array(found))

    def _nearby(self, poses: torch.Tensor) -> torch.Tensor:
        """Poses turned about each axis to either side."""
        middle = torch.as_tensor(np.append(self.center, 1.0))
        steps = torch.zeros(6, 6, dtype=torch.float64)
        steps[:3, :3], steps[3:, :3] = np.radians(_NEARBY_DEG) * torch.eye(3), -np.radians(_NEARBY_DEG) * torch.eye(3)
        return torch.cat([motion(steps, (pose @ middle)[:3].expand(6, 3)) @ pose for pose in poses])

    def _distinct(self, poses: torch.Tensor, most: int) -> torch.Tensor:
        """Numbers of poses that are not one another's, from the first on."""
        kept: list[int] = []
        matrices = poses.numpy()
        for number, one in enumerate(matrices):
            near = [
                np.degrees(np.arccos(np.clip((np.trace(one[:3, :3].T @ matrices[other][:3, :3]) - 1) / 2, -1, 1)))
                < _SAME_DEG
                and np.linalg.norm((one - matrices[other]) @ np.append(self.center, 1.0)) < _SAME_MM
                for other in kept
            ]
            if not any(near):
                kept.append(number)
            if len(kept) == most:
                break
        return torch.tensor(kept)


def _rotation(quaternion: np.ndarray) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    matrix: np.ndarray = Rotation.from_quat(quaternion).as_matrix()
    return matrix
