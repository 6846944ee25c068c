"""The `qt` module of Slicer's Python: PySide6, patched in place to PythonQt's conventions and made strict.

In Slicer `qt` is PythonQt: a Qt property is an attribute, `connect` takes a signal's signature, an enumerator is a number,
file dialogs return one value. Importing this module gives PySide6 the same conventions, for the whole process. What Slicer
only reports on its console, or silently does not do, raises here: an unknown attribute, property, signal or class, a keyword
argument.
"""

from __future__ import annotations

import enum
import sys

import shiboken6
from PySide6 import QtCore as _QtCore
from PySide6 import QtGui as _QtGui
from PySide6 import QtNetwork as _QtNetwork
from PySide6 import QtPrintSupport as _QtPrintSupport
from PySide6 import QtWidgets as _QtWidgets

from .qt_properties import QtProperty, patch_properties, plain

_MODULES = (_QtCore, _QtGui, _QtWidgets, _QtNetwork, _QtPrintSupport)
_PYSIDE_ONLY = {"Signal", "SignalInstance", "Slot", "Property", "ClassInfo", "QEnum", "QFlag", "MetaFunction"}
_QOBJECT = _QtCore.QObject
_ATTRIBUTE_OF_OBJECT = _QOBJECT.__getattribute__

uiProblems: list[str] = []  # what loading .ui files met that Slicer would only warn of; a test fails on them
tableSignals: dict[type, dict[str, str]] = {}  # class made from an API table -> {signature: name of its signal}
hostClasses: set[type] = set()  # the classes made from API tables: they stand for C++ classes, not for Python ones


def normalized(signature: str) -> str:
    """Return `signature` as Qt compares it: without spaces, names, const references."""
    value = _QtCore.QMetaObject.normalizedSignature(signature)
    return value if isinstance(value, str) else bytes(value).decode()


def _signal_of(sender, signature: str):
    """Return what to connect to: the bound signal of a table class, or the signature of a signal of Qt's."""
    if "(" not in signature:
        raise ValueError(f"connect: '{signature}' has no argument list; write it as '{signature}()'.")
    wanted = normalized(signature)
    for cls in type(sender).__mro__:
        if wanted in tableSignals.get(cls, {}):
            return getattr(sender, tableSignals[cls][wanted])
    if sender.metaObject().indexOfSignal(wanted) < 0:
        raise ValueError(f"connect: {sender.metaObject().className()} has no signal '{signature}'.")
    return wanted


def _receiver(arguments: tuple):
    """Return the callable of connect(signal, callable) or connect(signal, object, "slot()")."""
    if len(arguments) == 2 and isinstance(arguments[1], str):
        return getattr(arguments[0], arguments[1].split("(")[0])
    if len(arguments) != 1 or not callable(arguments[0]):
        raise TypeError('connect takes a signal and a callable, or a signal, an object and "slot()".')
    return arguments[0]


def _connect(sender, signature: str, *arguments) -> bool:
    signal, receiver = _signal_of(sender, signature), _receiver(arguments)
    if isinstance(signal, str):
        return bool(_QOBJECT.connect(sender, "2" + signal, receiver))
    return bool(signal.connect(receiver))


def _disconnect(sender, signature: str | None = None, *arguments) -> bool:
    if signature is None:
        return bool(_ATTRIBUTE_OF_OBJECT(sender, "disconnect")())
    signal = _signal_of(sender, signature)
    if not arguments:
        bound = getattr(sender, signal.split("(")[0]) if isinstance(signal, str) else signal
        return bool(bound.disconnect())
    receiver = _receiver(arguments)
    if isinstance(signal, str):
        return bool(_QOBJECT.disconnect(sender, "2" + signal, receiver))
    return bool(signal.disconnect(receiver))


class _Connector:
    """What `widget.connect` and `widget.disconnect` are: PySide's own where PySide itself calls it with a sender."""

    def __init__(self, sender, own, pythonqt) -> None:
        self.sender, self.own, self.pythonqt = sender, own, pythonqt

    def __call__(self, *arguments):
        if arguments and isinstance(arguments[0], _QOBJECT):
            return self.own(*arguments)
        return self.pythonqt(self.sender, *arguments)


def _getattribute(self, name: str):
    value = _ATTRIBUTE_OF_OBJECT(self, name)
    if name == "connect":
        return _Connector(self, value, _connect)
    if name == "disconnect":
        return _Connector(self, value, _disconnect)
    return value


def _getattr(self, name: str):
    """Last resort, as in PythonQt: a dynamic property, or a child with that object name."""
    if not name.startswith("__") and shiboken6.isValid(self):
        if name.encode() in [bytes(known) for known in self.dynamicPropertyNames()]:
            return plain(self.property(name))
        for child in self.children():
            if QtProperty.read(child, "objectName") == name:
                return child
    raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}' in Slicer.")


def _is_python_class(cls: type) -> bool:
    return cls not in hostClasses and not cls.__module__.startswith("PySide6")


