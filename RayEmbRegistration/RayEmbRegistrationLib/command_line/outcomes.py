"""What came of cases with known poses: tables for people, and CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.evaluation.metrics import PoseErrors, summarize
from RayEmbRegistrationLib.evaluation.table import summary_table, text_table, write_csv
from RayEmbRegistrationLib.pose.settings import OVERLAY, POSITION, PURPOSES

if TYPE_CHECKING:
    from RayEmbRegistrationLib.files.result import QualityRecord

ERROR_OF = {OVERLAY: "mrpd_mm", POSITION: "mtre_mm"}
"""What the error that a verdict speaks of is called among the measures."""


@dataclass(frozen=True)
class Outcome:
    """What came of one case.

    Attributes:
        case: its name.
        errors: None where the true pose is unknown; NaN everywhere where the registration failed.
        quality: what the registration said of itself; None where it failed.
        seconds: of the registration alone.
        problem: why the registration failed, else empty.
    """

    case: str
    errors: PoseErrors | None
    quality: QualityRecord | None
    seconds: float
    problem: str = ""

    def trusted(self, purpose: str = "") -> bool:
        """Whether it said so, for a purpose, or the one asked."""
        if self.quality is None:
            return False
        return self.quality.verdicts[purpose].trusted if purpose else self.quality.verdict.trusted


def outcome_tables(outcomes: Sequence[Outcome], allowed_mm: Mapping[str, float]) -> str:
    """One line a case with both verdicts, percentiles and success rates, and whether trust was deserved.

    Args:
        outcomes: of all cases.
        allowed_mm: error up to which a pose is right, by purpose.
    """
    header = [
        "case",
        "mTRE mm",
        "mPD mm",
        "mRPD mm",
        "rotation deg",
        "in-plane mm",
        "depth mm",
        "similarity",
        *PURPOSES,
        "s",
    ]
    measures = ("mtre_mm", "mpd_mm", "mrpd_mm", "rotation_deg", "in_plane_mm", "depth_mm")
    rows = []
    for outcome in outcomes:
        values = [None if outcome.errors is None else getattr(outcome.errors, measure) for measure in measures]
        similarity = math.nan if outcome.quality is None else outcome.quality.similarity
        said = ["failed" if outcome.problem else "trusted" if outcome.trusted(purpose) else "no" for purpose in PURPOSES]
        rows.append([outcome.case, *values, similarity, *said, outcome.seconds])
    parts = [text_table(header, rows)]
    measured = [outcome for outcome in outcomes if outcome.errors is not None]
    if measured:
        errors = [outcome.errors for outcome in measured if outcome.errors is not None]
        parts += [summary_table(summarize(errors)), _trust_table(measured, allowed_mm)]
    return "\n\n".join(parts)


def _trust_table(outcomes: Sequence[Outcome], allowed_mm: Mapping[str, float]) -> str:
    """How often what was trusted was right, and what was not trusted wrong, for either purpose."""
    rows: list[list[str | int]] = []
    for purpose in PURPOSES:
        for name, trusted in (("trusted", True), ("not trusted", False)):
            of_kind = [
                getattr(outcome.errors, ERROR_OF[purpose]) < allowed_mm[purpose]  # False for NaN
                for outcome in outcomes
                if outcome.trusted(purpose) == trusted
            ]
            rows.append([f"{purpose} {name}", f"< {allowed_mm[purpose]:g} mm", sum(of_kind), len(of_kind) - sum(of_kind)])
    return text_table(["verdict", "right is", "right", "wrong"], rows)


def write_outcomes(path: Path, outcomes: Sequence[Outcome]) -> None:
    """One line a case as CSV: errors, both verdicts, time."""
    extra = {outcome.case: _said(outcome) for outcome in outcomes}
    write_csv(path, {outcome.case: outcome.errors for outcome in outcomes}, extra)


def _said(outcome: Outcome) -> dict[str, str | int | float | bool | None]:
    """What is written of a case beside its errors: both verdicts, and which of them was asked for."""
    quality = outcome.quality
    found: dict[str, str | int | float | bool | None] = {
        "trusted": outcome.trusted(),
        "purpose": "" if quality is None else quality.purpose,
        "similarity": "" if quality is None else _number(quality.similarity),
        "time_s": f"{outcome.seconds:.3f}",
        "problem": outcome.problem,
    }
    for purpose, verdict in ({} if quality is None else quality.verdicts).items():
        found[f"{purpose}_trusted"] = verdict.trusted
        for name in ("expected_mm", "bound_mm", "tolerance_mm", "probability"):
            found[f"{purpose}_{name}"] = _number(getattr(verdict, name))
    return found


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
