"""The one way to a CT, for the command line, Slicer, comparisons and benchmarks alike: opened, checked, with its notes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from RayEmbRegistrationLib.bodies.naming import BodyFile, parse_body
from RayEmbRegistrationLib.bodies.surface import is_surface, read_surface
from RayEmbRegistrationLib.bodies.voxels import volume_of_surface
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes import reading

_LOG = logging.getLogger(__name__)


def open_ct(
    path: str | Path,
    labels: str | Path | None = None,
    only: Sequence[int] | None = None,
    series: str | None = None,
    resample_tilt: bool = False,
) -> reading.CTReading:
    """A CT and its label map from files.

    Args:
        path: NIfTI, NRRD or MetaImage file, folder of DICOM slices, or multi-frame DICOM file; or a surface model with its
            material, ``femur.stl:CoCr``, which becomes voxels of that material in air.
        labels: label map of the bones on any grid, or None.
        only: label numbers to keep; all where None.
        series: of a folder with several DICOM series: number, description, UID or its end; else the longest CT.
        resample_tilt: whether a CT with tilted axes is resampled; it is refused otherwise.

    Returns:
        The volume, and notes on what was repaired, left out, chosen or is doubtful, one sentence each. They belong into the
        result.

    Raises:
        InputProblem: it is no CT that can be trusted; one sentence with what to do.
    """
    body = _surface_body(path)
    if body is not None:
        if labels is not None or series is not None:
            raise InputProblem(f"{body.path.name} is a surface model, which has neither labels nor series; leave them out")
        opened = _as_ct(body)
    else:
        opened = reading.read_ct(path, labels, only, series, resample_tilt)
    size = " x ".join(map(str, opened.volume.hu.shape[::-1]))
    spacing = " x ".join(f"{mm:.3g}" for mm in opened.volume.spacing_mm)
    _LOG.info("opened the CT %s: %s voxels of %s mm", path, size, spacing)
    for note in opened.notes:
        _LOG.info("CT: %s", note)
    return opened


def _surface_body(path: str | Path) -> BodyFile | None:
    """A surface model where the name is that of one, with or without a material."""
    return parse_body(str(path)) if any(is_surface(part) for part in str(path).split(":")) else None


def _as_ct(body: BodyFile) -> reading.CTReading:
    """A surface model's voxels, and what was decided."""
    if body.material is None:
        raise RuntimeError("a surface model without a material")
    surface = read_surface(body.path, body.unit)
    volume = volume_of_surface(surface, body.material)
    note = (
        f"{body.path.name} is a surface model of {body.material.words}, {surface.extent_mm:.1f} mm long; it was filled with "
        f"voxels of {volume.spacing_mm[0]:.2f} mm."
    )
    return reading.CTReading(volume, (*surface.notes, note))


def checked_ct(volume: CTVolume, name: str) -> reading.CTReading:
    """The same gate for a CT that an application holds already, such as Slicer's volume node.

    Args:
        volume: with whatever numbers it holds.
        name: for messages.

    Raises:
        InputProblem: not a CT in Hounsfield units, or a grid that no CT has.
    """
    opened = reading.checked_ct(volume, name)
    for note in opened.notes:
        _LOG.info("CT: %s", note)
    return opened


def with_notes(prepared: Any, notes: tuple[str, ...]) -> Any:
    """The same prepared CT with the notes of its CT before its own."""
    return replace(prepared, notes=(*notes, *prepared.notes)) if notes else prepared
