"""Targets of an operation in the result file: where they are, where each X-ray shows them, how far off that may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry.uncertainty import (
    ELLIPSE_95,
    PoseUncertainty,
    Sight,
    axes_of,
    space_covariance,
)

from .json_values import Values
from .writing import write_csv

COLUMNS = (
    "target", "kind", "bone", "point", "r_mm", "a_mm", "s_mm", "std_r_mm", "std_a_mm", "std_s_mm",
    "xray", "column_px", "row_px", "detector_x_mm", "detector_y_mm", "error_95_mm",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class TargetInView:
    """The points of a target on one X-ray.

    Attributes:
        xray: number of the X-ray, from 1.
        points_px: (N, 2) column and row, pixel centres at integers; NaN where a point is not before the source.
        points_mm: (N, 2) on the detector, right and down from the centre of the first pixel.
        error_95_mm: (N,) on the detector, half the longer axis of the ellipse in which 95 of 100 errors of right poses fall;
            NaN where the pose's error is not known.
    """

    xray: int
    points_px: np.ndarray
    points_mm: np.ndarray
    error_95_mm: np.ndarray

    @classmethod
    def of(cls, xray: int, sight: Sight, points_ras: np.ndarray, drawn: PoseUncertainty | None) -> TargetInView:
        """Projected by an X-ray's camera."""
        pixels = sight.project(points_ras)
        error = np.full(len(points_ras), np.nan)
        if drawn is not None:
            spacing = np.array(sight.camera.pixel_spacing_mm)
            covariance = np.outer(spacing, spacing) * sight.drawn_covariance(points_ras, drawn)
            seen = np.isfinite(covariance).all(axis=(1, 2))
            error[seen] = ELLIPSE_95 * axes_of(covariance[seen])[0][:, 0]
        return cls(xray, pixels, pixels * sight.camera.pixel_spacing_mm, error)


@dataclass(frozen=True, eq=False)
class TargetRecord:
    """A target, or what was found by clicks in the X-rays.

    Attributes:
        name: as the user called it.
        kind: "points", "line", "curve", "closed curve", "angle", "plane", "model", "segment", "seen points" or "seen tool".
        bone: label of the bone that took it along; empty for the CT as a whole.
        points_ras: (N, 3) mm where the X-rays have them, that is, moved along with the bone.
        std_mm: (N, 3) along the patient's axes, of where they are before the first camera; NaN where not known.
        views: on each X-ray that has a pose.
    """

    name: str
    kind: str
    bone: str
    points_ras: np.ndarray
    std_mm: np.ndarray
    views: tuple[TargetInView, ...] = ()


def spread_of(points_ras: np.ndarray, sight: Sight, space: PoseUncertainty | None) -> np.ndarray:
    """(N, 3) mm standard deviations of points along the patient's axes; NaN where the pose's error is not known."""
    if space is None:
        return np.full((len(points_ras), 3), np.nan)
    covariance = space_covariance(points_ras, space, sight.first_from_ras)
    return np.asarray(np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0)))


def content_of_targets(targets: Iterable[TargetRecord]) -> list[dict[str, Any]]:
    """As JSON."""
    return [
        {
            "name": target.name,
            "kind": target.kind,
            "bone": target.bone,
            "points_ras": target.points_ras,
            "std_mm": target.std_mm,
            "views": [
                {"xray": v.xray, "points_px": v.points_px, "points_mm": v.points_mm, "error_95_mm": v.error_95_mm}
                for v in target.views
            ],
        }
        for target in targets
    ]


def targets_of_content(values: Sequence[Values]) -> tuple[TargetRecord, ...]:
    """What ``content_of_targets`` wrote.

    Raises:
        InputProblem: a value is not what it should be.
    """
    return tuple(
        TargetRecord(
            one.text("name"),
            one.text("kind"),
            one.text("bone"),
            _rows(one, "points_ras", 3),
            _rows(one, "std_mm", 3),
            tuple(
                TargetInView(
                    int(view.number_or_none("xray") or 0),
                    _rows(view, "points_px", 2),
                    _rows(view, "points_mm", 2),
                    _rows(view, "error_95_mm", 1)[:, 0],
                )
                for view in one.objects("views")
            ),
        )
        for one in values
    )


def write_targets(path: str | Path, targets: Iterable[TargetRecord], xrays: Mapping[int, str]) -> Path:
    """Write a table, a line for each point on each X-ray.

    Args:
        path: of the file.
        targets: what is in it.
        xrays: names of the X-rays by their numbers.
    """
    rows = []
    for target in targets:
        for number, (place, std) in enumerate(zip(target.points_ras, target.std_mm, strict=True)):
            own = [target.name, target.kind, target.bone, number + 1, *_told(place), *_told(std)]
            for view in target.views:
                seen = (*view.points_px[number], *view.points_mm[number], view.error_95_mm[number])
                rows.append([*own, xrays.get(view.xray, str(view.xray)), *_told(seen)])
    return write_csv(path, COLUMNS, rows)


def _told(numbers: Iterable[float]) -> list[str]:
    return ["" if np.isnan(number) else f"{number:.3f}" for number in numbers]


def _rows(values: Values, key: str, columns: int) -> np.ndarray:
    """(N, columns) of numbers, NaN for those that are null."""
    found = values.content.get(key)
    rows = found if isinstance(found, list) else None
    if rows is None or any(columns > 1 and not (isinstance(row, list) and len(row) == columns) for row in rows):
        raise values.problem(key, f"rows of {columns} numbers" if columns > 1 else "a list of numbers")
    cells = [row if columns > 1 else [row] for row in rows]
    numbers = [[np.nan if cell is None else values.plain_number(key, cell) for cell in row] for row in cells]
    return np.array(numbers, dtype=np.float64).reshape(-1, columns)
