"""NIfTI-1 and -2 (nifti1.h and nifti2.h, https://nifti.nimh.nih.gov): one file, a gzip file, or header and voxels apart."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .nifti_place import Forms, place_of_forms
from .stored import COPY_AGAIN, StoredVolume, checked_size
from .voxel_data import GZIP, VoxelData, first_bytes, read_voxels

_SIZES = {348: 1, 540: 2}  # sizeof_hdr to the version; NIfTI-1 and NIfTI-2
# NIfTI-1's codes of data types.
_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_TYPES |= {32: "c8", 1792: "c16"}
_COLOURS = {128: 3, 2304: 4}  # NIfTI-1's codes of RGB24 and RGBA32, and their bytes
_MOST_BEFORE = 1 << 26  # bytes of header and its extensions; chosen: extensions of some MB occur


@dataclass(frozen=True)
class _Header:
    """What is used of either version's header."""

    size: tuple[int, ...]
    pixdim: tuple[float, ...]
    datatype: int
    bits: int
    offset: float
    scale: tuple[float, float]
    units: int
    forms: Forms
    magic: bytes
    order: str


def is_nifti(start: bytes) -> bool:
    """Whether a (decompressed) file begins as NIfTI or Analyze."""
    return len(start) >= 4 and any(struct.unpack(order + "i", start[:4])[0] in _SIZES for order in "<>")


def read_nifti(path: Path) -> StoredVolume:
    """The volume of a NIfTI file; of the very file that is named, whatever lies beside it.

    Raises:
        InputProblem: damaged, cut off, or of a kind that cannot be used.
    """
    header_path = _header_beside(path)
    start, zipped = first_bytes(header_path, 540)
    header = _parsed(start, header_path)
    if header.datatype in _COLOURS:
        dtype, components = np.dtype("u1"), _COLOURS[header.datatype]
    elif header.datatype in _TYPES:
        dtype, components = np.dtype(header.order + _TYPES[header.datatype]), 1
    else:
        raise InputProblem(f"{path} stores voxels of the unusual type {header.datatype}; save it again with 16-bit integers")
    if header.bits != 8 * dtype.itemsize * components:
        raise InputProblem(
            f"{path} contradicts itself: its voxels are of type {header.datatype} and have {header.bits} bits; {COPY_AGAIN}"
        )
    size = checked_size(header.size, dtype.itemsize * components, path)
    shape = (*size[::-1], components) if components > 1 else size[::-1]
    if not (isfinite(header.offset) and 0 <= header.offset <= _MOST_BEFORE):
        raise InputProblem(f"{path} says its voxels begin at byte {header.offset:g}: its header is damaged; {COPY_AGAIN}")
    skip = int(header.offset)
    if header.magic.startswith(b"n+"):
        skip = max(skip, 352 if header.magic[2:3] == b"1" else 544)
        data_path = header_path
    else:
        data_path = _voxels_beside(header_path)
        zipped = data_path.name.lower().endswith(".gz")
    start_byte, inside = (0, skip) if zipped else (skip, 0)
    values = read_voxels(VoxelData(path, data_path, start_byte, GZIP if zipped else None, inside, shape, dtype))
    values = _scaled(values, header.scale, path)
    if not header.magic.startswith(b"n"):
        reason = "is in the Analyze format, which does not tell left from right"
        return StoredVolume(values, components, None, reason)
    if len(size) < 3:
        return StoredVolume(values, components, None, "is flat")
    ras_from_ijk, reason, notes = place_of_forms(header.forms, header.pixdim, size, header.units, path)
    return StoredVolume(values, components, ras_from_ijk, reason, tuple(notes))


def _parsed(start: bytes, path: Path) -> _Header:
    """The header's fields.

    Raises:
        InputProblem: too short, or no header.
    """
    for order in "<>":
        version = _SIZES.get(struct.unpack(order + "i", start[:4])[0]) if len(start) >= 4 else None
        if version is None:
            continue
        if len(start) < (348 if version == 1 else 540):
            break

        def get(form: str, place: int, order: str = order) -> tuple[Any, ...]:
            return struct.unpack_from(order + form, start, place)

        if version == 1:
            dim, pixdim, (datatype, bits), (offset, *scale) = get("8h", 40), get("8f", 76), get("2h", 70), get("3f", 108)
            codes, numbers, rows, units, magic = get("2h", 252), get("6f", 256), get("12f", 280), start[123], start[344:347]
        else:
            dim, pixdim, (datatype, bits), (offset,) = get("8q", 16), get("8d", 104), get("2h", 12), get("q", 168)
            scale, codes, numbers, rows = [*get("2d", 176)], get("2i", 344), get("6d", 352), get("12d", 400)
            units, magic = get("i", 500)[0], start[4:7]
        if not 1 <= dim[0] <= 7:
            raise InputProblem(f"{path} says it has {dim[0]} dimensions: its header is damaged; {COPY_AGAIN}")
        forms = Forms(codes[0], codes[1], np.array(numbers), np.array(rows).reshape(3, 4), pixdim[0])
        size = tuple(int(n) for n in dim[1 : dim[0] + 1])
        return _Header(size, pixdim[1:4], datatype, bits, offset, (scale[0], scale[1]), units & 7, forms, magic, order)
    raise InputProblem(f"{path} is cut off within its header, or damaged; {COPY_AGAIN}")


def _header_beside(path: Path) -> Path:
    """The header's file where a file of voxels alone was named."""
    name = path.name.lower()
    for voxels, header in ((".img.gz", ".hdr"), (".img", ".hdr")):
        if name.endswith(voxels):
            stem = path.name[: -len(voxels)]
            for candidate in (stem + header, stem + header + ".gz"):
                if (path.parent / candidate).is_file():
                    return path.parent / candidate
            raise InputProblem(f"{path} holds voxels without their header {stem}{header}; copy both files together")
    return path


def _voxels_beside(header_path: Path) -> Path:
    """The file of voxels that belongs to a header."""
    stem = header_path.name.removesuffix(".gz")[: -len(".hdr")]
    zipped = header_path.with_name(stem + ".img.gz")
    plain = header_path.with_name(stem + ".img")
    if zipped.is_file() and plain.is_file():
        raise InputProblem(f"beside {header_path} lie both {plain.name} and {zipped.name}; leave the one that belongs to it")
    return zipped if zipped.is_file() else plain


def _scaled(values: np.ndarray, scale: tuple[float, float], path: Path) -> np.ndarray:
    """Stored numbers times slope plus intercept; no slope, zero or NaN means as stored (nifti1.h)."""
    slope, intercept = scale
    if np.isnan(slope) or slope == 0 or (slope, intercept) == (1, 0):
        return values
    if not (np.isfinite(slope) and np.isfinite(intercept)):
        raise InputProblem(f"{path} scales its values by {slope:g} and {intercept:g}: its header is damaged; {COPY_AGAIN}")
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2 and slope == round(slope) and intercept == round(intercept):
        low, high = sorted(slope * limit + intercept for limit in (int(values.min()), int(values.max())))
        if low >= -(2**31) and high < 2**31:
            return values.astype(np.int32) * np.int32(slope) + np.int32(intercept)
    if values.dtype.kind == "c":
        return values
    return (values * slope + intercept).astype(np.float32)
