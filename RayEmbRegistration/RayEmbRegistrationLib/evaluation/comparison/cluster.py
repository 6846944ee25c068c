"""Doing many independent things on a cluster through Dask, which knows how to reach, balance and replace workers.

Dask is optional: it is imported only when a scheduler's address is given.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from RayEmbRegistrationLib.problems import InputProblem

from .pool import Lost, Runner

if TYPE_CHECKING:
    from distributed import Client

_BATCH = 500  # registrations handed over in one message; chosen: one by one, thousands take minutes


def cluster(scheduler: str, output: str | Path) -> Runner:
    """A runner on a Dask cluster.

    Args:
        scheduler: its address ("tcp://host:8786") or scheduler file (.json).
        output: folder that all workers must see.

    Raises:
        InputProblem: Dask is not installed, no scheduler answers, or a worker lacks the library or does not see the folder;
            when the runner is used.
    """
    return lambda function, items: _run_on_cluster(function, items, scheduler, output)


def _run_on_cluster(
    function: Callable[[Any], Any], items: Sequence[Any], scheduler: str, output: str | Path
) -> Iterator[tuple[Any, Any]]:
    """Workers that die are Dask's concern: it gives their items to others, and gives an item up that killed several."""
    if not items:
        return
    from RayEmbRegistrationLib.simulation.monte_carlo.clusters import client_of  # PyTorch comes with it

    with client_of(scheduler) as client:
        from distributed import as_completed

        _check_workers(client, Path(output))
        run = uuid.uuid4().hex[:8]
        keys = [f"compare-{run}-{number}" for number in range(len(items))]
        futures = client.map(function, items, key=keys, pure=False, batch_size=_BATCH)
        asked = dict(zip(keys, items, strict=True))
        completed = as_completed(futures)
        del futures  # a future that nobody holds is forgotten by the cluster, with its answer
        for future in completed:
            answer = future.result() if future.status == "finished" else _lost(future)
            yield asked.pop(future.key), answer


def _check_workers(client: Client, output: Path) -> None:
    """Ask all workers that are there already; those that join later are trusted to be alike."""
    output.mkdir(parents=True, exist_ok=True)
    marker = output / f".seen-by-workers-{uuid.uuid4().hex[:8]}"
    marker.touch()
    try:
        seen = client.run(_sees, str(marker), on_error="return")
    finally:
        marker.unlink()
    for worker, answer in seen.items():
        if isinstance(answer, BaseException):
            raise InputProblem(
                f"the worker {worker} cannot load this library ({answer}); start workers with the same Python environment "
                "and with RayEmbRegistration on PYTHONPATH"
            )
        if not answer:
            raise InputProblem(
                f"the worker {worker} does not see {output}; choose an --output on a disk that all workers share"
            )


def _sees(path: str) -> bool:
    return Path(path).exists()


def _lost(future: Any) -> Lost:
    error = future.exception()
    return Lost(f"no worker of the cluster could do this: {type(error).__name__}: {' '.join(str(error).split())[:300]}")
