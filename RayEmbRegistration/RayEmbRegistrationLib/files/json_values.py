"""Values of a JSON object by key, each checked for its type: what is missing or null is None or empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

from .json_files import number_or_none, numbers


@dataclass(frozen=True, eq=False)
class Values:
    """A JSON object of a file.

    Attributes:
        content: the object.
        path: of the file, for messages.

    Every method raises InputProblem where the value is of another type.
    """

    content: Mapping[str, Any]
    path: str | Path

    def problem(self, key: str, wanted: str) -> InputProblem:
        """For a value that is something else than wanted."""
        return InputProblem(f"{key} in {self.path} must be {wanted}; correct it or write the file again")

    def text(self, key: str) -> str:
        """Words; empty where there are none."""
        value = self.content.get(key)
        if value is not None and not isinstance(value, str):
            raise self.problem(key, "text")
        return value or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Sentences."""
        value = self.content.get(key)
        if value is not None and not (isinstance(value, list) and all(isinstance(words, str) for words in value)):
            raise self.problem(key, "a list of text")
        return tuple(value or ())

    def flag(self, key: str) -> bool:
        """A truth value; False where there is none."""
        value = self.content.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.problem(key, "true or false")
        return bool(value)

    def number_or_none(self, key: str) -> float | None:
        """A finite number."""
        return number_or_none(self.content, key, self.path)

    def numbers(self, key: str, shape: tuple[int, ...]) -> np.ndarray:
        """Finite numbers of a shape; they must be there."""
        if self.content.get(key) is None:
            raise self.problem(key, "given")
        return numbers(self.content, key, shape, self.path)

    def plain_number(self, key: str, value: Any) -> float:
        """A finite number that lies somewhere below a key."""
        return float(numbers({key: value}, key, (), self.path))

    def three(self, key: str) -> np.ndarray:
        """(3,) numbers; NaN for those that are null or missing."""
        value = self.content.get(key)
        if value is None:
            return np.full(3, np.nan)
        if not isinstance(value, list) or len(value) != 3:
            raise self.problem(key, "three numbers")
        return np.array([np.nan if number is None else self.plain_number(key, number) for number in value])

    def pose_or_none(self, key: str) -> RigidTransform | None:
        """A rigid 4x4 matrix."""
        if self.content.get(key) is None:
            return None
        matrix = numbers(self.content, key, (4, 4), self.path)
        try:
            return RigidTransform.from_matrix(matrix)
        except InputProblem as problem:
            raise InputProblem(f"{key} in {self.path}: {problem}") from problem

    def object_or_none(self, key: str) -> Values | None:
        """An object below."""
        value = self.content.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.problem(key, "an object in braces")
        return Values(value, self.path)

    def objects(self, key: str) -> tuple[Values, ...]:
        """A list of objects below."""
        value = self.content.get(key)
        if value is not None and not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
            raise self.problem(key, "a list of objects in braces")
        return tuple(Values(item, self.path) for item in value or ())

    def objects_by_name(self, key: str) -> dict[str, Values]:
        """An object of objects below."""
        value = self.content.get(key)
        if value is not None and not (isinstance(value, dict) and all(isinstance(item, dict) for item in value.values())):
            raise self.problem(key, "an object of objects in braces")
        return {name: Values(item, self.path) for name, item in (value or {}).items()}

    def words_by_name(self, key: str) -> dict[str, str]:
        """An object of text."""
        below = self.object_or_none(key)
        return {} if below is None else {name: below.text(name) for name in below.content}

    def numbers_by_name(self, key: str) -> dict[str, float | None]:
        """An object of numbers, null where one is not known."""
        below = self.object_or_none(key)
        return {} if below is None else {name: below.number_or_none(name) for name in below.content}
