"""The panel and the scene, in the host: closing, saving, deleting, several registrations, what the views show."""

import subprocess
import sys

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_xray, in_plane_error_mm, start_pose  # noqa: E402
from panel_fixtures import choose, finish, pose  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window", "prepared_once")


def test_closing_the_scene_while_it_runs(knees, panel, host):
    panel.ui.registerButton.click()
    host.process_events(0.2)
    slicer.mrmlScene.Clear(False)
    host.process_events(0.5)
    assert panel.jobs.name is None
    assert panel.parameters is not None
    assert panel.ui.stageLabel.text == "Choose the CT."
    assert panel.ui.xrayTable.rowCount == 0


@pytest.mark.parametrize("which", ["ct", "xray", "registration"])
def test_deleting_nodes_while_it_runs(knees, panel, host, which):
    panel.ui.refineButton.click()
    host.process_events(0.05)
    assert panel.jobs.name == "refine"
    node = {"ct": knees[0], "xray": knees[1], "registration": panel.handle()}[which]
    slicer.mrmlScene.RemoveNode(node)
    finish(host, panel)
    assert "was deleted meanwhile" in panel.ui.stageLabel.text
    assert (panel.parameters.ctVolume is knees[0]) == (which != "ct")
    assert (panel.ui.xrayTable.rowCount == 0) == (which == "xray")


def test_everything_comes_back_from_a_saved_scene(knees, panel, host, tmp_path):
    from RayEmbRegistrationScene import sceneView

    choose(panel.ui.overlayModeComboBox, "Checkerboard")
    panel.ui.seedSpinBox.setValue(7)
    panel.ui.startUncertaintyDegSpinBox.setValue(6.0)
    panel.ui.refineButton.click()
    finish(host, panel)
    found, verdict = pose(panel).matrix, panel.ui.trustLabel.text
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    host.process_events()
    assert panel.parameters.ctVolume is None
    slicer.util.loadScene(path)
    host.process_events(0.2)
    assert panel.parameters.ctVolume.GetName() == "Knee"
    assert panel.ui.ctSelector.currentNode() is panel.parameters.ctVolume
    assert panel.ui.xrayTable.item(0, 0).text() == "Shot"
    assert panel.ui.startModeComboBox.currentText == "Current pose"
    assert panel.ui.overlayModeComboBox.currentText == "Checkerboard"
    assert (panel.ui.seedSpinBox.value, panel.ui.startUncertaintyDegSpinBox.value) == (7, 6.0)
    assert panel.ui.trustLabel.text == verdict
    np.testing.assert_allclose(pose(panel).matrix, found, atol=1e-9)
    assert sceneView.canUndo(panel.handle())
    panel.ui.refineButton.click()  # and it goes on from there
    finish(host, panel)
    assert in_plane_error_mm(pose(panel), panel.prepared) < 0.5


def test_entering_and_leaving_twice_leaks_nothing(knees, panel, host):
    layoutNode = host.layoutManager.layoutLogic().GetLayoutNode()
    host.select_module(None)
    host.process_events()
    user = layoutNode.GetViewArrangement()
    host.select_module("RayEmbRegistration")
    host.process_events()
    own, observers = layoutNode.GetViewArrangement(), host.observers()
    assert own != user
    for _ in range(2):
        host.select_module(None)
        assert layoutNode.GetViewArrangement() == user
        host.select_module("RayEmbRegistration")
        assert layoutNode.GetViewArrangement() == own
    assert host.observers() == observers


def test_reloading_the_module(repository):
    """In a process of its own: what other tests have imported must stay the modules that are loaded."""
    alone = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "Testing/Python/reload_alone.py"]
    done = subprocess.run(alone, cwd=repository, capture_output=True, text=True, timeout=240, check=False)  # noqa: S603 - this repository's own test
    assert done.returncode == 0, done.stdout + done.stderr


