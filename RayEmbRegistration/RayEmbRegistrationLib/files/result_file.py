"""The file of a result: written and read."""

from __future__ import annotations

from pathlib import Path

from .json_files import parse_json_object, read_text
from .kinds import RESULT, refuse_other_kinds
from .result import ResultFile
from .result_json import content_of_result, result_of_content
from .writing import write_json


def write_result(path: str | Path, result: ResultFile) -> Path:
    """Write the file, whole or not at all; returns where (a link's end).

    Raises:
        InputProblem: no view has a pose, or the file could not be written.
    """
    return write_json(path, content_of_result(result))


def read_result(path: str | Path) -> ResultFile:
    """A result file of this or an earlier version.

    Raises:
        InputProblem: missing, of another kind, of a newer version, or a value is not what it should be.
    """
    text = read_text(path, "the RESULT.json that 'register' wrote")
    if not text.lstrip().startswith(("{", "[")):
        refuse_other_kinds(text, path, RESULT)
    content = parse_json_object(text, path)
    refuse_other_kinds(content, path, RESULT)
    return result_of_content(content, path)
