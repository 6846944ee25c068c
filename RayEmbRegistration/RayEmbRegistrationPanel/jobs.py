"""Long work in a background thread: started and watched from the main thread, which alone touches scene and widgets."""

import logging

import qt
from RayEmbRegistrationLib.worker import Failed, Finished, Preview, Progress, Stopped, Worker
from slicer.i18n import tr as _

POLL_MS = 40


class Handlers:
    """What to do with a job's events, in the main thread; each may be None.

    Attributes:
        finished: called with the job's return value.
        progress: called with (share done, stage in words).
        preview: called with what the job handed out.
        ended: called in any case, last, with a sentence on what went wrong, or None.
    """

    def __init__(self, finished=None, progress=None, preview=None, ended=None):
        self.finished, self.progress, self.preview, self.ended = finished, progress, preview, ended


class Jobs:
    """At most one job of the user's at a time."""

    def __init__(self, panel):
        self.panel = panel
        self._worker = Worker()
        self._run = None
        self._handlers = Handlers()
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.connect("timeout()", self.poll)

    @property
    def name(self) -> str | None:
        """What runs, or None."""
        return None if self._run is None else self._run.name

    def start(self, name: str, job, handlers: Handlers) -> None:
        """Run ``job(run)`` in the thread; see ``RayEmbRegistrationLib.worker``."""
        if self._run is not None:
            return
        self._handlers = handlers
        self._run = self._worker.submit(job, name)
        self._timer.start()
        self.panel.onParametersModified()

    def cancel(self, forget: bool = False) -> None:
        """Ask what runs to stop; with ``forget`` nothing of it is shown any more."""
        if self._run is None:
            return
        self._run.cancel()
        if forget:
            self._run = None
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
        """Take what the thread has to say."""
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

    def _end(self, event) -> None:
        self._timer.stop()
        self._run, problem = None, None
        try:
            if isinstance(event, Finished):
                self._call(self._handlers.finished, event.value)
            elif isinstance(event, Stopped):
                problem = _("Cancelled.")
            elif isinstance(event, Failed):
                problem = said(event)
        finally:
            self._call(self._handlers.ended, problem)
            self.panel.onParametersModified()

    @staticmethod
    def _call(handler, *arguments) -> None:
        if handler is not None:
            handler(*arguments)


def said(event: Failed) -> str:
    """A failure in a sentence: the library's own for wrong input, else a general one, with the details in the log."""
    if isinstance(event.error, ValueError):
        text = str(event.error)
        return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
    logging.error("RayEmb Registration failed: %s", event.details)
    return _("Something unexpected went wrong ({error}); the error log has the details.").format(error=event.error)
