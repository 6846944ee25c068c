"""Bone reconstructed from a radiograph by the network: two points on each ray, as maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .networks.encoder import padded_to_multiple
from .networks.surfaces import UNIT_MM, USUAL_DEPTH_MM, SurfaceNetwork, feature_slopes, split
from .turned_image import turned_images

BONE_FROM = 0.5  # probability from which a ray is taken to meet bone
LEAST_BONE = 12  # rays through bone, below which nothing is reconstructed; chosen: a few features a side


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """What a radiograph shows of the bone, on a grid of its rays (h, w).

    Attributes:
        pixels: (h, w, 2) column and row in the radiograph.
        rays: (h, w, 2) x / z and y / z in the radiograph's camera frame.
        bone: (h, w) probability that the ray meets bone; 0 where the radiograph is not usable.
        points_ras: (2, h, w, 3) entry and exit in the CT's frame, mm; None by a network that knows no CT.
        scales_mm: (2, h, w) of their Laplace distributions; those of the depths by a network that knows no CT.
        depths: (2, h, w) depth of entry and exit, as multiples of the mean depth of the bone in view.
        depth_scales: (2, h, w) likewise, of their Laplace distributions.
    """

    pixels: np.ndarray
    rays: np.ndarray
    bone: np.ndarray
    points_ras: np.ndarray | None
    scales_mm: np.ndarray
    depths: np.ndarray
    depth_scales: np.ndarray

    @property
    def is_bone(self) -> np.ndarray:
        """(h, w) rays taken to meet bone."""
        return self.bone >= BONE_FROM

    def doubt_mm(self) -> float:
        """Mean scale of the points on rays through bone; infinite where there are hardly any."""
        chosen = self.is_bone
        return float(self.scales_mm[:, chosen].mean()) if chosen.sum() >= LEAST_BONE else float("inf")


def reconstruct(network: SurfaceNetwork, radiograph: Radiograph, depth_mm: float) -> Reconstruction:
    """Reconstruct the bone that a conditioned X-ray shows.

    Args:
        network: trained on this CT, or for any anatomy.
        radiograph: bone bright.
        depth_mm: guess of the bone's distance from the source.

    Raises:
        InputProblem: nothing usable in it at the bone's scale.
    """
    device = next(network.network.parameters()).device
    turned = turned_images(radiograph, network.pixel_mm_of(radiograph.camera, depth_mm), depth_mm, np.zeros(1), device)
    multiple, stride = network.network.multiple, network.network.stride
    images, masks = (padded_to_multiple(each, multiple) for each in (turned.images, turned.masks))
    camera = turned.cameras[0]
    slopes = feature_slopes(camera.K, (images.shape[-1], images.shape[-2]), stride)
    with torch.no_grad():
        told = torch.as_tensor(slopes, dtype=images.dtype, device=device)[None]
        maps = split(network.network(images, masks, told))
    usable = (functional.avg_pool2d(masks, stride)[0, 0] >= BONE_FROM).cpu().numpy()
    if not usable.any():
        raise InputProblem("the X-ray has no usable pixel at the scale of the bone; check its mask and its geometry")
    rows, columns = np.meshgrid(*(np.arange(size) for size in usable.shape), indexing="ij")
    features = np.stack([columns, rows], axis=-1)
    bone = maps.mask[0].sigmoid().cpu().numpy() * usable
    unit = UNIT_MM / USUAL_DEPTH_MM
    depth_scales = unit * np.exp(_on_host(maps.depth_log_scales))
    points = None
    scales_mm = USUAL_DEPTH_MM * depth_scales
    if network.center_ras is not None:
        points = np.moveaxis(_on_host(maps.points), 1, -1) * UNIT_MM + network.center_ras
        scales_mm = UNIT_MM * np.exp(_on_host(maps.log_scales))
    return Reconstruction(
        turned.original_pixels(0, (features + 0.5) * stride - 0.5),
        np.moveaxis(slopes, 0, -1),
        bone,
        points,
        scales_mm,
        1 + unit * _on_host(maps.depths),
        depth_scales,
    )


def _on_host(values: torch.Tensor) -> np.ndarray:
    """Of the first of a batch, as NumPy computes with it."""
    return values[0].cpu().numpy().astype(np.float64)
