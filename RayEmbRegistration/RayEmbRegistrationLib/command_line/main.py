"""The verbs together: arguments in, an exit status out, and every problem in one sentence."""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

from RayEmbRegistrationLib import __version__

from . import cases, compare, drr, evaluate, prepare, register, train
from .console import BAD_INPUT, FAILED, STOPPED, remark
from .inputs import InputError

VERBS = (register, prepare, evaluate, compare, train, cases, drr)
_DESCRIPTION = "Find the pose of a CT in X-rays (2D/3D registration)."
_EPILOG = """\
first steps:
  python -m RayEmbRegistrationLib prepare  --ct ct.nii.gz --output ct.npz
  python -m RayEmbRegistrationLib register --prepared ct.npz --xray xray.png --camera camera.json --output result.json
  python -m RayEmbRegistrationLib VERB --help

exit status:
  0  done (register: and the pose is trusted)
  1  something went wrong inside the program
  2  the input cannot be used; the sentence on standard error says why
  3  register: done, the result is written, but the pose is not to be trusted
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one sentence, without the long usage before it."""

    def error(self, message: str) -> NoReturn:
        """Leave with the status for bad input."""
        self.exit(BAD_INPUT, f"error: {message}; see {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all verbs."""
    parser = _Parser(
        prog="python -m RayEmbRegistrationLib",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"RayEmbRegistration {__version__}")
    verbs = parser.add_subparsers(title="verbs", dest="verb", metavar="VERB", required=True)
    for verb in VERBS:
        added = verb.add_parser(verbs)
        added.add_argument("--verbose", action="store_true", help="show where in the program a problem arose")
        added.set_defaults(run=verb.run)
    return parser


def main(argv: Sequence[str] | None = None, registration: Any = None) -> int:
    """Run one verb.

    Args:
        argv: the arguments after the program's name; those of the process where None.
        registration: what offers ``prepare``, ``register``, ``PreparedCT`` and ``PrepareSettings``: the module of that name
            where None.

    Returns:
        The exit status, see the help's end.
    """
    arguments = build_parser().parse_args(argv)
    try:
        if registration is None and arguments.verb not in ("drr", "cases"):
            registration = importlib.import_module("RayEmbRegistrationLib.registration")
        return arguments.run(arguments, registration)
    except KeyboardInterrupt:
        remark("stopped; no result was written")
        return STOPPED
    except Exception as error:  # noqa: BLE001 - the last door before the user: a sentence instead of a traceback
        if arguments.verbose:
            traceback.print_exc(file=sys.stderr)
        status, sentence = _explain(error)
        remark(f"error: {sentence}")
        return status


def _explain(error: Exception) -> tuple[int, str]:
    """Exit status and one line for an exception that reached the user."""
    text = " ".join(str(error).split())
    if isinstance(error, InputError | ValueError):
        return BAD_INPUT, text
    if isinstance(error, OSError):
        named = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else text
        return BAD_INPUT, f"{named}; check the path, its permissions and the free space"
    if isinstance(error, ImportError):
        return FAILED, f"{text}; install the requirements listed in README.md"
    if isinstance(error, MemoryError):
        return FAILED, "there is not enough memory; close other programs or give a smaller CT"
    return FAILED, f"{type(error).__name__}: {text or 'no message'} (run again with --verbose to see where)"
