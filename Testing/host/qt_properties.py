"""Qt properties as attributes, as PythonQt has them."""

from __future__ import annotations

import enum
import math

from PySide6.QtCore import QObject

# Virtual functions: Qt itself looks them up under these names and must find a function.
_VIRTUAL = {"sizeHint", "minimumSizeHint", "duration"}


def plain(value):
    """Return `value` as PythonQt does: a list is a tuple."""
    return tuple(value) if isinstance(value, list) else value


class QtProperty:
    """One Q_PROPERTY of a class: an attribute on its objects; on the class itself, the unbound getter as in PySide."""

    def __init__(self, name: str, getter, setter, typeName: str, writable: bool) -> None:
        self.name, self.getter, self.setter = name, getter, setter
        self.typeName, self.writable = typeName, writable

    @staticmethod
    def read(owner: QObject, name: str):
        return QObject.property(owner, name)

    def __get__(self, owner, cls=None):
        if owner is None:
            return self.getter if self.getter is not None else self
        try:
            value = self.getter(owner) if self.getter is not None else self.read(owner, self.name)
        except TypeError:  # the getter is static, or shares its name with a static function
            value = self.read(owner, self.name)
        return plain(value)

    def __set__(self, owner, value) -> None:
        where = f"{type(owner).__name__}.{self.name}"
        if not self.writable:
            raise AttributeError(f"'{where}' is read only.")
        value = self.converted(value, where)
        if self.setter is None:
            if not QObject.setProperty(owner, self.name, value):
                raise TypeError(f"'{where}' is a {self.typeName}; {value!r} is not.")
            return
        if isinstance(value, int) and not isinstance(value, bool) and self.typeName not in ("int", "double", "bool"):
            current = self.__get__(owner)
            if isinstance(current, enum.Enum):
                value = type(current)(value)
        self.setter(owner, value)

    def converted(self, value, where: str):
        """Convert numbers as PythonQt does (a float for an int is rounded down); refuse what is no number at all."""
        if self.typeName == "QString" and not isinstance(value, str):
            raise TypeError(f"'{where}' is a text; {value!r} is not.")
        if self.typeName not in ("bool", "int", "double"):
            return value
        if isinstance(value, (str, bytes)) or value is None:
            raise TypeError(f"'{where}' is a {self.typeName}; {value!r} is not.")
        if self.typeName == "bool":
            return bool(value)
        return float(value) if self.typeName == "double" else math.floor(value)


property_names: dict[type, set[str]] = {}  # of every Qt class; its staticMetaObject does not outlive its first objects


def patch_properties(cls: type) -> None:
    """Put a `QtProperty` into `cls` for each property that it declares, or whose getter it overrides."""
    meta = cls.staticMetaObject
    property_names[cls] = {meta.property(index).name() for index in range(meta.propertyCount())}
    for index in range(meta.propertyCount()):
        prop = meta.property(index)
        name = prop.name()
        if name in _VIRTUAL or (index < meta.propertyOffset() and name not in vars(cls)):
            continue
        capital = name[0].upper() + name[1:]
        getter = _function(cls, name) or _function(cls, "is" + capital)
        setter = _function(cls, "set" + capital)
        setattr(cls, name, QtProperty(name, getter, setter, prop.typeName(), prop.isWritable()))


def _function(cls: type, name: str):
    found = getattr(cls, name, None)
    return found if callable(found) else None
