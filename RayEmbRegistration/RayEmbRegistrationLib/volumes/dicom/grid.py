"""Slices put in order, and the grid that they make, which may be sheared by a tilted gantry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.geometry.frames import LPS_FROM_RAS
from RayEmbRegistrationLib.problems import InputProblem

from .slices import Slice

_IN_SLICER = "load it in 3D Slicer with regularisation of the acquisition geometry and save the CT as NRRD"


def ordered_slices(slices: Sequence[Slice], folder: Path) -> tuple[list[Slice], np.ndarray]:
    """The slices along their normal, and (4, 4) ras_from_ijk.

    Raises:
        InputProblem: unknown places, slices of different kinds, one place twice, or uneven distances (missing slices).
    """
    places = [piece.position for piece in slices if piece.position is not None]
    axes = [piece.orientation for piece in slices if piece.orientation is not None]
    spacings = [piece.spacing for piece in slices if piece.spacing is not None]
    for found, name, meaning in (
        (places, "Image Position (Patient)", "places are"),
        (axes, "Image Orientation (Patient)", "directions are"),
        (spacings, "Pixel Spacing", "pixel size is"),
    ):
        if len(found) < len(slices):
            raise InputProblem(
                f"{len(slices) - len(found)} of {len(slices)} slices in {folder} have no {name}, so their {meaning} "
                "unknown; export the CT again"
            )
    positions, orientations, spacing = np.array(places), np.array(axes), np.array(spacings)
    if np.abs(orientations - orientations[0]).max() > 1e-3:
        raise InputProblem(
            f"the slices in {folder} differ in direction (a scout among them?); give the axial CT slices alone"
        )
    if len({piece.size for piece in slices}) > 1 or np.abs(spacing - spacing[0]).max() > 1e-3 * spacing[0].max():
        raise InputProblem(f"the slices in {folder} differ in size or pixel spacing; give the slices of one CT alone")
    if (spacing <= 0).any():
        raise InputProblem(
            f"the slices in {folder} have pixels of {spacing[0].tolist()} mm, which is no size; export it again"
        )
    row, column = orientations[0, :3], orientations[0, 3:]
    lengths = np.array([np.linalg.norm(row), np.linalg.norm(column)])
    if np.abs(lengths - 1).max() > 1e-2 or abs(row @ column) > 1e-2:
        raise InputProblem(f"the slices in {folder} have a direction that is none ({row}, {column}); export the CT again")
    row, column = row / lengths[0], column / lengths[1]
    normal = np.cross(row, column)
    order = np.argsort(positions @ normal, kind="stable")
    step = _checked_step(positions[order], normal, folder)
    lps_from_ijk = np.eye(4)
    lps_from_ijk[:3, :3] = np.stack([row * spacing[0, 0], column * spacing[0, 1], step], axis=1)
    lps_from_ijk[:3, 3] = positions[order[0]]
    return [slices[index] for index in order], LPS_FROM_RAS @ lps_from_ijk


def _checked_step(positions: np.ndarray, normal: np.ndarray, folder: Path) -> np.ndarray:
    """(3,) LPS mm from one slice to the next."""
    steps = np.diff(positions, axis=0)
    distances = steps @ normal
    typical = float(np.median(distances))
    if (distances < 1e-3).any():
        raise InputProblem(f"{folder} holds several slices at one place (phases of a 4-D CT?); give one phase alone")
    if (distances > 1.5 * typical).any():
        missing = int(np.round(distances / typical - 1).sum())
        worst = int(np.argmax(distances))
        raise InputProblem(
            f"about {missing} slices are missing in {folder} (a gap of {distances[worst]:.2f} mm after slice {worst + 1}, "
            f"others {typical:.2f} mm); copy the whole series again"
        )
    if np.abs(distances - typical).max() > max(0.02 * typical, 0.02):
        raise InputProblem(
            f"the slices in {folder} lie unevenly ({distances.min():.2f} to {distances.max():.2f} mm apart); {_IN_SLICER}"
        )
    step: np.ndarray = (positions[-1] - positions[0]) / (len(positions) - 1)
    expected = positions[0] + np.arange(len(positions))[:, None] * step
    off = float(np.linalg.norm(positions - expected, axis=1).max())
    if off > max(0.1 * typical, 0.1):
        raise InputProblem(f"the slices in {folder} are up to {off:.2f} mm beside their line; {_IN_SLICER}")
    return step
