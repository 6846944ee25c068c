"""Text and JSON in, with errors that a user understands."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

_LONGEST_TEXT = 64_000_000  # bytes; a result with a hundred views has less than one; chosen


def read_text(path: str | Path, kind: str = "a camera, pose or landmark file") -> str:
    """A text file's content.

    Args:
        path: of the file.
        kind: what is looked for, for the sentence of a refusal.

    Raises:
        InputProblem: missing, not a regular file, not readable, far too large, or not text.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise InputProblem(f"{path} does not exist; check the path")
        if not path.is_file():  # a pipe would be waited for, a device read without end
            raise InputProblem(f"{path} is not a file; give {kind}")
        if path.stat().st_size > _LONGEST_TEXT:
            raise InputProblem(f"{path} has {path.stat().st_size / 1e6:.0f} MB and is no text file; give {kind} instead")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputProblem(f"{path} is not a text file; give {kind} instead") from None
    except OSError as error:
        raise InputProblem(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    except ValueError as error:
        if isinstance(error, InputProblem):
            raise
        raise InputProblem(f"{str(path)!r} is not a name that a file can have ({error}); check the path") from None
    if "\0" in text:
        raise InputProblem(f"{path} is not a text file; give {kind} instead")
    return text


def parse_json_object(text: str, path: str | Path) -> dict[str, Any]:
    """A JSON object (a dictionary) from text that came from a file.

    Raises:
        InputProblem: not JSON, or JSON that is not an object.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputProblem(f"{path} is not valid JSON (line {error.lineno}: {error.msg}); correct that line") from None
    except (RecursionError, ValueError):  # thousands of brackets; a number of thousands of digits
        raise InputProblem(f"{path} is not valid JSON of any kind known here; write it again") from None
    if not isinstance(content, dict):
        raise InputProblem(f"{path} must hold one JSON object in braces, not a {type(content).__name__}")
    return content


def read_json_object(path: str | Path) -> dict[str, Any]:
    """A JSON object (a dictionary) from a file.

    Raises:
        InputProblem: missing, unreadable or not a JSON object.
    """
    return parse_json_object(read_text(path), path)


def numbers(content: Mapping[str, Any], key: str, shape: tuple[int, ...], path: str | Path) -> np.ndarray:
    """The finite numbers under a key as a float64 array of a given shape (-1 for any length).

    Raises:
        InputProblem: not numbers, another shape, or a value that is not finite.
    """
    wanted = " x ".join("N" if n < 0 else str(n) for n in shape) + " numbers" if shape else "a number"
    try:
        array = np.array(content[key], dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputProblem(f"{key} in {path} must be {wanted}") from None
    if array.ndim != len(shape) or any(n not in (-1, m) for n, m in zip(shape, array.shape, strict=True)):
        raise InputProblem(f"{key} in {path} must be {wanted}, not of shape {array.shape}")
    if not np.isfinite(array).all():
        raise InputProblem(f"{key} in {path} holds a value that is not a finite number; correct it")
    if _holds_words(content[key]):  # numpy would read "1.5" and True as numbers
        raise InputProblem(f"{key} in {path} must be {wanted}, without quotes")
    return array


def _holds_words(value: Any) -> bool:
    """Whether text or truth values stand where numbers should."""
    if isinstance(value, list | tuple):
        return any(_holds_words(item) for item in value)
    return isinstance(value, str | bool)


def number_or_none(content: Mapping[str, Any], key: str, path: str | Path) -> float | None:
    """A finite number under a key, or None where there is none.

    Raises:
        InputProblem: something else.
    """
    return None if content.get(key) is None else float(numbers(content, key, (), path))


def check_format(content: Mapping[str, Any], name: str, version: int, path: str | Path) -> int:
    """The version of a file of ours; 0 for one written before files had any.

    Raises:
        InputProblem: the file says that it is of another format, or of a newer version.
    """
    said = content.get("format")
    if said is None:
        return 0
    if said != name:
        raise InputProblem(f"{path} is a file of the format '{said}', not '{name}'; give another file")
    found = content.get("format_version")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise InputProblem(f"format_version in {path} must be a whole number from 1, not {found!r}")
    if found > version:
        raise InputProblem(
            f"{path} is of version {found} of its format, this program reads up to {version}; update RayEmbRegistration"
        )
    return found


def unknown_keys(content: Mapping[str, Any], known: Collection[str], path: str | Path) -> tuple[str, ...]:
    """A note on each key that is not read, with the key that may have been meant."""
    notes = []
    for key in content:
        if key in known:
            continue
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.75)
        hint = f"; is {near[0]} meant?" if near else ""
        notes.append(f"'{key}' in {path} is not a key that is read; it was left out{hint}")
    return tuple(notes)


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: null, zeros, an empty list or text."""
    if value is None or value is False or value in ("", [], {}):
        return True
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return False
    return not bool(np.any(array != 0))
