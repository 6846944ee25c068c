"""X-rays that share one pose, before anything is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.view import XrayView

from .depth_range import depth_from_geometry, depth_seen_by_all
from .landmarks.pnp import pose_from_landmarks
from .prepared.prepared_ct import PreparedCT
from .prior import PosePrior, nothing_known, start_prior
from .problem import Limits, Problem
from .settings import RegistrationSettings
from .view import View, condition_view

PAIRS_ARE_OFF = (3.0, 3.0)  # degrees, mm: how far a pose from a user's landmark pairs may be off
POINTS_STEP = 12  # of the bone's points every so many watch that some bone stays in every X-ray: about a hundred of 1500


@dataclass(frozen=True, eq=False)
class Start:
    """A pose to start from.

    Attributes:
        pose: (4, 4), first camera from RAS.
        rotation_deg, translation_mm: how far it may be off.
        by: "start pose" or "landmark pairs".
    """

    pose: np.ndarray
    rotation_deg: float
    translation_mm: float
    by: str


@dataclass(frozen=True, eq=False)
class Group:
    """X-rays of one rig, or a single one.

    Attributes:
        views: in the order given.
        prepared: the CT.
        settings: of the registration.
        start: what a user knows of the pose, or None.
        is_mirrored: whether the images are taken to be flipped left to right.
        ends_px: (2, 2) in each view, where the ends of a slim bone were clicked, or None.
    """

    views: tuple[View, ...]
    prepared: PreparedCT
    settings: RegistrationSettings
    start: Start | None = None
    is_mirrored: bool = False
    ends_px: tuple[np.ndarray | None, ...] = ()

    @property
    def has_ends(self) -> bool:
        """Whether a bone's ends were clicked in an X-ray."""
        return any(ends is not None for ends in self.ends_px)

    @property
    def view_priors(self) -> tuple[str, ...]:
        """Names of the priors on each X-ray's view: its own, the registration's, or that the CT was prepared for."""
        return tuple(view.prior or self.settings.view or self.prepared.view for view in self.views)

    def mirrored(self, xrays: Sequence[XrayView] = ()) -> Group:
        """The same X-rays, taken to be flipped left to right.

        Args:
            xrays: as they were opened; a start is worked out anew from them, and there is none without.
        """
        flipped = tuple(view.mirrored() for view in self.views)
        group = replace(self, views=flipped, is_mirrored=True, ends_px=())
        return replace(group, start=_start_of(xrays, group.views, self.settings) if xrays else None)

    def of_any_polarity(self) -> Group:
        """The same X-rays, whose polarity is open, the told one first; not where they were told to differ."""
        if len({view.bone_is_bright for view in self.views}) > 1:
            return self
        return replace(self, views=tuple(view.of_any_polarity() for view in self.views))

    def of_other_polarity(self) -> Group:
        """The same X-rays, taken to have another polarity than was told, where that is possible."""
        return replace(self, views=tuple(view.of_other_polarity() for view in self.views))

    def allows(self, other: Group, polarities: Sequence[bool]) -> bool:
        """Whether X-rays taken as another group, and to have polarities, agree with what is known of these."""
        told = zip(self.views, polarities, strict=True)
        return self.is_mirrored == other.is_mirrored and all(flag in view.polarities for view, flag in told)

    @property
    def is_settled(self) -> bool:
        """Whether the polarity of every view is known."""
        return all(view.is_settled for view in self.views)

    def alone(self, number: int) -> Group:
        """One of the views by itself."""
        return replace(self, views=(replace(self.views[number], camera_from_first=np.eye(4)),), start=None, ends_px=())

    def polarities(self, open_ones_are: bool) -> tuple[bool, ...]:
        """Of each view, where it is open as told."""
        return tuple(view.bone_is_bright if view.is_settled else open_ones_are for view in self.views)

    def polarities_to_try(self) -> tuple[bool, ...]:
        """Of the views whose polarity is open, likelier ones first; one (of no effect) where all are settled."""
        return next((view.polarities for view in self.views if not view.is_settled), (False,))

    def polarity_hint(self) -> bool | None:
        """What tags say of the views whose polarity is open; None where they say nothing."""
        return next((view.polarity_hint for view in self.views if view.polarity_hint is not None), None)

    def problem(self, polarities: Sequence[bool], depth_mm: tuple[float, float] | None) -> Problem:
        """What is refined, the X-rays taken to have these polarities and the bone's depth being within a range."""
        views = tuple(view.taken_as(flag) for view, flag in zip(self.views, polarities, strict=True))
        points = self.prepared.bone_points_ras[::POINTS_STEP]
        limits = Limits(self.prepared.center_ras, points, depth_mm, self.settings.held, self.prior())
        # What lies around bones that may have moved apart says where neither of them is.
        prepared = replace(self.prepared, soft_tissue=None) if self.settings.bones else self.prepared
        return Problem(views, prepared, limits)

    def prior(self) -> PosePrior | None:
        """What the user's start and typed range of depth say; None without either."""
        center, typed = self.prepared.center_ras, self.settings.depth_mm if len(self.views) == 1 else None
        if self.start is None and typed is None:
            return None
        known = nothing_known(center)
        if self.start is not None:
            known = start_prior(self.start.pose, center, self.start.rotation_deg, self.start.translation_mm)
        return known if typed is None else known.with_depth(typed)

    def depth_range(self, number: int) -> tuple[float, float]:
        """(least, most) distance in mm of the bone's centre from a view's source.

        Raises:
            InputProblem: the fields of calibrated views do not overlap.
        """
        if len(self.views) > 1:
            order = [self.views[number], *(view for n, view in enumerate(self.views) if n != number)]
            relative = [view.camera_from_first @ np.linalg.inv(order[0].camera_from_first) for view in order]
            return depth_seen_by_all([view.camera for view in order], relative)
        return self.settings.depth_mm or depth_from_geometry(self.views[number].camera)


