"""``train``: weights for one patient, for a cohort, or for any anatomy."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import SUCCEEDED, Progress, remark, remarks, say
from .ct_inputs import add_reading_arguments, chosen_device
from .inputs import InputError, add_device_argument, add_view_argument, check_output
from .train_fixed import train_fixed
from .train_reconstruction import train_surface_network
from .training_lines import Interrupt, Lines

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.networks.encoder import Encoder
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
    from RayEmbRegistrationLib.training.distributed import Ranks
    from RayEmbRegistrationLib.training.outside import TrainProgress

    from .engine import Engine

SHIPPED, NOTHING = "shipped", "none"
_STORY = ("trained_on", "how", "licence", "credit", "device", "steps", "minutes", "before")  # of weights, for those after
PROCEDURAL_SHARE = 0.5  # of the sets, beside CTs; chosen: half, so that few CTs are not learnt by heart
PREPARED = ".npz"
CT_ENDINGS = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd", PREPARED)
_EPILOG = """\
examples:
  train --ct ct.nii.gz --minutes 5 --output patient.safetensors
  train --ct folder_of_cts --minutes 600 --output cohort.safetensors
  train --procedural --minutes 600 --output generic.safetensors
  train --ct ct.nii.gz --fixed-landmarks --minutes 10 --output fixed.safetensors
  train --ct ct.nii.gz --reconstruction --minutes 12 --output reconstruction.safetensors
  torchrun --nproc-per-node 4 -m RayEmbRegistrationLib train --ct folder --minutes 60 --output cohort.safetensors
