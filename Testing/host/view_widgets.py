"""The widgets of slice, 3D, table and plot views: what the layout manager shows and modules ask for.

A slice or 3D widget shows the picture that its offscreen view draws, and hands the mouse, the wheel and the keys on to it,
so that markups and handles are placed and dragged as in Slicer.
"""

from __future__ import annotations

import functools
import sys

import slicer
import vtk
from PySide6.QtCore import Property, Signal

from . import qt
from .charts import ChartView
from .views import SliceView, ThreeDView

BUTTONS = {qt.Qt.LeftButton.value: "left", qt.Qt.MiddleButton.value: "middle", qt.Qt.RightButton.value: "right"}
KEYS = {"Left": "Left", "Right": "Right", "Up": "Up", "Down": "Down", "Del": "Delete", "Backspace": "BackSpace"}


def recorded(method):
    """Let an exception of an overridden Qt function reach `sys.excepthook`: raised inside Qt it can end the process."""

    @functools.wraps(method)
    def guarded(self, event):
        try:
            return method(self, event)
        except Exception:  # noqa: BLE001 - the hook records it, and the test fails
            sys.excepthook(*sys.exc_info())
            return None

    return guarded


class Canvas(qt.QWidget):
    """A widget that shows an offscreen view; stands for ctkVTKAbstractView."""

    def __init__(self, view, manager) -> None:
        super().__init__()
        self._view, self._manager = view, manager
        self._image, self._pixels, self._enabled = None, None, True
        self._view.onRenderRequested = self.scheduleRender
        self.setMouseTracking(True)
        self.setFocusPolicy(qt.Qt.ClickFocus)
        self.setMinimumSize(60, 60)
        self.setSizePolicy(qt.QSizePolicy.Expanding, qt.QSizePolicy.Expanding)

    # What modules use

    def renderWindow(self):
        return self._view.renderWindow

    def interactor(self):
        return self._view.interactor

    def interactorStyle(self):
        return self._view.style

    def interactorObserver(self):
        return self._view.style

    def cornerAnnotation(self):
        return self._view.cornerAnnotation

    def displayableManagerByClassName(self, className: str):
        return self._view.group.GetDisplayableManagerByClassName(className)

    def scheduleRender(self) -> None:
        self._view.renderRequested = True
        self.update()

    def forceRender(self) -> None:
        self._draw()
        self.repaint()

    # What Qt calls

    def _draw(self) -> None:
        self._pixels = self._view.grab()
        height, width, _ = self._pixels.shape
        self._image = qt.QImage(self._pixels.data, width, height, 3 * width, qt.QImage.Format_RGB888)

    @recorded
    def paintEvent(self, event) -> None:
        if self._image is None or (self._view.renderRequested and not self._manager.paused()):
            self._draw()
        painter = qt.QPainter(self)
        painter.drawImage(0, 0, self._image)
        painter.end()

    @recorded
    def resizeEvent(self, event) -> None:
        self._view.resize(max(1, event.size().width()), max(1, event.size().height()))

    @recorded
    def mouseMoveEvent(self, event) -> None:
        self._view.move(*position(event), modifiers(event))

    @recorded
    def mousePressEvent(self, event) -> None:
        self._view.press(*position(event), BUTTONS[int(event.button())], modifiers(event))

    @recorded
    def mouseReleaseEvent(self, event) -> None:
        self._view.release(*position(event), BUTTONS[int(event.button())], modifiers(event))

    @recorded
    def mouseDoubleClickEvent(self, event) -> None:
        self._view.double_click(*position(event), BUTTONS[int(event.button())], modifiers(event))

    @recorded
    def wheelEvent(self, event) -> None:
        steps = round(event.angleDelta().y() / 120)
        self._view.wheel(*position(event), steps, modifiers(event))

    @recorded
    def keyPressEvent(self, event) -> None:
        name = qt.QKeySequence(event.key()).toString()
        key = event.text() if event.text().isprintable() and event.text() else KEYS.get(name, name)
        self._view.key(key, *self._view.interactor_position(), modifiers(event))

    @recorded
    def enterEvent(self, event) -> None:
        self._view.enter()

    @recorded
    def leaveEvent(self, event) -> None:
        self._view.leave()


def position(event) -> tuple[float, float]:
    point = event.position()
    return point.x(), point.y()


