"""``evaluate``: register a folder of cases with known poses and measure the errors."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.evaluation.cases import Case, find_cases
from RayEmbRegistrationLib.evaluation.metrics import PoseErrors, pose_errors, summarize
from RayEmbRegistrationLib.evaluation.table import summary_table, text_table, write_csv
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

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
    from RayEmbRegistrationLib.xray.view import XrayView

    from .engine import Engine

RIGHT_WITHIN_MM = 5.0  # chosen: reports count an error beyond it as wrong, too (evaluation.report.trust)
_EPILOG = f"""\
A case is NAME.png (or .tif, .dcm) beside NAME.geometry.json, its camera, and NAME.truth.json, whose ras_to_camera is the
true pose. Cases without a true pose are registered, too. Targets are points spread over the bone.

mTRE: mean 3D distance of the targets. mPD: mean distance of their projections on the detector. mRPD: mean distance of the
true targets from the rays through the found ones, which hardly sees depth; 'right' is an mRPD below {RIGHT_WITHIN_MM:g} mm.

examples:
  evaluate xrays --ct ct.nii.gz --output errors.csv
  evaluate xrays --prepared ct.npz --view lateral --ignore-polarity
"""


@dataclass(frozen=True)
class Outcome:
    """What came of one case.

    Attributes:
        case: its name.
        errors: None where the true pose is unknown; NaN everywhere where the registration failed.
        trusted: what the registration said of itself.
        similarity: at the end.
        seconds: of the registration alone.
        problem: why the registration failed, else empty.
    """

    case: str
    errors: PoseErrors | None
    trusted: bool
    similarity: float
    seconds: float
    problem: str = ""


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
    say(outcome_tables(outcomes))
    if arguments.output is not None:
        _write(arguments.output, outcomes)
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
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings

    started = time.perf_counter()
    try:
        views = [_view(case, arguments.ignore_polarity) for case in cases]
        if len(views) > 1 and any(view.camera_from_rig is None for view in views):
            names = ", ".join(case.name for case in cases)
            raise InputError(
                f"{names} are of one group, but their camera files do not all hold world_to_camera; leave out --joint"
            )
        view_prior = arguments.view or getattr(prepared, "view", None) or "ap"
        settings = RegistrationSettings(view=view_prior, method=arguments.method)
        started = time.perf_counter()
        result = registration.register(prepared, views, settings)
    except InputProblem as problem:
        seconds = (time.perf_counter() - started) / len(cases)
        for case in cases:
            remark(f"{case.name}: {problem}")
        return [Outcome(case.name, _lost(case), False, math.nan, seconds, str(problem)) for case in cases]
    seconds = (time.perf_counter() - started) / len(cases)
    outcomes = []
    for case, view, found in zip(cases, views, result.views, strict=True):
        errors = None
        if case.truth is not None:
            errors = pose_errors(found.camera_from_ras, case.truth, view.camera, prepared.bone_points_ras)
        outcomes.append(Outcome(case.name, errors, bool(result.quality.trusted), result.quality.similarity, seconds))
    return outcomes


def _view(case: Case, ignore_polarity: bool) -> XrayView:
    from RayEmbRegistrationLib.application.open_xray import open_xray

    view = open_xray(case.image_path, case.geometry_path, name=case.name)
    return view.with_geometry(bone_is_bright=None) if ignore_polarity else view


def _lost(case: Case) -> PoseErrors | None:
    return None if case.truth is None else PoseErrors(*[math.nan] * len(fields(PoseErrors)))


def outcome_tables(outcomes: Sequence[Outcome]) -> str:
    """One line a case, percentiles and success rates, and whether trust was deserved."""
    header = [
        "case",
        "mTRE mm",
        "mPD mm",
        "mRPD mm",
        "rotation deg",
        "in-plane mm",
        "depth mm",
        "similarity",
        "trusted",
        "s",
    ]
    measures = ("mtre_mm", "mpd_mm", "mrpd_mm", "rotation_deg", "in_plane_mm", "depth_mm")
    rows = []
    for outcome in outcomes:
        values = [None if outcome.errors is None else getattr(outcome.errors, measure) for measure in measures]
        trusted = "failed" if outcome.problem else "yes" if outcome.trusted else "no"
        rows.append([outcome.case, *values, outcome.similarity, trusted, outcome.seconds])
    parts = [text_table(header, rows)]
    measured = [(outcome.trusted, outcome.errors) for outcome in outcomes if outcome.errors is not None]
    if measured:
        parts += [summary_table(summarize([errors for _, errors in measured])), _trust_table(measured)]
    return "\n\n".join(parts)


def _trust_table(measured: Sequence[tuple[bool, PoseErrors]]) -> str:
    """How often a trusted result was right, and one that is not trusted wrong, of pairs (trusted, errors)."""
    rows: list[list[str | int]] = []
    for name, trusted in (("trusted", True), ("not trusted", False)):
        of_kind = [errors.mrpd_mm < RIGHT_WITHIN_MM for said, errors in measured if said == trusted]  # False for NaN
        rows.append([name, sum(of_kind), len(of_kind) - sum(of_kind)])
    return text_table(["", f"right (mRPD < {RIGHT_WITHIN_MM:g} mm)", "wrong"], rows)


def _write(path: Path, outcomes: Sequence[Outcome]) -> None:
    extra: dict[str, dict[str, str | int | float | bool | None]] = {
        outcome.case: {
            "trusted": outcome.trusted,
            "similarity": f"{outcome.similarity:.4f}",
            "time_s": f"{outcome.seconds:.3f}",
            "problem": outcome.problem,
        }
        for outcome in outcomes
    }
    write_csv(path, {outcome.case: outcome.errors for outcome in outcomes}, extra)
