"""``cases``: write case folders from a published data set or a simulated cohort."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.files.names import safe_name

from .console import SUCCEEDED, Progress, remarks, say
from .inputs import InputError

if TYPE_CHECKING:
    from .engine import Engine

_EPILOG = """\
Each patient becomes a folder with ct.nii.gz, labels.nii.gz where there are labels, and cases: NAME.png, NAME.geometry.json
and, where the true pose is known, NAME.truth.json. None of the data sets comes with this program; get them from their
publishers (README.md).

sources:
  deepfluoro  FILE    ipcai_2020_full_res_data.h5: real X-rays of six cadavers; reading needs h5py
  ljubljana   FILE    ljubljana.h5: biplane angiograms of ten patients; reading needs h5py
  ctpelvic1k  FOLDER  pelvic CTs; their X-rays are simulated
  cohort      NAME    phantoms: pelvis, femur, knee, wrist or spine, then -easy or -hard, then perhaps -two-views

examples:
  cases deepfluoro ipcai_2020_full_res_data.h5 --output deepfluoro
  evaluate deepfluoro/17-1882 --ct deepfluoro/17-1882/ct.nii.gz --view any
  cases cohort spine-easy --count 5 --output spine
  cases cohort pelvis-hard --physics monte-carlo --count 5 --output pelvis-monte-carlo
"""


def add_parser(verbs: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "cases",
        help="write case folders from a published data set or a simulated cohort",
        description="Write folders that 'evaluate' reads, from a published data set or a simulated cohort.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", choices=tuple(_WRITERS), help="where the cases come from, see below")
    parser.add_argument("name", metavar="FILE|FOLDER|NAME", help="the data set's file or folder, or the cohort's name")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder for the patients' folders")
    parser.add_argument("--patients", metavar="N", type=int, help="only the first N patients")
    parser.add_argument("--count", metavar="N", type=int, help="only N X-rays (or pairs) of each")
    parser.add_argument("--bone", default="pelvis", help="deepfluoro: whose pose is the truth (default: pelvis)")
    parser.add_argument(
        "--physics",
        choices=("fast", "monte-carlo"),
        default="fast",
        help="of simulated X-rays; monte-carlo takes half a minute each (default: %(default)s)",
    )
    return parser


def run(arguments: argparse.Namespace, registration: Engine | None) -> int:  # noqa: ARG001 - every verb is called alike
    """Write the folders and say where they are."""
    for option in ("patients", "count"):
        if getattr(arguments, option) is not None and getattr(arguments, option) < 1:
            raise InputError(f"--{option} must be at least 1, not {getattr(arguments, option)}")
    with Progress() as progress:
        folders = write_folders(arguments, progress)
    for folder in folders:
        say(str(folder))
    return SUCCEEDED


def write_folders(arguments: argparse.Namespace, progress: Progress) -> list[Path]:
    """Write the patients' folders of ``arguments.source`` and say where they are; needs all of this verb's arguments."""
    return _WRITERS[arguments.source](arguments, progress)


def _deepfluoro(arguments: argparse.Namespace, progress: Progress) -> list[Path]:
    from RayEmbRegistrationLib.evaluation.datasets.deepfluoro import DeepFluoro, DeepFluoroSettings

    with DeepFluoro(arguments.name, DeepFluoroSettings(bone=arguments.bone)) as data:
        specimens = data.specimens[: arguments.patients]
        return [
            _export(arguments, progress, (n / len(specimens), name), data.ct, data.cases) for n, name in enumerate(specimens)
        ]


def _ljubljana(arguments: argparse.Namespace, progress: Progress) -> list[Path]:
    from RayEmbRegistrationLib.evaluation.datasets.ljubljana import Ljubljana

    with Ljubljana(arguments.name) as data:
        subjects = data.subjects[: arguments.patients]
        return [
            _export(arguments, progress, (n / len(subjects), name), data.ct, data.cases_of)
            for n, name in enumerate(subjects)
        ]


def _export(
    arguments: argparse.Namespace, progress: Progress, stage: tuple[float, str], read_ct: Callable, read_cases: Callable
) -> Path:
    """One patient of a published data set."""
    from RayEmbRegistrationLib.evaluation.datasets.export import export_cases, write_ct

    progress(*stage)
    folder = arguments.output / safe_name(stage[1])
    write_ct(folder, read_ct(stage[1]))
    export_cases(folder, islice(read_cases(stage[1]), arguments.count))
    return folder


def _ctpelvic1k(arguments: argparse.Namespace, progress: Progress) -> list[Path]:
    from RayEmbRegistrationLib.evaluation.cohorts import COHORTS, write_patient
    from RayEmbRegistrationLib.evaluation.datasets.ctpelvic1k import find_pelvic_cases, read_pelvic_ct

    found = [case for case in find_pelvic_cases(arguments.name) if case.ct_path is not None]
    if not found:
        raise InputError(f"{arguments.name} holds masks but none of their CTs; add dataset6's or dataset7's volumes")
    cohort = COHORTS["pelvis-hard"]
    cohort = replace(cohort, cases=arguments.count or cohort.cases, physics=arguments.physics)
    folders = []
    for n, case in enumerate(found[: arguments.patients]):
        progress(n / len(found), case.name)
        read = read_pelvic_ct(case)
        remarks(read.notes, case.name)
        folder = arguments.output / safe_name(case.name)
        write_patient(folder, read.volume, cohort, n)
        folders.append(folder)
    return folders


def _cohort(arguments: argparse.Namespace, progress: Progress) -> list[Path]:
    from RayEmbRegistrationLib.evaluation.cohorts import COHORTS, write_cohort

    if arguments.name not in COHORTS:
        raise InputError(f"there is no cohort '{arguments.name}'; there are {', '.join(COHORTS)}")
    cohort = COHORTS[arguments.name]
    cohort = replace(cohort, patients=arguments.patients or cohort.patients, cases=arguments.count or cohort.cases)
    cohort = replace(cohort, physics=arguments.physics)
    return write_cohort(arguments.output, cohort, progress)


_WRITERS = {"deepfluoro": _deepfluoro, "ljubljana": _ljubljana, "ctpelvic1k": _ctpelvic1k, "cohort": _cohort}
