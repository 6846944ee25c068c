"""A registration corrected by the user: landmarks confirmed, dragged or left out, degrees of freedom kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from RayEmbRegistrationLib.correction import solve_with_landmarks
from RayEmbRegistrationLib.detector.landmarks import Landmarks
from RayEmbRegistrationLib.registration import PreparedCT, RegistrationResult

from .devices import Report, chosen_device, part_of, with_fallback
from .open_ct import checked_ct
from .pictures import drr_to_look_at
from .prepared_cache import PreparedCache
from .request import Outcome, Request
from .work import PREPARING


@dataclass(frozen=True, eq=False)
class Corrections:
    """What a user said of a view's landmarks.

    Attributes:
        pinned: index to the pixel (2,) where the user put it, None where the detection is right as it is.
        rejected: indices that are not to be used.
        held: degrees of freedom that keep the start's value, among "rx", "ry", "rz", "x", "y", "depth".
    """

    pinned: Mapping[int, np.ndarray | None] = field(default_factory=dict)
    rejected: tuple[int, ...] = ()
    held: tuple[str, ...] = ()


def solve_again(
    request: Request,
    landmarks: Landmarks,
    corrections: Corrections,
    cache: PreparedCache,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Outcome:
    """The pose of one view again, by its landmarks as the user corrected them; see ``quality.correction``.

    Args:
        request: with one view, whose ``start`` is the pose to correct.
        landmarks: of the view.
        corrections: of these.
        cache: of prepared CTs.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.

    Raises:
        InputProblem: too little to determine a pose, or input that cannot be registered.
        Cancelled: when asked to stop.
    """
    report = progress or (lambda *_: None)
    checked = checked_ct(request.ct, request.ct_name)
    (view,) = request.views

    def work(device: str) -> tuple[PreparedCT, RegistrationResult]:
        preparing = replace(request.prepare_settings(device), library=False)
        prepared = cache.get(checked.volume, preparing, part_of(report, 0.0, PREPARING), cancelled)
        report(PREPARING, "solving the pose by the landmarks")
        settings = replace(request.settings, held=tuple(corrections.held))
        pinned, rejected = corrections.pinned, corrections.rejected
        return prepared, solve_with_landmarks(prepared, view, landmarks, pinned, rejected, settings)

    (prepared, result), device, notes = with_fallback(work, chosen_device(request.device), report)
    drr = drr_to_look_at(prepared, result.camera_from_ras, view.camera)
    return Outcome(prepared, result, device, (*checked.notes, *result.notes, *notes), (view,), (drr,))
