"""Files of anatomical axes: points on each body that span its frame, for the angles of a joint.

One JSON object: ``format`` "rayemb-axes" and ``format_version`` 1 (both may be missing), and ``bodies``: name to ``origin``,
``proximal`` (a point up along the long axis) and ``right`` (one towards the patient's right), mm in the body's own frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from RayEmbRegistrationLib.problems import InputProblem

from .json_files import check_format, numbers, parse_json_object, read_text

FORMAT, VERSION = "rayemb-axes", 1  # raised when older readers would misread a file
POINTS = ("origin", "proximal", "right")


def read_axes(path: str | Path, names: Sequence[str]) -> dict[str, dict[str, list[float]]]:
    """Name of a body to its three points.

    Args:
        path: the file.
        names: of the bodies that axes are needed of.

    Raises:
        InputProblem: missing, of another format, or a body lacks a point.
    """
    content = parse_json_object(read_text(path, "a file of anatomical axes"), path)
    check_format(content, FORMAT, VERSION, path)
    bodies = content.get("bodies")
    if not isinstance(bodies, dict):
        raise InputProblem(f"{path} must hold bodies: an object with origin, proximal and right for each body's name")
    missing = [name for name in names if not isinstance(bodies.get(name), dict)]
    if missing:
        raise InputProblem(f"{path} has no axes of {', '.join(missing)}; it has {', '.join(bodies) or 'none'}")
    return {
        name: {point: numbers(bodies[name], point, (3,), f"{name} in {path}").tolist() for point in POINTS} for name in names
    }
