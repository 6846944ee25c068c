"""Whether a grid can be a CT's: lengths in mm, voxels of a sensible size, perpendicular axes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

# From a biopsy in a micro-CT to a whole body; slices of a CT are at most 10 mm thick.
LEAST_EXTENT_MM, MOST_EXTENT_MM = 4.0, 4000.0
MOST_VOXEL_MM = 15.0  # chosen: a CT's thickest slices and a half
MOST_PLACE_MM = 1e6  # a kilometre; scanners count from their isocentre or table; chosen
MOST_SHEAR = 1e-3  # sine of the angle that two axes may miss the right angle by; 0.3 mm over 300 mm; chosen


def checked_grid(ras_from_ijk: np.ndarray, size: tuple[int, ...], path: str | Path) -> None:
    """Refuse voxels that no CT has.

    Args:
        ras_from_ijk: (4, 4).
        size: voxels along i, j, k.
        path: for the message.

    Raises:
        InputProblem: not finite, flat, in another unit than mm, or too coarse.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        spacing = np.linalg.norm(ras_from_ijk[:3, :3], axis=0)
    if not np.isfinite([*ras_from_ijk.ravel(), *spacing]).all() or not (spacing > 0).all():
        raise InputProblem(
            f"{path} has voxels of {_lengths(spacing)} mm, which is no size; export the CT again with its geometry"
        )
    away = float(np.abs(ras_from_ijk[:3, 3]).max())
    if away > MOST_PLACE_MM:
        raise InputProblem(
            f"{path} lies {away:.3g} mm off the patient's origin: its header is damaged, or its lengths are not in mm; "
            "export the CT again"
        )
    if abs(np.linalg.det(ras_from_ijk[:3, :3] / spacing)) < 0.1:
        raise InputProblem(f"{path} is flat: two axes of its voxels nearly coincide; export the CT again with its geometry")
    extent = spacing * size
    measure = f"{path} is {_lengths(extent)} mm large with voxels of {_lengths(spacing)} mm"
    if extent.max() < LEAST_EXTENT_MM:
        unit = "in metres; multiply its affine by 1000" if _fits(spacing * 1000, size) else "not in mm; correct them"
        raise InputProblem(f"{measure}: its lengths are {unit} and save it again in mm")
    if spacing.max() > MOST_VOXEL_MM or extent.max() > MOST_EXTENT_MM:
        unit = "; its lengths seem to be in micrometres, divide its affine by 1000" if _fits(spacing / 1000, size) else ""
        raise InputProblem(f"{measure}, more than any CT{unit}; give the CT with its true voxel size in mm")


def _fits(spacing: np.ndarray, size: tuple[int, ...]) -> bool:
    extent = (spacing * size).max()
    return bool(spacing.max() <= MOST_VOXEL_MM and LEAST_EXTENT_MM <= extent <= MOST_EXTENT_MM)


def _lengths(values: np.ndarray) -> str:
    return " x ".join(f"{value:.3g}" for value in values)


def shear_deg(ras_from_ijk: np.ndarray) -> float:
    """By how many degrees two axes miss the right angle at most; 0 where that does not matter."""
    axes = ras_from_ijk[:3, :3] / np.linalg.norm(ras_from_ijk[:3, :3], axis=0)
    worst = float(np.abs(axes.T @ axes - np.eye(3)).max())
    return float(np.degrees(np.arcsin(min(worst, 1.0)))) if worst > MOST_SHEAR else 0.0
