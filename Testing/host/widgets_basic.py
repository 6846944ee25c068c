"""Behaviour of ctk's buttons, boxes and paths: `tables.py` joins it with what Slicer's Python sees of them."""

from __future__ import annotations

from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from .qt import QFileDialog, QSettings
from .tables import behaviour, emit, row


class _Collapsing:
    """Hide the children of a section while it is collapsed, and show again those that were meant to be seen."""

    def _collapse(self, collapsed: bool) -> None:
        children = [c for c in self.children() if isinstance(c, QtWidgets.QWidget) and not c.isWindow()]
        if collapsed:
            for child in children:
                if not child.isHidden():
                    self._seen.append(child)
                    child.hide()
        else:
            for child in self._seen:
                if child in children:
                    child.show()
            self._seen = []
        self.updateGeometry()
        self.update()

    def _adopt(self, event) -> None:
        """Hide what is added to a section that is already collapsed."""
        child = event.child() if event.type() == QtCore.QEvent.Type.ChildPolished else None
        if isinstance(child, QtWidgets.QWidget) and self._get_collapsed() and not child.isHidden():
            self._seen.append(child)
            child.hide()


@behaviour
class ctkCollapsibleButton(_Collapsing):
    """A header to click, above contents that come and go."""

    _stored = {
        "flat": False,
        "collapsedHeight": 10,
        "contentsFrameShadow": QtWidgets.QFrame.Shadow.Raised,
        "contentsFrameShape": QtWidgets.QFrame.Shape.NoFrame,
        "contentsLineWidth": 1,
        "contentsMidLineWidth": 0,
        "indicatorAlignment": QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter,
        "buttonTextAlignment": QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter,
    }

    def _setup(self) -> None:
        self._seen = []
        self.setCheckable(True)
        self.setChecked(True)
        self.setContentsMargins(0, self._header(), 0, 0)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Preferred)
        self.toggled.connect(self._toggled)

    def _header(self) -> int:
        return self.fontMetrics().height() + 10

    def _toggled(self, checked: bool) -> None:
        self._collapse(not checked)
        emit(self, "contentsCollapsed", not checked)

    def _get_collapsed(self) -> bool:
        return not self.isChecked()

    def _set_collapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    def childEvent(self, event) -> None:
        self._adopt(event)

    def hitButton(self, position) -> bool:
        return position.y() <= self._header()

    def sizeHint(self):
        least = self.minimumSizeHint()
        if not self.isChecked():
            return QtCore.QSize(QtWidgets.QWidget.sizeHint(self).width(), self._header())
        return QtWidgets.QWidget.sizeHint(self).expandedTo(least)

    def minimumSizeHint(self):
        width = self.fontMetrics().horizontalAdvance(self.text) + 40
        least = QtCore.QSize(width, self._header())
        return least if not self.isChecked() or self.layout() is None else self.layout().minimumSize().expandedTo(least)

    def paintEvent(self, event) -> None:
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        frame = QtCore.QRect(0, 0, self.width, self._header())
        option.rect = frame
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_PushButtonBevel, option)
        option.rect = QtCore.QRect(8, (self._header() - 10) // 2, 10, 10)
        arrow = QtWidgets.QStyle.PrimitiveElement
        painter.drawPrimitive(arrow.PE_IndicatorArrowDown if self.isChecked() else arrow.PE_IndicatorArrowRight, option)
        where = QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter
        painter.drawItemText(frame.adjusted(26, 0, 0, 0), int(where), self.palette, self.enabled, self.text)


@behaviour
class ctkCollapsibleGroupBox(_Collapsing):
    """A group box whose check mark shows and hides the contents."""

    _stored = {"collapsedHeight": 14}

    def _setup(self) -> None:
        self._seen = []
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(lambda checked: self._collapse(not checked))

    def _get_collapsed(self) -> bool:
        return not self.isChecked()

    def _set_collapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    def childEvent(self, event) -> None:
        self._adopt(event)


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


@behaviour
class ctkComboBox:
    """A combo box with a text for when nothing is chosen."""

    _stored = {
        "defaultText": "",
        "defaultIcon": QtGui.QIcon(),
        "forceDefault": False,
        "elideMode": QtCore.Qt.TextElideMode.ElideNone,
        "scrollWheelEffect": 1,
    }

    def _set_defaultText(self, text: str) -> None:
        self.setPlaceholderText(text)

    def _get_currentUserDataAsString(self) -> str:
        return str(self.itemData(self.currentIndex) or "")

    def _set_currentUserDataAsString(self, data: str) -> None:
        self.setCurrentIndex(next((i for i in range(self.count) if str(self.itemData(i)) == data), -1))


@behaviour
class ctkCheckBox:
    _stored = {"indicatorIcon": QtGui.QIcon(), "indicatorIconSize": QtCore.QSize()}


@behaviour
class ctkPushButton:
    _stored = {
        "buttonTextAlignment": QtCore.Qt.AlignmentFlag.AlignCenter,
        "elideMode": QtCore.Qt.TextElideMode.ElideNone,
        "iconAlignment": QtCore.Qt.AlignmentFlag.AlignLeft,
    }


@behaviour
class ctkCheckablePushButton:
    """A push button with a check box in it; the box can make the button one that stays down."""

    _stored = {"checkBoxUserCheckable": True, "checkBoxControlsButton": True}
    _stored |= {"indicatorAlignment": QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter}

    def _setup(self) -> None:
        self._state, self._controls = QtCore.Qt.CheckState.Unchecked, True

    def _get_checkState(self):
        return self._state

    def _set_checkState(self, state) -> None:
        state = QtCore.Qt.CheckState(state)
        if state == self._state:
            return
        self._state = state
        if self._controls:
            self.setCheckable(state == QtCore.Qt.CheckState.Checked)
        emit(self, "checkStateChanged", state)
        emit(self, "checkBoxToggled", state == QtCore.Qt.CheckState.Checked)

    def _get_checkBoxControlsButtonToggleState(self) -> bool:
        return self._controls

    def _set_checkBoxControlsButtonToggleState(self, controls: bool) -> None:
        self._controls = controls


@behaviour
class ctkExpandButton:
    _stored = {"mirrorOnExpand": False, "orientation": QtCore.Qt.Orientation.Horizontal}


@behaviour
class ctkMessageBox:
    """A message box that can be told not to come again."""

    _stored = {"dontShowAgainSettingsKey": "", "dontShowAgainButtonRoles": []}

    def _setup(self) -> None:
        self._box = QtWidgets.QCheckBox("Don't show this message again", self)
        self.setCheckBox(self._box)
        self._visible = False
        self._box.hide()

    def _get_dontShowAgain(self) -> bool:
        return self._box.isChecked()

    def _set_dontShowAgain(self, dontShow: bool) -> None:
        self._box.setChecked(dontShow)

    def _get_dontShowAgainVisible(self) -> bool:
        return self._visible

    def _set_dontShowAgainVisible(self, visible: bool) -> None:
        self._visible = visible
        self._box.setVisible(visible)


@behaviour
class ctkFittedTextBrowser:
    """A text browser with details that open on a click."""

    _stored = {"disableMouseScroll": True, "showDetailsText": "Show details...", "hideDetailsText": "Hide details."}

    def _setup(self) -> None:
        self._collapsed, self._full = True, ""

    def _get_collapsed(self) -> bool:
        return self._collapsed

    def _set_collapsed(self, collapsed: bool) -> None:
        self._collapsed = collapsed
        self._show()

    def setCollapsibleText(self, text: str) -> None:
        self._full = text
        self._show()

    def collapsibleText(self) -> str:
        return self._full

    def _show(self) -> None:
        if self._full:
            self.setText(self._full.split("\n")[0] if self._collapsed else self._full)
