"""What is loaded finds its place: how many clicks lead from data to a result, what is said, and how it is taken back."""

import json

import numpy as np
import pytest
from long_form import IS_LONG

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import CENTER, SECOND_ANGLES_DEG, add_knee, add_xray, knee_xray, start_pose  # noqa: E402
from panel_fixtures import choose, finish  # noqa: E402
from registration_cases import CAMERA, knee, knee_pose, xray_of  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("arriving", "prepared_once")


class Clicks:
    """Presses what a user can press, and counts; a dialog that a button opens is part of its click."""

    def __init__(self, panel, host) -> None:
        self.panel, self.host, self.count = panel, host, 0
        panel.ui.deviceComboBox.setCurrentIndex(1)

    def press(self, name: str) -> None:
        button = getattr(self.panel.ui, name)
        assert button.visible, f"{name} is not to be seen"
        assert button.enabled, f"{name} cannot be pressed: {self.panel.ui.stageLabel.text}"
        self.count += 1
        button.click()
        self.host.process_events()

    def result(self) -> str:
        finish(self.host, self.panel, 600)
        return self.panel.ui.xrayTable.item(0, 3).text()


@pytest.fixture
def clicks(panel, host):
    return Clicks(panel, host)


def arrived(host, panel, *names):
    host.wait_until(lambda: [node.GetName() for node in panel.xrays.nodes] == list(names), 60, f"{names} in the table")
    host.process_events()


def looked(host, panel):
    """What is there was looked at: the CT, and a turn of the event loop later the X-rays."""
    timers = panel.scene._soon, panel.scene._next
    host.wait_until(lambda: not any(timer.active for timer in timers), 60, "the look at what is there")


def write_camera(path, rig=None, **about):
    content = {"K": CAMERA.K.tolist(), "image_size_px": list(CAMERA.image_size)}
    content |= {"pixel_spacing_mm": list(CAMERA.pixel_spacing_mm), "source_to_detector_mm": CAMERA.source_to_detector_mm}
    content |= about
    if rig is not None:
        content["world_to_camera"] = rig.matrix.tolist()
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def second_view():
    """A pose and an X-ray of the same knee from the side."""
    from RayEmbRegistrationLib.simulation.cases import bone_center, c_arm_pose

    pose = c_arm_pose(bone_center(knee()), np.array(SECOND_ANGLES_DEG), np.array(CENTER))
    return pose, xray_of(knee(), pose)


def add_pictures(*pictures):
    for number, xray in enumerate(pictures, start=1):
        slicer.util.addVolumeFromArray(xray.pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), f"shot_{number}")


def test_geometry_known_one_click(clicks, panel, host):
    add_knee()
    add_xray()
    arrived(host, panel, "Shot")
    assert panel.ui.arrivalLabel.text == "Knee is taken as the CT. Shot is taken as an X-ray."
    assert panel.ui.ctCollapsibleButton.collapsed
    assert panel.ui.ctCollapsibleButton.text == "CT: Knee"
    clicks.press("registerButton")
    assert clicks.result().startswith("trusted")
    assert clicks.count == 1
    assert not panel.ui.arrivalWidget.visible, "what was registered is not taken back"
    assert panel.ui.startCollapsibleButton.text == "Start: Automatic", "it is done, and folded"


def test_a_calibration_file_two_clicks(clicks, panel, host, tmp_path, monkeypatch):
    import qt

    path = write_camera(tmp_path / "camera.json")
    monkeypatch.setattr(qt.QFileDialog, "getOpenFileNames", lambda *_: (path,))
    add_knee()
    add_xray(hasGeometry=False)
    arrived(host, panel, "Shot")
    assert not panel.ui.registerButton.enabled
    clicks.press("loadCalibrationButton")
    clicks.press("registerButton")
    assert clicks.result().startswith("trusted")
    assert clicks.count == 2


