"""XMALab's frame specification: where the beads of the calibration object are, which its MayaCam 2 cameras are told by.

A line of words (``x,y,z``; ``white`` where beads are bright; ``s2.5,s2.5,s2.5,`` where all numbers are to be multiplied),
then ``x,y,z`` or ``x,y,z,name`` a bead. The numbers are in the frame that the cameras are placed in.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

_HEADS = ("x", "y", "z", "white", "name", "")
_SCALE = re.compile(r"s(\d+\.?\d*(?:e[-+]?\d+)?)")


def is_frame_specification(text: str) -> bool:
    """Whether a text is one: words of the first line, then a line of three numbers."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return False
    heads = _words(lines[0])
    known = all(head in _HEADS or _SCALE.fullmatch(head) for head in heads)
    return bool(known and any(heads) and _numbers(lines[1]) is not None)


def parse_frame_specification(text: str, path: str | Path) -> tuple[np.ndarray, tuple[str, ...]]:
    """(N, 3) mm of the beads, and their names; numbered from 1 where the file gives none, as XMALab counts them.

    Raises:
        InputProblem: a line without three numbers.
    """
    lines = text.splitlines()
    scales = [match.group(1) for match in map(_SCALE.fullmatch, _words(lines[0])) if match]
    scale = np.array([float(one) for one in scales[:3]]) if len(scales) >= 3 else np.ones(3)
    points, labels = [], []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        point = _numbers(line)
        if point is None:
            raise InputProblem(f"line {number} of {path} must hold x, y, z of a bead of the calibration object; correct it")
        points.append(point * scale)
        cells = [cell.strip() for cell in line.split(",")]
        labels.append(cells[3] if len(cells) > 3 and cells[3] else str(len(points)))
    return np.array(points), tuple(labels)


def _words(line: str) -> list[str]:
    return [word.strip().lower() for word in re.split(r"[,\s]+", line.strip())]


def _numbers(line: str) -> np.ndarray | None:
    """The first three cells as numbers; None where they are none."""
    try:
        point = np.array([float(cell) for cell in line.split(",")[:3]])
    except ValueError:
        return None
    return point if point.shape == (3,) and np.isfinite(point).all() else None
