"""The command line as a user runs it: a process, files in, a file out, a status."""

import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.files.camera import CameraFile, write_camera
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.frames import itk_of_ras_from_ijk
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from registration_cases import CAMERA, errors, pelvis, pelvis_xray, view_of

KEYS = {"ras_to_camera", "views", "quality", "settings", "timing_s", "notes", "version"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    import SimpleITK as sitk  # noqa: N813 - its customary name

    folder = tmp_path_factory.mktemp("case")
    image, grid = sitk.GetImageFromArray(pelvis().hu), itk_of_ras_from_ijk(pelvis().ras_from_ijk)
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing(grid.spacing.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    sitk.WriteImage(image, str(folder / "ct.nrrd"))
    cv2.imwrite(str(folder / "xray.png"), pelvis_xray("raw").pixels)
    write_camera(folder / "camera.json", CameraFile(CAMERA))
    (folder / "flat.json").write_text(json.dumps({"K": [[1, 0, 0]]}))
    return folder


def run(repository, folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(repository / "RayEmbRegistration")}
    command = [sys.executable, "-m", "RayEmbRegistrationLib", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603


FILES = ("register", "--ct", "ct.nrrd", "--xray", "xray.png", "--output", "result.json")


def test_register_from_files(repository, folder):
    done = run(repository, folder, *FILES, "--camera", "camera.json", "--log", "run.log")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    result = json.loads((folder / "result.json").read_text())
    (folder / "result.json").unlink()
    assert set(result) >= KEYS
    quality = result["quality"]
    assert (quality["trusted"], quality["purpose"]) == (True, "overlay")
    for verdict in quality["verdicts"].values():
        assert 0 <= verdict["expected_mm"] <= verdict["bound_mm"]
        assert 0 <= verdict["probability"] <= 1
    assert {test["kind"] for test in quality["camera"]["tests"]} == {"distance", "aspect", "radial"}
    assert list(quality["judged"]) == ["CT", "image 1", "camera 1", "pose 1"]
    assert quality["judged"]["CT"] == result["ct"]["content_sha256"]
    found = RigidTransform.from_matrix(np.array(result["ras_to_camera"]))
    assert errors(found, view_of(pelvis()), prepare(pelvis(), PrepareSettings(library=False))).mtre_mm < 1
    assert done.stdout.startswith("trusted (overlay, asked for): ")
    assert ("\ntrusted (position): " in done.stdout) == quality["verdicts"]["position"]["trusted"]
    log = (folder / "run.log").read_text()
    (folder / "run.log").unlink()
    for words in (
        "opened the CT ct.nrrd",
        "opened xray.png: ",
        "registering 1 X-rays on cpu with the weights small-",
        "RegistrationSettings(view='ap'",
        "plan: rayemb (landmarks in the X-rays), then ",
        " poses refined with bone ",
        "best similarity 0.",
        " landmarks agree with the pose",
        "seconds: condition ",
        "wrote result.json",
        "exit status 0",
    ):
        assert words in log, words


@pytest.mark.parametrize("camera", ["missing.json", "flat.json", "ct.nrrd"])
def test_bad_input_ends_with_2_and_a_sentence(camera, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    assert main([*FILES, "--camera", camera]) == 2
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out
    assert camera in said.err
    assert sorted(path.name for path in folder.iterdir()) == before


def test_the_status_is_that_of_the_process(repository, folder):
    done = run(repository, folder, *FILES, "--camera", "missing.json")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
    assert "missing.json" in done.stderr
