"""Register a CT to X-rays: ``prepare(ct)`` once, ``register(prepared, views)`` for each set of X-rays."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.refinement import DEGREES_OF_FREEDOM
from RayEmbRegistrationLib.pose.articulation import register_bones
from RayEmbRegistrationLib.pose.attempts import attempt, has_start
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare, with_templates
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.settings import METHODS, RegistrationSettings
from RayEmbRegistrationLib.pose.strategies.landmarks import best_agreeing
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS
from RayEmbRegistrationLib.pose.work import Attempt, Member, NoPoseError, Work
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.quality.assessment import assess, convinces, similarity_by_view
from RayEmbRegistrationLib.quality.quality import Quality
from RayEmbRegistrationLib.xray.conditioning import Field, find_field
from RayEmbRegistrationLib.xray.view import XrayView

from .progress import Cancelled, watch
from .result import RegistrationResult, ViewResult

if TYPE_CHECKING:
    from RayEmbRegistrationLib.training.trainer import TrainProgress

__all__ = [
    "Cancelled",
    "PrepareSettings",
    "PreparedCT",
    "RegistrationResult",
    "RegistrationSettings",
    "XrayView",
    "fine_tune",
    "prepare",
    "register",
]


def register(
    prepared: PreparedCT,
    views: Sequence[XrayView],
    settings: RegistrationSettings | None = None,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    preview: Callable[[Mapping[int, RigidTransform]], None] | None = None,
) -> RegistrationResult:
    """Find where the X-rays were taken.

    Views that all have a ``camera_from_rig`` are registered jointly; otherwise each gets a pose of its own.

    Args:
        prepared: from ``prepare``.
        views: the X-rays.
        settings: choices; the defaults where None.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.
        preview: called with the best poses camera_from_ras so far, by the number of their view, while they improve.

    Raises:
        InputProblem: input that cannot be registered, with what to do about it.
        Cancelled: when asked to stop.
    """
    began = time.perf_counter()
    settings = settings or RegistrationSettings()
    settings = replace(settings, view=settings.view or prepared.view)
    _check(prepared, views, settings)
    report = watch(progress, cancelled)
    report(0.0, "reading the X-rays")
    fields = [find_field(view.pixels, view.invalid, view.name) for view in views]
    work = Work(prepared, settings, report, np.random.default_rng(settings.seed))
    work.timed("condition", began)
    jointly = len(views) > 1 and all(view.camera_from_rig is not None for view in views)
    groups = [list(range(len(views)))] if jointly else [[number] for number in range(len(views))]
    results, qualities, trace, notes = {}, [], [], list(prepared.notes)
    with torch.no_grad():
        for group in groups:
            work.seen = _previewing(preview, [views[n] for n in group], group)
            chosen, mirrored = _register_group(work, [views[n] for n in group], [fields[n] for n in group])
            work.seen(chosen.climbed.best.poses[0])
            since = time.perf_counter()
            quality = assess(chosen, settings.acceptable_mm)
            work.timed("quality", since)
            if mirrored and settings.mirrored is None:
                notes.append("the X-ray fits only when flipped left to right (mirrored); check its orientation")
            results.update(zip(group, _view_results(work, chosen, mirrored), strict=True))
            qualities.append(quality)
            trace += chosen.climbed.trace
    work.timing["total"] = time.perf_counter() - began
    report(1.0, "registered")
    worst: Quality = min(qualities, key=lambda quality: (quality.trusted, quality.similarity))
    ordered = tuple(results[number] for number in range(len(views)))
    return RegistrationResult(ordered, worst, tuple(trace), work.timing, settings, tuple(notes))


def fine_tune(
    prepared: PreparedCT,
    minutes: float,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    seed: int = 0,
) -> PreparedCT:
    """The same CT with an encoder trained on it, and templates by that encoder.

    Args:
        prepared: from ``prepare``. Training starts from its encoder, else from the weights that come with the module, else
            from nothing.
        minutes: time budget of the training.
        progress: called with (share done, stage in words).
        cancelled: asked before every step; True ends the training and keeps the best weights so far.
        seed: of everything random.

    Raises:
        InputProblem: a time budget that is not positive.
    """
    from RayEmbRegistrationLib.training.recipes import new_encoder, train_for_patient

    encoder, init = prepared.encoder, "the weights it was prepared with"
    if encoder is None and shipped_weights_path().exists():
        (encoder, _), init = load_encoder(shipped_weights_path(), prepared.device), "the shipped weights"
    elif encoder is None:
        encoder, init = new_encoder(seed, str(prepared.device)), "nothing"
    said = None if progress is None else lambda now: progress(0.95 * min(now.share, 1.0), _training_stage(now))
    result = train_for_patient(prepared, encoder, minutes, said, cancelled, seed)
    about = {
        "trained_on": f"one CT, views '{prepared.view}'",
        "how": f"fine-tuned from {init}; seed {seed}",
        "licence": "as the CT it was trained on allows",
        "steps": result.steps,
        "minutes": round(result.minutes, 2),
        "landmark_error_mm": round(float(result.landmark_error_mm), 2),
    }
    calibration = getattr(result.encoder, "calibration", None)
    if calibration is not None:
        about["calibration"] = calibration.about()
    trained = result.encoder.eval().requires_grad_(requires_grad=False)
    tuned = with_templates(
        prepared, trained, about, lambda share: progress and progress(0.95 + 0.05 * share, "rendering templates")
    )
    if progress is not None:
        progress(1.0, "fine-tuned")
    return tuned


def _training_stage(now: TrainProgress) -> str:
    """Where a training stands, in words that change now and then."""
    error = "" if now.best_error_mm is None else f", landmark error {now.best_error_mm:.1f} mm"
    return f"training on this CT{error}, {max(0.5, round(2 * now.seconds_left / 60) / 2):.1f} min left"


def _check(prepared: PreparedCT, views: Sequence[XrayView], settings: RegistrationSettings) -> None:
    if not views:
        raise InputProblem("give at least one X-ray")
    if settings.view not in VIEW_PRIORS:
        raise InputProblem(f"the view prior '{settings.view}' is unknown; choose one of {', '.join(VIEW_PRIORS)}")
    unknown = [name for name in settings.held if name not in DEGREES_OF_FREEDOM]
    if unknown:
        raise InputProblem(f"cannot hold {', '.join(unknown)}; degrees of freedom are {', '.join(DEGREES_OF_FREEDOM)}")
    if settings.method is not None and settings.method not in METHODS:
        raise InputProblem(f"the method '{settings.method}' is unknown; choose one of {', '.join(METHODS)}")
    if settings.bones and prepared.labels is None:
        raise InputProblem("bones can move apart only if the CT was prepared with a label map")
    missing = [str(label) for label in settings.bones if not (prepared.labels == label).any()]
    if missing:
        raise InputProblem(f"the label map has no voxel with the label {', '.join(missing)}; choose labels that occur in it")
    for view in views:
        if view.start is not None and view.start.apply(prepared.center_ras)[2] <= 0:
            raise InputProblem(
                f"the start pose of {view.name} puts the bone behind the source; it must map CT RAS mm to the camera "
                "(ras_to_camera, z from the source to the detector)"
            )


def _register_group(work: Work, views: Sequence[XrayView], fields: Sequence[Field]) -> tuple[Attempt, bool]:
    """One pose for views that share a rig (or a single view), and whether the images are mirrored.

    Where that is unknown the images are taken as they are; if no pose convinces, their mirror images are tried.
    """
    wanted = work.settings.mirrored
    members = _members(views, fields, bool(wanted))
    first, second, nothing = None, None, None
    try:
        first = attempt(work, members)
    except NoPoseError as error:
        nothing = error
    if wanted is None and not has_start(members) and not (first is not None and convinces(first)):
        with suppress(NoPoseError):
            second = attempt(work, _members(views, fields, mirrored=True), persistent=False)
    if second is not None and (first is None or convinces(second)):
        return second, True
    if first is None:
        raise nothing
    return first, bool(wanted)


def _previewing(
    preview: Callable[[Mapping[int, RigidTransform]], None] | None, views: Sequence[XrayView], numbers: Sequence[int]
) -> Callable[[torch.Tensor], None]:
    """Hand out the poses of all views of a group from the pose of its first."""
    if preview is None:
        return lambda _: None
    relative = _relative(views)

    def seen(pose: torch.Tensor) -> None:
        first = pose.cpu().numpy()
        preview({n: RigidTransform.from_matrix(m @ first) for n, m in zip(numbers, relative, strict=True)})

    return seen


def _relative(views: Sequence[XrayView]) -> list[np.ndarray]:
    """(4, 4) each view's camera from the first view's."""
    if len(views) == 1:
        return [np.eye(4)]
    rig_from_first = views[0].camera_from_rig.inverse()
    return [(view.camera_from_rig @ rig_from_first).matrix for view in views]


def _members(views: Sequence[XrayView], fields: Sequence[Field], mirrored: bool) -> list[Member]:
    cameras = [view.camera.flip_horizontal() if mirrored else view.camera for view in views]
    return [Member(*parts) for parts in zip(views, fields, cameras, _relative(views), strict=True)]


def _view_results(work: Work, chosen: Attempt, mirrored: bool) -> list[ViewResult]:
    """Each view's pose, and its bones' where they move apart."""
    since = time.perf_counter()
    scene, best = chosen.scene, chosen.climbed.best
    bones = register_bones(scene, best.poses[0], work.settings.bones, work.report)
    if bones:
        work.timed("bones", since)
    results = []
    detected = chosen.detected or [()] * len(scene.views)
    for view, similarity, found in zip(scene.views, similarity_by_view(scene, best.poses), detected, strict=True):
        pose = RigidTransform.from_matrix(view.camera_from_first @ best.poses[0].cpu().numpy())
        own = {
            label: RigidTransform.from_matrix(view.camera_from_first @ bone.cpu().numpy()) for label, bone in bones.items()
        }
        landmarks = best_agreeing(found, view.radiograph.camera, pose)
        results.append(ViewResult(pose, view.radiograph, similarity, own, mirrored, landmarks))
    return results
