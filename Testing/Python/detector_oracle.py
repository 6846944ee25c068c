"""A bone of numbered discs and an encoder that reads the numbers: what an ideal network would detect, exactly.

Every point is painted as a disc of its own grey level with a small cone on top, by projector and X-ray alike; the encoder
turns the level into a code and the cone into closeness to it. Like a real network it matches similar views only: the codes
change with the picture's rotation, in steps of 30 degrees, and between a frontal and an oblique view.
"""

import numpy as np
import torch
from RayEmbRegistrationLib.detector.networks.encoder import Encoder
from torch.nn import functional

DISC_MM = 9.0
CONE = 0.4


def bone_points(seed=0) -> np.ndarray:
    """(30, 3) points about a frontal plane, 40 mm apart, with no symmetry."""
    rng = np.random.default_rng(seed)
    x, z = np.meshgrid(np.arange(6) * 40.0 - 100, np.arange(5) * 40.0 - 80)
    points = np.stack([x.ravel(), rng.uniform(-12, 12, x.size), z.ravel()], axis=1)
    return points + rng.uniform(-4, 4, points.shape) + np.array([20.0, -30.0, 50.0])


def paint(points_ras: np.ndarray, pose: np.ndarray, camera) -> np.ndarray:
    """(H, W) picture of the discs."""
    points = points_ras @ pose[:3, :3].T + pose[:3, 3]
    columns, rows = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    pixels = np.stack([columns, rows], axis=-1)
    image = np.zeros(pixels.shape[:2], dtype=np.float32)
    focal = abs(np.linalg.det(camera.K[:2, :2])) ** 0.5
    for number, (pixel, depth) in enumerate(zip(camera.project(points), points[:, 2], strict=True), start=1):
        off_mm = np.linalg.norm(pixels - pixel, axis=-1) * depth / focal
        image = np.where(off_mm < DISC_MM, number + CONE * (0.5 - off_mm / DISC_MM), image)
    return image


class DiscProjector:
    """Paints instead of projecting."""

    def __init__(self, points_ras: np.ndarray) -> None:
        self.points_ras = points_ras

    def render(self, poses, camera) -> torch.Tensor:
        return torch.as_tensor(np.stack([paint(self.points_ras, np.asarray(pose), camera) for pose in poses]))


class DiscEncoder(Encoder):
    """Reads the discs; with stride 2, like the small encoder."""

    dimensions, stride, multiple, name = 48, 2, 16, "discs"

    def __init__(self) -> None:
        super().__init__()
        self.codes = torch.linalg.qr(torch.randn(24, 48, 48, generator=torch.Generator().manual_seed(0)))[0]

    def forward(self, image, mask):
        high, low = functional.max_pool2d(image, 3, 1, 1), -functional.max_pool2d(-image, 3, 1, 1)
        number = image.round().long().clamp(0, 46)
        flat = (high - low < 0.45) & (number > 0) & (mask > 0)
        closeness = torch.where(flat, 0.5 + (image - number) / CONE, 0.0).clamp(0, 1)
        number = torch.where(flat, number, 0)
        sets = torch.tensor([view_number(each[0]) for each in number])[:, None, None]
        code = self.codes[sets, number[:, 0]].permute(0, 3, 1, 2)
        none = self.codes[sets, 47].permute(0, 3, 1, 2)
        return functional.avg_pool2d(closeness * code + 0.8 * (1 - closeness) * none, 2)


def view_number(number: torch.Tensor) -> int:
    """Which of 24 views a picture of disc numbers shows; 0, the upright front, if a corner of the bone is missing."""
    corners = [torch.nonzero(number == corner).double() for corner in (1, 6, 25)]
    if any(len(corner) == 0 for corner in corners):
        return 0
    first, along, below = (corner.mean(dim=0).flip(0) for corner in corners)
    across, down = first - along, below - first  # an upright front has the first corner on the right
    turn = round(float(torch.rad2deg(torch.atan2(across[1], across[0]))) / 30) % 12
    return 2 * turn + int(across.norm() / down.norm() < 1.12)
