"""Pictures as files, by the one writer; whatever bytes their names have."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .writing import write_bytes


def write_picture(path: str | Path, picture: np.ndarray) -> Path:
    """Write a picture in the format that its name ends in, such as PNG or TIFF.

    Args:
        path: of the file; an existing one is replaced.
        picture: (H, W) grey or (H, W, 3) blue, green, red, row 0 on top; 8 or 16 bit, or float32 for TIFF.

    Raises:
        InputProblem: the format does not hold such a picture, or the file could not be written.
    """
    return write_bytes(path, picture_bytes(picture, Path(path).suffix.lower(), path))


def picture_bytes(picture: np.ndarray, ending: str = ".png", name: str | Path = "the picture") -> bytes:
    """A picture as the content of a file.

    Args:
        picture: as of ``write_picture``.
        ending: names the format, such as ".png".
        name: what to call it where that cannot be.

    Raises:
        InputProblem: the format does not hold such a picture.
    """
    import cv2

    try:
        encoded, data = cv2.imencode(ending, np.ascontiguousarray(picture))
    except cv2.error:
        encoded = False
    if not encoded:
        raise InputProblem(f"{name} cannot be written as '{ending}'; choose .png or .tif")
    return bytes(data.tobytes())
