"""A verdict stands beside nothing but the pose, the image and the geometry that it was said of: all ways to change them."""

import json

import numpy as np
import pytest
from long_form import short_or_long

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

import vtk  # noqa: E402
from panel_cases import add_bones, add_xray, start_pose  # noqa: E402
from panel_fixtures import finish, pose, refined, slice_view  # noqa: E402
from registration_cases import knee  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")


@pytest.fixture
def assessed(knees, panel, host):
    """A registration that has just been assessed."""
    refined(panel, host)
    assert panel.ui.trustLabel.text.startswith(("Trusted", "Not trusted"))
    return panel


def table_of_results(panel) -> dict:
    from RayEmbRegistrationScene import sceneView

    table = sceneView.nodeOf(panel.handle(), "Results").GetTable()
    return {table.GetValue(row, 0).ToString(): table.GetValue(row, 1).ToString() for row in range(table.GetNumberOfRows())}


def said(panel) -> tuple:
    return panel.ui.trustLabel.text, panel.ui.xrayTable.item(0, 3).text(), table_of_results(panel)["trusted"]


def drag(panel, host):
    panel.ui.dragCheckBox.click()
    view = slice_view(host)
    middle = (view.width // 2, view.height // 2)
    host.drag(view, middle, (middle[0] + 30, middle[1]))
    panel.ui.dragCheckBox.click()


def handles(panel, host):
    from RayEmbRegistrationScene import sceneView

    node = sceneView.nodeOf(panel.handle(), "View1.Pose")
    matrix = vtk.vtkMatrix4x4()
    node.GetMatrixTransformToParent(matrix)
    matrix.SetElement(0, 3, matrix.GetElement(0, 3) + 5.0)
    node.SetMatrixTransformToParent(matrix)


def rough(panel, host):
    panel.pose.onRoughPose()


def loaded(panel, host, tmp_path):
    path = tmp_path / "pose.json"
    path.write_text(json.dumps({"ras_to_camera": start_pose((5, 5, 5), (9, 9, 9)).matrix.tolist()}))
    panel.pose.loadPose(str(path))


def undone(panel, host):
    panel.ui.undoButton.click()


def parent_moved(panel, host):
    from RayEmbRegistrationScene import sceneView

    above = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "above")
    sceneView.nodeOf(panel.handle(), "View1.Pose").SetAndObserveTransformNodeID(above.GetID())
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(1, 3, 7.0)
    above.SetMatrixTransformToParent(matrix)


def distance_typed(panel, host):
    panel.ui.sourceToDetectorSpinBox.setValue(panel.ui.sourceToDetectorSpinBox.value + 20)


def mirrored(panel, host):
    panel.ui.mirroredComboBox.setCurrentIndex(1 - panel.ui.mirroredComboBox.currentIndex)


def other_frame(panel, host):
    array = slicer.util.arrayFromVolume(panel.xrays.nodes[0])
    array[:] = np.roll(array, 9, axis=2)
    slicer.util.arrayFromVolumeModified(panel.xrays.nodes[0])


def ct_moved(panel, host):
    above = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "CT's")
    panel.parameters.ctVolume.SetAndObserveTransformNodeID(above.GetID())
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(2, 3, 3.0)
    above.SetMatrixTransformToParent(matrix)


def ct_exchanged(panel, host):
    ct = knee()
    other = slicer.util.addVolumeFromArray(ct.hu.astype(np.int16) + 10, ct.ras_from_ijk, "Another knee")
    panel.ui.ctSelector.setCurrentNode(other)


def bones_named(panel, host):
    panel.ui.segmentationSelector.setCurrentNode(add_bones())


CHANGES = {
    drag: "moved by hand",
    handles: "moved by hand",
    rough: "moved by hand",
    loaded: "moved by hand",
    undone: "moved by hand",
    parent_moved: "moved by hand",
    distance_typed: "geometry edited",
    mirrored: "geometry edited",
    other_frame: "another image",
    ct_moved: "CT moved or changed",
    ct_exchanged: "CT moved or changed",
    bones_named: "bones changed",
}


EXPORTED = short_or_long({reason: change for change, reason in CHANGES.items()}.values(), CHANGES)
"""Whose result is written as well: one of each reason."""


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_no_verdict_outlives_what_it_is_of(assessed, panel, host, tmp_path, change):
    change(panel, host, tmp_path) if change is loaded else change(panel, host)
    host.process_events(0.1)
    trust, row, table = said(panel)
    assert row == f"{CHANGES[change]}, not assessed"
    assert trust.lower() == f"{row}.".lower()
    assert table == "not assessed"
    assert panel.ui.depthErrorLabel.text == "-"
    if change not in EXPORTED:
        return
    panel.result.export(str(tmp_path / "export"))
    finish(host, panel)
    content = json.loads((tmp_path / "export" / "result.json").read_text())
    assert content["quality"] is None
    assert content["notes"] == [trust]
    assert "not assessed" in (tmp_path / "export" / "result.csv").read_text()


