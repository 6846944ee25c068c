"""A network that reconstructs bone from an X-ray: on each pixel's ray, where it enters the bone and where it leaves it.

The method of Shrestha, Xie, Yoshii & Kitahara, "2D-3D Registration Method for X-Ray Image Using 3D Reconstruction based on
Deep Neural Network", IIEEJ Trans. Image Electronics and Visual Computing 12(2), 2024: 3D is reconstructed from the X-ray,
and brought together with the CT. A volume of coordinates carries no more than two points a ray, since along a ray the CT's
coordinates are affine. The network is told each pixel's ray, so that it knows the camera.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem

from .encoder import Encoder, SmallEncoder

UNIT_MM = 100.0  # of the network's coordinates; chosen: bones are a few of it
USUAL_DEPTH_MM = 750.0  # at which a share of the depth is worth as much as coordinates are; about a C-arm's
LEAST_LOG_SCALE, MOST_LOG_SCALE = -4.0, 1.5  # of the Laplace scales in units: 2 mm to 450 mm; chosen
WIDTH = 64  # channels that the outputs are told from; chosen for time
GENERIC_PX = 128  # of the longer side of an X-ray of any anatomy; that of the middle of what training cuts
KEY = "reconstruction"
"""Of the weights' metadata, where the frame of the coordinates is."""
STRAY_MM = 25.0  # chosen: a bone found anew in the same CT has its middle millimetres away, another one farther


@dataclass(frozen=True, eq=False)
class SurfaceMaps:
    """What the network says, by feature (h, w); channels first.

    Attributes:
        mask: (B, h, w) logit that the ray meets bone.
        points: (B, 2, 3, h, w) entry and exit in the CT's frame, from the bone's middle, in units of UNIT_MM.
        log_scales: (B, 2, h, w) of their Laplace distributions.
        depths: (B, 2, h, w) entry's and exit's depth less the mean depth of the bone in view, as a share of that mean and in
            units of UNIT_MM at USUAL_DEPTH_MM.
        depth_log_scales: (B, 2, h, w).
    """

    mask: torch.Tensor
    points: torch.Tensor
    log_scales: torch.Tensor
    depths: torch.Tensor
    depth_log_scales: torch.Tensor


