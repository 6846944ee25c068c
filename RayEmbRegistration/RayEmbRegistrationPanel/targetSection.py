"""The section Targets: what of the plan is drawn on the X-rays, live, and how far off it may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import qt
import slicer
import vtk
from RayEmbRegistrationScene import sceneView, targetDrawing, targetErrors, targets, targetShapes, targetSpread
from RayEmbRegistrationScene.nodes import Handle, Node
from RayEmbRegistrationScene.targets import Target
from slicer.i18n import tr as _

from .section import Observers, Section, quietly
from .targetWords import errorInWords, kindsInWords

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome

    from .section import Panel


DRAW_MS, LIST_MS = 0, 150
"""What is edited is drawn when the events of one move have been dealt with; the list may wait."""
VISIBLE_ROWS = 4
NOT_TARGETS = ("xrayLandmarks", "pickedPoint", "clickedPoints")
"""Fields of the parameter node with points that are no plan."""


class TargetSection(Section):
    """Lists what can be a target; draws those that are ticked whenever they, or the poses, change."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._listed: list[Target] = []
        self._shown: list[tuple] = []
        self._observers = Observers()
        self._errorsOf: Outcome | None = None
        self._wasOpened = False
        self._soon = self.timer(DRAW_MS, self.draw)
        self._later = self.timer(LIST_MS, self.update)
        self._told = self.timer(LIST_MS, self.tell)
        for timer in (self._soon, self._later, self._told):
            timer.setSingleShot(True)
        self.setUpTable(self.ui.targetTable, (_("Target"), _("Error (95 %)")))
        row = self.ui.targetTable.verticalHeader().defaultSectionSize
        self.ui.targetTable.setFixedHeight(self.ui.targetTable.horizontalHeader().height + VISIBLE_ROWS * row + 4)
        self.ui.targetTable.connect("itemChanged(QTableWidgetItem*)", self.onTicked)
        self.ui.targetTable.connect("itemSelectionChanged()", self._showBone)
        self.ui.targetBoneComboBox.connect("activated(int)", self.onBoneChosen)
        self.panel.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAddedEvent, self.onNodeAdded)

    # Showing

    def update(self) -> None:
        """The list, and what is drawn of it."""
        if self.parameters is None or slicer.mrmlScene.IsBatchProcessing():
            return
        handle = self.panel.handle()
        self._listed = targets.candidates([getattr(self.parameters, name) for name in NOT_TARGETS])
        hasPose = handle is not None and bool(self._posed(handle))
        if hasPose and self._listed and not self._wasOpened:
            self._wasOpened = True
            self.ui.targetsCollapsibleButton.collapsed = False
        self._keepErrors(handle)
        self.draw()
        self.tell()
        self._observe(handle)
        self._showBone()
        self.ui.targetsLabel.text = self._hint(handle)
        self.ui.targetsLabel.visible = self.ui.targetsLabel.text != ""

    def draw(self) -> None:
        """Draw the targets on the X-rays, anew where something changed."""
        handle = self.panel.handle()
        if self.parameters is None or handle is None or slicer.mrmlScene.IsBatchProcessing():
            return
        targetDrawing.showTargets(handle, self._shapes(handle), self.parameters.showTargetBands)

    def tell(self) -> None:
        """What changes less often than a line is dragged: errors in 3D and in the table; only what is new is written."""
        handle = self.panel.handle()
        if self.parameters is None or slicer.mrmlScene.IsBatchProcessing():
            return
        shapes = self._shapes(handle) if handle is not None else []
        known = targetErrors.errorsOf(handle).get(self._row(handle)) if handle is not None and shapes else None
        if handle is not None:
            targetSpread.showSpread(handle, shapes if self.parameters.showTargetBands else (), known)
        errors = {} if known is None else {shape.target.key: errorInWords(shape, known) for shape in shapes}
        lines = [
            (target.name, kindsInWords()[target.kind], errors.get(target.key, ""), target.isTicked)
            for target in self._listed
            if self._isThere(target)
        ]
        if lines == self._shown:
            return
        isOther = [line[:2] for line in lines] != [line[:2] for line in self._shown]
        self._shown = lines
        quietly(self.ui.targetTable, lambda: self._write(lines, isOther))

    def _shapes(self, handle: Handle) -> list[targetShapes.Shape]:
        chosen = [target for target in self._listed if self._isThere(target) and target.isTicked]
        return [targetShapes.shapeOf(handle, target) for target in chosen]

    @staticmethod
    def _isThere(target: Target) -> bool:
        if target.node.GetScene() is None:
            return False
        return not target.segmentId or target.node.GetSegmentation().GetSegment(target.segmentId) is not None

    def _write(self, lines: list[tuple], isOther: bool) -> None:
        table = self.ui.targetTable
        if isOther:
            table.setRowCount(len(lines))
        for row, (name, kind, error, isTicked) in enumerate(lines):
            state = qt.Qt.Checked if isTicked else qt.Qt.Unchecked
            if isOther:
                first = qt.QTableWidgetItem(name)
                first.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsUserCheckable)
                table.setItem(row, 0, first)
                first.setToolTip(kind)
                table.setItem(row, 1, qt.QTableWidgetItem(error))
            table.item(row, 0).setCheckState(state)
            table.item(row, 1).setText(error)
        if isOther:
            table.resizeColumnToContents(0)

    def _hint(self, handle: Handle | None) -> str:
        if not self._listed:
            return _(
                "Place points, a line, a curve or a plane in the CT, or load a model or segmentation: it is listed here."
            )
        if handle is None or not self._posed(handle):
            return _("Register first: a target is drawn on every X-ray that has a pose.")
        if not any(target.isTicked for target in self._listed):
            return _("Tick what is to be drawn on the X-rays.")
        doubts = {known.doubt for known in targetErrors.errorsOf(handle).values()}
        if targetErrors.NOT_TRUSTED in doubts:
            return _(
                "The pose is not trusted: what is drawn may be in the wrong place altogether. The band is of right poses."
            )
        if targetErrors.NOT_ASSESSED in doubts:
            return _("The pose, as it stands, was not assessed: press Assess.")
        return ""

    def _keepErrors(self, handle: Handle | None) -> None:
        """Keep with the scene what this session's verdict says that the poses may be off."""
        outcome = self.panel.result.assessed() if handle is not None else None
        if outcome is None or outcome is self._errorsOf or outcome.result is None:
            return
        from RayEmbRegistrationLib.application.target_errors import drawn_uncertainty, space_uncertainty

        quality, verdict = outcome.registered.quality, sceneView.verdictOf(handle)
        center = outcome.prepared.center_ras
        space = space_uncertainty(quality, center)
        if space is None or verdict is None:
            return
        self._errorsOf = outcome
        views = sorted(int(key) for key in verdict["views"])
        isRig = len(views) > 1 and all(view.camera_from_rig is not None for view in outcome.views)
        targetErrors.keepErrors(handle, views, isRig, space, drawn_uncertainty(quality, center), quality.overlay.trusted)

    @staticmethod
    def _posed(handle: Handle) -> list[int]:
        return [row for row in range(sceneView.viewCount(handle)) if sceneView.poseOf(handle, row) is not None]

    def _row(self, handle: Handle) -> int:
        """The X-ray that errors are told of: the selected one, where it has a pose."""
        posed = self._posed(handle)
        return self.panel.xrays.selected if self.panel.xrays.selected in posed else next(iter(posed), 0)

    # What the user does

    def onTicked(self, item: qt.QTableWidgetItem) -> None:
        """A target is to be drawn, or no longer."""
        row = item.row()
        if item.column() == 0 and row < len(self._listed):
            self._listed[row].tick(item.checkState() == qt.Qt.Checked)
            self.update()

    def onBoneChosen(self, index: int) -> None:
        """The user says which bone a target goes with."""
        target = self._selected()
        if target is not None:
            target.chooseBone(None if index == 0 else self.ui.targetBoneComboBox.itemData(index))
            self.update()

    def _selected(self) -> Target | None:
        row = self.ui.targetTable.currentRow()
        return self._listed[row] if 0 <= row < len(self._listed) else None

    def _showBone(self) -> None:
        """Which bone the selected target goes with, where bones moved apart."""
        handle, target = self.panel.handle(), self._selected()
        labels = sorted(targets.movedBones(handle)) if handle is not None else []
        for widget in (self.ui.targetBoneCaption, self.ui.targetBoneComboBox):
            widget.visible = bool(labels)
        box = self.ui.targetBoneComboBox
        box.enabled = target is not None
        if not labels or target is None:
            return
        found = targetShapes.shapeOf(handle, target).bone if target.chosenBone is None else ""
        names = {str(label): name for label, name in sceneView.boneNames(handle).items()}
        names = {label: names.get(label) or _("bone {label}").format(label=label) for label in labels}
        choices: list[tuple[str, str | None]] = []
        lies = names.get(found, found) or _("none that moved")
        choices += [(_("the bone it lies in ({bone})").format(bone=lies), None)]
        choices += [(_("the CT as a whole"), targets.WHOLE)]
        choices += [(name, label) for label, name in names.items()]
        quietly(box, lambda: self._offer(choices, target.chosenBone))

    def _offer(self, choices: list[tuple[str, str | None]], chosen: str | None) -> None:
        box = self.ui.targetBoneComboBox
        box.clear()
        for text, label in choices:
            box.addItem(text, label)
        box.setCurrentIndex(next((n for n, (_text, label) in enumerate(choices) if label == chosen), 0))

    # The scene

    def _observe(self, handle: Handle | None) -> None:
        wanted = [(node, event, self.onEdited) for node, event in self._followed()]
        for row in self._posed(handle) if handle is not None else ():
            pose = sceneView.nodeOf(handle, f"View{row + 1}.Pose")
            wanted.append((pose, slicer.vtkMRMLTransformNode.TransformModifiedEvent, self.onEdited))
        self._observers.follow(wanted)

    def _followed(self) -> Iterator[tuple[Node, int]]:
        """What is listed is followed by its name, what is ticked by its shape, colour and place too."""
        names, nodes = set(), set()
        for target in self._listed:
            if target.node.GetID() not in names:
                names.add(target.node.GetID())
                yield target.node, vtk.vtkCommand.ModifiedEvent
            if not target.isTicked or target.node.GetID() in nodes:
                continue
            nodes.add(target.node.GetID())
            yield target.node, slicer.vtkMRMLTransformableNode.TransformModifiedEvent
            yield target.node, slicer.vtkMRMLDisplayableNode.DisplayModifiedEvent
            if target.segmentId:
                yield target.node.GetSegmentation(), slicer.vtkSegmentation.SourceRepresentationModified
                yield target.node.GetSegmentation(), slicer.vtkSegmentation.SegmentModified
            elif target.node.IsA("vtkMRMLModelNode"):
                yield target.node, slicer.vtkMRMLModelNode.PolyDataModifiedEvent
            else:
                yield target.node, slicer.vtkMRMLMarkupsNode.PointModifiedEvent
                yield target.node, slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent
                yield target.node, slicer.vtkMRMLMarkupsNode.PointRemovedEvent

    def onEdited(self, caller: object, event: str) -> None:
        """A target or a pose is elsewhere."""
        if event == "ModifiedEvent":
            self._later.start()
            return
        self._soon.start()
        self._told.start()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAdded(self, caller: object, event: str, node: Node) -> None:
        """Something that may be a target came into the scene; it is listed when it is whole."""
        if self.parameters is not None and node.GetClassName() in targets.KINDS:
            self._later.start()

    def nodeRemoved(self, node: Node) -> None:
        """The user deleted a node."""
        if any(target.node is node for target in self._listed):
            self._listed = [target for target in self._listed if target.node is not node]
            self._later.start()

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._listed, self._shown, self._errorsOf, self._wasOpened = [], [], None, False
        targetShapes.forgetSurfaces()
        self.ui.targetTable.setRowCount(0)
        self._observers.follow(())
        for timer in (self._soon, self._later, self._told):
            timer.stop()

    def cleanup(self) -> None:
        """The panel goes."""
        self.parametersReplaced()