def _set_known(self, name: str, value, cls: type) -> None:
    """Set what `cls` declares under this name: its property, or the attribute of a class written in Python."""
    known = cls.__dict__[name]
    if isinstance(known, (QtProperty, property)):
        known.__set__(self, value)
    elif isinstance(known, _QtCore.Property):
        if known.fset is None:
            raise AttributeError(f"'{type(self).__name__}.{name}' is read only.")
        known.fset(self, value)
    elif _is_python_class(cls):
        self.__dict__[name] = value
    else:
        raise AttributeError(f"'{type(self).__name__}.{name}' cannot be assigned.")


def _setattr(self, name: str, value) -> None:
    """Set a property, or an attribute of a class written in Python; refuse anything else, as PythonQt does."""
    if isinstance(value, _QtCore.SignalInstance):  # PySide keeps a bound signal on its object
        self.__dict__[name] = value
        return
    for cls in type(self).__mro__:
        if name in cls.__dict__:
            _set_known(self, name, value, cls)
            return
    if _is_python_class(type(self)) or name.startswith("_"):
        self.__dict__[name] = value
    elif name.encode() in [bytes(known) for known in self.dynamicPropertyNames()]:
        self.setProperty(name, value)
    elif not loading:  # PySide adds an attribute for each child while it loads a .ui file; _getattr finds them anyway
        raise AttributeError(f"'{type(self).__name__}' has no property '{name}', and PythonQt does not add attributes.")


loading: list = []  # not empty while a .ui file is being loaded


def strict(cls: type) -> None:
    """Give a Qt class PythonQt's attribute rules; called for every class, because each has its own slots in C."""
    cls.__setattr__ = _setattr


def _without_keywords(cls: type) -> None:
    own = cls.__init__

    def __init__(self, *arguments, **keywords):
        if keywords:
            raise TypeError(f"{cls.__name__}({', '.join(keywords)}=...): PythonQt takes no keyword arguments.")
        own(self, *arguments)

    cls.__init__ = __init__


def _enumerators_are_numbers(cls: type) -> None:
    """Let the enumerators of a PySide enumeration compare and count as the integers that they are in PythonQt."""
    for value in list(vars(cls).values()):
        if isinstance(value, type) and issubclass(value, enum.Enum) and not issubclass(value, int):
            value.__eq__ = lambda self, other: (
                self.value == (other.value if isinstance(other, enum.Enum) else other) if other is not None else False
            )
            value.__hash__ = lambda self: hash(self.value)
            value.__int__ = value.__index__ = lambda self: self.value


def _single_values() -> None:
    """Dialogs that give PySide a tuple of the value and what was chosen beside it give PythonQt the value."""

    def single(cls, name):
        own = getattr(cls, name)
        setattr(cls, name, staticmethod(lambda *arguments: plain(own(*arguments)[0])))

    for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName"):
        single(_QtWidgets.QFileDialog, name)
    for name in ("getText", "getInt", "getDouble", "getItem", "getMultiLineText"):
        single(_QtWidgets.QInputDialog, name)


def _settings_are_text() -> None:
    """Numbers and truth values come back from the settings as text, as they do after Slicer was started again."""
    own = _QtCore.QSettings.value

    def value(self, key, default=None):
        found = own(self, key, default)
        if isinstance(found, bool) and self.contains(key):
            return "true" if found else "false"
        return str(found) if isinstance(found, (int, float)) and self.contains(key) else plain(found)

    _QtCore.QSettings.value = value


def _delete(self) -> None:
    """Destroy the object at once, as PythonQt's delete() does."""
    shiboken6.delete(self)


def _patch() -> None:
    classes = [c for m in _MODULES for c in vars_of(m).values() if isinstance(c, type)]
    for cls in classes:
        _enumerators_are_numbers(cls)
        if not issubclass(cls, _QOBJECT):
            continue
        patch_properties(cls)
        strict(cls)
        if issubclass(cls, (_QtWidgets.QWidget, _QtWidgets.QLayout, _QtGui.QAction, _QtCore.QTimer)):
            _without_keywords(cls)
    _enumerators_are_numbers(_QtCore.Qt)
    _QOBJECT.name = QtProperty("objectName", None, _QOBJECT.setObjectName, "QString", True)
    _QOBJECT.className = lambda self: self.metaObject().className()
    _QOBJECT.delete = _delete
    _QOBJECT.__getattribute__ = _getattribute
    _QOBJECT.__getattr__ = _getattr
    for cls in (_QtWidgets.QDialog, _QtWidgets.QMenu, _QtCore.QEventLoop, _QtCore.QCoreApplication):
        if not hasattr(cls, "exec_"):
            cls.exec_ = cls.exec
    _QtGui.QTextDocument.print = _QtGui.QTextDocument.print_
    _single_values()
    _settings_are_text()


def vars_of(module) -> dict:
    """Return every public name of a Qt module; PySide makes its classes only when they are asked for."""
    return {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}


for _module in reversed(_MODULES):
    globals().update({k: v for k, v in vars_of(_module).items() if k[0] in "QS" or k == "Qt" or k.startswith("q")})
for _name in _PYSIDE_ONLY:
    globals().pop(_name, None)
_patch()


def __getattr__(name: str):
    raise AttributeError(f"qt.{name} does not exist in Slicer.")


sys.modules["qt"] = sys.modules[__name__]
