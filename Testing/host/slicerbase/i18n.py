"""Translation of texts, as Slicer's own: by the application's translators, in the context of the file that asks."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path


def translate(context: str, text: str) -> str:
    """Return the translation of `text` in a context; itself where there is none."""
    from slicer import app

    return app.translate(context, text)


@cache
def getContext(sourceFile: str) -> str:
    """Return the file's name, with its package's before it where it is in one; Slicer keeps it, too."""
    path = Path(sourceFile)
    return f"{path.parent.name}.{path.stem}" if (path.parent / "__init__.py").is_file() else path.stem


def tr(text: str) -> str:
    """Return the translation of `text` in the context of the caller's file; modules import it as `_`."""
    return translate(getContext(inspect.currentframe().f_back.f_code.co_filename), text)
