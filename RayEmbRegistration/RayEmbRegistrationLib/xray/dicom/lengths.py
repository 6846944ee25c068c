"""Lengths of a DICOM X-ray that are written in another unit than the standard's millimetres.

Such a value is not converted, because which unit it has is a guess, and not used: it counts as not given, with the reason,
so that the user types it in or gives a camera file.
"""

from __future__ import annotations

from dataclasses import replace

from RayEmbRegistrationLib.geometry.plausibility import USUAL_DISTANCE_MM, USUAL_FIELD_MM
from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.geometry.xray import XrayGeometry

# Fields of intensifiers are named in inches; file writers of prototypes use the others.
_UNITS_MM = (("centimetres", 10.0), ("inches", 25.4), ("metres", 1000.0), ("micrometres", 0.001))
_INTRAORAL_MM = 15.0  # the least side of a dental sensor, size 0, is 18 mm
_LEAST_MAGNIFIED = 10.0  # an isocentre nearer to the source than this part of the distance is in no C-arm; chosen


def without_other_units(geometry: XrayGeometry, modality: str | None = None) -> XrayGeometry:
    """The geometry without those lengths that only make sense in another unit.

    Args:
        geometry: as the tags say.
        modality: of the file; intraoral sensors (IO) are smaller than any other detector.
    """
    geometry = _checked_distance(geometry)
    geometry = _checked_isocenter(geometry)
    return _checked_spacing(geometry, _INTRAORAL_MM if modality == "IO" else USUAL_FIELD_MM[0])


def _checked_distance(geometry: XrayGeometry) -> XrayGeometry:
    known = geometry.source_to_detector_mm
    if known is None or USUAL_DISTANCE_MM[0] <= known.value <= USUAL_DISTANCE_MM[1]:
        return geometry
    units = _units(known.value, known.value, USUAL_DISTANCE_MM)
    if not units:
        return geometry
    reason = f"{_name(known)} of {known.value:g} mm looks like {units}, and is not used"
    return replace(geometry, source_to_detector_mm=None).with_unused("source_to_detector_mm", reason)


def _checked_isocenter(geometry: XrayGeometry) -> XrayGeometry:
    known, detector = geometry.source_to_isocenter_mm, geometry.source_to_detector_mm
    if known is None or detector is None or known.value * _LEAST_MAGNIFIED >= detector.value:
        return geometry
    reason = (
        f"{_name(known)} of {known.value:g} mm does not fit a source-to-detector distance of {detector.value:g} mm, and is "
        "not used; check that both are in mm"
    )
    return replace(geometry, source_to_isocenter_mm=None).with_notes(reason[0].upper() + reason[1:] + ".")


def _checked_spacing(geometry: XrayGeometry, least_mm: float) -> XrayGeometry:
    known, size = geometry.pixel_spacing_mm, geometry.image_size
    if known is None or size is None:
        return geometry
    sides = [spacing * count for spacing, count in zip(known.value, size, strict=True)]
    if least_mm <= min(sides) and max(sides) <= USUAL_FIELD_MM[1]:
        return geometry
    units = _units(min(sides), max(sides), USUAL_FIELD_MM)
    if not units:
        return geometry
    reason = f"{_name(known)} makes a field of {sides[0]:.3g} x {sides[1]:.3g} mm, which looks like {units}, and is not used"
    return replace(geometry, pixel_spacing_mm=None).with_unused("pixel_spacing_mm", reason)


def _units(least: float, most: float, usual: tuple[float, float]) -> str:
    """The units in which both numbers are usual, joined by "or"; empty where there is none."""
    return " or ".join(unit for unit, mm in _UNITS_MM if usual[0] <= least * mm and most * mm <= usual[1])


def _name(known: Sourced) -> str:
    return known.explanation or "a length"
