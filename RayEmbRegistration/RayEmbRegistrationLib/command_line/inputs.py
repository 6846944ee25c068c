"""What several verbs read: the CT or its prepared file, X-rays with their cameras, and where output may go."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from RayEmbRegistrationLib.files.writing import checked_target
from RayEmbRegistrationLib.problems import InputProblem

VIEWS = ("ap", "pa", "lateral", "right-lateral", "lao", "rao", "lpo", "rpo", "any")
METHODS = ("rayemb", "search", "both", "fixed-landmarks", "reconstruction", "intensity")
FROM_DICOM = "dicom"


class InputError(InputProblem):
    """Arguments that do not fit together, or a place that cannot be written to, in one sentence."""


def add_view_argument(parser: argparse._ActionsContainer, for_each: bool = False) -> None:
    """How the patient is seen, in every X-ray or, where asked, in each."""
    parser.add_argument(
        "--view",
        choices=VIEWS,
        action="append" if for_each else "store",
        help="roughly how the beam runs: from front to back (ap), from back to front (pa, a C-arm with its source under the "
        "table), from the right to the left side (lateral) or from left to right (right-lateral), oblique with the detector "
        "left or right, anterior or posterior (lao, rao, lpo, rpo), or unknown (any), which takes longest; default: as "
        "prepared, or ap" + ("; once for all X-rays, or once for each in the order of --xray" if for_each else ""),
    )


def add_device_argument(parser: argparse.ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="where to compute; auto takes a graphics card where there is one",
    )


def add_weights_argument(parser: argparse.ArgumentParser) -> None:
    """Of the network that detects landmarks."""
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="weights of the network that detects landmarks, or 'none' (default: those that come with the module, if any)",
    )


def add_method_argument(parser: argparse.ArgumentParser) -> None:
    """How a pose is found where no start pose is given."""
    parser.add_argument(
        "--method",
        choices=METHODS,
        help="how the pose is found without a start pose: from detected landmarks (rayemb), by a search without a network "
        "(search), landmarks first and the search where they do not convince (both), landmarks of a network for this "
        "patient's own points (fixed-landmarks), the bone reconstructed from the X-ray by a network for this patient "
        "(reconstruction), or DiffDRR's descent from a default pose (intensity, a baseline); default: "
        "both, or search where the CT was prepared without weights",
    )


def check_output(path: Path, inputs: Iterable[Path | None] = (), suffixes: Sequence[str] = ()) -> None:
    """Refuse an output that could not be written, before anything long starts.

    Raises:
        InputProblem: as ``checked_target``, one of the inputs, or of an unknown kind.
    """
    if suffixes and path.suffix.lower() not in suffixes:
        raise InputError(f"{path} must end in {' or '.join(suffixes)}")
    checked_target(path)
    if any(given is not None and given.exists() and path.exists() and path.samefile(given) for given in inputs):
        raise InputError(f"{path} is an input; choose another name for the output, so that it is not overwritten")
