"""DICOM Spatial Registration: read back by pydicom, and the matrix's direction checked by what an X-ray shows."""

import numpy as np
import pydicom
import pytest
from dicom_files import dicom, gradient, save
from RayEmbRegistrationLib.drr import JosephProjector
from RayEmbRegistrationLib.files.spatial_registration import (
    dicom_source,
    read_spatial_registration,
    write_spatial_registration,
)
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

POSE = RigidTransform.from_rotation_vector((1.2, -0.4, 0.3), (12.0, -30.0, 812.0))
UIDS = {"StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.3.4"}


@pytest.fixture
def sources(tmp_path):
    ct = save(dicom("CT", gradient(), FrameOfReferenceUID="1.2.9", **UIDS), tmp_path / "ct.dcm")
    xray = save(dicom("XA", gradient(), **UIDS), tmp_path / "xray.dcm")
    return dicom_source(ct), dicom_source(xray)


def test_a_pose_comes_back_with_its_frames_and_its_xray(sources, tmp_path):
    ct, xray = sources
    path = write_spatial_registration(tmp_path / "reg.dcm", POSE, ct, xray, "trusted")
    found = read_spatial_registration(path)
    np.testing.assert_allclose(found.camera_from_ras.matrix, POSE.matrix, atol=1e-9)
    assert (found.ct_frame_uid, found.xray_instance_uid) == ("1.2.9", xray.instance_uid)
    again = read_spatial_registration(write_spatial_registration(tmp_path / "again.dcm", POSE, ct, xray))
    assert again.xray_frame_uid == found.xray_frame_uid, "the same X-ray, the same frame"


def test_a_known_bead_is_where_the_xray_shows_it(sources, tmp_path):
    """By DICOM's own words: p' = M p in LPS, then a pinhole. The matrix of the other direction misses by far."""
    bead_ras = np.array([14.0, -9.0, 6.0])
    values = np.zeros((41, 41, 41), np.float32)
    values[26, 11, 34] = 1.0  # k, j, i of the bead, spacing 1 mm about the origin
    ras_from_ijk = np.eye(4)
    ras_from_ijk[:3, 3] = -20.0
    K = np.array([[2500.0, 0, 210.0], [0, 2500.0, 140.0], [0, 0, 1]])
    camera = Camera(K, (400, 300), (0.4, 0.4), 1000.0)
    pose = RigidTransform.from_rotation_vector((1.2, -0.4, 0.3), (2.0, -3.0, 812.0))
    picture = JosephProjector(values, ras_from_ijk).render(pose, camera)[0].cpu().numpy()
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    path = write_spatial_registration(tmp_path / "reg.dcm", pose, *sources)
    dataset = pydicom.dcmread(path)
    item = next(one for one in dataset.RegistrationSequence if one.FrameOfReferenceUID == "1.2.9")
    numbers = item.MatrixRegistrationSequence[0].MatrixSequence[0].FrameOfReferenceTransformationMatrix
    matrix = np.array([float(one) for one in numbers]).reshape(4, 4)
    bead_lps = np.array([-bead_ras[0], -bead_ras[1], bead_ras[2], 1.0])

    def seen(way):
        x, y, z, _ = way @ bead_lps
        return np.array([K[0, 0] * x / z + K[0, 2], K[1, 1] * y / z + K[1, 2]])

    assert np.abs(seen(matrix) - (column, row)).max() < 2.0, "a bead is 3 px wide"
    assert np.abs(seen(np.linalg.inv(matrix)) - (column, row)).max() > 20.0


def test_the_object_is_what_dicom_asks_for(sources, tmp_path):
    ct, xray = sources
    dataset = pydicom.dcmread(write_spatial_registration(tmp_path / "reg.dcm", POSE, ct, xray, "x" * 100))
    assert dataset.SOPClassUID.name == "Spatial Registration Storage"
    assert (dataset.Modality, dataset.PatientID, dataset.StudyInstanceUID) == ("REG", "0", "1.2.3")
    for keyword in (
        "ContentDate",
        "ContentTime",
        "ContentLabel",
        "FrameOfReferenceUID",
        "SeriesInstanceUID",
        "Manufacturer",
    ):
        assert dataset.get(keyword), keyword
    own, other = dataset.RegistrationSequence
    assert own.FrameOfReferenceUID == dataset.FrameOfReferenceUID
    assert own.ReferencedImageSequence[0].ReferencedSOPInstanceUID == xray.instance_uid
    for item in (own, other):
        matrix = item.MatrixRegistrationSequence[0].MatrixSequence[0]
        assert matrix.FrameOfReferenceTransformationMatrixType == "RIGID"
        assert all(len(str(value)) <= 16 for value in matrix.FrameOfReferenceTransformationMatrix)
    assert dataset.ReferencedSeriesSequence[0].SeriesInstanceUID == xray.series_uid


def test_images_that_are_not_from_dicom_get_frames_of_their_own(tmp_path):
    found = [read_spatial_registration(write_spatial_registration(tmp_path / f"{n}.dcm", POSE)) for n in range(2)]
    assert found[0].ct_frame_uid != found[1].ct_frame_uid, "two CTs that nothing tells apart are not said to be one"
    assert found[0].xray_instance_uid == ""
    np.testing.assert_allclose(found[0].camera_from_ras.matrix, POSE.matrix, atol=1e-9)


def test_what_is_no_registration_is_said(sources, tmp_path):
    picture = save(dicom("XA", gradient(), **UIDS), tmp_path / "picture.dcm")
    (tmp_path / "text.dcm").write_text("no")
    for path, words in ((picture, "no DICOM Spatial Registration"), (tmp_path / "text.dcm", "cannot be read as DICOM")):
        with pytest.raises(InputProblem, match=words):
            read_spatial_registration(path)
    path = write_spatial_registration(tmp_path / "reg.dcm", POSE, *sources)
    for change, words in (
        (lambda d: d.RegistrationSequence.pop(), "registers 0 frames"),
        (lambda d: setattr(_matrix(d, 0), "FrameOfReferenceTransformationMatrix", [2.0] * 16), "moves the X-ray's own"),
        (lambda d: setattr(_matrix(d, 1), "FrameOfReferenceTransformationMatrix", [1.0] * 9), "9 numbers"),
        (lambda d: setattr(_matrix(d, 1), "FrameOfReferenceTransformationMatrix", [2.0] * 12 + [0, 0, 0, 1]), "rotation"),
    ):
        dataset = pydicom.dcmread(path)
        change(dataset)
        dataset.save_as(tmp_path / "changed.dcm")
        with pytest.raises(InputProblem, match=words):
            read_spatial_registration(tmp_path / "changed.dcm")


def _matrix(dataset, number):
    return dataset.RegistrationSequence[number].MatrixRegistrationSequence[0].MatrixSequence[0]
