"""Shares of histories worked out by a Dask cluster, or by the processes that torchrun started.

A share is the same whoever works it out, so what a lost worker had begun is done by another, and none counts twice. Dask is
optional: it is imported only when a scheduler's address is given.
"""

from __future__ import annotations

import os
import pickle
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import distributed

from RayEmbRegistrationLib.problems import InputProblem

from .scatter import Share, Worker, work_share

if TYPE_CHECKING:
    from distributed import Client

    from .workers import SceneParts

ANSWERS_WITHIN_S = 20  # chosen: a scheduler that lives answers at once, and a user waits for the sentence
_scenes: dict[str, object] = {}  # of a worker, so that one is built once; the last one alone


def client_of(scheduler: str) -> Client:
    """Connect to a Dask cluster.

    Args:
        scheduler: its address ("tcp://host:8786") or scheduler file (.json).

    Raises:
        InputProblem: Dask is not installed, there is no such file, or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputProblem("running on a cluster needs Dask: pip install distributed, or leave out --scheduler") from None
    where = {"scheduler_file": scheduler} if scheduler.endswith(".json") else {"address": scheduler}
    if "scheduler_file" in where and not Path(scheduler).exists():  # Dask would wait for it for ever
        raise InputProblem(
            f"there is no scheduler file {scheduler}; start one with: dask scheduler --scheduler-file {scheduler}"
        )
    try:
        return Client(**where, timeout=ANSWERS_WITHIN_S)
    except (OSError, ValueError) as error:
        raise InputProblem(f"no Dask scheduler answers at {scheduler} ({error}); start one with: dask scheduler") from error


@contextmanager
def on_cluster(parts: SceneParts, seed: int, scheduler: str) -> Iterator[Worker]:
    """What works out shares on a Dask cluster, whose scheduler gives a lost worker's to others.

    Args:
        parts: of the scene; they travel with the tasks, so that a worker's death loses nothing.
        seed: of the histories.
        scheduler: its address ("tcp://host:8786") or scheduler file (.json).

    Raises:
        InputProblem: as ``client_of``, or it has no worker, or its workers lack the library.
    """
    with client_of(scheduler) as client:
        if not client.scheduler_info()["workers"]:
            raise InputProblem(f"the Dask scheduler at {scheduler} has no worker; start some with: dask worker {scheduler}")
        yield _Cluster(client, parts, seed).work


class _Cluster:
    """Tasks of one X-ray on one client."""

    def __init__(self, client: Client, parts: SceneParts, seed: int) -> None:
        self._client, self._seed, self._histories = client, seed, parts.histories
        self._token, self._packed = uuid.uuid4().hex, pickle.dumps(parts)

    def work(self, numbers: list[int]) -> Iterator[Share]:
        """Shares as they are done."""
        from distributed import as_completed

        # A task, not scattered data: that would be gone with the worker that holds it.
        packed = self._client.submit(bytes, self._packed, key=f"scene-{self._token}", pure=False)
        futures = [
            self._client.submit(
                _work_packed,
                packed,
                self._token,
                (self._seed, number, self._histories),
                key=f"share-{self._token}-{number}",
                pure=False,
            )
            for number in numbers
        ]
        try:
            for future in as_completed(futures):
                try:
                    yield future.result()
                except ImportError as error:
                    raise InputProblem(
                        f"a worker of the cluster cannot load this library ({error}); start workers with the same Python "
                        "environment and with RayEmbRegistration on PYTHONPATH"
                    ) from error
        finally:
            for future in futures:
                future.cancel()


def _work_packed(packed: bytes, token: str, share: tuple[int, int, int]) -> Share:
    """On a worker: a share, its scene being built for the first one."""
    if token not in _scenes:
        torch.set_num_threads(1)  # a worker a core
        scene = pickle.loads(packed).scene()  # noqa: S301 - what the client of this very cluster packed
        _scenes.clear()
        _scenes[token] = scene
    seed, number, histories = share
    return work_share(_scenes[token], seed, number, histories)  # type: ignore[arg-type]


def is_first_rank() -> bool:
    """Whether this process is the one of those that torchrun started that writes; alone it is."""
    return int(os.environ.get("RANK", "0")) == 0


def ranks() -> int:
    """Processes that torchrun started, 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def device_of_rank(device: str) -> str:
    """The card of its machine that is this process's own."""
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if ranks() > 1 and device == "cuda" else device


@contextmanager
def by_ranks(parts: SceneParts, seed: int) -> Iterator[Worker]:
    """What works out this process's shares of those asked for, and hands all of them to all.

    Where a process is lost, torchrun ends the others; with ``--max-restarts`` all begin again, with the same result.
    """
    joined = not distributed.is_initialized()
    if joined:
        distributed.init_process_group("gloo")  # shares are small and travel as Python objects
    scene, rank, world = parts.scene(), distributed.get_rank(), distributed.get_world_size()

    def work(numbers: list[int]) -> Iterator[Share]:
        own = [work_share(scene, seed, number, parts.histories) for number in numbers[rank::world]]
        everybody: list[list[Share]] = [[] for _ in range(world)]
        distributed.all_gather_object(everybody, own)
        yield from (share for shares in everybody for share in shares)

    try:
        yield work
    finally:
        if joined:
            distributed.destroy_process_group()
