"""Reading HDF5 through h5py, which only these data sets need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .case import DatasetError


def open_hdf5(path: str | Path) -> Any:
    """The file, open for reading.

    Raises:
        DatasetError: h5py is not installed, the file is missing, or it is not HDF5.
    """
    try:
        import h5py
    except ImportError:
        raise DatasetError("reading this data set needs h5py; install it with: pip install h5py") from None
    path = Path(path)
    if not path.is_file():
        raise DatasetError(f"there is no file {path}; give the data set's HDF5 file")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise DatasetError(f"{path} cannot be read as HDF5 ({error}); download it again") from error


def entry(group: Any, name: str) -> Any:
    """A group or data set below a group.

    Raises:
        DatasetError: it does not exist.
    """
    if name not in group:
        raise DatasetError(f"{group.file.filename} has no '{group.name.rstrip('/')}/{name}'; it is not the published layout")
    return group[name]


def array(group: Any, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """A small array in double precision; column vectors and plain vectors are the same.

    Raises:
        DatasetError: missing, or another number of values.
    """
    values = np.asarray(entry(group, name)[()], dtype=np.float64)
    if values.size != int(np.prod(shape)):
        raise DatasetError(f"'{group.name}/{name}' holds {values.shape} values where {shape} are expected")
    return values.reshape(shape)


def number(group: Any, name: str) -> float:
    """A single value."""
    return float(array(group, name, (1,))[0])


def text(group: Any, name: str) -> str:
    """A string, however it was stored."""
    value = entry(group, name)[()]
    while isinstance(value, np.ndarray):
        value = value.item() if value.size == 1 else value.tobytes()
    return value.decode("utf-8").rstrip("\0") if isinstance(value, bytes) else str(value)


def compact(values: np.ndarray) -> np.ndarray:
    """Hounsfield units as int16 where they are whole numbers that fit, else as float32."""
    if values.dtype.kind == "f" and np.array_equal(values, np.round(values)):
        values = np.round(values)
    elif values.dtype.kind == "f":
        return values.astype(np.float32)
    if values.min() < -32768 or values.max() > 32767:
        return values.astype(np.float32)
    return values.astype(np.int16)
