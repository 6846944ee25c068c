"""A pose as a DICOM Spatial Registration object: where the CT's frame of reference lies before the X-ray equipment.

DICOM PS3.3 C.20.2. The registered frame is that of the X-ray's camera: origin in the source, x along the image's columns, y
along its rows, z from the source to the detector, mm. It gets a frame of reference UID of its own, as projection X-rays
have none that says this. A matrix of the object maps points of its item's frame INTO the object's frame; SlicerRT and others
were seen to write the inverse, which nothing in the file gives away, so that only a known point shows it.

DICOM cannot hold a projection: the camera itself is in the result file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

from .writing import write_atomically

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SPATIAL_REGISTRATION = "1.2.840.10008.5.1.4.1.1.66.1"  # DICOM PS3.6, Spatial Registration Storage
_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])  # DICOM's patient axes run to the left and to the back
_METHOD = ("125024", "DCM", "Image Content-based Alignment")  # DICOM PS3.16 CID 7100
_PATIENT = (  # DICOM PS3.3 C.7.1.1 and C.7.2.1, of type 1 and 2
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip


@dataclass(frozen=True)
class DicomSource:
    """What ties a registration to the DICOM object that an image was loaded from.

    Attributes:
        instance_uid, class_uid, series_uid, study_uid: of that object.
        frame_of_reference_uid: empty where it has none.
        patient: keyword to value of patient and study.
    """

    instance_uid: str
    class_uid: str
    series_uid: str
    study_uid: str
    frame_of_reference_uid: str = ""
    patient: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class SpatialRegistration:
    """What a file says.

    Attributes:
        camera_from_ras: the pose.
        ct_frame_uid, xray_frame_uid: frames of reference that it leads from and to.
        xray_instance_uid: of the X-ray; empty where the file names none.
    """

    camera_from_ras: RigidTransform
    ct_frame_uid: str
    xray_frame_uid: str
    xray_instance_uid: str = ""


def dicom_source(path: str | Path) -> DicomSource:
    """Read it from a DICOM file; InputProblem where that is none."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        dataset = dcmread(path, stop_before_pixels=True)
    except (OSError, InvalidDicomError) as error:
        raise InputProblem(f"{path} cannot be read as DICOM ({error}); load the image again") from error

    def text(keyword: str) -> str:
        return str(dataset.get(keyword) or "")

    return DicomSource(
        text("SOPInstanceUID"),
        text("SOPClassUID"),
        text("SeriesInstanceUID"),
        text("StudyInstanceUID"),
        text("FrameOfReferenceUID"),
        {keyword: text(keyword) for keyword in _PATIENT},
    )


def write_spatial_registration(
    path: str | Path,
    camera_from_ras: RigidTransform,
    ct: DicomSource | None = None,
    xray: DicomSource | None = None,
    description: str = "",
) -> Path:
    """Write a pose.

    Args:
        path: the file; an older one is replaced.
        camera_from_ras: the pose of an X-ray.
        ct: what the CT was loaded from; without it the CT's frame of reference is a new one.
        xray: what the X-ray was loaded from; without it no image is referenced.
        description: what to say of it, such as the verdict.

    Raises:
        InputProblem: as ``write_atomically``.
    """
    dataset = _dataset(camera_from_ras, ct, xray, description)
    return write_atomically(path, lambda temporary: dataset.save_as(temporary, enforce_file_format=True))


def read_spatial_registration(path: str | Path) -> SpatialRegistration:
    """Read a pose that ``write_spatial_registration`` wrote, or another program in the same way.

    Raises:
        InputProblem: no such object, not of two frames, or a matrix that is not rigid.
    """
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        dataset = dcmread(path)
    except (OSError, InvalidDicomError) as error:
        raise InputProblem(f"{path} cannot be read as DICOM ({error}); choose a Spatial Registration file") from error
    if dataset.get("SOPClassUID") != SPATIAL_REGISTRATION:
        raise InputProblem(f"{path} is no DICOM Spatial Registration; choose one")
    own = str(dataset.get("FrameOfReferenceUID", ""))
    items = list(dataset.get("RegistrationSequence") or [])
    others = [one for one in items if str(one.get("FrameOfReferenceUID", "")) not in ("", own)]
    if len(others) != 1:
        raise InputProblem(f"{path} registers {len(others)} frames to the X-ray's; choose a file that registers one CT")
    matrix = _matrix_of(others[0], path)
    mine = [one for one in items if one not in others]
    if any(not np.allclose(_matrix_of(one, path), np.eye(4), atol=1e-6) for one in mine):
        raise InputProblem(f"{path} moves the X-ray's own frame; choose a file that leaves it where it is")
    images = [image for one in mine for image in one.get("ReferencedImageSequence") or []]
    pose = RigidTransform.from_matrix(matrix @ _LPS_FROM_RAS)
    instance = str(images[0].ReferencedSOPInstanceUID) if images else ""
    return SpatialRegistration(pose, str(others[0].FrameOfReferenceUID), own, instance)


