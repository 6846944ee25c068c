"""How a value of each type is kept in a parameter node: as text, or as a node reference."""

from __future__ import annotations

import enum
import pathlib
import typing

import slicer
import slicer.util

from .annotations import IsInstance, NotNone, Validator, splitAnnotations


class Storage:
    """Reads and writes values of one type; the defaults here keep a value as one text."""

    def __init__(self, kind, accepted=None, none: bool = False) -> None:
        self.kind = kind
        self.validators: list[Validator] = [IsInstance(accepted or kind)]
        if not none:
            self.validators.insert(0, NotNone())

    def default(self):
        return self.kind()

    def text(self, value) -> str:
        return str(value)

    def value(self, text: str):
        return self.kind(text)

    def validate(self, value) -> None:
        for validator in self.validators:
            validator.validate(value)

    def isIn(self, node, name: str) -> bool:
        return node.HasParameter(name)

    def write(self, node, name: str, value) -> None:
        self.validate(value)
        node.SetParameter(name, self.text(value))

    def read(self, node, name: str):
        return self.value(node.GetParameter(name))

    def remove(self, node, name: str) -> None:
        node.UnsetParameter(name)


class BoolStorage(Storage):
    def value(self, text: str) -> bool:
        return text == "True"


class EnumStorage(Storage):
    """By the enumerator's name."""

    def default(self):
        return next(iter(self.kind))

    def text(self, value) -> str:
        return value.name

    def value(self, text: str):
        if text not in self.kind.__members__:
            raise ValueError(f"'{text}' in the parameter node is no name of {self.kind}.")
        return self.kind[text]


class NodeStorage(Storage):
    """A node reference; an empty parameter of the same name tells "none" from "never set"."""

    def __init__(self, kind) -> None:
        super().__init__(kind, none=True)

    def default(self):
        return None

    def write(self, node, name: str, value) -> None:
        self.validate(value)
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, None if value is None else value.GetID())

    def read(self, node, name: str):
        return node.GetNodeReference(name)

    def remove(self, node, name: str) -> None:
        node.UnsetParameter(name)
        node.RemoveNodeReferenceIDs(name)


class NoneStorage(Storage):
    def __init__(self) -> None:
        super().__init__(type(None), none=True)

    def default(self):
        return None

    def text(self, value) -> str:
        return "None"

    def value(self, text: str):
        return None


class ListStorage(Storage):
    """The length, and each element under its index."""

    def __init__(self, element: Storage) -> None:
        super().__init__(list, (list, tuple))
        self.element = element

    def isIn(self, node, name: str) -> bool:
        return node.HasParameter(f"{name}.len")

    def write(self, node, name: str, value) -> None:
        self.validate(value)
        for item in value:
            self.element.validate(item)
        with slicer.util.NodeModify(node):
            length = int(node.GetParameter(f"{name}.len") or 0)
            for index, item in enumerate(value):
                self.element.write(node, f"{name}.{index}", item)
            node.SetParameter(f"{name}.len", str(len(value)))
            for index in range(len(value), length):
                self.element.remove(node, f"{name}.{index}")

    def read(self, node, name: str):
        length = int(node.GetParameter(f"{name}.len"))
        values = [self.element.read(node, f"{name}.{index}") for index in range(length)]
        return StoredList(values, lambda new: self._replace(node, name, new))

    def _replace(self, node, name: str, values: list) -> list:
        self.write(node, name, values)
        return list(self.read(node, name))  # what lists inside this one read back knows the node, too

    def remove(self, node, name: str) -> None:
        for index in range(int(node.GetParameter(f"{name}.len") or 0)):
            self.element.remove(node, f"{name}.{index}")
        node.UnsetParameter(f"{name}.len")


def _saving(method: str):
    def changed(self, *arguments, **keywords):
        values = list(self)
        result = getattr(values, method)(*arguments, **keywords)
        stored = self.save(values)  # refuses what the type refuses, before the list itself changes
        list.__setitem__(self, slice(None), stored)
        return self if result is values else result

    return changed


class StoredList(list):
    """A list of a parameter node: changing it changes the node."""

    def __init__(self, values, save) -> None:
        super().__init__(values)
        self.save = save


_CHANGING = "append extend insert remove pop clear sort reverse __setitem__ __delitem__ __iadd__ __imul__"
for _method in _CHANGING.split():
    setattr(StoredList, _method, _saving(_method))