def test_undo_and_redo_bring_pose_and_verdict_back_together(assessed, panel, host):
    first = said(panel), pose(panel).matrix
    panel.pose.setPose(0, start_pose((2, 2, 0), (3, 3, 0)), "elsewhere")
    assert "not assessed" in said(panel)[0]
    panel.ui.refineButton.click()
    finish(host, panel)
    second = said(panel), pose(panel).matrix
    assert "not assessed" not in second[0][0]
    panel.ui.undoButton.click()
    assert "not assessed" in said(panel)[0]
    panel.ui.undoButton.click()
    assert said(panel) == first[0]
    np.testing.assert_allclose(pose(panel).matrix, first[1], atol=1e-9)
    for _ in range(2):
        panel.ui.redoButton.click()
    assert said(panel) == second[0]


ASSESSED = short_or_long([drag, distance_typed, other_frame], [drag, handles, loaded, distance_typed, other_frame])


@pytest.mark.parametrize("change", ASSESSED, ids=lambda change: change.__name__)
def test_assess_says_what_a_changed_pose_is_worth(assessed, panel, host, tmp_path, change):
    assert not panel.ui.assessButton.enabled, "the verdict is of the pose as it stands"
    change(panel, host, tmp_path) if change is loaded else change(panel, host)
    host.process_events(0.5)
    assert "not assessed" in said(panel)[0]
    moved = pose(panel).matrix
    assert panel.ui.assessButton.enabled, panel.ui.assessButton.toolTip
    panel.ui.assessButton.click()
    finish(host, panel)
    trust, row, table = said(panel)
    assert trust.startswith(("Trusted", "Not trusted")), panel.ui.stageLabel.text
    assert row.startswith(("trusted, 0.", "not trusted, 0.", "not trusted, -0."))
    assert table in ("yes", "no")
    assert panel.ui.stageLabel.text.startswith("Assessed in ")
    np.testing.assert_array_equal(pose(panel).matrix, moved)
    assert not panel.ui.assessButton.enabled
    panel.result.export(str(tmp_path / "export"))
    finish(host, panel)
    content = json.loads((tmp_path / "export" / "result.json").read_text())
    assert content["quality"]["trusted"] == (table == "yes")
    assert content["method"] == "given pose"


def test_undo_and_redo_bring_back_what_was_assessed_by_hand(assessed, panel, host):
    first = said(panel), pose(panel).matrix
    drag(panel, host)
    panel.ui.assessButton.click()
    finish(host, panel)
    second = said(panel), pose(panel).matrix
    assert second[0] != first[0]
    panel.ui.undoButton.click()
    assert said(panel) == first[0]
    np.testing.assert_allclose(pose(panel).matrix, first[1], atol=1e-9)
    panel.ui.redoButton.click()
    assert said(panel) == second[0]
    np.testing.assert_allclose(pose(panel).matrix, second[1], atol=1e-9)


def test_a_pose_that_moves_while_it_is_assessed_gets_no_verdict(assessed, panel, host):
    handles(panel, host)
    host.process_events(0.5)
    panel.ui.assessButton.click()
    handles(panel, host)
    finish(host, panel)
    assert said(panel)[0] == "Moved by hand, not assessed."
    assert panel.ui.assessButton.enabled


def test_an_image_that_changes_while_it_is_registered_gets_no_verdict(assessed, panel, host):
    panel.ui.refineButton.click()
    other_frame(panel, host)
    finish(host, panel)
    assert said(panel)[1] == "another image, not assessed"


def test_assess_needs_a_pose_in_every_xray_that_shows_the_bone(knees, panel, host):
    panel.pose.setPose(0, start_pose((0, 0, 0), (900, 0, 0)), "outside")
    host.process_events()
    panel.ui.assessButton.click()
    finish(host, panel)
    assert "outside the X-ray" in panel.ui.stageLabel.text
    panel.ui.xraySelector.setCurrentNode(add_xray("Second"))
    panel.ui.addXrayButton.click()
    host.process_events()
    assert not panel.ui.assessButton.enabled
    assert panel.ui.assessButton.toolTip == "There is no pose yet of Second."


def test_geometry_typed_back_brings_the_verdict_back(assessed, panel, host):
    before, value = said(panel), panel.ui.sourceToDetectorSpinBox.value
    panel.ui.sourceToDetectorSpinBox.setValue(value + 20)
    assert "geometry edited" in said(panel)[1]
    panel.ui.sourceToDetectorSpinBox.setValue(value)
    assert said(panel) == before


def test_poses_that_are_tried_have_no_verdict(assessed, panel, host):
    panel.pose.setPose(0, start_pose((3, 0, 0), (5, 0, 0)), "start")
    seen = []
    own = panel.register.onPreview
    panel.register.onPreview = lambda pictures: (own(pictures), seen.append(panel.ui.trustLabel.text))
    panel.ui.registerButton.click()
    finish(host, panel, 240)
    assert all("not assessed" in text for text in seen)
    assert "not assessed" not in panel.ui.trustLabel.text


def test_a_loaded_scene_knows_whether_its_verdict_holds(assessed, panel, host, tmp_path):
    before = said(panel)
    path = str(tmp_path / "good.mrb")
    assert slicer.util.saveScene(path)
    handles(panel, host)
    host.process_events()
    moved = str(tmp_path / "moved.mrb")
    assert slicer.util.saveScene(moved)
    for saved, expected in ((path, before), (moved, ("Moved by hand, not assessed.", *[None] * 2))):
        slicer.mrmlScene.Clear(False)
        slicer.util.loadScene(saved)
        host.process_events(0.2)
        assert said(panel)[0] == expected[0]
    panel.ui.undoButton.click()
    assert panel.handle() is not None
