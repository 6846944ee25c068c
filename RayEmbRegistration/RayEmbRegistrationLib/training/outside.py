"""How the outside takes part in a training: what it is told, what it may ask for, and what it gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from RayEmbRegistrationLib.detector.networks.encoder import Encoder


@dataclass(frozen=True)
class TrainProgress:
    """Where a training stands.

    Attributes:
        step: steps done.
        share: of the budget used, 0 to 1.
        loss: mean over the latest steps.
        seconds_left: until the budget is used; from the pace so far where it is a number of steps.
        landmark_error_mm: median of the validation, at the bone, of the averaged weights; None before the first look.
        best_error_mm: least so far.
        data_share: of the time that went into making data.
        minutes: spent so far, over all runs.
        improved: the best weights have just become better.
    """

    step: int
    share: float
    loss: float
    seconds_left: float
    landmark_error_mm: float | None
    best_error_mm: float | None
    data_share: float
    minutes: float
    improved: bool = False


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """What came of it; ``encoder`` holds the best averaged weights."""

    encoder: Encoder
    landmark_error_mm: float
    steps: int
    minutes: float
    cancelled: bool


@dataclass
class Hooks:
    """How the outside takes part.

    Attributes:
        progress: called after every step.
        cancelled: asked before every step; True ends the training with the best weights so far.
        on_checkpoint: called with the best encoder and the progress, each time a state is saved and at the end.
        state_path: where the state is saved; not at all where None.
        resume: go on from ``state_path`` if there is such a file.
        belongs_to: whose training it is, such as the CT's digest by "CT"; a state of another is not gone on from.
    """

    progress: Callable[[TrainProgress], None] | None = None
    cancelled: Callable[[], bool] | None = None
    on_checkpoint: Callable[[Encoder, TrainProgress], None] | None = None
    state_path: Path | None = None
    resume: bool = False
    belongs_to: Mapping[str, str] = field(default_factory=dict)
