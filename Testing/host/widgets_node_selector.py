"""Behaviour of the selectors of MRML nodes."""

from __future__ import annotations

import slicer
import slicer.util
import vtk
from PySide6 import QtCore, QtWidgets

from .observing import Observing
from .qt import QInputDialog
from .tables import behaviour, emit, row, table_class


@behaviour
class qMRMLNodeComboBox(Observing):
    """A list of the scene's nodes of some classes, with entries that create, rename and delete one.

    As in Slicer it starts with nothing selected, and selects no node by itself that is added later; when the selected node
    is removed it goes on to the next one.
    """

    _stored = {
        "baseName": "",
        "hideChildNodeTypes": [],
        "interactionNodeSingletonTag": "",
        "selectNodeUponCreation": True,
        "sizeAdjustPolicy": 0,
        "addEnabled": True,
        "editEnabled": False,
        "noneDisplay": "None",
        "noneEnabled": False,
        "nodeTypes": [],
        "removeEnabled": True,
        "renameEnabled": False,
        "showChildNodeTypes": True,
        "showHidden": False,
    }

    def _setup(self) -> None:
        self._scene, self._nodes, self._current, self._requested = None, [], None, None
        self._attributes, self._labels, self._actions = {}, {}, []
        self._box = table_class("ctkComboBox")(self)
        row(self, self._box)
        self._box.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self._box.activated.connect(self._activated)
        self.setEnabled(False)

    # The scene

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene) -> None:
        if scene is self._scene:
            return
        wanted = self._current if self._current is not None else self._requested
        self._unobserve()
        self._scene, self._requested = scene, None
        if scene is not None:
            events = slicer.vtkMRMLScene
            for event in (events.NodeAddedEvent, events.NodeRemovedEvent):
                self._observe(scene, event, "_nodes_changed")
            for event in (events.EndBatchProcessEvent, events.EndCloseEvent, events.EndImportEvent):
                self._observe(scene, event, "_nodes_changed")
        self.setEnabled(scene is not None)
        self._refresh()
        if isinstance(wanted, str):
            wanted = scene.GetNodeByID(wanted) if scene is not None else None
        self._select(wanted if wanted in self._nodes else None)

    def _nodes_changed(self, scene, node) -> None:
        if not scene.IsBatchProcessing() and (node is None or node in self._nodes or self._accepts(node)):
            self._refresh()

    def _accepts(self, node) -> bool:
        types = self._kept["nodeTypes"]
        matching = [name for name in types if node.IsA(name)]
        if (types and not matching) or (node.GetHideFromEditors() and not self._kept["showHidden"]):
            return False
        if not self._kept["showChildNodeTypes"] and types and node.GetClassName() not in types:
            return False
        if any(node.IsA(name) for name in self._kept["hideChildNodeTypes"]):
            return False
        wanted = [(a, v) for (name, a), v in self._attributes.items() if name in matching]
        return all(node.GetAttribute(a) is not None and v in (None, node.GetAttribute(a)) for a, v in wanted)

    def _refresh(self) -> None:
        """Read the scene's nodes anew; if the selected one is gone, select the next one."""
        place = self._nodes.index(self._current) if self._current in self._nodes else -1
        before, self._nodes = self._nodes, [node for node in self._every() if self._accepts(node)]
        for node in self._nodes:
            if node not in before:
                self._observe(node, vtk.vtkCommand.ModifiedEvent, "_renamed")
                emit(self, "nodeAdded", node)
        for node in before:
            if node not in self._nodes:
                self._unobserve(node)
                emit(self, "nodeAboutToBeRemoved", node)
        self._draw()
        if self._current is not None and self._current not in self._nodes:
            self._select(self._nodes[min(place, len(self._nodes) - 1)] if self._nodes else None)

    def _every(self) -> list:
        """The scene's nodes, those alone of the only class where there is one."""
        scene, types = self._scene, self._kept["nodeTypes"]
        if scene is None:
            return []
        if len(types) == 1:
            return slicer.util.getNodesByClass(types[0], scene)
        return [scene.GetNthNode(i) for i in range(scene.GetNumberOfNodes())]

    def _renamed(self, node, argument) -> None:
        if self._accepts(node) != (node in self._nodes):
            self._refresh()
        elif node in self._nodes:
            self._box.setItemText(self._nodes.index(node) + self._kept["noneEnabled"], node.GetName() or "")

    # What is shown

    def _commands(self) -> list[tuple[str, object]]:
        kept, commands = self._kept, []
        types = kept["nodeTypes"]
        label = self.nodeTypeLabel(types[0] if len(types) == 1 else "")
        if kept["renameEnabled"]:
            commands.append((f"Rename current {label}", self.renameCurrentNode))
        if kept["editEnabled"]:
            commands.append((f"Edit current {label}", self.editCurrentNode))
        if kept["addEnabled"]:
            for name in types:
                commands.append((f"Create new {self.nodeTypeLabel(name)}", lambda name=name: self._addByUser(name)))
        if kept["removeEnabled"]:
            commands.append((f"Delete current {label}", self.removeCurrentNode))
        return commands + [(action.text, action.trigger) for action in self._actions]

    def _draw(self) -> None:
        blocked = self._box.blockSignals(True)
        self._box.clear()
        if self._kept["noneEnabled"]:
            self._box.addItem(self._kept["noneDisplay"])
        for node in self._nodes:
            self._box.addItem(node.GetName() or "")
        commands = self._commands() if self._scene is not None else []
        if commands:
            self._box.insertSeparator(self._box.count)
        for text, _ in commands:
            self._box.addItem(text)
        types = self._kept["nodeTypes"]
        self._box.setPlaceholderText(f"Select a {self.nodeTypeLabel(types[0] if types else '')}")
        self._point()
        self._box.blockSignals(blocked)

    def _point(self) -> None:
        first = int(self._kept["noneEnabled"])
        nothing = 0 if first else -1
        self._box.setCurrentIndex(self._nodes.index(self._current) + first if self._current in self._nodes else nothing)

    def _activated(self, index: int) -> None:
        first = int(self._kept["noneEnabled"])
        if index < first + len(self._nodes):
            node = self._nodes[index - first] if index >= first else None
            self._select(node)
            emit(self, "nodeActivated", node)
            return
        self._point()
        self._commands()[index - first - len(self._nodes) - 1][1]()

    def _select(self, node) -> None:
        changed, self._current = node is not self._current, node
        blocked = self._box.blockSignals(True)
        self._point()
        self._box.blockSignals(blocked)
        if changed:
            emit(self, "currentNodeChanged", node)
            emit(self, "currentNodeIDChanged", "" if node is None else node.GetID())

    def _redraw(self, value) -> None:
        self._refresh()

    _set_addEnabled = _set_editEnabled = _set_noneDisplay = _set_noneEnabled = _set_nodeTypes = _redraw
    _set_removeEnabled = _set_renameEnabled = _set_showChildNodeTypes = _set_showHidden = _set_hideChildNodeTypes = _redraw

    # The current node

    def currentNode(self):
        return self._current

    def _get_currentNodeID(self) -> str:
        return "" if self._current is None else self._current.GetID()

    def _set_currentNodeID(self, nodeID: str) -> None:
        self.setCurrentNodeID(nodeID)

    def setCurrentNode(self, node) -> None:
        if isinstance(node, str):
            self.setCurrentNodeID(node)
            return
        if node is not None and not isinstance(node, slicer.vtkMRMLNode):
            raise TypeError(f"setCurrentNode: {node!r} is no MRML node.")
        if self._scene is None:
            self._requested = node
            return
        self._select(node if node in self._nodes else None)

    def setCurrentNodeID(self, nodeID: str) -> None:
        if self._scene is None:
            self._requested = nodeID
            return
        self.setCurrentNode(self._scene.GetNodeByID(nodeID) if nodeID else None)

    def setCurrentNodeIndex(self, index: int) -> None:
        self._select(self._nodes[index] if 0 <= index < len(self._nodes) else None)

    def nodeCount(self) -> int:
        return len(self._nodes)

    def nodeFromIndex(self, index: int):
        return self._nodes[index] if 0 <= index < len(self._nodes) else None

    # What the user can do

    def addNode(self, nodeType: str | None = None):
        types = self._kept["nodeTypes"]
        nodeType = nodeType or (types[0] if types else None)
        if self._scene is None or nodeType not in types:
            return None
        node = self._scene.CreateNodeByClass(nodeType)
        node.UnRegister(None)
        node.SetName(self._scene.GenerateUniqueName(self._kept["baseName"] or node.GetNodeTagName()))
        for (name, attribute), value in self._attributes.items():
            if name == nodeType:
                node.SetAttribute(attribute, "" if value is None else value)
        node = self._scene.AddNode(node)
        if self._kept["selectNodeUponCreation"]:
            self.setCurrentNode(node)
        emit(self, "nodeAddedByUser", node)
        return node

    def _addByUser(self, nodeType: str) -> None:
        self.setCurrentNode(self.addNode(nodeType))

    def removeCurrentNode(self) -> None:
        if self._current is not None:
            self._scene.RemoveNode(self._current)

    def editCurrentNode(self) -> None:
        emit(self, "nodeAboutToBeEdited", self._current)

    def renameCurrentNode(self) -> None:
        if self._current is None:
            return
        name = QInputDialog.getText(
            self, "Rename", "New name:", QtWidgets.QLineEdit.EchoMode.Normal, self._current.GetName()
        )
        if name:
            self._current.SetName(name)
            emit(self, "currentNodeRenamed", name)

    def addAttribute(self, nodeType: str, attribute: str, value=None) -> None:
        self._attributes[nodeType, attribute] = value
        self._refresh()

    def removeAttribute(self, nodeType: str, attribute: str) -> None:
        self._attributes.pop((nodeType, attribute), None)
        self._refresh()

    def addMenuAction(self, action) -> None:
        self._actions.append(action)
        self._draw()

    def nodeTypeLabel(self, nodeType: str) -> str:
        if nodeType in self._labels:
            return self._labels[nodeType]
        return (
            self._scene.GetTypeDisplayNameByClassName(nodeType) if self._scene is not None and nodeType else ""
        ) or "node"

    def setNodeTypeLabel(self, label: str, nodeType: str) -> None:
        self._labels[nodeType] = label
        self._draw()


