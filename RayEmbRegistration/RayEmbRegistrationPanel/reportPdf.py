"""The page on a registration as PDF, on one sheet of A4; drawn by Qt, in the main thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt
from RayEmbRegistrationLib.files.writing import write_atomically

A4_MM, MARGIN_MM, PER_INCH, MM_PER_INCH = (210.0, 297.0), 12.0, 96.0, 25.4
WIDTHS_PX = (210, 180, 150)
"""Of a picture; the largest at which all of it is on one page is taken."""
SMALLER = (1.1, 1.2, 1.35, 1.5, 1.75, 2.0)
"""How much larger the sheet is that a long report is laid out on; text of 8 points is 4 points on paper at last."""


def canPrint() -> bool:
    """Whether this application's Qt writes PDF."""
    return hasattr(qt, "QPdfWriter")


def writePdf(document: qt.QTextDocument, path: Path) -> Path:
    """Print what ``onePage`` made into a file."""

    def write(temporary: Path) -> None:
        writer = qt.QPdfWriter(str(temporary))
        writer.setPageSize(qt.QPageSize(qt.QPageSize.A4))
        writer.setPageMargins(qt.QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM), qt.QPageLayout.Millimeter)
        document.print(writer)

    return write_atomically(path, write)


def onePage(page: Callable[[int], str]) -> qt.QTextDocument:
    """The page that is made for pictures of a width, px, with the widest at which it is one page.

    What is longer at the narrowest is laid out on a larger sheet, which printing makes smaller: text and pictures alike.
    """
    width, height = ((side - 2 * MARGIN_MM) / MM_PER_INCH * PER_INCH for side in A4_MM)
    sizes = [(widthPx, 1.0) for widthPx in WIDTHS_PX]
    sizes += [(round(WIDTHS_PX[-1] * scale), scale) for scale in SMALLER]
    document = qt.QTextDocument()
    for widthPx, scale in sizes:
        document = qt.QTextDocument()
        document.setDocumentMargin(0)
        document.setHtml(page(widthPx))
        document.setPageSize(qt.QSizeF(width * scale, height * scale))
        if document.pageCount() == 1:
            break
    return document
