"""Correcting a result: the user drags, confirms or leaves out landmarks of an X-ray."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
import slicer
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle
from RayEmbRegistrationScene.plainData import LandmarkData
from slicer.i18n import tr as _

from . import landmarkTable
from .section import Observers, Section, quietly

if TYPE_CHECKING:
    from .landmarkTable import Row
    from .section import Panel


VISIBLE_ROWS, LOOK_MS = 6, 20


class CorrectSection(Section):
    """The box *Correct landmarks* of the section Result, for the selected X-ray; ``SolveSection`` solves the pose again."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._lines: list[Row] = []
        self._rejectedBefore: bool | None = None
        self._observers = Observers()
        self._soon = self.timer(LOOK_MS, self._takeWhatWasMoved)
        self._soon.setSingleShot(True)
        self._setUpTable()
        self.ui.correctGroupBox.connect("toggled(bool)", self.onOpened)
        self.ui.landmarkTable.connect("itemChanged(QTableWidgetItem*)", self.onChecked)
        self.ui.landmarkTable.connect("itemSelectionChanged()", self.onSelected)
        self.ui.confirmLandmarkButton.connect("clicked(bool)", self.onConfirm)
        self.ui.resetLandmarksButton.connect("clicked(bool)", self.onReset)

    def _setUpTable(self) -> None:
        table = self.ui.landmarkTable
        self.setUpTable(table, (_("Landmark"), _("Off (mm)"), _("State")))
        row = table.verticalHeader().defaultSectionSize
        table.setFixedHeight(table.horizontalHeader().height + VISIBLE_ROWS * row + 4)

    # What there is

    @property
    def isOpen(self) -> bool:
        """Whether the user looks at the landmarks."""
        return not self.ui.correctGroupBox.collapsed

    def shown(self) -> tuple[Handle | None, int | None, LandmarkData | None]:
        """(registration, row, landmarks) of the selected X-ray; landmarks None where there are none."""
        handle, row = self.panel.handle(), self.panel.xrays.selected
        if handle is None or row is None or row >= sceneView.viewCount(handle):
            return handle, None, None
        return handle, row, sceneView.landmarksOf(handle, row)

    def problem(self) -> str | None:
        """Why nothing can be corrected, in a sentence."""
        handle, row, data = self.shown()
        if row is None or sceneView.poseOf(handle, row) is None:
            return _("Register first.")
        if data is None or not len(data.pointsRas):
            return _("No landmarks were detected in this X-ray. Give landmark pairs or a pose under Start instead.")
        if self.panel.ct.movingBones():
            return _("Bones that move on their own cannot be corrected by landmarks.")
        return self.panel.register.inputProblem()

    # Showing

    def update(self) -> None:
        """Table and buttons; the landmarks can be dragged while the box is open."""
        if self.parameters is None:
            return
        handle, row, data = self.shown()
        isIdle = self.panel.jobs.name is None
        problem = self.problem()
        canCorrect = self.isOpen and problem is None and isIdle
        if handle is not None:
            sceneView.setMovable(handle, row if canCorrect else None)
        self._observe(handle, row if canCorrect else None)
        if not self.isOpen:
            return
        self.ui.correctHelpLabel.text = problem or _(
            "Drag a landmark (circle) in the X-ray to where it belongs, or uncheck one that is wrong. Then solve again."
        )
        lines = []
        if problem is None and row is not None and data is not None:
            lines = landmarkTable.tableRows(data, sceneView.shownCamera(handle, row), sceneView.poseOf(handle, row))
        if lines != self._lines:
            quietly(self.ui.landmarkTable, lambda: self._fill(lines))
            self._mark()  # the points were made anew
        for widget in (self.ui.landmarkTable, self.ui.solveAgainButton):
            widget.enabled = canCorrect
        self.ui.confirmLandmarkButton.enabled = canCorrect and self._selectedLine() is not None
        self.ui.resetLandmarksButton.enabled = canCorrect and data is not None and landmarkTable.isCorrected(data)

    def _fill(self, lines: Any) -> None:
        table, before = self.ui.landmarkTable, self._selectedLine()
        self._lines = lines
        table.setRowCount(len(lines))
        for number, line in enumerate(lines):
            off = "" if line.offMm is None else f"{line.offMm:.1f}"
            for column, text in enumerate((line.name, off, states()[line.state])):
                item = qt.QTableWidgetItem(text)
                if column == 0:
                    item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsUserCheckable)
                    item.setCheckState(qt.Qt.Unchecked if line.state == "left out" else qt.Qt.Checked)
                table.setItem(number, column, item)
        if before is not None:
            again = [number for number, line in enumerate(lines) if line.index == before.index]
            table.selectRow(again[0]) if again else table.clearSelection()

    def _selectedLine(self) -> Row | None:
        number = self.ui.landmarkTable.currentRow()
        return self._lines[number] if 0 <= number < len(self._lines) else None

    def _observe(self, handle: Handle, row: int | None) -> None:
        wanted = []
        if row is not None:
            events = (slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent, slicer.vtkMRMLMarkupsNode.PointRemovedEvent)
            for role in ("Detected", "Pinned", "Rejected"):
                node = sceneView.nodeOf(handle, f"View{row + 1}.{role}")
                if node is not None:
                    wanted += [(node, event, self.onMoved) for event in events]
        self._observers.follow(wanted)

    # What the user does

    def onOpened(self, _isOn: bool) -> None:
        """Whoever corrects landmarks wants to see those that disagree as well, and only then."""
        if self.parameters is not None and self.isOpen:
            self._rejectedBefore = bool(self.parameters.showRejected)
            self.parameters.showRejected = True
        elif self.parameters is not None and self._rejectedBefore is not None:
            self.parameters.showRejected, self._rejectedBefore = self._rejectedBefore, None
        self.panel.onParametersModified()

    def onMoved(self, caller: object, event: str) -> None:
        """A landmark was dragged or deleted; it is dealt with when the mouse's event is over."""
        self._soon.start()

    def _takeWhatWasMoved(self) -> None:
        handle, row, data = self.shown()
        if row is None or data is None or not self.isOpen or self.panel.jobs.name is not None:
            return
        moved = sceneView.movedByUser(handle, row)
        gone = [index for index, pixel in moved.items() if pixel is None]
        dragged = {index: pixel for index, pixel in moved.items() if pixel is not None}
        if not moved:
            return
        for index in gone:
            data = landmarkTable.withUse(data, index, False)
        self._change(landmarkTable.pinnedAt(data, dragged))

    def onChecked(self, item: Any) -> None:
        """A landmark is left out, or taken in again."""
        _handle, _row, data = self.shown()
        if data is not None and item.column() == 0 and item.row() < len(self._lines):
            index = self._lines[item.row()].index
            self._change(landmarkTable.withUse(data, index, item.checkState() == qt.Qt.Checked))

    def onSelected(self) -> None:
        """Show which one it is."""
        self._mark()
        self.ui.confirmLandmarkButton.enabled = self._selectedLine() is not None and self.problem() is None

    def _mark(self) -> None:
        handle, row, _data = self.shown()
        line = self._selectedLine()
        if row is not None:
            sceneView.markLandmark(handle, row, None if line is None else line.name)

    def onConfirm(self, _checked: bool = False) -> None:
        """The selected landmark is right where it is."""
        _handle, _row, data = self.shown()
        line = self._selectedLine()
        if data is not None and line is not None:
            self._change(landmarkTable.pinnedAt(data, {line.index: None}))

    def onReset(self, _checked: bool = False) -> None:
        """As detected."""
        _handle, _row, data = self.shown()
        if data is not None:
            self._change(landmarkTable.asDetected(data))

    def _change(self, data: LandmarkData) -> None:
        handle, row, _data = self.shown()
        if row is None:
            return
        sceneView.showLandmarks(handle, row, data)
        self.panel.onParametersModified()

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene: nothing is being corrected in it."""
        self._rejectedBefore = None
        self.ui.correctGroupBox.collapsed = True
        self._soon.stop()
        self._observers.follow(())
        self._lines = []
        quietly(self.ui.landmarkTable, lambda: self.ui.landmarkTable.setRowCount(0))

    def cleanup(self) -> None:
        """The panel goes."""
        self._soon.stop()
        self._observers.follow(())


def states() -> dict[str, str]:
    """What a landmark's state is called."""
    return {
        "used": _("used"),
        "confirmed": _("confirmed"),
        "disagrees": _("disagrees"),
        "left out": _("left out"),
    }
