"""Many volumes on one grid, projected together: they share where rays cross slices, and the interpolation.

What is rendered so are columns of a linearised problem (how the image changes with each mode of a warp, of a shape, with
each label's share). The adjoint spreads images back into volumes.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem

from .interface import poses_as_tensor
from .joseph import _PERMUTATION, JosephProjector, _slice_coordinates
from .poses import PoseLike

_TAPS_PER_CHUNK = 400_000  # taps times channels worked on at once: stays within a core's cache; chosen
_GPU_TAPS_PER_CHUNK = 50_000_000  # chosen for memory: 200 MB


class ChannelProjector(JosephProjector):
    """Projects C volumes that share a grid; line by line the same as ``JosephProjector`` of each.

    Args:
        values: (C, K, J, I) tensor or array; zero is assumed outside.
        ras_from_ijk: (4, 4), as ``JosephProjector`` takes it.
        device: where to work.
        dtype: float32, or float64 for tests.

    Raises:
        InputProblem: not four dimensions.
    """

    def __init__(
        self,
        values: torch.Tensor | np.ndarray,
        ras_from_ijk: np.ndarray,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        values = torch.as_tensor(values)
        if values.ndim != 4:
            raise InputProblem(f"volumes on one grid need four dimensions, not {values.ndim}")
        self.channels = values.to(device=device, dtype=dtype)
        self.values = self.channels[0].detach()  # of which the shared geometry takes the size and the type
        self.ras_from_ijk = np.array(ras_from_ijk, dtype=np.float64)
        self._ijk_from_ras = torch.as_tensor(np.linalg.inv(self.ras_from_ijk), device=device, dtype=torch.float64)
        self._channel_stacks: dict[int, torch.Tensor] = {}

    def render(self, camera_from_ras: PoseLike, camera: Camera) -> torch.Tensor:
        """Line integrals (B, C, H, W), differentiable with respect to ``values``, not to the poses.

        Args:
            camera_from_ras: (B, 4, 4) or (4, 4) tensor, or transforms.
            camera: the camera all of them share.
        """
        poses = poses_as_tensor(camera_from_ras, self.device)
        flat = self.render_rays(poses, self._directions(camera))
        return flat.view(len(poses), -1, camera.height, camera.width)

    def render_rays(self, poses: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        """Line integrals (B, C, P) along camera-frame directions (P, 3)."""
        with torch.no_grad():
            sources, directions_ijk, lengths = self._rays(poses, directions)
        result = lengths.new_zeros((len(poses), len(self.channels), directions_ijk.shape[1]))
        for axis, members, first, last in self._groups(sources, directions_ijk):
            base, increment, slope = _slice_coordinates(sources[members], directions_ijk[members], axis)
            stack = self._channel_stack(axis)[first:last]
            sums = _ChannelSums.apply(stack, base.reshape(-1, 2), increment.reshape(-1, 2), first)
            step = lengths[members] / slope.abs()
            own = sums.view(len(self.channels), len(members), -1).transpose(0, 1) * step[:, None]
            result = result.index_put((members,), own)
        return result

    def back_project(self, images: torch.Tensor, camera_from_ras: PoseLike, camera: Camera) -> torch.Tensor:
        """The adjoint: volumes (C, K, J, I) to which every pixel of images (B, C, H, W) gives along its ray.

        The scalar product of ``render`` with images equals that of the volumes with this.
        """
        poses = poses_as_tensor(camera_from_ras, self.device)
        with torch.enable_grad():
            free = ChannelProjector(
                self.channels.detach().requires_grad_(True), self.ras_from_ijk, self.device, images.dtype
            )
            (spread,) = torch.autograd.grad(free.render(poses, camera), free.channels, images)
        return spread

    def _channel_stack(self, axis: int) -> torch.Tensor:
        """(N, C, H, W) slices along an axis; kept, unless gradients with respect to the values are wanted."""
        order = tuple(1 + n for n in _PERMUTATION[axis])
        if self.channels.requires_grad:
            return self.channels.permute(order[0], 0, *order[1:]).contiguous()
        if axis not in self._channel_stacks:
            self._channel_stacks[axis] = self.channels.permute(order[0], 0, *order[1:]).contiguous()
        return self._channel_stacks[axis]


class _Saved(torch.autograd.function.FunctionCtx):
    """What the forward pass leaves to the backward pass."""

    first: int
    saved_tensors: tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class _ChannelSums(torch.autograd.Function):
    """Sums (C, P) of bilinear taps through a stack (N, C, H, W), differentiable with respect to the stack."""

    @staticmethod
    def forward(ctx: _Saved, stack: torch.Tensor, base: torch.Tensor, increment: torch.Tensor, first: int) -> torch.Tensor:
        """Sums along the rays ``base + n * increment`` (P, 2)."""
        ctx.save_for_backward(stack, base, increment)
        ctx.first = first
        sums = base.new_zeros((stack.shape[1], len(base)))
        chosen = _meeting(stack, base, increment, first)
        for rays in _split(stack, chosen):
            grid = _places(stack, base[rays], increment[rays], first)
            taps = functional.grid_sample(stack, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
            sums[:, rays] = taps.sum(dim=(0, 2))
        return sums

    @staticmethod
    def backward(ctx: _Saved, grad_sums: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Chain rule to the slices."""
        stack, base, increment = ctx.saved_tensors
        spread = torch.zeros_like(stack)
        for rays in _split(stack, _meeting(stack, base, increment, ctx.first)):
            grid = _places(stack, base[rays], increment[rays], ctx.first)
            grad = grad_sums[None, :, None, rays].expand(len(stack), -1, -1, -1).contiguous()
            spread += torch.ops.aten.grid_sampler_2d_backward(grad, stack, grid, 0, 0, False, [True, False])[0]
        return spread, None, None, None


def _meeting(stack: torch.Tensor, base: torch.Tensor, increment: torch.Tensor, first: int) -> torch.Tensor:
    """Numbers of the rays that come near the stack's box."""
    enter, leave = base + first * increment, base + (first + stack.shape[0] - 1) * increment
    size = base.new_tensor([stack.shape[-1], stack.shape[-2]])
    near = (torch.maximum(enter, leave) > -1) & (torch.minimum(enter, leave) < size)
    return torch.nonzero(near[:, 0] & near[:, 1])[:, 0]


def _split(stack: torch.Tensor, rays: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Rays in parts whose taps fit into memory that is near."""
    most = _TAPS_PER_CHUNK if stack.device.type == "cpu" else _GPU_TAPS_PER_CHUNK
    return rays.split(max(64, most // (stack.shape[0] * stack.shape[1])))


def _places(stack: torch.Tensor, base: torch.Tensor, increment: torch.Tensor, first: int) -> torch.Tensor:
    """(N, 1, P, 2) where rays cross the slices, in grid_sample's coordinates."""
    scale = stack.new_tensor([2.0 / stack.shape[-1], 2.0 / stack.shape[-2]])
    numbers = torch.arange(first, first + len(stack), dtype=stack.dtype, device=stack.device)
    start = ((base + 0.5) * scale - 1)[None, None]
    return torch.addcmul(start, numbers[:, None, None, None], (increment * scale)[None, None])