def modifiers(event) -> str:
    pressed = int(event.modifiers().value)
    names = {"shift": qt.Qt.ShiftModifier, "control": qt.Qt.ControlModifier, "alt": qt.Qt.AltModifier}
    return " ".join(name for name, flag in names.items() if pressed & int(flag.value))


class qMRMLSliceView(Canvas):
    def mrmlSliceNode(self):
        return self._view.node

    def sliceViewInteractorStyle(self):
        return self._view.style

    def convertRASToXYZ(self, ras) -> tuple[float, ...]:
        inverse = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(self._view.node.GetXYToRAS(), inverse)
        return tuple(inverse.MultiplyPoint([*ras, 1.0])[:3])

    def convertXYZToRAS(self, xyz) -> tuple[float, ...]:
        return tuple(self._view.node.GetXYToRAS().MultiplyPoint([*xyz, 1.0])[:3])


class qMRMLThreeDView(Canvas):
    def mrmlViewNode(self):
        return self._view.node

    def cameraNode(self):
        return self._view.cameraNode

    def resetFocalPoint(self) -> None:
        """Look at the middle of what is visible, without counting the box and its labels."""
        node = self._view.node
        visible = node.GetBoxVisible(), node.GetAxisLabelsVisible()
        node.SetBoxVisible(False)
        node.SetAxisLabelsVisible(False)
        bounds = vtk.vtkBoundingBox(self._view.renderer.ComputeVisiblePropBounds())
        node.SetBoxVisible(visible[0])
        node.SetAxisLabelsVisible(visible[1])
        if bounds.IsValid():
            center = [0.0, 0.0, 0.0]
            bounds.GetCenter(center)
            self._view.cameraNode.SetFocalPoint(*center)

    def resetCamera(self, resetRotation=True, resetTranslation=True, resetDistance=True) -> None:
        self._view.cameraNode.Reset(resetRotation, resetTranslation, resetDistance, self._view.renderer)


