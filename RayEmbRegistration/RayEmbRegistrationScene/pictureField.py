"""The field of an X-ray, the round one of an intensifier or what a collimator leaves: no outline is drawn beyond it."""

from __future__ import annotations

import base64
import json
import zlib

import numpy as np

from .handle import record, setRecord, viewRole
from .nodes import Handle

KEY = "Field"
LARGEST_PX = 256
"""Side of the kept picture: its edge is right to a few pixels of a slice view, and it takes less than a kilobyte."""


def keepField(handle: Handle, viewIndex: int, field: np.ndarray) -> None:
    """Keep the field (H, W) bool of an X-ray with the registration, and so in the saved scene."""
    step = max(1, -(-max(field.shape) // LARGEST_PX))
    small = np.ascontiguousarray(field[::step, ::step])
    packed = base64.b64encode(zlib.compress(np.packbits(small).tobytes())).decode("ascii")
    setRecord(handle, viewRole(viewIndex, KEY), {"shape": list(small.shape), "bits": packed})


def fieldOf(handle: Handle, viewIndex: int) -> np.ndarray | None:
    """(h, w) bool over the X-ray's whole image, or None where it is not known."""
    kept = record(handle, viewRole(viewIndex, KEY))
    if not kept:
        return None
    height, width = kept["shape"]
    bits = np.frombuffer(zlib.decompress(base64.b64decode(kept["bits"])), dtype=np.uint8)
    return np.unpackbits(bits, count=height * width).reshape(height, width).astype(bool)


def fieldIdentity(handle: Handle, viewIndex: int) -> int:
    """A number that another field hardly has."""
    return zlib.crc32(json.dumps(record(handle, viewRole(viewIndex, KEY), "")).encode())


def isFieldKnown(handle: Handle, viewIndex: int) -> bool:
    """Whether there is a field of an X-ray."""
    return bool(record(handle, viewRole(viewIndex, KEY)))


def fieldAt(field: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(height, width) bool, the field at another size (width, height) over the same image."""
    height, width = field.shape
    rows = np.minimum((np.arange(size[1]) + 0.5) * height / size[1], height - 1).astype(int)
    columns = np.minimum((np.arange(size[0]) + 0.5) * width / size[0], width - 1).astype(int)
    return field[np.ix_(rows, columns)]
