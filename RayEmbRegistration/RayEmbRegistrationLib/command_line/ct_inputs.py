"""What several verbs read of the CT: the CT itself, its prepared file, the weights, and the device to compute on."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from RayEmbRegistrationLib.problems import InputProblem

from .console import Progress, remark, remarks

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
    from RayEmbRegistrationLib.volumes.reading import CTReading

    from .engine import Engine

NO_WEIGHTS = "none"
Answer = TypeVar("Answer")


def add_ct_arguments(parser: argparse.ArgumentParser, prepared: bool, bodies: bool = False) -> None:
    """The options that choose the CT; bodies beside or instead of it, ``--prepared`` for it, and a cache, where asked."""
    group = parser.add_argument_group("the CT")
    if bodies:
        add_body_argument(group)
    group.add_argument(
        "--ct",
        metavar="CT",
        type=Path,
        help="NIfTI, NRRD or MetaImage file, a folder of DICOM slices, or a surface model (STL, PLY, OBJ, VTP) with its "
        "material, such as femur.stl:CoCr",
    )
    add_reading_arguments(group)
    group.add_argument("--labels", metavar="MAP", type=Path, help="label map of the bones, on any grid")
    group.add_argument(
        "--label", metavar="N", type=int, action="append", help="use only this label; repeat for several (default: all)"
    )
    if prepared:
        group.add_argument("--prepared", metavar="FILE", type=Path, help="file that 'prepare' wrote; takes the CT's place")
        group.add_argument(
            "--cache",
            metavar="DIR",
            type=Path,
            help="keep what is prepared from --ct in this folder and take it from there the next time; several runs may "
            "share it (default: nothing is kept, because such files show the patient's bones)",
        )


def add_body_argument(group: argparse._ArgumentGroup) -> None:
    """``--body``."""
    group.add_argument(
        "--body",
        metavar="FILE[:MATERIAL]",
        action="append",
        default=[],
        help="a body beside the CT or instead of it: a surface model or a volume with its material (nail.stl:titanium; "
        "nail.stl:titanium:cm where its numbers are in cm), or a bone of another CT (ct.nii.gz:labels.nii.gz:3); repeat for "
        "several. All have the CT's frame, move as one, and get a label each, by which --bone lets one move on its own",
    )


def given_ct(arguments: argparse.Namespace) -> Path | None:
    """The file that stands for the CT: itself, or the first body's; None where neither is given."""
    if arguments.ct is not None:
        return Path(arguments.ct)
    paths = body_paths(arguments)
    return paths[0] if paths else None


def body_paths(arguments: argparse.Namespace) -> list[Path]:
    """The files of ``--body``, without materials.

    Raises:
        InputProblem: one is not written as a body is.
    """
    from RayEmbRegistrationLib.bodies.naming import parse_body

    return [parse_body(text).path for text in getattr(arguments, "body", [])]


def add_reading_arguments(group: argparse._ArgumentGroup, of_series: str = "a DICOM folder") -> None:
    """How a CT is read: which of a folder's series, and whether a tilted one is resampled."""
    group.add_argument(
        "--series",
        metavar="S",
        help=f"which series of {of_series}: its number, description, UID or the end of its UID; '3/2' is phase 2 of "
        "series 3 (default: the longest CT; several of that length are listed)",
    )
    group.add_argument(
        "--resample-tilt",
        action="store_true",
        help="resample a CT whose axes are not perpendicular, such as one scanned with a tilted gantry (default: refuse it)",
    )


def chosen_device(name: str) -> str:
    """The torch device for ``--device``.

    Raises:
        InputProblem: the machine lacks it.
    """
    from RayEmbRegistrationLib.application.devices import chosen_device as chosen

    return chosen(name)


def on_device(name: str, work: Callable[[str], Answer]) -> Answer:
    """Do something on the device of ``--device``, and on the processor where a graphics card's memory does not suffice.

    Raises:
        InputProblem: the machine lacks the device.
    """
    from RayEmbRegistrationLib.application.devices import with_fallback

    return with_fallback(work, chosen_device(name), lambda _, stage: remark(stage))[0]


