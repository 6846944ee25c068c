"""An X-ray's geometry as the panel and the console name it: what is typed in, and where each value is from in words."""

from dataclasses import fields, replace
from typing import Any

from RayEmbRegistrationLib.geometry.plausibility import check_camera
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from slicer.i18n import tr as _

from .sentences import spoken

FIELDS = {
    "sourceToDetectorMm": "source_to_detector_mm",
    "pixelSpacingMm": "pixel_spacing_mm",
    "principalPointPx": "principal_point_px",
    "isMirrored": "mirrored",
    "boneIsBright": "bone_is_bright",
    "sourceToBoneMm": "source_to_bone_mm",
}
DEPTH_SHARE = 0.73  # of the source-to-detector distance: where a bone usually is
ANGLES = ("primary_angle_deg", "secondary_angle_deg", "in_plane_angle_deg")


def withTyped(geometry: XrayGeometry, **values: Any) -> XrayGeometry:
    """Values that the user gave, by the console's names; all else stays as it is known.

    Args:
        geometry: what is known.
        values: those of ``FIELDS``; ``turns``, counter-clockwise quarter turns of the image; ``anglesDeg``, the primary and
            secondary angle and the turn about the beam.

    Raises:
        TypeError: another name.
    """
    unknown = set(values) - {*FIELDS, "turns", "anglesDeg"}
    if unknown:
        raise TypeError(
            f"there is no {', '.join(sorted(unknown))}; an X-ray's values are {', '.join(FIELDS)}, turns, anglesDeg"
        )
    typed = {FIELDS[name]: value for name, value in values.items() if name in FIELDS}
    if "turns" in values:  # a turn that is seen replaces turn and flip of the tags together
        typed |= {
            "rotation_deg": float(-90 * values["turns"] % 360),
            "flip": False,
            "mirrored": geometry.is_mirrored,
            **typed,
        }
    if "anglesDeg" in values:
        angles = values["anglesDeg"] or (None, None, None)
        typed |= dict(zip(ANGLES, angles, strict=True))
    return geometry.with_values(**typed)


def withTags(geometry: XrayGeometry, before: XrayGeometry, now: XrayGeometry) -> XrayGeometry:
    """A geometry whose values that are those of one frame's tags become those of another frame's; the others stay."""
    names = [field.name for field in fields(XrayGeometry)]
    taken = {name: getattr(now, name) for name in names if getattr(geometry, name) == getattr(before, name)}
    return replace(geometry, **taken)


def detectorMmOf(geometry: XrayGeometry) -> float | None:
    """How far from the source the detector of a rig is drawn where nobody told: a rig is calibrated by an object that stands
    where the bone will be, at its origin, and the detector is behind that. None where the distance is known, or no rig's.
    """
    rig = geometry.camera_from_rig
    if rig is None or geometry.origin("source_to_detector_mm") != "assumed":
        return None
    return max(float(geometry.value("source_to_detector_mm")), float(rig.translation[2]) / DEPTH_SHARE)


def missingOf(geometry: XrayGeometry) -> list[str]:
    """The values without which there is no camera, in words."""
    words = {"source_to_detector_mm": _("source-to-detector distance"), "pixel_spacing_mm": _("pixel spacing")}
    return [words[name] for name in geometry.missing]


def stateOf(geometry: XrayGeometry) -> str:
    """In a few words, for a table: where the geometry is from, or what it lacks."""
    missing = missingOf(geometry)
    if missing:
        return _("incomplete: {values} missing").format(values=_(" and ").join(missing))
    sources = {originOf(geometry, name) for name in ("source_to_detector_mm", "pixel_spacing_mm")}
    return _(" and ").join(sorted(sources)) + (_(", in a rig") if geometry.camera_from_rig is not None else "")


def unusualOf(geometry: XrayGeometry, imageSize: tuple[int, int] | None, name: str) -> tuple[str, ...]:
    """What is remarkable about a geometry, one sentence each; nothing where it is not complete.

    Raises:
        InputProblem: no X-ray is taken so.
    """
    if geometry.missing or imageSize is None:
        return ()
    return check_camera(geometry.camera(imageSize), name)


def originOf(geometry: XrayGeometry, name: str) -> str:
    """Where a field's value is from, in one or two words."""
    words = {
        "tag": "DICOM",
        "file": _("file"),
        "typed": _("typed in"),
        "derived": _("derived"),
        "assumed": _("assumed"),
        "missing": _("missing"),
    }
    return words[geometry.origin(name)]


def explanationOf(geometry: XrayGeometry, name: str) -> str:
    """Where a field's value is from, in full."""
    known = getattr(geometry, name)
    return originOf(geometry, name) + (f": {spoken(known.explanation)}" if known is not None and known.explanation else "")
