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
        camera_from_rig: where the camera stands; the identity where there is one camera alone.
        grey: (H, W) float32, 0 to 255, linear in the stored values.
    """

    xray: XrayView
    camera_from_rig: RigidTransform
    grey: np.ndarray

    @property
    def camera(self) -> Camera:
        """Of the stored image."""
        return self.xray.camera


def frame_view(xray: XrayView, alone: bool) -> FrameView:
    """An X-ray made ready; alone: its camera is the rig's frame whatever its file says of a rig."""
    usable = xray.pixels if xray.invalid is None else xray.pixels[~xray.invalid]
    low, high = float(usable.min()), float(np.percentile(usable, _FULL_PERCENTILE))
    grey = np.clip((xray.pixels - low) * (GREY_VALUES / max(high - low, 1e-6)), 0, GREY_VALUES).astype(np.float32)
    place = RigidTransform() if alone or xray.camera_from_rig is None else xray.camera_from_rig
    return FrameView(xray, place, grey)