def read_ct_arguments(arguments: argparse.Namespace, with_bodies: bool = True) -> CTReading:
    """The CT that the options name, with its bodies if asked, and remarks on what was decided while reading them."""
    from RayEmbRegistrationLib.application.open_ct import open_ct

    bodies = getattr(arguments, "body", []) if with_bodies else []
    if arguments.ct is None and not bodies:
        raise InputProblem("give the CT with --ct" + (", or a body with --body" if hasattr(arguments, "body") else ""))
    opened = None
    if arguments.ct is not None:
        opened = open_ct(arguments.ct, arguments.labels, arguments.label, arguments.series, arguments.resample_tilt)
    elif arguments.labels is not None or arguments.label is not None or arguments.series is not None:
        raise InputProblem(
            "--labels, --label and --series are of a CT; give it with --ct, or a body's label behind its file"
        )
    if bodies:
        from RayEmbRegistrationLib.application.open_bodies import open_bodies
        from RayEmbRegistrationLib.bodies.naming import parse_body

        opened = open_bodies([parse_body(text) for text in bodies], opened)
    if opened is None:
        raise RuntimeError("neither a CT nor a body")
    remarks(opened.notes)
    return opened


def load_prepared(arguments: argparse.Namespace, registration: Engine, device: str, search: bool = True) -> PreparedCT:
    """The PreparedCT of ``--prepared``, or made from ``--ct`` now; without what a search needs where none is to come.

    Its notes begin with those of the CT and have been shown.

    Raises:
        InputProblem: both or neither were given, the file is not one that 'prepare' wrote, or the CT cannot be used.
    """
    if (given_ct(arguments) is None) == (arguments.prepared is None):
        raise InputProblem("give either the CT with --ct or a prepared file with --prepared")
    if arguments.prepared is not None:
        _refuse_beside_prepared(arguments)
        prepared = registration.PreparedCT.load(arguments.prepared, device=device)
        remarks(prepared.notes)
        return prepared
    weights, method = arguments.weights, arguments.method
    if weights is None and (method in ("search", "intensity") or not search):
        weights = NO_WEIGHTS
    settings = registration.PrepareSettings(
        view=arguments.view or "ap",
        device=device,
        library=search and method in (None, "search", "both"),
        weights=chosen_weights(weights, method if search else None),
    )
    opened = read_ct_arguments(arguments)
    with Progress("preparing the CT") as progress:
        if arguments.cache is None:
            prepared = registration.prepare(opened.volume, settings, progress=progress)
        else:
            from RayEmbRegistrationLib.application.prepared_cache import PreparedCache

            prepared = PreparedCache(_cache_folder(arguments.cache)).get(opened.volume, settings, progress)
    remarks(prepared.notes)
    from RayEmbRegistrationLib.application.open_ct import with_notes

    return with_notes(prepared, opened.notes)


def _cache_folder(folder: Path) -> Path:
    if folder.exists() and not folder.is_dir():
        raise InputProblem(f"{folder} is a file; give a folder with --cache")
    return folder


def _refuse_beside_prepared(arguments: argparse.Namespace) -> None:
    """Options that would be ignored with a prepared file."""
    if arguments.weights is not None:
        raise InputProblem("the prepared file already holds its weights; give --weights to 'prepare', or use --ct")
    if arguments.labels is not None or arguments.label is not None:
        raise InputProblem("the prepared file already holds its labels; give --labels and --label to 'prepare', or use --ct")
    if arguments.series is not None or arguments.resample_tilt:
        raise InputProblem(
            "--series and --resample-tilt are of a CT, not of a prepared file; give them to 'prepare', or use --ct"
        )
    if arguments.cache is not None:
        raise InputProblem("a prepared file needs no cache; leave out --cache, or give the CT with --ct")


def chosen_weights(given: str | None, method: str | None) -> str | None:
    """The weights to prepare with: as given, else those that come with the module where a method cannot do without.

    Raises:
        InputProblem: the file is missing, or the method needs weights and there are none.
    """
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path

    if given is not None and given != NO_WEIGHTS and not Path(given).is_file():
        raise InputProblem(f"there are no weights {given}; give a file that 'train' wrote, or 'none'")
    if method == "rayemb" and given in (None, NO_WEIGHTS):
        if given == NO_WEIGHTS or not shipped_weights_path().is_file():
            raise InputProblem("the method 'rayemb' needs weights; give a file that 'train' wrote with --weights")
        return str(shipped_weights_path())
    return given
