"""The detector of a DICOM X-ray: pixel spacing, field of view and where the beam meets the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry.directions import stored_from_detector
from RayEmbRegistrationLib.geometry.sourced import Sourced

from .values import FrameAttributes, attribute_name

_FIELD_SIZES = (
    "FieldOfViewDimensionsInFloat",
    "FieldOfViewDimensions",
    "IntensifierActiveDimensions",
    "IntensifierSize",
)


@dataclass(frozen=True, eq=False)
class FieldOfView:
    """How the stored image was cut out of the detector and turned (DICOM PS3.3 C.8.11.4, C.8.19.6.2).

    Field of View Rotation (0018,7032): clockwise rotation of the image pixels relative to the physical detector.
    Field of View Horizontal Flip (0018,7034): a left-right flip applied after that rotation.

    Attributes:
        rotation_deg: 0, 90, 180 or 270.
        flip: whether the image was flipped left to right after the rotation.
    """

    rotation_deg: Sourced
    flip: Sourced

    @property
    def turns(self) -> int:
        """Clockwise quarter turns."""
        return round(self.rotation_deg.value / 90) % 4

    @property
    def stored_from_detector(self) -> np.ndarray:
        """(2, 2) directions: a step (columns, rows) in the image given a step on the detector."""
        return stored_from_detector(self.rotation_deg.value, bool(self.flip.value))

    def stored_pixel(self, detector_pixel: np.ndarray, stored_size: tuple[int, int]) -> np.ndarray:
        """Place (column, row) in the stored image of a place in the image before rotation and flip."""
        stored_center = (np.array(stored_size) - 1) / 2
        detector_center = stored_center[::-1] if self.turns % 2 else stored_center
        return self.stored_from_detector @ (np.asarray(detector_pixel) - detector_center) + stored_center


def field_of_view(attributes: FrameAttributes, warnings: list[str]) -> FieldOfView:
    """Rotation and flip of the image relative to the detector; none where the file is silent."""
    rotation, flip = attributes.number("FieldOfViewRotation"), attributes.text("FieldOfViewHorizontalFlip")
    if rotation is not None and abs(rotation / 90 - round(rotation / 90)) > 1e-6:
        warnings.append(f"Field of View Rotation is {rotation:g} degrees; only quarter turns are defined: it is not used.")
        rotation = None
    return FieldOfView(
        Sourced(0, "assumed", "no Field of View Rotation in the file")
        if rotation is None
        else Sourced(round(rotation) % 360, "tag", attribute_name("FieldOfViewRotation")),
        Sourced(False, "assumed", "no Field of View Horizontal Flip in the file")
        if flip is None
        else Sourced(flip.startswith("Y"), "tag", attribute_name("FieldOfViewHorizontalFlip")),
    )


def pixel_spacing(attributes: FrameAttributes, magnification: Sourced | None, turns: int) -> tuple[Sourced | None, str]:
    """Distance of pixel centres on the detector, (column, row) in mm, of the stored image; and why it is missing.

    In this order: Imager Pixel Spacing (0018,1164); Detector Element Spacing (0018,7022) times Detector Binning
    (0018,701A); Pixel Spacing (0028,0030), scaled back to the detector by the magnification where Pixel Spacing
    Calibration Type (0028,0A02) says that it was calibrated to the patient; Nominal Scanned Pixel Spacing (0018,2010);
    Field of View Dimension(s) (0018,9461 or 0018,1149), Intensifier Active Dimension(s) (0018,9428) and Intensifier Size
    (0018,1162) divided by the number of pixels.

    Args:
        attributes: of the frame.
        magnification: source-to-detector over source-to-patient distance, where known.
        turns: quarter turns between detector and image; detector attributes count rows and columns before them.
    """
    for keyword in ("ImagePlanePixelSpacing", "ImagerPixelSpacing"):
        if found := attributes.lengths_mm(keyword):
            return Sourced(found[::-1], "tag", attribute_name(keyword)), ""
    element = attributes.lengths_mm("DetectorElementSpacing")
    if element:
        binning = attributes.lengths_mm("DetectorBinning")
        rows, columns = binning or (1.0, 1.0)
        column_row = (element[1] * columns, element[0] * rows)
        explanation = attribute_name("DetectorElementSpacing") + (
            f" x {attribute_name('DetectorBinning')}" if binning else ", no binning stated"
        )
        return Sourced(column_row[::-1] if turns % 2 else column_row, "derived", explanation), ""
    spacing, why = _from_pixel_spacing(attributes, magnification)
    if spacing is None and (nominal := attributes.lengths_mm("NominalScannedPixelSpacing")):
        spacing = Sourced(nominal[::-1], "tag", attribute_name("NominalScannedPixelSpacing") + " of the scanned film")
    return spacing or _from_field_size(attributes), why


def _from_pixel_spacing(attributes: FrameAttributes, magnification: Sourced | None) -> tuple[Sourced | None, str]:
    spacing = attributes.lengths_mm("PixelSpacing")
    if spacing is None:
        return None, ""
    calibration = attributes.text("PixelSpacingCalibrationType")
    name = attribute_name("PixelSpacing")
    if calibration not in ("GEOMETRY", "FIDUCIAL"):
        return Sourced(spacing[::-1], "assumed", f"{name}; the file does not say that it is meant at the detector"), ""
    if magnification is None:
        return None, f"Pixel Spacing is calibrated to the patient ({calibration}) and the magnification is not in the file"
    factor = magnification.value
    explanation = f"{name} calibrated to the patient ({calibration}), times the magnification {factor:.4g}"
    return Sourced((spacing[1] * factor, spacing[0] * factor), "derived", explanation), ""


def _from_field_size(attributes: FrameAttributes) -> Sourced | None:
    rows, columns = attributes.dataset.Rows, attributes.dataset.Columns
    for keyword in _FIELD_SIZES:
        values = attributes.numbers(keyword)
        if not values or min(values) <= 0:
            continue
        explanation = f"{attribute_name(keyword)} divided by the number of pixels"
        if len(values) == 1:  # a diameter, which the columns span
            return Sourced((values[0] / columns, values[0] / columns), "derived", explanation)
        return Sourced((values[1] / columns, values[0] / rows), "derived", explanation)
    return None


def principal_point(attributes: FrameAttributes, spacing: Sourced | None, view: FieldOfView, warnings: list[str]) -> Sourced:
    """Where the central beam meets the stored image, (column, row) in px.

    Position of Isocenter Projection (0018,9430, centre of the first detector element = 0) where the file has it; else the
    centre of the detector, if Field of View Origin (0018,7030) tells where on it the image lies: the detector is Physical
    Detector Size (0018,9429), or Detector Active Dimension(s) (0018,7026) at Detector Active Origin (0018,7028). Otherwise
    the image's centre, as the XA object presumes (PS3.17 FFF.2.1.5).
    """
    stored_size = (int(attributes.dataset.Columns), int(attributes.dataset.Rows))
    center = ((stored_size[0] - 1) / 2, (stored_size[1] - 1) / 2)
    origin = attributes.numbers("FieldOfViewOrigin")[:2]
    element, pixels_per_element = _element(attributes, spacing, view)
    beam, explanation = _beam_on_detector(attributes, element)
    if len(origin) < 2 or beam is None:
        return Sourced(center, "assumed", "the image's centre")
    # Continuous detector coordinates in elements, (column, row), from the outer edge of the first element.
    in_image = (beam - np.array(origin[::-1])) * pixels_per_element - 0.5
    stored = view.stored_pixel(in_image, stored_size)
    offset = np.abs(stored - center) / np.array(stored_size)
    if offset.max() > 0.5:
        warnings.append(
            "Field of View Origin and detector size put the beam outside the image, so the image's centre is used instead."
        )
        return Sourced(center, "assumed", "the image's centre; Field of View Origin does not fit the detector")
    if offset.max() > 0.1:
        warnings.append(
            f"The beam is taken to meet the image at ({stored[0]:.1f}, {stored[1]:.1f}) px, {100 * offset.max():.0f} % away "
            "from its centre, as Field of View Origin says; check it if the registration is off to one side."
        )
    return Sourced((float(stored[0]), float(stored[1])), "derived", explanation)


def _element(
    attributes: FrameAttributes, spacing: Sourced | None, view: FieldOfView
) -> tuple[np.ndarray | None, np.ndarray]:
    """Detector element spacing (column, row) in mm if known, and image pixels an element, both before rotation."""
    element = attributes.lengths_mm("DetectorElementSpacing") or attributes.lengths_mm("DetectorElementPhysicalSize")
    binning = attributes.lengths_mm("DetectorBinning")
    pixel = None
    if spacing is not None:
        pixel = np.array(spacing.value[::-1] if view.turns % 2 else spacing.value)
    if element is not None:
        size = np.array(element[::-1])
        return size, size / pixel if pixel is not None else np.ones(2)
    pixels_per_element = 1 / np.array(binning[::-1]) if binning else np.ones(2)
    return (pixel * pixels_per_element if pixel is not None else None), pixels_per_element


def _beam_on_detector(attributes: FrameAttributes, element: np.ndarray | None) -> tuple[np.ndarray | None, str]:
    """(column, row) in detector elements from the detector's outer edge, and how it was found."""
    isocenter = attributes.numbers("PositionOfIsocenterProjection")
    if len(isocenter) == 2:
        explanation = f"{attribute_name('PositionOfIsocenterProjection')} and Field of View Origin"
        return np.array(isocenter[::-1]) + 0.5, explanation
    if element is None:
        return None, ""
    if size := attributes.lengths_mm("PhysicalDetectorSize"):
        return np.array(size[::-1]) / element / 2, "centre of Physical Detector Size, Field of View Origin"
    if active := attributes.lengths_mm("DetectorActiveDimensions"):
        active_origin = attributes.numbers("DetectorActiveOrigin")
        start = np.array(active_origin[1::-1]) if len(active_origin) == 2 else np.zeros(2)
        explanation = "centre of Detector Active Dimension(s) at Detector Active Origin, Field of View Origin"
        return start + np.array(active[::-1]) / element / 2, explanation
    return None, ""
