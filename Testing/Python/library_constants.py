"""The library's numeric constants, and whether something is said beside each."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

_NO_WORD = ("# noqa", "# fmt", "# type", "# pragma")


def is_numeric(value: ast.expr) -> bool:
    """Whether a number is written in a value: itself, in a tuple, a table, a sum, or what is made of numbers."""
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, (int, float, complex)) and not isinstance(node.value, bool)
        for node in ast.walk(value)
        if not isinstance(value, (ast.Lambda, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp))
    )


def names_of(statement: ast.stmt) -> list[str]:
    """The names that an assignment gives a value to."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    flat = [one for target in targets for one in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return [one.id for one in flat if isinstance(one, ast.Name)]


def numeric_constants(path: Path) -> Iterator[tuple[str, int, bool]]:
    """(name, line, whether it has a comment above it or on it, or a docstring below it) of a module's constants."""
    source = path.read_text(encoding="utf-8")
    body = ast.parse(source).body
    above, beside = _comments(source)
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
            continue
        names = names_of(statement)
        if not names or not all(name.isupper() for name in names) or not is_numeric(statement.value):
            continue
        lines = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
        has_word = statement.lineno - 1 in above or any(line in beside for line in lines) or _is_docstring(following)
        yield ", ".join(names), statement.lineno, has_word


def _comments(source: str) -> tuple[set[int], set[int]]:
    """Lines that are a comment, and lines that have one."""
    found = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and not token.string.startswith(_NO_WORD)
    ]
    return {token.start[0] for token in found if not token.line[: token.start[1]].strip()}, {t.start[0] for t in found}


def _is_docstring(statement: ast.stmt | None) -> bool:
    value = getattr(statement, "value", None)
    return isinstance(statement, ast.Expr) and isinstance(value, ast.Constant) and isinstance(value.value, str)
