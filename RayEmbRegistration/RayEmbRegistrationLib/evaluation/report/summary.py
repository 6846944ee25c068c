"""What came out of a comparison, in a sentence a method: how often right, how far off, how often wrong without saying so."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from RayEmbRegistrationLib.evaluation.comparison.records import Record
from RayEmbRegistrationLib.evaluation.comparison.table import GROSS_MM, SUCCESS_MM, Row, number, percent
from RayEmbRegistrationLib.pose.settings import PURPOSES

from .trust import allowed_words, judged

RIGHT_MM = 2.0  # one of SUCCESS_MM; chosen: what is called accurate


def summary_lines(rows: Sequence[Row], records: Sequence[Record]) -> list[tuple[str, str]]:
    """(method, sentence), the method that is right most often first.

    Args:
        rows: of the table; those of the last group count, which is all together where there are several.
        records: without those from given starts.
    """
    last = [row for row in rows if row.group == rows[-1].group]
    place = SUCCESS_MM.index(RIGHT_MM)
    lines = []
    for row in sorted(last, key=lambda row: -row.success[place][0]):
        share, (low, high) = row.success[place]
        words = (
            f": within {RIGHT_MM:g} mm in {percent(share)} % of {counted(row.count, 'registration')} (95 % interval "
            f"{percent(low)} to {percent(high)}), {_median(row)}, worse than {GROSS_MM[0]:g} mm "
            f"in {percent(row.gross[0][0])} %. {_trusted([r for r in records if r.method == row.method])}"
            f"{number(row.seconds)} s each."
        )
        lines.append((row.method, words))
    return lines


def _trusted(records: Sequence[Record]) -> str:
    """How often it trusted its pose for either purpose, and was wrong."""
    parts = []
    for purpose in PURPOSES:
        own = judged(records, purpose)
        trusted = [one for one in own if one.verdict.trusted]
        wrong = sum(not one.is_right for one in trusted)
        if own:
            was = f"{wrong or 'none'} of which {'was' if wrong == 1 else 'were'} wrong by more than {allowed_words(own)}"
            parts.append(f"the {purpose} of {len(trusted)}, {was}")
    return f"It trusted {', and '.join(parts)}. " if parts else ""


def _median(row: Row) -> str:
    known = isfinite(row.mtre_mm[1])
    return f"median error {number(row.mtre_mm[1])} mm" if known else "no pose in half of them or more"


def counted(count: int, name: str) -> str:
    """Such as "1 case" and "2 cases"."""
    return f"{count} {name}{'' if count == 1 else 's'}"
