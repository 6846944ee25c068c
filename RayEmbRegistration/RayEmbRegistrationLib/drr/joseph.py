"""Our projector: line integrals of a CT by Joseph's method, with the analytic derivative of the six pose parameters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera, RigidTransform

from .slices import SliceSums, sums_with_gradient

# Slices are stacked along the axis of the (i, j, k) grid that the rays run along most; (x, y) within a slice are the other
# two. The volume arrives as (K, J, I).
_IN_SLICE_AXES = {0: (1, 2), 1: (0, 2), 2: (0, 1)}  # stacking axis -> (x, y), as ijk axes
_PERMUTATION = {0: (2, 0, 1), 1: (1, 0, 2), 2: (0, 1, 2)}  # stacking axis -> order of the (K, J, I) array's axes


class JosephProjector:
    """Projects one volume.

    Args:
        values: (K, J, I) tensor or array, usually attenuation in 1/mm; zero is assumed outside.
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
        self.values = torch.as_tensor(values).to(device=device, dtype=dtype)
        if self.values.ndim != 3:
            raise ValueError(f"a volume needs three dimensions, not {self.values.ndim}")
        self.ras_from_ijk = np.asarray(ras_from_ijk, dtype=np.float64)
        self._ijk_from_ras = torch.as_tensor(np.linalg.inv(self.ras_from_ijk), device=device, dtype=torch.float64)
        self._stacks: dict[int, torch.Tensor] = {}

    @property
    def device(self) -> torch.device:
        """Where the volume is."""
        return self.values.device

    def render(
        self, camera_from_ras: torch.Tensor | RigidTransform | Sequence[RigidTransform], camera: Camera
    ) -> torch.Tensor:
        """Line integrals (value times mm) for B poses, differentiable with respect to poses given as a tensor and to ``values``.

        Args:
            camera_from_ras: (B, 4, 4) or (4, 4) tensor, or transforms.
            camera: the camera all of them share.

        Returns:
            (B, H, W) tensor; a single pose also gives B = 1.
        """
        poses = self._as_tensor(camera_from_ras)
        return self.render_rays(poses, self._directions(camera)).view(len(poses), camera.height, camera.width)

    def render_rays(self, poses: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
        """Line integrals (B, P) along camera-frame directions (P, 3) or (B, P, 3), differentiable in both."""
        sources, directions_ijk, lengths = self._rays(poses, directions)
        result = poses.new_zeros((len(poses), directions_ijk.shape[1]), dtype=self.values.dtype)
        for axis, members, first, last in self._groups(sources, directions_ijk):
            base, increment, slope = _slice_coordinates(sources[members], directions_ijk[members], axis)
            stack = self._stack(axis)[first:last]
            sums = SliceSums.apply(stack, base.reshape(-1, 2), increment.reshape(-1, 2), first)
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
            rotation = torch.cross(centers[members][:, None].to(alpha).expand_as(alpha), alpha, dim=-1)
            rotation = rotation - torch.cross(directions.to(beta).expand_as(beta), beta, dim=-1)
            images[members] = sums
            jacobian[members] = torch.cat([rotation, -alpha], dim=-1).transpose(1, 2)
        size = (camera.height, camera.width)
        return images.view(len(poses), *size), jacobian.view(len(poses), 6, *size)

    def _as_tensor(self, poses: torch.Tensor | RigidTransform | Sequence[RigidTransform]) -> torch.Tensor:
        if isinstance(poses, RigidTransform):
            poses = [poses]
        if not isinstance(poses, torch.Tensor):
            poses = torch.as_tensor(np.stack([pose.matrix for pose in poses]), device=self.device)
        return poses[None] if poses.ndim == 2 else poses

    def _directions(self, camera: Camera) -> torch.Tensor:
        """(P, 3) camera-frame ray directions with z = 1, row by row."""
        inverse = np.linalg.inv(camera.K)
        v, u = np.mgrid[0 : camera.height, 0 : camera.width]
        rays = np.stack([u, v, np.ones_like(u)], axis=-1).reshape(-1, 3) @ inverse.T
        return torch.as_tensor(rays, device=self.device, dtype=self.values.dtype)

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
        mean = directions.detach().abs().mean(dim=1)
        smallest = directions.detach().abs().amin(dim=1)
        # A ray parallel to the slices would never cross them: its axis may not be used even if it is longest on average.
        axes = torch.where(smallest > 1e-6 * mean.amax(dim=1, keepdim=True), mean, -mean).argmax(dim=1)
        groups = []
        for axis in range(3):
            chosen = torch.nonzero(axes == axis)[:, 0]
            if len(chosen) == 0:
                continue
            count = self.values.shape[2 - axis]
            along = sources.detach()[chosen, axis]
            forward = directions.detach()[chosen, 0, axis] > 0
            inside = (along > -1) & (along < count)
            if not bool(inside.any()):
                groups.append((axis, chosen, 0, count))
                continue
            for member, start, ahead, within in zip(chosen, along.tolist(), forward.tolist(), inside.tolist(), strict=True):
                first = max(0, int(np.ceil(start))) if within and ahead else 0
                last = min(count, int(np.floor(start)) + 1) if within and not ahead else count
                groups.append((axis, member[None], first, max(first, last)))
        return groups

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
