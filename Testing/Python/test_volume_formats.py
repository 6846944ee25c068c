"""Volume files: read as nibabel and SimpleITK read them while they are sound; refused, never filled in, when not."""

import gzip
import re
import struct
import zlib

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.formats.reading import read_stored_volume
from RayEmbRegistrationLib.volumes.reading import read_ct
from RayEmbRegistrationLib.xray.reading import read_xray
from volume_files import FORMATS, RNG, changed, nifti, patient, peak_kb, saved, write_format

sitk = pytest.importorskip("SimpleITK")
nibabel = pytest.importorskip("nibabel")

TURNED = RigidTransform.from_rotation_vector([0.3, -0.2, 0.5]).rotation
TYPES = ("u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8")


def ras_of_itk(path):
    image = sitk.ReadImage(str(path))
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    return np.diag([-1.0, -1, 1, 1]) @ matrix, sitk.GetArrayFromImage(image)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", ["a.nrrd", "ct.nrrd", "a.nhdr", "a.mha", "zip.mha", "a.mhd", "a.nii", "a.nii.gz"])
def test_all_numbers_are_read_as_itk_reads_them(tmp_path, name, kind):
    values = np.arange(4 * 5 * 6).reshape(4, 5, 6).astype(kind)
    path = saved(tmp_path / name, values, TURNED)
    matrix, expected = ras_of_itk(path)
    stored = read_stored_volume(path)
    np.testing.assert_array_equal(stored.values, expected)
    assert stored.values.dtype.newbyteorder("=") == np.dtype(kind)
    np.testing.assert_allclose(stored.ras_from_ijk, matrix, atol=1e-4)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("codes", [(1, 0), (0, 1), (1, 1), (1, 2), (2, 0), (0, 4), (2, 1)])
