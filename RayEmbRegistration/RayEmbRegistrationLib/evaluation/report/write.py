"""The report of a comparison: one HTML file with tables, drawings and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.evaluation.capture_range import SUCCESS_MM, capture_curve
from RayEmbRegistrationLib.evaluation.comparison.records import Record
from RayEmbRegistrationLib.evaluation.comparison.table import (
    HEADER,
    MEDIANS,
    POOLED,
    Interval,
    Row,
    names_in_order,
    number,
    percent,
    table_rows,
    without_start,
)
from RayEmbRegistrationLib.problems import InputProblem

from .charts import box_plot, capture_chart, share_curves
from .page import Page, bullets, color_key, heading, paragraph, picture, row, table
from .summary import counted, summary_lines
from .svg import color_of
from .trust import trust_parts

MOST_GROUPS = 12
_MEASURES = (
    "mTRE: mean 3D distance of the targets (the case's landmarks, or points spread over the bone) under the estimated and "
    "the true pose. GFR: share of registrations worse than 10 or 5 mm. mRPD: mean distance of the true targets from the "
    "rays through the estimated ones, which hardly sees depth. mPD: mean distance of the projections on the detector. "
    "In-plane and depth: how far the targets' centre lies off across and along the beam. Medians for mPD, in-plane, depth, "
    "rotation and time. A registration without a pose counts as infinitely wrong. Small print: 95 % intervals of the "
    "bootstrap over X-rays."
)


@dataclass(frozen=True, eq=False)
class FigureRow:
    """The pictures of one method on one case.

    Attributes:
        case: as named.
        method: its name.
        caption: what came of it.
        landmarks: RGB picture.
        scene: RGB picture.
    """

    case: str
    method: str
    caption: str
    landmarks: np.ndarray
    scene: np.ndarray


def write_report(
    path: Path,
    records: Sequence[Record],
    figures: Sequence[FigureRow] = (),
    notes: Sequence[str] = (),
    title: str = "Registration methods compared",
) -> None:
    """Write the report.

    Args:
        path: of the HTML file.
        records: of all trials.
        figures: case by case.
        notes: sentences on how it was done.
        title: of the page.

    Raises:
        InputProblem: no record.
        OSError: the file could not be written.
    """
    if not records:
        raise InputProblem("there is nothing to report; register at least one case with a known pose")
    alone, methods = without_start(records), names_in_order(records, "method")
    page = Page(title)
    patients, cases = len({r.patient for r in records}), len({(r.patient, r.case) for r in records})
    page.add(
        paragraph(
            f"{counted(len(records), 'registration')} by {counted(len(methods), 'method')}: {counted(cases, 'case')} of "
            f"{counted(patients, 'patient')} in {counted(len({r.group for r in records}), 'group')}; "
            f"{sum(r.failed for r in records)} found no pose."
        )
    )
    page.add(color_key([(method, color_of(method, methods)) for method in methods]))
    if alone:
        rows = table_rows(alone)
        page.section("In short", bullets(summary_lines(rows, alone)))
        page.section("Errors", _result_table(rows), paragraph(_MEASURES, faint=True))
        page.section("Distribution of the error", *_distributions(alone, methods))
    page.section("Capture range", *_capture_range(records, methods))
    if alone:
        page.section("Does it know when it is right?", *trust_parts(alone, methods))
    page.section("Figures", *_figures(figures))
    page.section("Without a pose", _failures(records))
    page.section("How it was done", *[paragraph(note) for note in notes])
    page.write(path)


def _result_table(rows: Sequence[Row]) -> str:
    """The best of each group and column in bold."""
    cells, firsts = [], []
    for number_, current in enumerate(rows):
        peers = [other for other in rows if other.group == current.group]
        is_first = peers[0] is current
        if is_first:
            firsts.append(number_)
        name = escape("all together" if current.group == POOLED else current.group) if is_first else ""
        cells.append([name, escape(current.method), str(current.count), str(current.failed), *_numbers(current, peers)])
    header = [name for name in HEADER if "interval" not in name]
    return table(header, cells, firsts=firsts, names=(1,))


def _numbers(current: Row, peers: Sequence[Row]) -> list[str]:
    """The cells with numbers, lowest or highest in bold."""
    columns: list[tuple[str, float, list[float], Interval | None]] = []
    for n, value in enumerate(current.mtre_mm):
        columns.append((number(value), value, [p.mtre_mm[n] for p in peers], current.median_interval if n == 1 else None))
    for n, (share, interval) in enumerate(current.gross):
        columns.append((percent(share), share, [p.gross[n][0] for p in peers], interval))
    for n, (share, interval) in enumerate(current.success):
        columns.append((percent(share), -share, [-p.success[n][0] for p in peers], interval))
    columns.append((percent(current.success_by_mrpd), -current.success_by_mrpd, [-p.success_by_mrpd for p in peers], None))
    for n in range(len(MEDIANS)):
        columns.append((number(current.medians[n]), current.medians[n], [p.medians[n] for p in peers], None))
    columns.append((number(current.seconds), current.seconds, [p.seconds for p in peers], None))
    texts = []
    for n, (text, value, others, interval) in enumerate(columns):
        known = [other for other in others if np.isfinite(other)]
        is_best = len(peers) > 1 and bool(known) and value == min(known) and min(known) < max(others)
        shown = f'<span class="best">{text}</span>' if is_best else text
        as_text = number if n < len(current.mtre_mm) else percent
        small = "" if interval is None else f"<small>{as_text(interval[0])} - {as_text(interval[1])}</small>"
        texts.append(shown + small)
    return texts


def _distributions(records: Sequence[Record], methods: Sequence[str]) -> list[str]:
    """Box plots by group and pooled, and shares below an error."""
    groups = names_in_order(records, "group")
    pooled = _errors_by_method(records, methods)
    by_group = {
        group: _errors_by_method([r for r in records if r.group == group], methods) for group in groups[:MOST_GROUPS]
    }
    shown = by_group if len(groups) == 1 else {**by_group, "all together": pooled}
    words = (
        "Box: quartiles and median. Whiskers: 5 and 95 %. Dots: registrations beyond the whiskers. "
        "Numbers at the top: registrations without a pose."
    )
    if len(groups) > MOST_GROUPS:
        words += f" Of {len(groups)} groups the first {MOST_GROUPS} are drawn; the table has them all."
    return [row(box_plot(shown, methods), share_curves(pooled, methods)), paragraph(words, faint=True)]


def _errors_by_method(records: Sequence[Record], methods: Sequence[str]) -> dict[str, list[float]]:
    errors = {m: [r.errors.mtre_mm for r in records if r.method == m] for m in methods}
    return {method: values for method, values in errors.items() if values}


def _capture_range(records: Sequence[Record], methods: Sequence[str]) -> list[str]:
    """The curves of methods that were given starts; empty where there were none."""
    started = [r for r in records if r.start is not None and (r.initial_mtre_mm is not None or r.failed)]
    known = [r for r in started if r.initial_mtre_mm is not None]
    if not known:
        return []
    range_mm = float(np.ceil(max(r.initial_mtre_mm for r in known)))
    count = len({r.start for r in known})
    curves = {}
    for method in methods:
        own = [r for r in known if r.method == method]
        if own:
            initial, final = [r.initial_mtre_mm for r in own], [r.errors.mtre_mm for r in own]
            curves[method] = capture_curve(initial, final, range_mm, bins=max(1, min(20, count)))
    alone = _errors_by_method(without_start(records), methods)
    alone = {m: float(np.mean(np.array(values) < SUCCESS_MM)) for m, values in alone.items()}
    rows = [
        [
            escape(m),
            str(int(c.counts.sum())),
            number(c.capture_range_mm),
            percent(float(np.nansum(c.success * c.counts) / c.counts.sum())),
        ]
        for m, c in curves.items()
    ]
    words = (
        f"After van de Kraats et al. 2005: each case is registered from starts whose initial mTRE is spread evenly from 0 "
        f"to {range_mm:g} mm, the same for all methods; success is a final mTRE below {SUCCESS_MM:g} mm. The capture range "
        "(dashed) is the largest initial error up to which at least 95 % of all registrations succeed. Bands: 95 % "
        "intervals. Methods that detect landmarks or search do not use a start; from a start they all refine around it, "
        "which is 'start'."
    )
    lost = len(started) - len(known)
    return [
        capture_chart(curves, alone, methods),
        table(["method", "registrations", "capture range mm", "success %"], rows),
        paragraph(words, faint=True),
        paragraph(f"{lost} registrations failed before they had a start and are left out.", faint=True) if lost else "",
    ]


def _figures(figures: Sequence[FigureRow]) -> list[str]:
    """Case by case, each method's two pictures side by side."""
    if not figures:
        return []
    key = color_key(
        [
            ("landmark, true", "#ff3cdc"),
            ("landmark, estimated", "#3ce1ff"),
            ("initial pose", "#58d678"),
            ("estimated", "#54a4ff"),
            ("true", "#ff5c5c"),
        ]
    )
    parts = [key]
    for case in dict.fromkeys(figure.case for figure in figures):
        parts.append(heading(case))
        parts += [row(picture(f.landmarks, f"{f.method}: {f.caption}"), picture(f.scene)) for f in figures if f.case == case]
    return parts


def _failures(records: Sequence[Record]) -> str:
    """Each message with how often it came; empty where all have a pose."""
    counted = Counter((r.method, r.problem) for r in records if r.failed)
    if not counted:
        return ""
    rows = [[escape(method), str(count), escape(problem)] for (method, problem), count in counted.most_common(40)]
    return table(["method", "n", "why"], rows, words=(2,))
