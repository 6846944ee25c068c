"""Scene and views of the host: real MRML, real displayable managers, drawn offscreen; no Qt."""

import gc

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
vtk = pytest.importorskip("vtk")

from host.scene import boot_scene  # noqa: E402
from host.views import SliceView, ThreeDView  # noqa: E402


@pytest.fixture
def host():
    host = boot_scene()
    host.scene.Clear(False)
    host.messages.clear()
    yield host
    host.scene.Clear(False)
    assert host.messages.errors == []


@pytest.fixture
def sliceView(host):
    view = SliceView("HostTest", (300, 200))
    yield view
    view.close()


@pytest.fixture
def threeDView(host):
    view = ThreeDView((300, 200), "HostTest")
    yield view
    view.close()


def corner_volume():
    """A dark volume with one bright corner: low i and high j, so that flips show."""
    array = np.zeros((4, 30, 40), np.float32)
    array[:, 20:, :10] = 200
    rasFromIJK = np.diag([2.0, 2.0, 2.0, 1.0])
    rasFromIJK[:3, 3] = [-40, -30, -4]
    node = slicer.util.addVolumeFromArray(array, rasFromIJK)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetWindowLevelMinMax(0, 200)
    return node


def test_module_logics_registered_their_nodes(host):
    for className in (
        "vtkMRMLSequenceNode",
        "vtkMRMLSegmentationNode",
        "vtkMRMLMarkupsFiducialNode",
        "vtkMRMLPlotChartNode",
    ):
        assert host.scene.AddNewNodeByClass(className) is not None, className
    assert slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(host.scene) is not None


def test_slice_view_shows_a_volume_the_right_way_round(sliceView):
    volume = corner_volume()
    sliceView.compositeNode.SetBackgroundVolumeID(volume.GetID())
    sliceView.fit()
    picture = sliceView.grab()
    assert picture.shape == (200, 300, 3)
    column, row = map(round, sliceView.position([-35, 25, 0]))  # inside the bright corner: left, anterior
    assert picture[row, column].min() > 250
    assert column > 150, "the patient's left belongs on the right of the screen"
    assert row < 100, "anterior belongs on top"
    opposite = [round(value) for value in sliceView.position([30, -20, 0])]
    assert picture[opposite[1], opposite[0]].max() < 5


def test_slice_view_follows_an_overlay(sliceView):
    volume, overlay = corner_volume(), corner_volume()
    slicer.util.arrayFromVolume(overlay)[:] = 200
    slicer.util.arrayFromVolumeModified(overlay)
    sliceView.compositeNode.SetBackgroundVolumeID(volume.GetID())
    sliceView.compositeNode.SetForegroundVolumeID(overlay.GetID())
    sliceView.fit()
    column, row = map(round, sliceView.position([30, -20, 0]))
    for opacity in (0.0, 0.5, 1.0):
        sliceView.compositeNode.SetForegroundOpacity(opacity)
        assert sliceView.grab()[row, column].mean() == pytest.approx(255 * opacity, abs=2)


def test_three_d_view_shows_a_model_where_it_is(host, threeDView):
    sphere = vtk.vtkSphereSource()
    sphere.SetCenter(20, 0, 0)
    sphere.SetRadius(10)
    sphere.Update()
    model = host.logics["Models"].AddModel(sphere.GetOutput())
    threeDView.node.SetBoxVisible(False)
    threeDView.node.SetAxisLabelsVisible(False)
    with_model = threeDView.grab().astype(int)
    column, row = threeDView.position([20, 0, 0])
    model.GetDisplayNode().SetVisibility(False)
    changed = np.argwhere(np.abs(threeDView.grab().astype(int) - with_model).max(axis=2) > 20)
    assert len(changed) > 50
    np.testing.assert_allclose(changed.mean(axis=0), [row, column], atol=1.5)


