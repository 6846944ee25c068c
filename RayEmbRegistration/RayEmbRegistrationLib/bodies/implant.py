"""A body whose shape and material are known, and whose place is not."""

from __future__ import annotations

from dataclasses import dataclass

from .materials import Material
from .surface import Surface


@dataclass(frozen=True, eq=False)
class Implant:
    """A body whose shape is known.

    Attributes:
        name: for words.
        surface: closed, mm, in its own frame.
        material: what it is made of.
    """

    name: str
    surface: Surface
    material: Material
