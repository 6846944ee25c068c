"""``evaluate --joint``: X-rays of one group, with cameras of one rig, are registered together."""

import csv
import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from dicom_files import gradient
from quality_made import made_quality
from RayEmbRegistrationLib.command_line.console import SOME_FAILED, SUCCEEDED
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.files.camera import CameraFile, write_camera
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

SIZE = (60, 40)
CAMERA = Camera.from_detector(SIZE, (2.0, 2.0), 1000.0)
POSE = RigidTransform(np.array([[-1.0, 0, 0], [0, 0, -1], [0, -1, 0]]), np.array([3.0, -2.0, 700.0]))
RIGS = [RigidTransform(), RigidTransform.from_rotation_vector(np.array([0.0, 0.9, 0.1]), (-500.0, 20.0, 400.0))]


class Prepared:
    view = "ap"
    notes = ()
    bone_points_ras = np.array([[10.0, 0, 0], [-10.0, 0, 0], [0, 10.0, 0], [0, -10.0, 0]])

    @classmethod
    def load(cls, path, device="cpu"):
        return cls()


class Registration:
    """Puts the patient where the truth is and 2 mm towards the first camera's right."""

    PreparedCT = Prepared

    def __init__(self):
        self.calls = []

    def register(self, prepared, views, settings, progress=None, cancelled=None):
        self.calls.append([view.name for view in views])
        off = RigidTransform(np.eye(3), np.array([2.0, 0.0, 0.0]))
        first = views[0].camera_from_rig or RigidTransform()
        found = []
        for view in views:
            camera_from_first = (view.camera_from_rig or RigidTransform()) @ first.inverse()
            found.append(SimpleNamespace(camera_from_ras=camera_from_first @ off @ POSE))
        return SimpleNamespace(views=found, quality=made_quality(settings=settings))


@pytest.fixture
def cases(tmp_path):
    """Two views of a rig, a, and one X-ray alone, b."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "ct.npz").write_text("prepared")
    for name, rig, group in (("a1", RIGS[0], "a"), ("a2", RIGS[1], "a"), ("b", None, None)):
        path = tmp_path / "cases" / f"{name}.geometry.json"
        cv2.imwrite(str(path.with_name(f"{name}.png")), gradient(SIZE[1], SIZE[0]))
        write_camera(path, CameraFile(CAMERA, rig))
        if group:
            path.write_text(json.dumps({**json.loads(path.read_text()), "group": group}))
        pose = (rig or RigidTransform()) @ POSE
        path.with_name(f"{name}.truth.json").write_text(json.dumps({"ras_to_camera": pose.matrix.tolist()}))
    return tmp_path


def evaluate(folder, registration, *more):
    arguments = [
        "evaluate",
        str(folder / "cases"),
        "--prepared",
        str(folder / "ct.npz"),
        "--output",
        str(folder / "out.csv"),
    ]
    status = main([*arguments, *more], registration)
    return status, list(csv.DictReader((folder / "out.csv").open()))


def test_views_of_a_group_are_registered_together(cases):
    alone, together = Registration(), Registration()
    assert evaluate(cases, alone)[0] == SUCCEEDED
    assert alone.calls == [["a1"], ["a2"], ["b"]]
    status, rows = evaluate(cases, together, "--joint")
    assert status == SUCCEEDED
    assert together.calls == [["a1", "a2"], ["b"]]
    assert [row["case"] for row in rows] == ["a1", "a2", "b"]
    for row in rows:  # one shift of the patient, seen by each camera in its own axes
        assert float(row["mtre_mm"]) == pytest.approx(2.0, abs=1e-4)
    assert float(rows[0]["depth_mm"]) == pytest.approx(0.0, abs=1e-4)
    assert abs(float(rows[1]["depth_mm"])) > 1


def test_a_group_without_a_rig_fails_with_the_reason_and_the_others_go_on(cases, capsys):
    path = cases / "cases" / "a2.geometry.json"
    write_camera(path, CameraFile(CAMERA))
    path.write_text(json.dumps({**json.loads(path.read_text()), "group": "a"}))
    registration = Registration()
    status, rows = evaluate(cases, registration, "--joint")
    assert status == SOME_FAILED
    assert registration.calls == [["b"]]
    assert "do not all hold world_to_camera; leave out --joint" in rows[0]["problem"]
    assert "a1, a2" in capsys.readouterr().err
