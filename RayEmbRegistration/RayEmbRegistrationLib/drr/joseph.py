"""Our projector: line integrals of a CT by Joseph's method, with the analytic derivative of the six pose parameters."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem

from .compiling import kernels, may_compile, shared_out
from .fusing import card_kernels, may_fuse, views_of
from .interface import poses_as_tensor
from .poses import PoseLike
from .slices import SliceSums, slices_in_front, sums_with_gradient

# Slices are stacked along the axis of the (i, j, k) grid that the rays run along most; (x, y) within a slice are the other
# two. The volume arrives as (K, J, I).
_IN_SLICE_AXES = {0: (1, 2), 1: (0, 2), 2: (0, 1)}  # stacking axis -> (x, y), as ijk axes
_PERMUTATION = {0: (2, 0, 1), 1: (1, 0, 2), 2: (0, 1, 2)}  # stacking axis -> order of the (K, J, I) array's axes


class JosephProjector:
    """Projects one volume.

    Args:
        values: (K, J, I) tensor or array, usually attenuation in 1/mm; zero is assumed outside. Empty margins are dropped,
            unless the tensor requires a gradient.
        ras_from_ijk: (4, 4), voxel centres at integer (i, j, k), RAS mm; may be oblique, left-handed, anisotropic.
        device: where to work; the volume is copied there.
        dtype: float32, or float64 for tests.
    """

    def __init__(
        self,
        values: torch.Tensor | np.ndarray,
        ras_from_ijk: np.ndarray,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        values = torch.as_tensor(values)
        if values.ndim != 3:
            raise InputProblem(f"a volume needs three dimensions, not {values.ndim}")
        self.ras_from_ijk = np.array(ras_from_ijk, dtype=np.float64)
        if not values.requires_grad:
            values, low_ijk = _without_margins(values)
            self.ras_from_ijk[:3, 3] += self.ras_from_ijk[:3, :3] @ low_ijk
        self.values = values.to(device=device, dtype=dtype)
        self._ijk_from_ras = torch.as_tensor(np.linalg.inv(self.ras_from_ijk), device=device, dtype=torch.float64)
        self._stacks: dict[int, torch.Tensor] = {}
        self._tables: dict[int, np.ndarray] = {}

    @property
    def device(self) -> torch.device:
        """Where the volume is."""
        return self.values.device

    def render(self, camera_from_ras: PoseLike, camera: Camera) -> torch.Tensor:
        """Line integrals (value times mm), differentiable with respect to poses given as a tensor and to ``values``.

        Args:
            camera_from_ras: (B, 4, 4) or (4, 4) tensor, or transforms.
            camera: the camera all of them share.

        Returns:
            (B, H, W) tensor; a single pose also gives B = 1.
        """
        poses = poses_as_tensor(camera_from_ras, self.device)
        if not (torch.is_grad_enabled() and poses.requires_grad) and not self.values.requires_grad:
            if self._is_compiled:
                return self._compiled(poses, camera, None)[0]
            if may_fuse(self.values):
                return self._fused(poses, camera, None)[0]
        return self.render_rays(poses, self._directions(camera)).view(len(poses), camera.height, camera.width)

    def render_rays(self, poses: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        """Line integrals (B, P) along camera-frame directions (P, 3) or (B, P, 3), differentiable in both."""
        sources, directions_ijk, lengths = self._rays(poses, directions)
        # Zero where nothing lies in front of the source, yet differentiable.
        result = lengths * 0
        for axis, members, first, last in self._groups(sources, directions_ijk):
            base, increment, slope = _slice_coordinates(sources[members], directions_ijk[members], axis)
            stack = self._stack(axis)[first:last]
            table = self._table(axis, first, last) if self._is_compiled else None
            sums = SliceSums.apply(stack, base.reshape(-1, 2), increment.reshape(-1, 2), first, table)
            step = lengths[members] / slope.abs()
            result = result.index_put((members,), sums.view(len(members), -1) * step)
        return result

    def render_with_jacobian(
        self, poses: torch.Tensor, camera: Camera, centers: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Images and their exact derivatives with respect to a small motion of the volume in the camera frame.

        The motion is ``x -> x + omega x (x - center) + tau`` in camera coordinates: rotating about a point within the bone
        keeps rotation and translation nearly independent.

        Args:
            poses: (B, 4, 4) tensor, camera_from_ras.
            camera: shared by all poses.
            centers: (B, 3) camera-frame centres of rotation, mm.

        Returns:
            images (B, H, W) and Jacobian (B, 6, H, W): three rotations (per radian), then three translations (per mm).
        """
        if self._is_compiled:
            return self._compiled(poses, camera, centers)
        if may_fuse(self.values) and not self.values.requires_grad:
            return self._fused(poses, camera, centers)
        poses, centers = poses.to(self.device), centers.to(self.values)
        directions = self._directions(camera)
        sources, directions_ijk, lengths = self._rays(poses, directions)
        count = directions_ijk.shape[1]
        images = self.values.new_zeros((len(poses), count))
        jacobian = self.values.new_zeros((len(poses), 6, count))
        camera_axes = (self._ijk_from_ras[:3, :3] @ poses[:, :3, :3].double().transpose(1, 2)).to(self.values.dtype)
        for axis, members, first, last in self._groups(sources, directions_ijk):
            base, increment, slope = _slice_coordinates(sources[members], directions_ijk[members], axis)
            stack = self._stack(axis)[first:last]
            sums, grad_base, grad_increment = sums_with_gradient(stack, base.reshape(-1, 2), increment.reshape(-1, 2), first)
            shape = (len(members), count)
            step = lengths[members] / slope.abs()
            sums = sums.view(shape) * step
            grad_base = grad_base.view(*shape, 2) * step[..., None]
            grad_increment = grad_increment.view(*shape, 2) * step[..., None]
            along_source = sources[members][:, None, axis]
            # Derivatives with respect to the ray's source (alpha) and direction (beta) in voxel coordinates, from
            # increment = d_xy / d_a, base = s_xy - s_a increment, step = |d| / |d_a|.
            through_increment = (grad_increment - along_source[..., None] * grad_base) / slope[..., None]
            alpha, beta = base.new_zeros((*shape, 3)), base.new_zeros((*shape, 3))
            for column, other in enumerate(_IN_SLICE_AXES[axis]):
                alpha[..., other] = grad_base[..., column]
                beta[..., other] = through_increment[..., column]
            alpha[..., axis] = -(grad_base * increment).sum(-1)
            beta[..., axis] = -(through_increment * increment).sum(-1) - sums / slope
            alpha, beta = alpha @ camera_axes[members], beta @ camera_axes[members]
            rotation = _cross(centers[members][:, None], alpha) - _cross(directions, beta)
            images[members] = sums
            jacobian[members] = torch.cat([rotation, -alpha], dim=-1).transpose(1, 2)
        size = (camera.height, camera.width)
        return images.view(len(poses), *size), jacobian.view(len(poses), 6, *size)

    def _directions(self, camera: Camera) -> torch.Tensor:
        """(P, 3) camera-frame ray directions with z = 1, row by row."""
        inverse = torch.as_tensor(np.linalg.inv(camera.K), device=self.device)
        columns = torch.arange(camera.width, device=self.device, dtype=torch.float64)[None, :, None] * inverse[:, 0]
        rows = torch.arange(camera.height, device=self.device, dtype=torch.float64)[:, None, None] * inverse[:, 1]
        return (columns + (rows + inverse[:, 2])).view(-1, 3).to(self.values.dtype)

    def _rays(self, poses: torch.Tensor, directions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Sources (B, 3) and directions (B, P, 3) in voxels, and the directions' lengths (B, P) in mm.

        Worked out in double precision: the source lies a metre from the patient, and float32 would move rays by 0.0001 mm.
        """
        poses = poses.to(device=self.device, dtype=torch.float64)
        rotation, translation = poses[:, :3, :3], poses[:, :3, 3:]
        sources_ras = -(rotation.transpose(1, 2) @ translation)[..., 0]
        sources = sources_ras @ self._ijk_from_ras[:3, :3].T + self._ijk_from_ras[:3, 3]
        voxels_from_camera = self._ijk_from_ras[:3, :3] @ rotation.transpose(1, 2)
        directions_ijk = directions.to(self.values.dtype) @ voxels_from_camera.to(self.values.dtype).transpose(1, 2)
        lengths = directions.to(self.values.dtype).norm(dim=-1).expand(directions_ijk.shape[:2])
        return sources.to(self.values.dtype), directions_ijk, lengths

    def _groups(self, sources: torch.Tensor, directions: torch.Tensor) -> list[tuple[int, torch.Tensor, int, int]]:
        """Poses that share a stacking axis: (axis, their indices, first and last + 1 slice in front of the source)."""
        sources, directions = sources.detach(), directions.detach()
        mean, low, high = directions.abs().mean(dim=1), directions.amin(dim=1), directions.amax(dim=1)
        # All rays must cross the slices in one sense: an axis that some run along forwards, others backwards, or that one
        # is parallel to may not be used even if it is the longest on average.
        smallest = 1e-6 * mean.amax(dim=1, keepdim=True)
        axes = torch.where((low > smallest) | (high < -smallest), mean, -mean).argmax(dim=1)
        along = sources.gather(1, axes[:, None])[:, 0]
        forward = directions[:, 0].gather(1, axes[:, None])[:, 0] > 0
        members: dict[tuple[int, int, int], list[int]] = {}
        for pose, (axis, start, ahead) in enumerate(zip(axes.tolist(), along.tolist(), forward.tolist(), strict=True)):
            count = self.values.shape[2 - axis]
            first = min(count, max(0, math.ceil(start))) if ahead else 0
            last = count if ahead else min(count, max(0, math.floor(start) + 1))
            if first < last:
                members.setdefault((axis, first, last), []).append(pose)
        return [
            (axis, torch.tensor(poses, device=self.device), first, last) for (axis, first, last), poses in members.items()
        ]

    @property
    def _is_compiled(self) -> bool:
        return not self.values.requires_grad and may_compile(self.values)

    def _compiled(
        self, poses: torch.Tensor, camera: Camera, centers: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What ``render_with_jacobian`` gives; without centres of rotation the image alone."""
        compiled = kernels()
        if compiled is None:
            raise RuntimeError("numba is missing")
        images = np.zeros((len(poses), camera.height, camera.width), np.float32)
        jacobians = np.zeros((len(poses), 6, *(images.shape[1:] if centers is not None else (0, 0))), np.float32)
        matrices = poses.detach().double().numpy()
        points = np.zeros((len(poses), 3)) if centers is None else centers.detach().double().numpy()
        ijk_from_ras, inverse = self._ijk_from_ras.numpy(), np.linalg.inv(camera.K)
        works: list[Callable[[int, int], None]] = []
        taps = 0
        for pose, point, image, jacobian in zip(matrices, points, images, jacobians, strict=True):
            turn = ijk_from_ras[:3, :3] @ pose[:3, :3].T
            source = ijk_from_ras[:3, 3] - turn @ pose[:3, 3]
            axis, first, last = slices_in_front(turn, source, camera, self.values.shape)
            if first == last:
                continue
            slices = (self._stack(axis)[first:last, 0].numpy(), self._table(axis, first, last), first)
            view = (np.array([*_IN_SLICE_AXES[axis], axis]), source, turn, inverse, point)
            works.append(partial(compiled.project, slices, view, (image, jacobian)))
            taps += image.size * len(slices[0])
        rows = camera.height

        def work(begin: int, end: int) -> None:  # of the rows of all images, one after the other
            for number in range(begin // rows, -(-end // rows)):
                works[number](max(begin - number * rows, 0), min(end - number * rows, rows))

        shared_out(work, rows * len(works), taps)
        return torch.from_numpy(images), torch.from_numpy(jacobians)

    def _fused(self, poses: torch.Tensor, camera: Camera, centers: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """The same on a graphics card by one launch for all poses that look along the same slices."""
        kernels_of_card = card_kernels(self.device)
        if kernels_of_card is None:
            raise RuntimeError("the card has no fused kernel")
        size = (camera.height, camera.width)
        images = self.values.new_zeros((len(poses), *size))
        jacobians = None if centers is None else self.values.new_zeros((len(poses), 6, *size))
        points = None if centers is None else centers.detach().double().cpu().numpy()
        matrices, ijk_from_ras = poses.detach().double().cpu().numpy(), self._ijk_from_ras.cpu().numpy()
        views, sources, turns = views_of(matrices, ijk_from_ras, camera, points)
        members: dict[tuple[int, int, int], list[int]] = {}
        for number, (turn, source) in enumerate(zip(turns, sources, strict=True)):
            members.setdefault(slices_in_front(turn, source, camera, self.values.shape), []).append(number)
        for (axis, first, last), some in members.items():
            if first < last:
                stack = self._stack(axis)[first:last, 0]
                kernels_of_card.project(stack, first, (*_IN_SLICE_AXES[axis], axis), views[some], some, (images, jacobians))
        return images, images.new_zeros(0) if jacobians is None else jacobians

    def _table(self, axis: int, first: int, last: int) -> np.ndarray:
        """What is empty in a stack, as ``compiled.table_of`` says; kept where it is of all slices."""
        compiled = kernels()
        if compiled is None:
            raise RuntimeError("numba is missing")
        stack = self._stack(axis)[first:last, 0].numpy()
        if last - first < self.values.shape[2 - axis]:
            return np.asarray(compiled.table_of(stack))
        if axis not in self._tables:
            self._tables[axis] = np.asarray(compiled.table_of(stack))
        return self._tables[axis]

    def _stack(self, axis: int) -> torch.Tensor:
        """(N, 1, H, W) slices along an axis; kept, unless gradients with respect to the values are wanted."""
        if self.values.requires_grad:
            return self.values.permute(_PERMUTATION[axis])[:, None].contiguous()
        if axis not in self._stacks:
            self._stacks[axis] = self.values.permute(_PERMUTATION[axis])[:, None].contiguous()
        return self._stacks[axis]


def _slice_coordinates(
    sources: torch.Tensor, directions: torch.Tensor, axis: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Where rays cross slices: base (B, P, 2), increment (B, P, 2) and the direction's component (B, P) along the stack."""
    x, y = _IN_SLICE_AXES[axis]
    slope = directions[..., axis]
    increment = torch.stack([directions[..., x], directions[..., y]], dim=-1) / slope[..., None]
    base = sources[:, None, [x, y]] - sources[:, None, axis, None] * increment
    return base, increment, slope


def _cross(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Cross product of (..., 3) vectors; several times as fast as torch's over a short last axis."""
    (a, b, c), (x, y, z) = first.unbind(-1), second.unbind(-1)
    return torch.stack([b * z - c * y, c * x - a * z, a * y - b * x], dim=-1)


def _without_margins(values: torch.Tensor) -> tuple[torch.Tensor, np.ndarray]:
    """The block of a (K, J, I) volume that is not empty and the (i, j, k) of its first voxel; one voxel of an empty one."""
    block, low = [], []
    filled = values != 0
    for axis in range(3):
        others = [other for other in (2, 1, 0) if other != axis]
        used = torch.nonzero(filled.any(dim=others[0]).any(dim=others[1]))[:, 0].tolist() or [0]
        block.append(slice(used[0], used[-1] + 1))
        low.append(used[0])
    return values[tuple(block)], np.array(low[::-1], dtype=np.float64)
