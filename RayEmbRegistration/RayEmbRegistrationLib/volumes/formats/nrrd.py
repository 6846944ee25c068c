"""NRRD (https://teem.sourceforge.net/nrrd/format.html), attached and detached, raw or gzip."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.geometry.frames import LPS_FROM_RAS
from RayEmbRegistrationLib.problems import InputProblem

from .stored import COPY_AGAIN, StoredVolume, checked_size
from .voxel_data import GZIP, VoxelData, read_voxels

_MOST_HEADER = 1 << 20  # bytes; chosen: headers have some hundred, keys of users included
_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_DTYPE_OF = {name: dtype for dtype, names in _TYPES.items() for name in names}
# The names of NRRD's field "space".
_RAS_FROM_SPACE = {
    "left-posterior-superior": LPS_FROM_RAS,
    "right-anterior-superior": np.eye(4),
    "left-anterior-superior": np.diag([-1.0, 1.0, 1.0, 1.0]),
}
_SHORT = {"lps": "left-posterior-superior", "ras": "right-anterior-superior", "las": "left-anterior-superior"}
_MM_OF_UNIT = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "um": 0.001}  # the spellings of NRRD's field "space units"
_LIST_KINDS = ("vector", "list", "color", "complex", "matrix", "covariant", "normal", "point", "quaternion")


def is_nrrd(start: bytes) -> bool:
    """Whether a file begins as NRRD."""
    return start.startswith(b"NRRD0")


def read_nrrd(path: Path) -> StoredVolume:
    """The volume of a .nrrd, or of a .nhdr and the file that it names.

    Raises:
        InputProblem: damaged, cut off, or of a kind that cannot be used.
    """
    fields, end = _fields(path)
    for needed in ("type", "dimension", "sizes", "encoding"):
        if needed not in fields:
            raise InputProblem(f"{path} lacks '{needed}' in its header; {COPY_AGAIN}")
    if fields["type"].lower() not in _DTYPE_OF:
        raise InputProblem(f"{path} stores voxels of the type '{fields['type']}'; save it again with 16-bit integers")
    dtype = np.dtype(_DTYPE_OF[fields["type"].lower()])
    if dtype.itemsize > 1:
        if fields.get("endian", "").lower() not in ("little", "big"):
            raise InputProblem(f"{path} does not tell the order of its bytes ('endian'); {COPY_AGAIN}")
        dtype = dtype.newbyteorder("<" if fields["endian"].lower() == "little" else ">")
    sizes = _numbers(fields["sizes"], "sizes", path)
    if len(sizes) != _numbers(fields["dimension"], "dimension", path)[0]:
        raise InputProblem(f"{path} gives {len(sizes)} sizes for {fields['dimension']} dimensions; {COPY_AGAIN}")
    components = _components(fields, sizes)
    size = checked_size(tuple(sizes[1:] if components else sizes), dtype.itemsize * max(components, 1), path)
    shape = (*size[::-1], components) if components > 1 else size[::-1]
    values = read_voxels(_voxel_data(path, fields, end, shape, dtype))
    if len(size) != 3:
        return StoredVolume(values, max(components, 1), None, "is not of three dimensions")
    ras_from_ijk, reason, notes = _place(fields, bool(components), path)
    return StoredVolume(values, max(components, 1), ras_from_ijk, reason, tuple(notes))


def _fields(path: Path) -> tuple[dict[str, str], int | None]:
    """The header's fields, and the byte after its empty line, None where the header is the whole file."""
    with path.open("rb") as file:
        content = file.read(_MOST_HEADER)
    found = re.search(rb"\r?\n\r?\n", content)
    if found is None and len(content) == _MOST_HEADER:
        raise InputProblem(f"{path} is damaged: its header does not end; {COPY_AGAIN}")
    text = content[: found.start() if found else len(content)].decode("utf-8", errors="replace")
    fields: dict[str, str] = {}
    for line in text.splitlines()[1:]:
        name, separator, value = line.partition(":")
        if separator and not line.startswith("#") and not value.startswith("="):
            fields[name.strip().lower()] = value.strip()
    for short, name in (("datafile", "data file"), ("lineskip", "line skip"), ("byteskip", "byte skip")):
        if short in fields:
            fields[name] = fields.pop(short)
    if found is None and "data file" not in fields:
        raise InputProblem(f"{path} is cut off within its header; {COPY_AGAIN}")
    return fields, found.end() if found else None


