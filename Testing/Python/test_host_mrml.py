"""The host's MRML widgets: they follow the scene, refuse misuse and leave no observers."""

import numpy as np
import pytest
from host_fixtures import volume

pytest_plugins = ["host_fixtures"]


def test_node_selector_follows_the_scene(scene):
    import slicer

    selector, heard = slicer.qMRMLNodeComboBox(), []
    selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    selector.noneEnabled = True
    assert not selector.enabled  # no scene yet
    first = volume(scene, "CT")
    selector.setMRMLScene(scene)
    assert selector.enabled
    assert selector.currentNode() is None
    selector.connect("currentNodeChanged(vtkMRMLNode*)", lambda node: heard.append(node and node.GetName()))
    selector.connect("currentNodeChanged(bool)", heard.append)
    second = volume(scene, "X-ray")
    scene.AddNewNodeByClass("vtkMRMLModelNode", "bone")
    assert selector.nodeCount() == 2
    selector.setCurrentNode(second)
    second.SetName("AP view")
    assert selector._box.currentText == "AP view"
    scene.RemoveNode(second)
    assert selector.currentNode() is first
    scene.RemoveNode(first)
    assert heard == ["X-ray", True, "CT", True, None, False]


def test_node_selector_creates_renames_and_deletes(scene, qt, monkeypatch):
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ["vtkMRMLLinearTransformNode"]
    selector.baseName, selector.renameEnabled = "Pose", True
    selector.setMRMLScene(scene)
    texts = [selector._box.itemText(i) for i in range(selector._box.count)]
    assert [t.split()[0] for t in texts if t] == ["Rename", "Create", "Delete"]
    selector._box.activated.emit(texts.index(next(t for t in texts if t.startswith("Create"))))
    assert selector.currentNode().GetName() == "Pose"
    monkeypatch.setattr("host.widgets_node_selector.QInputDialog.getText", lambda *a: "Start")
    selector.renameCurrentNode()
    assert selector._box.currentText == "Start"
    selector.removeCurrentNode()
    assert (selector.currentNode(), scene.GetFirstNodeByName("Start")) == (None, None)


def test_node_selector_filters(scene):
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    selector.showChildNodeTypes = False
    selector.addAttribute("vtkMRMLScalarVolumeNode", "DICOM.Modality", "CT")
    selector.setMRMLScene(scene)
    ct, label = volume(scene, "CT"), scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "bones")
    assert selector.nodeCount() == 0
    ct.SetAttribute("DICOM.Modality", "CT")
    label.SetAttribute("DICOM.Modality", "CT")
    ct.Modified()
    selector.showHidden = True
    assert [selector.nodeFromIndex(i) for i in range(selector.nodeCount())] == [ct]


@pytest.mark.parametrize("use", ["setNodeTypes([])", "nodes()", "nothing", "setCurrentNode(3)", "currentNode(True)"])
def test_misuse_of_a_node_selector_raises(scene, use):
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.setMRMLScene(scene)
    with pytest.raises((AttributeError, TypeError)):
        eval(f"selector.{use}", {"selector": selector})  # noqa: S307


def test_widgets_leave_no_observers(scene):
    import slicer

    def observers():
        interaction = scene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        return sum(str(thing).count("vtkObserver (") for thing in (scene, node, interaction))

    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "landmarks")
    before = observers()
    widgets = [slicer.qMRMLNodeComboBox(), slicer.qSlicerSimpleMarkupsWidget()]
    for widget in widgets:
        widget.setMRMLScene(scene)
    widgets[1].setCurrentNode(node)
    assert observers() > before
    for widget in widgets:
        widget.delete()
    assert observers() == before


def test_markups_table_and_place_mode(scene):
    import slicer

    widget, heard = slicer.qSlicerSimpleMarkupsWidget(), []
    widget.setMRMLScene(scene)
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "landmarks")
    widget.setCurrentNode(node)
    node.AddControlPoint(1, 2, 3, "ASIS left")
    table = widget.tableWidget()
    assert [table.item(0, column).text() for column in range(4)] == ["ASIS left", "1.000", "2.000", "3.000"]
    table.item(0, 2).setText("-7.5")
    table.item(0, 0).setText("ASIS right")
    assert (node.GetNthControlPointPosition(0), node.GetNthControlPointLabel(0)) == ((1, -7.5, 3), "ASIS right")
    widget.connect("activeMarkupsPlaceModeChanged(bool)", heard.append)
    widget.markupsPlaceWidget().placeButton().click()
    assert widget.interactionNode().GetCurrentInteractionMode() == widget.interactionNode().Place
    widget.interactionNode().SwitchToViewTransformMode()
    assert heard == [True, False]
    assert not widget.markupsPlaceWidget().placeModeEnabled
    widget.delete()


def test_segments(scene):
    import slicer

    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "bones")
    for name in ("pelvis", "femur"):
        node.GetSegmentation().AddEmptySegment(name, name)
    table, selector, heard = slicer.qMRMLSegmentsTableView(), slicer.qMRMLSegmentSelectorWidget(), []
    table.setMRMLScene(scene)
    table.setSegmentationNode(node)
    table.setSelectedSegmentIDs(["femur"])
    assert (table.selectedSegmentIDs(), table.segmentCount) == (("femur",), 2)
    selector.setMRMLScene(scene)
    selector.multiSelection = True
    selector.setCurrentNode(node)
    selector.connect("segmentSelectionChanged(QStringList)", heard.append)
    selector.setSelectedSegmentIDs(["pelvis", "femur"])
    node.GetSegmentation().RemoveSegment("pelvis")
    assert selector.selectedSegmentIDs() == ("femur",)
    assert heard == [("pelvis", "femur"), ("femur",)]
    scene.RemoveNode(node)
    assert (table.segmentationNode(), selector.currentNode()) == (None, None)


def test_transform_sliders(scene):
    import slicer

    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "pose")
    sliders = slicer.qMRMLTransformSliders()
    sliders.TypeOfTransform = sliders.ROTATION
    sliders.setMRMLTransformNode(node)
    sliders._sliders[2].value = 90
    expected = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    np.testing.assert_allclose(slicer.util.arrayFromTransformMatrix(node)[:3, :3], expected, atol=1e-12)
