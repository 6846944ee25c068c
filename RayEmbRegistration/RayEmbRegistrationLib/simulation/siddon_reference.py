"""Exact line integrals by a projector that is not the one that registers.

A simulated X-ray drawn by the registering projector would share its errors and flatter it, so simulation uses DiffDRR's
implementation of Siddon's method (R. L. Siddon, Medical Physics 12(2), 1985): the exact integral of a volume that is
constant in each voxel. It is slow, and is needed for simulation only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform

_BYTES_PER_CHUNK = 250e6


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

    Raises:
        ModuleNotFoundError: diffdrr is not installed.
    """
    import torch

    try:
        from diffdrr.renderers import Siddon
    except ImportError as error:
        raise ModuleNotFoundError("simulating X-rays needs the reference projector: pip install diffdrr==0.6.1") from error

    values, offset_ijk = _crop_to_content(np.asarray(volume_values, dtype=np.float32))
    if values is None:
        return np.zeros((camera.height, camera.width), np.float32)
    source, target, length_mm = _rays_in_voxels(ras_from_ijk, camera, camera_from_ras)
    source, target = source - offset_ijk, target - offset_ijk

    volume = torch.from_numpy(values.transpose(2, 1, 0))  # DiffDRR indexes (x, y, z)
    renderer = Siddon(voxel_shift=0.5)  # voxel centres at integers
    crossings = sum(values.shape) + 3
    chunk = max(64, int(_BYTES_PER_CHUNK / (crossings * 4 * 12)))
    result = np.empty(len(target), np.float32)
    with torch.no_grad():
        start = torch.tensor(source, dtype=torch.float32)[None, None]
        for first in range(0, len(target), chunk):
            piece = slice(first, first + chunk)
            ends = torch.tensor(target[piece], dtype=torch.float32)[None]
            lengths = torch.tensor(length_mm[piece], dtype=torch.float32)[None, None]
            result[piece] = renderer(volume, start, ends, lengths)[0, 0].numpy()
            if progress is not None:
                progress(min(1.0, (first + chunk) / len(target)))
    return result.reshape(camera.height, camera.width)


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
