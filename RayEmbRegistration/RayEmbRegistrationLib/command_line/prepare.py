"""``prepare``: what a CT needs once, kept in a file for any number of registrations."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.problems import InputProblem

from .console import SUCCEEDED, Progress, remark, remarks, say
from .ct_inputs import add_ct_arguments, chosen_weights, on_device, read_ct_arguments
from .inputs import add_device_argument, add_view_argument, add_weights_argument, check_output

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT

    from .engine import Engine

_EPILOG = """\
examples:
  prepare --ct ct.nii.gz --output ct.npz
  prepare --ct ct.nii.gz --train-minutes 5 --output ct.npz
  prepare --ct dicom_folder --labels bones.nrrd --label 3 --view lateral --output vertebra.npz
"""


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "prepare",
        help="do once for a CT what every registration of it needs",
        description="Find the bone in a CT and render the views to compare X-rays with. The file takes the CT's place in "
        "'register' and 'evaluate', and saves that time there.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_ct_arguments(parser, prepared=False)
    add_view_argument(parser)
    add_weights_argument(parser)
    parser.add_argument(
        "--train-minutes",
        metavar="N",
        type=float,
        help="train the network that detects landmarks on this CT for so long, from the given weights",
    )
    add_device_argument(parser)
    parser.add_argument("--output", metavar="FILE", type=Path, required=True, help="the file to write, customarily .npz")
    return parser


def run(arguments: argparse.Namespace, registration: Engine) -> int:
    """Prepare a CT and write the file."""
    from RayEmbRegistrationLib.application.open_ct import with_notes

    if arguments.ct is None:
        raise InputProblem("give the CT with --ct")
    output, minutes = arguments.output, arguments.train_minutes
    check_output(output, (arguments.ct, arguments.labels))
    if minutes is not None and not 0 < minutes < float("inf"):
        raise InputProblem(f"--train-minutes must be positive, not {minutes:g}")
    weights = chosen_weights(arguments.weights, None)
    if output.exists():
        _spare(output, registration, is_trained=minutes is not None)
    opened = read_ct_arguments(arguments)
    started = time.perf_counter()

    def work(device: str) -> PreparedCT:
        settings = registration.PrepareSettings(view=arguments.view or "ap", device=device, weights=weights)
        with Progress("preparing the CT") as progress:
            prepared = registration.prepare(opened.volume, settings, progress=progress)
        if minutes is not None:
            with Progress("training") as progress:
                prepared = registration.fine_tune(prepared, minutes, progress=progress)
        return prepared

    prepared = on_device(arguments.device, work)
    if minutes is not None:
        say(f"median landmark error {prepared.encoder_about['landmark_error_mm']:.1f} mm after {minutes:g} min of training")
    remarks(prepared.notes)
    with_notes(prepared, opened.notes).save(output)
    megabytes = output.stat().st_size / 1e6
    say(f"wrote {output} ({megabytes:.1f} MB) in {time.perf_counter() - started:.1f} s")
    return SUCCEEDED


def _spare(output: Path, registration: Engine, is_trained: bool) -> None:
    """Keep what a file of that name holds where it is worth more than what is about to be written.

    Raises:
        InputProblem: it holds a detector trained for a patient, and none is to be trained now; or it may not be read.
    """
    from RayEmbRegistrationLib.pose.prepared.file import DamagedFileError, is_trained_for_patient, set_aside

    if output.suffix.lower() != ".npz" or is_trained:
        return
    try:
        about = registration.PreparedCT.load(output, device="cpu").encoder_about
    except DamagedFileError:
        remark(set_aside(output))
        return
    if is_trained_for_patient(about):
        raise InputProblem(
            f"{output} holds a detector trained for a patient, which would be lost; give another name, or delete it first"
        )
