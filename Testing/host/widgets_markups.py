"""Behaviour of Slicer's widgets that place, list and edit control points."""

from __future__ import annotations

from PySide6 import QtGui, QtWidgets

from .observing import Observing
from .tables import behaviour, emit, row, table_class


@behaviour
class qSlicerMarkupsPlaceWidget(Observing):
    """Buttons that put the views into place mode for one node, and that delete its points."""

    _stored = {
        "buttonsVisible": True,
        "defaultNodeColor": QtGui.QColor(),
        "deleteAllControlPointsOptionVisible": True,
        "placeModePersistency": False,
        "placeMultipleMarkups": 0,
        "unsetAllControlPointsOptionVisible": False,
        "unsetLastControlPointOptionVisible": False,
    }

    def _setup(self) -> None:
        self._node, self._placing = None, False
        self._place, self._delete = QtWidgets.QToolButton(self), QtWidgets.QToolButton(self)
        self._place.setText("Place")
        self._place.setCheckable(True)
        self._delete.setText("Delete")
        row(self, self._place, self._delete)
        self._place.toggled.connect(self._set_placeModeEnabled)
        self._delete.clicked.connect(self.deleteLastPoint)
        self.mrmlSceneChanged.connect(self._take_scene)

    def _set_buttonsVisible(self, visible: bool) -> None:
        self._place.setVisible(visible)
        self._delete.setVisible(visible)

    def _take_scene(self, scene) -> None:
        self._unobserve()
        if scene is not None:
            for node in (self.selectionNode(), self.interactionNode()):
                if node is not None:
                    self._observe(node, "ModifiedEvent", "_update")
        self._update()

    def selectionNode(self):
        return self._scene.GetNodeByID("vtkMRMLSelectionNodeSingleton") if self._scene is not None else None

    def interactionNode(self):
        return self._scene.GetNodeByID("vtkMRMLInteractionNodeSingleton") if self._scene is not None else None

    def setCurrentNode(self, node) -> None:
        if node is not self._node:
            self._set_placeModeEnabled(False)
        self._node = node
        self._update()

    def currentNode(self):
        return self._node

    def currentMarkupsNode(self):
        return self._node

    def placeButton(self):
        return self._place

    def deleteButton(self):
        return self._delete

    def _get_currentNodeActive(self) -> bool:
        selection = self.selectionNode()
        return selection is not None and self._node is not None and selection.GetActivePlaceNodeID() == self._node.GetID()

    def _set_currentNodeActive(self, active: bool) -> None:
        selection = self.selectionNode()
        if selection is None or self._node is None or active == self._get_currentNodeActive():
            return
        if active:
            selection.SetReferenceActivePlaceNodeClassName(self._node.GetClassName())
            selection.SetActivePlaceNodeID(self._node.GetID())
        else:
            selection.SetActivePlaceNodeID(None)

    def _get_placeModeEnabled(self) -> bool:
        interaction = self.interactionNode()
        placing = interaction is not None and interaction.GetCurrentInteractionMode() == interaction.Place
        return placing and self._get_currentNodeActive()

    def _set_placeModeEnabled(self, enabled: bool) -> None:
        interaction = self.interactionNode()
        if interaction is None or self._node is None or enabled == self._get_placeModeEnabled():
            return
        if enabled:
            self._set_currentNodeActive(True)
            interaction.SetPlaceModePersistence(self._kept["placeModePersistency"])
            interaction.SetCurrentInteractionMode(interaction.Place)
        else:
            interaction.SetCurrentInteractionMode(interaction.ViewTransform)
        self._update()

    def _update(self, caller=None, argument=None) -> None:
        placing = self._get_placeModeEnabled()
        blocked = self._place.blockSignals(True)
        self._place.setChecked(placing)
        self._place.blockSignals(blocked)
        self._place.setEnabled(self._node is not None)
        self._delete.setEnabled(self._node is not None and self._node.GetNumberOfControlPoints() > 0)
        if placing != self._placing:
            self._placing = placing
            emit(self, "activeMarkupsPlaceModeChanged", placing)
            emit(self, "activeMarkupsFiducialPlaceModeChanged", placing)

    def deleteLastPoint(self) -> None:
        if self._node is not None and self._node.GetNumberOfControlPoints():
            self._node.RemoveNthControlPoint(self._node.GetNumberOfControlPoints() - 1)
            self._update()

    def deleteAllPoints(self) -> None:
        if self._node is not None:
            self._node.RemoveAllControlPoints()
            self._update()

    def unsetAllPoints(self) -> None:
        if self._node is not None:
            self._node.UnsetAllControlPoints()

    def unsetLastDefinedPoint(self) -> None:
        for index in reversed(range(self._node.GetNumberOfControlPoints() if self._node is not None else 0)):
            if self._node.GetNthControlPointPositionStatus(index) == self._node.PositionDefined:
                self._node.UnsetNthControlPointPosition(index)
                return

    def _get_nodeColor(self):
        display = self._node.GetDisplayNode() if self._node is not None else None
        return QtGui.QColor.fromRgbF(*display.GetSelectedColor()) if display is not None else QtGui.QColor()

    def _set_nodeColor(self, color) -> None:
        if self._node is not None:
            self._node.CreateDefaultDisplayNodes()
            self._node.GetDisplayNode().SetSelectedColor(color.redF(), color.greenF(), color.blueF())


