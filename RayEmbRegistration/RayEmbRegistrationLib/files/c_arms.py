"""Named C-arms: what stays the same from X-ray to X-ray of a device or a room, kept and shared as JSON.

A JSON object: ``format`` "rayemb-c-arms" and ``format_version`` 1; ``c_arms``, a list of objects with ``name``,
``source_to_detector_mm``, ``panel_mm`` (width and height of the field on the detector, as the picture is stored),
``offset_mm`` (from the picture's middle to where the central beam meets it: along columns, along rows), ``rotation_deg``,
``mirrored``, and ``bone_is_bright`` (null where it differs from X-ray to X-ray).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem

from .json_files import parse_json_object

FORMAT, VERSION = "rayemb-c-arms", 1  # raised when older readers would misread a file
SAME_SHAPE = 0.01  # chosen: of a picture of 100 columns and more, a difference of one pixel
QUARTER_TURNS_DEG = (0.0, 90.0, 180.0, 270.0)  # how an upright picture can be stored


@dataclass(frozen=True)
class CArm:
    """A device's X-rays, whatever their number of pixels.

    Attributes:
        name: for people.
        source_to_detector_mm: along the central beam.
        panel_mm: (width, height) of the stored picture on the detector.
        offset_mm: from the picture's middle to where the central beam meets it: along columns, along rows.
        rotation_deg: clockwise turn of the stored picture, 0, 90, 180 or 270.
        mirrored: whether it is seen from the detector.
        bone_is_bright: polarity; None where it is not always the same.
    """

    name: str
    source_to_detector_mm: float
    panel_mm: tuple[float, float]
    offset_mm: tuple[float, float] = (0.0, 0.0)
    rotation_deg: float = 0.0
    mirrored: bool = False
    bone_is_bright: bool | None = None

    @classmethod
    def of(cls, name: str, geometry: XrayGeometry, image_size: tuple[int, int]) -> CArm:
        """As an X-ray of ``image_size`` (width, height) px has it.

        Raises:
            InputProblem: distance or spacing are missing.
        """
        camera = geometry.camera(image_size, name)
        spacing = np.array(camera.pixel_spacing_mm)
        middle = (np.array(image_size) - 1) / 2
        center = np.array(geometry.value("principal_point_px") or middle, dtype=float)
        offset, panel = (center - middle) * spacing, np.array(image_size) * spacing
        return cls(
            name,
            float(camera.source_to_detector_mm),
            (float(panel[0]), float(panel[1])),
            (float(offset[0]), float(offset[1])),
            float(-90 * geometry.turns % 360),
            geometry.is_mirrored,
            geometry.settled_polarity,
        )

    def applied(self, geometry: XrayGeometry, image_size: tuple[int, int]) -> XrayGeometry:
        """The geometry of an X-ray of ``image_size`` px by this device; what it does not tell (angles, notes) stays.

        Raises:
            InputProblem: the picture has another shape, so that it was cropped or is another device's.
        """
        width, height = image_size
        spacing = (self.panel_mm[0] / width, self.panel_mm[1] / height)
        if abs(spacing[0] / spacing[1] - 1) > SAME_SHAPE:
            raise InputProblem(
                f"a picture of {width} x {height} px has not the shape of the field of {self.name}, "
                f"{self.panel_mm[0]:.0f} x {self.panel_mm[1]:.0f} mm: it was cropped, or another device took it; type its "
                "values in"
            )
        values: dict[str, Any] = {
            "source_to_detector_mm": self.source_to_detector_mm,
            "pixel_spacing_mm": spacing,
            "principal_point_px": (
                (width - 1) / 2 + self.offset_mm[0] / spacing[0],
                (height - 1) / 2 + self.offset_mm[1] / spacing[1],
            ),
            "rotation_deg": self.rotation_deg,
            "flip": False,
            "mirrored": self.mirrored,
        }
        if self.bone_is_bright is not None:
            values["bone_is_bright"] = self.bone_is_bright
        return geometry.with_values("typed", f"the C-arm {self.name}", **values)


def c_arms_to_text(c_arms: Sequence[CArm]) -> str:
    """JSON of named C-arms, by their names."""
    content = {"format": FORMAT, "format_version": VERSION, "c_arms": [asdict(one) for one in sorted(c_arms, key=_by_name)]}
    return json.dumps(content, indent=1)


def c_arms_from_text(text: str, where: str) -> list[CArm]:
    """What ``c_arms_to_text`` wrote; ``where`` is the file's name, for messages.

    Raises:
        InputProblem: something else, of a later version, or with values that cannot be.
    """
    content = parse_json_object(text, where)
    if content.get("format") != FORMAT or not isinstance(content.get("c_arms"), list):
        raise InputProblem(f"{where} holds no C-arms; give a file that the panel wrote them to")
    if content.get("format_version") != VERSION:
        raise InputProblem(f"{where} is of a later version; update RayEmb Registration, or have it written by this one")
    return [_c_arm(one, where) for one in content["c_arms"]]


def _c_arm(values: Any, where: str) -> CArm:
    """One, with its values checked."""
    try:
        lengths = [float(values["source_to_detector_mm"]), *(float(side) for side in values["panel_mm"])]
        offset = [float(one) for one in values["offset_mm"]]
        found = CArm(
            str(values["name"]).strip(),
            lengths[0],
            (lengths[1], lengths[2]),
            (offset[0], offset[1]),
            float(values["rotation_deg"]),
            values["mirrored"],
            values["bone_is_bright"],
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputProblem(f"a C-arm in {where} is damaged ({error}); remove it from the file, or write it again") from None
    words = isinstance(found.mirrored, bool) and found.bone_is_bright in (None, True, False)
    finite = np.isfinite([*lengths, *offset]).all() and len(lengths) == 3 and len(offset) == 2
    if not (found.name and words and finite and min(lengths) > 0 and found.rotation_deg in QUARTER_TURNS_DEG):
        raise InputProblem(f"the C-arm {found.name!r} in {where} has values that cannot be; correct them")
    return found


def _by_name(one: CArm) -> str:
    return one.name.casefold()
