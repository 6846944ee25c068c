"""``prepare``: what a CT needs once, kept in a file for any number of registrations."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.problems import InputProblem

from .console import SUCCEEDED, Progress, remark, remarks, say
from .ct_inputs import add_ct_arguments, body_paths, chosen_weights, given_ct, on_device, read_ct_arguments
from .inputs import add_device_argument, add_view_argument, add_weights_argument, check_output
from .training_lines import Interrupt, Stop

_UNFINISHED = "the training of the detector on this CT was not finished; the same command 'prepare' goes on with it"

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT

    from .engine import Engine

_EPILOG = """\
examples:
  prepare --ct ct.nii.gz --output ct.npz
  prepare --ct ct.nii.gz --train-minutes 5 --output ct.npz
  prepare --body femur.stl:CoCr --output implant.npz
  prepare --ct dicom_folder --labels bones.nrrd --label 3 --view lateral --output vertebra.npz

With --train-minutes the file is written before the training, too, so that it can be used whatever happens. Ctrl-C ends the
training with the best weights so far. One that was stopped, or killed, goes on when the same command is given again: its
state is kept beside the output in a file that ends in .state, first after the first step, and deleted at the end.
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
    add_ct_arguments(parser, prepared=False, bodies=True)
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

    if given_ct(arguments) is None:
        raise InputProblem("give the CT with --ct, or a body with --body")
    output, minutes = arguments.output, arguments.train_minutes
    check_output(output, (arguments.ct, arguments.labels, *body_paths(arguments)))
    if minutes is not None and not 0 < minutes < float("inf"):
        raise InputProblem(f"--train-minutes must be positive, not {minutes:g}")
    weights = chosen_weights(arguments.weights, None)
    has_trained = output.exists() and _holds_trained(output, registration)
    if has_trained and minutes is None:
        raise InputProblem(
            f"{output} holds a detector trained for a patient, which would be lost; give another name, or delete it first"
        )
    opened = read_ct_arguments(arguments)
    started, stop = time.perf_counter(), Stop()

    def work(device: str) -> PreparedCT:
        settings = registration.PrepareSettings(view=arguments.view or "ap", device=device, weights=weights)
        with Progress("preparing the CT") as progress:
            prepared = with_notes(registration.prepare(opened.volume, settings, progress=progress), opened.notes)
        if minutes is None:
            return prepared
        if not has_trained:
            with_notes(prepared, (_UNFINISHED,)).save(output)
            remark(f"wrote {output}, which can be used already; what is learnt from now on comes into it at the end")
        return _trained(prepared, arguments, registration, stop)

    prepared = on_device(arguments.device, work)
    remarks(prepared.notes[len(opened.notes) :])
    prepared.save(output)
    if minutes is not None:
        about = prepared.encoder_about
        say(f"median landmark error {about['landmark_error_mm']:.1f} mm after {about['minutes']:.2g} min of training")
        _forget_states(output, stop.interrupted())
    megabytes = output.stat().st_size / 1e6
    say(f"wrote {output} ({megabytes:.1f} MB) in {time.perf_counter() - started:.1f} s")
    return SUCCEEDED


def _trained(prepared: PreparedCT, arguments: argparse.Namespace, registration: Engine, stop: Stop) -> PreparedCT:
    """The CT with a detector trained on it; a training that was stopped goes on."""
    state = _state_path(arguments.output, prepared.device.type)
    if state.exists():
        remark(f"going on with the training that was stopped, from {state.name}")
    with Interrupt(stop), Progress("training") as progress:
        return registration.fine_tune(prepared, arguments.train_minutes, progress, stop.interrupted, state_path=state)


def _state_path(output: Path, device: str) -> Path:
    """Of a training on a device; the steps of another one are of another size."""
    return output.with_name(f"{output.name}.{device}.state")


def _forget_states(output: Path, was_stopped: bool) -> None:
    """Delete what a training is kept in, once its result is written; after a stop say how it goes on."""
    from RayEmbRegistrationLib.application.devices import DEVICES

    if was_stopped:
        remark("the training was stopped; the same command goes on with it")
        return
    for device in DEVICES:
        _state_path(output, device).unlink(missing_ok=True)


def _holds_trained(output: Path, registration: Engine) -> bool:
    """Whether the file holds a detector that was trained for a patient; one that is damaged is set aside.

    Raises:
        InputProblem: it may not be read.
    """
    from RayEmbRegistrationLib.pose.prepared.file import DamagedFileError, is_trained_for_patient, set_aside

    if output.suffix.lower() != ".npz":
        return False
    try:
        return is_trained_for_patient(registration.PreparedCT.load(output, device="cpu").encoder_about)
    except DamagedFileError:
        remark(set_aside(output))
        return False
