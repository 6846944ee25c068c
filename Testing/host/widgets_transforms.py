"""Behaviour of the widgets that show the numbers of a transform and of a table."""

from __future__ import annotations

import slicer
import slicer.util
import vtk
from PySide6 import QtGui, QtWidgets

from .observing import Observing
from .tables import behaviour, emit, row, table_class


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
