"""A line of the patient's space on an X-ray, in straight pieces: whole in its field, dashed beyond it, with its band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from RayEmbRegistrationLib.geometry.camera import Camera
from RayEmbRegistrationLib.geometry.uncertainty import PoseUncertainty, Sight, half_widths

STEP_SHARE = 1 / 240
"""Length of a piece of a line, of the larger side of the image."""
MOST_PIECES = 20_000
"""A line that comes close to the source runs far out of the image."""
DASH, GAP = 3, 2
"""Pieces drawn and left out where a line is hidden."""
BEYOND = 0.15
"""Share of the image's size by which dashes reach beyond its edge."""


def within(camera: Camera, pixels: np.ndarray, field: np.ndarray | None, beyond: float = 0.0) -> np.ndarray:
    """(N,) bool, which pixels (N, 2) lie in the field of an X-ray, or so far beyond its edges; NaN never does."""
    size, margin = np.array(camera.image_size), beyond * max(camera.image_size)
    inside = np.asarray(((pixels > -0.5 - margin) & (pixels < size - 0.5 + margin)).all(axis=1))  # NaN compares false
    if field is None or not inside.any():
        return inside
    place = np.clip((pixels[inside] + 0.5) / size, 0, 1 - 1e-9)
    rows, columns = (place[:, ::-1] * field.shape).astype(int).T
    inside[inside] = field[rows, columns]
    return inside


@dataclass(frozen=True, eq=False)
class DrawnLine:
    """A line on an X-ray in pieces of one length.

    Attributes:
        pixels: (N, 2); NaN where it is behind the source.
        isBefore: (N,) bool, whether it is before the detector.
        widths: (N,) px of the band to either side; empty where that is not known.
        across: (N, 2) of unit length.
    """

    pixels: np.ndarray
    isBefore: np.ndarray
    widths: np.ndarray
    across: np.ndarray

    @classmethod
    def of(cls, sight: Sight, line: np.ndarray, uncertainty: PoseUncertainty | None = None) -> DrawnLine:
        """From its points (M, 3) RAS mm."""
        pixels = sight.project(line)
        depth = sight.camera_from_ras.apply(line)[:, 2]
        directions = np.gradient(pixels, axis=0)
        length = np.linalg.norm(directions, axis=1)
        across = np.stack([-directions[:, 1], directions[:, 0]], axis=1) / np.where(length > 0, length, np.nan)[:, None]
        widths = np.zeros(0)
        if uncertainty is not None:
            widths = half_widths(sight.drawn_covariance(line, uncertainty), directions)
        isBefore = depth < sight.camera.source_to_detector_mm
        return cls(*_even(pixels, isBefore, widths, across, STEP_SHARE * max(sight.camera.image_size)))

    def drawn(self, camera: Camera, field: np.ndarray | None) -> np.ndarray:
        """(M, 2, 2) px, pieces: whole where it is in the field, dashed where it is not."""
        seen = within(camera, self.pixels, field) & self.isBefore
        near = within(camera, self.pixels, None, BEYOND)
        dashes = np.arange(len(self.pixels) - 1) % (DASH + GAP) < DASH
        shown = (seen[:-1] & seen[1:]) | (near[:-1] & near[1:] & dashes)
        return _pieces(self.pixels, shown)

    def edges(self, camera: Camera, field: np.ndarray | None) -> list[np.ndarray]:
        """Pieces (M, 2, 2) px of both edges of the band, where the line itself is drawn whole."""
        if not len(self.widths):
            return []
        found, seen = [], within(camera, self.pixels, field) & self.isBefore
        for side in (-1, 1):
            edge = self.pixels + side * self.widths[:, None] * self.across
            shown = seen & np.isfinite(edge).all(axis=1)
            found.append(_pieces(edge, shown[:-1] & shown[1:]))
        return found


def _pieces(line: np.ndarray, shown: np.ndarray) -> np.ndarray:
    return np.stack([line[:-1][shown], line[1:][shown]], axis=1)


def _even(
    pixels: np.ndarray, isBefore: np.ndarray, widths: np.ndarray, across: np.ndarray, step: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The same line in pieces of about one length; where it is behind the source it stays as it is."""
    lengths = np.linalg.norm(np.diff(pixels, axis=0), axis=1)
    if not np.isfinite(lengths).all() or lengths.sum() > MOST_PIECES * step or lengths.sum() == 0:
        return pixels, isBefore, widths, across
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    places = np.linspace(0, along[-1], max(2, int(np.ceil(along[-1] / step)) + 1))

    def at(values: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(places, along, column) for column in values.T], axis=1)

    widths = np.interp(places, along, widths) if len(widths) else widths
    return at(pixels), np.interp(places, along, isBefore.astype(float)) > 0.5, widths, at(across)
