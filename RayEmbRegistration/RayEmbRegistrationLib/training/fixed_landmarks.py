"""Train a network for a patient's own fixed landmarks: heat maps by cross-entropy over all pixels of an X-ray."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
from RayEmbRegistrationLib.detector.networks.fixed_landmarks import POINTS, FixedLandmarks, choose_points, peaks
from RayEmbRegistrationLib.detector.templates import TemplateSets
from RayEmbRegistrationLib.detector.weights import identity
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, ViewPrior
from RayEmbRegistrationLib.problems import InputProblem

from .batches import BatchSettings
from .marked_xrays import heat_map_loss, joined, marked
from .outside import TrainProgress
from .pairs import PairSet, PairSettings, render_set
from .precision import mixed_precision
from .recipes import FINE_TUNING_RATE
from .settings import LEAST_LEARNING_RATE
from .sources import Pool
from .view_sampling import ViewDistribution, rotation_in_prior
from .volumes import Bone, TrainingVolume, bone_volume, whole_volume

# A lane that no process trains in; numbers and size are chosen for time.
VALIDATION_LANE, VALIDATION_SETS, VALIDATION_PX = 10**6, 5, 144
SETS = 2  # a step; chosen for time on a CPU
LEARNING_RATE, WARM_UP_STEPS, AVERAGING, CLIP = 2e-3, 60, 0.998, 1.0  # as in TrainSettings
VIEWS_IN_A_SET, UNUSED_PX = 6, 16  # templates are drawn beside X-rays, and as small as can be; chosen for time
LAST_LAYER = "head.1."  # of SmallEncoder
# Of the heat maps before training: a cosine times this; chosen: flat enough to learn from, as a temperature of 0.1.
FIRST_SHARPNESS = 10.0
# Looks at the validation over the whole time, and time between two at least; chosen: a fifteenth of the time is seen
# through.
LOOKS, LEAST_SECONDS = 15, 8.0


@dataclass(frozen=True, eq=False)
class FixedTraining:
    """What came of it: network and points, median landmark error in mm at the bone (infinite before the first look), steps,
    minutes, whether cancelled.
    """

    fixed: FixedLandmarks
    landmark_error_mm: float
    steps: int
    minutes: float
    cancelled: bool


@dataclass(frozen=True)
class Watching:
    """How the outside takes part.

    Attributes:
        progress: called after every step.
        cancelled: asked before every step; True ends the training with the best weights so far.
        keep: called with what there is after the first step, and each time the validation is better than before; whoever
            stops the process finds the last of these.
    """

    progress: Callable[[TrainProgress], None] | None = None
    cancelled: Callable[[], bool] | None = None
    keep: Callable[[FixedTraining], None] | None = None


class FixedSource:
    """Sets of X-rays of one CT in which only the fixed points are marked, in their order.

    Each view of a set is drawn from the whole prior by itself, since nothing here is relative to templates.
    """

    def __init__(self, volume: TrainingVolume, prior: ViewPrior, seed: int) -> None:
        views = ViewDistribution(tilt=5.0, in_plane=6.0)  # the prior itself is covered, with a margin
        self.settings = PairSettings(templates=1, xrays=1, template_px=UNUSED_PX, views=views, changed_bones=0.0)
        self._volume, self._prior, self._seed = volume, prior, seed
        self.pixel_mm = volume.pixel_mm

    def make(self, lane: int, number: int) -> PairSet:
        """The set of that number; always the same one."""
        rng = np.random.default_rng([self._seed, 8, lane, number])
        views = [
            render_set(self._volume, rotation_in_prior(self._prior, rng), self.settings, rng) for _ in range(VIEWS_IN_A_SET)
        ]
        return replace(
            views[0],
            canvases=torch.cat([view.canvases for view in views]),
            points_camera=torch.cat([view.points_camera for view in views]),
            valid=torch.cat([view.valid for view in views]),
            focal_px=torch.cat([view.focal_px for view in views]),
            depth_mm=torch.cat([view.depth_mm for view in views]),
        )


def train_fixed_landmarks(
    prepared: PreparedCT,
    minutes: float,
    watching: Watching | None = None,
    seed: int = 0,
    count: int = POINTS,
) -> FixedTraining:
    """Choose points of a CT's bone and train a network to find them in views of the prior it was prepared with.

    Args:
        prepared: the CT. If it was prepared with weights for any landmark, all but the last layer starts from them.
        minutes: time budget.
        watching: progress, stopping, and keeping what there is meanwhile.
        seed: of everything random.
        count: points.

    Raises:
        InputProblem: a time budget that is not positive.
    """
    if not minutes > 0:
        raise InputProblem(f"the minutes to train must be positive, not {minutes}")
    points = choose_points(prepared.bone_points_ras, count)
    whole = whole_volume(bone_volume(prepared), prepared.device)
    volume = replace(whole, bones=(Bone(whole.bones[0].projector, points),))
    source = FixedSource(volume, VIEW_PRIORS[prepared.view], seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        look = source.make(VALIDATION_LANE, 0).canvases
        network = new_network(points, prepared, look).to(prepared.device).train().requires_grad_(True)
    run = _Run(network, source, minutes, seed, _start_of(prepared) is None)
    watching, stopped = watching or Watching(), False
    with torch.enable_grad():
        while run.share < 1:
            if watching.cancelled is not None and watching.cancelled():
                stopped = True
                break
            run.step()
            if watching.keep is not None and (run.steps == 1 or run.improved):
                watching.keep(run.result(run.averaged.state_dict(), points, stopped))
            if watching.progress is not None:
                watching.progress(run.progress())
    run.look()
    return run.result(run.best, points, stopped)


def new_network(points_ras: np.ndarray, prepared: PreparedCT, look: torch.Tensor) -> SmallEncoder:
    """A network of heat maps for points (N, 3).

    Where the CT was prepared with an encoder of our own kind and templates, all but the last layer is the encoder's, and the
    last one compares what the encoder sees with the points' mean embeddings: the training starts from what would be found
    without any.

    Args:
        points_ras: mm.
        prepared: the CT.
        look: (B, 1, H, W) images of it, from which the size of the encoder's embeddings is told.
    """
    start = _start_of(prepared)
    if start is None:
        return SmallEncoder(dimensions=len(points_ras))
    encoder, templates = start
    network = SmallEncoder(**{**encoder.arguments, "dimensions": len(points_ras)})
    kept = {name: value for name, value in encoder.state_dict().items() if not name.startswith(LAST_LAYER)}
    network.load_state_dict(kept, strict=False)
    gaps = np.linalg.norm(templates.points_ras[:, None] - points_ras[None], axis=2)
    chosen = torch.as_tensor(gaps.argmin(axis=0))
    seen = templates.seen[:, :, chosen, None].float()
    mean = (templates.point_embeddings[:, :, chosen].float() * seen).sum(dim=(0, 1))
    mean = mean / mean.norm(dim=1, keepdim=True).clamp_min(1e-6)
    with torch.no_grad():
        sharpness = FIRST_SHARPNESS / encoder(look, torch.ones_like(look)).float().norm(dim=1).mean()
        weight, bias = (encoder.get_parameter(LAST_LAYER + name) for name in ("weight", "bias"))
        network.get_parameter(LAST_LAYER + "weight").copy_(sharpness * (mean @ weight[:, :, 0, 0])[..., None, None])
        network.get_parameter(LAST_LAYER + "bias").copy_(sharpness * (mean @ bias))
    return network


def _start_of(prepared: PreparedCT) -> tuple[SmallEncoder, TemplateSets] | None:
    """What a training can start from: an encoder of our own kind and its templates."""
    if isinstance(prepared.encoder, SmallEncoder) and prepared.templates is not None:
        return prepared.encoder, prepared.templates
    return None


class _Run:
    """The loop's state and parts."""

    def __init__(self, network: SmallEncoder, source: FixedSource, minutes: float, seed: int, from_nothing: bool) -> None:
        self.network, self.source, self.minutes, self.seed = network, source, minutes, seed
        self.pool = Pool(source)
        self.rate = LEARNING_RATE if from_nothing else FINE_TUNING_RATE
        self.optimizer = torch.optim.AdamW(network.parameters(), self.rate, weight_decay=0.01)
        self.averaged = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
        made = [source.make(VALIDATION_LANE, number) for number in range(VALIDATION_SETS)]
        self.validation = [
            marked(one, made[n - 1], VALIDATION_PX, source.settings.views, np.random.default_rng([seed, 9, n]))
            for n, one in enumerate(made)
        ]
        self.steps, self.loss, self.data_seconds, self.looked_at = 0, math.nan, 0.0, 0.0
        self.error: float | None = None
        self.best_error, self.best, self.improved = math.inf, network.state_dict(), False
        self.began = time.perf_counter()

    @property
    def share(self) -> float:
        """Of the time budget used."""
        return (time.perf_counter() - self.began) / (60 * self.minutes)

    def step(self) -> None:
        """One step of AdamW."""
        share, began = self.share, time.perf_counter()
        side = int(np.random.default_rng([self.seed, 6, self.steps]).choice(BatchSettings().xray_sizes))
        parts = []
        for lane in range(SETS):
            rng = np.random.default_rng([self.seed, 7, self.steps, lane])
            pairs, strange = (self.pool.draw(lane, self.steps, rng) for _ in range(2))
            parts.append(marked(pairs, strange, side, self.source.settings.views, rng))
        xrays = joined(parts)
        self.data_seconds += time.perf_counter() - began
        warm = min(1.0, (self.steps + 1) / WARM_UP_STEPS)
        rate = LEAST_LEARNING_RATE + (1 - LEAST_LEARNING_RATE) * (1 + math.cos(math.pi * min(share, 1))) / 2
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * warm * rate
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        with mixed_precision(xrays.images.device):
            logits = self.network(xrays.images, xrays.masks)
        logits = logits.float()
        loss = heat_map_loss(logits, xrays.pixels, xrays.weights, self.network.stride)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimizer.step()
        self.steps += 1
        self.loss = float(loss.detach()) if math.isnan(self.loss) else 0.97 * self.loss + 0.03 * float(loss.detach())
        decay = min(AVERAGING, self.steps / (9 + self.steps))
        with torch.no_grad():
            for mean, current in zip(self.averaged.state_dict().values(), self.network.state_dict().values(), strict=True):
                mean.lerp_(current, 1 - decay)
        self.improved = False
        spent = time.perf_counter() - self.began
        if spent - self.looked_at >= max(LEAST_SECONDS, 60 * self.minutes / LOOKS):
            self.looked_at = spent
            self.look()

    def look(self) -> None:
        """Validate the averaged weights and keep them if they are the best so far."""
        errors = []
        with torch.no_grad():
            for xrays in self.validation:
                for n, own in enumerate(self.averaged(xrays.images, xrays.masks).float()):
                    positions = torch.as_tensor(peaks(own, torch.ones_like(own[0], dtype=torch.bool))[0], device=own.device)
                    gaps = (positions + 0.5) * self.network.stride - 0.5 - xrays.pixels[n]
                    errors.append((gaps.norm(dim=1) * xrays.mm_per_px[n])[xrays.weights[n] > 0])
        self.error = float(torch.cat(errors).median())
        if self.error < self.best_error:
            self.best_error, self.improved = self.error, True
            self.best = {name: value.clone() for name, value in self.averaged.state_dict().items()}

    def result(self, weights: Mapping[str, torch.Tensor], points: np.ndarray, stopped: bool) -> FixedTraining:
        """What some of the weights come to."""
        network = copy.deepcopy(self.averaged)
        network.load_state_dict(weights)
        network.name = identity(network)
        fixed = FixedLandmarks(network, points, self.source.pixel_mm)
        return FixedTraining(fixed, self.best_error, self.steps, (time.perf_counter() - self.began) / 60, stopped)

    def progress(self) -> TrainProgress:
        """Where it stands."""
        spent = time.perf_counter() - self.began
        best = None if math.isinf(self.best_error) else self.best_error
        left, data = max(60 * self.minutes - spent, 0.0), self.data_seconds / max(spent, 1e-9)
        return TrainProgress(
            self.steps, min(self.share, 1.0), self.loss, left, self.error, best, data, spent / 60, self.improved
        )
