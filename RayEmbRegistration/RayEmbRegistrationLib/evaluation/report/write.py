"""The report of a comparison: one HTML file with tables, drawings and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.evaluation.capture_range import SUCCESS_MM
from RayEmbRegistrationLib.evaluation.comparison.records import Record
from RayEmbRegistrationLib.evaluation.comparison.table import names_in_order, table_rows, without_start
from RayEmbRegistrationLib.problems import InputProblem

from .capture import capture_of, errors_by_method
from .charts import box_plot, share_curves
from .drawing import Drawing, color_of
from .page import check_packages, write_page
from .results import result_table
from .summary import counted, summary_lines
from .tables import Table, cells
from .trust import trust_of

MOST_GROUPS, MOST_FAILURES = 12, 40  # chosen: a page that is still looked through; the table of all is written beside it


@dataclass(frozen=True, eq=False)
class FigureRow:
    """The pictures of one method on one case.

    Attributes:
        case: as named.
        method: its name.
        caption: what came of it.
        landmarks: RGB picture.
        scene: RGB picture; None where it could not be drawn.
        without_scene: why not.
    """

    case: str
    method: str
    caption: str
    landmarks: np.ndarray
    scene: np.ndarray | None
    without_scene: str = ""


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
        InputProblem: no record, Jinja2 or Matplotlib is not installed, or the file could not be written.
    """
    if not records:
        raise InputProblem("there is nothing to report; register at least one case with a known pose")
    check_packages()
    alone, methods = without_start(records), names_in_order(records, "method")
    rows = table_rows(alone) if alone else []
    content = {
        "title": title,
        "lead": _lead(records, methods),
        "methods": [(method, color_of(method, methods)) for method in methods],
        "summary": summary_lines(rows, alone) if alone else [],
        "results": result_table(rows) if alone else None,
        "distributions": _distributions(alone, methods) if alone else [],
        "groups_drawn": MOST_GROUPS,
        "groups": len(names_in_order(alone, "group")),
        "capture": capture_of(records, methods),
        "success_mm": SUCCESS_MM,
        "trust": trust_of(alone, methods) if alone else None,
        "cases": _by_case(figures),
        "failures": _failures(records),
        "notes": notes,
    }
    write_page(path, content)


def _lead(records: Sequence[Record], methods: Sequence[str]) -> str:
    """What was compared, in a sentence."""
    patients, cases = len({r.patient for r in records}), len({(r.patient, r.case) for r in records})
    return (
        f"{counted(len(records), 'registration')} by {counted(len(methods), 'method')}: {counted(cases, 'case')} of "
        f"{counted(patients, 'patient')} in {counted(len({r.group for r in records}), 'group')}; "
        f"{sum(r.failed for r in records)} found no pose."
    )


def _distributions(records: Sequence[Record], methods: Sequence[str]) -> list[Drawing]:
    """Box plots by group and pooled, and shares below an error."""
    groups = names_in_order(records, "group")
    pooled = errors_by_method(records, methods)
    by_group = {group: errors_by_method([r for r in records if r.group == group], methods) for group in groups[:MOST_GROUPS]}
    shown = by_group if len(groups) == 1 else {**by_group, "all together": pooled}
    boxes = Drawing(box_plot(shown, methods), "mTRE of each group and method")
    return [boxes, Drawing(share_curves(pooled, methods), "share of registrations below an mTRE")]


def _by_case(figures: Sequence[FigureRow]) -> list[tuple[str, list[FigureRow]]]:
    return [(case, [f for f in figures if f.case == case]) for case in dict.fromkeys(figure.case for figure in figures)]


def _failures(records: Sequence[Record]) -> Table | None:
    """Each message with how often it came; none where all have a pose."""
    found = Counter((r.method, r.problem) for r in records if r.failed)
    rows = [cells(method, count, problem) for (method, problem), count in found.most_common(MOST_FAILURES)]
    return Table(["method", "n", "why"], rows, words=(2,)) if rows else None
