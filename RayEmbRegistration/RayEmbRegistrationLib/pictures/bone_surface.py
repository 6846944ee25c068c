"""First-hit ray casting of a bone surface on the CPU, with gradient shading."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

_LONGEST_SIDE = 200  # voxels
_COARSE_WIDTH_PX, _STEP_BACK_MM = 500, 12.0
_BONE_RGB = np.array([0.93, 0.87, 0.76], np.float32)


class BoneSurface:
    """The surface of a bone mask as the half level of a smoothed field.

    Args:
        volume: for its grid.
        bone_mask: (K, J, I), anything not zero is bone.

    Raises:
        InputProblem: sizes differ, or the mask is empty.
    """

    def __init__(self, volume: CTVolume, bone_mask: np.ndarray) -> None:
        from scipy.ndimage import gaussian_filter

        if bone_mask.shape != volume.hu.shape:
            raise InputProblem(f"the bone mask's size {bone_mask.shape[::-1]} differs from the CT's {volume.hu.shape[::-1]}")
        used = [
            np.flatnonzero(bone_mask.any(axis=tuple(a for a in range(3) if a != axis)))[[0, -1]] if bone_mask.any() else None
            for axis in range(3)
        ]
        if used[0] is None:
            raise InputProblem("the bone mask is empty; there is no bone to draw")
        low = [max(int(first) - 3, 0) for first, _ in used]
        block = bone_mask[tuple(slice(a, int(last) + 4) for a, (_, last) in zip(low, used, strict=True))]
        step = max(1, -(-max(block.shape) // _LONGEST_SIDE))
        field = gaussian_filter((block != 0).astype(np.float32), 0.5 * step + 0.4)[::step, ::step, ::step]
        self.field = field
        self.ras_from_ijk = volume.ras_from_ijk.copy()
        self.ras_from_ijk[:3, 3] = volume.ras_from_index(np.array(low[::-1]))
        self.ras_from_ijk[:3, :3] *= step

    @property
    def corners_ras(self) -> np.ndarray:
        """(8, 3) RAS corners of the box around the bones."""
        size = np.array(self.field.shape[::-1]) - 1
        ijk = np.array(np.meshgrid(*[(0, n) for n in size], indexing="ij")).reshape(3, -1).T
        return ijk @ self.ras_from_ijk[:3, :3].T + self.ras_from_ijk[:3, 3]

    def render(self, eye: Camera, eye_from_ras: RigidTransform) -> tuple[np.ndarray, np.ndarray]:
        """See the surface from a virtual camera.

        Returns:
            (H, W, 3) float32 RGB in 0..1 where the bone is hit, (H, W) float32 distance in mm, infinite elsewhere.
        """
        origin, rays = _rays_in_voxels(self.ras_from_ijk, eye, eye_from_ras)  # one unit of a ray is one mm
        near, far = _box_hits(origin, rays, np.array(self.field.shape[::-1]) - 1)
        if (
            eye.width > _COARSE_WIDTH_PX
        ):  # where a coarse picture shows the bone, and nowhere else, is a fine one worth while
            near = np.maximum(near, self._coarse_start(eye, eye_from_ras))
        candidates = np.flatnonzero(far > near)
        color = np.zeros((eye.height * eye.width, 3), np.float32)
        distance = np.full(eye.height * eye.width, np.inf, np.float32)
        if len(candidates):
            hit, depth, normals = self._march(origin, rays[candidates], near[candidates], far[candidates])
            distance[candidates[hit]] = depth
            towards = -rays[candidates[hit]] @ self.ras_from_ijk[:3, :3].T
            color[candidates[hit]] = _shade(normals, towards, eye_from_ras)
        return color.reshape(eye.height, eye.width, 3), distance.reshape(eye.height, eye.width)

    def _coarse_start(self, eye: Camera, eye_from_ras: RigidTransform) -> np.ndarray:
        """(H*W,) a distance just before the surface near each pixel, infinite where a coarser picture shows none."""
        from scipy.ndimage import minimum_filter

        coarse = eye.resample(-(-eye.width // 4), -(-eye.height // 4))
        _, depth = self.render(coarse, eye_from_ras)
        depth = minimum_filter(depth, 5) - _STEP_BACK_MM
        return np.repeat(np.repeat(depth, 4, axis=0), 4, axis=1)[: eye.height, : eye.width].ravel()

    def _march(
        self, origin: np.ndarray, rays: np.ndarray, near: np.ndarray, far: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Indices of the rays that hit, their distances, and RAS normals there."""
        import torch

        volume = torch.from_numpy(self.field)[None, None]
        scale = torch.tensor(2.0 / (np.array(self.field.shape[::-1]) - 1), dtype=torch.float32)
        start, ray = torch.tensor(origin, dtype=torch.float32), torch.tensor(rays, dtype=torch.float32)

        def sample(index: torch.Tensor, t: torch.Tensor, offset: torch.Tensor | float = 0.0) -> torch.Tensor:
            grid = (start + t[:, None] * ray[index] + offset) * scale - 1
            return torch.nn.functional.grid_sample(volume, grid[None, None, None], align_corners=True)[0, 0, 0, 0]

        step = 0.9 / float(np.linalg.norm(rays[0]))  # mm in nine tenths of a voxel
        active, t, end = (
            torch.arange(len(rays)),
            torch.tensor(near, dtype=torch.float32),
            torch.tensor(far, dtype=torch.float32),
        )
        hits, depths = [], []
        while len(active):
            inside = sample(active, t) > 0.5
            hits.append(active[inside])
            depths.append(t[inside])
            active, t, end = active[~inside], t[~inside] + step, end[~inside]
            keep = t < end
            active, t, end = active[keep], t[keep], end[keep]
        hit, depth = torch.cat(hits), torch.cat(depths)
        width = torch.full_like(depth, step)
        for _ in range(5):  # bisection between the last step outside and the first inside
            width = width / 2
            depth = torch.where(sample(hit, depth - width) > 0.5, depth - width, depth)
        axes = torch.eye(3)
        gradient = torch.stack([sample(hit, depth, axis) - sample(hit, depth, -axis) for axis in axes], dim=-1).numpy()
        normals = -gradient @ np.linalg.inv(self.ras_from_ijk[:3, :3])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
        return hit.numpy(), depth.numpy(), normals