def test_several_xrays_and_two_registrations_do_not_mix(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    second = add_xray("Second")
    panel.ui.xraySelector.setCurrentNode(second)
    panel.ui.addXrayButton.click()
    host.process_events()
    assert panel.ui.xrayTable.rowCount == 2
    assert sceneView.viewCount(panel.handle()) == 2
    assert "There is no pose yet" in panel.ui.stageLabel.text, "the second X-ray has none"
    panel.pose.setPose(1, start_pose((1, 1, -1), (-2, 1, 0)), "start")
    panel.ui.refineButton.click()
    finish(host, panel)
    assert all(in_plane_error_mm(pose(panel, row), panel.prepared) < 0.5 for row in range(2))

    first = panel.handle()
    kept = pose(panel).matrix
    panel.ui.newRegistrationButton.click()
    host.process_events()
    panel.ui.xrayTable.selectRow(0)
    panel.ui.removeXrayButton.click()
    host.process_events()
    assert panel.ui.xrayTable.item(0, 0).text() == "Second"
    panel.pose.setPose(0, start_pose(), "start")
    other = panel.handle()
    assert other is not first
    panel.ui.refineButton.click()
    finish(host, panel)
    np.testing.assert_array_equal(sceneView.poseOf(first, 0).matrix, kept)
    assert sceneView.viewCount(first) == 2
    assert panel.ui.registrationComboBox.count == 2
    panel.ui.registrationComboBox.setCurrentIndex(0)
    panel.ui.registrationComboBox.activated.emit(0)
    host.process_events()
    assert panel.handle() is first
    assert panel.ui.xrayTable.rowCount == 2


def test_of_many_xrays_the_selected_one_and_another_are_shown(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    assert not panel.ui.besideComboBox.visible
    for name in ("Second", "Third", "Fourth"):
        panel.ui.xraySelector.setCurrentNode(add_xray(name))
        panel.ui.addXrayButton.click()
    host.process_events()

    def shown():
        rows = range(4)
        return [next(row for row in rows if sceneView.sliceViewOf(panel.handle(), row) == name) for name in sceneView.NAMES]

    box = panel.ui.besideComboBox
    for selected in (3, 0, 2, 1):
        panel.ui.xrayTable.selectRow(selected)
        host.process_events()
        assert selected in shown()
        beside = next(row for row in shown() if row != selected)
        assert box.currentText == panel.xrays.nodes[beside].GetName()
        assert panel.xrays.nodes[selected].GetName() not in [box.itemText(n) for n in range(box.count)]
    choose(box, "Fourth")
    box.activated.emit(box.currentIndex)
    assert sorted(shown()) == [1, 3]
    panel.ui.xrayTable.selectRow(3)
    assert sorted(shown()) == [1, 3], "it was shown already"


def test_the_overlay_follows_the_xrays_display_and_leaves_no_observer(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    panel.ui.refineButton.click()
    finish(host, panel)
    choose(panel.ui.overlayModeComboBox, "Checkerboard")
    display = sceneView.nodeOf(panel.handle(), "View1.Xray").GetDisplayNode()
    observed = display.HasObserver("ModifiedEvent")

    def drawn():
        assert panel.overlay.isDrawing
        host.wait_until(lambda: not panel.overlay.isDrawing, 20, "the picture")
        return slicer.util.arrayFromVolume(sceneView.nodeOf(panel.handle(), "View1.OverlayPicture"))[0].copy()

    before = drawn()
    low, high = display.GetWindowLevelMin(), display.GetWindowLevelMax()
    display.SetWindowLevelMinMax(low, low + 3 * (high - low))
    darker = drawn()
    shown = before[..., 3] > 0
    assert darker[shown][:, 0].mean() < 0.7 * before[shown][:, 0].mean()
    display.SetAndObserveColorNodeID("vtkMRMLColorTableNodeInvertedGrey")
    inverted = drawn()
    assert np.corrcoef(inverted[shown][:, 0], darker[shown][:, 0])[0, 1] < -0.9
    host.process_events(0.3)
    panel.overlay.drawn.clear()
    host.process_events(0.5)
    assert panel.overlay.drawn == [], "drawing does not cause drawing"
    assert observed
    knees[1].GetDisplayNode().AutoWindowLevelOff()
    knees[1].GetDisplayNode().SetWindowLevelMinMax(low, 2 * high)  # the user's own node
    host.process_events(0.1)
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == pytest.approx((low, 2 * high))
    panel.scene.show(None)
    assert panel.overlay._observers._followed == []


def test_deleting_an_xray_takes_its_row_away(knees, panel, host):
    slicer.mrmlScene.RemoveNode(knees[1])
    host.process_events()
    assert panel.ui.xrayTable.rowCount == 0
    assert panel.ui.stageLabel.text == "Add an X-ray to the table."


def test_overlay_things_and_look_through_follow_the_panel(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    panel.ui.refineButton.click()
    finish(host, panel)
    handle = panel.handle()
    for mode in ("Blend", "Edges", "Checkerboard", "Wiper", "Difference", "Blink"):
        choose(panel.ui.overlayModeComboBox, mode)
        host.process_events()
        assert sceneView.overlaySettings(handle).mode == mode.lower()
    shown = sceneView.overlaySettings(handle).drrShown
    host.wait_until(lambda: sceneView.overlaySettings(handle).drrShown != shown, 5, "blinking")
    choose(panel.ui.overlayModeComboBox, "Blend")
    panel.ui.overlayOpacitySlider.setValue(0.25)
    panel.ui.frustumCheckBox.click()
    host.process_events()
    assert sceneView.overlaySettings(handle).opacity == 0.25
    assert not sceneView.isVisible(handle, "frustum")
    panel.ui.lookThroughButton.click()
    host.process_events()
    assert sceneView.looksThrough(handle) == 0
    panel.ui.lookThroughButton.click()
    assert sceneView.looksThrough(handle) is None
