"""A DICOM X-ray (XA) with every tag of its geometry, of pixels whose camera and pose are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import c_arm_of_camera_from_ras
from RayEmbRegistrationLib.problems import InputProblem

_XA_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.12.1"  # DICOM PS3.6
_LEAST_PART = 0.2  # chosen: a direction's lesser letters are left out below this share
_IN_THE_MIDDLE_PX = 0.01  # chosen: as near as the camera's principal point must be to the image's middle


@dataclass(frozen=True)
class Exposed:
    """What is known of the exposure beside the geometry.

    Attributes:
        kvp: tube voltage.
        source_to_isocenter_mm: distance.
        dose_area_product_gy_cm2: or None.
        comment: for Image Comments.
        intensity: what pixels are proportional to: "raw", the beam, or "log", its logarithm.
    """

    kvp: float
    source_to_isocenter_mm: float
    dose_area_product_gy_cm2: float | None = None
    comment: str = ""
    intensity: str = "raw"


def write_xa(path: Path, pixels: np.ndarray, camera: Camera, camera_from_ras: RigidTransform, exposed: Exposed) -> None:
    """Write (H, W) uint16 pixels, the higher the more of the beam came through, with their geometry.

    Raises:
        InputProblem: the camera's principal point is not the image's middle, or its axes are not the image's: XA has no
            tags for these.
        OSError: it could not be written.
    """
    import pydicom
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    check_camera(camera)
    angles = c_arm_of_camera_from_ras(camera_from_ras)
    dataset = pydicom.Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = _XA_IMAGE_STORAGE, generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.Modality, dataset.ImageType = "XA", ["DERIVED", "PRIMARY", "SINGLE PLANE"]
    dataset.PatientName, dataset.PatientID, dataset.PatientPosition = "Simulated^X-ray", "simulated", "HFS"
    dataset.PatientBirthDate = dataset.PatientSex = dataset.StudyDate = dataset.StudyTime = dataset.AccessionNumber = ""
    dataset.StudyID, dataset.SeriesNumber, dataset.InstanceNumber, dataset.ReferringPhysicianName = "", "1", "1", ""
    dataset.Manufacturer, dataset.RadiationSetting = "RayEmbRegistration", "GR"
    dataset.ImageComments = exposed.comment
    dataset.KVP = _decimal(exposed.kvp)
    dataset.DistanceSourceToDetector = _decimal(camera.source_to_detector_mm)
    dataset.DistanceSourceToPatient = _decimal(exposed.source_to_isocenter_mm)
    dataset.EstimatedRadiographicMagnificationFactor = _decimal(
        camera.source_to_detector_mm / exposed.source_to_isocenter_mm
    )
    dataset.ImagerPixelSpacing = [_decimal(each) for each in camera.pixel_spacing_mm[::-1]]
    # The image is the whole detector, which the central beam meets in its middle.
    dataset.FieldOfViewShape, dataset.FieldOfViewOrigin, dataset.DetectorActiveOrigin = "RECTANGLE", [0, 0], [0, 0]
    dataset.DetectorElementSpacing = dataset.ImagerPixelSpacing
    sides = [camera.height * camera.pixel_spacing_mm[1], camera.width * camera.pixel_spacing_mm[0]]
    dataset.DetectorActiveShape, dataset.DetectorActiveDimensions = "RECTANGLE", [_decimal(each) for each in sides]
    dataset.PositionerMotion = "STATIC"
    dataset.PositionerPrimaryAngle, dataset.PositionerSecondaryAngle = (
        _decimal(angles.primary_deg),
        _decimal(angles.secondary_deg),
    )
    dataset.FieldOfViewHorizontalFlip, dataset.FieldOfViewRotation = "NO", "0"
    dataset.PatientOrientation = [_letters(axis) for axis in camera_from_ras.rotation[:2]]
    dataset.PixelIntensityRelationship, dataset.PixelIntensityRelationshipSign = (
        "LOG" if exposed.intensity == "log" else "LIN",
        1,
    )
    if exposed.dose_area_product_gy_cm2 is not None:
        dataset.ImageAndFluoroscopyAreaDoseProduct = _decimal(exposed.dose_area_product_gy_cm2 * 10)  # dGy cm2
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.PixelData = np.ascontiguousarray(pixels, "<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.save_as(path, enforce_file_format=True)


def check_camera(camera: Camera) -> None:
    """Refuse a camera that XA has no tags for.

    Raises:
        InputProblem: says why.
    """
    upright = camera.K[0, 1] == camera.K[1, 0] == 0 and camera.K[0, 0] > 0 and camera.K[1, 1] > 0
    middle = (np.array(camera.image_size) - 1) / 2
    if not upright or np.abs(camera.K[:2, 2] - middle).max() > _IN_THE_MIDDLE_PX:
        raise InputProblem(
            "a DICOM X-ray holds only a camera whose beam meets the image's middle, neither turned nor flipped; write .png, "
            "which has a camera file beside it"
        )


def _decimal(value: float) -> str:
    """A decimal string of at most 16 characters, as DICOM has it, as near to the value as they allow."""
    for digits in range(16, 0, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= 16:
            return text
    return f"{value:.1g}"


def _letters(direction_ras: np.ndarray) -> str:
    """Patient Orientation of a direction: L, R, A, P, H, F by their weight."""
    pairs = ("LR", "PA", "HF")
    lps = np.asarray(direction_ras) * (-1, -1, 1)
    order = [axis for axis in np.argsort(-np.abs(lps)) if abs(lps[axis]) > _LEAST_PART]
    return "".join(pairs[axis][0 if lps[axis] > 0 else 1] for axis in order)
