"""What the command line says of X-rays: their files, and what is typed in of their geometry and polarity."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import remarks
from .inputs import FROM_DICOM, InputError

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.open_xray import Typed
    from RayEmbRegistrationLib.xray.view import XrayView

POLARITIES = ("bright", "dark")


def add_xray_arguments(group: argparse._ActionsContainer) -> None:
    """What may be typed in of the X-rays: once for all of the command, or once an X-ray, in their order."""
    group.add_argument(
        "--sdd",
        metavar="MM",
        type=float,
        action="append",
        help="source-to-detector distance, in place of tags and file; this and the next three once for all X-rays, or once "
        "for each, in the same order",
    )
    group.add_argument(
        "--spacing",
        metavar="MM",
        type=float,
        nargs="+",
        action="append",
        help="pixel spacing on the detector, one number or column and row, in place of tags and file",
    )
    group.add_argument(
        "--angles",
        metavar=("PRIMARY", "SECONDARY"),
        type=float,
        nargs=2,
        action="append",
        help="C-arm angles in degrees as DICOM counts them (0 0: from behind, primary 90: the receptor at the patient's "
        "left, secondary 90: at the head), in place of the tags'; they choose the view where --view does not",
    )
    group.add_argument(
        "--polarity",
        choices=POLARITIES,
        action="append",
        help="whether bone is bright or dark in the X-ray as stored (default: found out)",
    )
    group.add_argument(
        "--distortion",
        metavar="FILE",
        type=Path,
        action="append",
        help="distortion of an intensifier as 'undistort' measured it: the X-ray is made straight, its camera is the "
        "straight image's; once for all X-rays, or once for each",
    )


def typed_values(arguments: argparse.Namespace) -> list[Typed]:
    """What the user typed in, one for each X-ray.

    Raises:
        InputError: no lengths, no angles, or neither one for all X-rays nor one for each.
    """
    from RayEmbRegistrationLib.application.open_xray import Typed

    count = len(arguments.xray)
    columns = [_one_each(getattr(arguments, name), count, f"--{name}") for name in ("sdd", "spacing", "angles", "polarity")]
    typed = []
    for sdd, spacing, angles, polarity in zip(*columns, strict=True):
        if sdd is not None and not 0 < sdd < float("inf"):
            raise InputError("--sdd needs a positive distance in mm")
        if spacing is not None and (len(spacing) > 2 or not all(0 < value < float("inf") for value in spacing)):
            raise InputError("--spacing needs one positive number in mm, or two: column, then row")
        if angles is not None and not (abs(angles[0]) <= 360 and abs(angles[1]) <= 90):
            raise InputError("--angles needs the primary angle within 360 degrees and the secondary within 90")
        pair = None if spacing is None else (spacing[0], spacing[-1])
        bright = None if polarity is None else polarity == POLARITIES[0]
        typed.append(Typed(sdd, pair, None, angles, bright))
    return typed


def open_views(
    xrays: Sequence[Path],
    cameras: Sequence[Path | str | None],
    typed: Sequence[Typed],
    frame: int | None = None,
    distortions: Sequence[Path | None] = (),
) -> list[XrayView]:
    """The X-rays with their cameras, straight where there is a distortion file, and remarks on what was decided."""
    from RayEmbRegistrationLib.application.open_xray import open_xray

    views = []
    plates = distortions or [None] * len(xrays)
    for path, camera, values, plate in zip(xrays, cameras, typed, plates, strict=True):
        view = open_xray(path, camera, values, frame, distortion=plate)
        by_tags = camera is None or str(camera) == FROM_DICOM
        remarks((*view.notes, *(view.geometry.describe() if by_tags else view.geometry.notes)), path.name)
        views.append(view)
    return views


def distortion_files(arguments: argparse.Namespace) -> list[Path | None]:
    """The distortion file of each X-ray, None where there is none.

    Raises:
        InputError: neither one for all X-rays nor one for each.
    """
    return _one_each(arguments.distortion, len(arguments.xray), "--distortion")


def _one_each(values: Sequence[Any] | None, count: int, option: str) -> list[Any]:
    """A value for each X-ray, None where the option was not given."""
    if not values:
        return [None] * count
    if len(values) == 1:
        return [values[0]] * count
    if len(values) != count:
        raise InputError(f"{option} is given {len(values)} times for {count} X-rays; give it once, or once for each")
    return list(values)
