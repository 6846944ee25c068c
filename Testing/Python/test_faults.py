"""Every input on which the project was seen to fail: refused with what to do, read with a note, or read rightly.

The table names every file of the folder; one that is not in it fails, and so does a row without its file.
"""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from RayEmbRegistrationLib.application.open_ct import open_ct
from RayEmbRegistrationLib.application.open_xray import Typed, open_xray
from RayEmbRegistrationLib.files.camera import read_camera
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.reading import read_xray

sitk = pytest.importorskip("SimpleITK")
FAULTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "faults"
pytestmark = pytest.mark.skipif(not FAULTS.is_dir(), reason="the failing inputs are not here")
SIZE = (512, 512)

# A CT that is refused: the sentence, and the options with which it is read after all.
CT_REFUSED = {
    "ct/stack.tif": ("TIFF picture, which holds neither the size of the voxels nor how they lie", None),
    "ct/affine_in_metres.nii.gz": ("in metres; multiply its affine by 1000", None),
    "ct/nopos.zip": (r"44 of 44 slices .* no Image Position \(Patient\)", None),
    "ct/phase2.zip": (r"2 series that may be meant.*UID 1\.2\.3\.9\).*--series", {"series": "1.2.3.9"}),
    "ct/sheared_sform.nii.gz": (r"tilt of 15\.0 degrees .* --resample-tilt", {"resample_tilt": True}),
}
# A CT that is read: its one note, and which voxels must be the scan's own; the others are air.
CT_NOTED = {
    "ct/hu_plus_1024_slim.nii.gz": ("without its offset.*1024 was subtracted", lambda hu: hu > -1024),
    "ct/nan_outside.nii.gz": (r"102596 voxels \(56.93%\).* set to air", lambda hu: hu != -1000),
    "ct/no_sform_no_qform.nii.gz": ("not the scanner's but aligned with another scan", np.isfinite),
    "ct/dupe.zip": ("1 identical copies of slices were left out", np.isfinite),
    "ct/dupe2.zip": ("44 identical copies of slices were left out", np.isfinite),
}
CAMERA_REFUSED = {
    "camera/distortion_key.json": "'distortion' in .* is not supported; undistort the X-ray first",
    "camera/dist_coeffs_key.json": "'dist_coeffs' in .* is not supported; undistort the X-ray first",
    "camera/unknown_extrinsic_key.json": "'extrinsic' in .* is not supported; .* world_to_camera",
    "camera/sdd_in_m.json": "a source-to-detector distance of 1.02 mm looks like metres; give it in mm",
    "camera/rig_pose_in_m.json": "0.735 mm from the rig's origin, looks like metres; give mm",
    "camera/rtk_geometry.xml": "is an RTK geometry, .* does not tell the pixel spacing on the detector; give it",
}
# Focal length and principal point in px, the latter's origin, and a note.
CAMERA_READ = {
    "camera/no_K_but_sdd_and_spacing.json": ((1020 / 0.7474, 255.5), "assumed", "its middle was assumed"),
    "camera/projection_matrix.json": ((1364, 256), "derived", "projection matrix"),
}
# An X-ray that is refused: the sentence, and what the user may type in with which it is read after all.
XRAY_REFUSED = {
    "xray/slot_scanner.dcm": ("slot scanner.*no camera", None),
    "xray/mpeg4_xa.dcm": (r"is a video \(MPEG-4 AVC\); export the frame", None),
    "xray/sdd_in_cm.dcm": ("102 mm looks like centimetres", Typed(source_to_detector_mm=1020.0)),
    "xray/spacing_in_cm.dcm": ("a field of 13.7 x 13.5 mm, which looks like cent", Typed(pixel_spacing_mm=(0.374, 0.374))),
    "xray/spacing_in_um.dcm": ("looks like micrometres", Typed(pixel_spacing_mm=(0.374, 0.374))),
    "xray/intensifier_in_inch.dcm": (
        "a field of 12 x 11.9 mm, which looks like centimetres or inches",
        Typed(pixel_spacing_mm=(0.8, 0.8)),
    ),
}
# An X-ray that is read: its polarity hint, its C-arm angles, its offset from the stored values, and a note.
XRAY_READ = {
    "xray/IM0002_no_preamble": (None, None, 0, "does not say whether bone is bright"),
    "xray/jpeg_lossless_intercept_-100.dcm": (None, None, -100, "does not say whether bone is bright"),
    "xray/j2k_intercept_-100.dcm": (None, None, -100, "does not say whether bone is bright"),
    "xray/xa_lateral_with_angles.dcm": (None, (110.0, 5.0, 0.0), None, "does not say whether bone is bright"),
    "polarity/cr_monochrome1_stored_bone_bright.dcm": (False, None, None, "may be dark, as MONOCHROME1"),
    "polarity/dx_mono1_inverse_sign_minus1_stored_bone_dark.dcm": (None, None, None, "contradicts itself on polarity"),
    "polarity/xa_says_lin_stored_bone_bright.dcm": (False, None, None, None),
}
# For registration to judge: opening cannot see what is wrong with these pairs, and must give them unaltered.
# Image, camera: what registration must say of the pair. the tests of registration hold it.
OF_REGISTRATION = {
    ("calibration/sim_pin.png", "calibration/camera_right.json"): "the control: right",
    ("calibration/sim_pin.png", "calibration/rig10mm_view1.json"): "with the next: the rig does not fit, not trusted",
    ("calibration/sim_v2.png", "calibration/rig10mm_view2_shifted_10mm.json"): "its camera stands 10 mm off in the rig",
    ("calibration/sim_pp.png", "calibration/camera_right.json"): "principal point 60 and 40 mm off",
    ("calibration/sim_pin.png", "calibration/camera_pp_10mm_off.json"): "principal point 10 mm off",
    ("calibration/crop.png", "calibration/crop_camera_centred.json"): "principal point of the whole image, not the crop's",
    ("calibration/sim_dist0.5.png", "calibration/camera_right.json"): "distortion of 0.5 %",
    ("calibration/sim_pc5.png", "calibration/camera_right.json"): "distortion of 5 %: to be named, not the distance",
    ("calibration/sim_eos.png", "calibration/eos_as_pinhole.json"): "a slot scanner read as a pinhole",
    ("xray/turned_90.png", "calibration/camera_right.json"): "turned by 90 degrees: to be found",
    ("xray/turned_180.png", "calibration/camera_right.json"): "turned by 180 degrees: to be found",
}
NOT_OPENED = {"README.md", "calibration/truth.json", "polarity/truth.json", "xray/xa_lateral_with_angles.truth.json"}