@behaviour
class qSlicerSimpleMarkupsWidget(Observing):
    """A node selector, the buttons that place points, and a table of the points to edit."""

    _stored = {
        "defaultNodeColor": QtGui.QColor(),
        "enterPlaceModeOnNodeChange": True,
        "jumpToSliceEnabled": False,
        "nodeSelectorVisible": True,
        "optionsVisible": True,
        "viewGroup": -1,
    }
    _COLUMNS = ("Label", "R", "A", "S")

    def _setup(self) -> None:
        self._node = None
        self._selector = table_class("qMRMLNodeComboBox")(self)
        self._selector.nodeTypes = ["vtkMRMLMarkupsFiducialNode"]
        self._selector.renameEnabled = True
        self._place = table_class("qSlicerMarkupsPlaceWidget")(self)
        self._table = QtWidgets.QTableWidget(0, len(self._COLUMNS), self)
        self._table.setHorizontalHeaderLabels(self._COLUMNS)
        self._table.horizontalHeader().setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.Stretch)
        self._table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        layout = row(self, self._table, vertical=True)
        tools = QtWidgets.QHBoxLayout()
        tools.addWidget(self._selector)
        tools.addWidget(self._place)
        layout.insertLayout(0, tools)
        self._selector.connect("currentNodeChanged(vtkMRMLNode*)", self._node_chosen)
        self._table.cellChanged.connect(self._edited)
        self._table.currentCellChanged.connect(lambda r, *_: emit(self, "currentMarkupsControlPointSelectionChanged", r))
        self._place.activeMarkupsPlaceModeChanged.connect(lambda on: emit(self, "activeMarkupsPlaceModeChanged", on))
        self.mrmlSceneChanged.connect(self._take_scene)

    def _take_scene(self, scene) -> None:
        self._place.setMRMLScene(scene)
        self._selector.setMRMLScene(scene)

    def _set_nodeSelectorVisible(self, visible: bool) -> None:
        self._selector.setVisible(visible)

    def _set_optionsVisible(self, visible: bool) -> None:
        self._place.setVisible(visible)

    def setCurrentNode(self, node) -> None:
        if self._kept["nodeSelectorVisible"] or node is None or node.IsA("vtkMRMLMarkupsFiducialNode"):
            self._selector.setCurrentNode(node)
        else:
            self._node_chosen(node)

    def _node_chosen(self, node) -> None:
        placing = self._place.placeModeEnabled
        self._unobserve()
        self._node = node
        self._place.setCurrentNode(node)
        if node is not None:
            for event in (node.PointAddedEvent, node.PointRemovedEvent, node.PointModifiedEvent, "ModifiedEvent"):
                self._observe(node, event, "_refresh")
            if self._kept["enterPlaceModeOnNodeChange"] and placing:
                self._place.placeModeEnabled = True
        self._refresh()
        emit(self, "markupsNodeChanged")
        emit(self, "markupsFiducialNodeChanged")

    def currentNode(self):
        return self._node

    def getCurrentNode(self):
        return self._node

    def tableWidget(self):
        return self._table

    def markupsPlaceWidget(self):
        return self._place

    def markupsSelectorComboBox(self):
        return self._selector

    def interactionNode(self):
        return self._place.interactionNode()

    def activate(self) -> None:
        self._place.currentNodeActive = True

    def placeActive(self, place: bool) -> None:
        self._place.placeModeEnabled = bool(place)

    def highlightNthControlPoint(self, n: int) -> None:
        self._table.setCurrentCell(n, 0)

    def setNodeBaseName(self, name: str) -> None:
        self._selector.baseName = name

    def _get_nodeColor(self):
        return self._place.nodeColor

    def _set_nodeColor(self, color) -> None:
        self._place.nodeColor = color

    def _refresh(self, caller=None, argument=None) -> None:
        blocked = self._table.blockSignals(True)
        count = self._node.GetNumberOfControlPoints() if self._node is not None else 0
        self._table.setRowCount(count)
        for index in range(count):
            point = self._node.GetNthControlPointPosition(index)
            defined = self._node.GetNthControlPointPositionStatus(index) == self._node.PositionDefined
            texts = [self._node.GetNthControlPointLabel(index), *(f"{x:.3f}" if defined else "" for x in point)]
            for column, text in enumerate(texts):
                self._table.setItem(index, column, QtWidgets.QTableWidgetItem(text))
        self._table.blockSignals(blocked)
        self._place._update()
        emit(self, "updateFinished")

    def _edited(self, index: int, column: int) -> None:
        text = self._table.item(index, column).text()
        if column == 0:
            self._node.SetNthControlPointLabel(index, text)
            return
        position = list(self._node.GetNthControlPointPosition(index))
        try:
            position[column - 1] = float(text)
        except ValueError:
            self._refresh()
            return
        self._node.SetNthControlPointPosition(index, position)
