"""A scene saved as an MRB archive and loaded again shows the same pictures, and its registrations go on working."""

import numpy as np
import pytest
from scene_cases import ball_volume, camera, oblique_pose, view_data
from test_scene_nodes import full_data

pytest_plugins = ["scene_fixtures"]
slicer = pytest.importorskip("slicer")
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402
from RayEmbRegistrationScene import handle, sceneView  # noqa: E402
from RayEmbRegistrationScene.overlay import OverlaySettings  # noqa: E402


def save_and_load(path) -> None:
    assert slicer.mrmlScene.WriteToMRB(str(path))
    slicer.mrmlScene.Clear(False)
    assert not sceneView.registrations()
    load(path)


def load(path) -> None:
    assert slicer.mrmlScene.ReadFromMRB(str(path), False, slicer.vtkMRMLMessageCollection())


def show_all(views, names):
    return [view.grab().astype(int) for view, name in zip(views, names, strict=True)]


@pytest.fixture
def shown(views):
    """A registration of two views with everything shown."""
    registration = sceneView.createRegistration("Hip")
    sceneView.showBone(registration, *ball_volume(3.0), 0.0)
    sceneView.showRegistration(registration, full_data(2))
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    sceneView.showInSliceView(registration, 1, "RayEmbXRay2")
    sceneView.setVisible(registration, "otherPoses", False)
    sceneView.setOverlay(registration, OverlaySettings("edges", opacity=0.9))
    return registration


def test_everything_comes_back(views, shown, tmp_path):
    roles = {role: node.GetClassName() for role, node in handle.ownNodes(shown).items()}
    pose, camera_ = sceneView.poseOf(shown, 1), sceneView.cameraOf(shown, 1)
    sceneView.rememberPoses(shown, "first")
    sceneView.lookThrough(shown, 0, "RayEmb3D", views[2].size)
    before = [view.grab().astype(int) for view in views]
    save_and_load(tmp_path / "scene.mrb")
    sceneView.restoreAfterLoad()
    (registration,) = sceneView.registrations()
    assert {role: node.GetClassName() for role, node in handle.ownNodes(registration).items()} == roles
    np.testing.assert_allclose(sceneView.poseOf(registration, 1).matrix, pose.matrix, atol=1e-9)
    np.testing.assert_array_equal(sceneView.cameraOf(registration, 1).K, camera_.K)
    assert sceneView.looksThrough(registration) == 0
    assert sceneView.overlaySettings(registration) == OverlaySettings("edges", opacity=0.9)
    for view, picture in zip(views, before, strict=True):
        assert picture.std() > 10
        assert np.abs(view.grab().astype(int) - picture).mean() < 0.5, view.name

    count = slicer.mrmlScene.GetNumberOfNodes()
    sceneView.showRegistration(registration, full_data(2))  # goes on with the nodes it finds
    assert slicer.mrmlScene.GetNumberOfNodes() == count
    sceneView.leaveLookThrough(registration)
    sceneView.showPose(registration, 0, RigidTransform(translation=(1.0, 2, 3)) @ oblique_pose())
    sceneView.rememberPoses(registration, "second")
    assert sceneView.undo(registration) == "first"
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    items = [hierarchy.GetItemByDataNode(node) for node in handle.ownNodes(registration).values()]
    assert {hierarchy.GetItemName(hierarchy.GetItemParent(item)) for item in items} == {"Hip"}


def test_a_scene_loaded_into_another_keeps_both(views, shown, tmp_path):
    archive = tmp_path / "scene.mrb"
    assert slicer.mrmlScene.WriteToMRB(str(archive))
    own = {node.GetID() for node in handle.ownNodes(shown).values()}
    load(archive)
    sceneView.restoreAfterLoad()
    first, second = sceneView.registrations()
    assert {node.GetID() for node in handle.ownNodes(first).values()} == own
    assert not own & {node.GetID() for node in handle.ownNodes(second).values()}
    assert handle.slotOf(first) != handle.slotOf(second)
    heights = {tuple(sceneView.pointsInPicture(r, n, [[0, 0]])[0])[2] for r in (first, second) for n in (0, 1)}
    assert len(heights) == 4  # no picture lies in another's slice
    for role in ("View1.Xray", "View1.Drr", "View1.Detected", "View1.Residuals"):
        node, bounds = handle.nodeOf(second, role), np.zeros(6)
        node.GetRASBounds(bounds)
        picture = sceneView.pointsInPicture(second, 0, [[0, 0]])[0][2]
        assert bounds[4] - 1 <= picture <= bounds[5] + 1, role


def test_texture_is_there_after_loading(views, tmp_path):
    registration = sceneView.createRegistration()
    sceneView.showView(registration, 0, view_data(camera(), landmarks=None))
    sceneView.lookThrough(registration, 0, "RayEmb3D", views[2].size)
    before = views[2].grab().astype(int)
    save_and_load(tmp_path / "scene.mrb")
    assert np.abs(views[2].grab().astype(int) - before).mean() > 5  # what a scene file alone gives
    sceneView.restoreAfterLoad()
    assert np.abs(views[2].grab().astype(int) - before).mean() < 0.5
