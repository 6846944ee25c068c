"""``prepare``: what a CT needs once, kept in a file for any number of registrations."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from .console import SUCCEEDED, Progress, remarks, say
from .inputs import (
    InputError,
    add_ct_arguments,
    add_device_argument,
    add_view_argument,
    add_weights_argument,
    check_output,
    chosen_device,
    chosen_weights,
    read_ct_arguments,
)

_EPILOG = """\
examples:
  prepare --ct ct.nii.gz --output ct.npz
  prepare --ct ct.nii.gz --train-minutes 5 --output ct.npz
  prepare --ct dicom_folder --labels bones.nrrd --label 3 --view lateral --output vertebra.npz
"""


def add_parser(verbs: argparse._SubParsersAction) -> argparse.ArgumentParser:
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


def run(arguments: argparse.Namespace, registration: Any) -> int:
    """Prepare a CT and write the file."""
    if arguments.ct is None:
        raise InputError("give the CT with --ct")
    output = arguments.output
    check_output(output, (arguments.ct, arguments.labels))
    minutes = arguments.train_minutes
    if minutes is not None and not 0 < minutes < float("inf"):
        raise InputError(f"--train-minutes must be positive, not {minutes:g}")
    weights = chosen_weights(arguments.weights, None)
    device = chosen_device(arguments.device)
    volume = read_ct_arguments(arguments)
    started = time.perf_counter()
    settings = registration.PrepareSettings(view=arguments.view or "ap", device=device, weights=weights)
    with Progress("preparing the CT") as progress:
        prepared = registration.prepare(volume, settings, progress=progress)
    if minutes is not None:
        with Progress("training") as progress:
            prepared = registration.fine_tune(prepared, minutes, progress=progress)
        say(f"median landmark error {prepared.encoder_about['landmark_error_mm']:.1f} mm after {minutes:g} min of training")
    prepared.save(output)
    remarks(prepared.notes)
    megabytes = output.stat().st_size / 1e6
    say(f"wrote {output} ({megabytes:.1f} MB) in {time.perf_counter() - started:.1f} s")
    return SUCCEEDED
