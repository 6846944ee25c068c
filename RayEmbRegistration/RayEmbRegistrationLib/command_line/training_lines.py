"""How a training shows itself on a terminal, and how it is stopped there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .console import remark

if TYPE_CHECKING:
    from RayEmbRegistrationLib.training.outside import TrainProgress

SECONDS_BETWEEN_LINES = 20.0  # chosen: a training of minutes leaves a screen of lines, not a book


class Stop:
    """Whether the user wants a training to end."""

    def __init__(self) -> None:
        self._stop = False

    def stop(self) -> None:
        """End the training after the current step."""
        self._stop = True

    def interrupted(self) -> bool:
        """Whether the user wants to stop."""
        return self._stop


class Lines(Stop):
    """A line on standard error now and then, on how the training goes; it names the error that is told."""

    def __init__(self, error: str = "landmark error") -> None:
        super().__init__()
        self._error = error
        self._written = -SECONDS_BETWEEN_LINES

    def __call__(self, progress: TrainProgress) -> None:
        """Show where the training stands."""
        now = time.monotonic()
        if now - self._written < SECONDS_BETWEEN_LINES and progress.share < 1 and not progress.improved:
            return
        self._written = now
        error = "" if progress.landmark_error_mm is None else f", {self._error} {progress.landmark_error_mm:.1f} mm"
        best = "" if progress.best_error_mm is None else f" (best {progress.best_error_mm:.1f})"
        remark(
            f"{100 * progress.share:5.1f} %  step {progress.step}, loss {progress.loss:.3f}{error}{best}, "
            f"{progress.seconds_left / 60:.1f} min left, {100 * progress.data_share:.0f} % of the time for data"
        )


class Interrupt:
    """Ctrl-C and a polite kill end the training with the best weights written; a second one ends it at once."""

    def __init__(self, stop: Stop | None) -> None:
        self._stop = stop
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupt:
        import signal
        import threading

        if self._stop is not None and threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._handle)
        return self

    def _handle(self, number: int, frame: object) -> None:  # noqa: ARG002 - the signature that signal wants
        import signal

        remark("stopping after this step; the best weights are kept")
        if self._stop is not None:
            self._stop.stop()
        signal.signal(number, self._before[number] or signal.SIG_DFL)

    def __exit__(self, *exception: object) -> None:
        import signal

        for number, handler in self._before.items():
            signal.signal(number, handler)
