"""Who a file or an image is: a digest of its content, whatever its name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_BLOCK = 1 << 20  # bytes read at once; chosen: the hash is the same with any


@dataclass(frozen=True)
class Identity:
    """A file or folder that was read.

    Attributes:
        role: what it was read as, such as "CT" or "camera of view 1".
        name: of the file, without its folder (folders of hospitals hold patients' names).
        sha256: of its bytes; of a folder, of the names and bytes of all its files.
    """

    role: str
    name: str
    sha256: str


def identity_of_file(role: str, path: str | Path) -> Identity:
    """The identity of a file, or of a folder with all that it holds.

    Raises:
        OSError: it cannot be read.
    """
    path = Path(path)
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(file for file in path.rglob("*") if file.is_file()):
            digest.update(file.relative_to(path).as_posix().encode("utf-8", "surrogateescape") + b"\0")
            digest.update(bytes.fromhex(_digest_of(file)))
        return Identity(role, path.resolve().name, digest.hexdigest())
    return Identity(role, path.name, _digest_of(path))


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def digest_of_arrays(*arrays: np.ndarray | None) -> str:
    """SHA-256 of the types, shapes and values of arrays; None counts as an array of its own kind."""
    digest = hashlib.sha256()
    for array in arrays:
        if array is None:
            digest.update(b"none")
            continue
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
