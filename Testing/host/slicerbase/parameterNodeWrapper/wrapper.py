"""The class decorator `parameterNodeWrapper`: members of the class are parameters of a node.

Values are kept beside the node, as Slicer keeps them: read when the wrapper is made, when it writes, and whenever the node
says that it was modified. A node that another one refers to by then is None in what is kept, and stays None until the next
time, although the scene has it: while a scene is loaded this is so.
"""

from __future__ import annotations

import weakref

import qt
import slicer.util
import vtk

from .connectors import GuiConnector, createGuiConnector
from .pack import Parameter, check_name, data_type, parameters_of

SlicerParameterNamePropertyName = "SlicerParameterName"


class _Kept:
    """The value of a parameter as it was read last."""

    def __init__(self, node, name: str, info: Parameter) -> None:
        self._node, self._name, self._info = node, name, info
        self._writing = False
        self.value = self._read()
        itself = weakref.ref(self)  # an observer that held it would keep it for as long as the node

        def modified(caller, event) -> None:
            kept = itself()
            if kept is not None and not kept._writing:
                kept.value = kept._read()

        self._tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, modified)

    def __del__(self) -> None:
        self._node.RemoveObserver(self._tag)

    def _read(self):
        if not self._info.storage.isIn(self._node, self._name):
            self._info.storage.write(self._node, self._name, self._info.default.value)
        return self._info.storage.read(self._node, self._name)

    def write(self, value) -> None:
        self._writing = True
        try:
            with slicer.util.NodeModify(self._node):  # who is told of the change finds the new value
                self._info.storage.write(self._node, self._name, value)
                self.value = self._read()
        finally:
            self._writing = False


class _Wrapper:
    """What a wrapped class can do; `allParameters` is on the class."""

    def __init__(self, parameterNode, prefix: str | None = None) -> None:
        self.__dict__.update(parameterNode=parameterNode, _guis={}, _tags={}, _showing=False, _kept={})
        with slicer.util.NodeModify(parameterNode):  # else each default would be read anew for each of the others
            for name, info in self.allParameters.items():
                self._kept[name] = _Kept(parameterNode, (prefix or "") + name, info)

    def default(self, name: str):
        check_name(self, name)
        return self.allParameters[name].default

    def isCached(self, name: str) -> bool:
        check_name(self, name)
        return True

    def getValue(self, dotted: str):
        check_name(self, dotted)
        name, _, rest = dotted.partition(".")
        value = self._kept[name].value
        return value.getValue(rest) if rest else value

    def setValue(self, dotted: str, value) -> None:
        check_name(self, dotted)
        name, _, rest = dotted.partition(".")
        if rest:
            self._kept[name].value.setValue(rest, value)
        else:
            self._kept[name].write(value)

    @classmethod
    def dataType(cls, dotted: str):
        return data_type(cls, dotted)

    def StartModify(self):
        return self.parameterNode.StartModify()

    def EndModify(self, wasModifying) -> int:
        return self.parameterNode.EndModify(wasModifying)

    def AddObserver(self, event, callback, priority: float = 0.0) -> int:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()

    def connectParametersToGui(self, mapping: dict) -> int:
        """Connect {parameter's name: widget or connector} both ways and return the tag for `disconnectGui`."""
        for name in mapping:
            check_name(self, name)
        connectors = {
            name: widget if isinstance(widget, GuiConnector) else createGuiConnector(widget, self.dataType(name))
            for name, widget in mapping.items()
        }
        tag = len(self._tags) and max(self._tags) + 1
        self._guis[tag] = connectors
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.onChanged(_from_gui(self, name, connector))
        self._tags[tag] = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda caller, event: _to_gui(self))
        return tag

    def connectGui(self, gui) -> int:
        """Connect every widget of `gui` that carries the property SlicerParameterName."""
        whole = getattr(gui, "isWidgetType", lambda: False)()
        widgets = gui.findChildren(qt.QWidget) if whole else list(vars(gui).values())
        names = {widget.property(SlicerParameterNamePropertyName): widget for widget in widgets}
        return self.connectParametersToGui({name: widget for name, widget in names.items() if name})

    def disconnectGui(self, tag: int) -> None:
        for connector in self._guis.pop(tag, {}).values():
            connector.onChanged(None)
        if tag in self._tags:
            self.RemoveObserver(self._tags.pop(tag))


def _from_gui(self, name: str, connector):
    def changed() -> None:
        if not self._showing:
            with slicer.util.NodeModify(self):
                self.setValue(name, connector.read())

    return changed


def _to_gui(self) -> None:
    """Show the node's values in the widgets; what the widgets then report is not written back."""
    if self._showing:
        return
    self.__dict__["_showing"] = True
    try:
        with slicer.util.NodeModify(self):
            for connectors in list(self._guis.values()):
                for name, connector in connectors.items():
                    connector.write(self.getValue(name))
    finally:
        self.__dict__["_showing"] = False


def parameterNodeWrapper(cls: type | None = None):
    """Class decorator: the annotated members of the class become parameters of a node."""
    if cls is None:
        return parameterNodeWrapper
    members = parameters_of(cls)
    for name, value in vars(_Wrapper).items():
        if name in ("__dict__", "__weakref__", "__module__", "__doc__"):
            continue
        if name in members or (name in vars(cls) and not name.startswith("__")):
            raise ValueError(f"Cannot use reserved name '{name}' in a parameterNodeWrapper")
        setattr(cls, name, value)
    for name, info in members.items():
        if name in ("parameterNode", "allParameters"):
            raise ValueError(f"Cannot use reserved name '{name}' in a parameterNodeWrapper")
        setattr(cls, name, _member(info))
    cls.allParameters, cls._is_parameter_node_wrapper = members, True
    return cls


def _member(info: Parameter) -> property:
    return property(lambda self: self._kept[info.name].value, lambda self, value: self._kept[info.name].write(value))


def isParameterNodeWrapper(thing) -> bool:
    return getattr(thing, "_is_parameter_node_wrapper", False)


def findChildWidgetForParameter(widget, parameter: str):
    """Return the child of `widget` that shows the parameter, or None."""
    for child in widget.findChildren(qt.QWidget):
        if child.property(SlicerParameterNamePropertyName) == parameter:
            return child
    return None
