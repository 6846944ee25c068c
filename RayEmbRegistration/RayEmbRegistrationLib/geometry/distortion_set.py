"""Distortion of one or several orientations of a C-arm, between them by interpolation; and the map of a whole image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import RBFInterpolator, RectBivariateSpline
from scipy.ndimage import map_coordinates

from RayEmbRegistrationLib.problems import InputProblem

from .distortion import PlateDistortion, beam_of

STEP_PX = 8  # of the grid on which the splines are evaluated, bicubic between; chosen
SAME_DEG = 0.5  # orientations this near are one; positioners tell whole or tenths of degrees
LEAST_LEFT_OUT = 3  # orientations, so that two are left to tell the third


@dataclass(frozen=True, eq=False)
class CorrectionMap:
    """How the straight image is made of the stored one.

    Attributes:
        seen_px: (H, W, 2) float32, for each pixel of the straight image the place in the stored one, column and row.
        reached: (H, W) bool, where beads told it.
        residual_px: to expect, median; None where nothing tells.
        pixel_spacing_mm: of the straight image in the plane of the plate; None where the plate's pitch is not known.
        notes: what the user should know, one sentence each.
    """

    seen_px: np.ndarray
    reached: np.ndarray
    residual_px: float | None
    pixel_spacing_mm: float | None
    notes: tuple[str, ...] = ()

    def straight_from_seen(self, points_px: np.ndarray, steps: int = 20) -> np.ndarray:
        """Points (N, 2) of the stored image in the straight one, by fixed-point steps; NaN outside the image.

        They converge as the distortion changes by less than a pixel a pixel: twenty bring 0.3 a pixel below 1e-8 px.
        """
        seen = np.asarray(points_px, dtype=np.float64)
        found = seen.copy()
        for _ in range(steps):
            found = found + seen - self.seen_from_straight(found)
        return found

    def seen_from_straight(self, points_px: np.ndarray) -> np.ndarray:
        """Points (N, 2) of the straight image in the stored one; NaN outside the image."""
        columns, rows = np.asarray(points_px, dtype=np.float64).T
        places = [
            map_coordinates(self.seen_px[..., axis].astype(np.float64), [rows, columns], order=1, cval=np.nan)
            for axis in (0, 1)
        ]
        return np.stack(places, axis=1)


@dataclass(frozen=True, eq=False)
class DistortionSet:
    """Plates under several orientations of one C-arm, all in the straight frame of the first.

    Attributes:
        plates: one each; with more than one, all know their angles.
        between_px: median error of an orientation that is told by the others alone; None where there are too few.

    Raises:
        InputProblem: images of different sizes, or one of several without angles.
    """

    plates: tuple[PlateDistortion, ...]
    between_px: float | None = None

    def __post_init__(self) -> None:
        if not self.plates:
            raise InputProblem("a distortion needs at least one image of a plate")
        sizes = {plate.image_size for plate in self.plates}
        if len(sizes) > 1:
            told = ", ".join(f"{width} x {height}" for width, height in sorted(sizes))
            raise InputProblem(f"the plate's images have different sizes ({told}); give those of one camera and one mode")
        if len(self.plates) > 1 and any(plate.angles_deg is None for plate in self.plates):
            raise InputProblem("plates under several orientations need the C-arm's angles of each (--angles)")

    @property
    def image_size(self) -> tuple[int, int]:
        """(width, height), px."""
        return self.plates[0].image_size

    def map_at(self, angles_deg: Sequence[float] | None = None) -> CorrectionMap:
        """The map of the whole image.

        Args:
            angles_deg: primary and secondary angle of the X-ray; needed where there are several orientations.

        Raises:
            InputProblem: the angles are needed and not known.
        """
        weights, away = self.weights(angles_deg)
        width, height = self.image_size
        x, y = (np.arange(-STEP_PX, size + 2 * STEP_PX, STEP_PX) for size in (width, height))
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float64)
        used = [(weight, plate) for weight, plate in zip(weights, self.plates, strict=True) if weight != 0]
        shift = sum(weight * plate.shift(grid) for weight, plate in used).reshape(len(y), len(x), 2)
        seen = np.empty((height, width, 2), dtype=np.float32)
        for axis, own in enumerate((np.arange(width)[None, :], np.arange(height)[:, None])):
            fine = RectBivariateSpline(y, x, shift[..., axis])(np.arange(height), np.arange(width))
            seen[..., axis] = fine + own
        nearest = max(used, key=lambda each: each[0])[1]
        pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).reshape(-1, 2)
        reached = nearest.reaches(pixels).reshape(height, width)
        first = self.plates[0]
        spacing = None if first.pitch_mm is None else first.pitch_mm / first.pitch_px
        residual = nearest.residual.median if len(used) == 1 and away <= SAME_DEG else self.between_px
        return CorrectionMap(seen, reached, residual, spacing, self._notes(angles_deg, len(used), away))

    def weights(self, angles_deg: Sequence[float] | None) -> tuple[np.ndarray, float]:
        """Of each plate, which sum to 1: linear between two orientations, biharmonic's kin among more; and how far the
        nearest is, degrees.

        Raises:
            InputProblem: the angles are needed and not known.
        """
        if len(self.plates) == 1:
            own = self.plates[0].angles_deg
            away = 0.0 if own is None or angles_deg is None else angle_between(own, angles_deg)
            return np.ones(1), away
        if angles_deg is None:
            raise InputProblem(
                f"the distortion was measured under {len(self.plates)} orientations of the C-arm and nothing tells that of "
                "this X-ray; give its angles with --angles"
            )
        known = [plate.angles_deg for plate in self.plates if plate.angles_deg is not None]
        apart = np.array([angle_between(own, angles_deg) for own in known])
        if apart.min() <= SAME_DEG:
            return np.eye(len(known))[int(apart.argmin())], float(apart.min())
        beams = np.stack([beam_of(own) for own in known])
        interpolate = RBFInterpolator(beams, np.eye(len(known)), kernel="linear", degree=0)
        return np.asarray(interpolate(beam_of(angles_deg)[None]))[0], float(apart.min())

    def _notes(self, angles_deg: Sequence[float] | None, used: int, away: float) -> tuple[str, ...]:
        if away <= SAME_DEG:
            return ()
        own = self.plates[0].angles_deg
        if used == 1 and own is not None and angles_deg is not None:
            where = f"The C-arm stood {away:.0f} degrees from where the plate was seen"
            return (f"{where}; the earth's field distorts otherwise there. Give a plate's image of this orientation, too.",)
        told = "how far that is off is not known" if self.between_px is None else f"about {self.between_px:.2f} px off"
        return (f"The distortion is interpolated from plates {away:.0f} degrees away and more; {told}.",)


def with_error_between(plates: Sequence[PlateDistortion]) -> DistortionSet:
    """The set, with what it foretells wrongly of each orientation from the others."""
    whole = DistortionSet(tuple(plates))
    if len(plates) < LEAST_LEFT_OUT:
        return whole
    errors = []
    for number, plate in enumerate(plates):
        others = DistortionSet(tuple(other for index, other in enumerate(plates) if index != number))
        weights, _ = others.weights(plate.angles_deg)
        told = sum(w * other.shift(plate.straight_px) for w, other in zip(weights, others.plates, strict=True))
        errors.append(np.linalg.norm(plate.straight_px + told - plate.seen_px, axis=1))
    return replace(whole, between_px=float(np.median(np.concatenate(errors))))


def angle_between(one: Sequence[float], other: Sequence[float]) -> float:
    """Degrees between the beams of two pairs of primary and secondary angle."""
    return float(np.degrees(np.arccos(np.clip(beam_of(one) @ beam_of(other), -1, 1))))
