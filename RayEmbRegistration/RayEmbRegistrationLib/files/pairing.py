"""Which camera file belongs to which X-ray, by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_SAY_NOTHING = frozenset({"geometry", "camera", "cam", "calibration", "calib", "k", "mayacam", "xray", "x", "ray"})
"""Words of file names that tell what a file is, and not of which X-ray; chosen after the names in our data sets."""


def cameras_by_name(xray: str, cameras: Sequence[str | Path]) -> list[Path]:
    """The camera files whose names suit an X-ray's best, all equally well; empty where none suits.

    A camera file suits where its name's words and numbers hold all those of the X-ray's in a row
    (``radius_frame2_cam1.json`` for ``frame2_cam1.png``), or are held by them (``cam1.calibration.txt``, of many X-rays).
    What both share decides which suits best.

    Args:
        xray: its name, with or without folder and ending.
        cameras: of files.
    """
    own, best = _words(xray), 0
    found: list[Path] = []
    for camera in map(Path, cameras):
        words = _words(camera.name)
        shared = min(len(own), len(words)) if _holds(words, own) or _holds(own, words) else 0
        if shared and shared >= best:
            found = [*found, camera] if shared == best else [camera]
            best = shared
    return found


def _words(name: str) -> tuple[str, ...]:
    """The words and numbers of a name, in small letters, without ending and what says nothing."""
    stem = Path(name).name.split(".")
    stem = stem[:-1] if len(stem) > 1 else stem
    words = [word for part in stem for word in re.split(r"[^0-9A-Za-z]+", part.lower()) if word]
    return tuple(word for word in words if word not in _SAY_NOTHING)


def _holds(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    count = len(others)
    return bool(others) and any(words[start : start + count] == others for start in range(len(words) - count + 1))
