"""Where rays enter a volume's bone for the first time and leave it for the last: what an X-ray looks through."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.geometry import Camera, RigidTransform

# Attenuation above soft tissue from which a voxel is bone, 1/mm; chosen: trabecular bone of about 200 HU.
BONE_FROM = 0.006
STEP_SHARE = 0.7  # of a voxel, between looks along a ray; chosen: no voxel is passed by along its diagonal by much
CHUNK = 4_000_000  # looks at once; chosen for memory, 100 MB


class Solid:
    """The bone of a volume as a block of yes and no.

    Args:
        values: (K, J, I) attenuation above soft tissue, 1/mm.
        ras_from_ijk: (4, 4), voxel centres at integers, mm.
        least: attenuation of bone, 1/mm.
    """

    def __init__(self, values: torch.Tensor, ras_from_ijk: np.ndarray, least: float = BONE_FROM) -> None:
        # A border of nothing, so that looks beyond the block find nothing by being clamped to it.
        self._filled = functional.pad(values > least, (1, 1, 1, 1, 1, 1))
        self._ijk_from_ras = np.linalg.inv(ras_from_ijk)
        self._step_mm = STEP_SHARE * float(np.linalg.norm(ras_from_ijk[:3, :3], axis=0).min())
        size = np.array(values.shape[::-1])
        corners = np.stack(np.meshgrid(*[(-0.5, n - 0.5) for n in size], indexing="ij"), axis=-1).reshape(-1, 3)
        self._corners_ras = corners @ ras_from_ijk[:3, :3].T + ras_from_ijk[:3, 3]

    def depths(self, camera_from_ras: RigidTransform, camera: Camera) -> tuple[torch.Tensor, torch.Tensor]:
        """(H, W) depths along the optical axis, mm, of the first and the last bone on each pixel's ray.

        Infinite and minus infinite where there is none.
        """
        device = self._filled.device
        inside = camera_from_ras.apply(self._corners_ras)[:, 2]
        first, last = max(1.0, float(inside.min())), max(2.0, float(inside.max()))
        depths = torch.arange(first, last + self._step_mm, self._step_mm, device=device)
        columns, rows = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
        rays = camera.back_project(np.stack([columns, rows], axis=-1).reshape(-1, 2))
        ras_from_camera = camera_from_ras.inverse().matrix
        affine = self._ijk_from_ras @ ras_from_camera
        # One more for the border.
        origin = torch.as_tensor(affine[:3, 3] + 1, dtype=torch.float32, device=device)
        along = torch.as_tensor(rays @ affine[:3, :3].T, dtype=torch.float32, device=device)
        entry = torch.full((len(along),), torch.inf, device=device)
        leaving = torch.full((len(along),), -torch.inf, device=device)
        length = max(1, CHUNK // len(depths))
        for start in range(0, len(along), length):
            part = slice(start, start + length)
            filled = self._looked_at(origin, along[part], depths)
            known = torch.where(filled, depths, torch.inf)
            entry[part] = known.amin(dim=1)
            leaving[part] = torch.where(filled, depths, -torch.inf).amax(dim=1)
        shape = (camera.height, camera.width)
        return entry.view(shape), leaving.view(shape)

    def _looked_at(self, origin: torch.Tensor, along: torch.Tensor, depths: torch.Tensor) -> torch.Tensor:
        """(P, N) whether rays (P, 3) are in bone at depths (N,)."""
        index = None
        for axis, count in zip((2, 1, 0), self._filled.shape, strict=True):
            place = torch.addcmul(origin[axis], along[:, axis, None], depths[None]).round_().clamp_(0, count - 1).long()
            index = place if index is None else index.mul_(count).add_(place)
        return self._filled.flatten()[index]
