"""Which widget can show a parameter of which type, and how it is read and written. Widgets match by their exact class."""

from __future__ import annotations

import enum
import pathlib
import typing

import ctk
import qt
import slicer

from .annotations import (
    Choice,
    Decimals,
    Default,
    Maximum,
    Minimum,
    RangeBounds,
    SingleStep,
    WithinRange,
    first,
    splitAnnotations,
    unannotatedType,
)
from .pack import FloatRange

_registered: list[type] = []


class GuiConnector:
    """Base: `signal` names the widget's signal; `read` and `write` default to its property `prop`."""

    signal, prop = "", ""

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        raise NotImplementedError

    @classmethod
    def create(cls, widget, datatype):
        return cls(widget, datatype) if cls.canRepresent(widget, datatype) else None

    def __init__(self, widget, datatype=None) -> None:
        self._widget, self._callback = widget, None
        self._type, self._annotations = splitAnnotations(datatype)
        self.prepare()

    def prepare(self) -> None:
        """Give the widget the range or the items that the annotations ask for."""

    def onChanged(self, callback) -> None:
        """Call `callback` when the user changes the widget; None ends it."""
        before, self._callback = self._callback, callback
        if self.signal and callback is not None and before is None:
            getattr(self._widget, self.signal).connect(self.changed)
        elif self.signal and callback is None and before is not None:
            getattr(self._widget, self.signal).disconnect(self.changed)

    def changed(self) -> None:
        if self._callback is not None:
            self._callback()

    def widget(self):
        return self._widget

    def read(self):
        return getattr(self._widget, self.prop)

    def write(self, value) -> None:
        setattr(self._widget, self.prop, value)


def parameterNodeGuiConnector(cls: type | None = None):
    """Class decorator: register a connector."""
    if cls is None:
        return parameterNodeGuiConnector
    _registered.append(cls)
    return cls


def createGuiConnector(widget, datatype) -> GuiConnector:
    """Return a connector for the pair; RuntimeError where there is none."""
    for cls in _registered:
        if cls.canRepresent(widget, datatype):
            return cls.create(widget, datatype)
    raise RuntimeError(f"Unable to create GUI connector from datatype '{datatype}' to widget type '{type(widget)}'.")


def _isEnum(datatype) -> bool:
    kind = unannotatedType(datatype)
    return isinstance(kind, type) and issubclass(kind, enum.Enum)


def _nodeClasses(datatype) -> list[type]:
    """Return the node classes of a node type or of an Optional or Union of them; empty for any other type."""
    kind = unannotatedType(datatype)
    parts = typing.get_args(kind) if typing.get_origin(kind) is typing.Union else (kind,)
    classes = [unannotatedType(part) for part in parts if unannotatedType(part) is not type(None)]
    return classes if all(isinstance(c, type) and issubclass(c, slicer.vtkMRMLNode) for c in classes) else []


@parameterNodeGuiConnector
class BoolConnector(GuiConnector):
    signal, prop = "toggled", "checked"

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        classes = (qt.QCheckBox, ctk.ctkCheckBox, qt.QPushButton, ctk.ctkCheckablePushButton)
        return unannotatedType(datatype) is bool and type(widget) in classes

    def prepare(self) -> None:
        self._widget.checkable = True


class _NumberConnector(GuiConnector):
    signal, prop = "valueChanged", "value"
    lowest, highest = float("-inf"), float("inf")
    mustBeBounded: tuple[type, ...] = ()

    def prepare(self) -> None:
        limits = first(self._annotations, WithinRange)
        minimum = limits or first(self._annotations, Minimum)
        maximum = limits or first(self._annotations, Maximum)
        if type(self._widget) in self.mustBeBounded and (minimum is None or maximum is None):
            raise RuntimeError(f"Cannot have a connection to {type(self._widget).__name__} where the type is unbounded.")
        step = first(self._annotations, SingleStep)
        if step is not None:
            self._widget.singleStep = step.value
        self._widget.minimum = self.lowest if minimum is None else minimum.minimum
        self._widget.maximum = self.highest if maximum is None else maximum.maximum


@parameterNodeGuiConnector
class IntConnector(_NumberConnector):
    lowest, highest = -(2**31), 2**31 - 1
    mustBeBounded = (qt.QSlider,)

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        return unannotatedType(datatype) is int and type(widget) in (qt.QSlider, qt.QSpinBox)


@parameterNodeGuiConnector
class FloatConnector(_NumberConnector):
    mustBeBounded = (ctk.ctkSliderWidget, slicer.qMRMLSliderWidget)

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        classes = (qt.QDoubleSpinBox, ctk.ctkSliderWidget, slicer.qMRMLSliderWidget, ctk.ctkDoubleSlider)
        classes += (ctk.ctkDoubleSpinBox, slicer.qMRMLSpinBox)
        return unannotatedType(datatype) in (float, int) and type(widget) in classes

    def prepare(self) -> None:
        decimals = Decimals(0) if self._type is int else first(self._annotations, Decimals)
        if decimals is not None and type(self._widget) is not ctk.ctkDoubleSlider:
            self._widget.decimals = decimals.value
        super().prepare()

    def read(self):
        return self._type(self._widget.value)


