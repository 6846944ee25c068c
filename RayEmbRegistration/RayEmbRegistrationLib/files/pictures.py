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
    import cv2

    ending = Path(path).suffix.lower()
    try:
        encoded, data = cv2.imencode(ending, np.ascontiguousarray(picture))
    except cv2.error:
        encoded = False
    if not encoded:
        raise InputProblem(f"{path} cannot be written as '{ending}'; choose .png or .tif")
    return write_bytes(path, data.tobytes())
