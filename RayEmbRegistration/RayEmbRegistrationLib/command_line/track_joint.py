"""Options of ``track`` for the joint that two bodies make, and its report."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.problems import InputProblem

from .console import remark
from .inputs import check_output

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.track_joint import JointCurves
    from RayEmbRegistrationLib.tracking.body import Body
    from RayEmbRegistrationLib.tracking.track import Track

JOINT_NAMES = ("knee", "hip", "ankle", "shoulder", "elbow", "wrist")  # of tracking.joints, which is not imported for --help


def add_joint_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the joint."""
    group = parser.add_argument_group("the joint of the first two bodies, the one nearer to the trunk first")
    group.add_argument(
        "--kinematics", metavar="FILE.csv", type=Path, help="a table of its angles and shifts, frame by frame"
    )
    group.add_argument(
        "--report", metavar="FILE.html", type=Path, help="a page with its curves, and what the frames are worth"
    )
    group.add_argument("--joint", choices=JOINT_NAMES, default="knee", help="whose angles' names and signs (knee)")
    group.add_argument("--side", choices=("right", "left"), default="right", help="of the patient (right)")
    group.add_argument(
        "--axes",
        metavar="FILE.json",
        help="landmarks that span each body's axes; 'fitted' to the motion; 'patient': those of the CT that both bodies are "
        "of (default: patient where both are bones of a CT, else fitted)",
    )


def check_joint(arguments: argparse.Namespace, inputs: Sequence[Path | None]) -> None:
    """See before hours of work whether the joint can be written.

    Raises:
        InputProblem: one body alone, packages that lack, or a file that cannot be written.
    """
    from RayEmbRegistrationLib.bodies.naming import parse_body
    from RayEmbRegistrationLib.files.anatomical_axes import read_axes

    for path, suffix in ((arguments.kinematics, ".csv"), (arguments.report, ".html")):
        if path is not None:
            check_output(path, inputs, suffixes=(suffix,))
    if arguments.report is not None:
        from RayEmbRegistrationLib.evaluation.report.page import check_packages

        check_packages()
    files = [parse_body(text) for text in arguments.body]
    if arguments.kinematics is not None and len(files) < 2:
        raise InputProblem("--kinematics needs two bodies: give --body twice, the one nearer to the trunk first")
    axes = axes_asked(arguments)
    if len(files) > 1 and axes not in ("fitted", "patient"):
        read_axes(axes, [file.name for file in files[:2]])


def axes_asked(arguments: argparse.Namespace) -> str:
    """Where the bodies' axes are to be from."""
    from RayEmbRegistrationLib.application.track_joint import FITTED, PATIENT
    from RayEmbRegistrationLib.bodies.naming import parse_body

    files = [parse_body(text) for text in arguments.body[:2]]
    are_bones = all(file.material is None for file in files) and len({file.path for file in files}) == 1
    return arguments.axes or (PATIENT if are_bones else FITTED)


def write_joint(arguments: argparse.Namespace, track: Track, bodies: Sequence[Body]) -> None:
    """Write table and page, as asked.

    Raises:
        InputProblem: the axes cannot be had.
    """
    if arguments.kinematics is None and arguments.report is None:
        return
    curves, problem = None, None
    try:
        curves = _curves(arguments, track, bodies) if len(bodies) > 1 else None
    except InputProblem as found:
        problem = found
    if arguments.report is not None:
        from RayEmbRegistrationLib.evaluation.report.track_page import write_track_report

        write_track_report(arguments.report, track, curves)  # the frames' verdicts, whatever becomes of the joint
    if problem is not None and arguments.kinematics is not None:
        raise problem
    if problem is not None:
        remark(f"{arguments.report} has no curves of the joint: {problem}")
    if arguments.kinematics is not None and curves is not None:
        from RayEmbRegistrationLib.application.track_joint import write_joint_table

        write_joint_table(arguments.kinematics, curves)


def _curves(arguments: argparse.Namespace, track: Track, bodies: Sequence[Body]) -> JointCurves:
    from RayEmbRegistrationLib.application.track_joint import joint_curves

    return joint_curves(track, bodies, arguments.joint, axes_asked(arguments), arguments.side == "right")
