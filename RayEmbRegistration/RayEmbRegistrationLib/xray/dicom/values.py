"""Values out of a DICOM file, each with where it came from; plain and enhanced (functional group) files alike."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from RayEmbRegistrationLib.geometry.sourced import Sourced

if TYPE_CHECKING:
    from pydicom import Dataset

# What pydicom raises for values that are not of their kind, beside its own.
READ_ERRORS = (
    ValueError, EOFError, OSError, KeyError, IndexError, AttributeError, TypeError, NotImplementedError, OverflowError,
    RecursionError, struct.error,
)  # fmt: skip


def attribute_name(keyword: str) -> str:
    """``(gggg,eeee) Attribute Name`` of a DICOM keyword."""
    from pydicom.datadict import dictionary_description, tag_for_keyword

    tag = tag_for_keyword(keyword)
    if tag is None:
        return keyword
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X}) {dictionary_description(tag)}"


def one_line(text: object, most: int = 120) -> str:
    """An exception or a value of a file, which may be damaged, as part of a sentence: one short line, printable."""
    line = "".join(c if c.isprintable() else " " for c in str(text))
    line = " ".join(line.split())
    return line if len(line) <= most else line[: most - 3] + "..."


class FrameAttributes:
    """The attributes that hold for one frame of a DICOM file.

    For Enhanced XA and XRF files an attribute is looked for in the frame's item of Per-Frame Functional Groups Sequence
    (5200,9230), then in Shared Functional Groups Sequence (5200,9229), then at the top level (PS3.3 C.7.6.16.1.1); for
    all other files only the top level exists.

    Args:
        dataset: the file.
        frame: index of the frame, from 0.
    """

    def __init__(self, dataset: Dataset, frame: int = 0) -> None:
        self.dataset = dataset
        self.frame = frame
        groups = []
        per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
        if frame < len(per_frame):
            groups.append(per_frame[frame])
        groups.extend(list(dataset.get("SharedFunctionalGroupsSequence") or [])[:1])
        self._groups = groups

    @property
    def is_enhanced(self) -> bool:
        """Whether the file has functional groups."""
        return bool(self._groups)

    def macro(self, sequence_keyword: str) -> Dataset | None:
        """The item of a functional group macro, or of a sequence at the top level; None where it is absent."""
        for holder in [*self._groups, self.dataset]:
            items = holder.get(sequence_keyword)
            if items:
                return items[0]
        return None

    def raw(self, keyword: str) -> Any:
        """The value of an attribute as pydicom hands it over; None where it is absent or empty."""
        for holder in self._groups:
            for element in holder:
                if element.VR == "SQ" and element.value and keyword in element.value[0]:
                    value = element.value[0].get(keyword)
                    if not _is_empty(value):
                        return value
        value = self.dataset.get(keyword)
        return None if _is_empty(value) else value

    def text(self, keyword: str) -> str | None:
        """An attribute as upper-case text without surrounding blanks; None where it is absent."""
        value = self.raw(keyword)
        return None if value is None else str(value).strip().upper() or None

    def texts(self, keyword: str) -> tuple[str, ...]:
        """All values of a text attribute, upper case; empty where it is absent."""
        value = self.raw(keyword)
        if value is None:
            return ()
        values = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else list(value)
        return tuple(str(v).strip().upper() for v in values)

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """All values of a numeric attribute; empty where it is absent or where one is not a finite number."""
        return as_numbers(self.raw(keyword))

    def number(self, keyword: str) -> float | None:
        """The first value of a numeric attribute, or None."""
        values = self.numbers(keyword)
        return values[0] if values else None

    def length_mm(self, keyword: str) -> Sourced | None:
        """A positive distance in mm; None where the attribute is absent or zero, as unset ones often are."""
        value = self.number(keyword)
        return Sourced(value, "tag", attribute_name(keyword)) if value is not None and value > 0 else None

    def lengths_mm(self, keyword: str) -> tuple[float, float] | None:
        """A pair of positive lengths in mm, in the file's order (row, then column); a single value counts for both."""
        values = self.numbers(keyword)
        if len(values) == 1:
            values = values * 2
        return (values[0], values[1]) if len(values) >= 2 and min(values[:2]) > 0 else None

    def angle_deg(self, keyword: str) -> Sourced | None:
        """An angle in degrees as the file states it, or None."""
        value = self.number(keyword)
        return None if value is None else Sourced(value, "tag", attribute_name(keyword))


def drop_unreadable(dataset: Dataset) -> list[str]:
    """Remove the elements of a file whose values are none of their kind, and note which.

    pydicom reads values when they are asked for, so that damage would be met anywhere later.
    """
    from pydicom.errors import BytesLengthException

    notes = []
    for tag in list(dataset.keys()):
        try:
            element = dataset[tag]
            for inner in (element.value or []) if element.VR == "SQ" else []:
                notes += drop_unreadable(inner)
        except (BytesLengthException, *READ_ERRORS):
            del dataset[tag]
            notes.append(f"The element {tag} of the file cannot be read and is left out; the file may be damaged.")
    return notes


def as_numbers(value: Any) -> tuple[float, ...]:
    """The finite numbers of a DICOM value of any multiplicity; empty where one of them is no finite number."""
    if _is_empty(value):
        return ()
    values = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else list(value)
    try:
        numbers = tuple(float(v) for v in values)
    except (TypeError, ValueError):
        return ()
    return numbers if np.isfinite(numbers).all() else ()


def _is_empty(value: Any) -> bool:
    return value is None or (hasattr(value, "__len__") and len(value) == 0)
