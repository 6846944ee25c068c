"""Whatever is changed by hand can be undone, poses and geometry; the X-rays of a calibrated rig move together."""

from dataclasses import replace

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_xray, start_pose  # noqa: E402
from panel_fixtures import choose, finish, pose, slice_view  # noqa: E402
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402
from registration_cases import CAMERA  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")


@pytest.fixture
def prepared(knees, panel, host):
    panel.ui.prepareButton.click()
    finish(host, panel)
    return panel


def drag(panel, host, by=(30, 0)):
    panel.ui.dragCheckBox.click()
    view = slice_view(host)
    middle = (view.width // 2, view.height // 2)
    host.drag(view, middle, (middle[0] + by[0], middle[1] + by[1]))
    panel.ui.dragCheckBox.click()


def rest(panel, host):
    host.wait_until(lambda: not panel.history._soon.active, 5, "the end of a change")


def shortcuts(keys):
    import qt

    return [found for found in slicer.util.mainWindow().findChildren(qt.QShortcut) if found.key.toString() == keys]


def press(host, keys):
    found = shortcuts(keys)
    assert len(found) == 1, f"{keys} is one shortcut"
    found[0].activated.emit()
    host.process_events()


def test_a_drag_is_one_step_and_can_be_undone(prepared, panel, host):
    before = pose(panel).matrix
    drag(panel, host)
    rest(panel, host)
    dragged = pose(panel).matrix
    assert np.abs(dragged - before).max() > 1.0
    assert panel.ui.undoButton.enabled
    panel.ui.undoButton.click()
    np.testing.assert_allclose(pose(panel).matrix, before, atol=1e-9)
    panel.ui.redoButton.click()
    np.testing.assert_allclose(pose(panel).matrix, dragged, atol=1e-9)


def test_a_drag_with_a_rest_amid_it_is_one_step(prepared, panel, host):
    before = pose(panel).matrix
    panel.ui.dragCheckBox.click()
    interactor = slice_view(host).interactor()

    def move(event, x):
        interactor.SetEventInformation(x, 100, 0, 0, "\0", 0, None)
        interactor.InvokeEvent(event)

    move("LeftButtonPressEvent", 100)
    for x in (110, 120):
        move("MouseMoveEvent", x)
        host.process_events(0.6)
    move("LeftButtonReleaseEvent", 120)
    rest(panel, host)
    panel.ui.dragCheckBox.click()
    assert np.abs(pose(panel).matrix - before).max() > 1.0
    panel.ui.undoButton.click()
    np.testing.assert_allclose(pose(panel).matrix, before, atol=1e-9)


def test_arrows_and_page_keys_move_the_bone_in_steps(prepared, panel, host):
    panel.ui.dragCheckBox.click()
    interactor, center = slice_view(host).interactor(), panel.prepared.center_ras

    def key(name, shift=0):
        before = pose(panel)
        interactor.SetEventInformation(100, 100, 0, shift, "\0", 0, name)
        interactor.InvokeEvent("KeyPressEvent")
        after = pose(panel)
        pixels = CAMERA.project(np.stack([each.apply(center) for each in (before, after)]))
        return pixels[1] - pixels[0], after.apply(center) - before.apply(center), after.rotation_angle_deg(before)

    moved, by, turned = key("Right")
    assert moved[0] > 0
    assert moved[1] == pytest.approx(0, abs=1e-9)
    assert np.linalg.norm(by) == pytest.approx(1.0)
    assert turned == pytest.approx(0, abs=1e-5)
    moved, by, _turned = key("Up")
    assert moved[1] < 0
    assert by[2] == pytest.approx(0, abs=1e-9)
    for name, shift in (("Left", 1), ("Next", 0)):
        _moved, by, turned = key(name, shift)
        assert turned == pytest.approx(1.0, abs=1e-5)
        np.testing.assert_allclose(by, 0, atol=1e-9)
    _moved, by, _turned = key("plus")
    assert by[2] < -1
    panel.ui.dragCheckBox.click()


def test_undo_at_once_after_a_drag_undoes_that_drag(prepared, panel, host):
    before = pose(panel).matrix
    drag(panel, host)
    rest(panel, host)
    first = pose(panel).matrix
    drag(panel, host, by=(0, 25))
    press(host, "Ctrl+Z")
    np.testing.assert_allclose(pose(panel).matrix, first, atol=1e-9)
    press(host, "Ctrl+Z")
    np.testing.assert_allclose(pose(panel).matrix, before, atol=1e-9)
    press(host, "Ctrl+Y")
    np.testing.assert_allclose(pose(panel).matrix, first, atol=1e-9)


def test_keys_are_ours_only_while_the_panel_is_shown(prepared, panel, host):
    host.select_module(None)
    host.process_events()
    assert shortcuts("Ctrl+Z") == []
    host.select_module("RayEmbRegistration")


def test_geometry_edits_can_be_undone(prepared, panel, host):
    texts = list(panel.parameters.xrayGeometries)
    before, camera = pose(panel).matrix, panel.ui.sourceToDetectorSpinBox.value
    for value in (camera + 5, camera + 10, camera + 15):  # as keys and arrows of a spin box do, one after the other
        panel.ui.sourceToDetectorSpinBox.setValue(value)
    rest(panel, host)
    edited = list(panel.parameters.xrayGeometries)
    choose(panel.ui.mirroredComboBox, panel.ui.mirroredComboBox.itemText(1 - panel.ui.mirroredComboBox.currentIndex))
    rest(panel, host)
    press(host, "Ctrl+Z")
    assert list(panel.parameters.xrayGeometries) == edited
    press(host, "Ctrl+Z")
    assert list(panel.parameters.xrayGeometries) == texts
    assert panel.ui.sourceToDetectorSpinBox.value == camera
    np.testing.assert_allclose(pose(panel).matrix, before, atol=1e-9)
    press(host, "Ctrl+Y")
    assert list(panel.parameters.xrayGeometries) == edited


@pytest.fixture
def rig(prepared, panel, host):
    """Two X-rays that are calibrated against each other."""
    panel.ui.xraySelector.setCurrentNode(add_xray("Second"))
    panel.ui.addXrayButton.click()
    host.process_events()
    places = (RigidTransform(), RigidTransform.from_rotation_vector((0.0, 0.7, 0.0), (300.0, 0.0, 200.0)))
    for row, place in enumerate(places):
        panel.xrays.setGeometry(row, replace(panel.xrays.geometry(row), camera_from_rig=place))
    panel.pose.setPose(0, start_pose(), "start")
    host.process_events()
    return places


def relative(panel):
    return (pose(panel, 1) @ pose(panel, 0).inverse()).matrix


def test_the_xrays_of_a_rig_move_together(rig, panel, host):
    expected = (rig[1] @ rig[0].inverse()).matrix
    np.testing.assert_allclose(relative(panel), expected, atol=1e-9)
    before = pose(panel, 1).matrix
    panel.ui.xrayTable.selectRow(0)
    drag(panel, host)
    assert np.abs(pose(panel, 1).matrix - before).max() > 1.0
    np.testing.assert_allclose(relative(panel), expected, atol=1e-9)
    host.process_events(0.1)
    press(host, "Ctrl+Z")
    np.testing.assert_allclose(pose(panel, 1).matrix, before, atol=1e-9)
    np.testing.assert_allclose(relative(panel), expected, atol=1e-9)
    panel.pose.setPose(1, start_pose((3, 2, 1), (5, 5, 5)), "the second")
    np.testing.assert_allclose(relative(panel), expected, atol=1e-9)


def test_in_a_rig_no_xray_keeps_a_verdict_that_the_other_has_lost(rig, panel, host):
    def said():
        return [panel.ui.xrayTable.item(row, 3).text() for row in (0, 1)]

    place = RigidTransform.from_rotation_vector((0.0, 0.0, 0.2))
    panel.xrays.setGeometry(1, replace(panel.xrays.geometry(1), camera_from_rig=place))
    panel.pose.setPose(0, start_pose(), "start")
    panel.ui.assessButton.click()
    finish(host, panel)
    before = said()
    assert all("trusted, " in text for text in before)
    panel.ui.xrayTable.selectRow(0)
    panel.ui.sourceToDetectorSpinBox.setValue(panel.ui.sourceToDetectorSpinBox.value + 60)
    host.process_events(0.6)
    assert said() == ["geometry edited, not assessed"] * 2
    panel.ui.undoButton.click()
    host.process_events(0.1)
    assert said() == before


def test_xrays_without_a_rig_move_alone_where_the_user_wants_it(prepared, panel, host):
    panel.ui.togetherCheckBox.click()
    panel.ui.xraySelector.setCurrentNode(add_xray("Second"))
    panel.ui.addXrayButton.click()
    host.process_events()
    panel.pose.setPose(1, start_pose((2, 2, 2), (4, 4, 4)), "start")
    before = pose(panel, 1).matrix
    panel.ui.xrayTable.selectRow(0)
    drag(panel, host)
    np.testing.assert_allclose(pose(panel, 1).matrix, before, atol=1e-12)
