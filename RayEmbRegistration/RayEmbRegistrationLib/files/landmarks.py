"""Landmark files: points in the CT and where they are in the X-rays.

Our file is a JSON object: ``format`` "rayemb-landmarks" and ``format_version`` 1 (both may be missing), and ``pairs``, a
list of ``{"ras": [r, a, s], "px": [column, row], "view": 0, "label": "..."}``; ``view`` counts from 0 and may be left out
for one X-ray. Points alone are read from Slicer's markups (.mrk.json, .fcsv).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .foreign_points import parse_fcsv, parse_markups
from .json_files import check_format, numbers, parse_json_object, read_text, unknown_keys
from .kinds import LANDMARKS, MARKUPS, POINT_LIST, kind_of_content, kind_of_text, refuse_other_kinds
from .writing import write_json
from .xmalab import is_frame_specification, parse_frame_specification

FORMAT, VERSION = "rayemb-landmarks", 1  # raised when older readers would misread a file
_KEYS = ("format", "format_version", "pairs", "note", "notes", "views")
_PAIR_KEYS = ("ras", "px", "view", "label", "score", "note")
_MOST_VIEWS = 1000  # chosen: a larger index is a mistake, not an X-ray


@dataclass(frozen=True, eq=False)
class LandmarkPairs:
    """Corresponding points of one view.

    Attributes:
        points_ras: (N, 3) mm, in the CT.
        points_px: (N, 2) where they are in the X-ray, pixel centres at integers.
        labels: a name each; empty where the file gives none.
    """

    points_ras: np.ndarray
    points_px: np.ndarray
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PointList:
    """Named points in the CT.

    Attributes:
        points_ras: (N, 3) mm.
        labels: a name each.
    """

    points_ras: np.ndarray
    labels: tuple[str, ...]


def read_landmarks(path: str | Path) -> list[LandmarkPairs]:
    """Corresponding points for each view; none for a view without any.

    Raises:
        InputProblem: missing, of another kind, no pairs, or a pair without its numbers.
    """
    text = read_text(path, "a landmark file")
    if not text.lstrip().startswith(("{", "[")):
        refuse_other_kinds(text, path, LANDMARKS)
    content = parse_json_object(text, path)
    refuse_other_kinds(content, path, LANDMARKS)
    check_format(content, FORMAT, VERSION, path)
    pairs = content.get("pairs")
    if not isinstance(pairs, list) or not pairs:
        raise InputProblem(f"{path} must hold a list 'pairs' of objects with ras and px")
    unread = unknown_keys(content, _KEYS, path)
    if unread:
        raise InputProblem(f"{unread[0]} (correct the key, or write it into a note)")
    views: dict[int, list[tuple[np.ndarray, np.ndarray, str]]] = {}
    for index, pair in enumerate(pairs):
        view, found = _pair(pair, index, path)
        views.setdefault(view, []).append(found)
    return [_of_view(views.get(view, [])) for view in range(max(views) + 1)]


def _pair(pair: Any, index: int, path: str | Path) -> tuple[int, tuple[np.ndarray, np.ndarray, str]]:
    if not isinstance(pair, dict) or "ras" not in pair or "px" not in pair:
        raise InputProblem(f"pair {index} in {path} must have ras (3 numbers, mm) and px (2 numbers)")
    unread = unknown_keys(pair, _PAIR_KEYS, path)
    if unread:
        raise InputProblem(f"pair {index}: {unread[0]} (correct the key, or write it into a note)")
    view = pair.get("view", 0)
    if not isinstance(view, int) or isinstance(view, bool) or not 0 <= view < _MOST_VIEWS:
        raise InputProblem(f"the view of pair {index} in {path} must be a whole number from 0")
    label = pair.get("label")
    return view, (numbers(pair, "ras", (3,), path), numbers(pair, "px", (2,), path), "" if label is None else str(label))


def _of_view(found: Sequence[tuple[np.ndarray, np.ndarray, str]]) -> LandmarkPairs:
    points = np.array([ras for ras, _, _ in found]).reshape(-1, 3)
    return LandmarkPairs(points, np.array([px for _, px, _ in found]).reshape(-1, 2), tuple(label for *_, label in found))


def read_landmark_pairs(path: str | Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Corresponding points for each view: ((N, 3) RAS mm, (N, 2) px), empty arrays for a view without any.

    Raises:
        InputProblem: as ``read_landmarks``.
    """
    return [(view.points_ras, view.points_px) for view in read_landmarks(path)]


def write_landmarks(path: str | Path, views: Sequence[LandmarkPairs]) -> None:
    """Write our landmark file; ``read_landmarks`` returns the same.

    Raises:
        InputProblem: no pairs, or the file could not be written.
    """
    pairs = [
        {"ras": ras, "px": px, "view": number, **({"label": label} if label else {})}
        for number, view in enumerate(views)
        for ras, px, label in zip(view.points_ras, view.points_px, view.labels, strict=True)
    ]
    if not pairs:
        raise InputProblem(f"there are no landmarks to write into {path}")
    write_json(path, {"format": FORMAT, "format_version": VERSION, "pairs": pairs})


def read_points(path: str | Path) -> PointList:
    """Named points in the CT, from Slicer's markups (.mrk.json or .fcsv) or the pairs of our own file.

    A frame specification of XMALab holds the beads of a calibration object, in the frame that its cameras are placed in.

    Raises:
        InputProblem: missing, of another kind, or without points.
    """
    text = read_text(path, "a file of points")
    if text.lstrip().startswith(("{", "[")):
        content = parse_json_object(text, path)
        if kind_of_content(content) == MARKUPS:
            return PointList(*parse_markups(content, path))
        views = read_landmarks(path)
        labels = tuple(label for view in views for label in view.labels)
        return PointList(np.concatenate([view.points_ras for view in views]), labels)
    if kind_of_text(text, path) == POINT_LIST:
        return PointList(*parse_fcsv(text, path))
    if is_frame_specification(text):
        return PointList(*parse_frame_specification(text, path))
    raise InputProblem(f"{path} holds no points that can be read; give Slicer's .mrk.json or .fcsv, or JSON with pairs")
