"""Texts of a panel that are not wholly shown: what looks cut in a picture, found by measuring."""

from __future__ import annotations

from PySide6 import QtWidgets

from . import qt

_FRAME_PX = 24
"""Of a combo box: its arrow and frame in the Fusion style; measured."""

_EDGE_PX = 6
"""Of a button: its frame in the Fusion style; measured."""


def cut_texts(panel) -> list[str]:
    """Return "name: text" of each visible label, button, number, choice and heading that has less room than it needs."""
    found = []
    for widget in panel.findChildren(qt.QWidget):
        if widget.isVisible() and _is_cut(widget):
            found.append(f"{widget.objectName}: {_text(widget)}")
    return found


def _text(widget) -> str:
    if isinstance(widget, QtWidgets.QTableView):
        model = widget.model()
        return ", ".join(str(model.headerData(column, qt.Qt.Horizontal)) for column in _cut_columns(widget))
    return widget.currentText if isinstance(widget, QtWidgets.QComboBox) else widget.text


def _is_cut(widget) -> bool:
    kinds = (
        (QtWidgets.QLabel, _is_label_cut),
        (QtWidgets.QPushButton, lambda button: button.width - _EDGE_PX < _width(button, button.text)),
        (QtWidgets.QCheckBox, lambda box: box.width < box.sizeHint().width()),
        (QtWidgets.QAbstractSpinBox, lambda box: box.findChild(QtWidgets.QLineEdit).width < _width(box, box.text)),
        (QtWidgets.QTableView, lambda table: bool(_cut_columns(table))),
    )
    if type(widget) is QtWidgets.QComboBox:  # those of nodes show names, of any length
        return widget.width - _FRAME_PX < _width(widget, widget.currentText)
    return any(is_cut(widget) for kind, is_cut in kinds if isinstance(widget, kind))


def _is_label_cut(label) -> bool:
    if not label.text:
        return False
    if label.wordWrap:
        return label.height < label.heightForWidth(label.width)
    return label.width < label.minimumSizeHint().width()


def _width(widget, text: str) -> int:
    return widget.fontMetrics().horizontalAdvance(text)


def _cut_columns(table) -> list[int]:
    header = table.horizontalHeader()
    if header.isHidden():
        return []
    shown = [column for column in range(header.count()) if not header.isSectionHidden(column)]
    return [column for column in shown if header.sectionSize(column) < header.sectionSizeHint(column) - 1]