def test_every_file_is_in_the_table():
    named = [*CT_REFUSED, *CT_NOTED, *CAMERA_REFUSED, *CAMERA_READ, *XRAY_REFUSED, *XRAY_READ, *NOT_OPENED]
    assert len(set(named)) == len(named), "a file has two outcomes"
    named += [name for pair in OF_REGISTRATION for name in pair]
    assert {path.relative_to(FAULTS).as_posix() for path in FAULTS.rglob("*") if path.is_file()} == set(named)


def unpacked(name, folder):
    """The CT's path; its slices are unpacked first where they come in a zip file."""
    if not name.endswith(".zip"):
        return FAULTS / name
    zipfile.ZipFile(FAULTS / name).extractall(folder)
    return folder


def scan():
    """The voxels of the scan that all these CTs were made from, by another reader."""
    return sitk.GetArrayFromImage(sitk.ReadImage(str(FAULTS / "ct" / "no_sform_no_qform.nii.gz")))


def the_one_note(notes, sentence):
    assert len(notes) == 1
    assert str(FAULTS) not in notes[0], "folders may name a patient"
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(notes[0])


@pytest.mark.parametrize("name", CT_REFUSED)
def test_ct_is_refused_with_what_to_do(name, tmp_path):
    (sentence, options), path = CT_REFUSED[name], unpacked(name, tmp_path)
    with pytest.raises(InputProblem, match=sentence):
        open_ct(path)
    if options is not None:
        read = open_ct(path, **options).volume
        np.testing.assert_allclose(read.spacing_mm, (6.25, 6.25, 6.36), atol=1e-3)
        assert read.hu.max() == pytest.approx(scan().max(), abs=1)


@pytest.mark.parametrize("name", CT_NOTED)
def test_ct_is_read_with_a_note(name, tmp_path):
    sentence, own = CT_NOTED[name]
    read = open_ct(unpacked(name, tmp_path))
    the_one_note(read.notes, sentence)
    np.testing.assert_allclose(read.volume.spacing_mm, (6.25, 6.25, 6.36), atol=1e-3)
    expected, hu = scan(), read.volume.hu
    is_own = own(hu)
    assert is_own.mean() > 0.15
    if name.endswith(".zip") or name.startswith("ct/nan"):  # both were written with air as the least value
        expected = np.maximum(expected, -1024)
    np.testing.assert_array_equal(hu[is_own], expected[is_own])
    assert (hu[~is_own] <= -1000).all()


