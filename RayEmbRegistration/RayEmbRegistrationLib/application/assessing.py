"""Poses that stand in an application, judged as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from RayEmbRegistrationLib.assessing import assess_poses
from RayEmbRegistrationLib.registration import PreparedCT, RegistrationResult

from .devices import Report, chosen_device, part_of, with_fallback
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
    drrs = tuple(drr_to_look_at(prepared, found.camera_from_ras, found.camera) for found in result.views)
    return Outcome(prepared, result, device, (*checked.notes, *result.notes, *notes), request.views, drrs)
