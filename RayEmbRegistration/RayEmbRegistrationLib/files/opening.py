"""Files opened by libraries that take names as UTF-8 only (SimpleITK, safetensors)."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path


@contextlib.contextmanager
def openable_by_all(files: Sequence[Path]) -> Iterator[list[str]]:
    """The names of files, or of links to them for as long as this lasts, where their own have bytes that are no UTF-8.

    Args:
        files: that exist; the names come in the same order.
    """
    names = [str(file) for file in files]
    try:
        "".join(names).encode("utf-8")
    except UnicodeEncodeError:
        with tempfile.TemporaryDirectory(prefix="rayemb-") as folder:
            links = [Path(folder) / f"{number}{_ending(file)}" for number, file in enumerate(files)]
            for link, file in zip(links, files, strict=True):
                link.symlink_to(file.absolute())
            yield [str(link) for link in links]
        return
    yield names


def _ending(file: Path) -> str:
    return file.suffix if file.suffix.isascii() else ""