def test_nifti_is_placed_as_nibabel_and_itk_place_it(tmp_path, version, codes, order):
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = TURNED * (0.9, 1.1, -2.0), (5, -7, 300)
    kind, header = [
        (nibabel.Nifti1Image, nibabel.Nifti1Header),
        (nibabel.Nifti2Image, nibabel.Nifti2Header),
    ][version - 1]
    values = RNG.integers(-1000, 1000, (6, 5, 4)).astype(order + "i2")
    image = kind(values, affine, header(endianness=order))
    image.set_qform(affine, codes[0])
    image.set_sform(affine, codes[1])
    nibabel.save(image, tmp_path / "a.nii.gz")
    stored = read_stored_volume(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(stored.values, values.T)
    np.testing.assert_allclose(stored.ras_from_ijk, affine, atol=1e-3)
    if version == 1:  # ITK reads no NIfTI-2
        np.testing.assert_allclose(stored.ras_from_ijk, ras_of_itk(tmp_path / "a.nii.gz")[0], atol=1e-3)


def test_slope_and_intercept_are_those_of_nibabel(tmp_path):
    image = nibabel.Nifti1Image(RNG.normal(size=(6, 5, 4)) * 1000, np.eye(4))
    image.header.set_data_dtype(np.int16)
    nibabel.save(image, tmp_path / "a.nii")
    expected = nibabel.load(tmp_path / "a.nii").get_fdata().T
    np.testing.assert_allclose(read_stored_volume(tmp_path / "a.nii").values, expected, atol=1e-2)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_ct(tmp_path, name):
    path = write_format(tmp_path, name)
    ct = read_ct(path).volume
    assert ct.hu.dtype == np.int16
    assert ct.hu.shape == (12, 40, 50)
    np.testing.assert_allclose(ct.spacing_mm, (0.9, 1.1, 2.0), atol=1e-6)


def data_of(path):
    """The file that holds the voxels."""
    beside = [file for file in path.parent.iterdir() if file != path]
    return beside[0] if beside else path


@pytest.mark.parametrize("name", FORMATS)
def test_cut_off_files_are_refused_wherever_they_end(tmp_path, name):
    path = write_format(tmp_path, name)
    data = data_of(path)
    whole = data.read_bytes()
    lengths = {0, 1, 2, 3, 5, 100, 347, 351, 400, len(whole) // 2, len(whole) - 9, len(whole) - 2, len(whole) - 1}
    for length in sorted(lengths):
        data.write_bytes(whole[:length])
        with pytest.raises(InputProblem) as refused:
            read_ct(path)
        assert "\n" not in str(refused.value)
        assert path.name in str(refused.value)
    data.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputProblem, match=r"cut off: [345]\d(\.\d)? % of its voxels are missing"):
        read_ct(path)
    data.write_bytes(whole)
    read_ct(path)


@pytest.mark.parametrize("name", ["ct.nii.gz", "ct2.nii.gz", "ct.nrrd", "zip.mha", "zip.mhd"])
def test_flipped_bits_of_compressed_voxels_do_not_pass(tmp_path, name):
    path = write_format(tmp_path, name)
    data = data_of(path)
    whole, sound = data.read_bytes(), read_ct(path).volume.hu
    start = 10 if name.endswith((".gz", ".zraw")) else whole.find(b"\n\n") + 20 if name == "ct.nrrd" else len(whole) // 4
    for place in np.linspace(start, len(whole) - 1, 60).astype(int):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(RNG.integers(8))
        data.write_bytes(bytes(flipped))
        try:
            got = read_ct(path).volume.hu
        except InputProblem:
            continue
        np.testing.assert_array_equal(got, sound)  # a bit that nothing depends on, such as gzip's operating system


@pytest.mark.parametrize("names", [("p.nii.gz", "p.nii"), ("p.nii", "p.nii.gz")])
def test_the_file_that_is_named_is_read(tmp_path, names):
    first, other = patient(), patient()[::-1].copy() + 1
    nifti(tmp_path / names[0], first)
    nifti(tmp_path / names[1], other)
    np.testing.assert_array_equal(read_stored_volume(tmp_path / names[0]).values, first)


def test_two_files_of_voxels_beside_a_header_are_refused(tmp_path):
    path = write_format(tmp_path, "pair.hdr")
    (tmp_path / "pair.img.gz").write_bytes(gzip.compress((tmp_path / "pair.img").read_bytes()))
    with pytest.raises(InputProblem, match=r"both pair\.img and pair\.img\.gz"):
        read_ct(path)
    (tmp_path / "pair.img").unlink()
    assert read_ct(path).volume.hu.shape == (12, 40, 50)
    assert read_ct(tmp_path / "pair.img.gz").volume.hu.shape == (12, 40, 50)
    path.unlink()
    with pytest.raises(InputProblem, match="without their header"):
        read_ct(tmp_path / "pair.img.gz")


@pytest.mark.parametrize("name", ["ct.nhdr", "ct.mhd", "zip.mhd", "pair.hdr"])
def test_voxels_that_are_not_beside_their_header_are_named(tmp_path, name):
    path = write_format(tmp_path, name)
    data = data_of(path)
    data.unlink()
    with pytest.raises(InputProblem, match=rf"{data.name}.*not beside it; copy both"):
        read_ct(path)


@pytest.mark.parametrize("name", ["ct.nii", "ct.nrrd", "raw.nrrd", "ct.mha", "zip.mha"])
def test_more_voxels_than_the_header_says_are_refused(tmp_path, name):
    path = saved(tmp_path / name, patient())
    if name.endswith(".nii"):
        changed(path, 46, struct.pack("<h", 11))
    else:
        path.write_bytes(path.read_bytes().replace(b"50 40 12\n", b"50 40 11\n"))
    with pytest.raises(InputProblem, match="more voxels than its header says"):
        read_ct(path)


@pytest.mark.parametrize("value", [0.0, -0.9, np.nan, np.inf])
def test_nifti_voxel_sizes_that_are_none_are_refused(tmp_path, value):
    for axis in range(3):
        path = changed(nifti(tmp_path / "a.nii.gz", patient()), 80 + 4 * axis, struct.pack("<f", value))
        with pytest.raises(InputProblem, match=r"voxel size \(pixdim\)"):
            read_ct(path)


@pytest.mark.parametrize("value", ["0", "-0.9", "nan", "inf"])
def test_nrrd_and_metaimage_voxel_sizes_that_are_none_are_refused(tmp_path, value):
    path = saved(tmp_path / "a.mha", patient())
    path.write_bytes(re.sub(rb"ElementSpacing = 0[.]9\d*", f"ElementSpacing = {value}".encode(), path.read_bytes()))
    with pytest.raises(InputProblem, match="voxel size"):
        read_ct(path)
    path = saved(tmp_path / "a.nrrd", patient())
    number = b"0" if value == "-0.9" else value.encode()  # a negative one is a flipped axis
    path.write_bytes(re.sub(rb"[(]0[.]9\d*", b"(" + number, path.read_bytes()))
    with pytest.raises(InputProblem, match="which is no size"):
        read_ct(path)


def test_places_that_are_not_told_are_refused(tmp_path):
    unplaced = [
        nifti(tmp_path / "codes.nii.gz", patient(), qform=(np.eye(4), 0), sform=(np.eye(4), 0)),
        saved(tmp_path / "space.nrrd", patient()),
        saved(tmp_path / "directions.nrrd", patient()),
        saved(tmp_path / "spacing.mha", patient()),
    ]
    for path, line in zip(unplaced[1:], (b"space: ", b"space directions: ", b"ElementSpacing = "), strict=True):
        before, rest = path.read_bytes().split(b"\n" + line, 1)
        path.write_bytes(before + b"\n" + rest.split(b"\n", 1)[1])
    for path in unplaced:
        assert read_stored_volume(path).ras_from_ijk is None
        with pytest.raises(InputProblem, match=rf"{path.name} does not tell .*3D Slicer"):
            read_ct(path)


def test_forms_that_disagree(tmp_path):
    affine = np.diag([-0.9, -1.1, 2.0, 1.0])
    moved, mirrored, larger = affine.copy(), affine * [[-1], [1], [1], [1]], affine * [[2], [2], [2], [1]]
    moved[:3, 3] = (0, 30, 40)
    path = nifti(tmp_path / "moved.nii", patient(), qform=(affine, 1), sform=(moved, 4))
    reading = read_ct(path)
    assert "50 mm apart (0 degrees); the qform is used" in reading.notes[0]
    np.testing.assert_allclose(reading.volume.ras_from_ijk, ras_of_itk(path)[0], atol=1e-5)
    with pytest.raises(InputProblem, match="which side is left"):
        read_ct(nifti(tmp_path / "mirrored.nii", patient(), qform=(affine, 1), sform=(mirrored, 1)))
    path = nifti(tmp_path / "larger.nii", patient(), affine=affine)
    with pytest.raises(InputProblem, match=r"0.9 x 1.1 x 2 by pixdim and 1.8 x 2.2 x 4 by the sform"):
        read_ct(changed(path, 280, larger[:3].astype("<f4").tobytes()))
    assert read_ct(nifti(tmp_path / "same.nii", patient(), affine=affine)).notes == ()


def test_units_that_the_file_names_are_converted(tmp_path):
    for name, factor in (("meter", 1e-3), ("micron", 1e3)):
        affine = np.diag([-0.9 * factor, -1.1 * factor, 2.0 * factor, 1.0])
        image = nibabel.Nifti1Image(patient().T, affine)
        image.set_qform(affine, 1)
        image.set_sform(affine, 1)
        image.header.set_xyzt_units(name)
        nibabel.save(image, tmp_path / "a.nii")
        reading = read_ct(tmp_path / "a.nii")
        np.testing.assert_allclose(reading.volume.spacing_mm, (0.9, 1.1, 2.0), rtol=1e-6)
        assert "converted to mm" in reading.notes[0]


def test_an_nrrd_in_cm_is_converted_with_its_place(tmp_path):
    path = saved(tmp_path / "a.nrrd", patient(), TURNED)
    expected, values = ras_of_itk(path)
    before, raw = path.read_bytes().split(b"\n\n", 1)
    lines = before.decode().splitlines()
    for number, line in enumerate(lines):
        if line.startswith(("space directions:", "space origin:")):
            lines[number] = re.sub(r"-?\d[\d.e+-]*", lambda found: repr(float(found[0]) / 10), line)
    path.write_bytes("\n".join([*lines, 'space units: "cm" "cm" "cm"']).encode() + b"\n\n" + raw)
    reading = read_ct(path)
    assert np.abs(expected[:3, 3]).min() > 1
    np.testing.assert_allclose(reading.volume.ras_from_ijk, expected, atol=1e-9)
    np.testing.assert_array_equal(reading.volume.hu, values)
    assert "converted to mm" in reading.notes[0]


def test_lengths_of_another_unit_are_recognised(tmp_path):
    for factor, message in ((1e-3, "in metres; multiply its affine by 1000"), (1e3, "in micrometres, divide .* by 1000")):
        path = nifti(tmp_path / "a.nii", patient(), np.diag([-0.9 * factor, -1.1 * factor, 2.0 * factor, 1.0]))
        with pytest.raises(InputProblem, match=message):
            read_ct(path)
    with pytest.raises(InputProblem, match="more than any CT"):
        read_ct(nifti(tmp_path / "a.nii", patient(), np.diag([-20.0, -20, 20, 1])))


@pytest.mark.parametrize("size", [(30000, 30000, 30000), (32767, 32767, 3), (-5, 40, 50), (0, 40, 50)])
def test_absurd_sizes_are_refused_before_memory_is_taken(tmp_path, size):
    before = peak_kb()
    for path in (nifti(tmp_path / "a.nii.gz", patient()), nifti(tmp_path / "a.nii", patient())):
        with pytest.raises(InputProblem, match=r"voxels large|its header is damaged"):
            read_ct(changed(path, 42, struct.pack("<3h", *size)))
    for name, key in (("a.nrrd", b"sizes: "), ("zip.mha", b"DimSize = ")):
        path = saved(tmp_path / name, patient())
        path.write_bytes(path.read_bytes().replace(key + b"50 40 12", key + " ".join(map(str, size)).encode()))
        with pytest.raises(InputProblem, match=r"voxels large|its header is damaged"):
            read_ct(path)
    assert peak_kb() - before < 200_000


def test_a_gzip_bomb_is_left_unread(tmp_path):
    """A megabyte that would become a gigabyte: more than the header says, or as much as it says but absurd."""
    packer = zlib.compressobj(9, wbits=31)
    header = nifti(tmp_path / "a.nii", patient()).read_bytes()[:352]
    packed = packer.compress(header) + packer.flush(zlib.Z_FULL_FLUSH)
    packed += 64 * (packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH))  # each stands on its own
    (tmp_path / "bomb.nii.gz").write_bytes(packed)
    before = peak_kb()
    with pytest.raises(InputProblem, match="more voxels than its header says"):
        read_ct(tmp_path / "bomb.nii.gz")
    small = header[:42] + struct.pack("<3h", 1000, 1000, 1000) + header[48:]
    (tmp_path / "small.nii.gz").write_bytes(gzip.compress(small + bytes(1000)))
    with pytest.raises(InputProblem, match="far too small for the voxels it announces"):
        read_ct(tmp_path / "small.nii.gz")
    assert peak_kb() - before < 200_000


