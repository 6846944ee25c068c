"""The projector's loop as one kernel of a graphics card: image and Jacobian of many poses in one launch, by Triton.

Every ray keeps its sums in registers from its first slice to its last; nothing is written but the result. What is worked out
is what ``compiled`` works out for the processor, where the ray is found in double and followed in single precision.

Imported only by ``fusing``, which does without where Triton is missing or the card's driver or compiler does not suit it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import triton
import triton.language as tl

BLOCK = 128  # rays a program; chosen: four warps
VIEW = 24  # numbers that tell a pose: turn (9), source (3), inverse of K (9), center (3)


@triton.jit
def _project(  # type: ignore[no-untyped-def]  # noqa: PLR0913, PLR0915, PLR0917 - a kernel is one function; Triton finds types
    stack, images, jacobians, views, members, count, height, width, first, rows, columns,
    X_AXIS: tl.constexpr, Y_AXIS: tl.constexpr, ALONG: tl.constexpr, WITH_JACOBIAN: tl.constexpr, RAYS: tl.constexpr,
):  # fmt: skip
    """Sums of a block of rays of one pose; the arguments are those of ``compiled.project``."""
    view = views + tl.program_id(1) * 24
    place = tl.program_id(0) * RAYS + tl.arange(0, RAYS)
    is_ray = place < rows * columns
    row, column = (place // columns).to(tl.float64), (place % columns).to(tl.float64)
    ray_x = column * tl.load(view + 12) + row * tl.load(view + 13) + tl.load(view + 14)
    ray_y = column * tl.load(view + 15) + row * tl.load(view + 16) + tl.load(view + 17)
    ray_z = column * tl.load(view + 18) + row * tl.load(view + 19) + tl.load(view + 20)
    slope = tl.load(view + 3 * ALONG) * ray_x + tl.load(view + 3 * ALONG + 1) * ray_y + tl.load(view + 3 * ALONG + 2) * ray_z
    along_x = (
        tl.load(view + 3 * X_AXIS) * ray_x + tl.load(view + 3 * X_AXIS + 1) * ray_y + tl.load(view + 3 * X_AXIS + 2) * ray_z
    )
    along_y = (
        tl.load(view + 3 * Y_AXIS) * ray_x + tl.load(view + 3 * Y_AXIS + 1) * ray_y + tl.load(view + 3 * Y_AXIS + 2) * ray_z
    )
    source_along = tl.load(view + 9 + ALONG)
    step_x, step_y = along_x / slope, along_y / slope
    x0 = (tl.load(view + 9 + X_AXIS) + (first - source_along) * step_x).to(tl.float32)
    y0 = (tl.load(view + 9 + Y_AXIS) + (first - source_along) * step_y).to(tl.float32)
    dx, dy = step_x.to(tl.float32), step_y.to(tl.float32)
    # Slices between which a ray of the block is within them or less than a voxel beside.
    steep_x, steep_y = tl.abs(dx) > 1e-7, tl.abs(dy) > 1e-7
    safe_x, safe_y = tl.where(steep_x, dx, 1.0), tl.where(steep_y, dy, 1.0)
    in_x, out_x = (-1.0 - x0) / safe_x, (width - x0) / safe_x
    in_y, out_y = (-1.0 - y0) / safe_y, (height - y0) / safe_y
    begin = tl.maximum(tl.where(steep_x, tl.minimum(in_x, out_x), -1e6), tl.where(steep_y, tl.minimum(in_y, out_y), -1e6))
    end = tl.minimum(tl.where(steep_x, tl.maximum(in_x, out_x), 1e6), tl.where(steep_y, tl.maximum(in_y, out_y), 1e6))
    begin, end = tl.minimum(tl.maximum(begin, 0.0), count), tl.minimum(tl.maximum(end + 1, 0.0), count)
    begin, end = tl.where(is_ray & (begin < end), begin, 1e6), tl.where(is_ray & (begin < end), end, 0.0)
    n, stop = tl.min(begin, axis=0).to(tl.int32), tl.max(end, axis=0).to(tl.int32)
    total = tl.zeros([RAYS], tl.float32)
    by_x, by_y, by_nx, by_ny = total, total, total, total
    while n < stop:
        x, y = x0 + n * dx, y0 + n * dy
        left, top = tl.floor(x), tl.floor(y)
        fx, fy = x - left, y - top
        here_x, next_x = (left >= 0) & (left < width), (left >= -1) & (left < width - 1)
        here_y, next_y = (top >= 0) & (top < height), (top >= -1) & (top < height - 1)
        voxel = stack + n * height * width + top.to(tl.int32) * width + left.to(tl.int32)
        a = tl.load(voxel, mask=here_x & here_y & is_ray, other=0.0)
        b = tl.load(voxel + 1, mask=next_x & here_y & is_ray, other=0.0)
        c = tl.load(voxel + width, mask=here_x & next_y & is_ray, other=0.0)
        d = tl.load(voxel + width + 1, mask=next_x & next_y & is_ray, other=0.0)
        upper, lower = a + fx * (b - a), c + fx * (d - c)
        slope_y = lower - upper
        total += upper + fy * slope_y
        if WITH_JACOBIAN:
            slope_x = (b - a) + fy * ((d - c) - (b - a))
            by_x += slope_x
            by_y += slope_y
            by_nx += n * slope_x
            by_ny += n * slope_y
        n += 1
    length = tl.sqrt(ray_x * ray_x + ray_y * ray_y + ray_z * ray_z) / tl.abs(slope)
    value = total * length
    size = rows * columns
    pose = tl.load(members + tl.program_id(1))
    tl.store(images + pose * size + place, value.to(tl.float32), mask=is_ray)
    if WITH_JACOBIAN:
        # By the ray's source (alpha) and direction (beta) in voxels, as in ``joseph``.
        alpha_x, alpha_y = by_x * length, by_y * length
        beta_x = (by_nx * length + (first - source_along) * alpha_x) / slope
        beta_y = (by_ny * length + (first - source_along) * alpha_y) / slope
        alpha_n = -(alpha_x * step_x + alpha_y * step_y)
        beta_n = -(beta_x * step_x + beta_y * step_y) - value / slope
        x_row, y_row, n_row = view + 3 * X_AXIS, view + 3 * Y_AXIS, view + 3 * ALONG
        ahead_0 = alpha_x * tl.load(x_row) + alpha_y * tl.load(y_row) + alpha_n * tl.load(n_row)
        ahead_1 = alpha_x * tl.load(x_row + 1) + alpha_y * tl.load(y_row + 1) + alpha_n * tl.load(n_row + 1)
        ahead_2 = alpha_x * tl.load(x_row + 2) + alpha_y * tl.load(y_row + 2) + alpha_n * tl.load(n_row + 2)
        behind_0 = beta_x * tl.load(x_row) + beta_y * tl.load(y_row) + beta_n * tl.load(n_row)
        behind_1 = beta_x * tl.load(x_row + 1) + beta_y * tl.load(y_row + 1) + beta_n * tl.load(n_row + 1)
        behind_2 = beta_x * tl.load(x_row + 2) + beta_y * tl.load(y_row + 2) + beta_n * tl.load(n_row + 2)
        c_0, c_1, c_2 = tl.load(view + 21), tl.load(view + 22), tl.load(view + 23)
        turn_0 = c_1 * ahead_2 - c_2 * ahead_1 - (ray_y * behind_2 - ray_z * behind_1)
        turn_1 = c_2 * ahead_0 - c_0 * ahead_2 - (ray_z * behind_0 - ray_x * behind_2)
        turn_2 = c_0 * ahead_1 - c_1 * ahead_0 - (ray_x * behind_1 - ray_y * behind_0)
        at = jacobians + pose * 6 * size + place
        tl.store(at, turn_0.to(tl.float32), mask=is_ray)
        tl.store(at + size, turn_1.to(tl.float32), mask=is_ray)
        tl.store(at + 2 * size, turn_2.to(tl.float32), mask=is_ray)
        tl.store(at + 3 * size, (-ahead_0).to(tl.float32), mask=is_ray)
        tl.store(at + 4 * size, (-ahead_1).to(tl.float32), mask=is_ray)
        tl.store(at + 5 * size, (-ahead_2).to(tl.float32), mask=is_ray)


def project(
    stack: torch.Tensor,
    first: int,
    axes: tuple[int, int, int],
    views: np.ndarray,
    members: list[int],
    results: tuple[torch.Tensor, torch.Tensor | None],
) -> None:
    """Images, and Jacobians where they are wanted, of poses whose rays run along the same slices.

    Args:
        stack: (N, H, W) float32 slices in front of the sources, on the card.
        first: number of the first of them.
        axes: voxel axes along x and y of a slice and across.
        views: (B, VIEW) float64.
        members: (B,) which image each makes.
        results: written: images (P, h, w) and Jacobians (P, 6, h, w), float32, on the card.
    """
    images, jacobians = results
    rows, columns = images.shape[1:]
    settings: dict[str, Any] = dict(zip(("X_AXIS", "Y_AXIS", "ALONG"), axes, strict=True))
    grid = (triton.cdiv(rows * columns, BLOCK), len(members))
    _project[grid](
        stack,
        images,
        images if jacobians is None else jacobians,
        torch.as_tensor(views, device=stack.device),
        torch.as_tensor(members, device=stack.device, dtype=torch.int32),
        *stack.shape,
        first,
        rows,
        columns,
        WITH_JACOBIAN=jacobians is not None,
        RAYS=BLOCK,
        **settings,
    )
