"""A small bone, a small encoder and small steps, so that training is tested in seconds; also run as a process of its own.

python training_cases.py STEPS OUTPUT     trains with whatever torchrun's environment says and saves the weights
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.training.batches import Batch, BatchSettings
from RayEmbRegistrationLib.training.distributed import join_ranks, leave_ranks
from RayEmbRegistrationLib.training.outside import Hooks
from RayEmbRegistrationLib.training.pairs import PairSettings, render_set
from RayEmbRegistrationLib.training.settings import TrainSettings
from RayEmbRegistrationLib.training.trainer import train
from RayEmbRegistrationLib.training.validation import make_validation
from RayEmbRegistrationLib.training.view_sampling import ViewDistribution, random_rotation
from RayEmbRegistrationLib.training.volumes import Bone, TrainingVolume

PAIRS = PairSettings(xrays=3, template_px=64, canvas_px=80, views=ViewDistribution(tilt=12, in_plane=8, scale_spread=0.03))


@cache
def small_volume(seed: int = 0, voxels: int = 40) -> TrainingVolume:
    """Some ten balls and rods of attenuation, 2 mm voxels, 48 px across."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(voxels)] * 3, indexing="ij"), axis=-1)[..., ::-1] - (voxels - 1) / 2
    values = np.zeros((voxels,) * 3, np.float32)
    for _ in range(10):
        middle, axis = rng.uniform(-11, 11, 3), rng.normal(size=3)
        axis /= np.linalg.norm(axis)
        away = grid - middle
        along = np.clip(away @ axis, -rng.uniform(0, 8), rng.uniform(0, 8))
        distance = np.linalg.norm(away - along[..., None] * axis, axis=-1)
        values = np.maximum(values, 0.03 * rng.uniform(0.5, 1) / (1 + np.exp(4 * (distance - rng.uniform(1.5, 3)))))
    ras_from_ijk = np.diag([2.0, 2, 2, 1])
    ras_from_ijk[:3, 3] = -(voxels - 1)
    kji = np.argwhere(values > 0.01)
    points = kji[rng.permutation(len(kji))[:300], ::-1] * 2.0 - (voxels - 1)
    return TrainingVolume(
        (Bone(JosephProjector(values.astype(np.float32), ras_from_ijk), points),), (), 80 / 48, np.zeros(3)
    )


class SmallSource:
    """Sets of one small volume, seen from anywhere or from one side."""

    def __init__(self, seed: int = 0, anywhere: bool = True) -> None:
        self.seed, self.anywhere = seed, anywhere

    def make(self, lane: int, number: int):
        rng = np.random.default_rng([self.seed, lane, number])
        return render_set(small_volume(), random_rotation(rng) if self.anywhere else np.eye(3), PAIRS, rng)


def small_settings(steps: int, **changes) -> TrainSettings:
    batch = BatchSettings(sets=2, xrays=2, points=24, template_sizes=(64,), xray_sizes=(48, 64))
    settings = TrainSettings(
        steps=steps, batch=batch, views=PAIRS.views, warm_up_steps=5, pool_size=6, mixed_precision=False
    )
    return replace(settings, **changes)


def small_encoder(seed: int = 0) -> SmallEncoder:
    torch.manual_seed(seed)
    return SmallEncoder(16, (16, 16, 24, 24), 1)


@cache
def small_validation() -> list[Batch]:
    return make_validation(SmallSource(1, anywhere=False), PAIRS, sets=2, xray_px=64)


def train_small(steps: int, hooks: Hooks | None = None, ranks=None, **changes):
    return train(small_encoder(), SmallSource(), small_validation(), small_settings(steps, **changes), hooks, ranks)


if __name__ == "__main__":
    torch.set_num_threads(1)
    joined, _ = join_ranks("cpu")
    losses: list[float] = []
    hooks = Hooks(progress=lambda progress: losses.append(progress.loss))
    result = train_small(int(sys.argv[1]), hooks, joined)
    if joined.rank == 0:
        torch.save({"losses": losses, "weights": result.encoder.state_dict()}, Path(sys.argv[2]))
    leave_ranks(joined)