def test_complex_colour_and_unusual_numbers_are_refused(tmp_path):
    for kind, message in ((np.complex64, "complex numbers"), (np.complex128, "complex numbers")):
        nibabel.save(nibabel.Nifti1Image(patient().T.astype(kind), np.eye(4)), tmp_path / "a.nii")
        with pytest.raises(InputProblem, match=message):
            read_ct(tmp_path / "a.nii")
    colour = np.zeros((8, 9, 10), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    nibabel.save(nibabel.Nifti1Image(colour, np.eye(4)), tmp_path / "a.nii")
    with pytest.raises(InputProblem, match="3 values a voxel"):
        read_ct(tmp_path / "a.nii")


def test_an_xray_saved_as_a_volume_passes_the_same_gate(tmp_path):
    picture = RNG.random((1, 24, 32)).astype(np.float32)
    for name in ("x.nii.gz", "x.mha", "x.nrrd"):
        path = saved(tmp_path / name, picture)
        np.testing.assert_array_equal(read_xray(path).pixels, picture[0])
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(InputProblem, match="cut off"):
            read_xray(path)


def test_what_no_reader_is_for_is_named(tmp_path):
    analyze = nibabel.AnalyzeImage(patient().T, np.eye(4))
    nibabel.save(analyze, tmp_path / "old.hdr")
    with pytest.raises(InputProblem, match="Analyze format, which does not tell left from right"):
        read_ct(tmp_path / "old.hdr")
    sitk.WriteImage(sitk.GetImageFromArray(patient()), str(tmp_path / "stack.tif"))
    with pytest.raises(InputProblem, match="TIFF picture, which holds neither"):
        read_ct(tmp_path / "stack.tif")
    (tmp_path / "stack.tif").rename(tmp_path / "stack.nii")
    with pytest.raises(InputProblem, match="TIFF picture"):
        read_ct(tmp_path / "stack.nii")
    path = saved(tmp_path / "a.nrrd", patient())
    path.write_bytes(path.read_bytes().replace(b"encoding: raw", b"encoding: hex"))
    with pytest.raises(InputProblem, match="save it again raw or with gzip"):
        read_ct(path)