class SurfaceEncoder(Encoder):
    """The trunk of ``SmallEncoder``, told the rays, and a head that reads three of its resolutions.

    Args:
        widths, depth: of the trunk.
    """

    CHANNELS = 13  # mask; two points; two scales; two depths; two scales of them

    def __init__(self, widths: tuple[int, ...] | list[int] = (24, 48, 80, 112), depth: int = 3) -> None:
        super().__init__()
        self.dimensions, self.stride, self.multiple, self.name = self.CHANNELS, 2, 16, "surfaces"
        self.arguments = {"widths": [int(width) for width in widths], "depth": int(depth)}
        self.trunk = SmallEncoder(8, widths, depth)
        self.trunk.head = nn.Sequential()
        half, quarter, eighth, sixteenth = widths
        self.rays_at_half = nn.Conv2d(2, half, 1, bias=False)
        self.rays_at_sixteenth = nn.Conv2d(2, sixteenth, 1, bias=False)
        self.mix = nn.Sequential(
            nn.GroupNorm((half + quarter + eighth) // 8, half + quarter + eighth),
            nn.Conv2d(half + quarter + eighth, WIDTH, 1),
            nn.SiLU(),
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1),
            nn.SiLU(),
        )
        self.out = nn.Conv2d(WIDTH, self.CHANNELS, 1)
        with torch.no_grad():
            self.rays_at_half.weight.zero_()  # the trunk starts as it was trained
            self.rays_at_sixteenth.weight.zero_()
            self.out.weight.mul_(0.1)  # the bias is small by itself

    def start_from(self, encoder: SmallEncoder) -> None:
        """Take a trained encoder's weights for the trunk.

        Raises:
            InputProblem: its sizes are others.
        """
        kept = {name: value for name, value in encoder.state_dict().items() if not name.startswith("head.")}
        try:
            self.trunk.load_state_dict(kept)
        except RuntimeError as error:
            raise InputProblem("the weights to start from are of another size than the network's") from error

    if TYPE_CHECKING:  # as in Encoder

        def __call__(  # noqa: D102
            self, image: torch.Tensor, mask: torch.Tensor, slopes: torch.Tensor | None = None
        ) -> torch.Tensor: ...

    def forward(self, image: torch.Tensor, mask: torch.Tensor, slopes: torch.Tensor | None = None) -> torch.Tensor:
        """Outputs (B, CHANNELS, H / 2, W / 2) of images (B, 1, H, W), masks and rays (B, 2, H / 2, W / 2).

        A ray is x / z and y / z of its direction, at a feature's place; zero where None.
        """
        if slopes is None:
            slopes = image.new_zeros((len(image), 2, image.shape[-2] // 2, image.shape[-1] // 2))
        told = 10 * slopes.to(image.dtype)  # of the order of one
        beside = self.rays_at_half(told), self.rays_at_sixteenth(functional.avg_pool2d(told, 8))
        maps = self.trunk.features(image, mask, beside)
        size = maps[0].shape[-2:]
        raised = [functional.interpolate(each, size=size, mode="bilinear", align_corners=False) for each in maps[1:]]
        return self.out(self.mix(torch.cat([maps[0], *raised], dim=1)))


def split(outputs: torch.Tensor) -> SurfaceMaps:
    """The network's outputs (B, CHANNELS, h, w) by name."""
    mask, points, scales, depths, depth_scales = outputs.float().split([1, 6, 2, 2, 2], dim=1)

    def limited(values: torch.Tensor) -> torch.Tensor:
        return values.clamp(LEAST_LOG_SCALE, MOST_LOG_SCALE)

    return SurfaceMaps(mask[:, 0], points.unflatten(1, (2, 3)), limited(scales), depths, limited(depth_scales))


def feature_slopes(K: np.ndarray, size: tuple[int, int], stride: int = 2) -> np.ndarray:
    """(2, h, w) x / z and y / z of the rays through the features of an image of a size (width, height) by K (3, 3)."""
    columns, rows = np.meshgrid(np.arange(size[0] // stride), np.arange(size[1] // stride))
    pixels = (np.stack([columns, rows], axis=-1) + 0.5) * stride - 0.5
    return np.moveaxis((pixels - K[:2, 2]) @ np.linalg.inv(K[:2, :2]).T, -1, 0)


@dataclass(frozen=True, eq=False)
class SurfaceNetwork:
    """A network and the frame that it speaks of.

    Attributes:
        network: of this kind.
        pixel_mm: size of a pixel at the bone's middle; of no meaning where any anatomy is reconstructed (``is_generic``).
        center_ras: (3,) mm, the middle of the bone of the one CT it was trained on; None of a network for any anatomy, which
            knows depths but no CT's coordinates.
        extent_mm: largest side of that bone's box.
    """

    network: SurfaceEncoder
    pixel_mm: float
    center_ras: np.ndarray | None = None
    extent_mm: float = 0.0

    @property
    def is_generic(self) -> bool:
        """Whether it is for any anatomy, and knows no CT."""
        return self.center_ras is None

    def pixel_mm_of(self, camera: Camera, depth_mm: float) -> float:
        """Size of the pixels, at a depth, of what the network is shown: of any anatomy as large as makes the picture fit."""
        if not self.is_generic:
            return self.pixel_mm
        focal = abs(float(np.linalg.det(camera.K[:2, :2]))) ** 0.5
        return max(camera.image_size) * depth_mm / focal / GENERIC_PX

    def about(self) -> dict:
        """For the weights' metadata."""
        frame = None if self.center_ras is None else np.round(self.center_ras, 4).tolist()
        return {KEY: {"pixel_mm": self.pixel_mm, "center_ras": frame, "extent_mm": round(self.extent_mm, 2)}}

    @classmethod
    def from_weights(cls, network: Encoder, about: Mapping) -> SurfaceNetwork:
        """From what ``weights.load_encoder`` gave.

        Raises:
            InputProblem: these weights reconstruct nothing.
        """
        try:
            told = about[KEY]
            pixel_mm, extent_mm = float(told["pixel_mm"]), float(told["extent_mm"])
            center = None if told["center_ras"] is None else np.array(told["center_ras"], dtype=np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise InputProblem("the weights reconstruct no bone; train some with 'train --reconstruction'") from error
        fits = isinstance(network, SurfaceEncoder) and np.isfinite(pixel_mm) and pixel_mm > 0
        if not fits or (center is not None and (center.shape != (3,) or not np.isfinite(center).all())):
            raise InputProblem("the weights say that they reconstruct bone but hold another network; train them again")
        assert isinstance(network, SurfaceEncoder)  # noqa: S101 - just checked, for the type checker
        return cls(network, pixel_mm, center, extent_mm)

    def check_fits(self, center_ras: np.ndarray) -> None:
        """InputProblem unless it was trained on a bone whose middle (3,) lies there."""
        if self.center_ras is None:
            raise InputProblem(
                "the weights reconstruct any anatomy and know no CT's coordinates; to register by a reconstruction, train a "
                "network on this CT with 'train --reconstruction'"
            )
        gap = float(np.linalg.norm(self.center_ras - center_ras))
        if gap > STRAY_MM:
            raise InputProblem(
                f"the reconstruction was trained on another CT (its bone's middle lies {gap:.0f} mm off this one's); train "
                "it anew"
            )
