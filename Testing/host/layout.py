"""The layout manager: Slicer's own layout logic and layout descriptions, laid out with Qt widgets.

`slicer.vtkMRMLLayoutLogic` makes the view nodes that a description names; this file makes a widget for each and arranges
them as the description says.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

import slicer
import vtk
from PySide6.QtCore import Property, Signal

from . import qt
from .view_widgets import qMRMLPlotWidget, qMRMLSliceWidget, qMRMLTableWidget, qMRMLThreeDWidget

WIDGETS = {
    "vtkMRMLSliceNode": qMRMLSliceWidget,
    "vtkMRMLViewNode": qMRMLThreeDWidget,
    "vtkMRMLTableViewNode": qMRMLTableWidget,
    "vtkMRMLPlotViewNode": qMRMLPlotWidget,
}


class qSlicerLayoutManager(qt.QObject):
    """What `slicer.app.layoutManager()` returns."""

    layoutChanged = Signal(int)

    def __init__(self, host, viewport) -> None:
        super().__init__()
        self._host, self._viewport = host, viewport
        self._widgets: dict[tuple[str, str], qt.QWidget] = {}  # (class of the view node, layout name) -> widget
        self._container = None
        self._shown = None
        self._pauses = 0
        self._layoutLogic = slicer.vtkMRMLLayoutLogic()
        self._layoutLogic.SetMRMLApplicationLogic(host.applicationLogic)
        self._layoutLogic.SetMRMLScene(host.scene)
        node = self._layoutLogic.GetLayoutNode()
        node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._on_layout_node_modified)
        node.SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        self._arrange()

    # What modules use ---------------------------------------------------------------------------------------------------

    def layoutLogic(self):
        return self._layoutLogic

    def mrmlScene(self):
        return self._host.scene

    def mrmlSliceLogics(self):
        return self._host.applicationLogic.GetSliceLogics()

    def mrmlViewLogics(self):
        return self._host.applicationLogic.GetViewLogics()

    def _get_layout(self) -> int:
        return self._layoutLogic.GetLayoutNode().GetViewArrangement()

    def setLayout(self, identifier: int) -> None:
        self._layoutLogic.GetLayoutNode().SetViewArrangement(int(identifier))

    layout = Property(int, _get_layout, setLayout)
    threeDViewCount = Property(int, lambda self: len(self._of("vtkMRMLViewNode")))
    tableViewCount = Property(int, lambda self: len(self._of("vtkMRMLTableViewNode")))
    plotViewCount = Property(int, lambda self: len(self._of("vtkMRMLPlotViewNode")))

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(self._of("vtkMRMLSliceNode"))

    def sliceWidget(self, name: str):
        return self._of("vtkMRMLSliceNode").get(name)

    def threeDWidget(self, which):
        return self._nth("vtkMRMLViewNode", which)

    def tableWidget(self, which):
        return self._nth("vtkMRMLTableViewNode", which)

    def plotWidget(self, which):
        return self._nth("vtkMRMLPlotViewNode", which)

    def viewWidget(self, node):
        return next((widget for widget in self._widgets.values() if widget.mrmlAbstractViewNode() is node), None)

    def viewport(self):
        return self._viewport

    def activeMRMLThreeDViewNode(self):
        widget = self.threeDWidget(0)
        return widget.mrmlViewNode() if widget else None

    def resetSliceViews(self) -> None:
        for name in self.sliceViewNames():
            self.sliceWidget(name).fitSliceToBackground()

    def resetThreeDViews(self) -> None:
        for widget in self._of("vtkMRMLViewNode").values():
            widget.threeDView().resetFocalPoint()

    def pauseRender(self) -> None:
        self._pauses += 1

    def resumeRender(self) -> None:
        self._pauses = max(0, self._pauses - 1)
        if not self._pauses:
            for widget in self._widgets.values():
                widget.resume()

    def setRenderPaused(self, pause: bool) -> None:
        self.pauseRender() if pause else self.resumeRender()

    # Making it ------------------------------------------------------------------------------------------------------------

    def paused(self) -> bool:
        """Whether the views wait with drawing; the widgets of the views ask it."""
        return self._pauses > 0

    def _of(self, className: str) -> dict:
        return {name: widget for (nodeClass, name), widget in self._widgets.items() if nodeClass == className}

    def _nth(self, className: str, which):
        widgets = self._of(className)
        if isinstance(which, str):
            return widgets.get(which)
        return list(widgets.values())[which] if 0 <= which < len(widgets) else None

    def _on_layout_node_modified(self, node, event) -> None:
        if not self._host.scene.IsBatchProcessing():
            self._arrange()

    def update(self) -> None:
        """Arrange the views again after a scene was loaded or closed: meanwhile the layout node told nothing."""
        self._arrange()

    def _arrange(self) -> None:
        node = self._layoutLogic.GetLayoutNode()
        identifier = node.GetViewArrangement()
        description = node.GetLayoutDescription(identifier) if identifier else ""
        if not description or (identifier, description) == self._shown:
            return
        self._shown = (identifier, description)
        for widget in self._widgets.values():
            widget.setParent(None)
            widget.hide()
        if self._container is not None:
            self._viewport.layout().removeWidget(self._container)
            self._container.hide()
            self._container.deleteLater()
        self._container = self._made(ET.fromstring(description))  # noqa: S314 - written by the module, not by a stranger
        self._viewport.layout().addWidget(self._container)
        self.layoutChanged.emit(identifier)

    def _made(self, element):
        """Return the widget of a <layout> or <view> element, with everything inside it."""
        if element.tag == "view":
            return self._view(element)
        items = [(item, self._made(item[0])) for item in element if item.tag == "item" and len(item)]
        kind = element.get("type", "horizontal")
        if kind == "tab":
            widget = qt.QTabWidget()
            for item, child in items:
                widget.addTab(child, item.get("name", ""))
            return widget
        if element.get("split") == "true":
            widget = qt.QSplitter(qt.Qt.Vertical if kind == "vertical" else qt.Qt.Horizontal)
            for _, child in items:
                widget.addWidget(child)
                child.show()
            widget.setSizes([int(item.get("splitSize", 500)) for item, _ in items])
            return widget
        widget = qt.QWidget()
        layout = {"vertical": qt.QVBoxLayout, "grid": qt.QGridLayout}.get(kind, qt.QHBoxLayout)(widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for item, child in items:
            if kind == "grid":
                place = [int(item.get(name, default)) for name, default in GRID_PLACE.items()]
                layout.addWidget(child, *place)
            else:
                layout.addWidget(child, 1)
            child.show()
        return widget

    def _view(self, element):
        className, name = element.get("class"), element.get("singletontag")
        if className not in WIDGETS:
            raise NotImplementedError(f"The host has no view for {className}; it knows {', '.join(WIDGETS)}.")
        if (className, name) not in self._widgets:
            self._widgets[className, name] = WIDGETS[className](name, self._host, self)
        return self._widgets[className, name]


GRID_PLACE = {"row": 0, "column": 0, "rowspan": 1, "colspan": 1}
