"""A CT adjusted to X-rays as an application has it done: on the device, with prepared CTs, and pictures of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.joint.adjust import Allowance
from RayEmbRegistrationLib.progress import part_of, watch
from RayEmbRegistrationLib.registration import PreparedCT

from .devices import Report, chosen_device, with_fallback
from .open_ct import checked_ct
from .pictures import drr_of_state
from .prepared_cache import PreparedCache
from .reconstruct import Preview, Reconstruction, reconstruct
from .request import Request

PREPARING = 0.15  # share of the progress when the CT has to be prepared first; chosen: about what it takes of the time


@dataclass(frozen=True, eq=False)
class Reconstructed:
    """What came of it, and what is looked at.

    Attributes:
        found: the adjusted CT, or why there is none.
        prepared: the CT as it was, prepared.
        device: where it was computed.
        notes: what the user should know, one sentence each.
        poses: camera_from_ras of the adjusted CT in each X-ray; where the gate refused, of the CT as it is.
        before: (h, w) a picture an X-ray, of the CT as it is at its best pose.
        after: likewise of the change, kept or not.
    """

    found: Reconstruction
    prepared: PreparedCT
    device: str
    notes: tuple[str, ...]
    poses: tuple[RigidTransform, ...]
    before: tuple[np.ndarray, ...]
    after: tuple[np.ndarray, ...]


def reconstruct_request(
    request: Request,
    allowance: Allowance,
    cache: PreparedCache,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
    preview: Preview | None = None,
) -> Reconstructed:
    """Register a request's CT to its X-rays, then adjust it to them.

    Args:
        request: CT, X-rays and how they are registered.
        allowance: what may change.
        cache: of prepared CTs.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.
        preview: called with what is solved, its states on the way, and the views.

    Raises:
        InputProblem: see ``reconstruct``.
        Cancelled: when asked to stop.
    """
    report = progress or (lambda *_: None)
    report(0.0, "checking the CT")
    checked = checked_ct(request.ct, request.ct_name)
    settings = replace(request.settings, bones=())

    def work(device: str) -> tuple[PreparedCT, Reconstruction]:
        prepare_settings = request.prepare_settings(device)
        prepared = cache.get(checked.volume, prepare_settings, part_of(report, 0.0, PREPARING), cancelled)
        views = request.views_with_starts(prepared.center_ras)
        tell = part_of(watch(report, cancelled), PREPARING, 1.0 - PREPARING)
        return prepared, reconstruct(checked.volume, prepared, views, allowance, settings, tell, preview)

    (prepared, found), device, notes = with_fallback(work, chosen_device(request.device), report)
    made, (plain, rigid) = found.adjustment, found.adjustment.rigid
    first = (made.solved if made.is_accepted else rigid).state.poses
    metal = found.metal.body if found.metal is not None and found.metal.is_accepted else None
    return Reconstructed(
        found,
        prepared,
        device,
        (*checked.notes, *found.notes, *notes),
        tuple(first[:1].seen_from(view.camera_from_first).rigid[0] for view in found.views),
        tuple(drr_of_state(plain, rigid.state, view) for view in found.views),
        tuple(drr_of_state(made.joint, made.solved.state, view, metal=metal) for view in found.views),
    )
