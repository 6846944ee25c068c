"""The bytes of the voxels: read in small pieces, counted, and their checksum compared, whatever the file claims."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .stored import COPY_AGAIN

GZIP, ZLIB = 31, 15  # zlib's numbers for the two wrappings of deflate; both hold a checksum, which zlib compares
GZIP_START = b"\x1f\x8b"
_PIECE = 1 << 20  # bytes; chosen: memory grows with what the file holds, not with what it says
_MOST_DEFLATE = 1032  # deflate makes at most so many bytes of one; zlib's technical details
_MOST_AFTER = 512  # bytes that may follow the voxels, as padding; chosen: a block of disks and tapes


@dataclass(frozen=True)
class VoxelData:
    """Where the voxels are.

    Attributes:
        path: the file the user gave, for messages.
        data_path: the file that holds the voxels; the same, or the one that a header names.
        start: byte of the file where they, or their compressed stream, begin; negative: they end with the file.
        wrapping: GZIP, ZLIB or None.
        skip: bytes of the decompressed stream before the voxels.
        shape: of the array.
        dtype: of its numbers, with their byte order.
    """

    path: Path
    data_path: Path
    start: int
    wrapping: int | None
    skip: int
    shape: tuple[int, ...]
    dtype: np.dtype


class _CutOffError(Exception):
    """The stream ended before its end mark."""


def read_voxels(data: VoxelData) -> np.ndarray:
    """The array, complete and undamaged.

    Raises:
        InputProblem: bytes are missing, too many, or do not fit their checksum.
    """
    if not data.data_path.is_file():
        raise InputProblem(
            f"the voxels of {data.path} are in {data.data_path.name}, which is not beside it; copy both files together"
        )
    needed = int(np.prod(data.shape, dtype=np.int64)) * data.dtype.itemsize
    present = data.data_path.stat().st_size
    start = present - needed if data.start < 0 else data.start
    in_file = present - start
    if data.wrapping is None and (start < 0 or in_file < needed):
        raise InputProblem(_cut_off(data, needed, max(0, min(in_file, present))))
    if data.wrapping is not None and in_file * _MOST_DEFLATE < needed:
        raise InputProblem(_cut_off(data, needed, None))
    values = np.empty(data.shape, dtype=data.dtype)
    target = values.reshape(-1).view(np.uint8)
    position = -data.skip
    try:
        with data.data_path.open("rb") as file:
            file.seek(start)
            for piece in _pieces(file, data.wrapping):
                low, high = max(position, 0), min(position + len(piece), needed)
                if high > low:
                    target[low:high] = np.frombuffer(piece, np.uint8)[low - position : high - position]
                position += len(piece)
                if position > needed + _MOST_AFTER:
                    raise InputProblem(
                        f"{data.path} holds more voxels than its header says ({needed} bytes); header and voxels do not "
                        f"belong together, {COPY_AGAIN}"
                    )
    except _CutOffError:
        raise InputProblem(_cut_off(data, needed, max(position, 0))) from None
    except zlib.error:
        raise InputProblem(f"{data.path} is damaged: its voxels do not fit their checksum; {COPY_AGAIN}") from None
    if position < needed:
        raise InputProblem(_cut_off(data, needed, max(position, 0)))
    return values.astype(data.dtype.newbyteorder("="), copy=False)


def first_bytes(path: Path, count: int) -> tuple[bytes, bool]:
    """The first ``count`` bytes of a file, decompressed where it is gzip, and whether it is.

    Raises:
        InputProblem: the file is empty, or damaged before so many bytes.
    """
    with path.open("rb") as file:
        start = file.read(2)
        file.seek(0)
        if start != GZIP_START:
            return file.read(count), False
        content = b""
        try:
            for piece in _pieces(file, GZIP, small=True):
                content += piece
                if len(content) >= count:
                    break
        except _CutOffError:
            pass  # what reads on says what is missing
        except zlib.error:
            raise InputProblem(f"{path} is damaged: it is not a whole gzip file; {COPY_AGAIN}") from None
    return content[:count], True


def _cut_off(data: VoxelData, needed: int, present: int | None) -> str:
    name = (
        str(data.path) if data.path == data.data_path else f"{data.data_path}, which holds the voxels of {data.path.name},"
    )
    if present is None:
        return f"{name} is cut off or its header is damaged: it is far too small for the voxels it announces; {COPY_AGAIN}"
    share = 100 * (1 - present / needed)
    missing = "its last bytes are missing" if present >= needed else f"{share:.3g} % of its voxels are missing"
    return f"{name} is cut off: {missing}; {COPY_AGAIN}"


def _pieces(file: BinaryIO, wrapping: int | None, small: bool = False) -> Iterator[bytes]:
    """A file from where it stands, decompressed; each piece is small, however well it was compressed."""
    size = 1 << 12 if small else _PIECE
    if wrapping is None:
        while piece := file.read(size):
            yield piece
        return
    engine = zlib.decompressobj(wrapping)
    pending = file.read(size)
    while True:
        piece = engine.decompress(pending, size)
        if piece:
            yield piece
        if engine.eof:
            pending = engine.unused_data or file.read(size)
            if wrapping != GZIP or not pending.startswith(GZIP_START):
                return  # else one more member of the gzip file
            engine = zlib.decompressobj(wrapping)
            continue
        pending = engine.unconsumed_tail or file.read(size)
        if not pending and not piece:
            raise _CutOffError
