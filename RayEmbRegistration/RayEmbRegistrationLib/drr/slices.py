"""The kernel of the projector: bilinear taps along straight lines through a stack of slices, summed.

A ray crosses slice n of a stack at ``base + n * increment`` (Joseph's method, IEEE TMI 1(3), 1982: one interpolation a
slice along the axis that the ray runs along most). Bilinear 2D interpolation is vectorised in torch on every device and
trilinear 3D interpolation is not, which makes this an order of magnitude faster than marching.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.geometry import Camera

from .compiling import kernels, shared_out

SAMPLES_PER_CHUNK = 200_000
"""Taps worked on at once by each thread: what they need (20 bytes a tap) then stays within a core's cache."""

_GPU_SAMPLES_PER_CHUNK = 25_000_000  # chosen for memory: 500 MB at 20 bytes a tap


def _chunks(stack: torch.Tensor, count: int) -> Iterator[slice]:
    samples = SAMPLES_PER_CHUNK * torch.get_num_threads() if stack.device.type == "cpu" else _GPU_SAMPLES_PER_CHUNK
    length = max(256, samples // max(1, stack.shape[0]))
    return (slice(start, start + length) for start in range(0, count, length))


def _numbers(stack: torch.Tensor, first: int) -> torch.Tensor:
    return torch.arange(first, first + stack.shape[0], dtype=stack.dtype, device=stack.device)


def _scale(stack: torch.Tensor) -> torch.Tensor:
    """Normalised coordinates a voxel, (x, y); voxel edges, not centres, lie at -1 and 1: a single voxel has a width."""
    return stack.new_tensor([2.0 / stack.shape[-1], 2.0 / stack.shape[-2]])


def _grid(stack: torch.Tensor, base: torch.Tensor, increment: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """(N, 1, P, 2) positions, normalised."""
    scale = _scale(stack)
    return torch.addcmul(
        ((base + 0.5) * scale - 1)[None, None], numbers[:, None, None, None], (increment * scale)[None, None]
    )


def _sample(stack: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    return functional.grid_sample(stack, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _tap_gradients(
    stack: torch.Tensor, grid: torch.Tensor, grad_taps: torch.Tensor, for_stack: bool, for_grid: bool
) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Exact derivative of the interpolant: with respect to the slices and to the normalised positions, where wanted."""
    return torch.ops.aten.grid_sampler_2d_backward(grad_taps, stack, grid, 0, 0, False, [for_stack, for_grid])


def _place_gradients(stack: torch.Tensor, grid: torch.Tensor, grad_taps: torch.Tensor) -> torch.Tensor:
    """The same with respect to the normalised positions alone."""
    return torch.ops.aten.grid_sampler_2d_backward(grad_taps, stack, grid, 0, 0, False, [False, True])[1]


def _ray_gradients(stack: torch.Tensor, per_tap: torch.Tensor, numbers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Derivatives with respect to base and increment (P, 2), per voxel, from those of the taps (N, 1, P, 2)."""
    weights = torch.stack([torch.ones_like(numbers), numbers])
    totals = (weights @ per_tap.flatten(1)).view(2, -1, 2) * _scale(stack)
    return totals[0], totals[1]


def _rays_that_meet(stack: torch.Tensor, base: torch.Tensor, increment: torch.Tensor, first: int) -> torch.Tensor | None:
    """Numbers of the rays that come near the stack's box; None where nearly all do, as choosing would cost more."""
    enter, leave = base + first * increment, base + (first + stack.shape[0] - 1) * increment
    size = base.new_tensor([stack.shape[-1], stack.shape[-2]])
    near = (torch.maximum(enter, leave) > -1) & (torch.minimum(enter, leave) < size)
    chosen = torch.nonzero(near[:, 0] & near[:, 1])[:, 0]  # many times as fast as all(dim=1)
    return None if len(chosen) > 0.9 * len(base) else chosen


def sums_with_gradient(
    stack: torch.Tensor, base: torch.Tensor, increment: torch.Tensor, first: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sums along rays and their exact derivatives.

    Args:
        stack: (N, 1, H, W) slices.
        base: (P, 2) position (x, y) of each ray in voxels where the slice number is 0.
        increment: (P, 2) its change from slice to slice.
        first: number of the stack's first slice.

    Returns:
        sums (P,), their derivative with respect to ``base`` (P, 2) and to ``increment`` (P, 2).
    """
    chosen = _rays_that_meet(stack, base, increment, first)
    results = base.new_zeros(len(base)), torch.zeros_like(base), torch.zeros_like(base)
    parts = results
    if chosen is not None:
        base, increment = base[chosen], increment[chosen]
        parts = base.new_zeros(len(base)), torch.zeros_like(base), torch.zeros_like(base)
    numbers = _numbers(stack, first)
    for rays in _chunks(stack, len(base)):
        grid = _grid(stack, base[rays], increment[rays], numbers)
        taps = _sample(stack, grid)
        parts[0][rays] = taps.sum(dim=(0, 1, 2))
        per_tap = _place_gradients(stack, grid, taps.fill_(1))
        parts[1][rays], parts[2][rays] = _ray_gradients(stack, per_tap, numbers)
    if chosen is not None:
        for result, part in zip(results, parts, strict=True):
            result[chosen] = part
    return results


def compiled_sums(
    stack: torch.Tensor, base: torch.Tensor, increment: torch.Tensor, first: int, table: np.ndarray
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What ``sums_with_gradient`` gives, by compiled loops."""
    compiled = kernels()
    if compiled is None:
        raise RuntimeError("numba is missing")
    results = base.new_zeros(len(base)), torch.zeros_like(base), torch.zeros_like(base)
    slices = (stack.detach()[:, 0].numpy(), table, first)
    rays = (base.detach().contiguous().numpy(), increment.detach().contiguous().numpy())
    work = partial(compiled.sum_rays, slices, rays, tuple(each.numpy() for each in results))
    shared_out(work, len(base), len(base) * len(stack))
    return results


class _Context(torch.autograd.function.FunctionCtx):
    """What the forward pass leaves to the backward pass."""

    first: int
    chosen: torch.Tensor | None
    table: np.ndarray | None
    saved_tensors: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
    needs_input_grad: tuple[bool, ...]


class SliceSums(torch.autograd.Function):
    """``sums = SliceSums.apply(stack, base, increment, first, table)``: differentiable, without keeping the taps.

    Taps are computed again in the backward pass, so that memory does not grow with the number of slices. With the table of
    what is empty in the stack, loops are compiled, and the derivatives by the rays come with the sums.
    """

    @staticmethod
    def forward(
        ctx: _Context, stack: torch.Tensor, base: torch.Tensor, increment: torch.Tensor, first: int, table: np.ndarray | None
    ) -> torch.Tensor:
        """Sums along rays (P,)."""
        ctx.first, ctx.table = first, table
        if table is not None:
            sums, by_base, by_increment = compiled_sums(stack, base, increment, first, table)
            ctx.save_for_backward(stack, by_base, by_increment)
            return sums
        ctx.save_for_backward(stack, base, increment)
        sums = base.new_zeros(len(base))
        ctx.chosen = chosen = _rays_that_meet(stack, base, increment, first)
        if chosen is not None:
            base, increment = base[chosen], increment[chosen]
        part = sums if chosen is None else base.new_empty(len(base))
        numbers = _numbers(stack, first)
        for rays in _chunks(stack, len(base)):
            part[rays] = _sample(stack, _grid(stack, base[rays], increment[rays], numbers)).sum(dim=(0, 1, 2))
        if chosen is not None:
            sums[chosen] = part
        return sums

    @staticmethod
    def backward(ctx: _Context, grad_sums: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Chain rule to the slices and the rays."""
        stack, base, increment = ctx.saved_tensors
        if ctx.table is not None:
            return None, grad_sums[:, None] * base, grad_sums[:, None] * increment, None, None
        for_stack, for_rays = ctx.needs_input_grad[0], ctx.needs_input_grad[1] or ctx.needs_input_grad[2]
        chosen, numbers = ctx.chosen, _numbers(stack, ctx.first)
        grad_stack = torch.zeros_like(stack) if for_stack else None
        grad_base, grad_increment = torch.zeros_like(base), torch.zeros_like(increment)
        for chunk in _chunks(stack, len(base) if chosen is None else len(chosen)):
            rays = chunk if chosen is None else chosen[chunk]
            grid = _grid(stack, base[rays], increment[rays], numbers)
            grad_taps = grad_sums[rays].expand(stack.shape[0], 1, 1, -1).contiguous()
            of_stack, per_tap = _tap_gradients(stack, grid, grad_taps, for_stack, for_rays)
            if grad_stack is not None and of_stack is not None:
                grad_stack += of_stack
            if per_tap is not None:
                grad_base[rays], grad_increment[rays] = _ray_gradients(stack, per_tap, numbers)
        return grad_stack, grad_base if for_rays else None, grad_increment if for_rays else None, None, None


def slices_in_front(turn: np.ndarray, source: np.ndarray, camera: Camera, shape: Sequence[int]) -> tuple[int, int, int]:
    """The stacking axis of one pose, first and last + 1 slice in front of its source.

    Directions change evenly over an image: its corners and its middle tell of all.

    Args:
        turn: (3, 3) voxels from the camera's frame.
        source: (3,) of the rays, voxels.
        camera: whose rays.
        shape: (K, J, I) of the volume.
    """
    right, bottom = camera.width - 1, camera.height - 1
    pixels = np.array([[0, 0, 1], [right, 0, 1], [0, bottom, 1], [right, bottom, 1], [right / 2, bottom / 2, 1]])
    directions = pixels @ np.linalg.inv(camera.K).T @ turn.T
    low, high, mean = directions.min(axis=0), directions.max(axis=0), np.abs(directions[-1])
    smallest = 1e-6 * mean.max()
    axis = int(np.where((low > smallest) | (high < -smallest), mean, mean - mean.max() - 1).argmax())
    count, ahead = shape[2 - axis], directions[-1, axis] > 0
    first = min(count, max(0, math.ceil(source[axis]))) if ahead else 0
    last = count if ahead else min(count, max(0, math.floor(source[axis]) + 1))
    return axis, min(first, last), last
