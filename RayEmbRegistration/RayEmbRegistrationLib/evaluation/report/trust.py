"""The report's answer to whether a method knows when it is right: what was said of each result against what came true."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from RayEmbRegistrationLib.evaluation.comparison.records import Record
from RayEmbRegistrationLib.evaluation.comparison.table import PROBABILITY, number, percent

from .charts import probability_chart, reliability, reliability_chart
from .page import paragraph, row, table
from .svg import color_of

RIGHT_MM, WRONG_MM, SURE = 2.0, 5.0, 0.95
_HEADER = (
    "method",
    "trusted",
    f"of these wrong by > {WRONG_MM:g} mm",
    f"right (< {RIGHT_MM:g} mm)",
    "of these not trusted",
    "rank correlation",
    "actual below expected %",
)
_SAID = (f"said < {RIGHT_MM:g} mm with {100 * SURE:.0f} %", "of these right %")


def trust_parts(records: Sequence[Record], methods: Sequence[str]) -> list[str]:
    """A table, and for each method its drawings.

    Args:
        records: without those from given starts.
        methods: in the order of their colours.
    """
    charts, probabilities, rows = [], [], []
    states_probability = any(_probable(records))
    for method in methods:
        own = [r for r in records if r.method == method]
        if not own:
            continue
        fit, color = reliability(own), color_of(method, methods)
        rows.append(_trust_row(method, own) + (_sure_cells(own) if states_probability else []))
        if fit.count:
            charts.append(reliability_chart(own, f"{method}: rank correlation {number(fit.rank_correlation)}", color))
        said = _probable(own)
        if said:
            right = [_is_right(r) for r in said]
            values = [float(r.quality[PROBABILITY]) for r in said]
            title = f"{method}: error under {RIGHT_MM:g} mm"
            probabilities.append(probability_chart(values, right, title, color))
    sources = sorted({str(r.quality["expected_from"]) for r in records if r.quality.get("expected_from")})
    words = (
        f"Expected mTRE from the result's own {' and '.join(sources) or 'statements'}, found without knowing the truth. "
        "On the dashed line both agree. Filled: trusted; rings: not trusted. Dark line: running medians."
    )
    below = (
        "Probability that the mTRE is under 2 mm, as said and as it came true; 95 % intervals; numbers of registrations."
        if probabilities
        else ""
    )
    header = [*_HEADER, *(_SAID if states_probability else ())]
    parts = [table(header, rows), row(*charts), paragraph(words, faint=True)]
    return [*parts, row(*probabilities), paragraph(below, faint=True)] if probabilities else parts


def _trust_row(method: str, records: Sequence[Record]) -> list[str]:
    """What trust was worth, and how well the expected error fits."""
    trusted, right, fit = [r for r in records if r.trusted], [r for r in records if _is_right(r)], reliability(records)
    return [
        escape(method),
        str(len(trusted)),
        str(sum(not r.errors.mtre_mm <= WRONG_MM for r in trusted)),
        str(len(right)),
        str(sum(not r.trusted for r in right)),
        number(fit.rank_correlation),
        percent(fit.below) if fit.count else "-",
    ]


def _sure_cells(records: Sequence[Record]) -> list[str]:
    sure = [r for r in _probable(records) if r.quality[PROBABILITY] >= SURE]
    return [str(len(sure)), percent(sum(map(_is_right, sure)) / len(sure)) if sure else "-"]


def _probable(records: Sequence[Record]) -> list[Record]:
    """Those that state a probability."""
    return [r for r in records if isinstance(r.quality.get(PROBABILITY), int | float)]


def _is_right(record: Record) -> bool:
    return record.errors.mtre_mm < RIGHT_MM
