"""A batch of rigid poses on a device: what is proposed, refined and judged together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import RigidTransform


@dataclass(frozen=True, eq=False)
class Poses:
    """B poses, from RAS to a camera; millimetres.

    Where they are worked with is decided once: tensors on the device (``matrices``) in what is rendered and refined, NumPy
    (``numpy``) and transforms (``rigid``) in what is decided about a few of them.

    Attributes:
        matrices: (B, 4, 4) float64.
    """

    matrices: torch.Tensor

    @classmethod
    def of(cls, poses: PoseLike | np.ndarray, device: torch.device | str | None = None) -> Poses:
        """From one pose or several: transforms, or matrices (4, 4) or (B, 4, 4); on their own device where None."""
        if isinstance(poses, Poses):
            return poses if device is None else poses.to(device)
        if isinstance(poses, RigidTransform):
            poses = poses.matrix
        elif not isinstance(poses, torch.Tensor | np.ndarray):
            poses = np.stack([pose.matrix for pose in poses]) if len(poses) else np.zeros((0, 4, 4))
        return cls(torch.as_tensor(poses, dtype=torch.float64, device=device).reshape(-1, 4, 4))

    @classmethod
    def none(cls) -> Poses:
        """No pose."""
        return cls(torch.zeros(0, 4, 4, dtype=torch.float64))

    @classmethod
    def joined(cls, parts: Sequence[Poses]) -> Poses:
        """One batch after the other."""
        return cls(torch.cat([part.matrices for part in parts]))

    def __len__(self) -> int:
        return len(self.matrices)

    def __getitem__(self, chosen: int | slice | torch.Tensor) -> Poses:
        """Some of them; a number gives a batch of one."""
        return Poses(self.matrices[chosen].reshape(-1, 4, 4))

    @property
    def device(self) -> torch.device:
        """Where they are."""
        return self.matrices.device

    def to(self, device: torch.device | str) -> Poses:
        """The same on another device."""
        return Poses(self.matrices.to(device))

    @cached_property
    def numpy(self) -> np.ndarray:
        """(B, 4, 4), copied from the device once."""
        matrices: np.ndarray = self.matrices.detach().cpu().numpy()
        return matrices

    @property
    def rigid(self) -> tuple[RigidTransform, ...]:
        """As transforms."""
        return tuple(RigidTransform.from_matrix(matrix) for matrix in self.numpy)

    def centers(self, point_ras: np.ndarray) -> torch.Tensor:
        """(B, 3) where a point (3,) in RAS lies in the camera's frame, mm."""
        point = torch.as_tensor(point_ras, dtype=torch.float64, device=self.device)
        return self.matrices[:, :3, :3] @ point + self.matrices[:, :3, 3]

    def seen_from(self, other_from_camera: torch.Tensor | np.ndarray) -> Poses:
        """From RAS to another camera, which is at (4, 4) from this one."""
        return Poses(torch.as_tensor(other_from_camera, dtype=torch.float64, device=self.device) @ self.matrices)

    def moved(self, motions: torch.Tensor) -> Poses:
        """After motions (B, 4, 4) in the camera's frame."""
        return Poses(motions @ self.matrices)

    def shifted(self, shifts_mm: torch.Tensor) -> Poses:
        """After shifts (B, 3) along the camera's axes."""
        matrices = self.matrices.clone()
        matrices[:, :3, 3] += shifts_mm
        return Poses(matrices)

    def where(self, chosen: torch.Tensor, other: Poses) -> Poses:
        """These where ``chosen`` (B,) says so, else the other's."""
        return Poses(torch.where(chosen.view(-1, 1, 1), self.matrices, other.matrices))


PoseLike = Poses | torch.Tensor | RigidTransform | Sequence[RigidTransform]
"""``camera_from_ras`` of B views, as every projector takes it: poses, a (B, 4, 4) or (4, 4) tensor, or transforms."""