def make_group(xrays: Sequence[XrayView], prepared: PreparedCT, settings: RegistrationSettings) -> Group:
    """Condition X-rays that share one pose, not mirrored.

    Raises:
        InputProblem: nothing usable in one, or landmark pairs that determine no pose.
    """
    is_opaque = prepared.is_opaque
    views = tuple(
        condition_view(xray, matrix, is_opaque) for xray, matrix in zip(xrays, relative_places(xrays), strict=True)
    )
    start, ends = _start_of(xrays, views, settings), tuple(xray.ends_px for xray in xrays)
    return Group(views, prepared, settings, start, ends_px=ends)


def relative_places(xrays: Sequence[XrayView]) -> list[np.ndarray]:
    """(4, 4) each view's camera from the first view's.

    Raises:
        InputProblem: several without a rig.
    """
    if len(xrays) == 1:
        return [np.eye(4)]
    places = [xray.camera_from_rig for xray in xrays if xray.camera_from_rig is not None]
    if len(places) < len(xrays):
        raise InputProblem("X-rays that share a pose need their place in the rig")
    rig_from_first = places[0].inverse()
    return [(place @ rig_from_first).matrix for place in places]


def _start_of(xrays: Sequence[XrayView], views: Sequence[View], settings: RegistrationSettings) -> Start | None:
    """What a user knows of the pose; landmark pairs come before a pose."""
    given = (settings.start_rotation_deg, settings.start_translation_mm)
    for xray, view in zip(xrays, views, strict=True):
        if xray.points_ras is not None and xray.points_px is not None:
            pose = pose_from_landmarks(view.camera, xray.points_ras, xray.points_px)
            rotation_deg, translation_mm = np.minimum(PAIRS_ARE_OFF, given)
            matrix = np.linalg.inv(view.camera_from_first) @ pose.matrix
            return Start(matrix, float(rotation_deg), float(translation_mm), "landmark pairs")
    for xray, view in zip(xrays, views, strict=True):
        if xray.start is not None:
            return Start(np.linalg.inv(view.camera_from_first) @ xray.start.matrix, *given, "start pose")
    return None
