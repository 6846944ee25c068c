"""A radiograph as the network wants it: at the templates' scale, unmirrored, and turned in its plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.resampling import area_mean
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.geometry.rigid import rotation_from_vector
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.radiograph import Radiograph

LARGEST_SIDE_PX = 512  # chosen for time and memory: each turn of an X-ray is such an image
SMALLEST_SIDE_PX = 16  # chosen: a few features a side, which show no bone


@dataclass(frozen=True, eq=False)
class TurnedImages:
    """One radiograph turned by R angles, in one batch.

    Attributes:
        images: (R, 1, H, W) float32, zero where the mask is.
        masks: (R, 1, H, W) float32, 0 or 1.
        cameras: R cameras of the turned images, in the turned frame: focal lengths equal and positive, no shear.
        rotations_deg: (R,); ``turned_from_camera = Rz(rotation)``.
        original: camera of the radiograph.
    """

    images: torch.Tensor
    masks: torch.Tensor
    cameras: tuple[Camera, ...]
    rotations_deg: np.ndarray
    original: Camera

    def original_pixels(self, which: int, pixels: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) of the radiograph from pixels of a turned image; exact, as both are affine in the ray."""
        return _apply(self._original_from_turned(which), pixels)

    def turned_pixels(self, which: int, pixels: np.ndarray) -> np.ndarray:
        """The other way round."""
        return _apply(np.linalg.inv(self._original_from_turned(which)), pixels)

    def _original_from_turned(self, which: int) -> np.ndarray:
        turn = rotation_about_axis(self.rotations_deg[which])
        return self.original.K @ turn.T @ np.linalg.inv(self.cameras[which].K)


def rotation_about_axis(degrees: float) -> np.ndarray:
    """(3, 3) rotation about the optical axis."""
    return rotation_from_vector(np.array([0.0, 0.0, np.radians(degrees)]))


def turned_images(
    radiograph: Radiograph, pixel_mm: float, depth_mm: float, rotations_deg: np.ndarray, device: str | torch.device = "cpu"
) -> TurnedImages:
    """Resample a radiograph so that a pixel covers ``pixel_mm`` at ``depth_mm``, turned by each angle.

    It is averaged over areas first and then interpolated, so that nothing is lost or aliased. Any camera will do: the turned
    images are those of a plain one with square pixels, the bone never mirrored. A picture of more than LARGEST_SIDE_PX gets
    larger pixels.

    Raises:
        InputProblem: the radiograph is smaller than SMALLEST_SIDE_PX at that scale.
    """
    camera = radiograph.camera
    focal = abs(np.linalg.det(camera.K[:2, :2])) ** 0.5
    target = depth_mm / pixel_mm
    target = min(target, LARGEST_SIDE_PX / max(camera.image_size) * focal)
    # Column and row of the detector may have pixels of their own sizes.
    scales = target / np.hypot(camera.K[0, :2], camera.K[1, :2]) if _is_straight(camera) else np.full(2, target / focal)
    width, height = (max(1, round(side * min(scale, 1.0))) for side, scale in zip(camera.image_size, scales, strict=True))
    if max(np.array(camera.image_size) * target / focal) < SMALLEST_SIDE_PX:
        raise InputProblem(
            f"the X-ray is only {max(camera.image_size) * target / focal:.0f} px across at {pixel_mm:.2f} mm a pixel; "
            "check its pixel spacing and its distance from the source"
        )
    image, mask = _averaged(radiograph, height, width, device)
    small = camera.resample(width, height)
    cameras = [_turned_camera(small, target, angle) for angle in rotations_deg]
    size = (max(camera.width for camera in cameras), max(camera.height for camera in cameras))
    grids = torch.stack(
        [_grid(small, camera, angle, size) for camera, angle in zip(cameras, rotations_deg, strict=True)]
    ).to(device)
    both = torch.cat([image * mask, mask], dim=1).expand(len(cameras), -1, -1, -1)
    sampled = functional.grid_sample(both, grids, mode="bilinear", padding_mode="zeros", align_corners=False)
    share = sampled[:, 1:]
    masks = (share > 0.5).float()
    images = sampled[:, :1] / share.clamp_min(0.5) * masks
    return TurnedImages(images, masks, tuple(cameras), np.asarray(rotations_deg, dtype=np.float64), camera)


def _averaged(
    radiograph: Radiograph, height: int, width: int, device: str | torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """(1, 1, h, w) means of the usable pixels over areas, and 0 or 1 where at least half are usable."""
    mask = torch.as_tensor(radiograph.mask, dtype=torch.float32, device=device)[None, None]
    image = torch.as_tensor(radiograph.image, dtype=torch.float32, device=device)[None, None]
    share = area_mean(mask, (height, width))
    mean = area_mean(image * mask, (height, width)) / share.clamp_min(1e-6)
    return mean, (share >= 0.5).float()


def _is_straight(camera: Camera) -> bool:
    """Whether columns and rows run along the camera's axes (flipped or not)."""
    return bool(np.abs(camera.K[[0, 1], [1, 0]]).max() < 1e-6 * np.abs(camera.K[[0, 1], [0, 1]]).min())


def _turned_camera(small: Camera, focal: float, degrees: float) -> Camera:
    """Plain camera, turned about the optical axis, of the smallest image that holds all of another's."""
    width, height = small.image_size
    corners = np.array([[x, y] for x in (-0.5, width - 0.5) for y in (-0.5, height - 0.5)])
    turned = focal * (small.back_project(corners) @ rotation_about_axis(degrees).T)[:, :2]
    low, high = turned.min(axis=0), turned.max(axis=0)
    sides = np.ceil(high - low - 1e-6)
    middle = (sides - 1) / 2 - (low + high) / 2
    size = (int(sides[0]), int(sides[1]))
    return Camera(np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]]), size, (1.0, 1.0), focal)


def _grid(small: Camera, turned: Camera, degrees: float, size: tuple[int, int]) -> torch.Tensor:
    """(H, W, 2) where to sample the small image for a turned one of a size (width, height)."""
    affine = small.K @ rotation_about_axis(degrees).T @ np.linalg.inv(turned.K)
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    pixels = _apply(affine, np.stack([columns, rows], axis=-1).astype(np.float64))
    return torch.as_tensor(2 * (pixels + 0.5) / np.array(small.image_size) - 1, dtype=torch.float32)


def _apply(affine: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """An affine map (3, 3) of pixels (..., 2)."""
    return np.asarray(pixels, dtype=np.float64) @ affine[:2, :2].T + affine[:2, 2]
