"""Parameter packs: a class whose members are parameters, kept in the node under dotted names."""

from __future__ import annotations

import typing

import slicer.util

from .annotations import Default, Validator, first, unannotatedType
from .storage import Storage, storageFor


class PackStorage(Storage):
    """Each member under "name.member"."""

    def isIn(self, node, name: str) -> bool:
        member, info = next(iter(self.kind.allParameters.items()))
        return info.storage.isIn(node, f"{name}.{member}")

    def write(self, node, name: str, value) -> None:
        self.validate(value)
        with slicer.util.NodeModify(node):
            for member, info in self.kind.allParameters.items():
                info.storage.write(node, f"{name}.{member}", getattr(value, member))

    def read(self, node, name: str):
        values = {}
        for member, info in self.kind.allParameters.items():
            path = f"{name}.{member}"
            values[member] = info.storage.read(node, path) if info.storage.isIn(node, path) else info.default.value
        value = self.kind.__new__(self.kind)
        value._set_members(values)
        value.__dict__["_save"] = lambda: self.write(node, name, value)
        return value

    def remove(self, node, name: str) -> None:
        for member, info in self.kind.allParameters.items():
            info.storage.remove(node, f"{name}.{member}")


class Parameter:
    """One member of a pack or of a parameter node wrapper."""

    def __init__(self, owner: type, name: str, datatype) -> None:
        self.name, self.unalteredType = name, datatype
        self.storage, others = storageFor(datatype)
        if name in vars(owner):
            self.default = Default(vars(owner)[name])
        else:
            self.default = first(others, Default) or Default(generator=self.storage.default)


def parameters_of(owner: type) -> dict[str, Parameter]:
    """Return the members that a class declares, in its order."""
    return {name: Parameter(owner, name, kind) for name, kind in typing.get_type_hints(owner, include_extras=True).items()}


def check_name(owner, dotted: str) -> None:
    """Raise ValueError where `owner`, a pack or a wrapper, has no member of this possibly dotted name."""
    name, _, rest = dotted.partition(".")
    if name not in owner.allParameters:
        raise ValueError(f"Cannot find a param with the given name: {dotted}; there are {', '.join(owner.allParameters)}.")
    if rest:
        kind = unannotatedType(owner.allParameters[name].unalteredType)
        if not isParameterPack(kind):
            raise ValueError(f"'{name}' is no parameter pack, it has no member '{rest}'.")
        check_name(kind, rest)


def data_type(owner, dotted: str):
    """Return the type, with its annotations, of a member of a possibly dotted name."""
    check_name(owner, dotted)
    name, _, rest = dotted.partition(".")
    kind = owner.allParameters[name].unalteredType
    return data_type(unannotatedType(kind), rest) if rest else kind


def isParameterPack(kind) -> bool:
    return getattr(kind, "_is_parameterPack", False)


def _member(name: str) -> property:
    def write(self, value) -> None:
        type(self).allParameters[name].storage.validate(value)
        self.__dict__["_members"][name] = value
        self.__dict__.get("_save", lambda: None)()

    return property(lambda self: self.__dict__["_members"][name], write)


class _Pack:
    """What a parameter pack can do."""

    def __init__(self, *values, **named) -> None:
        given = dict(zip(self.allParameters, values, strict=False)) | named
        for name in given:
            check_name(type(self), name)
        self._set_members({name: given.get(name, info.default.value) for name, info in self.allParameters.items()})

    def _set_members(self, values: dict) -> None:
        for name, value in values.items():
            self.allParameters[name].storage.validate(value)
        self.__dict__["_members"] = values

    def __setattr__(self, name: str, value) -> None:
        if "_save" in self.__dict__ and not hasattr(self, name):
            raise AttributeError(f"'{type(self).__name__}' has no attribute '{name}'.")
        object.__setattr__(self, name, value)

    def __eq__(self, other) -> bool:
        return isinstance(other, type(self)) and self._members == other._members

    __hash__ = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self._members.items())})"

    def getValue(self, dotted: str):
        check_name(type(self), dotted)
        name, _, rest = dotted.partition(".")
        return getattr(self, name).getValue(rest) if rest else getattr(self, name)

    def setValue(self, dotted: str, value) -> None:
        check_name(type(self), dotted)
        name, _, rest = dotted.partition(".")
        if rest:
            getattr(self, name).setValue(rest, value)
        else:
            setattr(self, name, value)

    @classmethod
    def dataType(cls, dotted: str):
        return data_type(cls, dotted)

    @classmethod
    def _storage(cls) -> Storage:
        return PackStorage(cls)


def parameterPack(cls: type | None = None):
    """Class decorator: the annotated members of the class become parameters of a pack."""
    if cls is None:
        return parameterPack
    if "__init__" in vars(cls):
        raise NotImplementedError(f"The host's parameterPack cannot keep the __init__ of {cls.__name__}.")
    members = parameters_of(cls)
    if not members:
        raise ValueError("Unable to find any members in parameterPack")
    for name, info in members.items():
        info.storage.validate(info.default.value)
        setattr(cls, name, _member(name))
    for name, value in vars(_Pack).items():
        if name in ("__dict__", "__weakref__", "__module__", "__doc__"):
            continue
        if name in vars(cls) and not name.startswith("__"):
            raise ValueError(f"Cannot use reserved name '{name}' in a parameterPack")
        if name not in vars(cls) or name in ("__init__", "__hash__"):
            setattr(cls, name, value)
    cls.allParameters, cls._is_parameterPack = members, True
    return cls


class RangeStorage(Storage):
    def default(self):
        return FloatRange()

    def isIn(self, node, name: str) -> bool:
        return node.HasParameter(f"{name}._minimum")

    def write(self, node, name: str, value) -> None:
        self.validate(value)
        with slicer.util.NodeModify(node):
            node.SetParameter(f"{name}._minimum", str(value.minimum))
            node.SetParameter(f"{name}._maximum", str(value.maximum))

    def read(self, node, name: str):
        value = FloatRange(float(node.GetParameter(f"{name}._minimum")), float(node.GetParameter(f"{name}._maximum")))
        value._save = lambda: self.write(node, name, value)
        return value

    def remove(self, node, name: str) -> None:
        node.UnsetParameter(f"{name}._minimum")
        node.UnsetParameter(f"{name}._maximum")


class FloatRange:
    """A minimum and a maximum that is not below it."""

    def __init__(self, minimum: float = 0.0, maximum: float = 0.0) -> None:
        self._save = lambda: None
        self._check(minimum, maximum)

    def _check(self, minimum: float, maximum: float) -> None:
        if not minimum <= maximum:
            raise ValueError(f"FloatRange must have minimum <= maximum: {minimum} <= {maximum}")
        self._minimum, self._maximum = minimum, maximum
        self._save()

    minimum = property(lambda self: self._minimum, lambda self, value: self._check(value, self._maximum))
    maximum = property(lambda self: self._maximum, lambda self, value: self._check(self._minimum, value))

    def setRange(self, minimum: float, maximum: float) -> None:
        self._check(minimum, maximum)

    def __eq__(self, other) -> bool:
        return isinstance(other, FloatRange) and (self.minimum, self.maximum) == (other.minimum, other.maximum)

    __hash__ = None

    def __repr__(self) -> str:
        return f"FloatRange(minimum={self.minimum}, maximum={self.maximum})"

    @staticmethod
    def _storage() -> Storage:
        return RangeStorage(FloatRange)


__all__ = ["FloatRange", "Validator", "isParameterPack", "parameterPack"]
