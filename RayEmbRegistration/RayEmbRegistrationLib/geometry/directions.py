"""Quarter turns and mirroring between the detector and the stored image."""

from __future__ import annotations

import numpy as np

from .camera import Camera


def stored_from_detector(rotation_deg: float, flip: bool) -> np.ndarray:
    """(2, 2) a step (columns, rows) in the image, given one on the detector: turned clockwise, then flipped."""
    quarter_turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    found = np.linalg.matrix_power(quarter_turn, round(rotation_deg / 90) % 4)
    return (np.diag([-1.0, 1.0]) if flip else np.eye(2)) @ found


def turned(turns: int, mirrored: bool) -> np.ndarray:
    """(2, 2) from the camera's x and y to columns and rows: mirrored or not, then counter-clockwise quarter turns."""
    return stored_from_detector(-90.0 * turns, flip=False) @ np.diag([-1.0 if mirrored else 1.0, 1.0])


def nearest_directions(camera: Camera) -> tuple[int, bool]:
    """(turns, mirrored) that describe a camera matrix best."""
    scaled = np.diag(camera.pixel_spacing_mm) @ camera.K[:2, :2]
    mirrored = bool(camera.is_mirrored)
    return max(range(4), key=lambda turns: float((scaled * turned(turns, mirrored)).sum())), mirrored
