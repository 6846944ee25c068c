"""The command line: what ``register`` asks of the registration, what it writes, and how the verbs say no."""

import json
from types import SimpleNamespace

import command_line_cases
import numpy as np
import pytest
from command_line_cases import CAMERA, ONE, POSE, RIG, SIZE, FakePrepared, FakePrepareSettings, FakeRegistration, call
from dicom_files import dicom, gradient, save
from RayEmbRegistrationLib.command_line.console import BAD_INPUT, SUCCEEDED
from RayEmbRegistrationLib.files.camera import CameraFile, read_camera, read_pose, read_poses, write_camera
from RayEmbRegistrationLib.geometry import RigidTransform

files = command_line_cases.files


@pytest.mark.parametrize("verb", ["", "register", "prepare", "evaluate", "drr"])
def test_help(verb, files, capsys):
    assert call(files, None, *([verb] if verb else []), "--help") == SUCCEEDED
    assert "examples" in (text := capsys.readouterr().out) or "first steps" in text


def test_register_writes_the_whole_result(files, capsys):
    fake = FakeRegistration()
    options = ("--hold", "rz,depth", "--init", "pose.json", "--depth", "600", "800", "--mirrored", "no", "--seed", "7")
    assert call(files, fake, *ONE, *options, "--bone", "2", "--start-uncertainty", "5", "6") == SUCCEEDED
    assert fake.settings.view == "lateral"  # as prepared
    assert (fake.settings.held, fake.settings.depth_mm) == (("rz", "depth"), (600.0, 800.0))
    assert (fake.settings.start_rotation_deg, fake.settings.start_translation_mm) == (5.0, 6.0)
    assert fake.settings.mirrored is False
    assert fake.settings.bones == (2,)
    view = fake.views[0]
    np.testing.assert_array_equal(view.pixels, gradient(SIZE[1], SIZE[0]))
    assert view.bone_is_bright is False
    np.testing.assert_allclose(view.start.matrix, POSE.matrix)

    result = json.loads((files / "result.json").read_text(), parse_constant=pytest.fail)
    np.testing.assert_array_equal(result["ras_to_camera"], POSE.matrix)
    np.testing.assert_array_equal(result["views"][0]["ras_to_camera"], POSE.matrix)
    np.testing.assert_array_equal(result["bones"]["2"], POSE.matrix)
    np.testing.assert_array_equal(result["views"][0]["camera"]["K"], CAMERA.K)
    assert result["views"][0]["xray"] == "xray.png"
    assert result["quality"]["rotation_std_deg"] == [0.1, 0.2, None]
    assert result["quality"]["runner_up"] is None
    assert result["settings"]["seed"] == 7
    assert result["timing_s"] == {"total": 1.5}
    assert {"notes", "version"} <= set(result)
    np.testing.assert_array_equal(read_pose(files / "result.json").matrix, POSE.matrix)  # serves as a start pose
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "trusted (overlay, asked for): as asked"
    assert lines[1].startswith(
        "  expected error 0.41 mm drawn on the X-ray, in 95 of 100 cases under 0.92 mm, under the 2 mm "
    )
    assert lines[2] == "not trusted (position): as asked, in space"
    assert lines[3].startswith(
        "  expected error 1.65 mm in space, in 95 of 100 cases under 3.68 mm, under the 5 mm allowed with "
    )


def test_camera_of_a_mirrored_image_projects_onto_the_stored_pixels(files):
    assert call(files, FakeRegistration(mirrored=True), *ONE) == SUCCEEDED
    view = json.loads((files / "result.json").read_text())["views"][0]
    assert view["mirrored"] is True
    np.testing.assert_array_equal(view["camera"]["K"], CAMERA.flip_horizontal().K)
    (files / "again.json").write_text(json.dumps(view["camera"]))
    assert read_camera(files / "again.json", SIZE).camera.is_mirrored


