"""One X-ray of one frame, as the terms of the objective see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.xray.view import XrayView

GREY_VALUES = 255.0  # what edges are measured on; as an 8-bit file holds
_FULL_PERCENTILE = 99.0  # chosen: what is brighter is a spark


@dataclass(frozen=True, eq=False)
class FrameView:
    """An X-ray of a frame, with its place in the rig.

    Attributes:
        xray: as it was opened.
        camera_from_rig: where the camera stands; where there is one camera alone, seen from where it stood in its first
            frame.
        grey: (H, W) float32, 0 to 255, linear in the stored values.
    """

    xray: XrayView
    camera_from_rig: RigidTransform
    grey: np.ndarray

    @property
    def camera(self) -> Camera:
        """Of the stored image."""
        return self.xray.camera


def frame_view(xray: XrayView, place: RigidTransform | None = None) -> FrameView:
    """An X-ray made ready.

    Args:
        xray: as it was opened.
        place: camera_from_rig, such as ``turning.camera_from_first`` of one camera alone; as its file says where None.
    """
    usable = xray.pixels if xray.invalid is None else xray.pixels[~xray.invalid]
    low, high = float(usable.min()), float(np.percentile(usable, _FULL_PERCENTILE))
    grey = np.clip((xray.pixels - low) * (GREY_VALUES / max(high - low, 1e-6)), 0, GREY_VALUES).astype(np.float32)
    place = xray.camera_from_rig if place is None else place
    return FrameView(xray, RigidTransform() if place is None else place, grey)
