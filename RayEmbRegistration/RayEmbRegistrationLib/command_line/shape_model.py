"""``shape-model``: a shape model of a bone, from label maps or drawn by rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .console import SUCCEEDED, Progress, say
from .inputs import InputError, check_output

if TYPE_CHECKING:
    from .engine import Engine

KINDS = ("pelvis", "knee", "wrist")
ENDINGS = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")
SUFFIXES = (".safetensors",)
INDIVIDUALS, SPACING_MM, MODES = 40, 3.0, 20  # as the prototype's; the spacing is chosen for time
_EPILOG = """\
A model is only as free as the patients' data it was made of; --story keeps and tells whose they are. All patients must lie
alike: they are brought together by the middles of their bones, not turned.

examples:
  shape-model --labels folder_of_label_maps --label 1 --output femur.safetensors
  shape-model --drawn pelvis --individuals 40 --output pelvis.safetensors
"""


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "shape-model",
        help="make a shape model of a bone, for patients without a CT",
        description="Make a shape model of a bone: its mean and how individuals differ from it, from a folder of label maps "
        "or from individuals drawn by rules. 'shape-fit' fits it to X-rays of a patient without a CT.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    data = parser.add_argument_group("of whom")
    data.add_argument(
        "--labels", metavar="MAP", type=Path, action="append", default=[], help="label map, or folder of them; repeatable"
    )
    data.add_argument(
        "--label", metavar="N", type=int, action="append", help="number of the bone; all that is labelled else"
    )
    data.add_argument("--drawn", choices=KINDS, help="individuals drawn by rules, beside or in place of label maps")
    data.add_argument("--individuals", metavar="N", type=int, default=INDIVIDUALS, help="drawn ones (default 40)")
    data.add_argument("--seed", metavar="N", type=int, default=0, help="of the first drawn one (default 0)")
    parser.add_argument("--spacing", metavar="MM", type=float, default=SPACING_MM, help="of the model's voxels (default 3)")
    parser.add_argument("--modes", metavar="N", type=int, default=MODES, help="at most (default 20)")
    parser.add_argument("--story", metavar="TEXT", default="", help="whose label maps they are and under which licence")
    parser.add_argument("--output", metavar="MODEL", type=Path, required=True, help="the file to write, .safetensors")
    return parser


def run(arguments: argparse.Namespace, registration: Engine | None) -> int:  # noqa: ARG001 - verbs share a signature
    """Make the model and write it."""
    from RayEmbRegistrationLib.application.shapes import drawn_shape, shape_model, shape_of_file

    paths = _label_maps(arguments.labels)
    drawn = arguments.individuals if arguments.drawn else 0
    if not paths and not drawn:
        raise InputError("give what to make the model of: label maps with --labels, or individuals with --drawn")
    if arguments.seed < 0 or drawn < 0:
        raise InputError("--seed and --individuals must not be negative")
    check_output(arguments.output, arguments.labels, SUFFIXES)
    shapes = []
    with Progress("reading and drawing individuals") as progress:
        for number, path in enumerate(paths):
            progress(number / (len(paths) + drawn), path.name)
            shapes.append(shape_of_file(path, arguments.label))
        for number in range(drawn):
            progress((len(paths) + number) / (len(paths) + drawn), f"drawing individual {number}")
            shapes.append(drawn_shape(arguments.drawn, arguments.seed + number, arguments.spacing, arguments.label))
    parts = [f"{len(paths)} label maps"] * bool(paths) + [f"{drawn} drawn individuals of '{arguments.drawn}'"] * bool(drawn)
    story = " and ".join(parts) + (f"; {arguments.story}" if arguments.story else "")
    model = shape_model(shapes, arguments.spacing, arguments.modes, story)
    model.save(arguments.output)
    say(
        f"wrote {arguments.output}: {len(model.modes)} modes of {len(shapes)} individuals, which tell "
        f"{100 * model.variance_told:.0f} % of their variance"
    )
    return SUCCEEDED


def _label_maps(given: list[Path]) -> list[Path]:
    """Each file, and each volume in a folder."""
    paths: list[Path] = []
    for path in given:
        own = sorted(each for each in path.iterdir() if each.name.lower().endswith(ENDINGS)) if path.is_dir() else [path]
        if not own:
            raise InputError(f"{path} holds no label map ({', '.join(ENDINGS)})")
        paths += own
    return paths