A training that was stopped goes on with --resume and otherwise the same options. Its state is kept beside the output, in
a file that ends in .state; the output holds the best weights so far.
"""


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "train",
        help="train the landmark detector for a patient, a cohort or any anatomy",
        description="Train the encoder that detects landmarks. One CT gives weights for that patient, several give weights "
        "for such patients, --procedural weights for any anatomy. Weights are only as free as what they were trained on.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    data = parser.add_argument_group("what to train on")
    data.add_argument(
        "--ct",
        metavar="CT",
        type=Path,
        action="append",
        default=[],
        help="CT file, folder of DICOM slices, file that 'prepare' wrote, or folder of such files; repeat for several",
    )
    data.add_argument("--labels", metavar="MAP", type=Path, help="label map of the bones of a single CT")
    add_reading_arguments(data, "the DICOM folder, where one CT is given")
    data.add_argument("--procedural", action="store_true", help="train on procedural anatomy, also beside CTs")
    data.add_argument(
        "--init",
        metavar="WEIGHTS",
        help="weights to start from: a file, 'shipped' (the default for a single CT, where there are any) or 'none'",
    )
    add_view_argument(parser)
    parser.add_argument(
        "--fixed-landmarks",
        action="store_true",
        help="train a network for fixed points of a single CT, for 'register --method fixed-landmarks'",
    )
    parser.add_argument(
        "--reconstruction",
        action="store_true",
        help="train a network that reconstructs bone from X-rays: of a single CT, for 'register --method reconstruction', "
        "or, with several CTs or --procedural, of any anatomy, for 'surface'",
    )
    parser.add_argument("--validate-ct", metavar="CT", type=Path, help="judge landmark errors on this CT; never trained on")
    budget = parser.add_argument_group("the run")
    budget.add_argument("--minutes", metavar="N", type=float, required=True, help="time to train")
    budget.add_argument("--output", metavar="WEIGHTS", type=Path, required=True, help="the file to write, .safetensors")
    budget.add_argument("--resume", action="store_true", help="go on with a training that was stopped")
    budget.add_argument("--seed", metavar="N", type=int, default=0, help="of everything random (default 0)")
    budget.add_argument(
        "--workers",
        metavar="N",
        type=int,
        default=0,
        help="processes that draw and render ahead of a graphics card (default 0)",
    )
    budget.add_argument("--learning-rate", metavar="N", type=float, help="highest, reached soon after the start")
    budget.add_argument(
        "--credit", metavar="TEXT", help="whose the CTs are and under which licence; the weights keep and tell it"
    )
    add_device_argument(parser)
    return parser


def run(arguments: argparse.Namespace, registration: Engine) -> int:
    """Train, and write the best weights now and then and at the end."""
    from RayEmbRegistrationLib.training.distributed import join_ranks, leave_ranks

    _check(arguments)
    if arguments.fixed_landmarks:
        path, device = ct_paths(arguments.ct)[0], chosen_device(arguments.device)
        return train_fixed(arguments, _prepared(path, arguments, registration, device, _first_weights(arguments)))
    if arguments.reconstruction:
        device = chosen_device(arguments.device)
        prepared = [_prepared(path, arguments, registration, device, NOTHING) for path in ct_paths(arguments.ct)]
        return train_surface_network(arguments, prepared, _state_path(arguments))
    ranks, device = join_ranks(chosen_device(arguments.device))
    try:
        with ExitStack() as stack:
            return _train(arguments, registration, (ranks, device), stack)
    finally:
        leave_ranks(ranks)


def ct_paths(given: Sequence[Path]) -> list[Path]:
    """CT files and folders of slices; a folder that holds CT files stands for these.

    Raises:
        InputError: a path that does not exist.
    """
    paths = []
    for path in given:
        if not path.exists():
            raise InputError(f"{path} does not exist; give a CT file, a folder of DICOM slices or a folder of CTs")
        files = sorted(each for each in path.iterdir() if each.name.lower().endswith(CT_ENDINGS)) if path.is_dir() else []
        paths += files or [path]
    return paths


def _check(arguments: argparse.Namespace) -> None:
    if not arguments.ct and not arguments.procedural:
        raise InputError("give what to train on: CTs with --ct, --procedural, or both")
    if not arguments.minutes > 0:
        raise InputError(f"--minutes must be positive, not {arguments.minutes:g}")
    for option in ("labels", "series"):
        if getattr(arguments, option) is not None and len(ct_paths(arguments.ct)) != 1:
            raise InputError(f"--{option} needs exactly one CT")
    if arguments.fixed_landmarks:
        _check_fixed(arguments)
    if arguments.reconstruction:
        _check_reconstruction(arguments)
    if arguments.learning_rate is not None and not 0 < arguments.learning_rate < 1:
        raise InputError(f"--learning-rate must lie between 0 and 1, not {arguments.learning_rate:g}; 0.002 is usual")
    if arguments.seed < 0:
        raise InputError(f"--seed must not be negative, not {arguments.seed}")
    check_output(arguments.output, (*arguments.ct, arguments.labels, arguments.validate_ct), (".safetensors",))
    if arguments.resume and not _state_path(arguments).exists():
        remark(f"there is no {_state_path(arguments).name} yet; the training starts from the beginning")


def _check_fixed(arguments: argparse.Namespace) -> None:
    others = (arguments.procedural, arguments.resume, arguments.validate_ct, arguments.workers)
    if len(ct_paths(arguments.ct)) != 1 or any(others):
        raise InputError(
            "--fixed-landmarks trains on exactly one CT and in one go; leave out --procedural, --resume, --validate-ct "
            "and --workers"
        )


def _check_reconstruction(arguments: argparse.Namespace) -> None:
    if any((arguments.fixed_landmarks, arguments.validate_ct, arguments.workers, arguments.learning_rate is not None)):
        raise InputError(
            "--reconstruction is a training by itself; leave out --fixed-landmarks, --validate-ct, --workers and "
            "--learning-rate"
        )


def _state_path(arguments: argparse.Namespace) -> Path:
    output: Path = arguments.output
    return output.with_name(output.name + ".state")


def _train(arguments: argparse.Namespace, registration: Engine, where: tuple[Ranks, str], stack: ExitStack) -> int:
    from RayEmbRegistrationLib.detector.weights import save_weights
    from RayEmbRegistrationLib.training import recipes
    from RayEmbRegistrationLib.training.ahead import SetsAhead
    from RayEmbRegistrationLib.training.outside import Hooks
    from RayEmbRegistrationLib.training.trainer import train
    from RayEmbRegistrationLib.training.validation import calibrated

    ranks, device = where
    encoder, init, before = _start(arguments, device)
    prepared = [_prepared(path, arguments, registration, device) for path in ct_paths(arguments.ct)]
    judged = None if arguments.validate_ct is None else _prepared(arguments.validate_ct, arguments, registration, device)
    making = "cpu" if arguments.workers else device
    if arguments.procedural and not prepared:
        task = recipes.procedural_task(arguments.seed, device, judged, making)
    else:
        share = PROCEDURAL_SHARE if arguments.procedural else 0.0
        task = recipes.ct_task(prepared, arguments.seed, device, judged, share, making)
    source = stack.enter_context(SetsAhead(task.source, arguments.workers, device)) if arguments.workers else task.source
    settings = recipes.settings_for(device, arguments.minutes, arguments.seed, fine_tuning=init != NOTHING)
    if arguments.workers:
        settings = replace(settings, renew_every=2 * settings.renew_every)
    if arguments.learning_rate is not None:
        settings = replace(settings, learning_rate=arguments.learning_rate)

    about: dict[str, Any] = {}

    def save(best: Encoder, progress: TrainProgress) -> None:
        about.update(recipes.about_weights(task, settings, progress, init))
        about.update(
            {"device": _device_name(device)}, **({"credit": arguments.credit} if arguments.credit else {}), **before
        )
        save_weights(arguments.output, best, about)

    lines = Lines() if ranks.rank == 0 else None
    hooks = Hooks(lines, lines.interrupted if lines else None, save, _state_path(arguments), arguments.resume)
    with Interrupt(lines):
        result = train(encoder, source, task.validation, settings, hooks, ranks)
    if ranks.rank == 0:
        about["calibration"] = calibrated(result.encoder, task.validation, settings.loss).about()
        save_weights(arguments.output, result.encoder, about)
        say(
            f"wrote {arguments.output}: median landmark error {result.landmark_error_mm:.1f} mm at the bone after "
            f"{result.steps} steps in {result.minutes:.1f} min{', stopped early' if result.cancelled else ''}"
        )
    return SUCCEEDED


def _first_weights(arguments: argparse.Namespace) -> str:
    """What to prepare a CT for fixed landmarks with: the weights that their training starts from."""
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path

    if arguments.init in (None, SHIPPED):
        return str(shipped_weights_path()) if shipped_weights_path().exists() else NOTHING
    return str(arguments.init)


def _device_name(device: str) -> str:
    """What the weights say they were trained on: a card's own name, else the kind of device."""
    import torch

    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def _start(arguments: argparse.Namespace, device: str) -> tuple[Encoder, str, dict[str, Any]]:
    """The encoder to start with, what to call its weights, and their own story for that of the weights to come."""
    from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceEncoder
    from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path
    from RayEmbRegistrationLib.training.recipes import new_encoder

    wanted = arguments.init
    if wanted is None:
        single = len(ct_paths(arguments.ct)) == 1 and not arguments.procedural
        wanted = SHIPPED if single and shipped_weights_path().exists() else NOTHING
    if wanted == NOTHING:
        return new_encoder(arguments.seed, device), NOTHING, {}
    path = shipped_weights_path() if wanted == SHIPPED else Path(wanted)
    encoder, about = load_encoder(path, device)
    if isinstance(encoder, SurfaceEncoder):
        raise InputError(f"the weights {path} reconstruct bone and detect no landmarks; start from others with --init")
    told = {name: about[name] for name in _STORY if name in about}
    return encoder.requires_grad_(True), encoder.name, {"before": told} if told else {}


def _prepared(
    path: Path, arguments: argparse.Namespace, registration: Engine, device: str, weights: str | None = None
) -> PreparedCT:
    from RayEmbRegistrationLib.application.open_ct import open_ct

    if path.suffix.lower() == PREPARED:
        return registration.PreparedCT.load(path, device=device)
    is_own = path in arguments.ct  # and not the CT to validate on
    labels, series = (arguments.labels, arguments.series) if is_own else (None, None)
    reading = open_ct(path, labels, series=series, resample_tilt=arguments.resample_tilt)
    remarks(reading.notes)
    settings = registration.PrepareSettings(view=arguments.view or "ap", device=device, library=False, weights=weights)
    with Progress(f"preparing {path.name}") as progress:
        return registration.prepare(reading.volume, settings, progress=progress)
