"""The numbers of a comparison: the published kind of table by specimen or cohort and pooled; one line a registration.

The columns are those of RayEmb's table (Shrestha et al., ACCV 2024) and what it lacks. Registrations without a pose count as
infinitely wrong. Intervals are of the bootstrap over X-rays, which says nothing about other patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.evaluation.metrics import PERCENTILES, SUCCESS_LIMITS_MM, PoseErrors, summarize
from RayEmbRegistrationLib.evaluation.table import text_table
from RayEmbRegistrationLib.files.writing import write_csv
from RayEmbRegistrationLib.pose.settings import PURPOSES

from .records import Record

POOLED = "all"
Interval = tuple[float, float]
# Chosen: beyond 10 mm a method has failed; half of that, and what is called accurate, beside it.
GROSS_MM, SUCCESS_MM = (10.0, 5.0), (1.0, 2.0)


@dataclass(frozen=True)
class Row:
    """One method on one group.

    Attributes:
        group: specimen or cohort, or ``POOLED``.
        method: its name.
        count, failed: registrations, and those of them without a pose.
        mtre_mm: percentiles 25, 50, 75, 95.
        median_interval: of the median mTRE.
        gross: shares with an mTRE above 10 and 5 mm, with their intervals.
        success: shares below 1 and 2 mm, likewise.
        success_by_mrpd: share with an mRPD below 2 mm, which hardly sees depth.
        medians: of mPD, in-plane, depth (mm) and rotation (degrees).
        seconds, core_seconds: medians of those with a pose.
    """

    group: str
    method: str
    count: int
    failed: int
    mtre_mm: tuple[float, ...]
    median_interval: Interval
    gross: tuple[tuple[float, Interval], ...]
    success: tuple[tuple[float, Interval], ...]
    success_by_mrpd: float
    medians: tuple[float, ...]
    seconds: float
    core_seconds: float


_OF_VERDICT = ("expected_mm", "bound_mm", "tolerance_mm", "probability")
MEDIANS = ("mpd_mm", "in_plane_mm", "depth_mm", "rotation_deg")
HEADER = (
    "group", "method", "n", "no pose", *(f"mTRE {p}th mm" for p in PERCENTILES), "median's 95 % interval",
    *(f"GFR@{limit:g} %" for limit in GROSS_MM), *(f"< {limit:g} mm %" for limit in SUCCESS_MM), "mRPD < 2 mm %",
    "mPD mm", "in-plane mm", "depth mm", "rotation deg", "time s",
)  # fmt: skip


def without_start(records: Sequence[Record]) -> list[Record]:
    """Those of methods left to themselves."""
    return [record for record in records if record.start is None]


def names_in_order(records: Sequence[Record], attribute: str) -> list[str]:
    """Different values of an attribute in the order in which they come."""
    return list(dict.fromkeys(getattr(record, attribute) for record in records))


def table_rows(records: Sequence[Record]) -> list[Row]:
    """For each group all methods, then pooled, from the registrations without a given start."""
    records = without_start(records)
    groups, methods = names_in_order(records, "group"), names_in_order(records, "method")
    rows = []
    for group in [*groups, *([POOLED] if len(groups) > 1 else [])]:
        for method in methods:
            chosen = [r for r in records if r.method == method and group in (r.group, POOLED)]
            if chosen:
                rows.append(_row(group, method, chosen))
    return rows


def _row(group: str, method: str, records: Sequence[Record]) -> Row:
    summary = summarize([record.errors for record in records])
    rates = dict(zip(SUCCESS_LIMITS_MM, zip(summary.success, summary.success_intervals, strict=True), strict=True))
    with_pose = [record for record in records if not record.failed]
    return Row(
        group,
        method,
        len(records),
        len(records) - len(with_pose),
        summary.row("mtre_mm").percentiles,
        summary.row("mtre_mm").median_interval,
        tuple((1 - rates[limit][0], (1 - rates[limit][1][1], 1 - rates[limit][1][0])) for limit in GROSS_MM),
        tuple(rates[limit] for limit in SUCCESS_MM),
        summary.success_by_mrpd[SUCCESS_LIMITS_MM.index(2.0)],
        tuple(summary.row(measure).percentiles[PERCENTILES.index(50)] for measure in MEDIANS),
        _median([record.seconds for record in with_pose]),
        _median([record.core_seconds for record in with_pose]),
    )


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else float("nan")


def cells(row: Row) -> list[str]:
    """A row's text, in the order of ``HEADER``."""
    return [
        row.group,
        row.method,
        str(row.count),
        str(row.failed),
        *map(number, row.mtre_mm),
        " - ".join(map(number, row.median_interval)),
        *(percent(share) for share, _ in (*row.gross, *row.success)),
        percent(row.success_by_mrpd),
        *map(number, row.medians),
        number(row.seconds),
    ]


