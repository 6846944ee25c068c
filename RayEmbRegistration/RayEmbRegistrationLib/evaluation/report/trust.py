"""The report's answer to whether a method knows when it is right: what was said of each result against what came true.

The overlay's error is the mean distance of the targets from where they are drawn, at the bone, in the worst view; that of
the position their mean distance in space. Right is what a verdict speaks of: an error below what was allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.evaluation.comparison.records import Record
from RayEmbRegistrationLib.evaluation.comparison.table import number, percent
from RayEmbRegistrationLib.files.result import VerdictRecord
from RayEmbRegistrationLib.pose.settings import PURPOSES

from .drawing import Drawing, color_of
from .tables import Cell, Table, cells
from .trust_charts import Said, probability_chart, reliability, reliability_chart

SURE = 0.95  # chosen: what is called sure
_HEADER = (
    "method",
    "verdict on",
    "trusted",
    "of these wrong",
    "right",
    "of these not trusted",
    "rank correlation",
    "actual below expected %",
    "actual below the 95 % bound %",
    f"right with {100 * SURE:.0f} %, as said",  # in percent
    "of these right %",
)


@dataclass(frozen=True, eq=False)
class Trust:
    """What is shown of it.

    Attributes:
        table: a row a method and purpose.
        expected: drawings of expected against actual errors.
        probabilities: drawings of said against true probabilities.
        sources: what the expected errors come from.
    """

    table: Table
    expected: Sequence[Drawing]
    probabilities: Sequence[Drawing]
    sources: Sequence[str]


@dataclass(frozen=True, eq=False)
class Judged:
    """A registration and what was said of it for a purpose.

    Attributes:
        error_mm: what the verdict speaks of; infinite where there is no pose.
        verdict: on the purpose.
    """

    error_mm: float
    verdict: VerdictRecord

    @property
    def is_right(self) -> bool:
        """Whether the error is below what was allowed."""
        return self.verdict.tolerance_mm is not None and self.error_mm < self.verdict.tolerance_mm


def judged(records: Sequence[Record], purpose: str) -> list[Judged]:
    """Those of which something was said for a purpose."""
    said = [(record.error_mm(purpose), record.verdict(purpose)) for record in records]
    return [Judged(error, verdict) for error, verdict in said if verdict is not None]


def trust_of(records: Sequence[Record], methods: Sequence[str]) -> Trust:
    """A table, and for each method its drawings.

    Args:
        records: without those from given starts.
        methods: in the order of their colors.
    """
    expected, probabilities, rows = [], [], []
    for method in methods:
        for purpose in PURPOSES:
            own = judged([r for r in records if r.method == method], purpose)
            if not own:
                continue
            rows.append(_row(method, purpose, own))
            fit, color = reliability(_expected_and_actual(own)), color_of(method, methods)
            title = f"{method}, {purpose}"
            if fit.count:
                axes = reliability_chart(
                    _expected_and_actual(own), f"{title}: rank correlation {number(fit.rank_correlation)}", color
                )
                expected.append(Drawing(axes, f"expected and actual error, {title}"))
            said = [one for one in own if one.verdict.probability is not None]
            if said:
                values = [float(one.verdict.probability or 0.0) for one in said]
                axes = probability_chart(
                    values, [one.is_right for one in said], f"{title}: under {allowed_words(own)}", color
                )
                probabilities.append(Drawing(axes, f"said and true probability, {title}"))
    sources = sorted({str(r.quality["expected_from"]) for r in records if r.quality.get("expected_from")})
    return Trust(Table(_HEADER, rows, names=(1,)), expected, probabilities, sources)


def allowed_words(own: Sequence[Judged]) -> str:
    """The errors allowed, such as "2 mm"."""
    return " or ".join(f"{mm:g} mm" for mm in sorted({one.verdict.tolerance_mm for one in own if one.verdict.tolerance_mm}))


def _row(method: str, purpose: str, own: Sequence[Judged]) -> list[Cell]:
    """What trust was worth, and how well what was said fits."""
    trusted, right = [one for one in own if one.verdict.trusted], [one for one in own if one.is_right]
    fit = reliability(_expected_and_actual(own))
    bounded = [one for one in own if one.verdict.bound_mm is not None]
    inside = sum(one.error_mm <= float(one.verdict.bound_mm or 0.0) for one in bounded)
    sure = [one for one in own if (one.verdict.probability or 0.0) >= SURE]
    return cells(
        method,
        f"{purpose}, under {allowed_words(own)}",
        len(trusted),
        sum(not one.is_right for one in trusted),
        len(right),
        sum(not one.verdict.trusted for one in right),
        number(fit.rank_correlation),
        percent(fit.below) if fit.count else "-",
        percent(inside / len(bounded)) if bounded else "-",
        len(sure),
        percent(sum(one.is_right for one in sure) / len(sure)) if sure else "-",
    )


def _expected_and_actual(own: Sequence[Judged]) -> Said:
    """Of those with a pose that state an error."""
    known = [
        one
        for one in own
        if one.verdict.expected_mm is not None and np.isfinite((one.error_mm, one.verdict.expected_mm)).all()
    ]
    return Said(
        np.array([one.verdict.expected_mm for one in known], dtype=float),
        np.array([one.error_mm for one in known], dtype=float),
        np.array([one.verdict.trusted for one in known], dtype=bool),
    )
