"""``evaluate``: register a folder of cases with known poses and measure the errors."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.evaluation.cases import Case, find_cases
from RayEmbRegistrationLib.evaluation.metrics import PoseErrors, pose_errors
from RayEmbRegistrationLib.pose.settings import OVERLAY, POSITION, RegistrationSettings
from RayEmbRegistrationLib.problems import InputProblem

from .console import SOME_FAILED, SUCCEEDED, Progress, remark, say
from .ct_inputs import add_ct_arguments, load_prepared, on_device
from .inputs import (
    InputError,
    add_device_argument,
    add_method_argument,
    add_view_argument,
    add_weights_argument,
    check_output,
)
from .outcomes import Outcome, outcome_tables, write_outcomes
from .trust import add_trust_arguments, trust_settings

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
    from RayEmbRegistrationLib.xray.view import XrayView

    from .engine import Engine

_EPILOG = """\
A case is NAME.png (or .tif, .dcm) beside NAME.geometry.json, its camera, and NAME.truth.json, whose ras_to_camera is the
true pose. Cases without a true pose are registered, too. Targets are points spread over the bone.

mTRE: mean 3D distance of the targets. mPD: mean distance of their projections on the detector. mRPD: mean distance of the
true targets from the rays through the found ones, which hardly sees depth. Right for the overlay is an mRPD below
--overlay-mm, for the position an mTRE below --position-mm; each is held against what the verdict on it was.

examples:
  evaluate xrays --ct ct.nii.gz --output errors.csv
  evaluate xrays --prepared ct.npz --view lateral --ignore-polarity --overlay-mm 1
"""


def add_parser(verbs: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "evaluate",
        help="register a folder of X-rays with known poses and measure the errors",
        description="Register every X-ray of a folder without a start pose and compare with the true poses.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", metavar="CASES_DIR", type=Path, help="folder of the cases")
    add_ct_arguments(parser, prepared=True)
    add_view_argument(parser)
    parser.add_argument(
        "--ignore-polarity", action="store_true", help="do not tell the registration whether bone is bright, even if known"
    )
    parser.add_argument(
        "--joint",
        action="store_true",
        help="register cases of one group (key 'group' of their camera files, all with world_to_camera) together",
    )
    add_trust_arguments(parser)
    add_method_argument(parser)
    add_weights_argument(parser)
    add_device_argument(parser)
    parser.add_argument("--output", metavar="CSV", type=Path, help="write one line a case")
    return parser


def run(arguments: argparse.Namespace, registration: Engine) -> int:
    """Register all cases and print the tables."""
    if arguments.output is not None:
        check_output(arguments.output, suffixes=(".csv",))
    cases = find_cases(arguments.cases)

    def work(device: str) -> list[Outcome]:
        prepared = load_prepared(arguments, registration, device)
        outcomes: list[Outcome] = []
        with Progress() as progress:
            for together in grouped(cases, arguments.joint):
                progress(len(outcomes) / len(cases), f"{together[0].name} ({len(outcomes) + 1} of {len(cases)})")
                outcomes += _outcomes(together, prepared, registration, arguments)
        return outcomes

    outcomes = on_device(arguments.device, work)
    say(outcome_tables(outcomes, {OVERLAY: arguments.overlay_mm, POSITION: arguments.position_mm}))
    if arguments.output is not None:
        write_outcomes(arguments.output, outcomes)
        say(f"\nwrote {arguments.output}")
    failed = [outcome.case for outcome in outcomes if outcome.problem]
    if failed:
        remark(f"{len(failed)} of {len(outcomes)} cases failed: {', '.join(failed)}")
        return SOME_FAILED
    return SUCCEEDED


def grouped(cases: Sequence[Case], jointly: bool) -> list[list[Case]]:
    """Cases that are registered together: those of one group where asked, else each alone."""
    if not jointly:
        return [[case] for case in cases]
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.group or f"alone: {case.name}", []).append(case)
    return list(groups.values())


def _outcomes(
    cases: Sequence[Case], prepared: PreparedCT, registration: Engine, arguments: argparse.Namespace
) -> list[Outcome]:
    """Register cases of one group; those that cannot be used or solved count as failed, and the others go on."""
    from RayEmbRegistrationLib.application.result_record import quality_record

    started = time.perf_counter()
    try:
        views = [_view(case, arguments.ignore_polarity) for case in cases]
        if len(views) > 1 and any(view.camera_from_rig is None for view in views):
            names = ", ".join(case.name for case in cases)
            raise InputError(
                f"{names} are of one group, but their camera files do not all hold world_to_camera; leave out --joint"
            )
        view_prior = arguments.view or getattr(prepared, "view", None) or "ap"
        settings = RegistrationSettings(view=view_prior, method=arguments.method, **trust_settings(arguments))
        started = time.perf_counter()
        result = registration.register(prepared, views, settings)
    except InputProblem as problem:
        seconds = (time.perf_counter() - started) / len(cases)
        for case in cases:
            remark(f"{case.name}: {problem}")
        return [Outcome(case.name, _lost(case), None, seconds, str(problem)) for case in cases]
    seconds = (time.perf_counter() - started) / len(cases)
    outcomes = []
    for case, view, found in zip(cases, views, result.views, strict=True):
        errors = None
        if case.truth is not None:
            errors = pose_errors(found.camera_from_ras, case.truth, view.camera, prepared.bone_points_ras)
        outcomes.append(Outcome(case.name, errors, quality_record(result.quality), seconds))
    return outcomes


def _view(case: Case, ignore_polarity: bool) -> XrayView:
    from RayEmbRegistrationLib.application.open_xray import open_xray

    view = open_xray(case.image_path, case.geometry_path, name=case.name)
    return view.with_geometry(bone_is_bright=None) if ignore_polarity else view


def _lost(case: Case) -> PoseErrors | None:
    return None if case.truth is None else PoseErrors(*[math.nan] * len(fields(PoseErrors)))
