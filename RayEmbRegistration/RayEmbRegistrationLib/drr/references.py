"""The published renderers DiffDRR and nanodrr behind our projector's interface, to compare with.

They are wanted by tests and benchmarks only, and imported when a projector is made. Both integrate along the whole line
through the source and a pixel, as ours does, so that absolute values (value times mm) can be compared.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.renderers import diffdrr_from_camera, nanodrr_from_camera

from .interface import inverse_of_rigid, poses_as_tensor
from .poses import PoseLike


class DiffDrrProjector:
    """DiffDRR 0.6: Gopalakrishnan & Golland, CLIP 2022.

    Args:
        values: (K, J, I) array or tensor, rendered as given (DiffDRR's own reader would rescale it to 0..1).
        ras_from_ijk: (4, 4).
        renderer: "siddon", exact for values constant in each voxel, or "trilinear".
        n_points: samples along each ray of the trilinear renderer.

    Raises:
        ImportError: diffdrr is not installed.
    """

    def __init__(
        self, values: torch.Tensor | np.ndarray, ras_from_ijk: np.ndarray, renderer: str = "siddon", n_points: int = 500
    ) -> None:
        try:
            import diffdrr.drr  # noqa: F401 - only to say early that it is missing
        except ImportError as error:
            raise ImportError("comparing with DiffDRR needs its package: pip install diffdrr==0.6.1") from error
        density = _as_xyz(values)
        ras_from_ijk = np.asarray(ras_from_ijk, dtype=np.float64)
        self._center_ras = ras_from_ijk[:3, :3] @ ((np.array(density.shape[1:]) - 1) / 2) + ras_from_ijk[:3, 3]
        affine = ras_from_ijk.copy()
        affine[:3, 3] -= self._center_ras
        # What DiffDRR takes from the subject that its reader makes.
        image = SimpleNamespace(data=density, affine=affine)
        self._subject = SimpleNamespace(volume=image, density=image, mask=None, reorient=torch.eye(4))
        self._renderer = renderer
        self._options = {} if renderer == "siddon" else {"n_points": n_points}
        # Siddon's method looks up nearest voxels, through which no gradient comes: to leave them out is exact and faster.
        self._making = {"stop_gradients_through_grid_sample": True} if renderer == "siddon" else {}

    def render(self, camera_from_ras: PoseLike, camera: Camera) -> torch.Tensor:
        """Line integrals (B, H, W), value times mm, differentiable with respect to poses given as a tensor.

        Raises:
            InputProblem: the camera has a skew, which DiffDRR's detector cannot have.
        """
        from diffdrr.drr import DRR
        from diffdrr.pose import RigidTransform as DiffDrrPose

        # The pose is a product with constants on both sides; only the middle depends on what is differentiated.
        geometry = diffdrr_from_camera(camera, RigidTransform(), np.zeros(3))
        drr = DRR(
            self._subject,
            sdd=geometry.sdd,
            height=geometry.height,
            width=geometry.width,
            delx=geometry.delx,
            dely=geometry.dely,
            x0=geometry.x0,
            y0=geometry.y0,
            reverse_x_axis=geometry.reverse_x_axis,
            renderer=self._renderer,
            **self._making,
        )
        poses = inverse_of_rigid(poses_as_tensor(camera_from_ras, "cpu").double())
        centered = torch.eye(4, dtype=torch.float64)
        centered[:3, 3] = -torch.as_tensor(self._center_ras)
        poses = centered @ poses @ torch.as_tensor(geometry.pose)
        return drr(DiffDrrPose(poses.float()), **self._options)[:, 0]


class NanoDrrProjector:
    """The nanodrr 0.1 ray marcher (trilinear interpolation, samples inside the volume only).

    Args:
        values: (K, J, I) array or tensor, rendered as given.
        ras_from_ijk: (4, 4).
        n_samples: samples along the part of each ray within the volume.
        device: where to work.
        backend: of nanodrr; "torch", or "triton" for its fused kernel on a card of CUDA.

    Raises:
        ImportError: nanodrr is not installed.
    """

    def __init__(
        self,
        values: torch.Tensor | np.ndarray,
        ras_from_ijk: np.ndarray,
        n_samples: int = 500,
        device: str = "cpu",
        backend: str = "torch",
    ) -> None:
        try:
            from nanodrr.data import Subject
        except ImportError as error:
            raise ImportError("comparing with nanodrr needs its package: pip install nanodrr==0.1.7") from error
        image = torch.as_tensor(values).detach().float()[None, None].contiguous()
        affine = torch.as_tensor(np.array(ras_from_ijk, dtype=np.float64))
        size = torch.tensor(image.shape[:1:-1], dtype=torch.float64)
        grid_from_ijk = torch.eye(4, dtype=torch.float64)  # voxel edges at -1 and 1
        grid_from_ijk[:3, :3] = torch.diag(2 / size)
        grid_from_ijk[:3, 3] = 1 / size - 1
        center_ras = affine[:3, :3] @ ((size - 1) / 2) + affine[:3, 3]
        self._subject = Subject(
            image,
            torch.zeros_like(image),
            affine.float(),
            affine.inverse().float(),
            grid_from_ijk.float(),
            center_ras.float(),
            max_label=0,
            convert_to_mu=False,
        ).to(device)
        self._n_samples, self._device, self._backend = n_samples, device, backend

    def render(self, camera_from_ras: PoseLike, camera: Camera) -> torch.Tensor:
        """Line integrals (B, H, W), value times mm, differentiable with respect to poses given as a tensor."""
        from nanodrr.drr import render

        geometry = nanodrr_from_camera(camera, RigidTransform())
        rt_inv = inverse_of_rigid(poses_as_tensor(camera_from_ras, self._device).double()).float()
        count = len(rt_inv)
        return render(
            self._subject,
            torch.as_tensor(geometry.k_inv, dtype=torch.float32, device=self._device).expand(count, 3, 3),
            rt_inv,
            torch.full((count,), geometry.sdd, device=self._device),
            geometry.height,
            geometry.width,
            n_samples=self._n_samples,
            backend=self._backend,
        )[:, 0]


def _as_xyz(values: torch.Tensor | np.ndarray) -> torch.Tensor:
    """(1, I, J, K) float32, as torchio orders the axes."""
    return torch.as_tensor(values).detach().float().permute(2, 1, 0)[None].contiguous()
