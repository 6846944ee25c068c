"""Scenes that are saved and loaded, in the host: what the user made comes back as it was, or goes with a word."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_xray, start_pose  # noqa: E402

pytest_plugins = ["panel_fixtures"]


@pytest.fixture
def pair(knees, panel, host):
    """Two X-rays with poses; the geometry of the second is typed in."""
    panel.ui.xraySelector.setCurrentNode(add_xray("Typed", hasGeometry=False))
    panel.ui.addXrayButton.click()
    host.process_events()
    panel.ui.xrayTable.selectRow(1)
    panel.ui.sourceToDetectorSpinBox.setValue(1021.0)
    panel.ui.columnSpacingSpinBox.setValue(0.81)
    panel.ui.mirroredComboBox.setCurrentIndex(1)
    panel.pose.setPose(1, start_pose((2, 1, 1), (3, 0, 5)), "typed pose")
    host.process_events()
    return panel


def state(panel) -> dict:
    """Everything that the user made: parameters, geometry, poses, by names that survive loading."""
    from RayEmbRegistrationScene import sceneView

    node, handle = panel.parameters.parameterNode, panel.handle()
    kept = {name: node.GetParameter(name) for name in node.GetParameterNames()}
    kept |= {f"handle {name}": handle.GetParameter(name) for name in handle.GetParameterNames()}
    kept["ct"] = panel.parameters.ctVolume.GetName()
    kept["rows"] = [panel.ui.xrayTable.item(row, 0).text() for row in range(panel.ui.xrayTable.rowCount)]
    kept["geometry"] = [panel.ui.xrayTable.item(row, 1).text() for row in range(len(panel.xrays.nodes))]
    kept["poses"] = [np.round(sceneView.poseOf(handle, row).matrix, 9).tolist() for row in range(2)]
    return kept


def saved(tmp_path, name="scene.mrb") -> str:
    path = str(tmp_path / name)
    assert slicer.util.saveScene(path)
    return path


def test_a_scene_comes_back_whole_and_again(pair, host, tmp_path):
    before = state(pair)
    assert before["rows"] == ["Shot", "Typed"]
    path = saved(tmp_path)
    for again in ("second.mrb", "third.mrb"):
        slicer.mrmlScene.Clear(False)
        host.process_events()
        slicer.util.loadScene(path)
        host.process_events(0.2)
        assert state(pair) == before
        path = saved(tmp_path, again)


def test_a_scene_that_is_loaded_while_another_module_is_shown(pair, host, tmp_path):
    before, path = state(pair), saved(tmp_path)
    host.select_module(None)
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(path)
    host.process_events(0.2)
    pair.ui.xraySelector.setCurrentNode(None)
    host.select_module("RayEmbRegistration")
    host.process_events(0.2)
    assert state(pair) == before


def test_a_scene_that_is_loaded_into_one_that_is_open(pair, host, tmp_path):
    before, path = state(pair), saved(tmp_path)
    slicer.util.loadScene(path)
    host.process_events(0.2)
    assert state(pair)["geometry"] == before["geometry"]
    assert len(pair.xrays.nodes) == 2


def test_a_lost_xray_leaves_with_a_word_and_the_others_stay(pair, host):
    node = pair.parameters.parameterNode
    pair.scene.show(None)
    node.SetNodeReferenceID("xrayVolumes.0", "vtkMRMLScalarVolumeNode9999")
    pair.initializeParameterNode()
    host.process_events()
    assert [xray.GetName() for xray in pair.xrays.nodes] == ["Typed"]
    assert pair.ui.xrayTable.item(0, 2).text() == "typed in"
    assert "1 X-ray(s) of the scene could not be loaded" in pair.ui.stageLabel.text
