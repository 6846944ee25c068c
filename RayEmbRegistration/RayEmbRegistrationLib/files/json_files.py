"""JSON in and out: errors a user understands, and no half-written file."""

from __future__ import annotations

import json
import math
import os
import tempfile
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


def _plain(value: Any) -> Any:
    """NumPy values as lists and numbers; NaN and infinity, which JSON lacks, as null."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def write_json_atomically(path: str | Path, content: dict[str, Any]) -> None:
    """Write JSON through a temporary file in the same folder, so that the file is the old one or the whole new one.

    NumPy arrays become lists; NaN and infinity become null.

    Raises:
        FileProblemError: the folder is missing or cannot be written.
        TypeError: a value that JSON cannot hold.
    """
    path = Path(path)
    text = json.dumps(_plain(content), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    except OSError as error:
        raise FileProblemError(
            f"{path} cannot be written ({error.strerror}); choose an existing, writable folder"
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        permissions = path.stat().st_mode & 0o777 if path.exists() else 0o644
        Path(temporary).chmod(permissions)
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise FileProblemError(f"{path} cannot be written ({error.strerror}); choose a writable folder") from error
