"""The box History: every registration with what it was worth; two are compared, and any is gone back to."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import qt
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.handle import record
from RayEmbRegistrationScene.nodes import Handle
from RayEmbRegistrationScene.sceneView import RunRecord
from slicer.i18n import tr as _

from .purposes import words
from .rig import showInRig
from .section import Section, quietly

if TYPE_CHECKING:
    from .section import Panel


COMMENT = 5  # chosen: the last column of the table
MOST_ROWS = 6
SAME_MM = 1e-6


class RunsSection(Section):
    """A table, newest first; what is selected is compared with what is shown, or two with each other."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._shown: list[RunRecord] = []
        table = self.ui.historyTable
        self.setUpTable(table, (_("Time"), _("Method"), _("Verdict"), _("Overlay"), _("Position"), _("Comment")))
        table.setSelectionMode(qt.QAbstractItemView.ExtendedSelection)
        table.setEditTriggers(qt.QAbstractItemView.DoubleClicked | qt.QAbstractItemView.EditKeyPressed)
        table.connect("itemSelectionChanged()", self.onSelected)
        table.connect("itemChanged(QTableWidgetItem*)", self.onEdited)
        self.ui.goBackButton.connect("clicked(bool)", self.onGoBack)
        self.ui.switchButton.connect("clicked(bool)", self.onSwitch)

    # Showing

    def update(self) -> None:
        """The table, the difference, the buttons."""
        handle = self.panel.handle()
        runs = sceneView.runsOf(handle) if handle is not None else []
        if runs and runs[-1].beside is None and self.parameters is not None and self.panel.jobs.name is None:
            sceneView.changeRun(handle, runs[-1].number, beside=self.panel.history.beside())
            runs = sceneView.runsOf(handle)
        self.ui.historyGroupBox.title = _("History ({count})").format(count=len(runs)) if runs else _("History")
        runs = runs[::-1]
        if runs != self._shown:
            quietly(self.ui.historyTable, lambda: self._fill(runs))
        self._compare()

    def _fill(self, runs: list[RunRecord]) -> None:
        table, before = self.ui.historyTable, {run.number for run in self.chosen()}
        self._shown = runs
        table.setRowCount(len(runs))
        for row, run in enumerate(runs):
            errors = (run.overlay.partition(" (")[0], run.position.partition(" (")[0])
            texts = (timeInWords(run.time), methodInWords(run.method), words(run.sign), *errors, run.comment)
            inFull = (run.time, ", ".join(run.xrays), run.why, run.overlay, run.position)
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(text)
                flags = qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable
                item.setFlags(flags | qt.Qt.ItemIsEditable if column == COMMENT else flags)
                item.setToolTip("\n".join(inFull) if column < COMMENT else _("Double-click to comment."))
                table.setItem(row, column, item)
        for column in range(COMMENT):
            table.resizeColumnToContents(column)
        shown = min(max(len(runs), 1), MOST_ROWS)
        table.setFixedHeight(table.horizontalHeader().height + shown * table.verticalHeader().defaultSectionSize + 20)
        table.clearSelection()
        for row, run in enumerate(runs):
            if run.number in before:
                self._select(row)

    def _select(self, row: int) -> None:
        for column in range(COMMENT + 1):
            self.ui.historyTable.item(row, column).setSelected(True)

    def chosen(self) -> list[RunRecord]:
        """The selected runs, as the table has them."""
        rows = sorted({item.row() for item in self.ui.historyTable.selectedItems()})
        return [self._shown[row] for row in rows if row < len(self._shown)]

    def _compare(self) -> None:
        handle, chosen = self.panel.handle(), self.chosen()
        isIdle = self.panel.jobs.name is None and handle is not None
        self.ui.goBackButton.enabled = isIdle and len(chosen) == 1
        self.ui.goBackButton.toolTip = (
            _("Show the poses and geometry of the selected registration again; it can be undone.")
            if len(chosen) == 1
            else _("Select one registration.")
        )
        self.ui.switchButton.enabled = isIdle and len(chosen) == 2
        self.ui.switchButton.toolTip = (
            _("Show the overlay of the one, then of the other.") if len(chosen) == 2 else _("Select two registrations.")
        )
        self.ui.differenceLabel.text = self._differenceInWords(handle, chosen) if handle is not None else ""

    def _differenceInWords(self, handle: Handle, chosen: list[RunRecord]) -> str:
        if len(chosen) not in (1, 2):
            return _("Select one to compare it with what is shown, or two to compare them.") if self._shown else ""
        center = record(handle, "CenterRas", (0.0, 0.0, 0.0))
        parts = []
        for row in range(sceneView.viewCount(handle)):
            one = chosen[0].pose(row)
            other = chosen[1].pose(row) if len(chosen) == 2 else sceneView.poseOf(handle, row)
            if one is not None and other is not None:
                across, along, degrees = sceneView.apart(one, other, center)
                words = _("{name}: {across:.1f} mm across, {along:.1f} mm along the beam, {degrees:.1f}°")
                name = self.panel.xrays.nameOf(row).partition(":")[0]
                parts.append(words.format(name=name, across=across, along=along, degrees=degrees))
        if not parts:
            return _("They have no X-ray in common.")
        between = _("Between the two") if len(chosen) == 2 else _("From what is shown")
        return f"{between}: {'; '.join(parts)}."

    # What the user does

    def onSelected(self) -> None:
        """Compare."""
        self._compare()

    def onEdited(self, item: Any) -> None:
        """Keep a comment."""
        handle = self.panel.handle()
        if handle is not None and item.column() == COMMENT and item.row() < len(self._shown):
            sceneView.changeRun(handle, self._shown[item.row()].number, comment=str(item.text()))
            self._shown = sceneView.runsOf(handle)[::-1]

    def onGoBack(self, _checked: bool = False) -> None:
        """Show a run's poses again."""
        chosen = self.chosen()
        if len(chosen) == 1:
            self.goBack(chosen[0])

    def onSwitch(self, _checked: bool = False) -> None:
        """Show the one of two that is not shown."""
        handle, chosen = self.panel.handle(), self.chosen()
        if handle is None or len(chosen) != 2:
            return
        poses = [(pose, sceneView.poseOf(handle, row)) for row, pose in chosen[0].allPoses().items()]
        isFirst = all(now is not None and np.allclose(pose.matrix, now.matrix, atol=SAME_MM) for pose, now in poses)
        self.goBack(chosen[1] if isFirst else chosen[0])

    def goBack(self, run: RunRecord) -> None:
        """Poses and geometry of a run; what is said of them comes back with them."""
        panel, handle = self.panel, self.panel.handle()
        if handle is None or panel.jobs.name is not None:
            return
        panel.history.settle()
        panel.history.before()
        count = sceneView.viewCount(handle)
        poses = {row: pose for row, pose in run.allPoses().items() if row < count}
        with panel.history.stepping():
            for row, pose in poses.items():
                sceneView.showPose(handle, row, pose)
            if run.beside is not None:
                panel.history.takeBeside(run.beside)
        if len(poses) < count and poses:  # an X-ray that came later moves along in a rig
            showInRig(panel, handle, *next(iter(poses.items())))
        panel.history.remember(_("registration of {time}").format(time=timeInWords(run.time)))
        panel.register.say(_("Shown: the registration of {time}.").format(time=timeInWords(run.time)))
        for row in range(count):
            panel.pose.live.show(handle, row)
        panel.onParametersModified()

    def parametersReplaced(self) -> None:
        """Another scene's registrations."""
        self._shown = []
        quietly(self.ui.historyTable, lambda: self.ui.historyTable.setRowCount(0))


def methodInWords(name: str) -> str:
    """How a pose was found, in the user's language; the names of methods for landmarks are names."""
    known = {
        "start pose": _("start pose"),
        "given pose": _("given pose"),
        "landmark pairs": _("landmark pairs"),
        "bone's ends": _("bone's ends"),
        "search": _("search"),
        "single views": _("single views"),
        "default view": _("default view"),
    }
    return known.get(name, name)


def timeInWords(text: str) -> str:
    """Of today without the day."""
    try:
        time = datetime.fromisoformat(text).astimezone()
    except ValueError:
        return text
    isToday = time.date() == datetime.now(time.tzinfo).date()
    return time.strftime("%H:%M:%S" if isToday else "%Y-%m-%d %H:%M")
