"""What the command line says: results on standard output, progress and problems on standard error."""

from __future__ import annotations

import logging
import shutil
import sys
import time
from collections.abc import Iterable
from typing import TextIO

# Argparse ends with 2 and shells report 130 for a stop by Ctrl-C; the others are chosen.
SUCCEEDED, FAILED, BAD_INPUT, NOT_TRUSTED, NO_PICTURES, SOME_FAILED, STOPPED = 0, 1, 2, 3, 4, 5, 130
STATUSES = {
    SUCCEEDED: "done (register: and the pose is trusted for what it is for)",
    FAILED: "something went wrong inside the program; --log FILE keeps where",
    BAD_INPUT: "the input cannot be used; the sentence on standard error says why",
    NOT_TRUSTED: "register: done, the result is written, but the pose is not to be trusted for what it is for",
    NO_PICTURES: "register: done, the result is written, but a picture could not be; the result says whether it is trusted",
    SOME_FAILED: "compare, evaluate: done and written, but cases failed; the table says which",
    STOPPED: "stopped by the user",
}
"""Every exit status of the program, in the words of the help."""
_BAR_WIDTH = 24  # characters; chosen: leaves room for the stage in 80 columns
_LOG = logging.getLogger(__name__)


def say(text: str = "") -> None:
    """A line of the answer."""
    _write(sys.stdout, text)
    _LOG.info("said: %s", text)


def remark(text: str) -> None:
    """A line beside the answer."""
    _write(sys.stderr, text)
    _LOG.info("remarked: %s", text)


def _write(stream: TextIO, text: str) -> None:
    """A line, with escapes for what the stream's encoding lacks, such as the bytes of a name that is no UTF-8."""
    encoding = stream.encoding or "utf-8"
    stream.write(f"{text}\n".encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def remarks(lines: Iterable[str], about: str = "") -> None:
    """Several remarks, each under the name of what they are about."""
    for line in lines:
        remark(f"{about}: {line}" if about else line)


class Progress:
    """A bar that redraws itself on a terminal; elsewhere one line a stage.

    Called as ``progress(fraction, stage)``. Used as a context manager, so that what follows starts on a line of its own.
    """

    def __init__(self, title: str = "", stream: TextIO | None = None) -> None:
        self._title = f"{title}: " if title else ""
        self._stream = stream or sys.stderr
        self._on_terminal = self._stream.isatty()
        self._stage: str | None = None
        self._drawn = 0.0

    def __call__(self, fraction: float, stage: str = "") -> None:
        """Show a fraction from 0 to 1 and the stage in words."""
        fraction = min(max(float(fraction), 0.0), 1.0)
        is_new, self._stage = stage != self._stage, stage
        if is_new and stage:
            _LOG.info("%s%s (%.0f %%)", self._title, stage, 100 * fraction)
        if not self._on_terminal:
            if is_new and stage:
                self._stream.write(f"{self._title}{stage}\n")
                self._stream.flush()
        elif is_new or fraction >= 1 or time.monotonic() - self._drawn > 0.05:
            self._drawn = time.monotonic()
            filled = round(fraction * _BAR_WIDTH)
            bar = "#" * filled + "." * (_BAR_WIDTH - filled)
            line = f"[{bar}] {round(100 * fraction):3d} %  {self._title}{stage}"
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + line[:width].ljust(width))
            self._stream.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._on_terminal and self._stage is not None:
            self._stream.write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")
            self._stream.flush()
