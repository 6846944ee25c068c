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
    check_output,
    chosen_device,
    read_ct_arguments,
)

_EPILOG = """\
examples:
  prepare --ct ct.nii.gz --output ct.npz
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
    add_device_argument(parser)
    parser.add_argument("--output", metavar="FILE", type=Path, required=True, help="the file to write, customarily .npz")
    return parser


def run(arguments: argparse.Namespace, registration: Any) -> int:
    """Prepare a CT and write the file."""
    if arguments.ct is None:
        raise InputError("give the CT with --ct")
    output = arguments.output
    check_output(output, (arguments.ct, arguments.labels))
    device = chosen_device(arguments.device)
    volume = read_ct_arguments(arguments)
    started = time.perf_counter()
    settings = registration.PrepareSettings(view=arguments.view or "ap", device=device)
    with Progress("preparing the CT") as progress:
        prepared = registration.prepare(volume, settings, progress=progress)
    prepared.save(output)
    remarks(prepared.notes)
    megabytes = output.stat().st_size / 1e6
    say(f"wrote {output} ({megabytes:.1f} MB) in {time.perf_counter() - started:.1f} s")
    return SUCCEEDED
