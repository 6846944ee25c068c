"""MetaImage (https://docs.itk.org/projects/metaio), .mha and .mhd: voxels within or in one file beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.geometry.frames import LPS_FROM_RAS
from RayEmbRegistrationLib.problems import InputProblem

from .stored import COPY_AGAIN, StoredVolume, checked_size
from .voxel_data import ZLIB, VoxelData, read_voxels

_MOST_HEADER = 1 << 20  # bytes; chosen: headers have some hundred
_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",  # MetaIO writes four bytes for it on every system
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_FIRST_KEYS = ("objecttype", "ndims", "comment", "objectsubtype", "dimsize")


def is_metaimage(start: bytes) -> bool:
    """Whether a file begins as MetaImage."""
    return start.split(b"=", 1)[0].strip().lower().decode("latin-1") in _FIRST_KEYS and b"=" in start


def read_metaimage(path: Path) -> StoredVolume:
    """The volume of a .mha, or of a .mhd and the file that it names.

    Raises:
        InputProblem: damaged, cut off, or of a kind that cannot be used.
    """
    fields, end = _fields(path)
    for needed in ("ndims", "dimsize", "elementtype"):
        if needed not in fields:
            raise InputProblem(f"{path} lacks '{needed}' in its header; {COPY_AGAIN}")
    kind = fields["elementtype"].upper()
    if kind not in _TYPES:
        raise InputProblem(f"{path} stores voxels of the type '{kind}'; save it again with 16-bit integers")
    big = _is_true(fields, "binarydatabyteordermsb") or _is_true(fields, "elementbyteordermsb")
    dtype = np.dtype((">" if big else "<") + _TYPES[kind])
    sizes = [int(n) for n in _numbers(fields, "dimsize", path)]
    count = _numbers(fields, "ndims", path)
    components = int(_numbers(fields, "elementnumberofchannels", path, "1")[0])
    if len(count) != 1 or len(sizes) != count[0] or components < 1:
        raise InputProblem(f"{path} gives {len(sizes)} sizes for {fields['ndims']} dimensions; {COPY_AGAIN}")
    size = checked_size(tuple(sizes), dtype.itemsize * components, path)
    shape = (*size[::-1], components) if components > 1 else size[::-1]
    values = read_voxels(_voxel_data(path, fields, end, shape, dtype))
    if len(size) != 3:
        return StoredVolume(values, components, None, "is not of three dimensions")
    ras_from_ijk, reason, notes = _place(fields, path)
    return StoredVolume(values, components, ras_from_ijk, reason, tuple(notes))


def _fields(path: Path) -> tuple[dict[str, str], int]:
    """The header's fields by their names in small letters, and the byte after the last, ElementDataFile."""
    with path.open("rb") as file:
        content = file.read(_MOST_HEADER)
    fields: dict[str, str] = {}
    place = 0
    while place < len(content):
        end = content.find(b"\n", place)
        end = len(content) if end < 0 else end
        name, separator, value = content[place:end].decode("utf-8", errors="replace").partition("=")
        place = end + 1
        if not separator:
            break
        fields[name.strip().lower()] = value.strip()
        if name.strip().lower() == "elementdatafile":
            return fields, place
    raise InputProblem(f"{path} is cut off within its header, or damaged; {COPY_AGAIN}")


def _numbers(fields: dict[str, str], name: str, path: Path, default: str = "") -> list[float]:
    text = fields.get(name, default)
    try:
        numbers = [float(word) for word in text.split()]
        if not numbers or not np.isfinite(numbers).all():
            raise ValueError
    except ValueError:
        raise InputProblem(f"{path} has '{text[:60]}' for {name} in its header; {COPY_AGAIN}") from None
    return numbers


def _is_true(fields: dict[str, str], name: str) -> bool:
    return fields.get(name, "").lower() in ("true", "t", "1")


def _voxel_data(path: Path, fields: dict[str, str], end: int, shape: tuple[int, ...], dtype: np.dtype) -> VoxelData:
    name = fields["elementdatafile"]
    if not name or name.upper().startswith("LIST") or "%" in name:
        raise InputProblem(f"{path} spreads its voxels over several files; save it again as one .mha file")
    if fields.get("binarydata", "true").lower() not in ("true", "t", "1"):
        raise InputProblem(f"{path} stores its voxels as text; save it again as binary")
    local = name.upper() == "LOCAL"
    data_path, start = (path, end) if local else (path.parent / name, 0)
    if _is_true(fields, "compresseddata"):
        return VoxelData(path, data_path, start, ZLIB, 0, shape, dtype)
    header_size = int(_numbers(fields, "headersize", path, "0")[0])
    if header_size == -1:
        return VoxelData(path, data_path, -1, None, 0, shape, dtype)
    return VoxelData(path, data_path, start + max(header_size, 0), None, 0, shape, dtype)


def _place(fields: dict[str, str], path: Path) -> tuple[np.ndarray | None, str, list[str]]:
    """(4, 4) ras_from_ijk or None, why there is none, and notes."""
    if "elementspacing" not in fields:
        return None, "does not tell the size of its voxels ('ElementSpacing' is missing)", []
    names = {"spacing": ("elementspacing",), "origin": ("offset", "position", "origin")}
    names["axes"] = ("transformmatrix", "rotation", "orientation")
    found: dict[str, list[float]] = {}
    for what, choices in names.items():
        key = next((name for name in choices if name in fields), None)
        if key is not None:
            try:
                found[what] = [float(word) for word in fields[key].split()]
            except ValueError:
                return None, f"has '{fields[key][:60]}' for {key}, which is no number", []
    notes = []
    if "axes" not in found:
        found["axes"] = np.eye(3).ravel().tolist()
        notes.append(
            f"{path} does not tell how it lies in the patient; its axes were taken as left, back, head, as MetaImage says"
        )
    found.setdefault("origin", [0.0, 0.0, 0.0])
    spacing, origin, axes = (np.array(found[what]) for what in ("spacing", "origin", "axes"))
    if spacing.shape != (3,) or origin.shape != (3,) or axes.shape != (9,):
        return None, "does not place its voxels: spacing, offset or axes have not three dimensions", []
    if not (np.isfinite(spacing).all() and (spacing > 0).all()):
        return None, f"has a voxel size of {', '.join(f'{s:g}' for s in spacing)}, which is no length", []
    matrix = np.eye(4)
    matrix[:3, :3] = axes.reshape(3, 3).T * spacing  # each row of the file's matrix is the direction of one axis
    matrix[:3, 3] = origin
    return LPS_FROM_RAS @ matrix, "", notes
