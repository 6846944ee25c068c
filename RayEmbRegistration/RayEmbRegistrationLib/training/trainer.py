"""The training loop: to a time budget, resumable, cancellable at any moment with the best weights kept."""

from __future__ import annotations

import copy
import math
import time
from collections import deque

import numpy as np
import torch
from torch.optim.swa_utils import get_ema_multi_avg_fn

from RayEmbRegistrationLib.detector.networks.encoder import Encoder

from .batches import Batch, draw_sizes, make_batch
from .checkpoint import TrainingState
from .distributed import Ranks
from .loss import info_nce
from .outside import Hooks, TrainingResult, TrainProgress
from .precision import mixed_precision
from .settings import LEAST_LEARNING_RATE, TrainSettings
from .sources import Pool, SetSource
from .validation import landmark_error_mm, match


def train(
    encoder: Encoder,
    source: SetSource,
    validation: list[Batch],
    settings: TrainSettings,
    hooks: Hooks | None = None,
    ranks: Ranks | None = None,
) -> TrainingResult:
    """Train an encoder.

    Args:
        encoder: on the device to train on; it is changed and, at the end, holds the best averaged weights.
        source: of the sets, rendered on the same device.
        validation: from ``validation.make_validation``, of a source with another seed.
        settings: choices.
        hooks: progress, cancelling, checkpoints.
        ranks: this process among several.

    Raises:
        InputProblem: a state that does not fit, or sets that cannot be shared among the processes.
        RuntimeError: the loss stayed not finite.
    """
    return _Training(encoder, source, validation, settings, (hooks or Hooks(), ranks or Ranks())).run()


