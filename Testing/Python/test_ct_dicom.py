"""CTs as folders of DICOM slices: which series, copies left out, and slices that make no regular grid."""

import re

import numpy as np
import pytest
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.reading import read_ct
from volume_files import RNG, dicom_slices, patient, peak_kb

pytest.importorskip("SimpleITK")
pydicom = pytest.importorskip("pydicom")


def test_dicom_folder(tmp_path):
    hu = patient()
    reading = read_ct(dicom_slices(tmp_path / "dicom", hu))
    np.testing.assert_array_equal(reading.volume.hu, np.maximum(hu, -1024))
    expected = np.array([-20 + 0.9 * 3, 30 + 1.1 * 4, -400 + 2.0 * 5]) * [-1, -1, 1]
    np.testing.assert_allclose(reading.volume.ras_from_index([3, 4, 5]), expected, atol=1e-6)
    assert reading.notes == ()
    single = next((tmp_path / "dicom").iterdir())
    with pytest.raises(InputProblem, match="folder with all slices"):
        read_ct(single)


@pytest.mark.parametrize("axes", [(0, 1, 0, 0, 0, -1), (-1, 0, 0, 0, 0, -1), (0.6, 0.8, 0, -0.8, 0.6, 0)])
def test_slices_of_any_direction_are_placed_as_itk_places_them(tmp_path, axes):
    import SimpleITK as sitk  # noqa: N813

    normal = np.cross(axes[:3], axes[3:])
    places = {"ImagePositionPatient": lambda k: [round(float(x), 6) for x in np.array([5, 6, 7]) + 2.5 * k * normal]}
    folder = dicom_slices(tmp_path / "dicom", patient(), ImageOrientationPatient=list(axes), **places)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image, volume = reader.Execute(), read_ct(folder).volume
    np.testing.assert_array_equal(volume.hu, sitk.GetArrayFromImage(image))
    for ijk in ((0, 0, 0), (49, 39, 11)):
        lps = np.array(image.TransformIndexToPhysicalPoint(ijk))
        np.testing.assert_allclose(volume.ras_from_index(ijk), lps * [-1, -1, 1], atol=1e-4)


def test_longest_series_is_read_and_named(tmp_path):
    folder = dicom_slices(tmp_path / "dicom", patient(), SeriesDescription="long", name="a")
    dicom_slices(folder, patient()[:5], SeriesDescription="short", name="b")
    reading = read_ct(folder)
    assert reading.volume.hu.shape == (12, 40, 50)
    assert re.search(r"'long' \(CT, 12 slices, UID \S+\) was read, not \? 'short' \(CT, 5 slices", reading.notes[0])
    assert "another is chosen by --series" in reading.notes[0]
    assert read_ct(tmp_path).volume.hu.shape == (12, 40, 50)  # one folder up


def equal_series(tmp_path):
    """Two series of one length, told apart by number, kernel and UID; their values differ."""
    first, second = patient(), patient()[::-1] + 5
    uids = "1.2.3.4567", "1.2.3.8901"
    folder = tmp_path / "dicom"
    dicom_slices(folder, first, name="a", SeriesInstanceUID=uids[0], SeriesNumber=3, ConvolutionKernel="B30f")
    dicom_slices(folder, second, name="b", SeriesInstanceUID=uids[1], SeriesNumber=4, ConvolutionKernel=["B70f", "3"])
    return folder, np.maximum(first, -1024), np.maximum(second, -1024)


def test_series_of_one_length_are_listed_and_chosen(tmp_path):
    folder, first, second = equal_series(tmp_path)
    with pytest.raises(InputProblem, match=r"holds 2 series .*3 'bone, B30f'.*4 'bone, B70f/3'.*--series"):
        read_ct(folder)
    for wanted, hu in (
        ("3", first),
        ("4", second),
        ("1.2.3.8901", second),
        ("4567", first),
        ("B70f", second),
        ("bone, b30F", first),
    ):
        reading = read_ct(folder, series=wanted)
        np.testing.assert_array_equal(reading.volume.hu, hu)
        assert f"{'3' if hu is first else '4'} 'bone" in reading.notes[0].split(" was read")[0]
    with pytest.raises(InputProblem, match=r"no series '7'; it holds 3 'bone"):
        read_ct(folder, series="7")
    with pytest.raises(InputProblem, match="2 series that may be meant"):
        read_ct(folder, series="bone")


