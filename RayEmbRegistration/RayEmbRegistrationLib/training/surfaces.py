"""Train a network that reconstructs bone from X-rays: of one patient's CT, or of any anatomy."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping

import numpy as np
import torch
from torch.optim.swa_utils import get_ema_multi_avg_fn

from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceEncoder, SurfaceNetwork
from RayEmbRegistrationLib.detector.weights import identity, load_encoder, shipped_weights_path
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS
from RayEmbRegistrationLib.problems import InputProblem

from .checkpoint import TrainingState
from .outside import Hooks, TrainingResult, TrainProgress
from .settings import LEAST_LEARNING_RATE
from .surface_loss import by_feature, draw, error_mm, look_at, surface_loss
from .surface_views import PatientSurfaces, SurfaceSet, SurfaceSource
from .volumes import bone_volume, whole_volume

VALIDATION_LANE, VALIDATION_PX = 10**6, 128  # a lane that is not trained in; chosen for time
SIZES = (96, 112, 128, 128, 144)  # sides of X-rays, px; smaller than other trainings', for time
LEARNING_RATE, WARM_UP_STEPS, AVERAGING, CLIP, WEIGHT_DECAY = 2e-3, 60, 0.995, 1.0, 0.01  # as in TrainSettings, but quicker
POOL, POOL_START, RENEW_EVERY = 24, 4, 8  # sets kept, at first, and steps until the next one; chosen for time
CHECKPOINT_SECONDS = 60.0  # between saved states
LOOKS, LEAST_SECONDS = 15, 8.0  # at the validation over the whole time, and between two at least


def patient_source(prepared: PreparedCT, seed: int) -> PatientSurfaces:
    """Views of a prepared CT, as its view prior says."""
    volume = whole_volume(bone_volume(prepared), prepared.device)
    return PatientSurfaces(volume, prepared.center_ras, VIEW_PRIORS[prepared.view], seed)


def new_surface_encoder(start: SmallEncoder | None, seed: int, device: str | torch.device) -> SurfaceEncoder:
    """An untrained network whose trunk is an encoder's, or untrained as well; the same for the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if start is None:
            return SurfaceEncoder().to(device)
        network = SurfaceEncoder(start.arguments["widths"], start.arguments["depth"])
    network.start_from(start)
    return network.to(device)


def shipped_trunk() -> SmallEncoder | None:
    """The encoder that comes with the module, where one of our kind does."""
    if not shipped_weights_path().exists():
        return None
    encoder, _ = load_encoder(shipped_weights_path())
    return encoder if isinstance(encoder, SmallEncoder) else None


def train_reconstruction(
    prepared: PreparedCT,
    minutes: float,
    hooks: Hooks | None = None,
    seed: int = 0,
    start: SurfaceEncoder | SmallEncoder | None = None,
) -> tuple[SurfaceNetwork, TrainingResult]:
    """A network that reconstructs a patient's bone in views of the prior that the CT was prepared with.

    Args:
        prepared: the CT.
        minutes: time budget.
        hooks: progress, cancelling, state; its ``on_checkpoint`` gets the best network so far.
        seed: of everything random.
        start: whose weights it starts from; None: the trunk of the weights that come with the module.

    Raises:
        InputProblem: a time budget that is not positive, or a state that does not fit.
    """
    if isinstance(start, SurfaceEncoder):
        network = copy.deepcopy(start).to(prepared.device)
    else:
        network = new_surface_encoder(start or shipped_trunk(), seed, prepared.device)
    source = patient_source(prepared, seed)
    result = train_surfaces(network.requires_grad_(True), source, minutes, hooks, seed)
    trained = result.encoder.eval().requires_grad_(requires_grad=False)
    assert isinstance(trained, SurfaceEncoder)  # noqa: S101 - it is the one that came in; for the type checker
    trained.name = identity(trained)
    return SurfaceNetwork(trained, source.pixel_mm, prepared.center_ras, prepared.extent_mm), result


def train_surfaces(
    network: SurfaceEncoder, source: SurfaceSource, minutes: float, hooks: Hooks | None = None, seed: int = 0
) -> TrainingResult:
    """Train a network by a source's sets; at the end it holds the best averaged weights.

    Args:
        network: changed.
        source: what to learn from; lanes of its own validate.
        minutes: time budget.
        hooks: progress, cancelling, state.
        seed: of everything random.

    Raises:
        InputProblem: a time budget that is not positive, or a state that does not fit.
    """
    if not minutes > 0:
        raise InputProblem(f"the minutes to train must be positive, not {minutes}")
    with torch.enable_grad():
        return _Run(network, source, minutes, hooks or Hooks(), seed).run()


