"""What may stand beside a parameter's type in `Annotated[...]`: its default, its limits, how a widget shows it."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass


class Default:
    """The value of a parameter that was never set; a `generator` makes a new one each time."""

    def __init__(self, value=None, *, generator=None) -> None:
        self._value, self._generator = value, generator

    @property
    def value(self):
        return self._value if self._generator is None else self._generator()

    def __eq__(self, other) -> bool:
        return isinstance(other, Default) and (self._value, self._generator) == (other._value, other._generator)

    __hash__ = None


class Validator:
    """Base of what refuses values."""

    def validate(self, value) -> None:
        raise NotImplementedError


@dataclass(eq=False)
class NotNone(Validator):
    def validate(self, value) -> None:
        if value is None:
            raise ValueError("Value must not be None")


@dataclass(eq=False)
class IsInstance(Validator):
    classtype: typing.Any

    def validate(self, value) -> None:
        if value is not None and not isinstance(value, self.classtype):
            raise TypeError(f"Value must be of type '{self.classtype}', is {value!r} of type '{type(value)}'")


@dataclass(eq=False)
class WithinRange(Validator):
    minimum: float
    maximum: float

    def validate(self, value) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"Value must be within range [{self.minimum}, {self.maximum}], is {value}")


@dataclass(eq=False)
class Minimum(Validator):
    minimum: float

    def validate(self, value) -> None:
        if value < self.minimum:
            raise ValueError(f"Value must be at least {self.minimum}, is {value}")


@dataclass(eq=False)
class Maximum(Validator):
    maximum: float

    def validate(self, value) -> None:
        if value > self.maximum:
            raise ValueError(f"Value must be at most {self.maximum}, is {value}")


@dataclass(eq=False)
class Choice(Validator):
    choices: list

    def validate(self, value) -> None:
        if value not in self.choices:
            raise ValueError(f"Value must be one of {self.choices}, is {value!r}")


@dataclass(eq=False)
class Exclude(Validator):
    excludedValues: list

    def validate(self, value) -> None:
        if value in self.excludedValues:
            raise ValueError(f"Value must be none of {self.excludedValues}, is {value!r}")


@dataclass(eq=False)
class RangeBounds(Validator):
    minimum: float
    maximum: float

    def validate(self, value) -> None:
        if not (self.minimum <= value.minimum and value.maximum <= self.maximum):
            raise ValueError(f"Range must be within [{self.minimum}, {self.maximum}], is {value}")


@dataclass(eq=False)
class Decimals:
    value: int


@dataclass(eq=False)
class SingleStep:
    value: float


def splitAnnotations(datatype) -> tuple:
    """Return the type of `Annotated[type, ...]` and a tuple of what stands beside it; unions in one spelling."""
    annotations = ()
    if typing.get_origin(datatype) is typing.Annotated:
        datatype, *annotations = typing.get_args(datatype)
    if isinstance(datatype, types.UnionType):
        datatype = typing.Union[typing.get_args(datatype)]  # noqa: UP007 - made from a tuple
    return datatype, tuple(annotations)


def unannotatedType(datatype):
    return splitAnnotations(datatype)[0]


def first(annotations, kind: type):
    """Return the first annotation of a kind, or None."""
    return next((a for a in annotations if isinstance(a, kind)), None)