def test_two_cameras_of_a_rig_keep_their_geometry(files):
    second = RIG @ RigidTransform.from_rotation_vector((0, 0.5, 0))
    for name, pose in (("a.json", RIG), ("b.json", second)):
        write_camera(files / name, CameraFile(CAMERA, pose))
    fake = FakeRegistration((POSE, second @ RIG.inverse() @ POSE))
    pair = ("--xray", "xray.png", "--camera", "a.json", "--xray", "xray.png", "--camera", "b.json")
    arguments = ("register", "--ct", "ct.nrrd", *pair, "--init", "pose.json", "--output", "result.json")
    assert call(files, fake, *arguments) == SUCCEEDED
    assert fake.prepare_settings == FakePrepareSettings(
        "ap", "cpu", library=False, weights="none"
    )  # no search where poses are given
    np.testing.assert_allclose(fake.views[1].camera_from_rig.matrix, second.matrix, atol=1e-9)
    point = np.array([10.0, 20.0, 30.0])  # of the rig; both starts must put it at one place in the patient
    seen = [view.start.inverse().apply(view.camera_from_rig.apply(point)) for view in fake.views]
    np.testing.assert_allclose(seen[0], seen[1], atol=1e-9)
    assert len(read_poses(files / "result.json")) == 2

    assert call(files, fake, *arguments[:8], "camera.json", *arguments[9:]) == BAD_INPUT  # one start, no rig


def test_dicom_tells_its_camera(files, capsys):
    dataset = dicom("XA", gradient(SIZE[1], SIZE[0]), DistanceSourceToDetector=1100.0, ImagerPixelSpacing=[2.5, 2.0])
    save(dataset, files / "shot.dcm")
    fake = FakeRegistration()
    assert (
        call(files, fake, "register", "--prepared", "ct.npz", "--xray", "shot.dcm", "--output", "result.json") == SUCCEEDED
    )
    np.testing.assert_allclose(np.abs(np.diag(fake.views[0].camera.K)), (1100 / 2.0, 1100 / 2.5, 1))
    assert "Source to detector: 1100 mm" in capsys.readouterr().err


def test_typed_values_take_the_place_of_tags_and_file(files, capsys):
    fake = FakeRegistration()
    assert call(files, fake, *ONE, "--sdd", "1200", "--spacing", "3", "2.5", "--polarity", "bright") == SUCCEEDED
    (view,) = fake.views
    np.testing.assert_allclose(view.camera.K, [[400, 0, 31], [0, 480, 18.5], [0, 0, 1]])  # the file's principal point stays
    assert view.bone_is_bright is True
    assert view.geometry.source_to_detector_mm.origin == "typed"
    assert view.geometry.principal_point_px.origin == "file"
    two = (*ONE[:7], "--xray", "xray.png", "--camera", "camera.json", *ONE[7:])
    assert call(files, fake, *two, "--sdd", "1200", "--sdd", "1300") == SUCCEEDED
    assert [view.camera.source_to_detector_mm for view in fake.views] == [1200, 1300]
    for wrong, sentence in (
        (("--sdd", "1", "--sdd", "2", "--sdd", "3"), "given 3 times for 2 X-rays"),
        (("--sdd", "-5"), "--sdd needs a positive"),
        (("--spacing", "1", "2", "3"), "--spacing needs one positive number"),
        (("--angles", "30", "100"), "secondary within 90"),
    ):
        assert call(files, fake, *two, *wrong) == BAD_INPUT
        assert sentence in capsys.readouterr().err


def test_angles_choose_the_view(files, capsys):
    fake = FakeRegistration()
    fresh = ("register", "--ct", "ct.nrrd", *ONE[3:], "--method", "search")
    for angles, view in ((("0", "0"), "pa"), (("180", "0"), "ap"), (("90", "0"), "lateral"), (("0", "85"), "any")):
        assert call(files, fake, *fresh, "--angles", *angles) == SUCCEEDED
        assert fake.settings.view == view
    assert call(files, fake, *fresh, "--angles", "0", "0", "--view", "any") == SUCCEEDED
    assert fake.settings.view == "any"
    tags = {"DistanceSourceToDetector": 1100.0, "ImagerPixelSpacing": [2.0, 2.0], "PositionerSecondaryAngle": 4}
    save(dicom("XA", gradient(SIZE[1], SIZE[0]), PositionerPrimaryAngle=85, **tags), files / "shot.dcm")
    by_tags = ("register", "--ct", "ct.nrrd", "--xray", "shot.dcm", "--output", "result.json", "--method", "search")
    assert call(files, fake, *by_tags) == SUCCEEDED
    assert fake.settings.view == "lateral"
    assert "angles say that the view is 'lateral'" in capsys.readouterr().err
    assert call(files, fake, *ONE, "--angles", "0", "0") == SUCCEEDED  # prepared for 'lateral'
    assert fake.settings.view == "lateral"
    assert "prepare it again with --view pa" in capsys.readouterr().err