class _Run:
    """The loop's state and parts."""

    def __init__(self, network: SurfaceEncoder, source: SurfaceSource, minutes: float, hooks: Hooks, seed: int) -> None:
        self.source, self.minutes, self.hooks, self.seed = source, minutes, hooks, seed
        averaged = {name: value.detach().clone() for name, value in network.state_dict().items()}
        optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        self.network, self.state = network, TrainingState(network, averaged, optimizer)
        self.recipe = {"kind": "reconstruction", "seed": str(seed), **hooks.belongs_to}
        if hooks.resume and hooks.state_path is not None and hooks.state_path.exists():
            self.state.load(hooks.state_path, self.recipe)
        self.judged = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
        self.sets: dict[int, SurfaceSet] = {}
        made = [source.make(VALIDATION_LANE, number) for number in range(source.validation_sets)]
        self.validation = [
            draw(one, made[n - 1], VALIDATION_PX, np.random.default_rng([seed, 11, n])) for n, one in enumerate(made)
        ]
        self.error: float | None = None
        self.loss, self.data_seconds, self.looked_at = math.nan, 0.0, 0.0
        self.before, self.began = self.state.seconds, time.perf_counter()
        self.saved_at = self.began

    def run(self) -> TrainingResult:
        """Steps until the time is used or the user has had enough."""
        state, stopped = self.state, False
        while self._share() < 1:
            if self.hooks.cancelled is not None and self.hooks.cancelled():
                stopped = True
                break
            self._step()
            improved = self._look_if_due()
            if state.step == 1 or time.perf_counter() - self.saved_at >= CHECKPOINT_SECONDS:
                self._checkpoint(improved)
            if self.hooks.progress is not None:
                self.hooks.progress(self._progress(improved))
        self._checkpoint(self._look())
        self.network.load_state_dict(state.best if state.best is not None else state.averaged)
        return TrainingResult(self.network.eval(), state.best_error_mm, state.step, state.seconds / 60, stopped)

    def _share(self) -> float:
        self.state.seconds = self.before + time.perf_counter() - self.began
        return self.state.seconds / (60 * self.minutes)

    def _set(self, rng: np.random.Generator) -> SurfaceSet:
        """One of the window of sets at this step, made when it is wanted for the first time."""
        last = POOL_START + self.state.step // RENEW_EVERY
        number = int(rng.integers(max(0, last - POOL), last))
        if number not in self.sets:
            for old in [each for each in self.sets if each < last - POOL]:
                del self.sets[old]
            self.sets[number] = self.source.make(0, number)
        return self.sets[number]

    def _step(self) -> None:
        """One step of AdamW."""
        state, began = self.state, time.perf_counter()
        rng = np.random.default_rng([self.seed, 12, state.step])
        drawn = draw(self._set(rng), self._set(rng), int(rng.choice(SIZES)), rng)
        self.data_seconds += time.perf_counter() - began
        warm = min(1.0, (state.step + 1) / WARM_UP_STEPS)
        cosine = LEAST_LEARNING_RATE + (1 - LEAST_LEARNING_RATE) * (1 + math.cos(math.pi * min(self._share(), 1))) / 2
        for group in state.optimizer.param_groups:
            group["lr"] = LEARNING_RATE * warm * cosine
        self.network.train()
        state.optimizer.zero_grad(set_to_none=True)
        loss = surface_loss(look_at(self.network, drawn), drawn.targets, by_feature(drawn.masks))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        state.optimizer.step()
        state.step += 1
        value = float(loss.detach())
        self.loss = value if math.isnan(self.loss) else 0.97 * self.loss + 0.03 * value
        decay = min(AVERAGING, state.step / (9 + state.step))
        with torch.no_grad():
            current = self.network.state_dict()
            get_ema_multi_avg_fn(decay)(list(state.averaged.values()), [current[name] for name in state.averaged], None)

    def _look_if_due(self) -> bool:
        spent = time.perf_counter() - self.began
        if spent - self.looked_at < max(LEAST_SECONDS, 60 * self.minutes / LOOKS):
            return False
        self.looked_at = spent
        return self._look()

    def _look(self) -> bool:
        """Validate the averaged weights and keep them if they are the best so far."""
        state = self.state
        self.judged.load_state_dict(state.averaged)
        with torch.no_grad():
            errors = [error_mm(look_at(self.judged, drawn), drawn.targets) for drawn in self.validation]
        self.error = float(torch.cat(errors).median())
        if state.best is not None and self.error > state.best_error_mm:
            return False
        state.best_error_mm = self.error
        state.best = {name: value.detach().cpu().clone() for name, value in state.averaged.items()}
        return True

    def _progress(self, improved: bool) -> TrainProgress:
        state, here = self.state, time.perf_counter() - self.began
        best = state.best_error_mm if state.best is not None else None
        left, data = max(60 * self.minutes - state.seconds, 0.0), self.data_seconds / max(here, 1e-9)
        share = min(self._share(), 1.0)
        return TrainProgress(state.step, share, self.loss, left, self.error, best, data, state.seconds / 60, improved)

    def _checkpoint(self, improved: bool) -> None:
        """Save the state, and let the outside save the best weights."""
        self.saved_at = time.perf_counter()
        if self.hooks.state_path is not None:
            self.state.save(self.hooks.state_path, self.recipe)
        if self.hooks.on_checkpoint is not None:
            best: Mapping[str, torch.Tensor] = self.state.averaged if self.state.best is None else self.state.best
            self.judged.load_state_dict(best)
            self.hooks.on_checkpoint(self.judged, self._progress(improved))
