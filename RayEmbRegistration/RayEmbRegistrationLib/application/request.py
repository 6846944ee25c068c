"""What is asked for and what it came to, as arrays and numbers, without anything of an application's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry
from RayEmbRegistrationLib.registration import (
    PreparedCT,
    PrepareSettings,
    RegistrationResult,
    RegistrationSettings,
    XrayView,
)


def start_from_angles(view: XrayView, center_ras: np.ndarray) -> RigidTransform | None:
    """camera_from_ras with the beam through the bone's centre, as the view's C-arm angles say; None where it has none."""
    known, angles = view.geometry, view.geometry.angles_deg
    if angles is None:
        return None
    depth = known.value("source_to_bone_mm") or known.value("source_to_isocenter_mm")
    return camera_from_ras_of_c_arm(*angles, center_ras, float(depth or np.mean(depth_from_geometry(view.camera))))


@dataclass(frozen=True, eq=False)
class Request:
    """A registration to do, without anything of the application's.

    Attributes:
        ct: its CT.
        views: its X-rays.
        settings: of the registration.
        device: a key of DEVICES.
        ct_name: for messages.
        from_angles: whether to start from the C-arm angles of the views' geometries.
        weights: file of the landmark detector; None for those that come with the module.
    """

    ct: CTVolume
    views: tuple[XrayView, ...] = ()
    settings: RegistrationSettings = field(default_factory=RegistrationSettings)
    device: str = "auto"
    ct_name: str = "the CT"
    from_angles: bool = False
    weights: str | None = None

    def prepare_settings(self, device: str) -> PrepareSettings:
        """How its CT is to be prepared."""
        priors = self._view_priors
        view = priors[0] if len(set(priors)) == 1 else "any"
        return PrepareSettings(view=view, library=self.needs_library, device=device, weights=self.weights)

    @property
    def _view_priors(self) -> tuple[str, ...]:
        """Of each X-ray; what holds for all where there is none."""
        for_all = self.settings.view or "ap"
        return tuple(view.view or for_all for view in self.views) or (for_all,)

    @property
    def needs_library(self) -> bool:
        """Whether a pose has to be searched for."""
        known = [
            view.start is not None
            or view.points_ras is not None
            or view.ends_px is not None
            or (self.from_angles and view.geometry.angles_deg is not None)
            for view in self.views
        ]
        in_rig = len(known) > 1 and all(view.camera_from_rig is not None for view in self.views)
        return not (any(known) if in_rig else known and all(known))

    def views_with_starts(self, center_ras: np.ndarray) -> tuple[XrayView, ...]:
        """The views, with the start poses that follow from C-arm angles; where their priors differ, each says its own."""
        views = self.views
        if len(set(self._view_priors)) > 1:
            views = tuple(replace(view, view=name) for view, name in zip(views, self._view_priors, strict=True))
        if not self.from_angles:
            return views
        return tuple(
            view if view.start is not None else replace(view, start=start_from_angles(view, center_ras)) for view in views
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
        ct_notes: those of the notes that are of the CT as it was read.
    """

    prepared: PreparedCT
    result: RegistrationResult | None
    device: str
    notes: tuple[str, ...]
    views: tuple[XrayView, ...] = ()
    drrs: tuple[np.ndarray, ...] = ()
    ct_notes: tuple[str, ...] = ()

    @property
    def registered(self) -> RegistrationResult:
        """The result of the registration, where there was one.

        Raises:
            LookupError: only the CT was prepared.
        """
        if self.result is None:
            raise LookupError("only the CT was prepared; there is no registration's result")
        return self.result
