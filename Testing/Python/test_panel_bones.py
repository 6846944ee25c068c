"""A verdict is of the bones that were registered: their label map, which of them, and whether they move apart."""

import re

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_bones, add_knee  # noqa: E402
from panel_fixtures import finish, refined  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window", "prepared_once")


@pytest.fixture
def bones(knees, panel, host):
    """The segmentation of a knee that has been assessed."""
    node = add_bones()
    panel.ui.segmentationSelector.setCurrentNode(node)
    host.process_events()
    refined(panel, host)
    assert panel.ui.trustLabel.text.startswith(("Trusted", "Not trusted")), panel.ui.stageLabel.text
    return node


def row(panel) -> str:
    return panel.ui.xrayTable.item(0, 3).text()


def leave_out(panel, node) -> None:
    import qt

    panel.ui.segmentList.item(0).setCheckState(qt.Qt.Unchecked)


def part(panel, node) -> None:
    panel.ui.separateBonesCheckBox.click()


def paint(panel, node) -> None:
    one = node.GetSegmentation().GetNthSegmentID(0)
    ct = panel.parameters.ctVolume
    labels = slicer.util.arrayFromSegmentBinaryLabelmap(node, one, ct).copy()
    labels[tuple(np.argwhere(labels)[0])] = 0  # a single voxel
    slicer.util.updateSegmentBinaryLabelmapFromArray(labels, node, one, ct)


def remove(panel, node) -> None:
    node.GetSegmentation().RemoveSegment(node.GetSegmentation().GetNthSegmentID(0))


def move(panel, node) -> None:
    above = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "above the bones")
    node.SetAndObserveTransformNodeID(above.GetID())
    above.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(np.diag([1.0, 1.0, 1.0, 1.0]) + np.eye(4, k=3) * 5))


def other(panel, node) -> None:
    panel.ui.segmentationSelector.setCurrentNode(add_bones("Others"))
    leave_out(panel, panel.parameters.segmentation)


def none(panel, node) -> None:
    panel.ui.segmentationSelector.setCurrentNode(None)


def delete(panel, node) -> None:
    slicer.mrmlScene.RemoveNode(node)


@pytest.mark.parametrize("change", [leave_out, part, paint, remove, move, other, none, delete], ids=lambda c: c.__name__)
def test_no_verdict_stands_beside_other_bones(bones, panel, host, change):
    change(panel, bones)
    host.process_events(0.1)
    assert row(panel) == "bones changed, not assessed"
    assert panel.ui.trustLabel.text == "Bones changed, not assessed."
    if change is not delete:
        assert panel.ui.assessButton.enabled, panel.ui.assessButton.toolTip


def test_the_same_bones_chosen_again_bring_the_verdict_back(bones, panel, host):
    import qt

    before = panel.ui.trustLabel.text, row(panel)
    for change in (none, leave_out):
        change(panel, bones)
        host.process_events()
        panel.ui.segmentationSelector.setCurrentNode(bones)
        panel.ui.segmentList.item(0).setCheckState(qt.Qt.Checked)
        host.process_events()
        assert (panel.ui.trustLabel.text, row(panel)) == before
    panel.ui.segmentationSelector.setCurrentNode(add_bones("A copy"))
    host.process_events()
    assert (panel.ui.trustLabel.text, row(panel)) == before, "the same bones in another node"


def test_bones_are_called_by_their_segments_names(knees, panel, host):
    """The library counts them; nobody who named them should have to."""
    node = add_bones()
    names = [f"Segment of {n}" for n in range(node.GetSegmentation().GetNumberOfSegments())]
    for number, name in enumerate(names):
        node.GetSegmentation().GetNthSegment(number).SetName(name)
    panel.ui.segmentationSelector.setCurrentNode(node)
    panel.ui.separateBonesCheckBox.click()
    panel.ui.refineButton.click()
    finish(host, panel)
    said = panel.ui.resultNotesLabel.text
    assert "Segment of " in said
    assert not re.search(r"(?i)\bbone \d", said), said
    host.process_events(0.3)
    panel.ui.targetTable.selectRow(0)
    box = panel.ui.targetBoneComboBox
    offered = [box.itemText(number) for number in range(box.count)]
    assert offered[2:] == names
    assert offered[0] == "the bone it lies in (Segment of 0)"


def test_another_registration_brings_its_bones_along(bones, panel, host):
    leave_out(panel, bones)
    panel.ui.assessButton.click()
    finish(host, panel)
    said, first = panel.ui.trustLabel.text, panel.handle()
    panel.ui.newRegistrationButton.click()
    panel.ui.ctSelector.setCurrentNode(add_knee("Another"))
    none(panel, bones)
    panel.ui.refineButton.click()
    panel.views.showXrays()
    host.process_events()
    assert panel.handle() is not first
    panel.ui.registrationComboBox.activated.emit(0)
    host.process_events(0.1)
    assert panel.handle() is first
    assert panel.parameters.segmentation is bones
    assert len(panel.ctInput().segmentIds) == bones.GetSegmentation().GetNumberOfSegments() - 1
    assert panel.ui.trustLabel.text == said