def test_copies_are_left_out_with_a_note(tmp_path):
    hu = patient()
    folder = dicom_slices(tmp_path / "dicom", hu)
    for number, file in enumerate(sorted(folder.iterdir())):
        if number % 2:
            (folder / f"copy{number}.dcm").write_bytes(file.read_bytes())
    reading = read_ct(folder)
    np.testing.assert_array_equal(reading.volume.hu, np.maximum(hu, -1024))
    assert reading.notes == ("6 identical copies of slices were left out",)
    altered = pydicom.dcmread(folder / "copy1.dcm")
    altered.PixelData = bytes(len(altered.PixelData))
    altered.save_as(folder / "copy1.dcm")
    with pytest.raises(InputProblem, match="one SOP Instance UID but show different images"):
        read_ct(folder)


def test_phases_are_listed_and_chosen(tmp_path):
    hu = np.concatenate([patient(), patient()[::-1] + 7])
    places = np.tile(np.arange(12) * 2.0, 2)
    folder = dicom_slices(
        tmp_path / "dicom", hu, places=places, SeriesNumber=5, TemporalPositionIdentifier=lambda k: k // 12 + 1
    )
    with pytest.raises(InputProblem, match=r"5/1 'bone' \(CT, 12 slices, temporal position 1,.*5/2 'bone'"):
        read_ct(folder)
    np.testing.assert_array_equal(read_ct(folder, series="5/2").volume.hu, np.maximum(hu[12:], -1024))
    nameless = dicom_slices(tmp_path / "nameless", hu, places=places)
    with pytest.raises(InputProblem, match="several slices at one place"):
        read_ct(nameless)


def test_a_scout_in_the_series_is_left_out(tmp_path):
    folder = dicom_slices(
        tmp_path / "dicom", patient(), SeriesInstanceUID="1.2.3", ImageType=["ORIGINAL", "PRIMARY", "AXIAL"]
    )
    scout = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}
    dicom_slices(folder, patient((1, 60, 50)), name="scout", SeriesInstanceUID="1.2.3", **scout)
    reading = read_ct(folder)
    assert reading.volume.hu.shape == (12, 40, 50)
    assert "1 scout" in reading.notes[0]


