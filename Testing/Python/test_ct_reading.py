"""Reading CTs of every format, and what is said about files that are not one."""

import re
from pathlib import Path

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.reading import read_ct

sitk = pytest.importorskip("SimpleITK")

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SPACING, ORIGIN = (0.9, 1.1, 2.0), (-20.0, 30.0, -400.0)
RNG = np.random.default_rng(0)


def patient(shape=(12, 40, 50)):
    """Air, an ellipse of soft tissue, a rod of bone in it."""
    j, i = np.mgrid[: shape[1], : shape[2]]
    body = ((i - 25) / 20) ** 2 + ((j - 20) / 16) ** 2 < 1
    bone = (i - 25) ** 2 + (j - 24) ** 2 < 30
    hu = np.where(bone, 900, np.where(body, 40, -1000)) + RNG.integers(-20, 20, shape)
    return hu.astype(np.int16)


def saved(path, values, direction=None, **keywords):
    image = sitk.GetImageFromArray(values, **keywords)
    if image.GetDimension() == 3:
        image.SetSpacing(SPACING)
        image.SetOrigin(ORIGIN)
        if direction is not None:
            image.SetDirection(np.asarray(direction).ravel().tolist())
    sitk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("name", ["ct.nii.gz", "ct.nrrd", "ct.mha", "ct.mhd", "ö ct.nii"])
def test_formats_and_oblique_grids(tmp_path, name):
    direction = RigidTransform.from_rotation_vector([0.3, -0.2, 0.5]).rotation.copy()
    if not name.endswith((".nii", ".nii.gz")):
        direction[:, 2] *= -1  # left-handed
    hu = patient()
    reading = read_ct(saved(tmp_path / name, hu, direction))
    np.testing.assert_array_equal(reading.volume.hu, hu)
    lps = np.array(ORIGIN) + direction @ (np.array(SPACING) * [3, 4, 5])
    np.testing.assert_allclose(reading.volume.ras_from_index([3, 4, 5]), lps * [-1, -1, 1], atol=1e-3)
    assert reading.notes == ()


@pytest.mark.parametrize("name", ["pelvis/ct.nii.gz", "wrist/radius.nrrd"])
def test_real_cts_without_air_or_soft_tissue_are_accepted(name):
    if not (DATA / name).exists():
        pytest.skip("the data is not here")
    assert read_ct(DATA / name).notes == ()


def blurred_noise(shape=(20, 40, 40)):
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(RNG.normal(size=shape), 3)
    return np.abs(noise / noise.std() * 300 + 500 + RNG.normal(size=shape) * 20)


