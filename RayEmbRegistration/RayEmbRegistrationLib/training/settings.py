"""The choices of a training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from .batches import BatchSettings
from .loss import LossSettings
from .view_sampling import ViewDistribution

LEAST_LEARNING_RATE = 0.03  # of the highest, at the end; chosen: steps at the end no longer move the weights' average


@dataclass(frozen=True)
class TrainSettings:
    """Choices of a training.

    Attributes:
        minutes: time budget; the learning rate comes down with it.
        steps: a fixed number of steps in place of the time, where exact repetition matters.
        seed: of everything random.
        learning_rate: highest; reached after ``warm_up_steps``.
        weight_decay: of AdamW.
        averaging: decay of the weights' moving average, once it has run for long.
        clip: largest norm of the gradient.
        checkpoint_seconds: time between saved states.
        pool_size, pool_start, renew_every: see ``sources.Pool``.
        mixed_precision: bfloat16 where the device has it in hardware; steps take half the time.
        batch: sizes of a step.
        loss: temperature and ridge.
        views: distribution of the views.
    """

    minutes: float = 5.0
    steps: int | None = None
    seed: int = 0
    learning_rate: float = 2e-3
    warm_up_steps: int = 60
    weight_decay: float = 0.01
    averaging: float = 0.998
    clip: float = 1.0
    checkpoint_seconds: float = 60.0
    pool_size: int = 16
    pool_start: int = 3
    renew_every: int = 8
    mixed_precision: bool = True
    batch: BatchSettings = field(default_factory=BatchSettings)
    loss: LossSettings = field(default_factory=LossSettings)
    views: ViewDistribution = field(default_factory=ViewDistribution)

    def recipe(self) -> dict:
        """What has to be the same for a stopped training to go on; the budget may grow."""
        free = ("minutes", "steps", "checkpoint_seconds", "mixed_precision")
        return {name: str(value) for name, value in asdict(self).items() if name not in free}
