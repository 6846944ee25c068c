"""Behaviour of the widgets that list the segments of a segmentation and select among them."""

from __future__ import annotations

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from .observing import Observing
from .tables import behaviour, emit, row, table_class


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
