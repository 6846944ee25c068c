"""An X-ray made ready for registration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem


@dataclass(frozen=True, eq=False)
class Radiograph:
    """A conditioned X-ray: line-integral-like, bone bright.

    Attributes:
        image: (H, W) float32, proportional to attenuation up to a smooth, increasing curve; finite everywhere.
        mask: (H, W) bool, True where a pixel may be used (inside the collimator, not burnt-in text, metal or saturated).
        camera: the camera of this image.
        notes: what was done to the image, one sentence each, in order.

    Raises:
        InputProblem: sizes of image, mask and camera differ.
    """

    image: np.ndarray
    mask: np.ndarray
    camera: Camera
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        size = (self.camera.height, self.camera.width)
        if self.image.shape != size or self.mask.shape != size:
            raise InputProblem(
                f"the X-ray has {self.image.shape[::-1]} pixels but its camera says {self.camera.image_size}; "
                "give the camera of this very image (crop, binning and flips change it)"
            )