@pytest.mark.parametrize("kind", ["sliceView", "threeDView"])
def test_dragging_moves_a_control_point(kind, request):
    view = request.getfixturevalue(kind)
    markups = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    markups.AddControlPoint(0, 0, 0)
    view.grab()
    x, y = view.position([0, 0, 0])
    view.drag((x, y), (x + 30, y - 20))
    moved = np.array(markups.GetNthControlPointPositionWorld(0))
    np.testing.assert_allclose(view.position(moved), [x + 30, y - 20], atol=1)


def test_clicking_in_place_mode_places_a_point(host, sliceView):
    markups = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    interaction = slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
    host.logics["Markups"].SetActiveList(markups)
    interaction.SetCurrentInteractionMode(interaction.Place)
    sliceView.grab()
    sliceView.click(120, 60)
    assert markups.GetNumberOfControlPoints() == 1
    np.testing.assert_allclose(sliceView.position(markups.GetNthControlPointPositionWorld(0)), [120, 60], atol=1e-6)


def test_interaction_handles_move_a_transform(host, threeDView):
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.CreateDefaultDisplayNodes()
    transform.GetDisplayNode().SetEditorVisibility(True)
    transform.GetDisplayNode().SetEditorVisibility3D(True)
    threeDView.grab()
    before = slicer.util.arrayFromTransformMatrix(transform)
    pictureWithHandles = threeDView.grab().astype(int)
    transform.GetDisplayNode().SetEditorVisibility(False)
    changed = np.abs(threeDView.grab().astype(int) - pictureWithHandles).max(axis=2) > 20
    assert changed.sum() > 50, "no handles were drawn"
    transform.GetDisplayNode().SetEditorVisibility(True)
    threeDView.grab()
    row, column = np.argwhere(changed)[-1]  # the lowest pixel of the handles lies on one of them
    threeDView.drag((column, row), (column + 25, row + 25))
    assert not np.allclose(slicer.util.arrayFromTransformMatrix(transform), before)


def test_archive_round_trip(host, tmp_path):
    volume = corner_volume()
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Pose")
    matrix = np.array([[0.0, -1, 0, 5], [1, 0, 0, -3], [0, 0, 1, 8], [0, 0, 0, 1]])
    slicer.util.updateTransformMatrixFromArray(transform, matrix)
    volume.SetAndObserveTransformNodeID(transform.GetID())
    array = slicer.util.arrayFromVolume(volume).copy()
    path = str(tmp_path / "case.mrb")
    assert host.scene.WriteToMRB(path)
    host.scene.Clear(False)
    assert host.scene.ReadFromMRB(path, True, slicer.vtkMRMLMessageCollection())
    again = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(again), array)
    np.testing.assert_allclose(slicer.util.arrayFromTransformMatrix(again.GetParentTransformNode()), matrix)


def test_views_survive_the_closing_of_the_scene(host, sliceView, threeDView):
    sliceView.compositeNode.SetBackgroundVolumeID(corner_volume().GetID())
    sliceView.grab()
    host.scene.Clear(False)
    assert sliceView.grab().max() < 50
    assert sliceView.node.GetScene() is host.scene
    assert threeDView.node.GetScene() is host.scene
    threeDView.grab()


def test_a_closed_view_leaves_no_nodes_to_the_garbage_collector(host):
    """It would take them out of the scene at any moment, such as while a selector lists the scene's nodes."""
    gc.collect()
    gc.disable()
    try:
        for view in (SliceView("HostTest", (300, 200)), ThreeDView((300, 200), "HostTest")):
            view.grab()
            view.close()
        del view
        left = host.scene.GetNumberOfNodes()
        gc.collect()
        assert host.scene.GetNumberOfNodes() == left
    finally:
        gc.enable()


def test_errors_of_vtk_are_counted(host):
    host.scene.CreateNodeByClass("vtkMRMLNoSuchNode")
    vtk.vtkPolyDataReader().Update()
    assert len(host.messages.errors) > 0
    host.messages.clear()
