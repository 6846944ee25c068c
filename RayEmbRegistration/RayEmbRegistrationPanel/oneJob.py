"""A thread for jobs of which only the newest matters: one at a time, and its end is handed over in the panel's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from .worker import Failed, Finished, Run, Worker


class OneJob:
    """Carries out one job; whoever started it starts the next when it has ended.

    Args:
        name: of the thread.
        pollMs: how often its end is asked for.
        onEnd: called with what a job ended with.
    """

    def __init__(self, name: str, pollMs: int, onEnd: Callable[[Finished | Failed], None]) -> None:
        self._worker = Worker(name)
        self._run: Run | None = None
        self._onEnd = onEnd
        self._poll = qt.QTimer()
        self._poll.setInterval(pollMs)
        self._poll.connect("timeout()", self._look)

    @property
    def isBusy(self) -> bool:
        """Whether a job is under way."""
        return self._run is not None

    def start(self, job: Callable[[Run], Any]) -> None:
        """Begin a job; not while one is under way."""
        self._run = self._worker.submit(job)
        self._poll.start()

    def forget(self) -> None:
        """Whatever is under way is not asked for any more."""
        self._poll.stop()
        self._run = None

    def close(self) -> None:
        """The panel goes."""
        self.forget()
        self._worker.close(timeout_s=1.0)

    def _look(self) -> None:
        if self._run is None:
            self._poll.stop()
            return
        end = self._run.last()
        if end is not None:
            self._run = None
            self._onEnd(end)
