"""Doing many independent things in this process or in several, whatever becomes of those processes."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

Runner = Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[tuple[Any, Any]]]
"""Calls a function with each item, somewhere, and yields (item, answer) in the order of completion. The answer is ``Lost``
where the process died of it. Functions are importable, items and answers small."""


@dataclass(frozen=True)
class Lost:
    """In place of an answer.

    Attributes:
        problem: what happened, in one sentence.
    """

    problem: str


def run_here(function: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """A runner without any process."""
    for item in items:
        yield item, function(item)


def processes(jobs: int) -> Runner:
    """A runner with ``jobs`` processes, started afresh (spawn), since a fork does not survive threads of PyTorch."""
    return lambda function, items: _run_in_processes(function, items, jobs)


def _run_in_processes(function: Callable[[Any], Any], items: Sequence[Any], jobs: int) -> Iterator[tuple[Any, Any]]:
    """When a process dies nobody knows of which item: those that were under way are done again, each by itself."""
    waiting: deque[Any] = deque(items)
    suspects: deque[Any] = deque()
    while waiting or suspects:
        alone = bool(suspects)
        source, width = (suspects, 1) if alone else (waiting, jobs)
        pool = ProcessPoolExecutor(width, mp_context=multiprocessing.get_context("spawn"))
        running: dict[Future, Any] = {}
        try:
            while source or running:
                while source and len(running) < width:
                    _submit(pool, function, source, running)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    answer = future.result()
                    yield running.pop(future), answer
        except BrokenProcessPool:
            lost = list(running.values())
            if alone and lost:
                yield lost[0], Lost("the process that did this ended unexpectedly; there may not have been enough memory")
            else:
                suspects.extend(lost)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, function: Callable[[Any], Any], source: deque, running: dict[Future, Any]) -> None:
    """Hand over the next item; it stays in the queue where the pool is broken already."""
    future = pool.submit(function, source[0])
    running[future] = source.popleft()
