"""The ways to damage a file: cut off, bits turned over, values that nothing has, pieces moved."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_inputs import Seed

# How a file is damaged: (bytes, random generator) to bytes.
Damage = Callable[[bytes, np.random.Generator], bytes]


def truncated(data: bytes, rng: np.random.Generator) -> bytes:
    """The beginning only: often most of it, sometimes nothing."""
    share = rng.choice([0.0, rng.random(), rng.random(), 0.9 + 0.1 * rng.random()])
    return data[: int(len(data) * share)]


def flipped(data: bytes, rng: np.random.Generator) -> bytes:
    """Some bits turned over, all over the file or in its first bytes."""
    if not data:
        return data
    values = np.frombuffer(data, np.uint8).copy()
    reach = len(values) if rng.random() < 0.5 else min(len(values), 512)
    is_text = data.isascii()  # which it stays, so that more than the decoding is tried
    for place in rng.integers(0, reach, int(rng.integers(1, 5 if is_text else 40))):
        values[place] ^= 1 << int(rng.integers(5 if is_text else 8))
    return values.tobytes()


_WORDS = [0, 1, -1, 2**31 - 1, -(2**31), 65535, 1_000_000]
_TOKENS = [
    "nan",
    "inf",
    "-1",
    "0",
    "1e308",
    "-1e308",
    "1e-320",
    "",
    "x",
    "null",
    "9" * 400,
    "\x00",
    "é",
    "true",
    '"1"',
    "[[[[",
]


def absurd(data: bytes, rng: np.random.Generator) -> bytes:
    """Values that nothing has: numbers of a text, or four and eight bytes of a header."""
    if data[128:132] == b"DICM" and rng.random() < 0.8:
        return _absurd_dicom(data, rng)
    if data.lstrip()[:1] == b"{" and rng.random() < 0.8:
        return _absurd_json(data, rng)
    header, rest = _text_part(data)
    if header and rng.random() < 0.9:
        return _absurd_text(header, rng).encode("latin-1", "replace") + rest
    return _absurd_words(data, rng)


def _text_part(data: bytes) -> tuple[str, bytes]:
    """The text at a file's beginning, and the rest: all of a text file, the header of NRRD and MetaImage."""
    ends = {b"NRRD": b"\n\n", b"ObjectType": b"LOCAL\n"}
    end = next((mark for start, mark in ends.items() if data.startswith(start)), None)
    if end is not None and end in data:
        length = data.index(end) + len(end)
        return data[:length].decode("latin-1"), data[length:]
    try:
        return data.decode("utf-8"), b""
    except UnicodeDecodeError:
        return "", data


def _absurd_text(text: str, rng: np.random.Generator) -> str:
    """Numbers of a text in exchange for others, and for what is none."""
    for _ in range(int(rng.integers(1, 4))):
        numbers = list(re.finditer(r"-?\d+(\.\d*)?", text))
        if not numbers:
            break
        found = numbers[int(rng.integers(len(numbers)))]
        text = text[: found.start()] + str(rng.choice(_TOKENS)) + text[found.end() :]
    return text


_VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    1e308,
    -1e-320,
    2**70,
    "",
    "x",
    [],
    {},
    [[]],
    [1, [2]],
    ["a"],
    {"a": {}},
    float("nan"),
]
_VALUES += [float("nan"), [[1e200] * 4] * 4, [0.0] * 3, "9" * 5000, {"trusted": 1}]


def _absurd_json(data: bytes, rng: np.random.Generator) -> bytes:
    """Values anywhere in the object in exchange for others, keys taken out or with another name."""
    content = json.loads(data)
    for _ in range(int(rng.integers(1, 3))):
        where: Any = content
        while True:
            keys = list(where) if isinstance(where, dict) else list(range(len(where)))
            if not keys:
                break
            key = keys[int(rng.integers(len(keys)))]
            below = where[key]
            if isinstance(below, dict | list) and below and rng.random() < 0.75:
                where = below
                continue
            if isinstance(where, dict) and rng.random() < 0.2:
                where[str(key) + "_"] = where.pop(key)
            elif rng.random() < 0.1:
                del where[key]
            else:
                where[key] = _VALUES[int(rng.integers(len(_VALUES)))]
            break
    return json.dumps(content).encode()


_ELEMENTS: list[Any] = [
    None,
    "",
    0,
    -1,
    1,
    65535,
    1e9,
    -1e9,
    1e-9,
    "x",
    "nan",
    [0.0, 0.0],
    [1e9, 1e-9],
    [1, 2, 3],
    "1.2.3",
    "-0",
    b"x",
]


def _absurd_dicom(data: bytes, rng: np.random.Generator) -> bytes:
    """Elements with other values or left out."""
    import warnings

    import pydicom

    for _ in range(int(rng.integers(1, 4))):
        dataset = pydicom.dcmread(io.BytesIO(data))
        tags = sorted(dataset.keys())  # whatever their values, which the last round may have made unreadable
        if not tags:
            break
        tag = tags[int(rng.integers(len(tags)))]
        out = io.BytesIO()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if rng.random() < 0.25:
                    del dataset[tag]
                else:
                    dataset[tag].value = _ELEMENTS[int(rng.integers(len(_ELEMENTS)))]
                dataset.save_as(out, enforce_file_format=False)
        except Exception:  # noqa: BLE001, S112 - pydicom does not write such a value; the next one, then
            continue
        data = out.getvalue()
    return data


def _absurd_words(data: bytes, rng: np.random.Generator) -> bytes:
    """Whole and broken numbers of two to eight bytes somewhere in the first ones."""
    values = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        place = int(rng.integers(0, max(1, min(len(values), 600))))
        word = int(rng.choice(_WORDS))
        kinds = (np.int16, np.int32, np.int64, np.float32, np.float64)
        kind = kinds[int(rng.integers(len(kinds)))]
        special = rng.choice([np.nan, np.inf, -1e30, 1e-30])
        with np.errstate(all="ignore"):
            value = np.array([special if issubclass(kind, np.floating) and rng.random() < 0.5 else word]).astype(kind)
        values[place : place + value.nbytes] = value.tobytes()
    return bytes(values)


def spliced(data: bytes, rng: np.random.Generator) -> bytes:
    """A piece taken out, repeated, zeroed or replaced by noise."""
    begin, end = sorted(int(n) for n in rng.integers(0, len(data) + 1, 2))
    piece = data[begin:end]
    middle = [b"", piece * 2, bytes(len(piece)), rng.bytes(len(piece)), rng.bytes(64) + piece][int(rng.integers(5))]
    return data[:begin] + middle + data[end:]


DAMAGES: dict[str, Damage] = {"truncated": truncated, "flipped": flipped, "absurd": absurd, "spliced": spliced}


def damaged_copy(seed: Seed, damage: str, rng: np.random.Generator, folder: Path) -> Path:
    """A damaged copy of a seed in an empty folder; of a folder of slices one or several files."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / seed.path.name
    if seed.path.is_dir():
        shutil.copytree(seed.path, path)
        files = sorted(path.iterdir())
        chosen = [files[int(n)] for n in rng.integers(0, len(files), int(rng.choice([1, 1, 3, len(files)])))]
    else:
        shutil.copy(seed.path, path)
        chosen = [path]
    for file in chosen:
        file.write_bytes(DAMAGES[damage](file.read_bytes(), rng))
    return path
