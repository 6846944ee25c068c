"""Correcting a result: the user drags, confirms or leaves out landmarks of an X-ray, and the pose is solved again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import qt
import slicer
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Handle, Node
from RayEmbRegistrationScene.plainData import LandmarkData
from slicer.i18n import tr as _

from . import landmarkTable, outcomes
from .jobs import Handlers
from .rig import showInRig
from .section import Observers, Section, quietly

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

    from .landmarkTable import Row
    from .section import Panel
    from .worker import Run


COLUMNS = (_("Landmark"), _("Off (mm)"), _("State"))
STATES = {
    "used": _("used"),
    "confirmed": _("confirmed"),
    "disagrees": _("disagrees"),
    "left out": _("left out"),
}
LOST = _("The CT, the X-ray or the registration was deleted meanwhile; the result is not shown.")
VISIBLE_ROWS, LOOK_MS = 6, 20


class CorrectSection(Section):
    """The box *Correct landmarks* of the section Result, for the selected X-ray."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._detected: dict[
            tuple[str, int], Landmarks | None
        ] = {}  # (registration, row) -> the library's Landmarks of the last registration
        self._lines: list[Row] = []
        self._running: _Solving | None = None
        self._rejectedBefore: bool | None = None
        self._observers = Observers(panel)
        self._soon = self.timer(LOOK_MS, self._takeWhatWasMoved)
        self._soon.setSingleShot(True)
        self._setUpTable()
        self.ui.correctGroupBox.connect("toggled(bool)", self.onOpened)
        self.ui.landmarkTable.connect("itemChanged(QTableWidgetItem*)", self.onChecked)
        self.ui.landmarkTable.connect("itemSelectionChanged()", self.onSelected)
        self.ui.confirmLandmarkButton.connect("clicked(bool)", self.onConfirm)
        self.ui.resetLandmarksButton.connect("clicked(bool)", self.onReset)
        self.ui.solveAgainButton.connect("clicked(bool)", self.onSolve)

    def _setUpTable(self) -> None:
        table = self.ui.landmarkTable
        self.setUpTable(table, COLUMNS)
        row = table.verticalHeader().defaultSectionSize
        table.setFixedHeight(table.horizontalHeader().height + VISIBLE_ROWS * row + 4)

    # What there is

    @property
    def isOpen(self) -> bool:
        """Whether the user looks at the landmarks."""
        return not self.ui.correctGroupBox.collapsed

    def _shown(self) -> tuple[Handle | None, int | None, LandmarkData | None]:
        """(registration, row, landmarks) of the selected X-ray; landmarks None where there are none."""
        handle, row = self.panel.handle(), self.panel.xrays.selected
        if handle is None or row is None or row >= sceneView.viewCount(handle):
            return handle, None, None
        return handle, row, sceneView.landmarksOf(handle, row)

    def remember(self, handle: Handle, outcome: Outcome) -> None:
        """Keep the landmarks of a registration: all of them count, though few are shown."""
        for row, view in enumerate(outcome.result.views):
            self._detected[handle.GetID(), row] = view.landmarks

    def problem(self) -> str | None:
        """Why nothing can be corrected, in a sentence."""
        handle, row, data = self._shown()
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
        handle, row, data = self._shown()
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
        if problem is None:
            lines = landmarkTable.tableRows(data, sceneView.cameraOf(handle, row), sceneView.poseOf(handle, row))
        if lines != self._lines:
            quietly(self.ui.landmarkTable, lambda: self._fill(lines))
            self._mark()  # the points were made anew
        for widget in (self.ui.landmarkTable, self.ui.solveAgainButton):
            widget.enabled = canCorrect
        self.ui.confirmLandmarkButton.enabled = canCorrect and self._selectedLine() is not None
        self.ui.resetLandmarksButton.enabled = canCorrect and landmarkTable.isCorrected(data)

    def _fill(self, lines: Any) -> None:
        table, before = self.ui.landmarkTable, self._selectedLine()
        self._lines = lines
        table.setRowCount(len(lines))
        for number, line in enumerate(lines):
            off = "" if line.offMm is None else f"{line.offMm:.1f}"
            for column, text in enumerate((line.name, off, STATES[line.state])):
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

    def _observe(self, handle: Handle, row: int) -> None:
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
        handle, row, data = self._shown()
        if data is None or not self.isOpen or self.panel.jobs.name is not None:
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
        _handle, _row, data = self._shown()
        if data is not None and item.column() == 0 and item.row() < len(self._lines):
            index = self._lines[item.row()].index
            self._change(landmarkTable.withUse(data, index, item.checkState() == qt.Qt.Checked))

    def onSelected(self) -> None:
        """Show which one it is."""
        self._mark()
        self.ui.confirmLandmarkButton.enabled = self._selectedLine() is not None and self.problem() is None

    def _mark(self) -> None:
        handle, row, _data = self._shown()
        line = self._selectedLine()
        if row is not None:
            sceneView.markLandmark(handle, row, None if line is None else line.name)

    def onConfirm(self, _checked: bool = False) -> None:
        """The selected landmark is right where it is."""
        _handle, _row, data = self._shown()
        line = self._selectedLine()
        if data is not None and line is not None:
            self._change(landmarkTable.pinnedAt(data, {line.index: None}))

    def onReset(self, _checked: bool = False) -> None:
        """As detected."""
        _handle, _row, data = self._shown()
        if data is not None:
            self._change(landmarkTable.asDetected(data))

    def _change(self, data: LandmarkData) -> None:
        handle, row, _data = self._shown()
        sceneView.showLandmarks(handle, row, data)
        self.panel.onParametersModified()

    # Solving

    def onSolve(self, _checked: bool = False) -> None:
        """The pose by the landmarks as corrected."""
        handle, row, data = self._shown()
        problem = self.problem()
        if problem is not None or self.panel.jobs.name is not None:
            self.panel.register.say(problem or _("Wait until what runs is done."))
            return
        xray = self.panel.xrays.inputs()[row]
        node, camera = self.panel.ctInput().node, sceneView.cameraOf(handle, row)
        try:
            self.panel.register.install()
            self.panel.advanced.applyToLogic()
            xray = replace(xray, start=sceneView.poseOf(handle, row))
            request = self.logic.request(self.panel.ctInput(), [xray], self.panel.advanced.settings(refineOnly=True))
            view = request.views[0]
            request = replace(request, views=(replace(view, geometry=outcomes.asShown(view.geometry, camera)),))
        except (ValueError, InstallError) as error:
            self.panel.register.say(str(error))
            return
        detected = self._detected.get((handle.GetID(), row))
        landmarks, said = landmarkTable.corrections(data, detected, request.views[0].bone_is_bright)
        said = replace(said, held=self._held())
        self._running = _Solving(handle, row, xray.node, node, data, len(landmarks), detected is not None)

        def job(run: Run) -> Any:
            return self.logic.solveAgain(request, landmarks, said, run.progress, run.is_cancelled)

        handlers = Handlers(self.onSolved, self.panel.register.onProgress, None, self.panel.register.onEnded)
        self.panel.jobs.start("correct", job, handlers)

    def _held(self) -> tuple[str, ...]:
        boxes = (
            (self.ui.keepRotationCheckBox, ("rx", "ry", "rz")),
            (self.ui.keepPositionCheckBox, ("x", "y")),
            (self.ui.keepDepthCheckBox, ("depth",)),
        )
        return tuple(name for box, names in boxes if box.checked for name in names)

    def onSolved(self, outcome: Outcome) -> Iterator[None]:
        """Show pose, DRR, landmarks and what the result is worth; the other X-rays of a rig move along."""
        solving, self._running = self._running, None
        self.panel.prepared = outcome.prepared
        handle, row = solving.handle, solving.row
        if solving.isLost:
            self.panel.register.say(LOST)
            return
        found = outcome.result.views[0]
        data = landmarkTable.solvedData(solving.data, solving.count, found.landmarks, solving.isPart)
        sceneView.showPose(handle, row, found.camera_from_ras)
        for other in showInRig(self.panel, handle, row, found.camera_from_ras):
            self.panel.start.live.show(handle, other)
        yield
        sceneView.showDrr(handle, row, outcome.drrs[0], outcome.views[0].bone_is_bright)
        yield
        sceneView.showLandmarks(handle, row, data)
        yield
        if solving.isLost:
            self.panel.register.say(LOST)
            return
        self.panel.result.showCorrected(outcome, row)
        sceneView.rememberPoses(handle, _("corrected landmarks"))
        isTrusted = outcome.result.quality.trusted
        verdict = (
            _("Solved again in {seconds:.1f} s.") if isTrusted else _("Solved again in {seconds:.1f} s, not to be trusted.")
        )
        self.panel.register.say(verdict.format(seconds=outcome.result.timing_s.get("total", 0.0)))

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene: nothing is being corrected in it."""
        self._rejectedBefore = None
        self.ui.correctGroupBox.collapsed = True
        self._soon.stop()
        self._observers.follow(())
        self._detected.clear()
        self._lines = []
        self._running = None
        quietly(self.ui.landmarkTable, lambda: self.ui.landmarkTable.setRowCount(0))

    def cleanup(self) -> None:
        """The panel goes."""
        self._soon.stop()
        self._observers.follow(())


@dataclass(frozen=True, eq=False)
class _Solving:
    """What a correction under way belongs to; ``isPart``: those shown are a part of the ``count`` that were detected."""

    handle: Handle
    row: int
    xrayNode: Node
    ctNode: Node
    data: LandmarkData
    count: int
    isPart: bool

    @property
    def isLost(self) -> bool:
        """Whether something was deleted that the result belongs to."""
        gone = self.xrayNode.GetScene() is None or self.ctNode.GetScene() is None
        return gone or not sceneView.isAlive(self.handle)
