"""The ways to train: generic on procedural anatomy, for one patient, on a cohort; and what weights say of themselves."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from RayEmbRegistrationLib.detector.networks.encoder import Encoder, SmallEncoder
from RayEmbRegistrationLib.detector.weights import identity
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, ViewPrior
from RayEmbRegistrationLib.problems import InputProblem

from .batches import Batch, BatchSettings
from .distributed import Ranks
from .outside import Hooks, TrainingResult, TrainProgress
from .pairs import PairSettings
from .settings import TrainSettings
from .sources import CtSource, MixedSource, ProceduralSource, SetSource
from .trainer import train
from .validation import calibrated, make_validation
from .volumes import bone_volume

VALIDATION_SEED = 15_485_863
"""Of views and volumes that are for validation, whatever the seed of the training."""
VALIDATION_SETS = 6  # chosen for time: a look takes seconds
FINE_TUNING_RATE = 6e-4  # chosen: a third of the first training's, so that what is known stays


@dataclass(frozen=True, eq=False)
class Task:
    """What to train on and how to judge it.

    Attributes:
        source: of the sets.
        validation: views that are not trained on.
        trained_on: for the weights' metadata.
        licence: of the weights.
    """

    source: SetSource
    validation: list[Batch]
    trained_on: str
    licence: str


def procedural_task(seed: int, device: str, validate: PreparedCT | None = None, making: str | None = None) -> Task:
    """Any anatomy. Judged on procedural volumes of its own, or on a CT that is never trained on.

    ``making`` is the device that renders what is trained on, where it is another one than trains.
    """
    pairs = PairSettings()
    source = ProceduralSource(seed, pairs, making or device)
    judged = ProceduralSource(VALIDATION_SEED, pairs, device, reuse=1) if validate is None else _unseen(validate, device)
    trained_on = "procedural anatomy drawn by RayEmbRegistration; no patient's data"
    return Task(source, make_validation(judged, pairs, VALIDATION_SETS), trained_on, "the licence of RayEmbRegistration")


def ct_task(
    prepared: Sequence[PreparedCT],
    seed: int,
    device: str,
    validate: PreparedCT | None = None,
    procedural_share: float = 0.0,
    making: str | None = None,
) -> Task:
    """One CT, seen as its view prior says; or several, seen from anywhere, stretched and mirrored.

    Judged on other views of them, or on a CT that is never trained on. ``making`` as for ``procedural_task``.
    """
    pairs, making = PairSettings(), making or device
    volumes = [bone_volume(each) for each in prepared]
    cohort = len(volumes) > 1
    prior: ViewPrior | None = None if cohort else VIEW_PRIORS[prepared[0].view]
    there = [replace(volume, attenuation=volume.attenuation.to(making)) for volume in volumes]
    source: SetSource = CtSource(there, seed, pairs, making, prior, vary=cohort)
    if procedural_share > 0:
        source = MixedSource(ProceduralSource(seed, pairs, making), source, procedural_share)
    judged = CtSource(volumes, VALIDATION_SEED, pairs, device, prior) if validate is None else _unseen(validate, device)
    validation = make_validation(judged, pairs, VALIDATION_SETS)
    trained_on = f"{len(volumes)} CTs" if cohort else f"one CT, views '{prepared[0].view}'"
    if procedural_share > 0:
        trained_on += ", and procedural anatomy"
    return Task(source, validation, trained_on, "as the CTs it was trained on allow")


def _unseen(prepared: PreparedCT, device: str) -> CtSource:
    """Views of a CT that is for validation only."""
    return CtSource([bone_volume(prepared)], VALIDATION_SEED, PairSettings(), device, VIEW_PRIORS[prepared.view])


def settings_for(device: str, minutes: float, seed: int, fine_tuning: bool) -> TrainSettings:
    """Sizes of a step by what the device can do; a lower learning rate where weights are refined."""
    settings = TrainSettings(minutes=minutes, seed=seed)
    if device.startswith("cuda"):
        settings = replace(settings, batch=BatchSettings(sets=16, xrays=12), renew_every=4, averaging=0.999)
    if fine_tuning:
        settings = replace(settings, learning_rate=FINE_TUNING_RATE)
    return settings


def about_weights(task: Task, settings: TrainSettings, progress: TrainProgress, init: str) -> dict:
    """Metadata of weights: on what, how and how well they were trained."""
    return {
        "trained_on": task.trained_on,
        "how": f"InfoNCE over subspace similarities, temperature {settings.loss.temperature}, ridge {settings.loss.ridge}; "
        f"{settings.batch.sets} sets of {settings.batch.xrays} X-rays with {settings.batch.points} points a step; "
        f"started from {init}; seed {settings.seed}",
        "licence": task.licence,
        "steps": progress.step,
        "minutes": round(progress.minutes, 2),
        "landmark_error_mm": None if progress.best_error_mm is None else round(progress.best_error_mm, 2),
        "made": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def new_encoder(seed: int, device: str) -> SmallEncoder:
    """An untrained encoder; the same for the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return SmallEncoder().to(device)


def train_for_patient(
    prepared: PreparedCT,
    encoder: Encoder,
    minutes: float,
    hooks: Hooks | None = None,
    seed: int = 0,
) -> TrainingResult:
    """Fine-tune an encoder to a patient's CT, for views of the prior it was prepared with.

    Args:
        prepared: the CT; nothing of it is changed.
        encoder: where to start; on the device to train on. It is left as it is.
        minutes: time budget.
        hooks: progress, cancelling, state.
        seed: of everything random.

    Returns:
        The encoder of least landmark error, that error, and whether it was cancelled.

    Raises:
        InputProblem: a time budget that is not positive, or a state that does not fit.
    """
    if not minutes > 0:
        raise InputProblem(f"the minutes to train must be positive, not {minutes}")
    device = str(next(encoder.parameters()).device)
    task = ct_task([prepared], seed, device)
    settings = settings_for(device, minutes, seed, fine_tuning=True)
    tuned = copy.deepcopy(encoder).requires_grad_(True)
    result = train(tuned, task.source, task.validation, settings, hooks, Ranks())
    result.encoder.calibration = calibrated(result.encoder, task.validation, settings.loss)
    result.encoder.name = identity(result.encoder)
    return result
