"""Points that 3D Slicer writes: markups as JSON (.mrk.json) and the older lists (.fcsv)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry.frames import LPS_FROM_RAS
from RayEmbRegistrationLib.problems import InputProblem

from .json_files import numbers

# The names in Slicer's .mrk.json, and the codes of its .fcsv.
_FRAMES = {"RAS": np.eye(3), "0": np.eye(3), "LPS": LPS_FROM_RAS[:3, :3], "1": LPS_FROM_RAS[:3, :3]}
_UNITS = {"mm": 1.0, "millimeter": 1.0}  # the spellings in Slicer's .mrk.json


def parse_markups(content: Mapping[str, Any], path: str | Path) -> tuple[np.ndarray, tuple[str, ...]]:
    """(N, 3) RAS mm and their labels, from the point lists in a markups file; points that were not placed are left out.

    Raises:
        InputProblem: no placed points, another frame or unit, or points that are no numbers.
    """
    markups = content.get("markups")
    if not isinstance(markups, list) or not all(isinstance(markup, dict) for markup in markups):
        raise InputProblem(f"markups in {path} must be a list of objects; save the points again from Slicer")
    points, labels = [], []
    for markup in markups:
        to_ras = _frame(markup.get("coordinateSystem", "LPS"), path)
        if str(markup.get("coordinateUnits", "mm")) not in _UNITS:
            raise InputProblem(f"the points in {path} are in {markup['coordinateUnits']}; save them in mm")
        controls = markup.get("controlPoints")
        if not isinstance(controls, list) or not all(isinstance(point, dict) for point in controls):
            raise InputProblem(f"controlPoints in {path} must be a list of objects; save the points again from Slicer")
        for point in controls:
            if point.get("positionStatus", "defined") == "defined":
                points.append(to_ras @ numbers(point, "position", (3,), path) if "position" in point else _missing(path))
                labels.append(str(point.get("label", "")))
    if not points:
        raise InputProblem(f"{path} holds no placed points; place some in Slicer and save it again")
    return np.array(points), tuple(labels)


def _missing(path: str | Path) -> np.ndarray:
    raise InputProblem(f"a point in {path} has no position; save the points again from Slicer")


def _frame(name: object, path: str | Path) -> np.ndarray:
    if str(name) not in _FRAMES:
        raise InputProblem(f"the points in {path} are in the frame '{name}'; save them in RAS or LPS")
    return _FRAMES[str(name)]


def parse_fcsv(text: str, path: str | Path) -> tuple[np.ndarray, tuple[str, ...]]:
    """(N, 3) RAS mm and their labels, from the lines of an .fcsv file.

    Raises:
        InputProblem: no points, another frame, or a line without three numbers.
    """
    to_ras, columns = np.eye(3), ["id", "x", "y", "z", "ow", "ox", "oy", "oz", "vis", "sel", "lock", "label"]
    points, labels = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            key, _, value = line[1:].partition("=")
            if key.strip() == "CoordinateSystem":
                to_ras = _frame(value.strip(), path)
            elif key.strip() == "columns":
                columns = [name.strip() for name in value.split(",")]
            continue
        if not line.strip():
            continue
        cells = next(csv.reader(io.StringIO(line)))
        row = dict(zip(columns, cells, strict=False))  # Slicer 5 writes more cells than it names
        try:
            point = np.array([float(row[axis]) if len(cells) >= len(columns) else np.nan for axis in "xyz"])
        except (KeyError, ValueError):
            point = np.full(3, np.nan)
        if not np.isfinite(point).all():
            raise InputProblem(
                f"line {number} of {path} must hold the three coordinates of a point; save it again from Slicer"
            )
        points.append(to_ras @ point)
        labels.append(row.get("label", ""))
    if not points:
        raise InputProblem(f"{path} holds no points; save the points again from Slicer")
    return np.array(points), tuple(labels)