def number(value: float) -> str:
    """Two decimals, fewer for what is large; "inf" for no pose."""
    if not np.isfinite(value):
        return "inf" if value > 0 else "-"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def percent(share: float) -> str:
    """One decimal."""
    return f"{100 * share:.1f}"


def table_text(rows: Sequence[Row]) -> str:
    """Fixed width, for a terminal."""
    return text_table(HEADER, [cells(row) for row in rows])


def write_table(path: Path, rows: Sequence[Row]) -> None:
    """The table as CSV, with the intervals of all rates."""
    header = ["group", "method", "n", "failed", *(f"mtre_mm_p{p}" for p in PERCENTILES), "median_low", "median_high"]
    for name in [f"gfr{limit:g}" for limit in GROSS_MM] + [f"success{limit:g}" for limit in SUCCESS_MM]:
        header += [name, f"{name}_low", f"{name}_high"]
    header += ["success2_mrpd", *(f"median_{measure}" for measure in MEDIANS), "median_s", "median_core_s"]
    lines = []
    for row in rows:
        rates = [value for share, interval in (*row.gross, *row.success) for value in (share, *interval)]
        numbers = [*row.mtre_mm, *row.median_interval, *rates, row.success_by_mrpd, *row.medians]
        numbers += [row.seconds, row.core_seconds]
        lines.append([row.group, row.method, row.count, row.failed, *(f"{value:.4f}" for value in numbers)])
    write_csv(path, header, lines)


def write_registrations(path: Path, records: Sequence[Record]) -> None:
    """One line a registration: its errors, and for either purpose the error that a verdict speaks of, and what it said."""
    measures = [field.name for field in fields(PoseErrors)]
    header = ["patient", "group", "case", "method", "start", "initial_mtre_mm", *measures, "purpose", "trusted"]
    for purpose in PURPOSES:
        header += [f"{purpose}_{name}" for name in ("error_mm", "trusted", *_OF_VERDICT)]
    header += ["similarity", "expected_mtre_mm", "seconds", "core_seconds", "problem"]
    lines = []
    for record in records:
        errors = [""] * len(measures) if record.failed else [_plain(value) for value in asdict(record.errors).values()]
        said = [record.quality.get("purpose", ""), record.trusted]
        for purpose in PURPOSES:
            said += _said(record, purpose)
        said += [_plain(record.quality.get(name)) for name in ("similarity", "expected_mtre_mm")]
        start = ["" if record.start is None else record.start, _plain(record.initial_mtre_mm)]
        about = [record.patient, record.group, record.case, record.method]
        spent = [_plain(record.seconds), _plain(record.core_seconds)]
        lines.append([*about, *start, *errors, *said, *spent, record.problem])
    write_csv(path, header, lines)


def _said(record: Record, purpose: str) -> list[str | bool]:
    """Cells on one purpose; empty where nothing was said of it."""
    verdict = record.verdict(purpose)
    if verdict is None:
        return [""] * (2 + len(_OF_VERDICT))
    return [
        _plain(record.error_mm(purpose)),
        verdict.trusted,
        *(_plain(getattr(verdict, name)) for name in _OF_VERDICT),
    ]


def _plain(value: float | None) -> str:
    return "" if value is None or not np.isfinite(value) else f"{value:.4f}"
