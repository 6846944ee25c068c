"""``compare``: every method on every case, resumable, in processes or on a cluster; tables and a report."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.evaluation.capture_range import start_specs
from RayEmbRegistrationLib.evaluation.comparison.cluster import cluster
from RayEmbRegistrationLib.evaluation.comparison.figures import figure_rows
from RayEmbRegistrationLib.evaluation.comparison.patients import Patient
from RayEmbRegistrationLib.evaluation.comparison.plan import Choices, Trial, plan_trials
from RayEmbRegistrationLib.evaluation.comparison.pool import Runner, processes, run_here
from RayEmbRegistrationLib.evaluation.comparison.run import Done, compare
from RayEmbRegistrationLib.evaluation.comparison.table import table_rows, table_text, write_registrations, write_table
from RayEmbRegistrationLib.evaluation.report.page import check_packages
from RayEmbRegistrationLib.evaluation.report.write import write_report

from .compare_cases import chosen_patients
from .console import SOME_FAILED, STOPPED, SUCCEEDED, Progress, remark, say
from .ct_inputs import NO_WEIGHTS, add_reading_arguments, chosen_device, chosen_weights
from .inputs import METHODS, InputError, add_device_argument, add_view_argument
from .trust import add_trust_arguments

if TYPE_CHECKING:
    from .engine import Engine

_NEED_WEIGHTS = ("rayemb", "both")
_EPILOG = """\
The output folder gets report.html, table.csv, registrations.csv, and records: one JSON file for each case, method, start.
Run the same command again after a stop: what has a record is not done again, unless its X-ray, camera, truth, CT, weights
or options changed. A case that fails is recorded with its message and the others go on.

Each folder of cases needs its CT: ct.nii.gz in it or in the folder above, or --ct. For 'fixed-landmarks' and
'reconstruction' each CT also needs its own network beside it, fixed-landmarks.safetensors or reconstruction.safetensors (see
'train --fixed-landmarks' and 'train --reconstruction').

On a cluster: start 'dask scheduler' and on the nodes 'dask worker ADDRESS --nthreads 1' with this library on PYTHONPATH. All
must see the output folder, the cases and the weights under the same paths.

examples:
  compare --cases xrays --methods search,both --output comparison --jobs 4
  compare --dataset deepfluoro ipcai_2020_full_res_data.h5 --view any --methods rayemb,search,both --output deepfluoro
  compare --cohort pelvis-hard --cohort spine-hard --methods search,intensity --starts 20 --output cohorts
  compare --cases xrays --ct dicom_folder --series 3 --methods search --output one
  compare --cases patients --methods rayemb,intensity --output big --scheduler tcp://head:8786
