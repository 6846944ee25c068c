"""What cannot be registered, said before any work is done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.view import XrayView

from .alignment.refinement import DEGREES_OF_FREEDOM
from .prepared.prepared_ct import PreparedCT
from .settings import METHODS, PURPOSES, RegistrationSettings
from .views import VIEW_PRIORS


def check_request(prepared: PreparedCT, views: Sequence[XrayView], settings: RegistrationSettings) -> None:
    """Whether this can be registered.

    Raises:
        InputProblem: it cannot, with what to do about it.
    """
    if not views:
        raise InputProblem("give at least one X-ray")
    for view in (settings.view, *(own.view for own in views if own.view is not None)):
        if view not in VIEW_PRIORS:
            raise InputProblem(f"the view prior '{view}' is unknown; choose one of {', '.join(VIEW_PRIORS)}")
    unknown = [name for name in settings.held if name not in DEGREES_OF_FREEDOM]
    if unknown:
        raise InputProblem(f"cannot hold {', '.join(unknown)}; degrees of freedom are {', '.join(DEGREES_OF_FREEDOM)}")
    if settings.method is not None and settings.method not in METHODS:
        raise InputProblem(f"the method '{settings.method}' is unknown; choose one of {', '.join(METHODS)}")
    labels = prepared.labels
    if settings.bones and labels is None:
        raise InputProblem("bones can move apart only if the CT was prepared with a label map")
    missing = [str(label) for label in settings.bones if labels is not None and not np.any(labels == label)]
    if missing:
        raise InputProblem(f"the label map has no voxel with the label {', '.join(missing)}; choose labels that occur in it")
    if settings.joint_limits is not None and not min(settings.joint_limits) > 0:
        raise InputProblem("how far a bone may turn in its joint and leave it must be more than 0 degrees and 0 mm")
    _check_numbers(settings)
    _check_starts(prepared, views)


def _check_numbers(settings: RegistrationSettings) -> None:
    if settings.seconds is not None and not settings.seconds > 0:
        raise InputProblem(f"the time to register must be more than 0 s, not {settings.seconds:g}")
    if settings.trust is not None and settings.trust not in PURPOSES:
        raise InputProblem(f"a pose is trusted for one of {', '.join(PURPOSES)}, not for '{settings.trust}'")
    if not min(settings.overlay_tolerance_mm, settings.position_tolerance_mm) > 0:
        raise InputProblem("the error allowed must be more than 0 mm")


def _check_starts(prepared: PreparedCT, views: Sequence[XrayView]) -> None:
    for view in views:
        if view.start is not None and view.start.apply(prepared.center_ras)[2] <= 0:
            raise InputProblem(
                f"the start pose of {view.name} puts the bone behind the source; it must map CT RAS mm to the camera "
                "(ras_to_camera, z from the source to the detector)"
            )
