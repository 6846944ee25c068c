"""A small drawing of an X-ray's geometry to scale: source, beam, detector, and where the perpendicular meets it."""

from __future__ import annotations

from typing import Any

import qt
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from slicer.i18n import tr as _

from .geometryWords import stateOf

WIDTH, HEIGHT, MARGIN = 330, 112, 10


def drawGeometry(label: Any, geometry: XrayGeometry | None, imageSize: tuple[int, int] | None) -> None:
    """Paint a geometry into a QLabel, in the colours of the application."""
    ratio = max(1.0, float(label.devicePixelRatioF()))
    pixmap = qt.QPixmap(int(WIDTH * ratio), int(HEIGHT * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(label.palette.color(qt.QPalette.Active, qt.QPalette.Base))
    painter = qt.QPainter(pixmap)
    painter.setRenderHint(qt.QPainter.Antialiasing)
    try:
        _draw(painter, label.palette, geometry, imageSize)
    finally:
        painter.end()
    label.setPixmap(pixmap)


def _draw(
    painter: qt.QPainter, palette: qt.QPalette, geometry: XrayGeometry | None, imageSize: tuple[int, int] | None
) -> None:
    text, line = (
        palette.color(qt.QPalette.Active, qt.QPalette.Text),
        palette.color(qt.QPalette.Active, qt.QPalette.Highlight),
    )
    font = painter.font()
    font.setPointSizeF(max(6.5, font.pointSizeF() * 0.8))
    painter.setFont(font)
    painter.setPen(text)
    if geometry is None or geometry.missing or imageSize is None:
        missing = _("Select an X-ray.") if geometry is None else stateOf(geometry)[:1].upper() + stateOf(geometry)[1:] + "."
        painter.drawText(qt.QRect(MARGIN, 0, WIDTH - 2 * MARGIN, HEIGHT), qt.Qt.AlignVCenter | qt.Qt.TextWordWrap, missing)
        return
    distance, spacing = geometry.value("source_to_detector_mm"), geometry.value("pixel_spacing_mm")
    height = imageSize[1] * spacing[1]
    center = geometry.value("principal_point_px") or ((imageSize[0] - 1) / 2, (imageSize[1] - 1) / 2)
    above = (center[1] + 0.5) * spacing[1]
    width = imageSize[0] * spacing[0]
    beside = (_("detector"), f"{width:.0f} x {height:.0f} mm", f"({center[0]:.0f}, {center[1]:.0f}) px")
    metrics = qt.QFontMetrics(font)
    room = max(metrics.horizontalAdvance(words) for words in beside)
    scale = min((WIDTH - 2 * MARGIN - 8 - room) / distance, (HEIGHT - 2 * MARGIN - 16) / max(height, 1.0))
    left, right = MARGIN, MARGIN + distance * scale
    top = MARGIN + 4 + max(0.0, (HEIGHT - 2 * MARGIN - 16 - height * scale) / 2)
    source = qt.QPointF(left, top + above * scale)
    upper, lower, foot = (qt.QPointF(right, y) for y in (top, top + height * scale, top + above * scale))
    beam = qt.QColor(line)
    beam.setAlpha(45)
    painter.setBrush(qt.QBrush(beam))
    painter.setPen(qt.QPen(line, 1.0))
    painter.drawPolygon(qt.QPolygonF([source, upper, lower]))
    painter.setPen(qt.QPen(text, 1.0, qt.Qt.DashLine))
    painter.drawLine(source, foot)
    painter.setPen(qt.QPen(text, 3.0))
    painter.drawLine(upper, lower)
    painter.setPen(qt.QPen(text, 1.0))
    painter.setBrush(qt.QBrush(line))
    painter.drawEllipse(source, 4.0, 4.0)
    painter.drawEllipse(foot, 2.5, 2.5)
    painter.setPen(text)
    painter.drawText(qt.QPointF(left, HEIGHT - 5.0), _("source"))
    painter.drawText(qt.QPointF((left + right) / 2 - 24, HEIGHT - 5.0), f"{distance:.0f} mm")
    for row, words in enumerate(beside):
        painter.drawText(qt.QPointF(right + 8, top + metrics.ascent() + metrics.height() * row), words)