def test_each_xray_may_be_of_another_view(files, capsys):
    fake = FakeRegistration()
    two = ("register", "--ct", "ct.nrrd", *ONE[3:7], "--xray", "xray.png", "--camera", "camera.json", *ONE[7:])
    assert call(files, fake, *two, "--method", "search", "--view", "ap", "--view", "lao") == SUCCEEDED
    assert [view.view for view in fake.views] == ["ap", "lao"]
    assert fake.settings.view == "any"
    assert call(files, fake, *two, "--method", "search", "--view", "lpo") == SUCCEEDED
    assert [view.view for view in fake.views] == [None, None]
    assert fake.settings.view == "lpo"
    assert call(files, fake, *two, "--angles", "0", "0", "--angles", "-90", "0", "--method", "search") == SUCCEEDED
    assert [view.view for view in fake.views] == ["pa", "right-lateral"]
    assert "the view is 'pa' and 'right-lateral'" in capsys.readouterr().err
    three = ("--view", "ap", "--view", "pa", "--view", "ap")
    assert call(files, fake, *two, *three) == BAD_INPUT
    assert "--view was given 3 times for 2 X-rays" in capsys.readouterr().err


def test_pictures(files):
    fake = FakeRegistration()
    assert call(files, fake, *ONE, "--bone", "2", "--pictures", "pictures", "--init", "pose.json") == SUCCEEDED
    names = {path.name for path in (files / "pictures").iterdir()}
    assert names == {"xray.png", "drr.png", "overlay.png", "checkerboard.png", "sheet.png", "scene.png"}


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("register", "--prepared", "ct.npz", "--xray", "xray.png", "--output", "result.json"), "--camera"),
        (ONE[:-1], "--output"),
        ((*ONE, "--ct", "ct.nrrd"), "either"),
        ((*ONE[:2], "no.npz", *ONE[3:]), "no.npz"),
        ((*ONE[:4], "no.png", *ONE[5:]), "no.png"),
        ((*ONE[:6], "xray.png", *ONE[7:]), "xray.png"),
        ((*ONE[:-1], "no/result.json"), "folder"),
        ((*ONE[:-1], "camera.json"), "input"),
        ((*ONE, "--pictures", "."), "overwritten"),
        ((*ONE, "--pictures", "camera.json"), "is a file"),
        ((*ONE, "--camera", "camera.json"), "--camera"),
        ((*ONE, "--refine-only"), "--init"),
        ((*ONE, "--hold", "rz"), "--init"),
        ((*ONE, "--hold", "yaw"), "yaw"),
        ((*ONE, "--depth", "900", "600"), "--depth"),
        ((*ONE, "--bone", "9"), "label 9"),
        ((*ONE, "--init", "pose.json", "--init", "pose.json"), "2 start poses"),
        ((*ONE, "--landmarks", "pose.json"), "pairs"),
        ((*ONE, "--frame", "3"), "frame"),
        (("prepare", "--ct", "xray.png", "--output", "out.npz"), "xray.png"),
        (("prepare", "--output", "out.npz"), "--ct"),
        (("evaluate", "no_folder", "--prepared", "ct.npz"), "no_folder"),
        (("drr", "--ct", "ct.nrrd", "--camera", "camera.json", "--pose", "camera.json", "--output", "drr.png"), "pose"),
        (("drr", "--ct", "ct.nrrd", "--camera", "camera.json", "--pose", "pose.json", "--output", "drr.gif"), ".png"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(arguments, part, files, capsys):
    before = {path.name: path.read_bytes() for path in files.iterdir()}
    assert call(files, FakeRegistration(), *arguments) == BAD_INPUT
    problem = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(problem) == 1
    assert part in problem[0]
    assert {path.name: path.read_bytes() for path in files.iterdir()} == before


def test_a_fault_inside_is_no_bad_input(files, capsys):
    broken = SimpleNamespace(PreparedCT=FakePrepared, register=lambda *a, **k: 1 / 0)
    assert call(files, broken, *ONE) == 1
    assert "Traceback" not in (text := capsys.readouterr().err)
    assert "--verbose" in text
    assert call(files, broken, *ONE, "--verbose") == 1
    assert "Traceback" in capsys.readouterr().err
