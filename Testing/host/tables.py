"""Classes of ctk, MRML and Slicer widgets, made from a table of what Slicer's Python sees of them.

`api/slicer.json` names the properties, signals, methods and enumerators that Slicer 5.10 and 5.12 both have; a behaviour, a
plain class written by hand, says what they do. `table_class` joins the two: what the table lacks raises AttributeError,
what the behaviour lacks raises NotImplementedError. In a behaviour

    _setup(self)                     makes the children; the Qt base is already there
    _get_NAME(self), _set_NAME(self, value)     read and write the property NAME
    _stored = {"NAME": default}      properties that are kept and have no other effect here
    NAME(self, ...)                  a method of the table, or a virtual function of Qt's

and everything else begins with an underscore. `emit(widget, "name", value)` emits every overload of a signal.
"""

from __future__ import annotations

import inspect
import json
import math
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from . import qt

API = json.loads((Path(__file__).parent / "api" / "slicer.json").read_text(encoding="utf-8"))
VERSIONS = API.pop("versions")

_TYPES = {"bool": bool, "int": int, "double": float, "QString": str, "QColor": QtGui.QColor, "QStringList": "QStringList"}
_BEHAVIOURS: dict[str, type] = {}
_CLASSES: dict[str, type] = {}
_OVERLOADS: dict[tuple[type, str], list[tuple[str, list[str]]]] = {}


def behaviour(cls: type) -> type:
    """Class decorator: what the class of the same name in the table does."""
    _BEHAVIOURS[cls.__name__] = cls
    return cls


def table_class(name: str) -> type:
    """Return the class `name`, made on first use; AttributeError where the table has none."""
    if name not in _CLASSES:
        if name not in API:
            raise AttributeError(f"{name} is not in the host's table of Slicer's classes (Testing/host/api/slicer.json).")
        _CLASSES[name] = _make(name)
    return _CLASSES[name]


def emit(owner, name: str, *arguments) -> None:
    """Emit the signal `name` in each of its overloads, arguments converted to what the overload carries."""
    for cls in type(owner).__mro__:
        for attribute, types in _OVERLOADS.get((cls, name), ()):
            if len(types) == len(arguments):
                values = [
                    _TYPES[t](v) if t in ("bool", "int", "double", "QString") else v
                    for t, v in zip(types, arguments, strict=True)
                ]
                getattr(owner, attribute).emit(*values)


def not_done(cls: str, name: str):
    """Return what stands for a member that Slicer has and the host does not do."""

    def missing(self, *arguments):
        raise NotImplementedError(f"{cls}.{name} is in Slicer, but the test host does not do it.")

    return missing


def _make(name: str) -> type:
    facts, mixin = API[name], _BEHAVIOURS.get(name, type(name, (), {}))
    base = table_class(facts["base"]) if facts["base"] in API else getattr(qt, facts["base"])
    namespace = {"__module__": "ctk" if name.startswith("ctk") else "slicer", "__doc__": inspect.getdoc(mixin)}
    namespace["__init__"] = _initializer(base, mixin)
    for enumerators in facts.get("enums", {}).values():
        namespace |= {text: number for number, text in enumerate(enumerators)}
    signals, signatures = _signals(facts)
    namespace |= signals
    for prop, typeName in facts.get("properties", {}).items():
        namespace[prop] = _property(name, prop, typeName, mixin)
    for method in facts.get("methods", ()):
        if method not in namespace and not hasattr(mixin, method) and not hasattr(base, method):
            namespace[method] = _setter(method, facts) or not_done(name, method)
    namespace |= _positional(mixin, facts)
    _check(name, mixin, base, facts)
    cls = type(base)(name, (mixin, base), namespace)
    for signature, attribute in signatures.items():
        qt.tableSignals.setdefault(cls, {})[signature] = attribute
        head, arguments = signature[:-1].split("(")
        _OVERLOADS.setdefault((cls, head), []).append((attribute, [a for a in arguments.split(",") if a]))
    qt.hostClasses.add(cls)
    qt.strict(cls)
    return cls


