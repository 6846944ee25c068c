"""``--log FILE``: what a run was asked, with what, how it went and why it ended, for someone who was not there."""

from __future__ import annotations

import argparse
import contextlib
import logging
import platform
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from RayEmbRegistrationLib import __version__
from RayEmbRegistrationLib.files.identity import identity_of_file
from RayEmbRegistrationLib.files.writing import checked_target
from RayEmbRegistrationLib.problems import InputProblem

LIBRARY = "RayEmbRegistrationLib"
HEAD = "RayEmbRegistration log"
_PACKAGES = ("torch", "numpy", "scipy", "SimpleITK", "pydicom", "opencv-python-headless", "safetensors")
_LINE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_LARGEST_FOLDER = 4e9  # bytes that are hashed, some seconds; a folder to train on may have more
_LOG = logging.getLogger(__name__)


class _Warnings(logging.Handler):
    """Shows what the library warns of beside the answer, as the program's own remarks are."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """One line; tracebacks are for the log."""
        if record.exc_info is None:
            sys.stderr.write(f"{record.getMessage()}\n")
            sys.stderr.flush()


@contextlib.contextmanager
def logged(arguments: argparse.Namespace, argv: Sequence[str]) -> Iterator[None]:
    """Log a run: its warnings beside the answer, and all of it into the file of ``--log`` where there is one.

    Raises:
        InputProblem: the file is not a log, or cannot be written.
    """
    library = logging.getLogger(LIBRARY)
    handlers: list[logging.Handler] = [_Warnings()]
    if arguments.log is not None:
        handlers.append(_file_handler(arguments.log))
    before = library.level
    for handler in handlers:
        library.addHandler(handler)
    if arguments.log is not None:
        library.setLevel(logging.INFO)
        _describe(arguments, argv)
    began = time.perf_counter()
    try:
        yield
    finally:
        _LOG.info("ended after %.1f s", time.perf_counter() - began)
        library.setLevel(before)
        for handler in handlers:
            library.removeHandler(handler)
            handler.close()


def _file_handler(path: Path) -> logging.Handler:
    """Appends to a log, or begins one; a file that is something else is left alone."""
    target = checked_target(path)
    try:
        if target.exists():
            with target.open("rb") as file:
                start = file.read(len(HEAD))
            if start not in (b"", HEAD.encode()):
                raise InputProblem(f"{path} is there and is not a log of this program; choose another name with --log")
        handler = logging.FileHandler(target, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InputProblem(f"{path} cannot be written ({error.strerror}); choose another name with --log") from error
    handler.setFormatter(logging.Formatter("%(message)s"))
    begin = f"{HEAD} of {time.strftime('%Y-%m-%d %H:%M:%S %z')}"
    handler.handle(logging.LogRecord(LIBRARY, logging.INFO, "", 0, begin, (), None))
    handler.setFormatter(logging.Formatter(_LINE))
    return handler


def _describe(arguments: argparse.Namespace, argv: Sequence[str]) -> None:
    """Versions, arguments and inputs."""
    _LOG.info("RayEmbRegistration %s, Python %s on %s", __version__, platform.python_version(), platform.platform())
    _LOG.info("packages: %s", ", ".join(f"{name} {found}" for name in _PACKAGES if (found := _version(name))))
    _LOG.info("arguments: %s", shlex.join(argv))
    _LOG.info("in folder: %s", Path.cwd())
    for name, value in sorted(vars(arguments).items()):
        if name in ("output", "log", "pictures", "run", "verb"):
            continue
        for item in value if isinstance(value, list) else [value]:
            _describe_input(name, item)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _describe_input(name: str, value: Any) -> None:
    """A file or folder among the arguments, with its digest."""
    if not isinstance(value, Path | str) or not str(value) or "\0" in str(value):
        return
    path = Path(value)
    try:
        if path.is_dir():
            sizes = [file.stat().st_size for file in path.rglob("*") if file.is_file()]
            _LOG.info("--%s %s: folder of %d files, %d bytes", name, path, len(sizes), sum(sizes))
            if sum(sizes) > _LARGEST_FOLDER:
                return
        elif not path.is_file():
            return
        _LOG.info("--%s %s: sha256 %s", name, path, identity_of_file(name, path).sha256)
    except OSError as error:
        _LOG.info("--%s %s: cannot be read (%s)", name, path, error.strerror)