def test_each_of_two_equal_series_can_be_chosen(tmp_path):
    folder = unpacked("ct/phase2.zip", tmp_path)
    for end in ("1.2.3.9", "632663027339"):
        read = open_ct(folder, series=end)
        assert f"{end})" in read.notes[0].split("was read")[0]
        np.testing.assert_array_equal(read.volume.hu, np.maximum(scan(), -1024))


@pytest.mark.parametrize("share", [0.05, 0.55, 0.95, 0.9999])
def test_a_cut_off_pelvis_is_refused_with_what_is_missing(tmp_path, share):
    whole = (FAULTS.parent / "pelvis" / "ct.nii.gz").read_bytes()
    path = tmp_path / "ct.nii.gz"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputProblem, match=r"is cut off: (\d+(\.\d+)? % of its voxels|its last bytes) (are|is) missing"):
        open_ct(path)


@pytest.mark.parametrize("name", CAMERA_REFUSED)
def test_camera_is_refused_with_what_to_do(name):
    with pytest.raises(InputProblem, match=CAMERA_REFUSED[name]):
        read_camera(FAULTS / name, SIZE)


@pytest.mark.parametrize("name", CAMERA_READ)
def test_camera_is_read(name):
    (focal, middle), origin, note = CAMERA_READ[name]
    read = read_camera(FAULTS / name)
    np.testing.assert_allclose(read.camera.K, [[focal, 0, middle], [0, focal, middle], [0, 0, 1]])
    if read.camera_from_world is not None:
        np.testing.assert_allclose(read.camera_from_world.matrix, np.eye(4), atol=1e-12)
    assert read.origins["principal_point_px"] == origin
    assert any(note in text for text in read.notes)
    assert not any(str(FAULTS) in text for text in read.notes), "folders may name a patient"


def test_rtk_geometry_is_read_with_the_spacing_of_its_projections():
    """The RTK manual's picture: source at +1000 mm, detector at -536, both seen along the source's axis."""
    read = read_camera(FAULTS / "camera" / "rtk_geometry.xml", SIZE, pixel_spacing_mm=(0.8, 0.8))
    assert read.camera.source_to_detector_mm == 1536
    source = read.camera_from_world.inverse().translation
    np.testing.assert_allclose(source, [0, 0, 1000], atol=1e-9)
    point = np.array([10.0, -20.0, 30.0])  # u = SDD x / (SID - z) on the detector, mm; v likewise
    expected = 1536 * point[:2] / (1000 - 30) / 0.8 + 255.5
    np.testing.assert_allclose(read.camera.project(read.camera_from_world.apply(point)), expected, atol=1e-9)


@pytest.mark.parametrize("name", XRAY_REFUSED)
def test_xray_is_refused_with_what_to_do(name):
    sentence, typed = XRAY_REFUSED[name]
    with pytest.raises(InputProblem, match=sentence):
        open_xray(FAULTS / name)
    if typed is not None:
        camera = open_xray(FAULTS / name, typed=typed).camera
        assert typed.source_to_detector_mm in (None, camera.source_to_detector_mm)
        assert typed.pixel_spacing_mm in (None, camera.pixel_spacing_mm)


@pytest.mark.parametrize("name", XRAY_READ)
def test_xray_is_read(name):
    hint, angles, offset, note = XRAY_READ[name]
    view = open_xray(FAULTS / name)
    assert (view.polarity_hint, view.bone_is_bright) == (hint, None), "a tag is a hint"
    assert view.geometry.angles_deg == angles
    assert view.camera.source_to_detector_mm == 1020
    if note is None:
        assert view.notes == ()
    else:
        the_one_note(view.notes, note)
    if offset is not None:
        plain = read_xray(FAULTS / "xray" / "IM0002_no_preamble").pixels
        np.testing.assert_array_equal(view.pixels, plain + offset)


@pytest.mark.parametrize(("image", "camera"), OF_REGISTRATION)
def test_what_registration_judges_is_opened_unaltered(image, camera):
    view = open_xray(FAULTS / image, FAULTS / camera)
    stored = cv2.imread(str(FAULTS / image), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(view.pixels, stored.astype(np.float32))
    read = read_camera(FAULTS / camera)
    np.testing.assert_array_equal(view.camera.K, read.camera.K)
    assert (view.camera_from_rig is not None) == ("rig10mm" in camera)
    assert (view.bone_is_bright, view.polarity_hint, view.notes) == (None, None, ())
    known = {view.geometry.origin(name) for name in ("source_to_detector_mm", "pixel_spacing_mm", "principal_point_px")}
    assert known == {"file"}
