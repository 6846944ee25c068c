"""Sets made by worker processes before training wants them: drawing and rendering them takes longer than a card's step."""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from concurrent.futures import Future, ProcessPoolExecutor
from typing import NamedTuple

import numpy as np
import torch

from .pairs import PairSet
from .sources import SetSource

GROUP = 3  # sets of one task, in a row: as many as a procedural volume is used for
KEPT_GROUPS = 12  # a lane; more than the pool's window

_source: SetSource | None = None  # of this worker process


class SetsAhead:
    """Another source's sets, made by processes that each have a copy of it. A context that ends them.

    Args:
        source: makes sets on the CPU.
        workers: number of processes, one thread each.
        device: where the sets are wanted.
        ahead: sets of a lane that are made before they are wanted.
    """

    def __init__(self, source: SetSource, workers: int, device: str | torch.device, ahead: int = 6) -> None:
        self._device, self._ahead = torch.device(device), ahead
        context = multiprocessing.get_context("spawn")
        self._processes = ProcessPoolExecutor(workers, context, _begin, (source,))
        self._groups: dict[int, dict[int, Future[list[_OnHost]]]] = defaultdict(dict)

    def __enter__(self) -> SetsAhead:
        return self

    def __exit__(self, *_: object) -> None:
        self._processes.shutdown(wait=True, cancel_futures=True)

    def expect(self, lane: int, first: int, last: int) -> None:
        """Have the sets of a lane made from the first up to the last, and where that is another one, some more."""
        groups, ahead = self._groups[lane], self._ahead if last > first else 0
        for group in range(first // GROUP, (last + ahead) // GROUP + 1):
            if group not in groups and group >= max(groups, default=0) - KEPT_GROUPS:
                groups[group] = self._processes.submit(_make_group, lane, group)
        for old in [group for group in groups if group < max(groups) - KEPT_GROUPS]:
            groups.pop(old).cancel()

    def is_ready(self, lane: int, number: int) -> bool:
        """Whether ``make`` would give that set at once."""
        group = self._groups[lane].get(number // GROUP)
        return group is not None and group.done()

    def make(self, lane: int, number: int) -> PairSet:
        """See ``SetSource``; waits for the set where it is not ready."""
        self.expect(lane, number, number)
        group = self._groups[lane].get(number // GROUP) or self._processes.submit(_make_group, lane, number // GROUP)
        return group.result()[number % GROUP].on(self._device)


class _OnHost(NamedTuple):
    """A ``PairSet`` of arrays: tensors would be handed over by file descriptors, of which there are too few."""

    templates: np.ndarray
    template_px: np.ndarray
    canvases: np.ndarray
    points_camera: np.ndarray
    valid: np.ndarray
    focal_px: np.ndarray
    pixel_mm: float
    depth_mm: np.ndarray

    @classmethod
    def of(cls, made: PairSet) -> _OnHost:
        """Arrays of a set on the CPU."""
        return cls(
            made.templates.numpy(),
            made.template_px.numpy(),
            made.canvases.numpy(),
            made.points_camera.numpy(),
            made.valid.numpy(),
            made.focal_px.numpy(),
            made.pixel_mm,
            made.depth_mm.numpy(),
        )

    def on(self, device: torch.device) -> PairSet:
        """The set where training wants it."""
        return PairSet(
            torch.as_tensor(self.templates, device=device),
            torch.as_tensor(self.template_px, device=device),
            torch.as_tensor(self.canvases, device=device),
            torch.as_tensor(self.points_camera, device=device),
            torch.as_tensor(self.valid, device=device),
            torch.as_tensor(self.focal_px, device=device),
            self.pixel_mm,
            torch.as_tensor(self.depth_mm, device=device),
        )


def _begin(source: SetSource) -> None:
    """In a worker, before anything else."""
    global _source  # noqa: PLW0603 - a task of a process pool finds what is its process's in no other way
    torch.set_num_threads(1)
    _source = source


def _make_group(lane: int, group: int) -> list[_OnHost]:
    """The sets of a group."""
    if _source is None:
        raise RuntimeError("a worker process was not told what to make")
    return [_OnHost.of(_source.make(lane, number)) for number in range(GROUP * group, GROUP * (group + 1))]