def test_two_views_three_clicks_at_most(clicks, panel, host, tmp_path, monkeypatch):
    import qt

    pose, side = second_view()
    rigs = (None, pose @ knee_pose().inverse())
    first = type(pose)(np.eye(3), np.zeros(3))
    paths = [
        write_camera(tmp_path / f"calibration_shot_{n}.json", rig or first, bone_is_bright=knee_xray().bone_is_bright)
        for n, rig in reversed(list(enumerate(rigs, 1)))
    ]
    monkeypatch.setattr(qt.QFileDialog, "getOpenFileNames", lambda *_: tuple(paths))
    add_knee()
    add_pictures(knee_xray(), side)
    arrived(host, panel, "shot_1", "shot_2")
    clicks.press("loadCalibrationButton")
    assert panel.geometry.said == ""
    relative = panel.xrays.geometry(1).camera_from_rig
    np.testing.assert_allclose(relative.matrix, rigs[1].matrix, err_msg="each file is of the X-ray of its name", atol=1e-9)
    if not IS_LONG:  # the search takes half a minute
        choose(panel.ui.startModeComboBox, "Current pose")
        panel.pose.setPose(0, start_pose(), "start")
        host.process_events()
    clicks.press("registerButton")
    assert clicks.result().startswith("trusted")
    assert clicks.count <= 3


def test_camera_files_of_other_names_are_not_guessed_at(panel, host, tmp_path):
    add_pictures(knee_xray(), second_view()[1])
    arrived(host, panel, "shot_1", "shot_2")
    panel.geometry.loadCalibrations([write_camera(tmp_path / "a.json"), write_camera(tmp_path / "shot_2.json")])
    assert panel.xrays.geometry(0).missing
    assert not panel.xrays.geometry(1).missing
    assert "o file has the name of shot_1; select the X-ray" in panel.geometry.said


def test_a_folder_is_paired(panel, host, tmp_path):
    import cv2

    for number in (1, 2):
        cv2.imwrite(str(tmp_path / f"view{number}.png"), np.clip(knee_xray().pixels / number, 0, 65535).astype(np.uint16))
        write_camera(tmp_path / f"view{number}.geometry.json")
    panel.arrivals.loadFolder(str(tmp_path))
    host.process_events(0.3)
    assert [node.GetName() for node in panel.xrays.nodes] == ["view1", "view2"]
    assert not any(panel.xrays.geometry(row).missing for row in range(2))
    assert panel.ui.arrivalLabel.text == "Loaded view1 with view1.geometry.json, view2 with view2.geometry.json."
    panel.ui.takeBackButton.click()
    assert panel.xrays.nodes == []
    panel.arrivals.loadFolder(str(tmp_path / "nowhere"))
    assert "is no folder" in panel.ui.stageLabel.text


def test_what_was_put_is_taken_back_and_does_not_come_back(panel, host):
    add_knee()
    add_xray()
    arrived(host, panel, "Shot")
    panel.keys.act("undo")
    assert panel.xrays.nodes == []
    assert panel.parameters.ctVolume is None
    assert not panel.ui.arrivalWidget.visible
    host.select_module(None)
    host.select_module("RayEmbRegistration")
    looked(host, panel)
    assert panel.xrays.nodes == []
    assert panel.parameters.ctVolume is None


def test_what_came_before_the_panel_was_opened_is_found_when_it_is(panel, host):
    host.select_module(None)
    add_knee()
    add_xray()
    host.select_module("RayEmbRegistration")
    arrived(host, panel, "Shot")


def test_with_a_pose_another_xray_waits_beside(panel, host):
    add_knee()
    add_xray()
    arrived(host, panel, "Shot")
    panel.pose.setPose(0, start_pose(), "start")
    panel.ui.xraySelector.setCurrentNode(None)
    later = add_xray("Later")
    host.wait_until(lambda: panel.ui.xraySelector.currentNode() is later, 60, "the X-ray in the selector")
    assert len(panel.xrays.nodes) == 1


def test_of_many_images_none_is_guessed(panel, host):
    from RayEmbRegistrationPanel.arrivals import MOST_XRAYS

    for number in range(MOST_XRAYS + 1):
        add_xray(f"Shot {number}")
    looked(host, panel)
    assert panel.xrays.nodes == []
    assert panel.ui.stageLabel.text == f"{MOST_XRAYS + 1} images here may be X-rays; add those of this registration."
