"""The report's table of errors, the best of each group and column marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RayEmbRegistrationLib.evaluation.comparison.table import HEADER, MEDIANS, POOLED, Interval, Row, number, percent

from .tables import Cell, Table, cells


def result_table(rows: Sequence[Row]) -> Table:
    """All rows, those of a group one below the other."""
    lines, firsts = [], []
    for place, current in enumerate(rows):
        peers = [other for other in rows if other.group == current.group]
        is_first = peers[0] is current
        if is_first:
            firsts.append(place)
        name = ("all together" if current.group == POOLED else current.group) if is_first else ""
        lines.append([*cells(name, current.method, current.count, current.failed), *_numbers(current, peers)])
    return Table([name for name in HEADER if "interval" not in name], lines, names=(1,), firsts=firsts)


def _numbers(current: Row, peers: Sequence[Row]) -> list[Cell]:
    """The cells with numbers, lowest or highest marked."""
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
    found = []
    for n, (text, value, others, within) in enumerate(columns):
        known = [other for other in others if np.isfinite(other)]
        is_best = len(peers) > 1 and bool(known) and value == min(known) and min(known) < max(others)
        as_text = number if n < len(current.mtre_mm) else percent
        found.append(Cell(text, "" if within is None else f"{as_text(within[0])} - {as_text(within[1])}", is_best))
    return found
