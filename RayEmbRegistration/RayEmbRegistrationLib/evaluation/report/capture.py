"""The report's capture range: success against the initial error of the starts that were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.evaluation.capture_range import SUCCESS_MM, CaptureCurve, capture_curve
from RayEmbRegistrationLib.evaluation.comparison.records import Record
from RayEmbRegistrationLib.evaluation.comparison.table import number, percent, without_start

from .charts import capture_chart
from .drawing import Drawing
from .tables import Cell, Table, cells

_MOST_BINS = 20  # chosen: narrower bins hold too few registrations for an interval


@dataclass(frozen=True, eq=False)
class Capture:
    """What is shown of it.

    Attributes:
        drawing: the curves.
        table: a row a method.
        range_mm: the largest initial error.
        lost: registrations that failed before they had a start.
    """

    drawing: Drawing
    table: Table
    range_mm: float
    lost: int


def capture_of(records: Sequence[Record], methods: Sequence[str]) -> Capture | None:
    """The curves of methods that were given starts; None where there were none."""
    started = [r for r in records if r.start is not None and (r.initial_mtre_mm is not None or r.failed)]
    known = [(r, r.initial_mtre_mm) for r in started if r.initial_mtre_mm is not None]
    if not known:
        return None
    range_mm = float(np.ceil(max(initial for _, initial in known)))
    bins = max(1, min(_MOST_BINS, len({r.start for r, _ in known})))
    curves = {}
    for method in methods:
        initial = [each for r, each in known if r.method == method]
        if initial:
            final = [r.errors.mtre_mm for r, _ in known if r.method == method]
            curves[method] = capture_curve(initial, final, range_mm, bins=bins)
    errors = errors_by_method(without_start(records), methods)
    alone = {method: float(np.mean(np.array(values) < SUCCESS_MM)) for method, values in errors.items()}
    table = Table(["method", "registrations", "capture range mm", "success %"], [_row(*item) for item in curves.items()])
    drawing = Drawing(capture_chart(curves, alone, methods), "success against the initial mTRE")
    return Capture(drawing, table, range_mm, len(started) - len(known))


def _row(method: str, curve: CaptureCurve) -> list[Cell]:
    success = float(np.nansum(curve.success * curve.counts) / curve.counts.sum())
    return cells(method, int(curve.counts.sum()), number(curve.capture_range_mm), percent(success))


def errors_by_method(records: Sequence[Record], methods: Sequence[str]) -> dict[str, list[float]]:
    """The mTRE of all registrations of each method that has any."""
    errors = {m: [r.errors.mtre_mm for r in records if r.method == m] for m in methods}
    return {method: values for method, values in errors.items() if values}
