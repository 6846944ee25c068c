"""Poses that stand in an application, judged as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from RayEmbRegistrationLib.assessing import assess_poses
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.registration import PreparedCT, RegistrationResult, RegistrationSettings, XrayView

from .devices import Report, chosen_device, is_full, part_of, with_fallback
from .open_ct import checked_ct
from .pictures import drr_to_look_at
from .prepared_cache import PreparedCache
from .request import Outcome, Request
from .work import PREPARING


def assess_request(
    request: Request,
    cache: PreparedCache,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Outcome:
    """What the ``start`` poses of a request's X-rays are worth; nothing is sought and nothing moves.

    Args:
        request: with a pose in each view, or in one of a rig.
        cache: of prepared CTs.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.

    Raises:
        InputProblem: a pose is missing or shows no bone, or the input cannot be used.
        Cancelled: when asked to stop.
    """
    report = progress or (lambda *_: None)
    checked = checked_ct(request.ct, request.ct_name)

    def work(device: str) -> tuple[PreparedCT, RegistrationResult]:
        settings = replace(request.prepare_settings(device), library=False)
        prepared = cache.get(checked.volume, settings, part_of(report, 0.0, PREPARING), cancelled)
        share = part_of(report, PREPARING, 1.0)
        return prepared, assess_poses(prepared, request.views, request.settings, share, cancelled)

    (prepared, result), device, notes = with_fallback(work, chosen_device(request.device), report)
    notes = (*checked.notes, *result.notes, *notes)
    return Outcome(prepared, result, device, notes, request.views, _drrs(prepared, result), checked.notes)


def assess_prepared(
    before: Outcome,
    views: tuple[XrayView, ...],
    settings: RegistrationSettings,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Outcome:
    """What the ``start`` poses of X-rays are worth, by the CT of an outcome: it is not read, checked and looked up again.

    Args:
        before: of the same CT, its bones and a device.
        views: with a pose in each, or in one of a rig.
        settings: of ``Request``.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.

    Raises:
        InputProblem: a pose is missing or shows no bone, or the graphics card's memory does not suffice.
        Cancelled: when asked to stop.
    """
    prepared = before.prepared
    try:
        result = assess_poses(prepared, views, settings, progress, cancelled)
    except RuntimeError as error:
        if prepared.device.type == "cpu" or not is_full(error):
            raise
        raise InputProblem("the graphics card's memory does not suffice; choose the processor as device") from error
    notes = (*before.ct_notes, *result.notes)
    return Outcome(prepared, result, before.device, notes, views, _drrs(prepared, result), before.ct_notes)


def _drrs(prepared: PreparedCT, result: RegistrationResult) -> tuple[np.ndarray, ...]:
    return tuple(drr_to_look_at(prepared, found.camera_from_ras, found.camera) for found in result.views)
