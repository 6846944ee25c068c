"""Long work in a background thread: started and watched from the main thread, which alone touches scene and widgets."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from .sentences import asSentence
from .worker import Failed, Finished, Preview, Progress, Worker

if TYPE_CHECKING:
    from .section import Panel
    from .worker import Event, Run


POLL_MS, STEP_MS = 40, 5
AT_A_STRETCH_S = 0.02
"""Of a finished job's result so much is shown before the application gets its turn."""


class Handlers:
    """What to do with a job's events, in the main thread; each may be None.

    Attributes:
        finished: called with the job's return value. A generator is gone through bit by bit, so that showing a large
            result does not hold up the application; the job lasts until its end.
        progress: called with (share done, stage in words).
        preview: called with what the job handed out.
        ended: called in any case, last, with a sentence on what went wrong, or None.
    """

    def __init__(
        self,
        finished: Callable[[Any], Any] | None = None,
        progress: Callable[[float, str], None] | None = None,
        preview: Callable[[Any], None] | None = None,
        ended: Callable[[str | None], None] | None = None,
    ) -> None:
        self.finished, self.progress, self.preview, self.ended = finished, progress, preview, ended


class Jobs:
    """At most one job of the user's at a time."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self._worker = Worker()
        self._run: Run | None = None
        self._steps: Iterator[None] | None = None
        self._handlers = Handlers()
        self._began = 0.0
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.connect("timeout()", self.poll)

    @property
    def name(self) -> str | None:
        """What runs, or None."""
        return None if self._run is None else self._run.name

    @property
    def isShowing(self) -> bool:
        """Whether what runs is done but for showing its result."""
        return self._steps is not None

    def start(self, name: str, job: Callable[[Run], Any], handlers: Handlers) -> None:
        """Run ``job(run)`` in the thread; see ``RayEmbRegistrationPanel.worker``."""
        if self._run is not None:
            return
        self._handlers = handlers
        self._began = time.perf_counter()
        self.panel.log.add(f"{name} began")
        self._run = self._worker.submit(job, name)
        self._timer.setInterval(POLL_MS)
        self._timer.start()
        self.panel.onParametersModified()

    def cancel(self, forget: bool = False) -> None:
        """Ask what runs to stop; with ``forget`` nothing of it is shown any more."""
        if self._run is None:
            return
        self._run.cancel()
        if forget:
            self._run = self._steps = None
            self._timer.stop()

    def cancelKeeping(self) -> None:
        """Ask what runs to stop and hand over what it has so far."""
        if self._run is not None:
            self._run.finish_early()

    def close(self) -> None:
        """The panel goes."""
        self.cancel(forget=True)
        self._timer.stop()
        self._worker.close(timeout_s=1.0)

    def poll(self) -> None:
        """Take what the thread has to say, or go on showing its result."""
        if slicer.mrmlScene.IsBatchProcessing():
            return  # a scene is being loaded: the result waits until it is whole
        if self._steps is not None:
            self._goOn()
            return
        if self._run is None:
            return
        for event in self._run.drain():
            if isinstance(event, Progress):
                self._call(self._handlers.progress, event.share, event.stage)
            elif isinstance(event, Preview):
                self._call(self._handlers.preview, event.value)
            else:
                self._end(event)
                return

    def _end(self, event: Event) -> None:
        if isinstance(event, Finished):
            self._steps = self._showing(event.value)
            self._timer.setInterval(STEP_MS)
            return
        if isinstance(event, Failed):
            self.panel.log.add(event.details)
        self._close(said(event) if isinstance(event, Failed) else _("Cancelled."))

    def _showing(self, value: Any) -> Iterator[None]:
        """The steps of the handler of the result, which may have none."""
        steps = self._call(self._handlers.finished, value)
        if steps is not None:
            yield from steps

    def _goOn(self) -> None:
        """Some steps more; an error among them ends the job, and is seen as any error of a slot."""
        steps, isOver = self._steps, True
        if steps is None:
            return
        end = time.perf_counter() + AT_A_STRETCH_S
        try:
            while True:
                next(steps)
                if self._steps is not steps or time.perf_counter() > end:  # closed meanwhile, or enough for now
                    isOver = False
                    return
        except StopIteration:
            pass
        finally:
            if isOver and self._steps is steps:
                self._close(None)

    def _close(self, problem: str | None) -> None:
        self._timer.stop()
        seconds = time.perf_counter() - self._began
        self.panel.log.add(f"{self.name} ended after {seconds:.2f} s: {problem or 'done'}")
        self._timer.setInterval(POLL_MS)
        self._run = self._steps = None
        try:
            self._call(self._handlers.ended, problem)
        finally:
            self.panel.onParametersModified()

    @staticmethod
    def _call(handler: Callable[..., Any] | None, *arguments: Any) -> Any:
        return None if handler is None else handler(*arguments)


def said(event: Failed) -> str:
    """A failure in a sentence: the library's own for wrong input, else a general one, with the details in the log."""
    if isinstance(event.error, ValueError):
        return asSentence(str(event.error))
    logging.error("RayEmb Registration failed: %s", event.details)
    return _("Something unexpected went wrong ({error}); the error log has the details.").format(error=event.error)
