"""What is asked for and what it came to, as arrays and numbers, without anything of an application's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.registration import (
    PreparedCT,
    PrepareSettings,
    RegistrationResult,
    RegistrationSettings,
    XrayView,
)


@dataclass(frozen=True)
class CArmStart:
    """Where a C-arm's display says that an X-ray was taken from; angles in degrees as in ``geometry.c_arm``."""

    primary_deg: float
    secondary_deg: float
    in_plane_deg: float
    source_to_bone_mm: float

    def pose(self, center_ras: np.ndarray) -> RigidTransform:
        """camera_from_ras with the beam through the bone's centre."""
        angles = (self.primary_deg, self.secondary_deg, self.in_plane_deg)
        return camera_from_ras_of_c_arm(*angles, center_ras, self.source_to_bone_mm)


@dataclass(frozen=True, eq=False)
class Request:
    """A registration to do, without anything of the application's.

    Attributes:
        ct: its CT.
        views: its X-rays.
        settings: of the registration.
        device: a key of DEVICES.
        ct_name: for messages.
        angles: of the C-arm, for each view or None: start poses that need the bone's centre.
        weights: file of the landmark detector; None for those that come with the module.
    """

    ct: CTVolume
    views: tuple[XrayView, ...] = ()
    settings: RegistrationSettings = field(default_factory=RegistrationSettings)
    device: str = "auto"
    ct_name: str = "the CT"
    angles: tuple[CArmStart | None, ...] = ()
    weights: str | None = None

    def prepare_settings(self, device: str) -> PrepareSettings:
        """How its CT is to be prepared."""
        return PrepareSettings(view=self.settings.view or "ap", bank=self.needs_bank, device=device, weights=self.weights)

    @property
    def needs_bank(self) -> bool:
        """Whether a pose has to be searched for."""
        angles = self.angles or (None,) * len(self.views)
        known = [
            v.start is not None or v.points_ras is not None or a is not None for v, a in zip(self.views, angles, strict=True)
        ]
        in_rig = len(known) > 1 and all(view.camera_from_rig is not None for view in self.views)
        return not (any(known) if in_rig else known and all(known))

    def views_with_starts(self, center_ras: np.ndarray) -> tuple[XrayView, ...]:
        """The views, with the start poses that follow from C-arm angles."""
        if not self.angles:
            return self.views
        return tuple(
            view if start is None or view.start is not None else replace(view, start=start.pose(center_ras))
            for view, start in zip(self.views, self.angles, strict=True)
        )


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a request came to.

    Attributes:
        prepared: the CT, prepared.
        result: of the registration, or None where only the CT was to be prepared.
        device: where it was computed.
        notes: what the user should know, one sentence each.
        views: what was registered, with the start poses used.
        drrs: a picture for each view, under the pose found.
    """

    prepared: PreparedCT
    result: RegistrationResult | None
    device: str
    notes: tuple[str, ...]
    views: tuple[XrayView, ...] = ()
    drrs: tuple[np.ndarray, ...] = ()

    def stored_camera(self, number: int) -> Camera:
        """The camera that projects onto a view's pixels as they are stored, under the pose found."""
        return stored_camera(self.views[number].camera, self.result.views[number].mirrored)


def stored_camera(camera: Camera, mirrored: bool) -> Camera:
    """The camera of the stored pixels: the one given, or its mirror image where the X-ray was found to be mirrored."""
    return camera.flip_horizontal() if mirrored else camera
