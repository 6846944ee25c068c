"""Text and JSON in, with errors that a user understands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem


class FileProblemError(InputProblem):
    """A file that cannot be used, in one sentence that names it and says what to do."""


def read_text(path: str | Path) -> str:
    """A text file's content.

    Raises:
        FileProblemError: missing, not a file, not readable or not text.
    """
    path = Path(path)
    if not path.exists():
        raise FileProblemError(f"{path} does not exist; check the path")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileProblemError(f"{path} is not a text file; give a camera, pose or landmark file instead") from None
    except OSError as error:
        raise FileProblemError(f"{path} cannot be read ({error.strerror}); check its permissions") from error


def parse_json_object(text: str, path: str | Path) -> dict[str, Any]:
    """A JSON object (a dictionary) from text that came from a file.

    Raises:
        FileProblemError: not JSON, or JSON that is not an object.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise FileProblemError(f"{path} is not valid JSON (line {error.lineno}: {error.msg}); correct that line") from None
    if not isinstance(content, dict):
        raise FileProblemError(f"{path} must hold one JSON object in braces, not a {type(content).__name__}")
    return content


def read_json_object(path: str | Path) -> dict[str, Any]:
    """A JSON object (a dictionary) from a file.

    Raises:
        FileProblemError: missing, unreadable or not a JSON object.
    """
    return parse_json_object(read_text(path), path)


def numbers(content: dict[str, Any], key: str, shape: tuple[int, ...], path: str | Path) -> np.ndarray:
    """The finite numbers under a key as a float64 array of a given shape (-1 for any length).

    Raises:
        FileProblemError: not numbers, another shape, or a value that is not finite.
    """
    wanted = " x ".join("N" if n < 0 else str(n) for n in shape)
    try:
        array = np.array(content[key], dtype=np.float64)
    except (TypeError, ValueError):
        raise FileProblemError(f"{key} in {path} must be {wanted} numbers") from None
    if array.ndim != len(shape) or any(n not in (-1, m) for n, m in zip(shape, array.shape, strict=True)):
        raise FileProblemError(f"{key} in {path} must be {wanted} numbers, not of shape {array.shape}")
    if not np.isfinite(array).all():
        raise FileProblemError(f"{key} in {path} holds a value that is not a finite number; correct it")
    return array