def test_irregular_slices_are_explained(tmp_path):
    hu = patient()
    kept = np.delete(np.arange(12), [5, 6])
    with pytest.raises(InputProblem, match="about 2 slices are missing"):
        read_ct(dicom_slices(tmp_path / "gap", hu[kept], places=kept * 2.0))
    with pytest.raises(InputProblem, match="unevenly"):
        read_ct(dicom_slices(tmp_path / "uneven", hu, places=np.arange(12) * 2 + RNG.uniform(0, 0.5, 12)))
    with pytest.raises(InputProblem, match="one place"):
        read_ct(dicom_slices(tmp_path / "twice", hu, places=np.arange(12) // 2 * 2.0))
    with pytest.raises(InputProblem, match="holds MR, not CT"):
        read_ct(dicom_slices(tmp_path / "mr", hu, Modality="MR"))
    turned = {"ImageOrientationPatient": lambda k: [1, 0, 0, 0, 1, 0] if k else [1, 0, 0, 0, 0, -1]}
    with pytest.raises(InputProblem, match="differ in direction"):
        read_ct(dicom_slices(tmp_path / "turned", hu, **turned))
    bent = {"ImagePositionPatient": lambda k: [3.0 * (k == 6), 0, 2.0 * k]}
    with pytest.raises(InputProblem, match="beside their line"):
        read_ct(dicom_slices(tmp_path / "bent", hu, **bent))


@pytest.mark.parametrize(
    ("keyword", "name"),
    [
        ("ImagePositionPatient", "Image Position"),
        ("ImageOrientationPatient", "Image Orientation"),
        ("PixelSpacing", "Pixel Spacing"),
    ],
)
def test_tags_without_which_nothing_has_a_place_are_named(tmp_path, keyword, name):
    folder = dicom_slices(tmp_path / "dicom", patient(), **{keyword: None})
    with pytest.raises(InputProblem, match=rf"12 of 12 slices .* no {name}.* unknown; export the CT again"):
        read_ct(folder)
    with pytest.raises(InputProblem, match="differ in size or pixel spacing"):
        read_ct(dicom_slices(tmp_path / "mixed", patient(), PixelSpacing=lambda k: [1.1, 0.9 + 0.1 * (k == 4)]))
    with pytest.raises(InputProblem, match="which is no size"):
        read_ct(dicom_slices(tmp_path / "zero", patient(), PixelSpacing=[0, 0]))


def test_a_tilted_gantry_is_refused_or_resampled(tmp_path):
    hu = patient((24, 40, 50))
    folder = dicom_slices(tmp_path / "tilt", hu, tilt_mm=0.5)
    with pytest.raises(InputProblem, match=r"gantry tilt of 14\.0 degrees .*--resample-tilt"):
        read_ct(folder)
    reading = read_ct(folder, resample_tilt=True)
    assert "tilted by 14.0 degrees" in reading.notes[0]
    volume = reading.volume
    ijk = np.stack(np.meshgrid(*[np.arange(n) for n in volume.hu.shape[::-1]], indexing="ij"), axis=-1).reshape(-1, 3)
    ras = volume.ras_from_index(ijk)
    bone = np.clip(volume.hu.transpose(2, 1, 0).ravel() - 100.0, 0, None)
    for k in (4, 12, 20):  # the rod runs along the slices' centres, which climb to the back
        of_slice = np.abs(ras[:, 2] - (2.0 * k - 400)) < 0.1
        found = np.average(ras[of_slice], axis=0, weights=bone[of_slice])
        expected = np.array([-20 + 0.9 * 25, 30 + 0.5 * k + 1.1 * 24, 2.0 * k - 400]) * [-1, -1, 1]
        np.testing.assert_allclose(found, expected, atol=0.15)


def test_cut_off_slices_are_named(tmp_path):
    folder = dicom_slices(tmp_path / "dicom", patient())
    file = sorted(folder.iterdir())[5]
    whole = file.read_bytes()
    for length in (len(whole) - 2, len(whole) - 1000):
        file.write_bytes(whole[:length])
        with pytest.raises(InputProblem, match=rf"{file.name} is cut off"):
            read_ct(folder)
    file.write_bytes(whole[:300])  # within its header: no slice at all
    with pytest.raises(InputProblem, match=r"slices are missing|is cut off"):
        read_ct(folder)
    file.write_bytes(whole)
    (folder / "notes.txt").write_text("no slice")
    (folder / "DICOMDIR").write_bytes(b"\0" * 200)
    read_ct(folder)


def test_damaged_lengths_take_no_memory(tmp_path):
    """A kind or a length with a flipped bit announces gigabytes; pydicom and GDCM would make room for them."""
    folder = dicom_slices(tmp_path / "dicom", patient())
    file = sorted(folder.iterdir())[5]
    whole = file.read_bytes()
    pixels, implementation = whole.index(b"\xe0\x7f\x10\x00OW"), whole.index(b"\x02\x00\x12\x00UI")
    for place, content in ((pixels + 8, b"\x00\xff\xff\x7f"), (implementation + 4, b"UM")):
        before = peak_kb()
        file.write_bytes(whole[:place] + content + whole[place + len(content) :])
        with pytest.raises(InputProblem, match=rf"{file.name} is cut off"):
            read_ct(folder)
        assert peak_kb() - before < 200_000


def enhanced(path, hu, shuffled):
    """A multi-frame CT whose frames lie in any order."""
    from pydicom.dataset import Dataset
    from pydicom.uid import generate_uid

    dataset = pydicom.dcmread(next(dicom_slices(path.parent / "one", hu[:1]).iterdir()))
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleIntercept", "RescaleSlope"):
        delattr(dataset, keyword)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    shared, measures, plane, scale = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [1.1, 0.9], 2
    plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    scale.RescaleIntercept, scale.RescaleSlope, scale.RescaleType = -1024, 1, "HU"
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
    shared.PixelValueTransformationSequence = [scale]
    dataset.SharedFunctionalGroupsSequence, frames = [shared], []
    for k in shuffled:
        frame, position = Dataset(), Dataset()
        position.ImagePositionPatient = [-20, 30, 2.0 * float(k) - 400]
        frame.PlanePositionSequence = [position]
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence, dataset.NumberOfFrames = frames, len(hu)
    dataset.PixelData = (hu[shuffled].astype(np.int32) + 1024).clip(0).astype(np.uint16).tobytes()
    dataset.save_as(path)
    return path


def test_an_enhanced_ct_is_read_in_the_order_of_its_places(tmp_path):
    hu = patient()
    path = enhanced(tmp_path / "enhanced.dcm", hu, RNG.permutation(12))
    volume = read_ct(path).volume
    np.testing.assert_array_equal(volume.hu, np.maximum(hu, -1024))
    np.testing.assert_allclose(volume.ras_from_index([3, 4, 5]), np.array([-17.3, 34.4, -390]) * [-1, -1, 1], atol=1e-6)
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(InputProblem, match="cut off"):
        read_ct(path)
