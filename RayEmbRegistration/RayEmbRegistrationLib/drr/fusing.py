"""Whether a graphics card runs the projector's loop as one kernel, and the poses as that kernel wants them.

Triton is not asked of anybody: PyTorch brings it on Linux, and without it the same numbers come from torch, more slowly.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from types import ModuleType

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera

from .compiling import SWITCH

_log = logging.getLogger(__name__)


@cache
def card_kernels(device: torch.device) -> ModuleType | None:
    """``drr.fused``; None where it is switched off, Triton is missing or cannot build a kernel for that card."""
    if os.environ.get(SWITCH) == "0":
        return None
    try:
        from . import fused

        # Triton calls the system's C compiler, too, where a kernel is first run: that it is there shows only by running one.
        slab = torch.ones((1, 2, 2), device=device)
        image = torch.zeros((1, 1, 1), device=device)
        ahead = np.concatenate([np.eye(3).ravel(), [0.5, 0.5, -1], np.diag([1.0, 1, 1]).ravel(), np.zeros(3)])[None]
        fused.project(slab, 0, (0, 1, 2), ahead, [0], (image, None))
        works = abs(float(image) - 1) < 1e-6
    except Exception as error:  # noqa: BLE001 - Triton's own, the driver's and the compiler's: torch does it then
        _log.info("projecting on %s without a fused kernel, more slowly: %s", device, error)
        return None
    return fused if works else None


def may_fuse(values: torch.Tensor) -> bool:
    """Whether the fused kernel takes this volume: single precision, on a card of CUDA."""
    return values.device.type == "cuda" and values.dtype == torch.float32 and card_kernels(values.device) is not None


def views_of(
    poses: np.ndarray, ijk_from_ras: np.ndarray, camera: Camera, centers: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the kernel is told of each pose.

    Args:
        poses: (B, 4, 4) camera_from_ras.
        ijk_from_ras: (4, 4) of the volume.
        camera: of all poses.
        centers: (B, 3) centres of rotation, camera frame, mm; None where no Jacobian is wanted.

    Returns:
        (B, VIEW) of the kernel, (B, 3) sources and (B, 3, 3) voxels from the camera's frame.
    """
    turns = ijk_from_ras[:3, :3] @ poses[:, :3, :3].transpose(0, 2, 1)
    sources = ijk_from_ras[:3, 3] - (turns @ poses[:, :3, 3:])[..., 0]
    inverse = np.broadcast_to(np.linalg.inv(camera.K).ravel(), (len(poses), 9))
    middles = np.zeros((len(poses), 3)) if centers is None else centers
    return np.concatenate([turns.reshape(-1, 9), sources, inverse, middles], axis=1), sources, turns
