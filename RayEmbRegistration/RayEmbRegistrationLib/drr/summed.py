"""Line integrals of two volumes together, each on a grid of its own: bone as it is, and what lies around it, coarser."""

from __future__ import annotations

import torch

from RayEmbRegistrationLib.geometry import Camera

from .joseph import JosephProjector
from .poses import PoseLike


class SummedProjector(JosephProjector):
    """Projects two volumes that move as one; the grid and the values that it shows are the first one's.

    Args:
        first, second: their projectors, on one device.
    """

    def __init__(self, first: JosephProjector, second: JosephProjector) -> None:
        super().__init__(first.values, first.ras_from_ijk, first.device, first.values.dtype)
        self._parts = (first, second)

    def render(self, camera_from_ras: PoseLike, camera: Camera) -> torch.Tensor:
        """As ``JosephProjector.render``."""
        first, second = (part.render(camera_from_ras, camera) for part in self._parts)
        return first + second

    def render_rays(self, poses: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        """As ``JosephProjector.render_rays``."""
        first, second = (part.render_rays(poses, directions) for part in self._parts)
        return first + second

    def render_with_jacobian(
        self, poses: torch.Tensor, camera: Camera, centers: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """As ``JosephProjector.render_with_jacobian``."""
        first, second = (part.render_with_jacobian(poses, camera, centers) for part in self._parts)
        return first[0] + second[0], first[1] + second[1]
