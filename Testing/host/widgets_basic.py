"""Behaviour of ctk's buttons and boxes: `tables.py` joins it with what Slicer's Python sees of them."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from .tables import behaviour, emit


class _Collapsing:
    """Hide the children of a section while it is collapsed, and show again those that were meant to be seen.

    As CTK's do: a child that is shown while its section is collapsed is seen once the section is opened, not before.
    """

    def _collapse(self, collapsed: bool) -> None:
        children = [c for c in self.children() if isinstance(c, QtWidgets.QWidget) and not c.isWindow()]
        if collapsed:
            for child in children:
                if not child.isHidden():
                    self._put_away(child)
        else:
            seen, self._seen = self._seen, []
            for child in seen:
                if child in children:
                    child.show()
        self.updateGeometry()
        self.update()

    def _put_away(self, child) -> None:
        self._is_forcing = True
        child.hide()
        child.setAttribute(
            QtCore.Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False
        )  # so that it is told if it is hidden again
        self._is_forcing = False
        self._seen.append(child)

    def _adopt(self, event) -> None:
        """Hide what is added to a section that is already collapsed; follow what is shown and hidden in it."""
        child = event.child()
        if not isinstance(child, QtWidgets.QWidget):
            return
        if event.type() == QtCore.QEvent.Type.ChildPolished:
            child.installEventFilter(self)
            if self._get_collapsed() and not child.isHidden():
                self._put_away(child)

    def eventFilter(self, child, event) -> bool:
        kinds = QtCore.QEvent.Type
        if event.type() in (kinds.ShowToParent, kinds.HideToParent) and not self._is_forcing and self._get_collapsed():
            self._seen = [one for one in self._seen if one is not child]
            if event.type() == kinds.ShowToParent:
                self._put_away(child)
        return False

    def _get_collapsed(self) -> bool:
        return not self.isChecked()

    def _set_collapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    def childEvent(self, event) -> None:
        self._adopt(event)


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
        self._seen, self._is_forcing = [], False
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
        return least if not self.isChecked() else QtWidgets.QWidget.minimumSizeHint(self).expandedTo(least)

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
        self._seen, self._is_forcing = [], False
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(lambda checked: self._collapse(not checked))


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