def _numbers(text: str, name: str, path: Path) -> list[int]:
    try:
        numbers = [int(word) for word in text.split()]
        if not numbers:
            raise ValueError
    except ValueError:
        raise InputProblem(f"{path} has '{text[:60]}' for {name} in its header; {COPY_AGAIN}") from None
    return numbers


def _components(fields: dict[str, str], sizes: list[int]) -> int:
    """Values a voxel where the first axis holds them, else 0."""
    directions = fields.get("space directions", "").split()
    kinds = fields.get("kinds", "").lower().split()
    is_list = bool(kinds) and any(word in kinds[0] for word in _LIST_KINDS)
    return sizes[0] if len(sizes) > 1 and (is_list or directions[:1] == ["none"]) else 0


def _voxel_data(path: Path, fields: dict[str, str], end: int | None, shape: tuple[int, ...], dtype: np.dtype) -> VoxelData:
    encoding = fields["encoding"].lower()
    if encoding not in ("raw", "gzip", "gz"):
        raise InputProblem(f"{path} stores its voxels as '{encoding}'; save it again raw or with gzip")
    wrapping = None if encoding == "raw" else GZIP
    name = fields.get("data file")
    if name is not None and (name.upper().startswith("LIST") or "%" in name):
        raise InputProblem(f"{path} spreads its voxels over several files; save it again as one .nrrd file")
    if name is None and end is None:
        raise InputProblem(f"{path} is cut off within its header; {COPY_AGAIN}")
    data_path = path if name is None else path.parent / name
    start = 0 if name is not None or end is None else end
    line_skip = _numbers(fields.get("line skip", "0"), "line skip", path)[0]
    byte_skip = _numbers(fields.get("byte skip", "0"), "byte skip", path)[0]
    if line_skip < 0 or byte_skip < -1 or (byte_skip == -1 and wrapping is not None):
        raise InputProblem(f"{path} skips {line_skip} lines and {byte_skip} bytes: its header is damaged; {COPY_AGAIN}")
    if line_skip and data_path.is_file():
        start = _after_lines(data_path, start, line_skip)
    if byte_skip == -1:
        return VoxelData(path, data_path, -1, None, 0, shape, dtype)
    if wrapping is None:
        start, byte_skip = start + byte_skip, 0
    return VoxelData(path, data_path, start, wrapping, byte_skip, shape, dtype)


def _after_lines(path: Path, start: int, count: int) -> int:
    """The byte after so many lines, the end where there are fewer."""
    with path.open("rb") as file:
        file.seek(start)
        for _ in range(min(count, _MOST_HEADER)):
            if not file.readline(_MOST_HEADER):
                break
        return file.tell()


def _place(fields: dict[str, str], has_list: bool, path: Path) -> tuple[np.ndarray | None, str, list[str]]:
    """(4, 4) ras_from_ijk or None, why there is none, and notes."""
    if "space directions" not in fields:
        spacings = fields.get("spacings", "").split()
        missing = "how it lies in the patient" if spacings else "the size of its voxels"
        return None, f"does not tell {missing} ('space directions' is missing)", []
    space = fields.get("space", "").lower()
    space = _SHORT.get(space, space)
    if space not in _RAS_FROM_SPACE:
        return None, "does not tell in which axes of the patient it lies ('space' is missing or not anatomical)", []
    vectors = re.findall(r"none|\([^)]*\)", fields["space directions"])[1 if has_list else 0 :]
    try:
        columns = np.array([[float(x) for x in vector.strip("()").split(",")] for vector in vectors]).T
        origin = np.array([float(x) for x in fields.get("space origin", "").strip("()").split(",")])
        if columns.shape != (3, 3) or origin.shape != (3,):
            raise ValueError
    except ValueError:
        return None, "does not place its voxels: 'space directions' or 'space origin' cannot be read", []
    if not (np.isfinite(columns).all() and np.isfinite(origin).all()):
        return None, "has 'space directions' or a 'space origin' that are not finite, which is no size and no place", []
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = columns, origin
    matrix = _RAS_FROM_SPACE[space] @ matrix
    units = {unit.strip('"').lower() for unit in fields.get("space units", "").split()} - {""}
    known = [_MM_OF_UNIT[unit] for unit in units if unit in _MM_OF_UNIT]
    if len(units) == 1 and known and known[0] != 1.0:
        matrix[:3] *= known[0]
        return matrix, "", [f"{path} gives lengths in {units.pop()}; they were converted to mm"]
    return matrix, "", []