class TupleStorage(Storage):
    """Each element under its index."""

    def __init__(self, elements: list[Storage]) -> None:
        super().__init__(tuple)
        self.elements = elements

    def default(self):
        return tuple(element.default() for element in self.elements)

    def isIn(self, node, name: str) -> bool:
        return self.elements[0].isIn(node, f"{name}.0")

    def write(self, node, name: str, value) -> None:
        self.validate(value)
        if len(value) != len(self.elements):
            raise ValueError(f"Value must have {len(self.elements)} elements, has {len(value)}")
        with slicer.util.NodeModify(node):
            for index, (element, item) in enumerate(zip(self.elements, value, strict=True)):
                element.write(node, f"{name}.{index}", item)

    def read(self, node, name: str):
        return tuple(element.read(node, f"{name}.{index}") for index, element in enumerate(self.elements))

    def remove(self, node, name: str) -> None:
        for index, element in enumerate(self.elements):
            element.remove(node, f"{name}.{index}")


class UnionStorage(Storage):
    """Under the index of the alternative that takes the value; Optional[X] is None unless said otherwise."""

    def __init__(self, alternatives: list[Storage]) -> None:
        super().__init__(object, none=True)
        self.alternatives = alternatives

    def default(self):
        if len(self.alternatives) == 2 and isinstance(self.alternatives[1], NoneStorage):
            return None
        return self.alternatives[0].default()

    def _index(self, value) -> int:
        problem = TypeError(f"Value {value!r} is none of the types of its Union.")
        for index, alternative in enumerate(self.alternatives):
            if (value is None) != isinstance(alternative, NoneStorage):
                continue
            if isinstance(value, bool) and alternative.kind in (int, float):
                continue
            try:
                alternative.validate(value)
            except ValueError as error:  # the type fits, the value does not
                problem = error
            except TypeError:
                continue
            else:
                return index
        raise problem

    def validate(self, value) -> None:
        self._index(value)

    def isIn(self, node, name: str) -> bool:
        return any(a.isIn(node, f"{name}.{i}") for i, a in enumerate(self.alternatives))

    def write(self, node, name: str, value) -> None:
        index = self._index(value)
        with slicer.util.NodeModify(node):
            self.remove(node, name)
            self.alternatives[index].write(node, f"{name}.{index}", value)

    def read(self, node, name: str):
        for index, alternative in enumerate(self.alternatives):
            if alternative.isIn(node, f"{name}.{index}"):
                return alternative.read(node, f"{name}.{index}")
        raise ValueError(f"'{name}' is not in the parameter node.")

    def remove(self, node, name: str) -> None:
        for index, alternative in enumerate(self.alternatives):
            alternative.remove(node, f"{name}.{index}")


def storageFor(datatype) -> tuple[Storage, tuple]:
    """Return how values of `datatype` are kept, and the annotations that are not about that."""
    kind, annotations = splitAnnotations(datatype)
    storage = _storage(kind)
    storage.validators += [a for a in annotations if _validates(a)]
    return storage, tuple(a for a in annotations if not _validates(a))


def _validates(annotation) -> bool:
    return isinstance(annotation, Validator) or (isinstance(annotation, type) and issubclass(annotation, Validator))


def _storage(kind) -> Storage:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union:
        return UnionStorage([storageFor(a)[0] for a in arguments])
    if origin is list:
        return ListStorage(storageFor(arguments[0])[0])
    if origin is tuple:
        return TupleStorage([storageFor(a)[0] for a in arguments])
    storage = _plain_storage(kind) if isinstance(kind, type) else None
    if storage is None:
        raise TypeError(f"The host's parameter node has no way to keep a {kind}.")
    return storage


def _plain_storage(kind: type) -> Storage | None:
    if hasattr(kind, "_storage"):  # a parameter pack brings its own
        return kind._storage()
    simple = {
        type(None): NoneStorage,
        bool: lambda: BoolStorage(bool),
        int: lambda: Storage(int),
        float: lambda: Storage(float, (int, float)),
        str: lambda: Storage(str),
    }
    if kind in simple:
        return simple[kind]()
    for base, storage in ((pathlib.PurePath, Storage), (enum.Enum, EnumStorage), (slicer.vtkMRMLNode, NodeStorage)):
        if issubclass(kind, base):
            return storage(kind)
    return None
