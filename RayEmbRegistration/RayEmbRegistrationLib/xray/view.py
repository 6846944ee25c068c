"""One X-ray as it was opened: pixels, camera, and what is known beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem


@dataclass(frozen=True, eq=False)
class XrayView:
    """One X-ray as it was opened, with its camera.

    Attributes:
        pixels: (H, W) float32 as stored.
        camera: the camera of this image.
        invalid: optional (H, W) bool, True where the file says a pixel is not to be used.
        bone_is_bright: polarity where it is settled, by the user or a camera file; None where it is to be found out.
        polarity_hint: what the image's own tags say of it; where the polarity is to be found out, it is tried first.
        intensity: "raw" (proportional to detector counts), "log", "display" or "unknown".
        camera_from_rig: pose of this camera in the calibrated rig's own frame; two views that have one keep their
            relative geometry.
        name: what to call it in messages.
        start: optional pose camera_from_ras to start from.
        points_ras, points_px: optional landmark pairs, (N, 3) RAS mm and (N, 2) px.
        geometry: where each value of the camera comes from; None where nobody said.
        notes: what the user should know of the file, one sentence each.

    Raises:
        InputProblem: the camera is of another image size, or landmarks are not pairs.
    """

    pixels: np.ndarray
    camera: Camera
    invalid: np.ndarray | None = None
    bone_is_bright: bool | None = None
    polarity_hint: bool | None = None
    intensity: str = "unknown"
    camera_from_rig: RigidTransform | None = None
    name: str = "the X-ray"
    start: RigidTransform | None = None
    points_ras: np.ndarray | None = None
    points_px: np.ndarray | None = None
    geometry: XrayGeometry | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.shape != (self.camera.height, self.camera.width):
            raise InputProblem(
                f"{self.name} has {self.pixels.shape[1]} x {self.pixels.shape[0]} pixels but its camera is for "
                f"{self.camera.width} x {self.camera.height}; give the camera of this very image"
            )
        if (self.points_ras is None) != (self.points_px is None):
            raise InputProblem(f"landmarks of {self.name} need their points in the CT and in the X-ray, as many of each")
