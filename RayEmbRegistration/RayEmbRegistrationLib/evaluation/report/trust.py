"""The report's answer to whether a method knows when it is right: what was said of each result against what came true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from RayEmbRegistrationLib.evaluation.comparison.records import Record
from RayEmbRegistrationLib.evaluation.comparison.table import PROBABILITY, number, percent

from .drawing import Drawing, color_of
from .tables import Cell, Table, cells
from .trust_charts import probability_chart, reliability, reliability_chart

RIGHT_MM, WRONG_MM, SURE = 2.0, 5.0, 0.95  # 2 mm is what ``probability_below_2mm`` speaks of; 5 mm and 95 % are chosen
_HEADER = (
    "method",
    "trusted",
    f"of these wrong by > {WRONG_MM:g} mm",
    f"right (< {RIGHT_MM:g} mm)",
    "of these not trusted",
    "rank correlation",
    "actual below expected %",
)
_SAID = (f"said < {RIGHT_MM:g} mm with {100 * SURE:.0f} %", "of these right %")  # headings of the limits above


@dataclass(frozen=True, eq=False)
class Trust:
    """What is shown of it.

    Attributes:
        table: a row a method.
        expected: drawings of expected against actual errors.
        probabilities: drawings of said against true probabilities.
        sources: what the expected errors come from.
    """

    table: Table
    expected: Sequence[Drawing]
    probabilities: Sequence[Drawing]
    sources: Sequence[str]


def trust_of(records: Sequence[Record], methods: Sequence[str]) -> Trust:
    """A table, and for each method its drawings.

    Args:
        records: without those from given starts.
        methods: in the order of their colors.
    """
    expected, probabilities, rows = [], [], []
    states_probability = any(_probable(records))
    for method in methods:
        own = [r for r in records if r.method == method]
        if not own:
            continue
        fit, color = reliability(own), color_of(method, methods)
        rows.append(_trust_row(method, own) + (_sure_cells(own) if states_probability else []))
        if fit.count:
            axes = reliability_chart(own, f"{method}: rank correlation {number(fit.rank_correlation)}", color)
            expected.append(Drawing(axes, f"expected and actual mTRE, {method}"))
        said = _probable(own)
        if said:
            right = [_is_right(r) for r in said]
            values = [float(r.quality[PROBABILITY]) for r in said]
            axes = probability_chart(values, right, f"{method}: error under {RIGHT_MM:g} mm", color)
            probabilities.append(Drawing(axes, f"said and true probability, {method}"))
    sources = sorted({str(r.quality["expected_from"]) for r in records if r.quality.get("expected_from")})
    header = [*_HEADER, *(_SAID if states_probability else ())]
    return Trust(Table(header, rows), expected, probabilities, sources)


def _trust_row(method: str, records: Sequence[Record]) -> list[Cell]:
    """What trust was worth, and how well the expected error fits."""
    trusted, right, fit = [r for r in records if r.trusted], [r for r in records if _is_right(r)], reliability(records)
    return cells(
        method,
        len(trusted),
        sum(not r.errors.mtre_mm <= WRONG_MM for r in trusted),
        len(right),
        sum(not r.trusted for r in right),
        number(fit.rank_correlation),
        percent(fit.below) if fit.count else "-",
    )


def _sure_cells(records: Sequence[Record]) -> list[Cell]:
    sure = [r for r in _probable(records) if r.quality[PROBABILITY] >= SURE]
    return cells(len(sure), percent(sum(map(_is_right, sure)) / len(sure)) if sure else "-")


def _probable(records: Sequence[Record]) -> list[Record]:
    """Those that state a probability."""
    return [r for r in records if isinstance(r.quality.get(PROBABILITY), int | float)]


def _is_right(record: Record) -> bool:
    return record.errors.mtre_mm < RIGHT_MM
