"""Registration and training as an application has them done, on the device and with the cache of prepared CTs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.registration import PreparedCT, RegistrationResult, XrayView, fine_tune, register

from .devices import Report, chosen_device, part_of, with_fallback
from .open_ct import checked_ct
from .pictures import drr_to_look_at
from .prepared_cache import PreparedCache
from .request import Outcome, Request

PREPARING = 0.3  # share of the progress when the CT has to be prepared first; chosen: about what it takes of the time


def carry_out(
    request: Request,
    cache: PreparedCache,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
    preview: Callable[[PreparedCT, Mapping[int, RigidTransform]], None] | None = None,
) -> Outcome:
    """Prepare the CT where that was not done before, and register where there are X-rays.

    Args:
        request: what to do.
        cache: of prepared CTs.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.
        preview: called with the prepared CT and the poses while they improve.

    Raises:
        InputProblem: input that cannot be registered, with what to do about it.
        Cancelled: when asked to stop.
    """
    report = progress or (lambda *_: None)
    report(0.0, "checking the CT")
    checked = checked_ct(request.ct, request.ct_name)
    end_of_preparing = PREPARING if request.views else 1.0

    def work(device: str) -> tuple[PreparedCT, tuple[XrayView, ...], RegistrationResult | None]:
        settings = request.prepare_settings(device)
        prepared = cache.get(checked.volume, settings, part_of(report, 0.0, end_of_preparing), cancelled)
        views = request.views_with_starts(prepared.center_ras)
        if not views:
            return prepared, (), None
        share = part_of(report, end_of_preparing, 1.0)
        shown = None if preview is None else lambda poses: preview(prepared, poses)
        return prepared, views, register(prepared, views, request.settings, share, cancelled, shown)

    (prepared, views, result), device, notes = with_fallback(work, chosen_device(request.device), report)
    own = prepared.notes
    drrs: tuple[np.ndarray, ...] = ()
    if result is not None:
        own = result.notes
        drrs = tuple(
            drr_to_look_at(prepared, found.camera_from_ras, found.camera, bones=found.bones) for found in result.views
        )
    return Outcome(prepared, result, device, (*checked.notes, *own, *notes), views, drrs, checked.notes)


def train_for_patient(
    request: Request,
    minutes: float,
    cache: PreparedCache,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PreparedCT:
    """Let the detector learn a CT; the cache then hands out the CT as prepared by what was learnt.

    Args:
        request: whose CT; its X-rays do not matter.
        minutes: time budget.
        cache: of prepared CTs.
        progress: called with (share done, stage in words with the landmark error).
        cancelled: asked now and then; True ends the training and keeps what was learnt.

    Raises:
        InputProblem: the CT cannot be used.
        Cancelled: stopped before the training began.
    """
    report = progress or (lambda *_: None)
    checked = checked_ct(request.ct, request.ct_name)

    def work(device: str) -> PreparedCT:
        settings = replace(request, views=()).prepare_settings(device)
        prepared = cache.get(checked.volume, settings, part_of(report, 0.0, 0.1), cancelled)
        tuned = fine_tune(prepared, minutes, part_of(report, 0.1, 1.0), cancelled, request.settings.seed)
        cache.put(checked.volume, settings, tuned)
        return tuned

    return with_fallback(work, chosen_device(request.device), report)[0]
