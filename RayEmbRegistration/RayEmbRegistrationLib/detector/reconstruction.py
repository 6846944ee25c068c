"""Bone reconstructed from a radiograph by the network: two points on each ray, as maps and as pairs of 3D and 2D."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .landmarks import Landmarks
from .networks.encoder import padded_to_multiple
from .networks.surfaces import UNIT_MM, USUAL_DEPTH_MM, SurfaceNetwork, feature_slopes, split
from .turned_image import turned_images

BONE_FROM = 0.5  # probability from which a ray is taken to meet bone
MOST_PAIRS = 1200  # of a radiograph; chosen for time, evenly spread over its bone
SURE_MM = 15.0  # Laplace scale of a point that counts half; chosen: about the error of a network trained for minutes
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


def surface_pairs(network: SurfaceNetwork, radiographs: Mapping[bool, Radiograph], depth_mm: float) -> list[Landmarks]:
    """Points of both surfaces and the pixels whose rays meet them, by the polarity of least doubt first.

    They are no landmarks, for they are others in each X-ray; but a pose is told from them as from those.
    """
    found = []
    for bright, radiograph in radiographs.items():
        seen = reconstruct(network, radiograph, depth_mm)
        if seen.points_ras is None:
            raise InputProblem("a network for any anatomy knows no CT; train one with 'train --reconstruction'")
        places = np.argwhere(seen.is_bone)
        places = places[:: max(1, -(-2 * len(places) // MOST_PAIRS))]
        rows, columns = places.T
        points = seen.points_ras[:, rows, columns].reshape(-1, 3)
        pixels = np.tile(seen.pixels[rows, columns], (2, 1))
        sure = 1 / (1 + (seen.scales_mm[:, rows, columns].reshape(-1) / SURE_MM) ** 2)
        weights = sure * np.tile(seen.bone[rows, columns], 2)
        nothing = np.zeros(len(points), dtype=bool)
        found.append((seen.doubt_mm(), Landmarks(points, pixels, weights, weights, weights, nothing, 0, 0.0, bright)))
    return [each for _, each in sorted(found, key=lambda one: one[0])]


def _on_host(values: torch.Tensor) -> np.ndarray:
    """Of the first of a batch, as NumPy computes with it."""
    return values[0].cpu().numpy().astype(np.float64)
