"""Loading of .ui files: `qt.QUiLoader`, as `slicer.util.loadUI` uses it; importing this module puts it into `qt`.

PySide's loader makes the Qt widgets. What it cannot do is taken out of the file before and done by hand after it: properties
of the classes made from the API table, and connections. What Slicer would only warn of goes into `qt.uiProblems`.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from PySide6 import QtCore, QtUiTools, QtWidgets

from . import (
    qmrml,  # noqa: F401 - the behaviours
    qt,
)
from .qt_properties import property_names
from .tables import API, table_class

_DYNAMIC = {"SlicerParameterName", "SlicerPackParameterName"}


class _Maker(QtUiTools.QUiLoader):
    """PySide's loader, which asks here for the classes of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.made = []  # what is written in Python lives in these objects, so they must stay

    def createWidget(self, className: str, parent=None, name: str = ""):
        if className not in API:
            return super().createWidget(className, parent, name)
        widget = table_class(className)(parent)
        widget.setObjectName(name)
        self.made.append(widget)
        return widget


class QUiLoader:
    """Loads one .ui file after another."""

    def load(self, device, parent=None):
        """Return the widget that the opened file `device` describes."""
        root = ET.fromstring(bytes(device.readAll()))  # noqa: S314 - a file of the module itself
        self._problem = lambda text: qt.uiProblems.append(f"{Path(device.fileName()).name}: {text}")
        self._check_classes(root)
        later = self._take_properties(root, root.findtext("class"))
        connections = self._take_connections(root)
        maker = _Maker()
        maker.setWorkingDirectory(QtCore.QFileInfo(device.fileName()).dir())
        text = QtCore.QBuffer()
        text.setData(ET.tostring(root))
        text.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        qt.loading.append(device)
        try:
            top = maker.load(text, parent)
        finally:
            qt.loading.pop()
        if top is None:
            raise RuntimeError(f"{device.fileName()}: {maker.errorString()}")
        top._made = maker.made
        objects = {w.objectName: w for w in [top, *top.findChildren(QtCore.QObject)] if w.objectName}
        for name, prop, value in later:
            setattr(objects[name], prop, value)
        for connection in connections:
            self._connect(objects, *connection)
        return top

    def _check_classes(self, root) -> None:
        declared = {element.findtext("class") for element in root.iter("customwidget")}
        names = set()
        for element in root.iter("widget"):
            cls, name = element.get("class"), element.get("name")
            if name in names:
                self._problem(f"two objects have the name '{name}'")
            names.add(name)
            if cls in API and cls not in declared:
                self._problem(f"{cls} ({name}) is not in <customwidgets>")
            elif cls not in API and not hasattr(QtWidgets, cls):
                self._problem(f"unknown class {cls} ({name})")
                element.set("class", "QWidget")

    def _take_properties(self, root, context: str) -> list[tuple[str, str, object]]:
        """Remove and return (object, property, value) that PySide's loader cannot set; note those that do not exist."""
        later = []
        for element in root.iter("widget"):
            cls, name = element.get("class"), element.get("name")
            known = {prop for facts in _table_facts(cls) for prop in facts.get("properties", {})}
            native = property_names[_qt_class(cls)]
            for prop in element.findall("property"):
                key = prop.get("name")
                if prop.get("stdset") == "0":
                    if key not in _DYNAMIC:
                        self._problem(f"dynamic property '{key}' of '{name}' (SlicerParameterName mistyped?)")
                elif key in known:
                    value = _value(prop[0], cls)
                    isText = prop[0].tag == "string" and prop[0].get("notr") != "true"
                    later.append((name, key, qt.QApplication.translate(context, value) if isText and value else value))
                    element.remove(prop)
                elif key not in native:
                    self._problem(f"{cls} '{name}' has no property '{key}'")
                    element.remove(prop)
        return later

    def _take_connections(self, root) -> list[tuple[str, ...]]:
        found = root.find("connections")
        if found is None:
            return []
        root.remove(found)
        keys = ("sender", "signal", "receiver", "slot")
        return [tuple(connection.findtext(key) for key in keys) for connection in found]

    def _connect(self, objects: dict, sender: str, signal: str, receiver: str, slot: str) -> None:
        name, arguments = slot.rstrip(")").split("(")
        count = len([a for a in arguments.split(",") if a.strip()])
        try:
            call = getattr(objects[receiver], name)
            objects[sender].connect(signal, _cut(call, count))
        except KeyError as error:
            self._problem(f"a connection names {error}, which is not there")
        except (AttributeError, ValueError) as error:
            self._problem(f"connection of {sender}.{signal} to {receiver}.{slot}: {error}")


def _cut(call, count: int):
    """Return `call` for a signal with more arguments than the slot takes."""
    return lambda *arguments: call(*arguments[:count])


def _table_facts(cls: str):
    while cls in API:
        yield API[cls]
        cls = API[cls]["base"]


def _qt_class(cls: str):
    while cls in API:
        cls = API[cls]["base"]
    return getattr(QtWidgets, cls)


_SIMPLE = {
    "bool": lambda element: element.text == "true",
    "number": lambda element: int(element.text),
    "double": lambda element: float(element.text),
    "stringlist": lambda element: [item.text for item in element],
    "color": lambda element: qt.QColor(*(int(element.findtext(part)) for part in ("red", "green", "blue"))),
}


def _value(element, cls: str):
    """Return the value of a <property>'s child for a class of the table."""
    if element.tag in _SIMPLE:
        return _SIMPLE[element.tag](element)
    return _enumerator(element.text.split("|"), cls) if element.tag in ("enum", "set") else element.text or ""


def _enumerator(parts: list[str], cls: str):
    """Return the value of enumerators joined by "|", from the table's classes or from Qt."""
    values = []
    for part in parts:
        scope, _, name = part.strip().rpartition("::")
        owner = table_class(scope) if scope in API else getattr(qt, scope.split("::")[0], None) or table_class(cls)
        values.append(getattr(owner, name))
    result = values[0]
    for value in values[1:]:
        result |= value
    return result


qt.QUiLoader = QUiLoader
