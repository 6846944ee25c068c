"""What lies in an X-ray besides the CT: a body where the CT is masked, gas, metal tools, the collimator, a letter."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem


def pixel_axes(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates x (1, W) and y (H, 1) running over -0.5..0.5 of the image's larger side."""
    height, width = shape
    side = max(shape)
    x = (np.arange(width, dtype=np.float32) - (width - 1) / 2) / side
    y = (np.arange(height, dtype=np.float32) - (height - 1) / 2) / side
    return x[None, :], y[:, None]


def body_path(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(H, W) mm of water of an elliptic trunk 200 to 300 mm thick that fills most of the field, with organs."""
    x, y = pixel_axes(shape)
    angle, center = rng.normal(0, 0.12), rng.normal(0, 0.12, 2)
    across = (x - center[0]) * np.cos(angle) + (y - center[1]) * np.sin(angle)
    along = (y - center[1]) * np.cos(angle) - (x - center[0]) * np.sin(angle)
    half_width = rng.uniform(0.55, 0.85)
    chord = np.sqrt(np.clip(1 - (across / half_width) ** 2, 0, None))
    path = rng.uniform(200, 300) * chord * (1 + rng.normal(0, 0.12) * along - rng.uniform(0, 0.25) * along**2)
    return np.maximum(path + blobs(shape, rng, count=int(rng.integers(6, 16)), gas=False), 0).astype(np.float32)


def blobs(shape: tuple[int, int], rng: np.random.Generator, count: int, gas: bool) -> np.ndarray:
    """(H, W) mm of water added (organs, faeces) or removed (bowel gas) by random ellipsoids."""
    x, y = pixel_axes(shape)
    total = np.zeros(shape, np.float32)
    for _ in range(count):
        cx, cy = rng.uniform(-0.45, 0.45, 2)
        a, b = rng.uniform(0.03, 0.12, 2) if gas else rng.uniform(0.05, 0.22, 2)
        turn = rng.uniform(0, np.pi)
        u = ((x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)) / a
        v = ((y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)) / b
        depth = rng.uniform(-35, -10) if gas else rng.uniform(-12, 22)
        total += depth * np.sqrt(np.clip(1 - u * u - v * v, 0, None))
    return total


def metal_tools(shape: tuple[int, int], pixel_mm: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """(H, W) mm of steel of random Kirschner wires, rods and screws.

    Args:
        shape: of the image.
        pixel_mm: pixel size in the plane of the anatomy.
        count: number of tools.
        rng: seeded generator.
    """
    total = np.zeros(shape, np.float32)
    half = np.array(shape[::-1]) * pixel_mm / 2
    for _ in range(count):
        kind = rng.choice(["wire", "rod", "screw"])
        diameter = {"wire": rng.uniform(1.6, 2.8), "rod": rng.uniform(5, 7), "screw": rng.uniform(5, 7.3)}[kind]
        length = {"wire": rng.uniform(90, 220), "rod": rng.uniform(80, 200), "screw": rng.uniform(45, 100)}[kind]
        middle, angle = rng.uniform(-0.6, 0.6, 2) * half, rng.uniform(0, np.pi)
        tilt = rng.uniform(0.6, 1.0)  # seen obliquely it is shorter and the ray's way through it longer
        total += _rod(shape, pixel_mm, middle, angle, (diameter, length * tilt, kind == "screw")) / tilt
    return total


def _rod(
    shape: tuple[int, int], pixel_mm: float, middle: np.ndarray, angle: float, size: tuple[float, float, bool]
) -> np.ndarray:
    """(H, W) chord through a cylinder in the image plane; size is diameter, length (mm) and whether it has a thread."""
    diameter, length, threaded = size
    x, y = pixel_axes(shape)
    side = max(shape) * pixel_mm
    x, y = x * side - middle[0], y * side - middle[1]
    along = x * np.cos(angle) + y * np.sin(angle)
    across = np.abs(y * np.cos(angle) - x * np.sin(angle))
    radius = np.full(shape, diameter / 2, np.float32)
    if threaded:
        radius *= np.where(along > 0, 0.86 + 0.14 * np.cos(2 * np.pi * along / 2.75), 0.7).astype(np.float32)
        radius = np.where(along < 5 - length / 2, np.float32(diameter * 0.72), radius)  # head
    inside = np.clip((length / 2 - np.abs(along)) / pixel_mm + 0.5, 0, 1)
    return 2 * np.sqrt(np.clip(radius**2 - across**2, 0, None)) * inside


def collimator(shape: tuple[int, int], kind: str, rng: np.random.Generator) -> np.ndarray:
    """(H, W) bool, True where the beam is open.

    Args:
        shape: of the image.
        kind: "none", "round" or "rectangular".
        rng: seeded generator.

    Raises:
        InputProblem: an unknown kind.
    """
    x, y = pixel_axes(shape)
    if kind == "none":
        return np.ones(shape, dtype=bool)
    if kind == "round":
        return np.broadcast_to(x * x + y * y < rng.uniform(0.42, 0.495) ** 2, shape).copy()
    if kind == "rectangular":
        left, right, top, bottom = rng.uniform(0.34, 0.5, 4)
        turn = rng.normal(0, 0.03)
        u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        return (u > -left) & (u < right) & (v > -top) & (v < bottom)
    raise InputProblem(f"unknown collimation '{kind}'; use none, round or rectangular")


def letter_mask(shape: tuple[int, int], letter: str, rng: np.random.Generator) -> np.ndarray:
    """(H, W) bool, True on a letter burnt into a corner of the image."""
    import cv2

    canvas = np.zeros(shape, np.uint8)
    size = max(shape) / 384
    corner = (0.14 if rng.random() < 0.5 else 0.8, 0.16 if rng.random() < 0.5 else 0.88)
    place = (int(corner[0] * shape[1]), int(corner[1] * shape[0]))
    cv2.putText(canvas, letter, place, cv2.FONT_HERSHEY_SIMPLEX, 0.9 * size, 255, max(1, round(2.4 * size)))
    return canvas > 127
