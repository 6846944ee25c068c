"""The one writer of files: the old file or the whole new one, and only where a file may be."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
import math
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

_LOG = logging.getLogger(__name__)
_KINDS = (
    (stat.S_ISDIR, "a folder; give the name of a file"),
    (stat.S_ISCHR, "a device; give the name of a file"),
    (stat.S_ISBLK, "a device; give the name of a file"),
    (stat.S_ISFIFO, "a pipe; give the name of a file"),
    (stat.S_ISSOCK, "a socket; give the name of a file"),
)


def checked_target(path: str | Path) -> Path:
    """Where a file of this name is written: the path itself, or what it leads to where it is a symbolic link.

    Raises:
        InputProblem: it is a device, pipe, socket, folder or read-only file, or its folder is missing or protected.
    """
    path = Path(path)
    if "\0" in str(path):
        raise InputProblem(f"{str(path)!r} holds a null character, which no file's name can have; choose another")
    try:
        target = _followed(path)
        folder = target.parent
        if not folder.is_dir():
            raise InputProblem(f"the folder {folder} does not exist; make it or choose another for {path.name}")
        if not os.access(folder, os.W_OK):
            raise InputProblem(f"the folder {folder} may not be written to; choose another for {path.name}")
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    except OSError as error:
        raise InputProblem(f"{path} cannot be written ({error.strerror}); choose another name or folder") from error
    for is_kind, words in _KINDS:
        if is_kind(mode):
            raise InputProblem(f"{path} is {words}")
    if not mode & 0o222 or not os.access(target, os.W_OK):
        raise InputProblem(f"{path} is read-only and is left as it is; choose another name, or make it writable")
    return target


def _followed(path: Path) -> Path:
    """The end of a chain of symbolic links, or the path itself."""
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():  # realpath gives up in a loop
        raise InputProblem(f"{path} is a link that leads back to itself; remove it or choose another name")
    _LOG.warning("%s is a link; what it leads to, %s, is written and the link stays", path, target)
    return target


def write_atomically(path: str | Path, write: Callable[[Path], object]) -> Path:
    """Write through a temporary file beside the output: a full disk or a stopped program leaves the old file as it was.

    Args:
        path: the output. A symbolic link stays one: the file that it leads to is written, and the log says so.
        write: writes to the path it is given, whose name ends like the output's, in small letters, and is ASCII, as its
            folder's is where other libraries could not open it otherwise.

    Returns:
        The path that was written: ``path``, or the file that this link leads to.

    Raises:
        InputProblem: as ``checked_target``, or the file could not be written; the old file is as it was.
    """
    target = checked_target(path)
    try:
        with _temporary_file(target) as temporary:
            with _writable_by_all(temporary) as staged:
                write(staged)
            _settle(temporary, target)
    except OSError as error:
        reason = _reason(error)
        raise InputProblem(
            f"{path} could not be written ({reason}) and is as it was before; free space or choose another folder"
        ) from error
    _LOG.info("wrote %s", target)
    return target


def _reason(error: OSError) -> str:
    """Why, in the system's words; those who raise an error again may have put a traceback into its text."""
    first: BaseException | None = error
    while first is not None:
        if isinstance(first, OSError) and first.strerror:
            return first.strerror
        first = first.__cause__ or first.__context__
    return " ".join(str(error).split()) or type(error).__name__


@contextlib.contextmanager
def _temporary_file(target: Path) -> Iterator[Path]:
    """A new empty file beside the target with the permissions of a new file; removed if it is still there at the end."""
    temporary = target.with_name(f".rayemb-{secrets.token_hex(8)}.part{_ending(target)}")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _ending(path: Path) -> str:
    """What tells the format: '.png', '.nii.gz'; nothing where it is long or not ASCII.

    In small letters, as ITK writes NIfTI to no other name.
    """
    ending = "".join(path.suffixes[-2:]) if path.suffix.lower() == ".gz" else path.suffix
    return ending.lower() if ending.isascii() and len(ending) <= 16 else ""


@contextlib.contextmanager
def _writable_by_all(temporary: Path) -> Iterator[Path]:
    """The same file, or one elsewhere that is copied there, where the folder's name has bytes that are not UTF-8.

    SimpleITK and OpenCV take names as UTF-8 only.
    """
    try:
        str(temporary).encode("utf-8")
    except UnicodeEncodeError:
        with tempfile.TemporaryDirectory(prefix="rayemb-") as folder:
            staged = Path(folder) / temporary.name
            yield staged
            shutil.copyfile(staged, temporary)
        return
    yield temporary


def _settle(temporary: Path, target: Path) -> None:
    """Bring what was written onto the disk and into its place, with the permissions of the file that was there."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    if target.exists():
        temporary.chmod(target.stat().st_mode & 0o777)
    temporary.replace(target)


@contextlib.contextmanager
def folder_at_once(folder: Path) -> Iterator[Path]:
    """A new folder beside one that is to be: what is written there takes its place at the end, or is gone.

    Raises:
        InputProblem: as ``checked_folder``.
    """
    checked_folder(folder)
    staged = Path(tempfile.mkdtemp(prefix=".rayemb-", dir=folder.absolute().parent))
    try:
        yield staged
        staged.chmod(0o777 & ~_umask())  # as other new folders; that of a temporary one is the user's alone
        if folder.exists():
            folder.rmdir()
        staged.replace(folder)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    _LOG.info("wrote %s", folder)


def checked_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written as a whole.

    Raises:
        InputProblem: it is a file or holds something, or its own folder is missing or protected.
    """
    if folder.exists() and not folder.is_dir():
        raise InputProblem(f"{folder} is a file; give the name of a new folder")
    if folder.exists() and any(folder.iterdir()):
        raise InputProblem(f"{folder} is not empty; give the name of a new folder")
    parent = folder.absolute().parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise InputProblem(f"{parent} does not exist or may not be written to; make it, or choose another folder")


def _umask() -> int:
    """What new files are not permitted."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write bytes as ``write_atomically`` does."""
    return write_atomically(path, lambda temporary: temporary.write_bytes(content))


def write_text(path: str | Path, text: str) -> Path:
    """Write text as UTF-8, lines ended by a line feed on every system; as ``write_atomically`` otherwise."""
    return write_bytes(path, printable(text).encode("utf-8"))


def write_csv(path: str | Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a table, a line a row; as ``write_text`` otherwise."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return write_text(path, text.getvalue())


def write_json(path: str | Path, content: Mapping[str, Any]) -> Path:
    """Write a JSON object; as ``write_text`` otherwise. NumPy arrays become lists, NaN and infinity null.

    Raises:
        InputProblem: as ``write_atomically``.
        TypeError: a value that JSON cannot hold.
    """
    return write_text(path, json_text(content))


def json_text(content: Mapping[str, Any]) -> str:
    """A JSON object as text, with a line feed at its end."""
    return json.dumps(_plain(content), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def printable(text: str) -> str:
    r"""Text that UTF-8 can hold: bytes of a file's name that are no UTF-8 are written as escapes, such as ``\udcff``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: Any) -> Any:
    """NumPy values as lists and numbers; NaN and infinity, which JSON lacks, as null."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {printable(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return printable(str(value)) if isinstance(value, Path | str) else value