class _Training:
    """One run; its methods are the loop's parts."""

    def __init__(
        self,
        encoder: Encoder,
        source: SetSource,
        validation: list[Batch],
        settings: TrainSettings,
        outside: tuple[Hooks, Ranks],
    ) -> None:
        self.settings, self.validation = settings, validation
        self.hooks, self.ranks = outside
        self.lanes = self.ranks.lanes(settings.batch.sets)
        self.pool = Pool(source, settings.pool_size, settings.pool_start, settings.renew_every)
        self.device = next(encoder.parameters()).device
        self.judged = copy.deepcopy(encoder).eval().requires_grad_(False)
        averaged = {name: value.detach().clone() for name, value in encoder.state_dict().items()}
        optimizer = torch.optim.AdamW(encoder.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
        self.state = TrainingState(encoder, averaged, optimizer)
        self.recipe = settings.recipe() | dict(self.hooks.belongs_to)
        if self.hooks.resume and self.hooks.state_path is not None and self.hooks.state_path.exists():
            self.state.load(self.hooks.state_path, self.recipe)
        self.ranks.copy_from_first(encoder.state_dict().values())
        self.seconds_before, self.began = self.state.seconds, time.perf_counter()
        self.data_seconds, self.looked_at, self.saved_at = 0.0, -math.inf, time.perf_counter()
        self.look_seconds = 0.0
        self.error: float | None = None
        self.bad_steps = 0
        self.losses: deque[float] = deque(maxlen=50)

    def run(self) -> TrainingResult:
        """Steps until the budget is used or the user has had enough."""
        state, cancelled = self.state, False
        while True:
            wants_to_stop = self.hooks.cancelled is not None and self.hooks.cancelled()
            share, stop = self.ranks.agree([self._share(), float(wants_to_stop)], self.device)
            if share >= 1 or stop:
                cancelled = bool(stop)
                break
            self._step(share)
            state.step += 1
            if state.step == 1:  # validating may take long; whoever stops the process meanwhile finds something
                self._checkpoint(self._progress(self._share(), improved=False))
            improved = self._look() if self._time_to_look(share) else False
            progress = self._progress(self._share(), improved)
            if self.hooks.progress is not None:
                self.hooks.progress(progress)
            if time.perf_counter() - self.saved_at >= self.settings.checkpoint_seconds:
                self._checkpoint(progress)
        improved = self._look()
        progress = self._progress(share, improved)
        self._checkpoint(progress)
        if self.hooks.progress is not None:
            self.hooks.progress(progress)
        best = state.best if state.best is not None else state.averaged
        state.encoder.load_state_dict(best)
        state.encoder.eval()
        return TrainingResult(state.encoder, state.best_error_mm, state.step, state.seconds / 60, cancelled)

    def _share(self) -> float:
        """Of the budget used."""
        self.state.seconds = self.seconds_before + time.perf_counter() - self.began
        if self.settings.steps is not None:
            return self.state.step / max(self.settings.steps, 1)
        return self.state.seconds / max(60 * self.settings.minutes, 1e-9)

    def _step(self, share: float) -> None:
        """One step of AdamW at the learning rate of the share of the budget."""
        state, settings = self.state, self.settings
        began = time.perf_counter()
        batch = self._batch()
        self.data_seconds += time.perf_counter() - began
        warm = min(1.0, (state.step + 1) / max(settings.warm_up_steps, 1))
        cosine = LEAST_LEARNING_RATE + (1 - LEAST_LEARNING_RATE) * (1 + math.cos(math.pi * min(share, 1))) / 2
        for group in state.optimizer.param_groups:
            group["lr"] = settings.learning_rate * warm * cosine
        state.encoder.train()
        state.optimizer.zero_grad(set_to_none=True)
        with mixed_precision(self.device, settings.mixed_precision):
            matching = match(state.encoder, batch)
        loss = info_nce(matching, settings.loss)
        loss.backward()
        self.ranks.average_gradients(state.encoder.parameters())
        norm = torch.nn.utils.clip_grad_norm_(state.encoder.parameters(), settings.clip)
        value = self.ranks.average(float(loss.detach()), self.device)
        if not (math.isfinite(value) and bool(torch.isfinite(norm))):
            self.bad_steps += 1
            if self.bad_steps > 20:
                raise RuntimeError("the training's loss stayed not finite; lower the learning rate")
            return
        self.bad_steps = 0
        state.optimizer.step()
        self.losses.append(value)
        decay = min(settings.averaging, (1 + state.step) / (10 + state.step))
        with torch.no_grad():
            current = state.encoder.state_dict()
            get_ema_multi_avg_fn(decay)(list(state.averaged.values()), [current[name] for name in state.averaged], None)

    def _batch(self) -> Batch:
        """The sets of the step that are this process's; a function of the seed and the step's number alone."""
        settings, step = self.settings, self.state.step
        sizes = draw_sizes(settings.batch, np.random.default_rng([settings.seed, 6, step]))
        rngs = [np.random.default_rng([settings.seed, 7, step, lane]) for lane in self.lanes]
        self.pool.expect(self.lanes, step)
        sets = [
            (self.pool.draw(lane, step, rng), self.pool.draw(lane, step, rng))
            for lane, rng in zip(self.lanes, rngs, strict=True)
        ]
        return make_batch(sets, sizes, settings.batch, settings.views, rngs)

    def _time_to_look(self, share: float) -> bool:
        """Validate about thirty times, early more often, but never for more than a twentieth of the time."""
        if self.settings.steps is not None:
            return self.state.step % max(1, self.settings.steps // 10) == 0
        waited = self.state.seconds - self.looked_at
        due = waited >= max(8.0, 20 * self.look_seconds, min(180.0, 60 * self.settings.minutes / 30 * min(1.0, 0.2 + share)))
        return bool(self.ranks.agree([float(due)], self.device)[0])

    def _look(self) -> bool:
        """Validate the averaged weights and keep them if they are the best so far."""
        state = self.state
        began = time.perf_counter()
        self.looked_at = state.seconds
        self.judged.load_state_dict(state.averaged)
        self.error = landmark_error_mm(self.judged, self.validation, self.settings.loss)
        self.look_seconds = time.perf_counter() - began
        if state.best is not None and self.error > state.best_error_mm:
            return False
        state.best_error_mm = self.error
        state.best = {name: value.detach().cpu().clone() for name, value in state.averaged.items()}
        return True

    def _progress(self, share: float, improved: bool) -> TrainProgress:
        state, settings = self.state, self.settings
        here = time.perf_counter() - self.began
        if settings.steps is None:
            left = 60 * settings.minutes - state.seconds
        else:
            left = (settings.steps - state.step) * state.seconds / max(state.step, 1)
        best = state.best_error_mm if state.best is not None else None
        loss = sum(self.losses) / len(self.losses) if self.losses else math.nan
        data = self.data_seconds / max(here, 1e-9)
        return TrainProgress(
            state.step, min(share, 1.0), loss, max(left, 0.0), self.error, best, data, state.seconds / 60, improved
        )

    def _checkpoint(self, progress: TrainProgress) -> None:
        """Save the state, and let the outside save the best weights."""
        self.saved_at = time.perf_counter()
        if self.ranks.rank != 0:
            return
        if self.hooks.state_path is not None:
            self.state.save(self.hooks.state_path, self.recipe)
        if self.hooks.on_checkpoint is not None:
            self.judged.load_state_dict(self.state.averaged if self.state.best is None else self.state.best)
            self.hooks.on_checkpoint(self.judged, progress)