"""


def add_parser(verbs: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "compare",
        help="every method on every case: tables, curves and a report; resumable, parallel, on a cluster",
        description="Register every case by every method, measure the errors alike and write a report.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder of records, tables and the report")
    parser.add_argument(
        "--methods",
        metavar="NAMES",
        help=f"among {','.join(METHODS)} (default: rayemb,search,both, or search without weights)",
    )
    _add_case_arguments(parser.add_argument_group("cases"))
    _add_start_arguments(parser.add_argument_group("capture range"))
    _add_work_arguments(parser.add_argument_group("work"))
    add_trust_arguments(parser)
    add_view_argument(parser)
    parser.add_argument("--ignore-polarity", action="store_true", help="do not tell whether bone is bright, even if known")
    parser.add_argument(
        "--mirrored", choices=("auto", "no"), default="auto", help="no: images are not mirrored (default: auto)"
    )
    parser.add_argument("--weights", metavar="FILE", help="of the network that detects landmarks, or 'none'")
    add_device_argument(parser)
    parser.add_argument("--seed", type=int, default=0, help="of start poses and of the registration (default: 0)")
    parser.add_argument("--figures", metavar="N", type=int, default=3, help="cases drawn in the report (default: 3)")
    return parser


def _add_case_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--cases", metavar="DIR", type=Path, nargs="+", default=[], help="folders of cases, or folders of such folders"
    )
    group.add_argument("--ct", metavar="CT", type=Path, help="CT of the one folder of cases given")
    add_reading_arguments(group, "the DICOM folder given with --ct")
    group.add_argument("--label", metavar="N", type=int, action="append", help="use only these labels of labels.nii.gz")
    group.add_argument(
        "--dataset",
        metavar=("NAME", "FILE"),
        nargs=2,
        action="append",
        default=[],
        help="deepfluoro FILE, ljubljana FILE or ctpelvic1k FOLDER",
    )
    group.add_argument("--cohort", metavar="NAME", action="append", default=[], help="simulated, such as pelvis-hard")
    group.add_argument("--patients", metavar="N", type=int, help="only the first N patients of data sets and cohorts")
    group.add_argument("--count", metavar="N", type=int, help="only N X-rays (or pairs) of each of these patients")
    group.add_argument("--bone", default="pelvis", help="deepfluoro: pelvis, left femur or right femur (default: pelvis)")
    group.add_argument("--joint", action="store_true", help="register X-rays of one group (a calibrated rig) together")


def _add_start_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--starts", metavar="N", type=int, default=0, help="also from N given starts a case (20 is usual)")
    group.add_argument("--start-range", metavar="MM", type=float, default=20.0, help="largest initial mTRE (default: 20)")
    group.add_argument(
        "--start-uncertainty",
        metavar=("DEG", "MM"),
        type=float,
        nargs=2,
        default=(10.0, 10.0),
        help="how far methods are told that a start may be off (default: 10 10)",
    )


def _add_work_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--jobs", metavar="N", type=int, default=1, help="processes on this machine (default: 1)")
    group.add_argument("--threads", metavar="N", type=int, help="of each process (default: the processors shared out)")
    group.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, or its scheduler file; instead of --jobs")
    group.add_argument("--retry-failed", action="store_true", help="do again what failed in an earlier run")


def run(arguments: argparse.Namespace, registration: Engine) -> int:
    """Do what is missing, then write tables and the report."""
    _check(arguments)
    methods, weights = _methods(arguments)
    arguments.output.mkdir(parents=True, exist_ok=True)
    choices = Choices(
        output=str(arguments.output.resolve()),
        view=arguments.view or "ap",
        device=chosen_device(arguments.device),
        threads=_threads(arguments),
        tell_polarity=not arguments.ignore_polarity,
        mirrored=None if arguments.mirrored == "auto" else False,
        seed=arguments.seed,
        start_uncertainty=tuple(arguments.start_uncertainty),
        trust=arguments.trust,
        overlay_mm=arguments.overlay_mm,
        position_mm=arguments.position_mm,
        engine=registration.__name__,
    )
    try:
        with Progress() as progress:
            patients = chosen_patients(arguments, progress)
            starts = start_specs(arguments.starts, arguments.start_range, arguments.seed)
            trials = plan_trials(patients, methods, choices, starts, weights)
            done = compare(trials, choices, _runner(arguments), progress, arguments.retry_failed)
            progress(1.0, "drawing the report")
            _write(arguments, choices, patients, trials, done)
    except KeyboardInterrupt:
        remark("stopped; run the same command again to go on")
        return STOPPED
    say(table_text(table_rows(done.records)))
    say(f"\nwrote {arguments.output / 'report.html'}, table.csv, registrations.csv")
    failed = sum(record.failed for record in done.records)
    if failed:
        remark(f"{failed} of {len(done.records)} registrations failed; registrations.csv says why")
        return SOME_FAILED
    return SUCCEEDED


def _check(arguments: argparse.Namespace) -> None:
    """Mistakes, and packages that are missing, which can be seen before anything long starts."""
    check_packages()
    for option in ("patients", "count", "jobs", "threads"):
        value = getattr(arguments, option)
        if value is not None and value < 1:
            raise InputError(f"--{option} must be at least 1, not {value}")
    if arguments.starts < 0 or arguments.figures < 0:
        raise InputError("--starts and --figures must not be negative")
    if not arguments.start_range > 0:
        raise InputError(f"--start-range must be above 0 mm, not {arguments.start_range:g}")
    if arguments.output.exists() and not arguments.output.is_dir():
        raise InputError(f"{arguments.output} is a file; choose a folder for the output")


def _methods(arguments: argparse.Namespace) -> tuple[list[str], str | None]:
    """The methods asked for, each once, and the weights to prepare with."""
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path

    given = arguments.weights
    have = given != NO_WEIGHTS if given is not None else shipped_weights_path().is_file()
    text = arguments.methods or ("rayemb,search,both" if have else "search")
    methods = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods:
        raise InputError(f"unknown method '{', '.join(unknown) or text}'; choose among {', '.join(METHODS)}")
    for name in _NEED_WEIGHTS:
        if name in methods and not have:
            raise InputError(f"the method '{name}' needs weights; give a file that 'train' wrote with --weights")
    if not set(methods) & set(_NEED_WEIGHTS):
        return methods, NO_WEIGHTS
    chosen = chosen_weights(given, None)
    return methods, None if chosen is None else str(Path(chosen).resolve())


def _threads(arguments: argparse.Namespace) -> int:
    """As asked, else this machine's processors shared out; a cluster's workers keep what they were started with."""
    if arguments.threads is not None:
        return arguments.threads
    return 0 if arguments.scheduler else max(1, (os.cpu_count() or 1) // arguments.jobs)


def _runner(arguments: argparse.Namespace) -> Runner:
    if arguments.scheduler:
        return cluster(arguments.scheduler, arguments.output.resolve())
    return run_here if arguments.jobs == 1 else processes(arguments.jobs)


def _write(
    arguments: argparse.Namespace, choices: Choices, patients: Sequence[Patient], trials: Sequence[Trial], done: Done
) -> None:
    """Tables and the report."""
    from datetime import datetime

    left_out = sum(patient.without_truth for patient in patients)
    machines = sorted({str(r.about["machine"]) for r in done.records if r.about.get("machine")})
    versions = sorted({str(r.about["version"]) for r in done.records if r.about.get("version")})
    notes = [
        f"View prior '{choices.view}', polarity {'told' if choices.tell_polarity else 'not told'}, seed {choices.seed}.",
        f"Allowed: {choices.overlay_mm:g} mm of what is drawn, {choices.position_mm:g} mm in space. 'Trusted' alone is the "
        + (f"{choices.trust}." if choices.trust else "overlay of one view, the position of several."),
        f"Version {', '.join(versions) or '-'}; registered on {', '.join(machines) or '-'} ({choices.device}"
        + (f", {choices.threads} threads each" if choices.threads else "")
        + f"); report of {datetime.now():%Y-%m-%d %H:%M}.",
    ]
    notes += [f"{left_out} X-rays without a known pose were left out."] if left_out else []
    write_table(arguments.output / "table.csv", table_rows(done.records))
    write_registrations(arguments.output / "registrations.csv", done.records)
    figures = figure_rows(trials, done.records, choices, arguments.figures)
    write_report(arguments.output / "report.html", done.records, figures, notes)
