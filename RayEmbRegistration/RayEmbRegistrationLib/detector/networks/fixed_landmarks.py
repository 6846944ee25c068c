"""A patient's own fixed landmarks: one heat map a point, as detectors before RayEmb had them.

Bier et al., "X-ray-transform Invariant Anatomical Landmark Detection for Pelvic Trauma Surgery", MICCAI 2018, and Grupp et
al., IJCARS 15, 2020: a network knows a few points, whose heat maps it draws. Points are chosen on this patient's bone, and
the network is trained on this patient's CT alone, so that nobody annotates anything; another patient needs another network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.detector.landmarks import Landmarks
from RayEmbRegistrationLib.detector.turned_image import turned_images
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .encoder import SmallEncoder, encode

POINTS = 64  # chosen: many for six degrees of freedom, few enough for a heat map each
PEAK_RADIUS = 2  # features about a peak whose mass counts as its; chosen: a peak is a few features wide
KEY = "fixed_landmarks"
"""Of the weights' metadata, where the points are."""
# Chosen: the points of one bone are spread anew with each CT, millimetres apart; those of another bone are farther.
STRAY_MM = 25.0


@dataclass(frozen=True, eq=False)
class FixedLandmarks:
    """A network and the points it knows.

    Attributes:
        network: its N channels are the logarithms of the points' heat maps, up to a constant.
        points_ras: (N, 3) mm, of the one CT it was trained on.
        pixel_mm: size of a pixel at the bone's centre.
    """

    network: SmallEncoder
    points_ras: np.ndarray
    pixel_mm: float

    def about(self) -> dict:
        """For the weights' metadata."""
        return {KEY: {"points_ras": np.round(self.points_ras, 4).tolist(), "pixel_mm": self.pixel_mm}}

    @classmethod
    def from_weights(cls, network: SmallEncoder, about: Mapping) -> FixedLandmarks:
        """From what ``weights.load_encoder`` gave.

        Raises:
            InputProblem: these weights hold no fixed landmarks.
        """
        try:
            points = np.array(about[KEY]["points_ras"], dtype=np.float64)
            pixel_mm = float(about[KEY]["pixel_mm"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputProblem("the weights hold no fixed landmarks; train some with 'train --fixed-landmarks'") from error
        if points.shape != (network.dimensions, 3) or not (np.isfinite(points).all() and pixel_mm > 0):
            raise InputProblem("the weights' fixed landmarks do not fit their network; train them again")
        return cls(network, points, pixel_mm)

    def check_fits(self, bone_points_ras: np.ndarray) -> None:
        """ValueError unless all points lie near points of a bone (M, 3): a network of another CT is of no use."""
        gaps = np.linalg.norm(self.points_ras[:, None] - bone_points_ras[None], axis=2).min(axis=1)
        if gaps.max() > STRAY_MM:
            raise InputProblem(
                f"the fixed landmarks are of another CT (one is {gaps.max():.0f} mm off this bone); train them anew"
            )


def choose_points(bone_points_ras: np.ndarray, count: int = POINTS) -> np.ndarray:
    """(count, 3) of the bone's points (N, 3), far from each other (farthest-point sampling from the outermost one)."""
    points = np.asarray(bone_points_ras, dtype=np.float64)
    gaps = np.linalg.norm(points - points.mean(axis=0), axis=1)
    chosen = [int(gaps.argmax())]
    gaps = np.linalg.norm(points - points[chosen[0]], axis=1)
    while len(chosen) < min(count, len(points)):
        chosen.append(int(gaps.argmax()))
        gaps = np.minimum(gaps, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return points[chosen]


def detect_fixed(fixed: FixedLandmarks, radiographs: Mapping[bool, Radiograph], depth_mm: float) -> list[Landmarks]:
    """The points in a radiograph, by the polarity that shows them best first.

    Args:
        fixed: network and points.
        radiographs: the conditioned X-ray under each polarity to try.
        depth_mm: guess of the distance of the bone's centre from the source.
    """
    device = next(fixed.network.parameters()).device
    found = []
    for bright, radiograph in radiographs.items():
        turned = turned_images(radiograph, fixed.pixel_mm, depth_mm, np.zeros(1), device)
        logits = encode(fixed.network, turned.images, turned.masks).float()[0]
        stride = fixed.network.stride
        usable = functional.avg_pool2d(turned.masks, stride, ceil_mode=True)[0, 0] >= 0.5
        if not usable.any():
            raise InputProblem("the X-ray has no usable pixel at the scale of the bone; check its mask and its geometry")
        positions, scores, margins = peaks(logits, usable)
        pixels = turned.original_pixels(0, (positions + 0.5) * stride - 0.5)
        nothing = np.zeros(len(scores), dtype=bool)
        found.append(Landmarks(fixed.points_ras, pixels, scores, margins, scores, nothing, 0, 0.0, bright))
    return sorted(found, key=lambda landmarks: -float(landmarks.scores.mean()))


def peaks(logits: torch.Tensor, usable: torch.Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where heat maps (N, h, w) are highest among usable features (h, w).

    Returns:
        positions (N, 2) column and row in features, the mean over the peak; its mass (N,), 0 to 1; and by how much that
        exceeds the mass elsewhere (N,).
    """
    height, width = logits.shape[-2:]
    heat = torch.where(usable, logits, -torch.inf).flatten(1).softmax(dim=1).view(-1, 1, height, width)
    side = 2 * PEAK_RADIUS + 1
    mass = functional.avg_pool2d(heat, side, 1, PEAK_RADIUS) * side**2
    best = heat.flatten(1).argmax(dim=1)
    row, column = best // width, best % width
    rows, columns = torch.meshgrid(
        torch.arange(height, device=heat.device), torch.arange(width, device=heat.device), indexing="ij"
    )
    distance = torch.maximum((rows - row[:, None, None]).abs(), (columns - column[:, None, None]).abs())
    near = heat[:, 0] * (distance <= PEAK_RADIUS)
    total = near.sum((1, 2))
    position = torch.stack([(near * columns).sum((1, 2)), (near * rows).sum((1, 2))], dim=1) / total[:, None]
    elsewhere = torch.where(distance > 2 * PEAK_RADIUS, mass[:, 0], 0.0).amax(dim=(1, 2))
    return _on_host(position), _on_host(total), _on_host(total - elsewhere)


def _on_host(values: torch.Tensor) -> np.ndarray:
    """As NumPy computes with them."""
    return values.cpu().numpy().astype(np.float64)
