"""Names of files made from names that others chose."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

_FORBIDDEN = re.compile(r"[^\w .+@=-]", re.ASCII)  # what some system, shell or library takes for something else
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)  # devices in every folder of Windows
_LONGEST = 80  # leaves room for endings within the 255 bytes of a name, and within the 260 characters of a path on Windows


def safe_name(name: str) -> str:
    """One path component from any text, such as the name of a specimen in a data set.

    It is never empty, a parent folder, hidden, or a device on any system. A name that is fine stays as it is; one that had
    to be changed ends in a digest of what it was, so that different names stay different.

    Args:
        name: any text, also with slashes, control characters and bytes that are no UTF-8.
    """
    clean = _FORBIDDEN.sub("_", name).strip(" .")[:_LONGEST].strip(" .")
    if clean == name and clean and not _RESERVED.match(clean):
        return clean
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem = clean if clean.strip("_") else "unnamed"
    return f"{'_' if _RESERVED.match(stem) else ''}{stem}-{digest}"


def without_folders(notes: Iterable[str], *paths: str | Path | None) -> tuple[str, ...]:
    """Sentences with files called by their names alone: they are kept with results, and folders of hospitals hold patients'
    names.
    """
    known = [path for path in paths if path is not None and Path(path).name]
    found = tuple(notes)
    for path in sorted(known, key=lambda path: -len(str(path))):
        found = tuple(note.replace(str(path), Path(path).name) for note in found)
    return found
