"""The detector of a prepared CT, trained on that CT."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.detector.weights import identity, load_encoder, shipped_weights_path
from RayEmbRegistrationLib.files.identity import digest_of_arrays
from RayEmbRegistrationLib.pose.prepared.prepare import with_templates
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT

if TYPE_CHECKING:
    from .outside import TrainProgress


def fine_tune(
    prepared: PreparedCT,
    minutes: float,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    seed: int = 0,
    state_path: Path | None = None,
) -> PreparedCT:
    """The same CT with an encoder trained on it, and templates by that encoder.

    Args:
        prepared: from ``prepare``. Training starts from its encoder, else from the weights that come with the module, else
            from nothing.
        minutes: time budget of the training.
        progress: called with (share done, stage in words).
        cancelled: asked before every step; True ends the training and keeps the best weights so far.
        seed: of everything random.
        state_path: file that the training is kept in now and then, first after its first step. Where it is there, the
            training goes on from it, and ``minutes`` are of both together. It may be deleted once the result is saved.

    Raises:
        InputProblem: a time budget that is not positive, or the state is of another CT or other weights.
    """
    from .outside import Hooks
    from .recipes import new_encoder, train_for_patient

    encoder, init = prepared.encoder, "the weights it was prepared with"
    if encoder is None and shipped_weights_path().exists():
        (encoder, _), init = load_encoder(shipped_weights_path(), prepared.device), "the shipped weights"
    elif encoder is None:
        encoder, init = new_encoder(seed, str(prepared.device)), "nothing"
    said = None if progress is None else lambda now: progress(0.95 * min(now.share, 1.0), _training_stage(now))
    whose = {
        "CT": digest_of_arrays(prepared.attenuation.cpu().numpy(), prepared.ras_from_ijk)[:12],
        "view": prepared.view,
        "first weights": identity(encoder),
    }
    hooks = Hooks(said, cancelled, state_path=state_path, resume=state_path is not None, belongs_to=whose)
    result = train_for_patient(prepared, encoder, minutes, hooks, seed)
    about = {
        "trained_on": f"one CT, views '{prepared.view}'",
        "how": f"fine-tuned from {init}; seed {seed}",
        "licence": "as the CT it was trained on allows",
        "steps": result.steps,
        "minutes": round(result.minutes, 2),
        "landmark_error_mm": round(float(result.landmark_error_mm), 2),
    }
    calibration = result.encoder.calibration
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
