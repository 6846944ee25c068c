"""Tables of the report's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: plain words.
        small: below it in small print.
        is_best: of those that it is compared with.
    """

    text: str
    small: str = ""
    is_best: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        header: words over the columns.
        rows: cells.
        names: columns of names, besides the first.
        words: columns of running text, which may break.
        firsts: rows that begin something new.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    names: Sequence[int] = ()
    words: Sequence[int] = ()
    firsts: Sequence[int] = ()


def cells(*texts: object) -> list[Cell]:
    """A row of plain cells."""
    return [Cell(str(text)) for text in texts]
