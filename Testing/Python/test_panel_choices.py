"""What the selectors offer and what is chosen by itself: the user's volumes, never the module's, never frames as a CT."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_knee  # noqa: E402
from panel_fixtures import choose, finish  # noqa: E402

pytest_plugins = ["panel_fixtures"]


def offered(selector) -> set:
    nodes = [selector.nodeFromIndex(index) for index in range(selector.nodeCount())]
    return {node.GetName() for node in nodes if node is not None}


def frames(name: str, lowest: float = 0.0):
    values = np.random.default_rng(0).uniform(lowest, 4000, (16, 64, 48))
    return slicer.util.addVolumeFromArray(values.astype(np.int16), np.eye(4), name)


def test_no_selector_offers_what_the_module_made(knees, panel, host):
    panel.ui.refineButton.click()
    finish(host, panel)
    choose(panel.ui.overlayModeComboBox, "Checkerboard")
    host.wait_until(lambda: not panel.overlay.isDrawing, 20, "the picture")
    own = [node for node in slicer.util.getNodesByClass("vtkMRMLVolumeNode") if node not in knees]
    assert len(own) >= 3, "X-ray, DRR and overlay"
    assert offered(panel.ui.ctSelector) <= {"Knee", "Shot"}
    assert offered(panel.ui.xraySelector) <= {"Knee", "Shot"}
    everything = slicer.qMRMLNodeComboBox()
    everything.nodeTypes = ["vtkMRMLVolumeNode"]
    everything.showChildNodeTypes = True
    everything.setMRMLScene(slicer.mrmlScene)
    assert offered(everything) == {"Knee", "Shot"}


def test_scenes_of_before_offer_them_no_more_once_loaded(knees, panel, host, tmp_path):
    own = [node for node in slicer.util.getNodesByClass("vtkMRMLVolumeNode") if node not in knees]
    for node in own:
        node.SetHideFromEditors(False)
    path = str(tmp_path / "old.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(path)
    host.process_events(0.2)
    assert own
    assert offered(panel.ui.xraySelector) <= {"Knee", "Shot"}


def test_frames_are_not_chosen_as_the_ct(panel, host):
    frames("Run")
    panel.initializeParameterNode()
    assert panel.parameters.ctVolume is None
    knee = add_knee()
    panel.initializeParameterNode()
    assert panel.parameters.ctVolume is knee


def test_the_modality_of_dicom_counts_whatever_the_values(panel, host):
    from RayEmbRegistrationScene import inputs

    node = frames("Run", lowest=-900.0)
    assert inputs.looksLikeCt(node)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
    hierarchy.SetItemAttribute(item, "DICOM.Modality", "XA")
    assert not inputs.looksLikeCt(node)
    panel.ui.ctSelector.setCurrentNode(node)
    host.process_events()
    assert panel.ui.ctStatusLabel.text == "Run is an X-ray (XA) of several frames; choose the CT."


def test_several_frames_say_at_once_how_one_is_chosen(panel, host):
    panel.ui.xraySelector.setCurrentNode(frames("Run"))
    host.process_events()
    assert panel.ui.addXrayButton.enabled
    assert panel.ui.stageLabel.text == "Run has 16 frames; add it, and choose one in its row."
    slicer.util.arrayFromVolume(frames("Slices"))[0] = -900.0
    panel.ui.xraySelector.setCurrentNode(slicer.util.getNode("Slices"))
    host.process_events()
    assert not panel.ui.addXrayButton.enabled
    assert "nor the frames of an X-ray" in panel.ui.addXrayButton.toolTip


def test_disagreeing_landmarks_are_shown_only_while_they_are_corrected(knees, panel, host):
    for before in (False, True):
        panel.parameters.showRejected = before
        panel.ui.correctGroupBox.collapsed = False
        host.process_events()
        assert panel.parameters.showRejected
        panel.ui.correctGroupBox.collapsed = True
        host.process_events()
        assert panel.parameters.showRejected == before


def test_a_point_is_placed_only_where_there_is_a_ct(panel, host):
    assert not panel.ui.placePickedPointButton.enabled
    panel.ui.ctSelector.setCurrentNode(add_knee())
    host.process_events()
    panel.onParametersModified()
    assert panel.ui.placePickedPointButton.enabled


def test_one_prepared_ct_is_one(panel, tmp_path):
    folder = panel.logic.cacheFolder()
    folder.mkdir(parents=True)
    panel.ui.advancedCollapsibleButton.collapsed = False
    for count, words in ((1, "1 prepared CT, "), (2, "2 prepared CTs, ")):
        (folder / f"prepared-{count}.npz").write_bytes(b"0")
        panel.advanced.showCache()
        assert panel.ui.cacheLabel.text.startswith(words)
