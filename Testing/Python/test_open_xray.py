"""The one maker of an XrayView from a file: tags, camera file and typed values joined, each with its origin."""

import numpy as np
import pytest
from dicom_files import dicom, gradient, save
from RayEmbRegistrationLib.application.open_xray import Typed, open_xray, view_of_pixels, view_prior_of
from RayEmbRegistrationLib.files.camera import CameraFile, write_camera
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem

SIZE = (64, 48)
TAGS = {
    "DistanceSourceToDetector": 1000, "ImagerPixelSpacing": [2.0, 2.0], "PositionerPrimaryAngle": 30,
    "PositionerSecondaryAngle": -5, "KVP": 70, "PatientPosition": "HFS", "PixelIntensityRelationship": "LIN",
}  # fmt: skip


@pytest.fixture
def shot(tmp_path):
    return save(dicom("XA", gradient(SIZE[1], SIZE[0]), **TAGS), tmp_path / "shot.dcm")


def test_tags_alone(shot):
    view = open_xray(shot, name="left hip")
    assert view.name == "left hip"
    np.testing.assert_allclose(view.camera.K, [[500, 0, 31.5], [0, 500, 23.5], [0, 0, 1]])
    assert view.geometry.angles_deg == (30, -5, 0)
    assert (view.bone_is_bright, view.polarity_hint, view.intensity) == (None, False, "raw")
    origins = {name: view.geometry.origin(name) for name in ("source_to_detector_mm", "principal_point_px")}
    assert origins == {"source_to_detector_mm": "tag", "principal_point_px": "assumed"}
    assert view.geometry.std("principal_point_px") == 5.0  # 10 mm of 2 mm pixels: nobody said where the beam meets the image
    assert open_xray(shot, "dicom").camera.K[0, 0] == 500


def test_camera_file_takes_the_place_of_the_tags_camera_and_keeps_the_rest(shot, tmp_path):
    camera = Camera.from_detector(SIZE, (1.9, 1.9), 1020.0, (30.0, 25.0))
    write_camera(tmp_path / "camera.json", CameraFile(camera, None, True))
    view = open_xray(shot, tmp_path / "camera.json")
    np.testing.assert_allclose(view.camera.K, camera.K)
    assert view.geometry.angles_deg == (30, -5, 0)
    assert view.geometry.tube_voltage_kv.value == 70
    assert view.bone_is_bright is True  # a camera file settles it, the tag's LIN does not
    assert view.geometry.origin("source_to_detector_mm") == "file"
    typed = open_xray(shot, tmp_path / "camera.json", Typed(source_to_detector_mm=1100.0, angles_deg=(1.0, 2.0)))
    assert typed.camera.K[0, 0] == pytest.approx(1100 / 1.9)
    np.testing.assert_allclose(typed.camera.K[:2, 2], (30, 25))
    assert typed.geometry.angles_deg[:2] == (1, 2)
    wrong = Camera.from_detector((32, 24), (1.9, 1.9), 1020.0)
    write_camera(tmp_path / "wrong.json", CameraFile(wrong))
    with pytest.raises(InputProblem, match=r"32 x 24"):
        open_xray(shot, tmp_path / "wrong.json")


def test_typed_values_keep_rotation_and_flip_of_the_field_of_view(tmp_path):
    turned = {**TAGS, "FieldOfViewRotation": 90, "FieldOfViewHorizontalFlip": "YES"}
    path = save(dicom("XA", gradient(SIZE[1], SIZE[0]), **turned), tmp_path / "turned.dcm")
    plain, typed = open_xray(path), open_xray(path, typed=Typed(1200.0, (2.5, 2.5)))
    assert plain.camera.is_mirrored
    np.testing.assert_allclose(np.sign(typed.camera.K.round(6)), np.sign(plain.camera.K.round(6)))
    assert np.abs(typed.camera.K[0, 1]) == pytest.approx(480)


def test_impossible_typed_values_are_refused_and_unusual_ones_noted(shot):
    with pytest.raises(InputProblem, match=r"shot\.dcm: .* looks like metres"):
        open_xray(shot, typed=Typed(source_to_detector_mm=1.0))
    view = open_xray(shot, typed=Typed(source_to_detector_mm=5000.0))
    assert any("unusual" in note for note in view.geometry.notes)


def test_pixels_of_a_scene_get_the_files_mask_only_if_they_are_the_files(shot, tmp_path):
    """Slicer reads pixels by its own reader; a shape that agrees is not enough to tie them to the file."""
    stored = np.random.default_rng(1).permutation(gradient(SIZE[1], SIZE[0]).ravel()).reshape(SIZE[::-1])
    pixels = stored.astype(float)
    padded = {"PixelPaddingValue": 5, "PixelPaddingRangeLimit": 90, **TAGS}
    file = open_xray(save(dicom("XA", stored, **padded), tmp_path / "m.dcm"))
    assert file.invalid.sum() == 86
    same = view_of_pixels(pixels * 3 - 7, file.geometry, file, "volume")  # a rescale of Slicer's own
    np.testing.assert_array_equal(same.invalid, file.invalid)
    assert same.intensity == "raw"
    for other in (pixels[::-1], pixels[:, ::-1], np.roll(pixels, 9), np.random.default_rng(0).random(pixels.shape)):
        view = view_of_pixels(other, file.geometry, file, "volume")
        assert not view.invalid.any()
        assert view.intensity == "unknown"
        assert any("differs from the file" in note for note in view.notes)


def test_angles_choose_the_view_of_their_xray(shot, tmp_path):
    lateral = save(dicom("XA", gradient(SIZE[1], SIZE[0]), **{**TAGS, "PositionerPrimaryAngle": 95}), tmp_path / "b.dcm")
    silent = save(dicom("CR", gradient(SIZE[1], SIZE[0]), **{k: TAGS[k] for k in list(TAGS)[:2]}), tmp_path / "c.dcm")
    views = [open_xray(path) for path in (shot, lateral, silent)]
    assert [view_prior_of(view) for view in views] == ["pa", "lateral", None]