@behaviour
class qMRMLColorTableComboBox:
    def _setup(self) -> None:
        self.nodeTypes = ["vtkMRMLColorNode"]
        self.addEnabled = self.removeEnabled = False


@behaviour
class qMRMLCheckableNodeComboBox:
    """A node selector with a check mark at each node."""

    def _setup(self) -> None:
        self._checked = []
        self._box.setMinimumContentsLength(12)

    def checkedNodes(self) -> tuple:
        return tuple(node for node in self._nodes if node in self._checked)

    def uncheckedNodes(self) -> tuple:
        return tuple(node for node in self._nodes if node not in self._checked)

    def allChecked(self) -> bool:
        return not self.uncheckedNodes()

    def noneChecked(self) -> bool:
        return not self.checkedNodes()

    def checkState(self, node):
        return QtCore.Qt.CheckState.Checked if node in self._checked else QtCore.Qt.CheckState.Unchecked

    def setCheckState(self, node, state) -> None:
        checked = QtCore.Qt.CheckState(state) == QtCore.Qt.CheckState.Checked
        if checked == (node in self._checked):
            return
        (self._checked.append if checked else self._checked.remove)(node)
        self._box.setToolTip(", ".join(n.GetName() for n in self.checkedNodes()))
        emit(self, "checkedNodesChanged")

    def check(self, node) -> None:
        self.setCheckState(node, QtCore.Qt.CheckState.Checked)

    def uncheck(self, node) -> None:
        self.setCheckState(node, QtCore.Qt.CheckState.Unchecked)
