"""What every projector offers: line integrals of a volume for poses of a camera."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch

from RayEmbRegistrationLib.geometry import Camera

from .poses import PoseLike, Poses


@runtime_checkable
class Projector(Protocol):
    """Anything that renders digitally reconstructed radiographs."""

    def render(self, camera_from_ras: PoseLike, camera: Camera) -> torch.Tensor:
        """Line integrals (B, H, W), value times mm, differentiable with respect to poses given as a tensor."""
        ...


def poses_as_tensor(camera_from_ras: PoseLike, device: torch.device | str) -> torch.Tensor:
    """(B, 4, 4) tensor of poses; transforms become float64, a tensor keeps its type and its gradient."""
    if isinstance(camera_from_ras, torch.Tensor):
        poses = camera_from_ras.to(device)
        return poses[None] if poses.ndim == 2 else poses
    return Poses.of(camera_from_ras, device).matrices


def inverse_of_rigid(poses: torch.Tensor) -> torch.Tensor:
    """``ras_from_camera`` (B, 4, 4) of rigid poses (B, 4, 4), differentiable."""
    rotation = poses[:, :3, :3].transpose(1, 2)
    last_row = torch.tensor([[[0.0, 0, 0, 1]]], dtype=poses.dtype, device=poses.device).expand(len(poses), 1, 4)
    return torch.cat([torch.cat([rotation, -rotation @ poses[:, :3, 3:]], dim=2), last_row], dim=1)
