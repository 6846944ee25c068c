"""The command line: what it asks of the registration, what it writes, and how it says no."""

import csv
import io
import json
from dataclasses import dataclass
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from dicom_files import dicom, gradient, save
from quality_made import made_quality
from RayEmbRegistrationLib.command_line.console import BAD_INPUT, SOME_FAILED, SUCCEEDED, Progress
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.files.camera import CameraFile, read_camera, read_pose, read_poses, write_camera
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.frames import itk_of_ras_from_ijk
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.result import RegistrationResult, ViewResult
from RayEmbRegistrationLib.xray.radiograph import Radiograph

SIZE = (60, 40)
CAMERA = Camera.from_detector(SIZE, (2.0, 2.0), 1000.0, (31.0, 18.5))
POSE = RigidTransform(np.array([[-1.0, 0, 0], [0, 0, -1], [0, -1, 0]]), np.array([3.0, -2.0, 700.0]))
RIG = RigidTransform.from_rotation_vector((0.0, 0.9, 0.1), (-500.0, 20.0, 400.0))


@dataclass(frozen=True)
class FakePrepareSettings:
    view: str = "ap"
    device: str = "cpu"
    library: bool = True
    weights: str | None = None


class FakePrepared:
    """A cube of 20 mm about the origin of RAS, two labels, one a half."""

    def __init__(self, view="ap"):
        self.view, self.notes = view, ()
        self.device, self.encoder, self.encoder_about = torch.device("cpu"), None, {}
        self.bone_points_ras = np.array([[10.0, 0, 0], [-10.0, 0, 0], [0, 10.0, 0], [0, -10.0, 0]])
        values = np.pad(np.full((10, 10, 10), 0.03, np.float32), 3)
        self.attenuation = torch.as_tensor(values)
        self.ras_from_ijk = np.diag([2.0, 2, 2, 1])
        self.ras_from_ijk[:3, 3] = -15
        self.labels = np.where(values > 0, 1, 0)
        self.labels[:8][self.labels[:8] == 1] = 2

    def projector(self, reduction=1, label=0):
        values = self.attenuation if not label else self.attenuation * torch.as_tensor(self.labels == label)
        return JosephProjector(values, self.ras_from_ijk)

    def save(self, path):
        path.write_text("prepared")

    @classmethod
    def load(cls, path, device="cpu"):
        if not path.exists():
            raise InputProblem(f"{path} does not exist")
        return cls(path.read_text())


class FakeRegistration:
    """Answers with a pose given beforehand and remembers what it was asked."""

    PreparedCT, PrepareSettings = FakePrepared, FakePrepareSettings

    def __init__(self, poses=(POSE,), trusted=(True, False), mirrored=False):
        self.poses, self.trusted, self.mirrored = poses, trusted, mirrored

    def prepare(self, ct, settings, progress=None, cancelled=None):
        self.ct, self.prepare_settings = ct, settings
        progress(0.5, "finding the bone")
        return FakePrepared(settings.view)

    def register(self, prepared, views, settings, progress=None, cancelled=None):
        self.prepared, self.views, self.settings = prepared, views, settings
        if progress:
            progress(0.3, "searching")
        found = []
        for view, pose in zip(views, self.poses * len(views), strict=False):
            camera = view.camera.flip_horizontal() if self.mirrored else view.camera
            image = view.pixels.astype(np.float32)
            radiograph = Radiograph(image, np.ones(image.shape, dtype=bool), camera)
            bones = dict.fromkeys(settings.bones, pose)
            found.append(ViewResult(pose, radiograph, 0.8, bones, self.mirrored))
        quality = made_quality(self.trusted, settings)
        return RegistrationResult(tuple(found), quality, (("a", 0.8),), {"total": 1.5}, settings, ("a note",))


