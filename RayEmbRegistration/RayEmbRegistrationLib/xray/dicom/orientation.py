"""How the C-arm stood and how the stored image lies, from a DICOM X-ray."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry.sourced import Sourced

from .values import FrameAttributes, as_numbers, attribute_name

# Directions in the patient, LPS.
_DIRECTIONS = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "H": (0, 0, 1), "F": (0, 0, -1)}
# Direction of the beam for View Position (0018,5101), LPS: LL has the patient's left side at the detector.
_BEAM_OF_VIEW = {"AP": "P", "PA": "A", "LL": "L", "LLD": "L", "RL": "R", "RLD": "R"}


@dataclass(frozen=True)
class IsocenterReference:
    """Positioner and table in the room, Isocenter Reference System Sequence (0018,9462), PS3.3 C.8.19.6.13.

    The isocentre coordinate system is fixed in the room; PS3.17 Z.2 and Z.3 give the transforms.

    Attributes:
        primary_angle_deg: Positioner Isocenter Primary Angle (0018,9463).
        secondary_angle_deg: Positioner Isocenter Secondary Angle (0018,9464).
        detector_rotation_deg: Positioner Isocenter Detector Rotation Angle (0018,9465).
        table_position_mm: Table X, Y, Z Position to Isocenter (0018,9466 to 0018,9468).
        table_rotation_deg: Table Horizontal Rotation (0018,9469), Head Tilt (0018,9470) and Cradle Tilt Angle (0018,9471).
    """

    primary_angle_deg: float
    secondary_angle_deg: float
    detector_rotation_deg: float
    table_position_mm: tuple[float, float, float]
    table_rotation_deg: tuple[float, float, float]


def isocenter_reference(attributes: FrameAttributes) -> Sourced | None:
    """The isocentre reference system of the frame; None where it is absent or incomplete."""
    item = attributes.macro("IsocenterReferenceSystemSequence")
    if item is None:
        return None

    def values(*keywords: str) -> tuple[float, ...]:
        found = [as_numbers(item.get(keyword)) for keyword in keywords]
        return tuple(numbers[0] for numbers in found if numbers)

    angles = values(
        "PositionerIsocenterPrimaryAngle", "PositionerIsocenterSecondaryAngle", "PositionerIsocenterDetectorRotationAngle"
    )
    position = values("TableXPositionToIsocenter", "TableYPositionToIsocenter", "TableZPositionToIsocenter")
    rotation = values("TableHorizontalRotationAngle", "TableHeadTiltAngle", "TableCradleTiltAngle")
    if not len(angles) == len(position) == len(rotation) == 3:
        return None
    reference = IsocenterReference(*angles, position, rotation)
    return Sourced(reference, "tag", attribute_name("IsocenterReferenceSystemSequence"))


def positioner_angle(attributes: FrameAttributes, which: str, warnings: list[str]) -> Sourced | None:
    """Positioner Primary (0018,1510) or Secondary Angle (0018,1511) of the frame, in degrees.

    The position of the image receptor about the patient: primary +90 is the patient's left (LAO), secondary +90 the
    patient's head; at 0 / 0 the patient's chest faces the receptor (PS3.3 C.8.7.5.1.2). The angles at the top level hold for
    the first frame; where Positioner Motion (0018,1500) is DYNAMIC, the Angle Increment (0018,1520 and 0018,1521) holds one
    average change a frame, or one offset from the first angle for each frame (C.8.7.5.1.3).

    Args:
        attributes: of the frame.
        which: "Primary" or "Secondary".
        warnings: appended to.
    """
    keyword = f"Positioner{which}Angle"
    angle = attributes.angle_deg(keyword)
    if angle is None or attributes.is_enhanced or attributes.text("PositionerMotion") == "STATIC":
        return angle
    increments = attributes.numbers(f"{keyword}Increment")
    if not increments or not any(increments):
        return angle
    frames = int(attributes.number("NumberOfFrames") or 1)
    if len(increments) == 1:
        change = increments[0] * attributes.frame
    elif len(increments) == frames:
        change = increments[attributes.frame]
    else:
        warnings.append(
            f"{attribute_name(f'{keyword}Increment')} has {len(increments)} values for {frames} frames; "
            "the angle of the first frame is used for all."
        )
        return angle
    explanation = f"{attribute_name(keyword)} plus {attribute_name(f'{keyword}Increment')} of frame {attributes.frame}"
    return Sourced(angle.value + change, "derived", explanation)


def beam_direction_lps(
    attributes: FrameAttributes, primary: Sourced | None, secondary: Sourced | None
) -> tuple[np.ndarray, str] | None:
    """(3,) unit direction from source to receptor in the patient (LPS), and its source; None where the file is silent."""
    if primary is not None and secondary is not None and attributes.text("Modality") in ("XA", "RF"):
        a, b = np.radians([primary.value, secondary.value])
        return np.array([np.sin(a) * np.cos(b), -np.cos(a) * np.cos(b), np.sin(b)]), "the positioner angles"
    view = attributes.text("ViewPosition")
    if view in _BEAM_OF_VIEW:
        return np.array(_DIRECTIONS[_BEAM_OF_VIEW[view]], dtype=float), f"{attribute_name('ViewPosition')} {view}"
    return None


def is_mirrored(attributes: FrameAttributes, beam: tuple[np.ndarray, str] | None, flip: Sourced) -> Sourced:
    """Whether the stored image is seen from the detector towards the source instead of along the beam.

    Radiographs are stored as if one faced the patient, whichever side the source is on; so an image whose source is behind
    the patient is a mirror image of what the source sees. Patient Orientation (0020,0020) names the patient's direction of
    the rows and of the columns; with the direction of the beam its handedness decides. Without both, only Field of View
    Horizontal Flip (0018,7034) counts.
    """
    directions = [_direction(text) for text in attributes.texts("PatientOrientation")]
    rows_columns = [direction for direction in directions if direction is not None]
    if beam is not None and len(directions) == len(rows_columns) == 2:
        handedness = float(np.cross(rows_columns[0], rows_columns[1]) @ beam[0])
        if abs(handedness) > 0.3:
            explanation = f"{attribute_name('PatientOrientation')} and {beam[1]}"
            return Sourced(handedness < 0, "derived", explanation)
    if flip.origin == "tag":
        return flip
    return Sourced(False, "assumed", "no Patient Orientation together with a beam direction in the file")


def _direction(letters: str) -> np.ndarray | None:
    """Unit direction (LPS) of a Patient Orientation value such as L or AFL, letters in order of importance."""
    if not letters or any(letter not in _DIRECTIONS for letter in letters):
        return None
    total = np.sum([np.array(_DIRECTIONS[letter]) * 0.5**k for k, letter in enumerate(letters)], axis=0)
    length = float(np.linalg.norm(total))
    return np.asarray(total / length) if length > 0 else None
