"""RTK's circular geometry (XML): one projection of it as a camera.

RTK's matrices map IEC 61217 millimetres to millimetres on the detector (Rit et al. 2014, J. Phys.: Conf. Ser. 489 012079);
pixels follow with the projections' spacing, and with their middle at RTK's origin, as its own tools write them.
"""

from __future__ import annotations

import re
import xml.parsers.expat
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

_DEEPEST = 4  # root, Projection, a value; levels that RTK writes


def parse_rtk(
    text: str,
    path: str | Path,
    image_size: tuple[int, int] | None,
    pixel_spacing_mm: tuple[float, float] | None,
    projection: int | None,
) -> dict[str, Any]:
    """Keys of our own camera file for one projection.

    Raises:
        InputProblem: not readable, no such projection, or the image's size or pixel spacing is not known.
    """
    shared, projections = _values(text, path)
    if not projections:
        raise InputProblem(f"{path} holds no Projection; write the geometry again with RTK")
    if projection is None and len(projections) > 1:
        raise InputProblem(f"{path} holds the geometry of {len(projections)} projections; choose one, from 0")
    index = projection or 0
    if not 0 <= index < len(projections):
        raise InputProblem(f"{path} has projections 0 to {len(projections) - 1}, not {index}")
    values = shared | projections[index]
    if "Matrix" not in values:
        raise InputProblem(f"projection {index} of {path} has no Matrix; write the geometry again with RTK")
    if image_size is None or pixel_spacing_mm is None:
        missing = "the pixel spacing on the detector" if pixel_spacing_mm is None else "the X-ray's size"
        raise InputProblem(
            f"{path} is an RTK geometry, which is in mm and does not tell {missing}; give it with the X-ray (pixel spacing "
            "typed in), or write a JSON camera with K"
        )
    to_pixels = np.diag([1 / pixel_spacing_mm[0], 1 / pixel_spacing_mm[1], 1.0])
    to_pixels[:2, 2] = (np.array(image_size) - 1) / 2
    content: dict[str, Any] = {
        "P": (to_pixels @ _matrix(values["Matrix"], path)).tolist(),
        "image_size_px": list(image_size),
        "pixel_spacing_mm": list(pixel_spacing_mm),
    }
    if "SourceToDetectorDistance" in values:
        content["source_to_detector_mm"] = _number(values, "SourceToDetectorDistance", path)
    if content.get("source_to_detector_mm") == 0:
        raise InputProblem(f"{path} describes parallel rays; an X-ray's cone is needed")
    return content


def _values(text: str, path: str | Path) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Text of the elements that all projections share, and of each projection's own, by their names.

    Entities are refused, so that a small file cannot become a large one.
    """
    shared: dict[str, str] = {}
    projections: list[dict[str, str]] = []
    names: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        names.append(name)
        if len(names) > _DEEPEST:
            raise InputProblem(f"{path} is not an RTK geometry that can be read (too deep); write it again with RTK")
        if name == "Projection":
            projections.append({})

    def data(words: str) -> None:
        inside = projections[-1] if "Projection" in names else shared
        inside[names[-1]] = inside.get(names[-1], "") + words

    def entity(*_: object) -> None:
        raise InputProblem(f"{path} defines entities of its own, which are not read; write the geometry again with RTK")

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EntityDeclHandler = start, data, entity
    parser.EndElementHandler = lambda _name: names.pop()
    try:
        parser.Parse(text.encode("utf-8"), True)
    except xml.parsers.expat.ExpatError as error:
        raise InputProblem(f"{path} is not valid XML (line {error.lineno}); write the geometry again with RTK") from None
    return shared, projections


def _number(values: dict[str, str], name: str, path: str | Path) -> float:
    try:
        value = float(values[name])
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InputProblem(f"{name} in {path} must be a number, not {values[name].strip()[:40]!r}")
    return value


def _matrix(words: str, path: str | Path) -> np.ndarray:
    try:
        numbers = [float(word) for word in re.split(r"[,\s]+", words.strip())]
    except ValueError:
        numbers = []
    if len(numbers) != 12 or not np.isfinite(numbers).all():
        raise InputProblem(f"Matrix in {path} must hold 3 rows of 4 numbers")
    return np.array(numbers).reshape(3, 4)