BAD = {
    "nan": (lambda: np.where(RNG.random((12, 40, 50)) < 0.01, np.nan, patient()).astype(np.float32), "not numbers"),
    "constant": (lambda: np.zeros((12, 40, 50), np.int16), "every voxel is 0"),
    "air": (lambda: (np.full((12, 40, 50), -1000) + RNG.integers(-30, 30, (12, 40, 50))).astype(np.int16), "only air"),
    "one slice": (lambda: patient((1, 40, 50)), "too few"),
    "label map": (lambda: (patient() > 300).astype(np.uint8) * 3, "label map"),
    "8-bit": (lambda: np.clip(patient() / 5 + 200, 0, 255).astype(np.uint8), "8-bit|label map"),
    "no bone": (lambda: np.minimum(patient(), 60), "no bone"),
    "mr": (lambda: blurred_noise().astype(np.int16), "looks like MR"),
    "mr float": (lambda: blurred_noise().astype(np.float32), "looks like MR"),
    "too high": (lambda: patient().astype(np.int32) * 100, "more than any CT|less than air"),
    "overflow": (lambda: np.where(patient() > 300, -25000 - RNG.integers(0, 9, (12, 40, 50)), patient()), "less than air"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_a_ct_is_refused(tmp_path, name):
    make, message = BAD[name]
    with pytest.raises(ValueError, match=message) as error:
        read_ct(saved(tmp_path / "ct.nrrd", make()))
    assert "ct.nrrd" in str(error.value)


def test_colour_and_time_series_are_refused(tmp_path):
    with pytest.raises(ValueError, match="3 values a voxel"):
        read_ct(saved(tmp_path / "colour.nrrd", np.zeros((8, 9, 10, 3), np.uint8), isVector=True))
    with pytest.raises(ValueError, match="4-D"):
        read_ct(saved(tmp_path / "time.nii", np.stack([patient()] * 3), isVector=False))
    once = saved(tmp_path / "once.nii", patient()[None], isVector=False)
    assert read_ct(once).volume.hu.shape == (12, 40, 50)


def test_missing_and_broken_files_are_explained(tmp_path):
    with pytest.raises(ValueError, match="does not exist"):
        read_ct(tmp_path / "none.nii.gz")
    (tmp_path / "text.nii.gz").write_text("not an image")
    with pytest.raises(ValueError, match="cannot be read"):
        read_ct(tmp_path / "text.nii.gz")
    whole = saved(tmp_path / "whole.nrrd", patient()).read_bytes()
    (tmp_path / "half.nrrd").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputProblem, match=r"half\.nrrd is cut off: 50\.\d % of its voxels are missing"):
        read_ct(tmp_path / "half.nrrd")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no DICOM"):
        read_ct(tmp_path / "empty")


def test_unsigned_overflow_and_padding_are_repaired(tmp_path):
    hu = patient()
    reading = read_ct(saved(tmp_path / "ct.nrrd", hu.astype(np.uint16)))
    np.testing.assert_array_equal(reading.volume.hu, hu)
    assert "repaired" in reading.notes[0]
    padded = hu.copy()
    padded[:, :3] = -32768
    reading = read_ct(saved(tmp_path / "ct.nrrd", padded))
    assert reading.volume.hu.min() > -1100
    assert "padding" in reading.notes[0]


def test_labels_on_another_grid(tmp_path):
    hu = patient()
    ct = saved(tmp_path / "ct.nrrd", hu)
    numbers = np.where(hu > 300, 2, np.where(hu > 0, 7, 0)).astype(np.uint8)
    same = read_ct(ct, saved(tmp_path / "same.nrrd", numbers), [2])
    np.testing.assert_array_equal(same.volume.labels, np.where(numbers == 2, 2, 0))
    assert same.notes == ()
    # Every voxel doubled: nearest neighbour must give the same labels back.
    image = sitk.GetImageFromArray(numbers.repeat(2, 0).repeat(2, 1).repeat(2, 2))
    image.SetSpacing([s / 2 for s in SPACING])
    image.SetOrigin([o - s / 4 for o, s in zip(ORIGIN, SPACING, strict=True)])
    shifted = [o + 0.01 for o in image.GetOrigin()]  # off the ties between two fine voxels
    image.SetOrigin(shifted)
    sitk.WriteImage(image, str(tmp_path / "fine.nrrd"))
    fine = read_ct(ct, tmp_path / "fine.nrrd")
    np.testing.assert_array_equal(fine.volume.labels, numbers)
    assert "another grid" in fine.notes[0]


def test_labels_that_do_not_fit_are_explained(tmp_path):
    ct = saved(tmp_path / "ct.nrrd", patient())
    numbers = (patient() > 300).astype(np.uint8)
    labels = saved(tmp_path / "labels.nrrd", numbers)
    with pytest.raises(ValueError, match=r"no label 5; it has 1"):
        read_ct(ct, labels, [5])
    with pytest.raises(ValueError, match="without a label map"):
        read_ct(ct, None, [5])
    with pytest.raises(ValueError, match="labels nothing"):
        read_ct(ct, saved(tmp_path / "none.nrrd", numbers * 0))
    with pytest.raises(ValueError, match="not a label map"):
        read_ct(ct, ct)
    far = sitk.ReadImage(str(labels))
    far.SetOrigin([1000, 1000, 1000])
    sitk.WriteImage(far, str(tmp_path / "far.nrrd"))
    with pytest.raises(ValueError, match="outside the CT"):
        read_ct(ct, tmp_path / "far.nrrd")


def dicom_slices(folder, hu, modality="CT", description="bone", places=None, tilt_mm=0.0):
    """One CT slice file for each slice, stored with an intercept of -1024, written in shuffled order."""
    pydicom = pytest.importorskip("pydicom")
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    folder.mkdir(exist_ok=True)
    series, study, frame = generate_uid(), generate_uid(), generate_uid()
    places = np.arange(len(hu)) * 2.0 if places is None else places
    for k in RNG.permutation(len(hu)):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = CTImageStorage
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
        dataset.SeriesInstanceUID, dataset.StudyInstanceUID, dataset.FrameOfReferenceUID = series, study, frame
        dataset.Modality, dataset.SeriesDescription, dataset.InstanceNumber = modality, description, int(k) + 1
        dataset.ImagePositionPatient = [-20.0, 30.0 + tilt_mm * float(k), float(places[k]) - 400]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing, dataset.SliceThickness = [1.1, 0.9], 2.0
        dataset.Rows, dataset.Columns = hu.shape[1:]
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
        dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
        dataset.PixelData = (hu[k].astype(np.int32) + 1024).clip(0).astype(np.uint16).tobytes()
        pydicom.dcmwrite(folder / f"{description}{int(RNG.integers(1e9))}.dcm", dataset, enforce_file_format=True)
    return folder


def test_dicom_folder(tmp_path):
    hu = patient()
    reading = read_ct(dicom_slices(tmp_path / "dicom", hu))
    np.testing.assert_array_equal(reading.volume.hu, np.maximum(hu, -1024))
    expected = np.array([-20 + 0.9 * 3, 30 + 1.1 * 4, -400 + 2.0 * 5]) * [-1, -1, 1]
    np.testing.assert_allclose(reading.volume.ras_from_index([3, 4, 5]), expected, atol=1e-6)
    single = next((tmp_path / "dicom").iterdir())
    with pytest.raises(ValueError, match="folder with all slices"):
        read_ct(single)


def test_longest_series_is_chosen_and_named(tmp_path):
    folder = dicom_slices(tmp_path / "dicom", patient(), description="long")
    dicom_slices(folder, patient()[:5], description="short")
    reading = read_ct(folder)
    assert reading.volume.hu.shape == (12, 40, 50)
    assert re.search(r"'long' \(CT, 12 slices, UID \S+\) was read, not \? 'short' \(CT, 5 slices", reading.notes[0])
    assert read_ct(tmp_path).volume.hu.shape == (12, 40, 50)  # one folder up


def test_irregular_dicom_slices_are_explained(tmp_path):
    hu = patient()
    kept = np.delete(np.arange(12), [5, 6])
    with pytest.raises(ValueError, match="about 2 slices are missing"):
        read_ct(dicom_slices(tmp_path / "gap", hu[kept], places=kept * 2.0))
    with pytest.raises(ValueError, match="unevenly"):
        read_ct(dicom_slices(tmp_path / "uneven", hu, places=np.arange(12) * 2 + RNG.uniform(0, 0.5, 12)))
    with pytest.raises(ValueError, match=r"gantry tilt of 14\.0 degrees"):
        read_ct(dicom_slices(tmp_path / "tilt", hu, tilt_mm=0.5))
    with pytest.raises(ValueError, match="one place"):
        read_ct(dicom_slices(tmp_path / "twice", hu, places=np.arange(12) // 2 * 2.0))
    with pytest.raises(ValueError, match="holds MR, not CT"):
        read_ct(dicom_slices(tmp_path / "mr", hu, modality="MR"))
