"""The legend of the views: beside each switch of the section Result the mark that it shows or hides, in its colour."""

from __future__ import annotations

from typing import Any

import qt
from RayEmbRegistrationScene import colors

SIZE = 16
MARKS = {
    "detectedCheckBox": ("disc", colors.DETECTED),
    "reprojectedCheckBox": ("cross", colors.REPROJECTED),
    "rejectedCheckBox": ("disc", colors.REJECTED),
    "residualsCheckBox": ("line", colors.RESIDUAL),
    "frustumCheckBox": ("line", colors.OPTIMIZED_POSE),
    "sourceCheckBox": ("disc", colors.SOURCE),
}


def showLegend(ui: Any) -> None:
    """Give the switches their marks."""
    for name, (mark, color) in MARKS.items():
        getattr(ui, name).setIcon(qt.QIcon(_picture(mark, color)))


def _picture(mark: str, color: tuple[float, float, float]) -> qt.QPixmap:
    """A mark on the black of the views, so that light colours are seen on light panels as well."""
    pixmap = qt.QPixmap(SIZE, SIZE)
    pixmap.fill(qt.QColor(0, 0, 0))
    painter = qt.QPainter(pixmap)
    painter.setRenderHint(qt.QPainter.Antialiasing)
    shade = qt.QColor(*(round(255 * part) for part in color))
    try:
        pen = qt.QPen(shade)
        pen.setWidth(2)
        painter.setPen(pen)
        if mark == "disc":
            painter.setBrush(qt.QBrush(shade))
            painter.drawEllipse(4, 4, SIZE - 8, SIZE - 8)
        else:
            painter.drawLine(3, SIZE // 2, SIZE - 3, SIZE // 2)
        if mark == "cross":
            painter.drawLine(SIZE // 2, 3, SIZE // 2, SIZE - 3)
    finally:
        painter.end()
    return pixmap
