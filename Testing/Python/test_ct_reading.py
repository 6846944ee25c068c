"""Reading CTs of every format, and what is said about files that are not one."""

from pathlib import Path

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.reading import read_ct
from volume_files import ORIGIN, RNG, SPACING, nifti, patient, saved

sitk = pytest.importorskip("SimpleITK")

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


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
    assert fine.notes == ("fine.nrrd has another grid than the CT and was resampled to it",), (
        "no folder: it may name a patient"
    )


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


def test_hu_stored_without_their_offset_are_recognised(tmp_path):
    hu = np.maximum(patient(), -1024)
    for values in ((hu + 1024).astype(np.uint16), (hu + 1024).astype(np.float32)):
        reading = read_ct(saved(tmp_path / "ct.nrrd", values))
        np.testing.assert_array_equal(reading.volume.hu, hu)
        assert "1024 was subtracted" in reading.notes[0]
    for bone in (RNG.normal(900, 40, hu.shape), RNG.normal(1050, 200, hu.shape)):  # bone alone: nothing to repair
        masked = np.where(hu > 300, bone, 0).clip(0).astype(np.int16)
        np.testing.assert_array_equal(read_ct(saved(tmp_path / "ct.nrrd", masked)).volume.hu, masked)


def test_what_is_no_number_around_the_field_is_air(tmp_path):
    hu = patient().astype(np.float32)
    outside = np.zeros(hu.shape, dtype=bool)
    outside[:, :3] = outside[:2] = True
    hu[outside] = np.nan
    reading = read_ct(saved(tmp_path / "ct.nii.gz", hu))
    np.testing.assert_array_equal(reading.volume.hu, np.where(outside, -1000, hu))
    assert f"{outside.sum()} voxels" in reading.notes[0]
    assert "set to air" in reading.notes[0]
    hu[6, 24, 25] = np.inf
    with pytest.raises(InputProblem, match="1 of them within the volume"):
        read_ct(saved(tmp_path / "ct.nii.gz", hu))
    with pytest.raises(InputProblem, match="no number at all"):
        read_ct(saved(tmp_path / "ct.nii.gz", np.full_like(hu, np.nan)))


def sheared(degrees):
    """(4, 4): the patient's grid with slices that climb."""
    matrix = np.diag([-0.9, -1.1, 2.0, 1.0])
    matrix[1, 2] = 2.0 * np.tan(np.radians(degrees))
    matrix[:3, 3] = (20, -30, -400)
    return matrix


def test_a_sheared_grid_is_refused_or_resampled(tmp_path):
    """A smooth volume, so that linear interpolation is right to a few HU: what is read is what lies at each place."""
    matrix = sheared(15)
    size = (50, 40, 24)
    ijk = np.stack(np.meshgrid(*[np.arange(n) for n in size], indexing="ij"), axis=-1)

    def field(ras):
        return 400 + 500 * np.sin(ras[..., 0] / 12) * np.cos(ras[..., 1] / 15) + 100 * np.sin(ras[..., 2] / 9)

    stored = field(ijk @ matrix[:3, :3].T + matrix[:3, 3]).transpose(2, 1, 0)
    path = nifti(tmp_path / "sheared.nii.gz", stored.astype(np.float32), qform=(matrix, 0), sform=(matrix, 1))
    with pytest.raises(InputProblem, match=r"tilt of 15\.0 degrees .*--resample-tilt"):
        read_ct(path)
    reading = read_ct(path, resample_tilt=True)
    volume = reading.volume
    assert "resampled to perpendicular axes" in reading.notes[-1]
    axes = volume.ras_from_ijk[:3, :3] / volume.spacing_mm
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-6)
    np.testing.assert_allclose(volume.spacing_mm, (0.9, 1.1, 2.0), atol=1e-5)
    ijk = np.stack(np.meshgrid(*[np.arange(n) for n in volume.hu.shape[::-1]], indexing="ij"), axis=-1)
    ras = volume.ras_from_index(ijk)
    source = (ras - matrix[:3, 3]) @ np.linalg.inv(matrix[:3, :3]).T
    inside = ((source >= 0) & (source <= np.array(size) - 1)).all(axis=-1).transpose(2, 1, 0)
    assert inside.sum() > 0.95 * np.prod(size)
    np.testing.assert_allclose(volume.hu[inside], field(ras).transpose(2, 1, 0)[inside], atol=5)
    assert (volume.hu[~inside] == -1000).mean() > 0.9  # the rest lies between two slices at the border


def test_labels_of_a_resampled_ct_stay_on_their_bone(tmp_path):
    matrix, hu = sheared(10), patient()
    ct = nifti(tmp_path / "ct.nii.gz", hu, qform=(matrix, 0), sform=(matrix, 1))
    labels = nifti(tmp_path / "labels.nii.gz", (hu > 300).astype(np.uint8), qform=(matrix, 0), sform=(matrix, 1))
    volume = read_ct(ct, labels, resample_tilt=True).volume
    assert volume.labels.shape == volume.hu.shape
    assert ((volume.hu > 300) == (volume.labels > 0)).mean() > 0.98
    assert volume.hu[volume.labels > 0].mean() > 800


def test_labels_without_a_place_take_that_of_a_ct_of_their_size(tmp_path):
    hu = patient()
    ct, affine = saved(tmp_path / "ct.nrrd", hu), np.eye(4)
    numbers = (hu > 300).astype(np.uint8)
    reading = read_ct(ct, nifti(tmp_path / "labels.nii.gz", numbers, qform=(affine, 0), sform=(affine, 0)))
    np.testing.assert_array_equal(reading.volume.labels, numbers)
    assert "the CT's place was taken" in reading.notes[0]
    other = nifti(tmp_path / "labels.nii.gz", numbers[1:], qform=(affine, 0), sform=(affine, 0))
    with pytest.raises(InputProblem, match="left and right are unknown"):
        read_ct(ct, other)


def test_labels_pass_the_same_gate(tmp_path):
    ct = saved(tmp_path / "ct.nrrd", patient())
    labels = saved(tmp_path / "labels.nii.gz", (patient() > 300).astype(np.uint8))
    labels.write_bytes(labels.read_bytes()[:-40])
    with pytest.raises(InputProblem, match=r"labels\.nii\.gz is cut off"):
        read_ct(ct, labels)


def test_a_series_is_of_a_folder(tmp_path):
    with pytest.raises(InputProblem, match="leave --series out"):
        read_ct(saved(tmp_path / "ct.nrrd", patient()), series="3")
