"""Distortion files: what images of a calibration plate told.

A JSON object: ``format`` "rayemb-distortion" and ``format_version`` 1; ``image_size_px``; ``plates``, one an orientation of
the C-arm, each with ``straight_px`` and ``seen_px``, (N, 2) pixel centres at integers, where the plate's beads would be
without distortion and where they are; ``pitch_px`` and, where known, ``pitch_mm``, their distance in the straight image and
on the plate; ``smoothing`` of the spline; ``residual_px``; ``angles_deg``, primary and secondary (DICOM); ``between_px``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from RayEmbRegistrationLib.geometry.distortion import PlateDistortion, Residual
from RayEmbRegistrationLib.geometry.distortion_set import DistortionSet
from RayEmbRegistrationLib.problems import InputProblem

from .json_files import check_format, parse_json_object, read_text
from .json_values import Values
from .kinds import DISTORTION, refuse_other_kinds
from .writing import write_json

FORMAT, VERSION = "rayemb-distortion", 1  # raised when older readers would misread a file
_DECIMALS = 4  # of points, px: a tenth of a thousandth is a hundredth of what beads are found to
_WHAT = "the file that 'rayemb undistort --plate' wrote"


def write_distortion(path: str | Path, distortion: DistortionSet) -> Path:
    """Write it.

    Raises:
        InputProblem: the file cannot be written.
    """
    return write_json(path, distortion_content(distortion))


def distortion_content(distortion: DistortionSet) -> dict[str, Any]:
    """As JSON."""
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "image_size_px": list(distortion.image_size),
        "between_px": distortion.between_px,
        "plates": [
            {
                "name": plate.name,
                "angles_deg": None if plate.angles_deg is None else list(plate.angles_deg),
                "pitch_px": plate.pitch_px,
                "pitch_mm": plate.pitch_mm,
                "smoothing": plate.smoothing,
                "residual_px": {
                    "median": plate.residual.median,
                    "edge": plate.residual.edge,
                    "largest_95": plate.residual.largest_95,
                },
                "straight_px": plate.straight_px.round(_DECIMALS),
                "seen_px": plate.seen_px.round(_DECIMALS),
            }
            for plate in distortion.plates
        ],
    }


def read_distortion(path: str | Path) -> DistortionSet:
    """Read it.

    Raises:
        InputProblem: missing, another file, or a value that is not what it should be.
    """
    content = parse_json_object(read_text(path, _WHAT), path)
    refuse_other_kinds(content, path, DISTORTION)
    check_format(content, FORMAT, VERSION, path)
    values = Values(content, path)
    size = values.numbers("image_size_px", (2,))
    if (size < 1).any():
        raise values.problem("image_size_px", "width and height")
    plates = tuple(_plate(one, (int(size[0]), int(size[1]))) for one in values.objects("plates"))
    if not plates:
        raise values.problem("plates", "given")
    return DistortionSet(plates, values.number_or_none("between_px"))


def _plate(values: Values, size: tuple[int, int]) -> PlateDistortion:
    residual = values.object_or_none("residual_px")
    if residual is None:
        raise values.problem("residual_px", "given")
    pitch, smoothing = (float(values.numbers(key, ())) for key in ("pitch_px", "smoothing"))
    pitch_mm = values.number_or_none("pitch_mm")
    if pitch <= 0 or smoothing < 0 or (pitch_mm is not None and pitch_mm <= 0):
        raise InputProblem(f"pitch_px and pitch_mm in {values.path} must be positive, smoothing 0 or more; write it again")
    angles = None if values.content.get("angles_deg") is None else values.numbers("angles_deg", (2,))
    return PlateDistortion(
        size,
        values.numbers("straight_px", (-1, 2)),
        values.numbers("seen_px", (-1, 2)),
        pitch,
        pitch_mm,
        smoothing,
        Residual(*(float(residual.numbers(key, ())) for key in ("median", "edge", "largest_95"))),
        None if angles is None else (float(angles[0]), float(angles[1])),
        values.text("name"),
    )
