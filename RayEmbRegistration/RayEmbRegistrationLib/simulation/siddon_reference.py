"""Exact line integrals by a projector that is not the one that registers.

A simulated X-ray drawn by the registering projector would share its errors and flatter it, so simulation uses Siddon's
method (R. L. Siddon, Medical Physics 12(2), 1985): the exact integral of a volume that is constant in each voxel. It is
slow, and is needed for simulation only. The tests hold it against DiffDRR's, which an ordinary installation lacks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform

if TYPE_CHECKING:
    import torch

_BYTES_PER_CHUNK = 250e6  # chosen for memory


def siddon_line_integrals(
    volume_values: np.ndarray,
    ras_from_ijk: np.ndarray,
    camera: Camera,
    camera_from_ras: RigidTransform,
    progress: Callable[[float], None] | None = None,
) -> np.ndarray:
    """Integrate a volume along the straight line through the source and each pixel centre.

    The whole line counts: source and detector are taken to lie outside the volume.

    Args:
        volume_values: (K, J, I) array, any unit.
        ras_from_ijk: (4, 4), voxel centres at integers, to RAS mm.
        camera: the X-ray's geometry.
        camera_from_ras: its pose.
        progress: called with the fraction done, 0 to 1.

    Returns:
        (H, W) float32, value times mm.
    """
    import torch

    values, offset_ijk = _crop_to_content(np.asarray(volume_values, dtype=np.float32))
    if values is None:
        return np.zeros((camera.height, camera.width), np.float32)
    source, target, length_mm = _rays_in_voxels(ras_from_ijk, camera, camera_from_ras)
    source, target = source - offset_ijk, target - offset_ijk

    volume = torch.from_numpy(values)
    crossings = sum(values.shape) + 3
    chunk = max(64, int(_BYTES_PER_CHUNK / (crossings * 4 * 12)))
    result = np.empty(len(target), np.float32)
    start = torch.tensor(source, dtype=torch.float32)
    for first in range(0, len(target), chunk):
        piece = slice(first, first + chunk)
        shares = _integrals(volume, start, torch.tensor(target[piece], dtype=torch.float32))
        result[piece] = shares.numpy() * length_mm[piece]
        if progress is not None:
            progress(min(1.0, (first + chunk) / len(target)))
    return result.reshape(camera.height, camera.width)


def _integrals(volume: torch.Tensor, source: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """(N,) integrals over the lines through a source and N targets, in shares of the distance from the source to the target.

    Args:
        volume: (K, J, I) values.
        source: (3,) in (i, j, k), voxel centres at integers.
        targets: (N, 3), likewise.
    """
    import torch

    size = volume.shape[::-1]
    direction = targets - source
    direction = torch.where(direction == 0, torch.full_like(direction, 1e-9), direction)  # parallel: crosses far away
    bounds = torch.tensor([[-0.5, count - 0.5] for count in size])
    ends = (bounds.T[:, None] - source) / direction  # (2, N, 3) where the line enters and leaves each pair of faces
    enters = ends.amin(dim=0).amax(dim=1, keepdim=True)
    leaves = ends.amax(dim=0).amin(dim=1, keepdim=True)
    planes = [(torch.arange(n + 1) - 0.5 - source[a]) / direction[:, a : a + 1] for a, n in enumerate(size)]
    crossings = torch.cat(planes, dim=1)
    crossings = torch.minimum(torch.maximum(crossings, enters), torch.maximum(enters, leaves))  # outside: no length
    crossings = crossings.sort(dim=1).values
    middles = (crossings[:, 1:] + crossings[:, :-1]) / 2
    offset = torch.zeros_like(middles, dtype=torch.int64)
    for axis, stride in zip((2, 1, 0), (size[0] * size[1], size[0], 1), strict=True):
        index = torch.round(source[axis] + middles * direction[:, axis : axis + 1]).long()
        offset += index.clamp(0, size[axis] - 1) * stride
    return (crossings.diff(dim=1) * volume.reshape(-1)[offset]).sum(dim=1)


def _crop_to_content(values: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """The block of voxels that are not zero and the (i, j, k) of its first voxel; None where all are zero."""
    bounds = []
    for axis in range(3):
        used = np.flatnonzero(np.any(values, axis=tuple(a for a in range(3) if a != axis)))
        if len(used) == 0:
            return None, np.zeros(3)
        bounds.append((used[0], used[-1] + 1))
    block = np.ascontiguousarray(values[tuple(slice(a, b) for a, b in bounds)])
    return block, np.array([bounds[2][0], bounds[1][0], bounds[0][0]], dtype=np.float64)


def _rays_in_voxels(
    ras_from_ijk: np.ndarray, camera: Camera, camera_from_ras: RigidTransform
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Source (3,) and pixel centres (H*W, 3) in (i, j, k), and their distances (H*W,) in mm."""
    v, u = np.mgrid[: camera.height, : camera.width]
    pixels = np.stack([u.ravel(), v.ravel()], axis=-1)
    points_camera = camera.back_project(pixels, camera.source_to_detector_mm)
    ras_from_camera = camera_from_ras.inverse()
    ijk_from_ras = np.linalg.inv(np.asarray(ras_from_ijk, dtype=np.float64))
    ends = ras_from_camera.apply(np.concatenate([np.zeros((1, 3)), points_camera]))
    ends_ijk = ends @ ijk_from_ras[:3, :3].T + ijk_from_ras[:3, 3]
    return ends_ijk[0], ends_ijk[1:], np.linalg.norm(points_camera, axis=-1)
