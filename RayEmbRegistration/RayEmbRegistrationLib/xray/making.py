"""The one place where an X-ray's pixels become an ``XrayView``: from a file, a data set, a scene or memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem

from .view import XrayView

LEAST_SIDE_PX = 8  # chosen: as the least side of a level (pose.alignment.levels)
MOST_PIXELS = 100_000_000  # four times the largest detector sold (43 x 43 cm at 100 um: 18 million pixels)


def make_view(
    pixels: np.ndarray,
    geometry: XrayGeometry | None = None,
    invalid: np.ndarray | None = None,
    name: str = "the X-ray",
    **others: Any,
) -> XrayView:
    """An X-ray whose pixels are all finite, with those that were not marked invalid.

    Args:
        pixels: (H, W), of any real type.
        geometry: what is known of it; nothing where None.
        invalid: (H, W) bool, pixels that are not to be used.
        name: what to call it in messages.
        others: further attributes of ``XrayView``.

    Raises:
        InputProblem: the image has no content, is too small or is none.
    """
    if pixels.ndim != 2:
        raise InputProblem(f"{name} has {pixels.ndim} dimensions, an X-ray has two; choose one of its frames")
    check_image_size(pixels.shape[1], pixels.shape[0], name)
    finite = np.isfinite(pixels)
    if not finite.any():
        raise InputProblem(f"{name} holds no finite pixel; the image has no content")
    notes = tuple(others.pop("notes", ()))
    masked = ~finite if invalid is None else invalid | ~finite
    if not finite.all():
        pixels = np.where(finite, pixels, np.median(pixels[finite]))
        notes = (*notes, f"{int((~finite).sum())} pixels are not a number; they are masked.")
    if np.ptp(pixels[finite]) == 0:
        raise InputProblem(f"every pixel of {name} has the value {pixels[finite][0]:g}; the image has no content")
    known = replace(geometry or XrayGeometry(), image_size=(pixels.shape[1], pixels.shape[0]))
    if geometry is not None and geometry.image_size not in (None, known.image_size):
        raise InputProblem(
            f"{name} has {pixels.shape[1]} x {pixels.shape[0]} pixels but its geometry is for "
            f"{geometry.image_size[0]} x {geometry.image_size[1]}; give the geometry of this very image"
        )
    image = np.ascontiguousarray(pixels, dtype=np.float32)
    return XrayView(image, known, invalid=masked, name=name, notes=notes, **others)


def check_image_size(width: int, height: int, name: str) -> None:
    """Refuse what is too small to hold a bone, or too large to be an X-ray, before memory is taken for it.

    Raises:
        InputProblem: says which.
    """
    if min(width, height) < LEAST_SIDE_PX:
        raise InputProblem(f"{name} has {width} x {height} pixels; that is too small for an X-ray")
    if width * height > MOST_PIXELS:
        raise InputProblem(f"{name} has {width} x {height} pixels, which no X-ray has; the file may be damaged")


def choose_frame(frame: int | None, count: int, name: str, default: int | None = None) -> int:
    """The frame to read, checked against how many there are.

    Raises:
        InputProblem: the frame does not exist, or there are several, none was chosen and there is no default.
    """
    if frame is None:
        if count > 1 and default is None:
            raise InputProblem(
                f"{name} holds {count} slices, an X-ray has one; choose one with frame (0 to {count - 1}), "
                "or give it as the CT if it is one"
            )
        return default or 0
    if not 0 <= frame < count:
        raise InputProblem(f"{name} has no frame {frame}; its frames are 0 to {count - 1}")
    return int(frame)