class _ItemsConnector(GuiConnector):
    """A combo box; its items are the possible values."""

    signal, prop = "currentIndexChanged", "currentIndex"

    def fill(self, values, labels) -> None:
        self._values = list(values)
        self._widget.clear()
        for label in labels:
            self._widget.addItem(label)

    def read(self):
        return self._values[self._widget.currentIndex]

    def write(self, value) -> None:
        if value not in self._values:
            raise ValueError(f"Unable to find value {value!r} in choices {self._values}")
        self._widget.currentIndex = self._values.index(value)


@parameterNodeGuiConnector
class ChoiceConnector(_ItemsConnector):
    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        return type(widget) in (qt.QComboBox, ctk.ctkComboBox) and unannotatedType(datatype) in (int, float, str, bool)

    def prepare(self) -> None:
        choice = first(self._annotations, Choice)
        if choice is None:
            raise RuntimeError("A combo box needs the Choice annotation.")
        self.fill(choice.choices, [str(c) for c in choice.choices])


@parameterNodeGuiConnector
class EnumConnector(_ItemsConnector):
    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        return type(widget) in (qt.QComboBox, ctk.ctkComboBox) and _isEnum(datatype)

    def prepare(self) -> None:
        index = max(self._widget.currentIndex, 0)
        label = getattr(self._type, "label", lambda member: member.name)
        self.fill(self._type, [label(member) for member in self._type])
        self._widget.currentIndex = index


@parameterNodeGuiConnector
class LineConnector(GuiConnector):
    signal, prop = "textChanged", "text"

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        return unannotatedType(datatype) is str and type(widget) is qt.QLineEdit

    def write(self, value: str) -> None:
        if value != self._widget.text:  # setting the same text would move the cursor
            self._widget.text = value


@parameterNodeGuiConnector
class LabelConnector(GuiConnector):
    prop = "text"

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        return unannotatedType(datatype) is str and type(widget) is qt.QLabel


@parameterNodeGuiConnector
class TextConnector(GuiConnector):
    signal, prop = "textChanged", "plainText"

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        return unannotatedType(datatype) is str and type(widget) is qt.QTextEdit

    def write(self, value: str) -> None:
        if value != self._widget.plainText:
            self._widget.plainText = value


@parameterNodeGuiConnector
class RangeConnector(GuiConnector):
    signal = "valuesChanged"

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        classes = (ctk.ctkRangeWidget, ctk.ctkDoubleRangeSlider, slicer.qMRMLRangeWidget)
        return unannotatedType(datatype) is FloatRange and type(widget) in classes

    def prepare(self) -> None:
        bounds, decimals = first(self._annotations, RangeBounds), first(self._annotations, Decimals)
        if bounds is None:
            raise RuntimeError("Cannot have a connection to a range widget without the RangeBounds annotation.")
        if first(self._annotations, Default) is None:
            bounds.validate(FloatRange())
        if decimals is not None:
            self._widget.decimals = decimals.value
        self._widget.setRange(bounds.minimum, bounds.maximum)

    def read(self):
        return FloatRange(self._widget.minimumValue, self._widget.maximumValue)

    def write(self, value) -> None:
        self._widget.setValues(value.minimum, value.maximum)


class _PathConnector(GuiConnector):
    def read(self):
        return self._type(getattr(self._widget, self.prop))

    def write(self, value) -> None:
        setattr(self._widget, self.prop, str(value))


def _isPath(datatype) -> bool:
    kind = unannotatedType(datatype)
    return isinstance(kind, type) and issubclass(kind, pathlib.PurePath)


@parameterNodeGuiConnector
class PathLineConnector(_PathConnector):
    signal, prop = "currentPathChanged", "currentPath"

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        return _isPath(datatype) and type(widget) is ctk.ctkPathLineEdit


@parameterNodeGuiConnector
class DirectoryConnector(_PathConnector):
    signal, prop = "directoryChanged", "directory"

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        return _isPath(datatype) and type(widget) is ctk.ctkDirectoryButton


@parameterNodeGuiConnector
class NodeConnector(GuiConnector):
    signal = "currentNodeChanged"

    @staticmethod
    def canRepresent(widget, datatype) -> bool:
        return type(widget) is slicer.qMRMLNodeComboBox and bool(_nodeClasses(datatype))

    def prepare(self) -> None:
        self._widget.nodeTypes = [c().GetClassName() for c in _nodeClasses(self._type)]

    def read(self):
        return self._widget.currentNode()

    def write(self, value) -> None:
        self._widget.setCurrentNode(value)