def _matrix_of(item: Dataset, path: str | Path) -> np.ndarray:
    """(4, 4) of an item's one matrix; the identity where it has none."""
    found = [matrix for one in item.get("MatrixRegistrationSequence") or [] for matrix in one.get("MatrixSequence") or []]
    if len(found) > 1:
        raise InputProblem(f"{path} composes several matrices; choose a file with one")
    if not found:
        return np.eye(4)
    values = np.array([float(value) for value in found[0].FrameOfReferenceTransformationMatrix])
    if values.size != 16:
        raise InputProblem(f"{path} has a matrix of {values.size} numbers instead of 16; write the file again")
    return values.reshape(4, 4)


def _dataset(pose: RigidTransform, ct: DicomSource | None, xray: DicomSource | None, description: str) -> Dataset:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.sequence import Sequence
    from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

    known = ct or xray
    now = dt.datetime.now().astimezone()
    entropy = None if xray is None else [xray.instance_uid, "frame of its camera"]  # the same X-ray, the same frame
    dataset = Dataset()
    for keyword in _PATIENT:
        setattr(dataset, keyword, known.patient.get(keyword, "") if known is not None else "")
    dataset.StudyInstanceUID = (known.study_uid if known is not None else "") or generate_uid()
    dataset.SOPClassUID, dataset.SOPInstanceUID = UID(SPATIAL_REGISTRATION), generate_uid()
    dataset.Modality, dataset.SeriesInstanceUID, dataset.SeriesNumber, dataset.InstanceNumber = "REG", generate_uid(), 1, 1
    dataset.Manufacturer, dataset.SeriesDescription = "RayEmbRegistration", "CT registered to an X-ray"
    dataset.ContentDate, dataset.ContentTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    dataset.ContentLabel, dataset.ContentCreatorName = "REGISTRATION", ""
    dataset.ContentDescription = description[:64]  # a long string has so many characters
    dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = generate_uid(entropy_srcs=entropy), ""
    of_xray = _item(dataset.FrameOfReferenceUID, np.eye(4), "the X-ray's camera: origin in the source, z to the detector")
    if xray is not None:
        of_xray.ReferencedImageSequence = Sequence([_reference(xray)])
    ct_frame = (ct.frame_of_reference_uid if ct is not None else "") or generate_uid()
    of_ct = _item(ct_frame, pose.matrix @ _LPS_FROM_RAS, "from the CT's frame into that of the X-ray's camera")
    dataset.RegistrationSequence = Sequence([of_xray, of_ct])
    if xray is not None:
        series = Dataset()
        series.SeriesInstanceUID, series.ReferencedInstanceSequence = xray.series_uid, Sequence([_reference(xray)])
        if xray.study_uid == dataset.StudyInstanceUID:
            dataset.ReferencedSeriesSequence = Sequence([series])
        else:
            study = Dataset()
            study.StudyInstanceUID, study.ReferencedSeriesSequence = xray.study_uid, Sequence([series])
            dataset.StudiesContainingOtherReferencedInstancesSequence = Sequence([study])
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.SpecificCharacterSet = "ISO_IR 192"  # UTF-8
    return dataset


def _item(frame_uid: str, matrix: np.ndarray, comment: str) -> Dataset:
    """An item of the registration: a frame, and how it gets into the object's."""
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence
    from pydicom.valuerep import DSfloat

    code, one, all_of_it, item = Dataset(), Dataset(), Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = _METHOD
    values: list[Any] = [DSfloat(float(value), auto_format=True) for value in np.ravel(matrix)]
    one.FrameOfReferenceTransformationMatrix, one.FrameOfReferenceTransformationMatrixType = values, "RIGID"
    all_of_it.MatrixSequence, all_of_it.FrameOfReferenceTransformationComment = Sequence([one]), comment
    all_of_it.RegistrationTypeCodeSequence = Sequence([code])
    item.FrameOfReferenceUID, item.MatrixRegistrationSequence = frame_uid, Sequence([all_of_it])
    return item


def _reference(source: DicomSource) -> Dataset:
    from pydicom.dataset import Dataset

    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = source.class_uid, source.instance_uid
    return reference
