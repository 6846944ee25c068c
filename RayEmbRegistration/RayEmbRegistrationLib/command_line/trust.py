"""What a pose is to be trusted for, as verbs are told and as a person reads it."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any

from RayEmbRegistrationLib.files.result import CameraTest, CameraTrial, QualityRecord, VerdictRecord
from RayEmbRegistrationLib.pose.settings import OVERLAY_TOLERANCE_MM, POSITION_TOLERANCE_MM, PURPOSES

_WHERE = {"overlay": "drawn on the X-ray", "position": "in space"}


def add_trust_arguments(parser: argparse.ArgumentParser) -> None:
    """For which purpose a pose is to be trusted, and the errors allowed."""
    group = parser.add_argument_group("what the pose is for")
    group.add_argument(
        "--trust",
        choices=PURPOSES,
        help="the purpose whose verdict decides: overlay (what is drawn on the X-ray) or position (places in space, with "
        "depth); both are said; default: overlay for one view, position for several registered together",
    )
    group.add_argument(
        "--overlay-mm",
        metavar="MM",
        type=positive_mm,
        default=OVERLAY_TOLERANCE_MM,
        help="error allowed of what is drawn, measured at the bone (default: %(default)g)",
    )
    group.add_argument(
        "--position-mm",
        metavar="MM",
        type=positive_mm,
        default=POSITION_TOLERANCE_MM,
        help="error allowed of the bone's points in space (default: %(default)g)",
    )


def positive_mm(text: str) -> float:
    """A length that something may be off by."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"it must be a number of mm above 0, not {text}")
    return value


def trust_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the options say, by the fields of ``RegistrationSettings``."""
    return {
        "trust": arguments.trust,
        "overlay_tolerance_mm": arguments.overlay_mm,
        "position_tolerance_mm": arguments.position_mm,
    }


def verdict_lines(quality: QualityRecord) -> list[str]:
    """Both verdicts, that on the purpose asked first; files of before there were two tell one, of no purpose."""
    lines = []
    for purpose, verdict in {quality.purpose: quality.verdict, **quality.verdicts}.items():
        lines.append(_decision(verdict, purpose, is_asked=purpose == quality.purpose))
        lines += _numbers(verdict, purpose)
    return lines


def _decision(verdict: VerdictRecord, purpose: str, is_asked: bool) -> str:
    word = "trusted" if verdict.trusted else "NOT TRUSTED" if is_asked else "not trusted"
    about = f" ({purpose}{', asked for' if is_asked else ''})" if purpose else ""
    return f"{word}{about}: {verdict.reason}"


def chance(probability: float) -> str:
    """In percent; nothing is said to be certain."""
    if not 0.01 <= probability <= 0.99:
        return "under 1 %" if probability < 0.5 else "over 99 %"
    return f"{100 * probability:.0f} %"


def _numbers(verdict: VerdictRecord, purpose: str) -> list[str]:
    """Expected error, bound and probability, where they are known."""
    said = []
    if verdict.expected_mm is not None:
        said.append(f"expected error {verdict.expected_mm:.2f} mm {_WHERE.get(purpose, '')}".rstrip())
    if verdict.says_bound:
        said.append(f"in 95 of 100 cases under {verdict.bound_mm:.2f} mm")
    if verdict.probability is not None and verdict.tolerance_mm is not None:
        said.append(f"under the {verdict.tolerance_mm:g} mm allowed with {chance(verdict.probability)}")
    if verdict.wrong is not None:
        said.append(f"another pose altogether with {chance(verdict.wrong)}")
    return [f"  {', '.join(said)}"] if said else []


def camera_lines(camera: CameraTrial, named: Callable[[str], str]) -> list[str]:
    """What seems wrong with the cameras, and what was found of each value that was tried.

    Args:
        camera: what the file says.
        named: a value's name in words.
    """
    lines = [f"assumed of the cameras: {', '.join(map(named, camera.assumed))}"] if camera.assumed else []
    if not camera.tests:
        return [*lines, "cameras: too little can be seen here to try them"]
    lines.append(f"cameras: {camera.sentence or 'nothing speaks against them'}")
    for test in camera.tests:
        whose = "all views" if test.view is None else f"view {test.view + 1}"
        parts = [part for part in map(_part, *_as_read(test)) if part]
        sure = "" if test.significance is None else f", {test.significance:.1f} standard deviations"
        lines.append(f"  {test.kind}, {whose}: {', '.join(parts)}{sure}")
    return lines


def _as_read(test: CameraTest) -> tuple[list[str], list[float], list[float]]:
    """Formats of what is off and its standard deviation, and these: percent, or a rig's degrees and mm."""
    if test.kind != "rig" or len(test.estimate) != 6:
        percent = ["{:+.2f} % +- {:.2f}"] * len(test.estimate)
        return percent, [100 * value for value in test.estimate], [100 * value for value in test.std]
    whats = [f"{axis} {{:+.2f}} degrees +- {{:.2f}}" for axis in ("rx", "ry", "rz")]
    whats += [f"{axis} {{:+.2f}} mm +- {{:.2f}}" for axis in ("x", "y", "depth")]
    unit = [math.degrees(1)] * 3 + [1.0] * 3
    return (
        whats,
        [value * one for value, one in zip(test.estimate, unit, strict=True)],
        [value * one for value, one in zip(test.std, unit, strict=True)],
    )


def _part(what: str, estimate: float, std: float) -> str:
    return what.format(estimate, std) if std > 0 else ""