def write_volume(path, ras_from_ijk, values):
    import SimpleITK as sitk  # noqa: N813

    image, grid = sitk.GetImageFromArray(values), itk_of_ras_from_ijk(ras_from_ijk)
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing(grid.spacing.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    sitk.WriteImage(image, str(path))


@pytest.fixture
def files(tmp_path):
    """A CT, a prepared file, an X-ray, its camera with polarity, and a pose, by name."""
    values = np.pad(np.full((10, 10, 10), 1000, np.int16), 5, constant_values=-1000)
    matrix = np.diag([2.0, 2, 2, 1])
    matrix[:3, 3] = -19
    write_volume(tmp_path / "ct.nrrd", matrix, values)
    (tmp_path / "ct.npz").write_text("lateral")
    cv2.imwrite(str(tmp_path / "xray.png"), gradient(SIZE[1], SIZE[0]))
    write_camera(tmp_path / "camera.json", CameraFile(CAMERA, None, False))
    (tmp_path / "pose.json").write_text(json.dumps({"ras_to_camera": POSE.matrix.tolist()}))
    return tmp_path


def call(files, registration, *arguments):
    """The exit status of a verb whose file names are replaced by those of the folder."""
    named = {path.name: str(path) for path in files.iterdir()}
    named |= {".": str(files)} | {
        name: str(files / name) for name in ("result.json", "out.npz", "out.csv", "pictures", "drr.png", "drr.nrrd")
    }
    try:
        return main([named.get(argument, argument) for argument in arguments], registration)
    except SystemExit as leaving:  # argparse
        return leaving.code


ONE = ("register", "--prepared", "ct.npz", "--xray", "xray.png", "--camera", "camera.json", "--output", "result.json")


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


def test_prepare(files):
    fake = FakeRegistration()
    assert call(files, fake, "prepare", "--ct", "ct.nrrd", "--view", "any", "--output", "out.npz") == SUCCEEDED
    assert (files / "out.npz").read_text() == "prepared"
    assert fake.prepare_settings == FakePrepareSettings("any", "cpu")
    assert fake.ct.hu.shape == (20, 20, 20)


def test_evaluate_measures_a_known_shift(files, capsys):
    cases = files / "cases"
    cases.mkdir()
    for n, name in enumerate(("one", "two")):
        cv2.imwrite(str(cases / f"{name}.png"), gradient(SIZE[1], SIZE[0]) + n)
        write_camera(cases / f"{name}.geometry.json", CameraFile(CAMERA, None, True))
        shift = RigidTransform(np.eye(3), np.array([0.6, 0.8, 0.0]))
        (cases / f"{name}.truth.json").write_text(json.dumps({"ras_to_camera": (shift @ POSE).matrix.tolist()}))
    fake = FakeRegistration()
    arguments = ("evaluate", "cases", "--ct", "ct.nrrd", "--output", "out.csv", "--ignore-polarity")
    assert call(files, fake, *arguments) == SUCCEEDED
    assert fake.views[0].bone_is_bright is None
    rows = list(csv.DictReader((files / "out.csv").open()))
    assert [row["case"] for row in rows] == ["one", "two"]
    for row in rows:
        assert float(row["mtre_mm"]) == pytest.approx(1.0, abs=1e-4)
        assert float(row["in_plane_mm"]) == pytest.approx(1.0, abs=1e-4)
        assert float(row["depth_mm"]) == pytest.approx(0.0, abs=1e-4)
        assert (row["trusted"], row["purpose"]) == ("True", "overlay")
        assert (row["overlay_trusted"], row["position_trusted"]) == ("True", "False")
        assert (row["overlay_bound_mm"], row["position_tolerance_mm"]) == ("0.9200", "5.0000")
    text = capsys.readouterr().out
    assert "< 2 mm" in text
    assert text.split("wrong\n")[1].split("\n", 1)[1].split() == [
        *("overlay", "trusted", "<", "2", "mm", "2", "0"),
        *("overlay", "not", "trusted", "<", "2", "mm", "0", "0"),
        *("position", "trusted", "<", "5", "mm", "0", "0"),
        *("position", "not", "trusted", "<", "5", "mm", "2", "0"),
        *("wrote", str(files / "out.csv")),
    ]
    assert call(files, fake, *arguments, "--trust", "position", "--overlay-mm", "0.9") == SUCCEEDED
    assert (fake.settings.trust, fake.settings.overlay_tolerance_mm) == ("position", 0.9)
    assert next(csv.DictReader((files / "out.csv").open()))["trusted"] == "False"
    assert "overlay trusted       < 0.9 mm      0      2\n" in capsys.readouterr().out  # trusted, and off by 1 mm

    def fail(*arguments, **keywords):
        raise InputProblem("the X-ray shows nothing")

    fake.register = fail  # one that fails counts as infinitely wrong
    assert call(files, fake, *arguments) == SOME_FAILED
    assert "2 of 2 cases failed: one, two" in capsys.readouterr().err
    assert next(csv.DictReader((files / "out.csv").open()))["problem"] == "the X-ray shows nothing"


def test_drr_of_a_cube_is_its_length_times_its_attenuation(files):
    from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu

    arguments = ("drr", "--ct", "ct.nrrd", "--camera", "camera.json", "--pose", "pose.json")
    assert call(files, None, *arguments, "--output", "drr.nrrd") == SUCCEEDED
    assert call(files, None, *arguments, "--output", "drr.png") == SUCCEEDED
    import SimpleITK as sitk  # noqa: N813

    image = sitk.GetArrayFromImage(sitk.ReadImage(str(files / "drr.nrrd")))
    column, row = np.round(CAMERA.project(POSE.apply(np.zeros(3)))).astype(int)
    expected = 20 * float(attenuation_from_hu(np.array([1000.0]))[0])  # mm, nearly straight through; air is nothing
    assert image.shape == SIZE[::-1]
    assert image[row, column] == pytest.approx(expected, rel=0.01)
    png = cv2.imread(str(files / "drr.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_allclose(png / 5000.0, image, atol=1.01e-4)


def test_progress_is_a_line_a_stage_away_from_a_terminal():
    stream = io.StringIO()
    with Progress("registering", stream) as progress:
        for n in range(10):
            progress(n / 10, "searching" if n < 5 else "refining")
    assert stream.getvalue() == "registering: searching\nregistering: refining\n"
    stream = io.StringIO()
    stream.isatty = lambda: True
    with Progress("registering", stream) as progress:
        progress(0.5, "searching")
    assert "\r[############............]  50 %  registering: searching" in stream.getvalue()
