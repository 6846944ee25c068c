"""The verbs together: arguments in, an exit status out, and every problem in one sentence."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from RayEmbRegistrationLib import __version__
from RayEmbRegistrationLib.problems import InputProblem

from . import (
    cases,
    compare,
    drr,
    evaluate,
    prepare,
    reconstruct,
    register,
    shape_fit,
    shape_model,
    show,
    simulate,
    surface,
    track,
    train,
    undistort,
)
from .console import BAD_INPUT, FAILED, STATUSES, STOPPED, remark
from .logs import logged

if TYPE_CHECKING:
    from .engine import Engine

VERBS = (
    *(register, prepare, reconstruct, show, evaluate, compare, train, cases, drr, simulate),
    *(surface, shape_model, shape_fit, track, undistort),
)
WITHOUT_REGISTRATION = ("drr", "cases", "show", "simulate", "surface", "shape-model", "shape-fit", "track", "undistort")
_LOG = logging.getLogger(__name__)
_DESCRIPTION = "Find the pose of a CT in X-rays (2D/3D registration)."
_EPILOG = """\
first steps:
  rayemb prepare  --ct ct.nii.gz --output ct.npz
  rayemb register --prepared ct.npz --xray xray.png --camera camera.json --output result.json
  rayemb VERB --help

exit status:
""" + "".join(f"{status:5}  {words}\n" for status, words in STATUSES.items())


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one sentence, without the long usage before it."""

    def error(self, message: str) -> NoReturn:
        """Leave with the status for bad input."""
        self.exit(BAD_INPUT, f"error: {message}; see {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all verbs."""
    parser = _Parser(
        prog="rayemb",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"RayEmbRegistration {__version__}")
    verbs = parser.add_subparsers(title="verbs", dest="verb", metavar="VERB", required=True)
    for verb in VERBS:
        added = verb.add_parser(verbs)
        added.add_argument("--verbose", action="store_true", help="show where in the program a problem arose")
        added.add_argument("--log", metavar="FILE", type=Path, help="keep a log of the run: versions, inputs, steps, times")
        added.set_defaults(run=verb.run)
    return parser


def main(argv: Sequence[str] | None = None, registration: Engine | None = None) -> int:
    """Run one verb.

    Args:
        argv: the arguments after the program's name; those of the process where None.
        registration: what prepares, registers and trains; the module of that name where None.

    Returns:
        The exit status, see the help's end.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    arguments = build_parser().parse_args(argv)
    try:
        with logged(arguments, argv):
            return _run(arguments, registration)
    except InputProblem as problem:  # of the log itself
        remark(f"error: {problem}")
        return BAD_INPUT


def _run(arguments: argparse.Namespace, registration: Engine | None) -> int:
    """Do it; every problem becomes a sentence, and a traceback in the log."""
    try:
        if registration is None and arguments.verb not in WITHOUT_REGISTRATION:
            from RayEmbRegistrationLib import registration as module

            registration = module
        status: int = arguments.run(arguments, registration)
    except KeyboardInterrupt:
        remark("stopped; no result was written")
        return STOPPED
    except BrokenPipeError:  # whoever read the answer has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last door before the user: a sentence instead of a traceback
        if arguments.verbose:
            traceback.print_exc(file=sys.stderr)
        status, sentence = explain(error)
        _LOG.error("%s", sentence, exc_info=error)
        remark(f"error: {sentence}")
    _LOG.info("exit status %d: %s", status, STATUSES.get(status, ""))
    return status


def explain(error: Exception) -> tuple[int, str]:
    """Exit status and one line for an exception that reached the user.

    Only an ``InputProblem``, and a file that the system does not give, are of the input; all else is a fault of the program.
    """
    text = " ".join(str(error).split())
    if isinstance(error, InputProblem):
        return BAD_INPUT, text
    if isinstance(error, OSError) and error.filename and error.strerror:
        return BAD_INPUT, f"{error.filename}: {error.strerror}; check the path, its permissions and the free space"
    if isinstance(error, ImportError):
        return FAILED, f"{text}; install the requirements listed in README.md"
    if isinstance(error, MemoryError):
        return FAILED, "there is not enough memory; close other programs or give a smaller CT"
    return FAILED, f"{type(error).__name__}: {text or 'no message'} (run again with --verbose or --log FILE to see where)"