def _rays_in_voxels(ras_from_ijk: np.ndarray, eye: Camera, eye_from_ras: RigidTransform) -> tuple[np.ndarray, np.ndarray]:
    """Eye (3,) and rays (H*W, 3) in voxels, one mm long each."""
    v, u = np.mgrid[: eye.height, : eye.width]
    directions = eye.back_project(np.stack([u.ravel(), v.ravel()], axis=-1))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    ijk_from_ras = np.linalg.inv(ras_from_ijk)
    origin = ijk_from_ras[:3, :3] @ eye_from_ras.inverse().translation + ijk_from_ras[:3, 3]
    return origin, directions @ eye_from_ras.rotation @ ijk_from_ras[:3, :3].T


def _box_hits(origin: np.ndarray, rays: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where rays enter and leave the box from 0 to size."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = -origin / rays, (size - origin) / rays
    return np.fmax.reduce(np.fmin(first, second), axis=1).clip(0), np.fmin.reduce(np.fmax(first, second), axis=1)


def _shade(normals: np.ndarray, towards_eye: np.ndarray, eye_from_ras: RigidTransform) -> np.ndarray:
    """(N, 3) colours: a warm light from above the eye's left shoulder, a cool fill from the right, a faint gloss."""
    view = towards_eye / np.linalg.norm(towards_eye, axis=1, keepdims=True)
    right, down, forward = eye_from_ras.rotation
    key = -0.55 * right - 0.7 * down - 0.75 * forward
    fill = 0.8 * right + 0.1 * down - 0.5 * forward
    key, fill = key / np.linalg.norm(key), fill / np.linalg.norm(fill)
    lambert = np.clip(normals @ key, 0, 1)[:, None]
    soft = np.clip(normals @ fill, 0, 1)[:, None]
    half = view + key
    gloss = np.clip((normals * half).sum(1) / np.linalg.norm(half, axis=1), 0, 1)[:, None] ** 30
    facing = np.clip((normals * view).sum(1), 0, 1)[:, None]
    light = 0.16 + 0.70 * lambert + 0.10 * facing
    color = _BONE_RGB * light + np.array([0.10, 0.14, 0.22]) * soft + 0.12 * gloss
    return np.clip(color, 0, 1).astype(np.float32)
