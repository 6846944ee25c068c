"""A conditioned X-ray and where its camera stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.conditioning import Field, condition, exposure_free, find_field
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from RayEmbRegistrationLib.xray.view import XrayView


@dataclass(frozen=True, eq=False)
class View:
    """An X-ray in its place.

    Attributes:
        radiograph: the X-ray under the polarity it is taken to have, with its camera (mirrored where it is taken to be).
        camera_from_first: (4, 4) float64, pose of the camera relative to that of the first view.
        bone_is_bright: the polarity that the stored image is taken to have.
        polarities: those that it may have, in the order in which they are tried; one where it is settled.
        polarity_hint: what the image's tags say of it where it is open.
        scaled: the image before its polarity was decided; None of an X-ray that was made.
        intensity: as ``XrayView`` has it.
        geometry: where the camera's values come from; None where only the camera is known.
        prior: name of the prior on its view; None: the registration's.
    """

    radiograph: Radiograph
    camera_from_first: np.ndarray
    bone_is_bright: bool = False
    polarities: tuple[bool, ...] = (False,)
    polarity_hint: bool | None = None
    scaled: Field | None = None
    intensity: str = "unknown"
    geometry: XrayGeometry | None = None
    prior: str | None = None

    @property
    def camera(self) -> Camera:
        """Of the stored image."""
        return self.radiograph.camera

    @property
    def registers_opaque(self) -> bool:
        """Whether an opaque body is registered in it: its image saturates."""
        return self.scaled is not None and self.scaled.opaque is not None

    @property
    def is_settled(self) -> bool:
        """Whether the polarity is known."""
        return len(self.polarities) == 1

    def taken_as(self, bone_is_bright: bool) -> View:
        """The same X-ray, taken to have a polarity.

        Raises:
            InputProblem: it was made, and cannot have another one.
        """
        if bone_is_bright == self.bone_is_bright:
            return self
        if self.scaled is None:
            raise InputProblem("an X-ray that was made has one polarity")
        radiograph = condition(self.scaled, self.camera, bone_is_bright, self.intensity)
        return replace(self, radiograph=radiograph, bone_is_bright=bone_is_bright)

    def under_each_polarity(self) -> dict[bool, Radiograph]:
        """The X-ray conditioned for each polarity that it may have."""
        return {flag: self.taken_as(flag).radiograph for flag in self.polarities}

    def for_every_exposure(self) -> Radiograph:
        """The X-ray in which only the sign depends on polarity, for a search that finds that as well."""
        if self.scaled is None:
            return self.radiograph
        return Radiograph(exposure_free(self.scaled), self.scaled.usable(None), self.camera)

    def of_any_polarity(self) -> View:
        """The same X-ray, whose polarity is open, unless it was made and has but one."""
        if self.scaled is None or not self.is_settled:
            return self
        return replace(self, polarities=(self.bone_is_bright, not self.bone_is_bright))

    def of_other_polarity(self) -> View:
        """The same X-ray, settled to have the other polarity, unless it was made and has but one."""
        if self.scaled is None:
            return self
        other = not self.bone_is_bright
        return replace(self.taken_as(other), polarities=(other,))

    def mirrored(self) -> View:
        """The same pixels, taken to be flipped left to right."""
        return replace(self, radiograph=replace(self.radiograph, camera=self.camera.flip_horizontal()))

    def with_camera(self, camera: Camera) -> View:
        """The same pixels by another camera."""
        return replace(self, radiograph=replace(self.radiograph, camera=camera))


def condition_view(xray: XrayView, camera_from_first: np.ndarray, registers_opaque: bool = False) -> View:
    """Condition an X-ray: once, under the polarity that is known or likelier by its tags.

    Args:
        xray: as it was opened.
        camera_from_first: (4, 4), its camera relative to that of the first view.
        registers_opaque: whether an opaque body is registered, which is masked otherwise.

    Raises:
        InputProblem: nothing usable in it.
    """
    scaled = find_field(xray.pixels, xray.invalid, xray.name, registers_opaque)
    settled = xray.bone_is_bright
    hint = xray.polarity_hint if settled is None else None
    first = bool(hint) if settled is None else settled
    polarities = (first, not first) if settled is None else (first,)
    radiograph = condition(scaled, xray.camera, first, xray.intensity)
    return View(radiograph, camera_from_first, first, polarities, hint, scaled, xray.intensity, xray.geometry, xray.view)