def _initializer(base: type, mixin: type):
    setup = vars(mixin).get("_setup")

    def __init__(self, parent=None, /):
        base.__init__(self, parent)
        for key, value in vars(mixin).get("_stored", {}).items():
            self.__dict__.setdefault("_kept", {})[key] = value
        if setup is not None:
            setup(self)

    return __init__


def _positional(mixin: type, facts: dict) -> dict:
    """Return the behaviour's methods without keyword arguments, which PythonQt does not take."""

    def positional(function):
        def method(self, *arguments):
            return function(self, *arguments)

        return method

    known = set(facts.get("methods", ()))
    return {name: positional(getattr(mixin, name)) for name in known if inspect.isfunction(getattr(mixin, name, None))}


def _signals(facts: dict) -> tuple[dict, dict]:
    """Return the signals to declare, and which of them each signature of the table means."""
    declared, signatures = {}, {}
    for signature in sorted(facts.get("signals", ()), key=lambda text: ("*" not in text, text)):  # an object before its bool
        head, arguments = signature[:-1].split("(")
        types = [a for a in arguments.split(",") if a]
        attribute = head if head not in declared else f"_{head}_{'_'.join(types)}".replace("*", "")
        declared[attribute] = QtCore.Signal(*[object if t == "QStringList" else _TYPES.get(t, object) for t in types])
        signatures[qt.normalized(signature)] = attribute
    return declared, signatures


def _setter(method: str, facts: dict):
    """Return setName(value) for a slot of the table that sets one of its properties."""
    prop = method[3:4].lower() + method[4:]
    if method.startswith("set") and prop in facts.get("properties", {}):
        return lambda self, value: setattr(self, prop, value)
    return None


def _property(cls: str, prop: str, typeName: str, mixin: type) -> QtCore.Property:
    typeName, _, access = typeName.partition(" (")
    getter, setter = getattr(mixin, f"_get_{prop}", None), getattr(mixin, f"_set_{prop}", None)
    if prop in getattr(mixin, "_stored", {}):
        getter = getter or (lambda self: self._kept[prop])
        own = setter

        def setter(self, value):
            self._kept[prop] = value
            if own is not None:
                own(self, value)

    getter = getter or not_done(cls, prop)

    def read(self):
        value = getter(self)
        return tuple(value) if isinstance(value, list) else value

    write = None
    if not access:
        setter = setter or not_done(cls, prop)

        def write(self, value):
            setter(self, converted(value, typeName, f"{cls}.{prop}"))

    return QtCore.Property(_TYPES.get(typeName, "QVariant"), read, write)


def converted(value, typeName: str, where: str):
    """Convert as PythonQt does for a property of that C++ type; TypeError where that would lose the meaning."""
    if typeName == "QStringList":
        if isinstance(value, str):
            raise TypeError(f"{where} is a list of texts; {value!r} is one text.")
        return [str(v) for v in value if v]
    if typeName == "QString" and not isinstance(value, str):
        raise TypeError(f"{where} is a text; {value!r} is not.")
    if typeName in ("bool", "int", "double"):
        if isinstance(value, (str, bytes)) or value is None:
            raise TypeError(f"{where} is a {typeName}; {value!r} is not.")
        return {"bool": bool, "int": math.floor, "double": float}[typeName](value)
    return value


def _check(name: str, mixin: type, base: type, facts: dict) -> None:
    """Hold the behaviour to the table: it may not offer what Slicer does not."""
    known = set(facts.get("methods", ())) | set(facts.get("properties", ()))
    for member, value in vars(mixin).items():
        if member.startswith(("_get_", "_set_")) and member[5:] not in known:
            raise TypeError(f"The behaviour of {name} has {member}, but the table has no such property.")
        offered = not member.startswith("_") and inspect.isfunction(value) and member not in known
        if offered and not hasattr(base, member):
            raise TypeError(f"The behaviour of {name} offers {member}, which Slicer's {name} does not have.")


def row(widget, *children, vertical: bool = False) -> QtWidgets.QLayout:
    """Lay `children` out in `widget` without margins, as Slicer's compound widgets do."""
    layout = (QtWidgets.QVBoxLayout if vertical else QtWidgets.QHBoxLayout)(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    for child in children:
        layout.addWidget(child)
    return layout
