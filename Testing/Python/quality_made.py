"""Qualities as a registration says them, made by hand for tests of who says what on."""

from __future__ import annotations

import numpy as np
from RayEmbRegistrationLib.pose.settings import OVERLAY, POSITION, RegistrationSettings
from RayEmbRegistrationLib.quality.error_distribution import ErrorDistribution
from RayEmbRegistrationLib.quality.quality import Quality, Verdict

ERRORS = {
    "overlay_mm": ErrorDistribution(0.02, 0.4, 0.5, 2.3, 20.0, 1.0),
    "in_plane_mm": ErrorDistribution(0.02, 0.2, 0.5, 2.3, 20.0, 1.0),
    "depth_mm": ErrorDistribution(0.05, 1.5, 0.5, 2.3, 30.0, 1.0),
    "rotation_deg": ErrorDistribution(0.05, 0.3, 0.5, 2.3, 30.0, 1.0),
    "mtre_mm": ErrorDistribution(0.05, 1.6, 0.5, 2.3, 30.0, 1.0),
}


def made_quality(trusted=(True, True), settings=None, reason="as asked", **more):
    """A quality whose verdicts are as given.

    Args:
        trusted: for the overlay and for the position.
        settings: of the registration: the purpose (of one view where it is open) and the errors allowed.
        reason: of the overlay; that of the position says so.
        more: other attributes.
    """
    settings = settings or RegistrationSettings()
    made = {
        OVERLAY: (trusted[0], reason, ERRORS["overlay_mm"], settings.overlay_tolerance_mm),
        POSITION: (trusted[1], f"{reason}, in space", ERRORS["mtre_mm"], settings.position_tolerance_mm),
    }
    verdicts = {
        purpose: Verdict(purpose, said, why, error.median, error.bound, allowed, error.below(allowed), error.wrong)
        for purpose, (said, why, error, allowed) in made.items()
    }
    known = {
        "similarity": 0.8,
        "runner_up": None,
        "rotation_std_deg": np.array([0.1, 0.2, np.nan]),
        "translation_std_mm": np.array([0.1, 0.1, np.inf]),
        "errors": ERRORS,
    }
    purpose = settings.trust or OVERLAY
    return Quality(**(known | more), overlay=verdicts[OVERLAY], position=verdicts[POSITION], purpose=purpose)
