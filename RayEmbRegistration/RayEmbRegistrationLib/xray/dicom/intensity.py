"""What the numbers of a DICOM X-ray mean by its tags: scale, and a hint of the polarity. Nothing is guessed."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .values import READ_ERRORS, FrameAttributes, one_line

# Radiographs on plates, which are shown like film: bone white.
_FILM_LIKE = ("CR", "DX", "IO", "PX", "RG", "MG")
_WORDS = {True: "bright", False: "dark"}


def apply_rescale(pixels: np.ndarray, attributes: FrameAttributes, notes: list[str]) -> tuple[np.ndarray, float, bool]:
    """Modality LUT and rescale: values, the sign of the slope, and whether a LUT made a logarithm linear again.

    In X-ray angiography and fluoroscopy a Modality LUT leads back from a logarithm to beam intensity (PS3.3 C.8.7.1.1.2);
    for images stored for display it is no part of the picture, and left out.
    """
    relationship = attributes.text("PixelIntensityRelationship")
    luts = attributes.dataset.get("ModalityLUTSequence")
    if luts:
        if attributes.text("Modality") in ("XA", "RF") and relationship != "LOG":
            notes.append("The file's Modality LUT is not applied: it is not part of an image stored for display.")
            return pixels, 1.0, False
        try:
            from pydicom.pixels import apply_modality_lut
        except ImportError:  # pydicom 2
            from pydicom.pixel_data_handlers.util import apply_modality_lut  # type: ignore[no-redef]
        integers = np.rint(pixels).astype(np.int64)
        try:
            mapped = np.asarray(apply_modality_lut(integers, attributes.dataset), dtype=np.float64)
        except READ_ERRORS as error:
            raise InputProblem(f"the file's Modality LUT is damaged ({one_line(error)}); export the image again") from error
        notes.append("The file's Modality LUT was applied.")
        rises = np.corrcoef(pixels.ravel(), mapped.ravel())[0, 1] if np.ptp(pixels) > 0 and np.ptp(mapped) > 0 else 1.0
        return mapped, 1.0 if rises >= 0 else -1.0, relationship == "LOG"
    slope, intercept = attributes.number("RescaleSlope"), attributes.number("RescaleIntercept")
    slope = 1.0 if slope is None or slope == 0 else slope
    return pixels * slope + (intercept or 0.0), float(np.sign(slope)), False


def intensity_scale(attributes: FrameAttributes, made_linear: bool) -> str:
    """Scale of the values, "raw", "log", "display" or "unknown", from Pixel Intensity Relationship (0028,1040).

    LIN is proportional to the X-ray beam's intensity, LOG to a logarithm of it, DISP is meant for looking at (PS3.3
    C.8.7.1.1.2, C.8.11.3.1.2). Images "for presentation" and secondary captures are made for looking at whatever they say.
    """
    if made_linear:
        return "raw"
    is_secondary = "Secondary Capture" in sop_class_name(attributes)
    if attributes.text("PresentationIntentType") == "FOR PRESENTATION" or is_secondary:
        return "display"
    relationship = attributes.text("PixelIntensityRelationship")
    return {"LIN": "raw", "LOG": "log", "DISP": "display"}.get(relationship or "", "unknown")


def bone_is_bright(attributes: FrameAttributes, slope_sign: float, made_linear: bool, notes: list[str]) -> bool | None:
    """Whether bone has the higher values after rescale, as the tags say; None where they are silent or at odds.

    A hint: real files are stored against what they say, so that the search tries it first and decides. Pixel Intensity
    Relationship Sign (0028,1041) first: 1 means that lower stored values are less beam, so bone is dark; -1 the opposite.
    Then Pixel Intensity Relationship LIN, which is proportional to the beam. Then, for plate radiographs only,
    Photometric Interpretation (0028,0004) and Presentation LUT Shape (2050,0020): they say which end is shown white, and
    these images show bone white. Of an image "for presentation" the sign and these must agree.
    """
    sign = attributes.number("PixelIntensityRelationshipSign")
    modality = attributes.text("Modality")
    shown = _bright_as_shown(attributes, slope_sign, notes) if modality in _FILM_LIKE else None
    if sign is not None and sign != 0:
        by_sign = bool(sign * slope_sign < 0)
        if attributes.text("PresentationIntentType") == "FOR PRESENTATION" and shown not in (None, by_sign):
            notes.append(
                f"The file contradicts itself on polarity: Pixel Intensity Relationship Sign {sign:+.0f} says that bone is "
                f"{_WORDS[by_sign]}, {attributes.text('PhotometricInterpretation')} that it is {_WORDS[not by_sign]}; "
                "it is found out."
            )
            return None
        return by_sign
    if made_linear:
        return False
    if attributes.text("PixelIntensityRelationship") == "LIN" and modality not in _FILM_LIKE:
        return bool(slope_sign < 0)
    photometric = attributes.text("PhotometricInterpretation")
    if shown is not None:
        notes.append(f"Bone may be {_WORDS[shown]}, as {photometric} shown with white bone; it is found out.")
        return shown
    low_is_white = ", only that low values are shown white" if photometric == "MONOCHROME1" else ""
    notes.append(f"The file does not say whether bone is bright or dark{low_is_white}; it is found out.")
    return None


def _bright_as_shown(attributes: FrameAttributes, slope_sign: float, notes: list[str]) -> bool | None:
    """Whether bone is bright if the picture shows it white; None where the tags do not tell, or contradict each other."""
    photometric, shape = attributes.text("PhotometricInterpretation"), attributes.text("PresentationLUTShape")
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        return None
    is_inverse = photometric == "MONOCHROME1"
    if shape in ("IDENTITY", "INVERSE") and (shape == "INVERSE") != is_inverse:
        notes.append(f"Photometric Interpretation {photometric} contradicts Presentation LUT Shape {shape}.")
        return None
    return bool(is_inverse != (slope_sign > 0))


def sop_class_name(attributes: FrameAttributes) -> str:
    """Name of the SOP class, or its UID where unknown."""
    from pydicom.uid import UID

    uid = attributes.raw("SOPClassUID")
    return one_line(UID(str(uid)).name) if uid else ""