class SliceController(qt.QLabel):
    """The strip above a slice view; stands for qMRMLSliceControllerWidget."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self._offset_shown, self.changed = True, lambda: None

    def _show_offset(self, show: bool) -> None:
        self._offset_shown = bool(show)
        self.changed()

    showSliceOffsetSlider = Property(bool, lambda self: self._offset_shown, _show_offset)


class ViewWidget(qt.QWidget):
    """A strip with the view's label in the view's colour, above what the view shows; stands for qMRMLAbstractViewWidget."""

    def _assemble(self, content, node) -> None:
        self._node = node
        self._strip = self._make_strip()
        self._strip.setObjectName("BarWidget")
        self._strip.setAutoFillBackground(True)
        self._strip.setContentsMargins(6, 0, 6, 0)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._strip)
        layout.addWidget(content, 1)
        node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._update_strip)
        self._update_strip()

    def _update_strip(self, node=None, event=None) -> None:
        node = self._node
        color = qt.QColor.fromRgbF(*node.GetLayoutColor())
        palette = self._strip.palette
        palette.setColor(qt.QPalette.Window, color)
        palette.setColor(qt.QPalette.WindowText, qt.QColor("black" if color.lightnessF() > 0.4 else "white"))
        self._strip.setPalette(palette)
        self._strip.setText(self._label())

    def _make_strip(self):
        return qt.QLabel(self)

    def _label(self) -> str:
        return self._node.GetLayoutLabel() or ""

    def mrmlAbstractViewNode(self):
        return self._node

    def resume(self) -> None:
        """Draw what was held back while drawing was paused."""
        self.update()


class qMRMLSliceWidget(ViewWidget):
    def __init__(self, name: str, host, manager) -> None:
        super().__init__()
        self._view = SliceView(name, (300, 300), host=host)
        self._canvas = qMRMLSliceView(self._view, manager)
        self._assemble(self._canvas, self._view.node)

    def _make_strip(self):
        strip = SliceController(self)
        strip.changed = self._update_strip
        return strip

    def _label(self) -> str:
        if not self._strip.showSliceOffsetSlider:
            return self._node.GetLayoutLabel() or ""
        offset = self._view.logic.GetSliceOffset() if self._node.GetScene() else 0.0
        return f"{self._node.GetLayoutLabel() or ''}    {self._node.GetOrientation()}: {offset:.1f} mm"

    def hostView(self) -> SliceView:
        return self._view

    def sliceView(self):
        return self._canvas

    def sliceLogic(self):
        return self._view.logic

    def mrmlSliceNode(self):
        return self._view.node

    def mrmlSliceCompositeNode(self):
        return self._view.compositeNode

    def sliceController(self):
        return self._strip

    def interactorStyle(self):
        return self._view.style

    def fitSliceToBackground(self) -> None:
        self._view.fit()

    def setSliceOrientation(self, orientation: str) -> None:
        self._view.node.SetOrientation(orientation)

    def resume(self) -> None:
        self._canvas.update()


class qMRMLThreeDWidget(ViewWidget):
    def __init__(self, name: str, host, manager) -> None:
        super().__init__()
        self._view = ThreeDView((300, 300), name, host=host)
        self._canvas = qMRMLThreeDView(self._view, manager)
        self._assemble(self._canvas, self._view.node)

    def hostView(self) -> ThreeDView:
        return self._view

    def threeDView(self):
        return self._canvas

    def threeDController(self):
        return self._strip

    def viewLogic(self):
        return self._view.logic

    def mrmlViewNode(self):
        return self._view.node

    def resume(self) -> None:
        self._canvas.update()


class qMRMLTableWidget(ViewWidget):
    """A table view: shows the table that its view node points to."""

    def __init__(self, name: str, host, manager) -> None:
        super().__init__()
        self._table = qt.QTableWidget()
        self._shown = None
        node = host.scene.GetSingletonNode(name, "vtkMRMLTableViewNode")
        self._assemble(self._table, node)
        node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._refresh)
        node.AddObserver(slicer.vtkMRMLNode.ReferencedNodeModifiedEvent, self._refresh)
        self._refresh()

    def tableView(self):
        return self._table

    def tableController(self):
        return self._strip

    def mrmlTableViewNode(self):
        return self._node

    def _refresh(self, caller=None, event=None) -> None:
        node = self._node.GetTableNode()
        if node is not self._shown:
            if self._shown is not None:
                self._shown.RemoveObserver(self._tag)
            self._shown = node
            self._tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._refresh) if node else None
        rows, columns = (node.GetNumberOfRows(), node.GetNumberOfColumns()) if node else (0, 0)
        self._table.setRowCount(rows)
        self._table.setColumnCount(columns)
        self._table.setHorizontalHeaderLabels([node.GetColumnName(column) or "" for column in range(columns)])
        for row in range(rows):
            for column in range(columns):
                self._table.setItem(row, column, qt.QTableWidgetItem(node.GetCellText(row, column)))
        self._table.resizeColumnsToContents()


class qMRMLPlotView(Canvas):
    """As in Slicer, a click on a point of the chart is told without saying which; the mouse's place is the interactor's."""

    dataSelected = Signal(object, object)

    def __init__(self, view, manager) -> None:
        super().__init__(view, manager)
        view.chart.AddObserver(vtk.vtkCommand.SelectionChangedEvent, self._selected)

    def chart(self):
        return self._view.chart

    def _selected(self, caller, event) -> None:
        names, selections = vtk.vtkStringArray(), vtk.vtkCollection()
        for number, series in enumerate(self._view.series()):
            plot = self._view.chart.GetPlot(number)
            selection = None if plot is None else plot.GetSelection()
            if selection is not None and selection.GetNumberOfValues():
                selections.AddItem(selection)
                names.InsertNextValue(series.GetID())
        self.dataSelected.emit(names, selections)


qt.tableSignals[qMRMLPlotView] = {"dataSelected(vtkStringArray*,vtkCollection*)": "dataSelected"}


class qMRMLPlotWidget(ViewWidget):
    """A plot view: draws the chart that its view node points to."""

    def __init__(self, name: str, host, manager) -> None:
        super().__init__()
        node = host.scene.GetSingletonNode(name, "vtkMRMLPlotViewNode")
        self._chart = ChartView(node)
        self._canvas = qMRMLPlotView(self._chart, manager)
        self._assemble(self._canvas, node)

    def plotView(self):
        return self._canvas

    def plotController(self):
        return self._strip

    def mrmlPlotViewNode(self):
        return self._node

    def resume(self) -> None:
        self._canvas.update()
