"""A value with its provenance, and how far values of each provenance may be off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

ORIGINS = ("tag", "file", "typed", "derived", "assumed")

# Standard deviations by field and origin, in the field's unit; a share of the value where the field is a length along the
# beam. They are chosen, not measured, for want of a survey of C-arms: a calibration (file) is good to a few tenths of a
# percent; a displayed source-to-image distance may be off by 5 % under IEC 60601-1-3, of which 1 % is a usual error; where
# the beam meets an image whose file is silent differs by centimetres between collimated fields of flat panels and by about
# a centimetre of an intensifier's whole field.
_STD_SHARE = {
    "source_to_detector_mm": {"tag": 0.01, "file": 0.002, "typed": 0.01, "derived": 0.015, "assumed": 0.03},
    "pixel_spacing_mm": {"tag": 0.002, "file": 0.001, "typed": 0.005, "derived": 0.01, "assumed": 0.03},
}
# Chosen, as said above.
_STD_ON_DETECTOR_MM = {
    "principal_point_px": {"tag": 2.0, "file": 0.5, "typed": 2.0, "derived": 3.0, "assumed": 10.0},
}
# First radial term, at half the image's diagonal: calibrations give images undistorted to about a tenth of a percent; flat
# panels have next to none, intensifiers some percent of which a correction leaves half a percent.
RADIAL_STD = {"file": 0.001, "assumed": 0.005}
# Place of a camera in its rig, degrees and mm at the patient: what tracking a C-arm by a fiducial is good to (A. K. Jain et
# al., A robust fluoroscope tracking (FTRAC) fiducial, SPIE Medical Imaging 2005: 0.33 degrees and 0.56 mm);
# calibrated biplane rooms are better.
RIG_STD = (0.33, 0.56)
# Read off a display that is not levelled to the table; chosen.
_STD_DEG = {"primary_angle_deg": 3.0, "secondary_angle_deg": 3.0}


@dataclass(frozen=True)
class Sourced:
    """A value with its provenance.

    Attributes:
        value: the value, in the unit that the field holding it states.
        origin: "tag" (DICOM), "file" (a calibration or camera file), "typed" (by the user), "derived" (computed from others)
            or "assumed" (nobody said).
        explanation: the DICOM attribute, the file, how the value was computed, or why it was assumed.
        std: standard deviation in the value's unit where its source states one; None for the default of its field and
            origin, see ``XrayGeometry.std``.
    """

    value: Any
    origin: str
    explanation: str = ""
    std: float | None = None

    def __post_init__(self) -> None:
        if self.origin not in ORIGINS:
            raise InputProblem(f"the origin of a value is one of {', '.join(ORIGINS)}, not {self.origin!r}")


def default_std(name: str, known: Sourced | None, origin: str, spacing_mm: float | None) -> float | None:
    """Standard deviation of a field by its origin, in its unit; None where the field has none.

    Args:
        name: of a field of ``XrayGeometry``.
        known: its value, None where nobody said.
        origin: of the value.
        spacing_mm: mean size of a pixel on the detector, where it is known.
    """
    if name in _STD_SHARE and known is not None:
        return float(np.mean(known.value)) * _STD_SHARE[name][origin]
    if name in _STD_ON_DETECTOR_MM and spacing_mm is not None:
        return _STD_ON_DETECTOR_MM[name][origin] / spacing_mm
    return _STD_DEG.get(name) if known is not None else None
