"""A long day: registrations and closed scenes leave no node and no observer; a scene saved again is the same."""

import gc
import zlib

import numpy as np
import pytest
from long_form import short_or_long

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

import vtk  # noqa: E402
from panel_cases import add_bones, knee_xray  # noqa: E402
from panel_fixtures import chosen_knees, finish  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")

TIMES, AGAIN = short_or_long((12, 4), (30, 10))
"""Closed scenes, and registrations in one scene."""
MOST_MB = 1.0
"""A round may keep; measured: 0.3 with and without a registration. It was 4.1 and 2.7, the voxels of CT and X-rays, while
each node that was ever observed was kept."""


@pytest.fixture
def only_new_objects(panel):
    """What was there before, of all libraries, is not looked through again and again: only what a round leaves counts."""
    import RayEmbRegistrationLib.registration  # noqa: F401

    knee_xray()
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def gone_volumes() -> list:
    """Volume nodes that are in no scene, and still there."""
    gc.collect()
    return [one for one in gc.get_objects() if issubclass(type(one), slicer.vtkMRMLVolumeNode) and one.GetScene() is None]


def memory_mb() -> float:
    """What is in use of the heap; nan where the C library does not tell."""
    import ctypes

    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"

    class Heap(ctypes.Structure):
        _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        return float("nan")
    library.mallinfo2.restype = Heap
    heap = library.mallinfo2()
    return (heap.uordblks + heap.hblkhd) / 1e6


def test_many_registrations_and_closed_scenes_leave_nothing(panel, only_new_objects, host):
    nodes, observers, memory = [], [], []
    before = len(gone_volumes())
    for _ in range(TIMES):
        chosen_knees(panel, host)
        panel.ui.refineButton.click()
        finish(host, panel)
        assert panel.ui.trustLabel.text.startswith("Trusted")
        slicer.mrmlScene.Clear(False)
        host.process_events(0.05)
        gc.collect()
        nodes.append(slicer.mrmlScene.GetNumberOfNodes())
        observers.append(host.observers())
        memory.append(memory_mb())
    assert len(set(nodes[2:])) == 1, nodes
    assert len(set(observers[2:])) == 1, observers
    assert len(gone_volumes()) <= before, "volumes of closed scenes are held by nothing"
    assert not growth(memory) > MOST_MB, memory


def growth(memory: list) -> float:
    """MB a round: the middle of the slopes between any two rounds (Theil 1950, Sen 1968), which caches that grow once and a
    heap that swings from round to round do not bend."""
    first, second = np.triu_indices(len(memory), 1)
    return float(np.median((np.array(memory)[second] - np.array(memory)[first]) / (second - first)))


def test_growth_is_seen_through_a_heap_that_swings():
    swing = 3.0 * (np.arange(TIMES) % 2)
    once = np.where(np.arange(TIMES) > TIMES // 7, 40.0, 0.0)
    assert growth(list(swing + once + 0.3 * np.arange(TIMES))) < MOST_MB
    assert growth(list(swing + once + 2.7 * np.arange(TIMES))) > 2 * MOST_MB


def test_registering_again_and_again_adds_no_nodes_or_observers(knees, panel, host):
    nodes, observers = [], []
    for _ in range(AGAIN):
        panel.ui.refineButton.click()
        finish(host, panel)
        nodes.append(slicer.mrmlScene.GetNumberOfNodes())
        observers.append(host.observers())
    assert len(set(nodes[1:])) == 1, nodes
    assert len(set(observers[1:])) == 1, observers


KINDS = ("vtkMRMLVolumeNode", "vtkMRMLTransformNode", "vtkMRMLMarkupsNode", "vtkMRMLModelNode", "vtkMRMLTableNode")
KINDS += ("vtkMRMLScriptedModuleNode", "vtkMRMLSegmentationNode")


def written_in(scene) -> dict:
    """What users and the module made: everything that tells one node from another, by its class and name."""
    found = {}
    for number in range(scene.GetNumberOfNodes()):
        node = scene.GetNthNode(number)
        if not any(node.IsA(kind) for kind in KINDS) or " Transform" in node.GetName():  # of a slice view
            continue
        found[node.GetClassName(), node.GetName()] = _content(node)
    return found


def _content(node) -> dict:
    roles = [node.GetNthNodeReferenceRole(n) for n in range(node.GetNumberOfNodeReferenceRoles())]
    roles = [role for role in roles if role != "storage" and _names(node, role)]
    kept = {
        "attributes": {name: node.GetAttribute(name) for name in node.GetAttributeNames() if "References" not in name},
        "refers to": {role: _names(node, role) for role in roles},
    }
    if node.IsA("vtkMRMLScriptedModuleNode"):
        names = node.GetParameterNames()
        kept["parameters"] = {name: node.GetParameter(name) for name in names if "vtkMRML" not in node.GetParameter(name)}
    if node.IsA("vtkMRMLTransformNode") and node.IsLinear():
        kept["matrix"] = slicer.util.arrayFromTransformMatrix(node).round(9).tolist()
    if node.IsA("vtkMRMLVolumeNode") and node.GetImageData() is not None:
        matrix = vtk.vtkMatrix4x4()
        node.GetIJKToRASMatrix(matrix)
        kept["place"] = slicer.util.arrayFromVTKMatrix(matrix).round(6).tolist()
        kept["voxels"] = zlib.crc32(np.ascontiguousarray(slicer.util.arrayFromVolume(node)))
    if node.IsA("vtkMRMLMarkupsNode"):
        kept["points"] = slicer.util.arrayFromMarkupsControlPoints(node).round(6).tolist()
    return kept


def _names(node, role) -> list:
    others = [node.GetNthNodeReference(role, n) for n in range(node.GetNumberOfNodeReferences(role))]
    return sorted(other.GetName() or "" for other in others if other is not None)


def test_a_scene_saved_loaded_and_saved_is_the_same(knees, panel, host, tmp_path):
    panel.ui.segmentationSelector.setCurrentNode(add_bones())
    line = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "Plan")
    for place in ((0, 0, 0), (10, 5, 2)):
        line.AddControlPointWorld(vtk.vtkVector3d(*place))
    panel.ui.refineButton.click()
    finish(host, panel)
    panel.ui.sourceToDetectorSpinBox.setValue(panel.ui.sourceToDetectorSpinBox.value + 5)
    host.process_events(0.5)
    stories = [written_in(slicer.mrmlScene)]
    for number in range(2):
        path = str(tmp_path / f"{number}.mrb")
        assert slicer.util.saveScene(path)
        slicer.mrmlScene.Clear(False)
        slicer.util.loadScene(path)
        host.process_events(0.3)
        stories.append(written_in(slicer.mrmlScene))
    for story in stories[1:]:
        assert story.keys() == stories[0].keys()
        for key, content in stories[0].items():
            assert story[key] == content, key
