"""Whether an archive (ZIP, as PyTorch and NumPy write) is whole, before something that trusts it reads it."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

from RayEmbRegistrationLib.problems import InputProblem


def check_archive(path: str | Path, what_to_do: str) -> None:
    """Refuse an archive whose checksums do not hold; PyTorch's reader ends the process on some that are damaged.

    Args:
        path: of the file; one that is no archive at all passes, whoever reads it says what is wrong.
        what_to_do: end of the sentence.

    Raises:
        InputProblem: it is damaged or cut off.
        OSError: it cannot be read.
    """
    with Path(path).open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        struct.error,
    ) as error:
        raise InputProblem(f"{path} is damaged or cut off; {what_to_do}") from error
    if damaged is not None:
        raise InputProblem(f"{path} is damaged ({damaged} does not have its checksum); {what_to_do}")
