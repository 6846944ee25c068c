"""One X-ray as it was opened: pixels, and what is known beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem


@dataclass(frozen=True, eq=False)
class XrayView:
    """One X-ray as it was opened; what is to be registered.

    Attributes:
        pixels: (H, W) float32, stored values after the file's rescale; finite everywhere.
        geometry: what is known of the camera, its place in a rig and the polarity, each value with its origin.
        invalid: optional (H, W) bool, True where the file has no measurement: not a number, padding, outside shutter or
            collimator.
        intensity: "raw" (linear in detector counts, falling where bone is bright), "log" (in a logarithm of them), "display"
            (made for looking at) or "unknown".
        name: what to call it in messages.
        start: optional pose camera_from_ras to start from.
        points_ras, points_px: optional landmark pairs, (N, 3) RAS mm and (N, 2) px.
        ends_px: optional (2, 2) px where the two ends of a slim bone are, in either order.
        view: name of the prior on this X-ray's view, a key of ``pose.views.VIEW_PRIORS``; None: the registration's.
        frame, frame_count: index of the frame or slice read, from 0, and how many the file has.
        notes: what the user should know of the file, one sentence each.

    Raises:
        InputProblem: the geometry is of another image size, or landmarks are not pairs.
    """

    pixels: np.ndarray
    geometry: XrayGeometry
    invalid: np.ndarray | None = None
    intensity: str = "unknown"
    name: str = "the X-ray"
    start: RigidTransform | None = None
    points_ras: np.ndarray | None = None
    points_px: np.ndarray | None = None
    ends_px: np.ndarray | None = None
    view: str | None = None
    frame: int = 0
    frame_count: int = 1
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        size = self.geometry.image_size
        if size is not None and self.pixels.shape != size[::-1]:
            raise InputProblem(
                f"{self.name} has {self.pixels.shape[1]} x {self.pixels.shape[0]} pixels but its camera is for "
                f"{size[0]} x {size[1]}; give the camera of this very image"
            )
        if (self.points_ras is None) != (self.points_px is None):
            raise InputProblem(f"landmarks of {self.name} need their points in the CT and in the X-ray, as many of each")

        if self.ends_px is not None and np.shape(self.ends_px) != (2, 2):
            raise InputProblem(f"{self.name} needs two ends of the bone, column and row each, not {np.shape(self.ends_px)}")

    @classmethod
    def of_camera(
        cls,
        pixels: np.ndarray,
        camera: Camera,
        bone_is_bright: bool | None = None,
        camera_from_rig: RigidTransform | None = None,
        **others: Any,
    ) -> XrayView:
        """Of an image in memory and its exact camera.

        Args:
            pixels: (H, W).
            camera: of this very image.
            bone_is_bright: polarity where it is settled.
            camera_from_rig: pose of the camera in its calibrated rig's own frame.
            others: further attributes.
        """
        polarity = None if bone_is_bright is None else Sourced(bone_is_bright, "file", "given with the image")
        geometry = XrayGeometry.of_camera(
            camera, "file", "given with the image", camera_from_rig=camera_from_rig, bone_is_bright=polarity
        )
        return cls(pixels, geometry, **others)

    @property
    def image_size(self) -> tuple[int, int]:
        """(width, height), px."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @cached_property
    def camera(self) -> Camera:
        """The camera of this image.

        Raises:
            InputProblem: the geometry lacks a value that it needs.
        """
        return self.geometry.camera(self.image_size, self.name)

    @property
    def camera_from_rig(self) -> RigidTransform | None:
        """Pose of the camera in its calibrated rig; views that all have one keep their relative geometry."""
        return self.geometry.camera_from_rig

    @property
    def bone_is_bright(self) -> bool | None:
        """Polarity where the user or a camera file settles it; None where it is to be found out."""
        return self.geometry.settled_polarity

    @property
    def polarity_hint(self) -> bool | None:
        """What the image's tags say of its polarity: tried first, and not believed."""
        return self.geometry.polarity_hint

    def with_geometry(self, **values: Any) -> XrayView:
        """With values of the geometry replaced, as the user would type them; see ``XrayGeometry.with_values``."""
        return replace(self, geometry=self.geometry.with_values(**values))
