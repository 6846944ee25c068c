"""X-rays made straight: stills and the frames of a sequence, with their masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from RayEmbRegistrationLib.geometry.distortion_set import CorrectionMap
from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.view import XrayView

from .words import without_distortion


def straight_pixels(pixels: np.ndarray, correction: CorrectionMap) -> np.ndarray:
    """(H, W) float32 straight image of a stored one, bicubic; beyond the stored image its border is repeated.

    Raises:
        InputProblem: another size than the correction's.
    """
    import cv2

    height, width = correction.reached.shape
    if pixels.shape != (height, width):
        raise InputProblem(
            f"the distortion is of images of {width} x {height} px, this one has {pixels.shape[1]} x {pixels.shape[0]}; "
            "give the plate's image of this very camera and mode"
        )
    columns, rows = np.ascontiguousarray(correction.seen_px[..., 0]), np.ascontiguousarray(correction.seen_px[..., 1])
    image = np.ascontiguousarray(pixels, dtype=np.float32)
    return np.asarray(cv2.remap(image, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def straight_mask(invalid: np.ndarray | None, correction: CorrectionMap) -> np.ndarray:
    """(H, W) bool, pixels of the straight image without a measurement: masked ones, beyond the image or beyond the plate."""
    import cv2

    columns, rows = correction.seen_px[..., 0], correction.seen_px[..., 1]
    height, width = correction.reached.shape
    outside = (columns < 0) | (columns > width - 1) | (rows < 0) | (rows > height - 1) | ~correction.reached
    if invalid is None:
        return np.asarray(outside)
    # Any of the pixels that a value is made of.
    share = cv2.remap(
        invalid.astype(np.float32), np.ascontiguousarray(columns), np.ascontiguousarray(rows), cv2.INTER_LINEAR
    )
    return np.asarray(outside | (share > 0))


def straight_frames(frames: Iterable[np.ndarray], correction: CorrectionMap) -> Iterator[np.ndarray]:
    """The frames of a sequence, one after another, by one map."""
    for frame in frames:
        yield straight_pixels(frame, correction)


def undistorted(view: XrayView, correction: CorrectionMap, source: str = "the plate") -> XrayView:
    """An X-ray with straight pixels; its camera is that of the straight image.

    Args:
        view: as stored. Landmarks in it are moved along. A calibrated camera must be the straight image's, as XMALab's are.
        correction: of the camera that took it, in its orientation.
        source: what the correction is from, for the notes.

    Raises:
        InputProblem: another image size, or nothing of it lies on the plate.
    """
    pixels = straight_pixels(view.pixels, correction)
    invalid = straight_mask(view.invalid, correction)
    if invalid.all():
        raise InputProblem(f"nothing of {view.name} lies on the plate of {source}; give the plate of this very camera")
    geometry = view.geometry
    residual = "" if correction.residual_px is None else f", {correction.residual_px:.2f} px left (median)"
    note = f"Made straight by {source}{residual}; {invalid.mean():.0%} of the image lies beyond its beads and is masked."
    if geometry.pixel_spacing_mm is None and correction.pixel_spacing_mm is not None:
        spacing = (correction.pixel_spacing_mm, correction.pixel_spacing_mm)
        geometry = replace(geometry, pixel_spacing_mm=Sourced(spacing, "file", f"the plate of {source}"))
    geometry = replace(geometry, notes=without_distortion(geometry.notes)).with_notes(note, *correction.notes)
    points = view.points_px
    if points is not None:
        points = correction.straight_from_seen(points)
    return replace(view, pixels=pixels, invalid=invalid, geometry=geometry, points_px=points)
