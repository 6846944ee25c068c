"""What is said of an X-ray whose image is distorted, and what that may cost."""

from __future__ import annotations

from collections.abc import Iterable

from RayEmbRegistrationLib.geometry.camera import Camera
from RayEmbRegistrationLib.geometry.xray import XrayGeometry

# Of the field's radius, at its edge: what the project's simulated plates have. Chosen: intensifiers have some percent, large
# ones more than small ones.
TYPICAL_AT_EDGE = 0.05

INTENSIFIER_NOTE = (
    "The image comes from an image intensifier, which distorts it by millimetres (pincushion and S shape); "
    "correct the distortion first for accurate registration."
)
ROUND_FIELD_NOTE = (
    "The field is round, as an image intensifier's is. Intensifiers distort by millimetres (pincushion and S shape): "
    "correct that first for accurate registration, if it was not done and no flat panel with a round shutter took the image."
)
SAYS_DISTORTED = "says that the image is distorted"
"""Part of the sentence on Geometrical Properties (0028,9444)."""


def tells_distortion(note: str) -> bool:
    """Whether a note asks for a correction."""
    return note in (INTENSIFIER_NOTE, ROUND_FIELD_NOTE) or SAYS_DISTORTED in note


def cost_notes(geometry: XrayGeometry, camera: Camera) -> tuple[str, ...]:
    """What a distortion that the notes speak of may cost, in mm; nothing where they speak of none."""
    if not any(tells_distortion(note) for note in geometry.notes):
        return ()
    radius = min(side / 2 * spacing for side, spacing in zip(camera.image_size, camera.pixel_spacing_mm, strict=True))
    off = TYPICAL_AT_EDGE * radius
    told = f"{off:.1f} mm on the detector"
    isocenter = geometry.value("source_to_isocenter_mm")
    if isocenter is not None:
        told += f", {off * float(isocenter) / camera.source_to_detector_mm:.1f} mm at the isocentre"
    cost = f"Not corrected, a distortion of {TYPICAL_AT_EDGE:.0%} of the field's radius at its edge is {told}"
    return (f"{cost}. An X-ray of a calibration plate corrects it: 'rayemb undistort', then --distortion.",)


def without_distortion(notes: Iterable[str]) -> tuple[str, ...]:
    """The notes of an image that was corrected."""
    return tuple(note for note in notes if not tells_distortion(note))
