"""Behaviour of Slicer's widgets that place, list and edit control points."""

from __future__ import annotations

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from .tables import behaviour, emit, row, table_class
from .widgets_mrml import Observing


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


@behaviour
class qMRMLTransformSliders(Observing):
    """Three sliders of a linear transform: its translation in mm, or three rotations in degrees applied as they move."""

    _stored = {"SingleStep": 1.0, "minMaxVisible": True, "CoordinateReference": 0}
    _AXES = ("LR", "PA", "IS")

    def _setup(self) -> None:
        self._node, self._box = None, QtWidgets.QGroupBox("Translation", self)
        self._kind, self._updating, self._angles = 1, False, [0.0] * 3
        row(self, self._box)
        self._labels, self._sliders = [], []
        form = QtWidgets.QFormLayout(self._box)
        for index, axis in enumerate(self._AXES):
            label, slider = QtWidgets.QLabel(axis), table_class("qMRMLSliderWidget")(self)
            slider.minimum, slider.maximum, slider.singleStep = -200.0, 200.0, 1.0
            slider.valueChanged.connect(lambda value, index=index: self._moved(index, value))
            form.addRow(label, slider)
            self._labels.append(label)
            self._sliders.append(slider)
        self.setEnabled(False)

    def _get_TypeOfTransform(self) -> int:
        return self._kind

    def _set_TypeOfTransform(self, kind: int) -> None:
        self._kind = int(kind)
        limit = 200.0 if self._kind else 180.0
        for slider in self._sliders:
            slider.minimum, slider.maximum = -limit, limit

    def _get_Title(self) -> str:
        return self._box.title

    def _set_Title(self, title: str) -> None:
        self._box.setTitle(title)

    def _get_minimum(self) -> float:
        return self._sliders[0].minimum

    def _set_minimum(self, minimum: float) -> None:
        for slider in self._sliders:
            slider.minimum = minimum

    def _get_maximum(self) -> float:
        return self._sliders[0].maximum

    def _set_maximum(self, maximum: float) -> None:
        for slider in self._sliders:
            slider.maximum = maximum

    def setRange(self, minimum: float, maximum: float) -> None:
        self._set_minimum(float(minimum))
        self._set_maximum(float(maximum))
        emit(self, "rangeChanged", minimum, maximum)

    def _get_decimals(self) -> int:
        return self._sliders[0].decimals

    def _set_decimals(self, decimals: int) -> None:
        for slider in self._sliders:
            slider.decimals = decimals

    def mrmlTransformNode(self):
        return self._node

    def setMRMLTransformNode(self, node) -> None:
        self._unobserve()
        self._node, self._angles = node, [0.0] * 3
        self.setEnabled(node is not None and bool(node.IsLinear()))
        if node is not None:
            self._observe(node, slicer.vtkMRMLTransformableNode.TransformModifiedEvent, "_show")
            self._leave_with_scene(node, "setMRMLTransformNode")
        self._show()

    def _show(self, caller=None, argument=None) -> None:
        if self._node is None or self._updating:
            return
        self._updating = True
        matrix = slicer.util.arrayFromTransformMatrix(self._node)
        for index, slider in enumerate(self._sliders):
            slider.value = matrix[index, 3] if self._kind else self._angles[index]
        self._updating = False

    def _moved(self, index: int, value: float) -> None:
        if self._updating or self._node is None:
            return
        import vtk

        matrix = slicer.util.arrayFromTransformMatrix(self._node)
        if self._kind:
            matrix[index, 3] = value
        else:
            turn = vtk.vtkTransform()
            (turn.RotateX, turn.RotateY, turn.RotateZ)[index](value - self._angles[index])
            rotation = slicer.util.arrayFromVTKMatrix(turn.GetMatrix())[:3, :3]
            matrix[:3, :3] = rotation @ matrix[:3, :3]
            self._angles[index] = value
        self._updating = True
        slicer.util.updateTransformMatrixFromArray(self._node, matrix)
        self._updating = False
        emit(self, "valuesChanged")

    def reset(self) -> None:
        self._angles = [0.0] * 3
        for slider in self._sliders:
            slider.value = 0.0


for _axis_index, _axis in enumerate(qMRMLTransformSliders._AXES):
    setattr(qMRMLTransformSliders, f"_get_{_axis}Label", lambda self, i=_axis_index: self._labels[i].text)
    setattr(qMRMLTransformSliders, f"_set_{_axis}Label", lambda self, text, i=_axis_index: self._labels[i].setText(text))


