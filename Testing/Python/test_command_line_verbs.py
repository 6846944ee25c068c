"""The verbs beside ``register``: prepare, evaluate and drr; and what is said while they work."""

import csv
import io
import json

import command_line_cases
import cv2
import numpy as np
import pytest
from command_line_cases import CAMERA, POSE, SIZE, FakePrepareSettings, FakeRegistration, call
from dicom_files import gradient
from RayEmbRegistrationLib.command_line.console import SOME_FAILED, SUCCEEDED, Progress
from RayEmbRegistrationLib.files.camera import CameraFile, write_camera
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

files = command_line_cases.files


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
