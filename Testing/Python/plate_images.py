"""Simulated images of calibration plates under known distortion: what undistortion is tested and measured on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from RayEmbRegistrationLib.xray.making import make_view
from scipy import ndimage

HEXAGONAL = np.array([[1.0, 0.0], [0.5, np.sqrt(3) / 2]])
Field = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Plate:
    """A plate and how it is seen; lengths in px of the straight image.

    ``field`` gives the shift of straight points (N, 2), in units of the field's radius, about its middle.
    """

    field: Field
    size: int = 512
    pitch: float = 20.0
    radius: float = 4.0
    hexagonal: bool = False
    bright: bool = False
    turn_deg: float = 7.0
    noise: float = 0.02
    round_field: bool = True

    @property
    def middle(self) -> np.ndarray:
        return np.full(2, (self.size - 1) / 2)

    def seen(self, straight: np.ndarray) -> np.ndarray:
        """Where straight points (N, 2) are seen."""
        half = self.size / 2
        return straight + half * self.field((straight - self.middle) / half)

    def straight(self, seen: np.ndarray) -> np.ndarray:
        """The straight points of seen ones, by fixed-point steps."""
        found = seen.copy()
        for _ in range(15):  # a quarter of the error is left by each, at most
            found = found + seen - self.seen(found)
        return found

    def image(self, seed: int = 0) -> np.ndarray:
        """(size, size) of the plate: 3 x 3 rays a pixel, a falling field, blur and noise."""
        offsets = (np.arange(3) - 1) / 3
        x, y = np.meshgrid(np.arange(self.size, dtype=float), np.arange(self.size, dtype=float))
        covered = np.zeros((self.size, self.size))
        for dx in offsets:
            for dy in offsets:
                rays = np.stack([x + dx, y + dy], axis=-1).reshape(-1, 2)
                covered += (self._distance(self.straight(rays)) < self.radius).reshape(x.shape) / 9
        from_middle = np.hypot(x - self.middle[0], y - self.middle[1]) / (self.size / 2)
        light = 1 - 0.35 * from_middle**2 + 0.1 * (x / self.size)
        image = light * (0.3 + 0.6 * covered if self.bright else 1 - 0.6 * covered)
        image = ndimage.gaussian_filter(image, 0.8)
        image += self.noise * np.random.default_rng(seed).standard_normal(image.shape)
        if self.round_field:
            image[from_middle > 0.97] = 0.0
        return np.round(1000 * np.clip(image, 0, 2)).astype(np.float32)

    def view(self, seed: int = 0, **others):
        return make_view(self.image(seed), name="plate.tif", **others)

    def _distance(self, straight: np.ndarray) -> np.ndarray:
        """Of points from the nearest bead."""
        angle = np.radians(self.turn_deg)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        basis = self.pitch * (HEXAGONAL if self.hexagonal else np.eye(2)) @ turn.T
        steps = (straight - self.middle - (3.3, 1.7)) @ np.linalg.inv(basis)
        low = np.floor(steps)
        corners = [low + np.array((i, j)) for i in (0, 1) for j in (0, 1)]
        return np.min([np.linalg.norm((steps - corner) @ basis, axis=1) for corner in corners], axis=0)


def pincushion(amount: float) -> Field:
    """Outwards with the cube of the radius: ``amount`` of the radius at the field's edge."""
    return lambda p: amount * p * (p**2).sum(axis=1, keepdims=True)


def s_shape(amount: float) -> Field:
    """Vertical lines become an S, as the earth's field across the tube makes them."""
    return lambda p: np.stack([amount * np.sin(np.pi * p[:, 1]), np.zeros(len(p))], axis=1)


def swirl(amount: float) -> Field:
    """A turn that grows with the radius, as the earth's field along the tube makes it."""
    return lambda p: amount * (p**2).sum(axis=1, keepdims=True) * np.stack([-p[:, 1], p[:, 0]], axis=1)


def together(*fields: Field) -> Field:
    return lambda p: sum(field(p) for field in fields)


def misplaced(plate: Plate, correction) -> tuple[np.ndarray, np.ndarray]:
    """(N,) px, how far straight points stay from a similarity of the truth; and their radius, of 1 at the corrected edge."""
    from RayEmbRegistrationLib.geometry.distortion import similarity

    rows, columns = np.nonzero(correction.reached[::5, ::5])
    points = 5.0 * np.stack([columns, rows], axis=1)
    seen = correction.seen_px[points[:, 1].astype(int), points[:, 0].astype(int)].astype(float)
    within = np.linalg.norm(seen - plate.middle, axis=1) < 0.96 * plate.size / 2
    points, truth = points[within], plate.straight(seen[within])
    scale, rotation, shift = similarity(truth, points)
    radius = np.linalg.norm(points - plate.middle, axis=1)
    return np.linalg.norm(scale * truth @ rotation.T + shift - points, axis=1), radius / radius.max()