@behaviour
class qMRMLTableView(Observing):
    """A table node's cells."""

    _stored = {"firstColumnLocked": False, "firstRowLocked": False, "transposed": False}

    def _setup(self) -> None:
        self._scene, self._node = None, None
        self.setModel(QtGui.QStandardItemModel(self))

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene) -> None:
        self._scene = scene
        emit(self, "mrmlSceneChanged", scene)

    def mrmlTableNode(self):
        return self._node

    def setMRMLTableNode(self, node) -> None:
        self._unobserve()
        self._node = node
        if node is not None:
            self._observe(node, "ModifiedEvent", "_show")
            self._leave_with_scene(node, "setMRMLTableNode")
        self._show()

    def _show(self, caller=None, argument=None) -> None:
        model = self.model()
        model.clear()
        if self._node is None:
            return
        columns = range(self._node.GetNumberOfColumns())
        model.setHorizontalHeaderLabels([self._node.GetColumnName(c) or "" for c in columns])
        for r in range(self._node.GetNumberOfRows()):
            model.appendRow([QtGui.QStandardItem(self._node.GetCellText(r, c)) for c in columns])


@behaviour
class qMRMLSegmentsTableView(Observing):
    """The segments of a segmentation, to be looked at and selected."""

    _stored = {
        "colorColumnVisible": True,
        "filterBarVisible": False,
        "headerVisible": True,
        "jumpToSelectedSegmentEnabled": False,
        "layerColumnVisible": False,
        "opacityColumnVisible": True,
        "readOnly": False,
        "selectionMode": 3,
        "statusColumnVisible": False,
        "visibilityColumnVisible": True,
    }

    def _setup(self) -> None:
        self._node = None
        self._table = QtWidgets.QTableWidget(0, 1, self)
        self._table.setHorizontalHeaderLabels(["Name"])
        self._table.horizontalHeader().setStretchLastSection(True)
        self._table.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        row(self, self._table)
        self._table.selectionModel().selectionChanged.connect(lambda on, off: emit(self, "selectionChanged", on, off))

    def _set_selectionMode(self, mode: int) -> None:
        self._table.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode(mode))

    def _set_headerVisible(self, visible: bool) -> None:
        self._table.horizontalHeader().setVisible(visible)

    def segmentationNode(self):
        return self._node

    def setSegmentationNode(self, node) -> None:
        self._unobserve()
        self._node = node
        if node is not None:
            for event in (slicer.vtkSegmentation.SegmentAdded, slicer.vtkSegmentation.SegmentRemoved):
                self._observe(node.GetSegmentation(), event, "_show")
            self._observe(node.GetSegmentation(), slicer.vtkSegmentation.SegmentModified, "_show")
            self._leave_with_scene(node, "setSegmentationNode")
        self._show()

    def _ids(self) -> tuple:
        return tuple(self._node.GetSegmentation().GetSegmentIDs()) if self._node is not None else ()

    def _show(self, caller=None, argument=None) -> None:
        selected, ids = self.selectedSegmentIDs(), self._ids()
        self._table.setRowCount(len(ids))
        for index, segmentID in enumerate(ids):
            segment = self._node.GetSegmentation().GetSegment(segmentID)
            item = QtWidgets.QTableWidgetItem(segment.GetName())
            item.setData(QtCore.Qt.ItemDataRole.UserRole, segmentID)
            item.setForeground(QtGui.QColor.fromRgbF(*segment.GetColor()))
            self._table.setItem(index, 0, item)
        self.setSelectedSegmentIDs(selected)

    def _get_segmentCount(self) -> int:
        return self._table.rowCount

    def displayedSegmentIDs(self) -> tuple:
        return self._ids()

    def segmentIDForRow(self, index: int) -> str:
        return self._table.item(index, 0).data(QtCore.Qt.ItemDataRole.UserRole)

    def rowForSegmentID(self, segmentID: str) -> int:
        return self._ids().index(segmentID) if segmentID in self._ids() else -1

    def selectedSegmentIDs(self) -> tuple:
        rows = sorted(index.row() for index in self._table.selectionModel().selectedRows())
        return tuple(self.segmentIDForRow(index) for index in rows if self._table.item(index, 0) is not None)

    def setSelectedSegmentIDs(self, segmentIDs) -> None:
        ids, model = self._ids(), self._table.selectionModel()
        selection = QtCore.QItemSelection()
        for segmentID in segmentIDs:
            if segmentID in ids:
                index = self._table.model().index(ids.index(segmentID), 0)
                selection.select(index, index)
        model.select(selection, QtCore.QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def clearSelection(self) -> None:
        self.setSelectedSegmentIDs(())

    def clearSelectedSegments(self) -> None:
        self.setSelectedSegmentIDs(())

    def tableWidget(self):
        return self._table


@behaviour
class qMRMLSegmentSelectorWidget(Observing):
    """A segmentation, and one or more of its segments."""

    _stored = {"editEnabled": False, "horizontalLayout": False, "selectNodeUponCreation": True}
    _stored |= {"multiSelection": False, "noneEnabled": False, "segmentationNodeSelectorVisible": True}

    def _setup(self) -> None:
        self._selector = table_class("qMRMLNodeComboBox")(self)
        self._selector.nodeTypes = ["vtkMRMLSegmentationNode"]
        self._selector.addEnabled = self._selector.removeEnabled = False
        self._list, self._blocked = QtWidgets.QListWidget(self), False
        row(self, self._selector, self._list, vertical=True)
        self._list.setMaximumHeight(120)
        self._selector.connect("currentNodeChanged(vtkMRMLNode*)", self.onCurrentNodeChanged)
        self._list.itemSelectionChanged.connect(self._chosen)
        self.mrmlSceneChanged.connect(self._selector.setMRMLScene)

    def _set_noneEnabled(self, enabled: bool) -> None:
        self._selector.noneEnabled = enabled

    def _set_segmentationNodeSelectorVisible(self, visible: bool) -> None:
        self._selector.setVisible(visible)

    def _set_multiSelection(self, multi: bool) -> None:
        modes = QtWidgets.QAbstractItemView.SelectionMode
        self._list.setSelectionMode(modes.MultiSelection if multi else modes.SingleSelection)

    def currentNode(self):
        return self._selector.currentNode()

    def currentNodeID(self) -> str:
        return self._selector.currentNodeID

    def setCurrentNode(self, node) -> None:
        self._selector.setCurrentNode(node)

    def setCurrentNodeID(self, nodeID: str) -> None:
        self._selector.setCurrentNodeID(nodeID)

    def onCurrentNodeChanged(self, node) -> None:
        self._unobserve()
        if node is not None:
            for event in (slicer.vtkSegmentation.SegmentAdded, slicer.vtkSegmentation.SegmentRemoved):
                self._observe(node.GetSegmentation(), event, "_fill")
            self._observe(node.GetSegmentation(), slicer.vtkSegmentation.SegmentModified, "_fill")
        self._fill()
        emit(self, "currentNodeChanged", node)

    def _fill(self, caller=None, argument=None) -> None:
        chosen, self._blocked = self.selectedSegmentIDs(), True
        self._list.clear()
        for segmentID in self.segmentIDs():
            item = QtWidgets.QListWidgetItem(
                self.currentNode().GetSegmentation().GetSegment(segmentID).GetName(), self._list
            )
            item.setData(QtCore.Qt.ItemDataRole.UserRole, segmentID)
            item.setSelected(segmentID in chosen)
        self._blocked = False
        if self.selectedSegmentIDs() != chosen:
            self._chosen()

    def _chosen(self) -> None:
        if not self._blocked:
            emit(self, "segmentSelectionChanged", self.selectedSegmentIDs())
            emit(self, "currentSegmentChanged", self.currentSegmentID())

    def segmentIDs(self) -> tuple:
        node = self.currentNode()
        return tuple(node.GetSegmentation().GetSegmentIDs()) if node is not None else ()

    def selectedSegmentIDs(self) -> tuple:
        items = [self._list.item(index) for index in range(self._list.count)]
        return tuple(item.data(QtCore.Qt.ItemDataRole.UserRole) for item in items if item.isSelected())

    def setSelectedSegmentIDs(self, segmentIDs) -> None:
        self._blocked = True
        for index in range(self._list.count):
            item = self._list.item(index)
            item.setSelected(item.data(QtCore.Qt.ItemDataRole.UserRole) in segmentIDs)
        self._blocked = False
        self._chosen()

    def currentSegmentID(self) -> str:
        return (self.selectedSegmentIDs() or ("",))[0]

    def setCurrentSegmentID(self, segmentID: str) -> None:
        self.setSelectedSegmentIDs((segmentID,))
