"""Behaviour of ctk's widgets that ask for a file, a folder or a colour."""

from __future__ import annotations

from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from .qt import QFileDialog, QSettings
from .tables import behaviour, emit, row


@behaviour
class ctkPathLineEdit:
    """An editable line with a history and a button that asks for a file or folder."""

    _stored = {
        "filters": 0x2 | 0x1 | 0x2000,  # files, and folders to reach them
        "label": "",
        "nameFilters": [],
        "options": 0,
        "settingKey": "",
        "minimumContentsLength": 0,
        "sizeAdjustPolicy": 2,
    }

    def _setup(self) -> None:
        self._box, self._button = QtWidgets.QComboBox(self), QtWidgets.QToolButton(self)
        self._box.setEditable(True)
        self._box.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        self._button.setText("...")
        self._valid = False
        row(self, self._box, self._button).setStretch(0, 1)
        self._box.editTextChanged.connect(self._changed)
        self._button.clicked.connect(self.browse)

    def _changed(self, path: str) -> None:
        valid = bool(path) and Path(path).exists()
        if valid != self._valid:
            self._valid = valid
            emit(self, "validInputChanged", valid)
        emit(self, "currentPathChanged", path)

    def comboBox(self):
        return self._box

    def browse(self) -> None:
        """Ask with a dialog: for a folder where only folders are wanted."""
        title, text = self._kept["label"] or "Select a file to save", self._box.currentText
        if int(self._kept["filters"]) & 0x3 == 0x1:
            path = QFileDialog.getExistingDirectory(self, title, text)
        else:
            path = QFileDialog.getOpenFileName(self, title, text, ";;".join(self._kept["nameFilters"]))
        if path:
            self._set_currentPath(path)
            self.addCurrentPathToHistory()

    def addCurrentPathToHistory(self) -> None:
        path = self._box.currentText
        if not path:
            return
        if self._kept["settingKey"]:
            history = [path, *[h for h in self._history() if h != path]]
            QSettings().setValue(self._kept["settingKey"], history[:20])
        if self._box.findText(path) < 0:
            self._box.blockSignals(True)
            self._box.insertItem(0, path)
            self._box.setEditText(path)
            self._box.blockSignals(False)

    def _history(self) -> list[str]:
        found = QSettings().value(self._kept["settingKey"])
        return [found] if isinstance(found, str) else list(found or ())

    def retrieveHistory(self) -> None:
        self._box.clear()
        for path in self._history():
            self._box.addItem(path)

    def _get_currentPath(self) -> str:
        return self._box.currentText

    def _set_currentPath(self, path: str) -> None:
        if path != self._box.currentText:
            self._box.setEditText(path)

    def _get_showBrowseButton(self) -> bool:
        return not self._button.isHidden()

    def _set_showBrowseButton(self, show: bool) -> None:
        self._button.setVisible(show)

    def _get_showHistoryButton(self) -> bool:
        return True

    def _set_showHistoryButton(self, show: bool) -> None:
        pass


@behaviour
class ctkDirectoryButton:
    """A button that shows a folder and asks for another."""

    _stored = {"acceptMode": QFileDialog.AcceptMode.AcceptOpen, "caption": "", "options": 1}
    _stored |= {"elideMode": QtCore.Qt.TextElideMode.ElideMiddle, "icon": QtGui.QIcon()}

    def _setup(self) -> None:
        self._directory, self._text = ".", ""
        self._button = QtWidgets.QPushButton(self._directory, self)
        row(self, self._button)
        self._button.clicked.connect(self.browse)

    def _get_directory(self) -> str:
        return self._directory

    def _set_directory(self, directory: str) -> None:
        directory = str(Path(directory).absolute())
        if directory == str(Path(self._directory).absolute()):
            return
        self._directory = directory
        self._button.setText(self._text or directory)
        emit(self, "directoryChanged", directory)

    def _get_text(self) -> str:
        return self._text

    def _set_text(self, text: str) -> None:
        self._text = text
        self._button.setText(text or self._directory)

    def browse(self) -> None:
        directory = QFileDialog.getExistingDirectory(self, self._kept["caption"], self._directory)
        if directory:
            self._set_directory(directory)
            emit(self, "directorySelected", directory)


@behaviour
class ctkColorPickerButton:
    """A button that shows a colour and asks for another."""

    _stored = {"dialogOptions": 0}

    def _setup(self) -> None:
        self._color, self._named = QtGui.QColor("black"), True
        self.clicked.connect(self.changeColor)
        self._show()

    def _show(self) -> None:
        pixmap = QtGui.QPixmap(16, 16)
        pixmap.fill(self._color)
        self.setIcon(QtGui.QIcon(pixmap))
        self.setText(self._color.name() if self._named else "")

    def _get_color(self):
        return QtGui.QColor(self._color)

    def _set_color(self, color) -> None:
        if color == self._color:
            return
        self._color = QtGui.QColor(color)
        self._show()
        emit(self, "colorChanged", self._get_color())
        emit(self, "colorNameChanged", color.name())

    def _get_colorName(self) -> str:
        return self._color.name()

    def _set_colorName(self, name: str) -> None:
        self._set_color(QtGui.QColor(name))

    def _get_displayColorName(self) -> bool:
        return self._named

    def _set_displayColorName(self, display: bool) -> None:
        self._named = display
        self._show()

    def changeColor(self) -> None:
        color = QtWidgets.QColorDialog.getColor(self._color, self)
        if color.isValid():
            self._set_color(color)
