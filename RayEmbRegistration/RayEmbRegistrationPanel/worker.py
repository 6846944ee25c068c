"""One background thread for long work: jobs go in, events come out of a queue. Standard library only.

The thread knows neither widgets nor scenes. Whoever submits a job polls ``Run.drain`` from its own thread (in Slicer, from
a QTimer), so that everything that is shown is changed there and nowhere else.
"""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

Report: TypeAlias = Callable[[float, str], None]
"""Called with (share done, stage in words)."""
Cancelled: TypeAlias = Callable[[], bool]
"""Whether to stop."""


@dataclass(frozen=True)
class Progress:
    """How far a job is: share done (0 to 1) and the stage in words."""

    share: float
    stage: str


@dataclass(frozen=True, eq=False)
class Preview:
    """Something worth showing before the job is done."""

    value: Any


@dataclass(frozen=True, eq=False)
class Finished:
    """The job's return value; the last event of its run."""

    value: Any


@dataclass(frozen=True, eq=False)
class Failed:
    """The exception that ended the job, and its traceback as text; the last event of its run."""

    error: BaseException
    details: str


@dataclass(frozen=True)
class Stopped:
    """The job was cancelled; the last event of its run."""


Event = Progress | Preview | Finished | Failed | Stopped


class Run:
    """One submitted job.

    Attributes:
        name: what the job is called.
        cancelled: set by ``cancel``; a job asks ``is_cancelled`` now and then.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.cancelled = threading.Event()
        self._early = threading.Event()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._ended = threading.Event()

    def cancel(self) -> None:
        """Ask the job to stop; it ends with ``Stopped`` whatever it returns or raises afterwards."""
        self.cancelled.set()

    def is_cancelled(self) -> bool:
        """Whether the job has been asked to stop; hand this to the library as ``cancelled``."""
        return self.cancelled.is_set()

    def finish_early(self) -> None:
        """Ask a job that gets better with time to return what it has; it ends with ``Finished``."""
        self._early.set()

    def should_end(self) -> bool:
        """Whether the job has been asked to stop or to finish early."""
        return self._early.is_set() or self.is_cancelled()

    def progress(self, share: float, stage: str) -> None:
        """Report from within the job; hand this to the library as ``progress``."""
        self._events.put(Progress(float(share), stage))

    def preview(self, value: Any) -> None:
        """Hand out an intermediate result from within the job."""
        self._events.put(Preview(value))

    def drain(self) -> list[Event]:
        """All events since the last call, oldest first; never waits.

        Of progress and previews only the newest is kept: a slow reader need not catch up with what is outdated.
        """
        events: list[Event] = []
        while not self._events.empty():
            events.append(self._events.get())
        newest = {type(event): event for event in events}
        return [event for event in events if newest[type(event)] is event]

    def last(self) -> Finished | Failed | None:
        """What the job ended with, once it is to be read; never waits. Progress and previews until then are passed over."""
        ends = [event for event in self.drain() if isinstance(event, (Finished, Failed))]
        return ends[-1] if ends else None

    @property
    def has_ended(self) -> bool:
        """Whether the job is over; its last event may still wait in the queue."""
        return self._ended.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the job; False where it did not come in time."""
        return self._ended.wait(timeout_s)

    def _carry_out(self, job: Callable[[Run], Any]) -> None:
        try:
            event: Event = Stopped() if self.is_cancelled() else Finished(job(self))
        except BaseException as error:  # noqa: BLE001 - a thread must hand over whatever ended its job
            event = Failed(error, traceback.format_exc())
        self._events.put(Stopped() if self.is_cancelled() else event)
        self._ended.set()


class Worker:
    """A daemon thread that carries out jobs one after the other.

    One thread for all jobs keeps what a graphics card's libraries cache by thread; a daemon cannot keep the application
    from closing.
    """

    def __init__(self, name: str = "RayEmbRegistration") -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[tuple[Callable[[Run], Any], Run] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._runs: list[Run] = []
        self._closed = False

    def submit(self, job: Callable[[Run], Any], name: str = "") -> Run:
        """Queue a job: a callable that takes its ``Run`` and returns the result.

        Raises:
            RuntimeError: the worker was closed.
        """
        if self._closed:
            raise RuntimeError("this worker was closed; make a new one")
        run = Run(name)
        self._runs = [other for other in self._runs if not other.has_ended] + [run]
        self._jobs.put((job, run))
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()
        return run

    @property
    def is_busy(self) -> bool:
        """Whether a job is waiting or under way."""
        return any(not run.has_ended for run in self._runs)

    def close(self, timeout_s: float = 2.0) -> bool:
        """Cancel all jobs and end the thread; False where it did not end in time (it then ends with its job)."""
        self._closed = True
        for run in self._runs:
            run.cancel()
        self._jobs.put(None)
        if self._thread is None or self._thread is threading.current_thread():
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _serve(self) -> None:
        while True:
            item = self._jobs.get()
            if item is None:
                return
            job, run = item
            run._carry_out(job)
            del item, job, run  # what they hold, such as a CT, is not kept until the next job comes
