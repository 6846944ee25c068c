"""Nodes of a registration: found again, made once, apart from other registrations, safe against whatever the user does."""

import numpy as np
import pytest
from scene_cases import BALLS_RAS, ball_volume, camera, oblique_pose, project_balls, view_data
from scene_fixtures import center_of

pytest_plugins = ["scene_fixtures"]
slicer = pytest.importorskip("slicer")
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402
from RayEmbRegistrationScene import colors, handle, layout, sceneView  # noqa: E402
from RayEmbRegistrationScene.overlay import OverlaySettings  # noqa: E402


def full_data(viewCount: int = 2):
    second = oblique_pose() @ RigidTransform.from_rotation_vector((0, 0, np.pi / 2))
    views = [view_data(), view_data(pose=second)][:viewCount]
    numbers = [("Similarity", 0.876543, ""), ("Trusted", True, ""), ("Inliers", 24, "of 30")]
    return sceneView.RegistrationData(views, numbers, [("search", 0.3), ("refine", 0.8)], centerRas=np.zeros(3))


def node_count() -> int:
    return slicer.mrmlScene.GetNumberOfNodes()


def test_showing_again_makes_no_further_node(views):
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data())
    count, roles = node_count(), handle.ownNodes(registration)
    sceneView.showRegistration(registration, full_data())
    for mode in sceneView.MODES:
        sceneView.setOverlay(registration, OverlaySettings(mode))
    pictures = 2  # the overlay's, one for each X-ray, with display
    assert node_count() <= count + 2 * pictures
    assert {role: node.GetID() for role, node in roles.items()}.items() <= {
        role: node.GetID() for role, node in handle.ownNodes(registration).items()
    }.items()


def test_everything_is_in_one_folder_and_goes_with_the_registration(views):
    before, registration = node_count(), sceneView.createRegistration("Knee")
    sceneView.showRegistration(registration, full_data())
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    items = [hierarchy.GetItemByDataNode(node) for node in handle.ownNodes(registration).values()]
    assert {hierarchy.GetItemName(hierarchy.GetItemParent(item)) for item in items} == {"Knee"}
    sceneView.removeRegistration(registration)
    assert node_count() <= before + 1  # the subject hierarchy itself may be new
    assert not sceneView.registrations()
    assert not hierarchy.GetItemChildWithName(hierarchy.GetSceneItemID(), "Knee")
    sceneView.showRegistration(registration, full_data())  # gone: nothing happens
    assert node_count() <= before + 1


def test_two_registrations_do_not_disturb_each_other(views):
    first, second = sceneView.createRegistration(), sceneView.createRegistration()
    assert first.GetName() != second.GetName()
    sceneView.showRegistration(first, full_data(1))
    sceneView.showInSliceView(first, 0, "RayEmbXRay1")
    before = views[0].grab()
    positions = {role: node.GetID() for role, node in handle.ownNodes(first).items()}
    inverted = view_data(image=60000 - view_data().image, boneIsBright=False)
    sceneView.showView(second, 0, inverted)
    sceneView.showInSliceView(second, 0, "RayEmbXRay2")
    sceneView.setOverlay(second, OverlaySettings("difference"))
    sceneView.setVisible(second, "landmarks", False)
    np.testing.assert_array_equal(views[0].grab(), before)
    assert not set(positions.values()) & {node.GetID() for node in handle.ownNodes(second).values()}
    sceneView.removeRegistration(second)
    np.testing.assert_array_equal(views[0].grab(), before)
    assert {role: node.GetID() for role, node in handle.ownNodes(first).items()} == positions


@pytest.mark.parametrize("directions", [np.diag([-1.0, -1, 1]), np.diag([1.0, -1, 1]), np.eye(3)[[2, 0, 1]]])
def test_the_users_nodes_are_not_altered(views, directions):
    image, matrix = view_data().image, np.eye(4)
    matrix[:3, :3] = directions * 7.0  # spacing that has nothing to do with the detector
    matrix[:3, 3] = (5, 6, 7)
    xray = slicer.util.addVolumeFromArray(image[None].copy(), matrix, "my X-ray")
    xray.CreateDefaultDisplayNodes()
    xray.GetDisplayNode().AutoWindowLevelOff()
    xray.GetDisplayNode().SetWindowLevelMinMax(1000, 2500)
    ct = slicer.util.addVolumeFromArray(ball_volume(4.0)[0], ball_volume(4.0)[1], "my CT")
    changed = [(node, node.GetMTime(), node.GetImageData().GetMTime()) for node in (xray, ct)]
    displayed = xray.GetDisplayNode().GetMTime()

    registration = sceneView.createRegistration()
    data = sceneView.RegistrationData([view_data(xrayNode=xray, image=slicer.util.arrayFromVolume(xray)[0])], ctNode=ct)
    sceneView.showRegistration(registration, data)
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    for mode in sceneView.MODES:
        sceneView.setOverlay(registration, OverlaySettings(mode))
    copied = handle.nodeOf(registration, "View1.Xray")
    assert copied.GetDisplayNode().GetWindowLevelMin() == 1000
    slicer.util.arrayFromVolume(copied)[:] = 0
    slicer.util.arrayFromVolumeModified(copied)
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(xray)[0], image)
    sceneView.removeRegistration(registration)
    for node, time, dataTime in changed:
        assert node.GetScene() is not None
        assert (node.GetMTime(), node.GetImageData().GetMTime()) == (time, dataTime)
    assert xray.GetDisplayNode().GetMTime() == displayed


def test_nodes_that_the_user_deletes_come_back_or_are_left_out(views):
    registration, data = sceneView.createRegistration(), full_data(1)
    sceneView.showRegistration(registration, data)
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    allRoles = sorted(handle.ownNodes(registration))
    for deleted in (allRoles[::3], allRoles[1::3], allRoles[2::3]):
        for role in deleted:
            node = handle.nodeOf(registration, role)
            if node is not None:
                slicer.mrmlScene.RemoveNode(node)
        sceneView.showPose(registration, 0, oblique_pose())
        sceneView.showDrr(registration, 0, project_balls(camera(), oblique_pose()))
        sceneView.showHandles(registration, 0, True)
        sceneView.poseChanged(registration, 0)
        for mode in ("edges", "blend"):
            sceneView.setOverlay(registration, OverlaySettings(mode))
        sceneView.showHeatMap(registration, 0, np.eye(20), BALLS_RAS[0])
        sceneView.hideHeatMap(registration, 0)
        sceneView.lookThrough(registration, 0, "RayEmb3D")
        sceneView.leaveLookThrough(registration)
        sceneView.restoreAfterLoad()
        views[0].grab()
    roles = set(handle.ownNodes(registration))
    sceneView.showRegistration(registration, data)
    assert roles <= set(handle.ownNodes(registration))
    assert {"View1.Xray", "View1.Drr", "View1.Frustum", "View1.Detected", "Results"} <= set(handle.ownNodes(registration))


def test_display_nodes_may_be_deleted_too(views):
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data(1))
    for node in list(handle.ownNodes(registration).values()):
        if node.IsA("vtkMRMLDisplayableNode") and node.GetDisplayNode() is not None:
            slicer.mrmlScene.RemoveNode(node.GetDisplayNode())
    sceneView.showRegistration(registration, full_data(1))
    sceneView.setOverlay(registration, OverlaySettings("difference"))
    sceneView.showHandles(registration, 0, True)
    assert handle.nodeOf(registration, "View1.Xray").GetDisplayNode() is not None


def test_a_drr_is_shown_beside_an_xray_whose_display_was_deleted(views):
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data(1))
    sceneView.setOverlay(registration, OverlaySettings("difference"))
    slicer.mrmlScene.RemoveNode(handle.nodeOf(registration, "View1.Xray").GetDisplayNode())
    sceneView.showDrr(registration, 0, np.linspace(0, 1, 400).reshape(20, 20))
    assert handle.nodeOf(registration, "View1.Drr") is not None


def test_closing_the_scene_ends_a_registration_quietly(views):
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data())
    slicer.mrmlScene.Clear(False)
    assert not sceneView.isAlive(registration)
    sceneView.showPose(registration, 0, oblique_pose())
    sceneView.showRegistration(registration, full_data())
    sceneView.showDrr(registration, 0, np.zeros((3, 3)))
    sceneView.poseChanged(registration, 0)
    sceneView.setVisible(registration, "frustum", False)
    sceneView.setOverlay(registration, OverlaySettings())
    sceneView.leaveLookThrough(registration)
    sceneView.showHandles(registration, 0, True)
    assert sceneView.undo(registration) is None
    assert not sceneView.lookThrough(registration, 0, "RayEmb3D")
    assert not sceneView.registrations()


def test_fewer_views_than_before_take_the_rest_away(views):
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data(2))
    sceneView.showRegistration(registration, full_data(1))
    assert sceneView.viewCount(registration) == 1
    assert not handle.ownNodes(registration, "View2.")


def test_undo_and_redo(views):
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data(2))
    poses = [RigidTransform(translation=(shift, 0.0, 0)) @ oblique_pose() for shift in (0, 5, 9)]
    for number, pose in enumerate(poses):
        sceneView.showPose(registration, 0, pose)
        sceneView.rememberPoses(registration, f"step {number}")
        sceneView.rememberPoses(registration, "unchanged")  # adds nothing
    assert sceneView.undo(registration) == "step 1"
    assert sceneView.undo(registration) == "step 0"
    np.testing.assert_allclose(sceneView.poseOf(registration, 0).matrix, poses[0].matrix, atol=1e-9)
    assert sceneView.undo(registration) is None
    assert not sceneView.canUndo(registration)
    assert sceneView.redo(registration) == "step 1"
    sceneView.showPose(registration, 0, poses[0])
    sceneView.rememberPoses(registration, "other way")
    assert not sceneView.canRedo(registration)


def test_a_step_that_shows_nothing_else_is_stepped_over(views):
    """A pose that comes to an X-ray for the first time is not taken away again, so that going back to before it is idle."""
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data(1))
    pose = sceneView.poseOf(registration, 0)
    for number, poses in enumerate(({}, {}, {0: pose}, {0: pose @ RigidTransform(translation=(3.0, 0, 0))})):
        for row, one in poses.items():
            sceneView.showPose(registration, row, one)
        kept = {str(row): one.matrix[:3].tolist() for row, one in poses.items()}
        steps = [*handle.record(registration, "PoseHistory", {"entries": []})["entries"]]
        steps.append({"label": f"step {number}", "poses": kept, "beside": {"xray": "known" if number else ""}})
        handle.setRecord(registration, "PoseHistory", {"entries": steps, "place": number})
    assert sceneView.undo(registration) == "step 2"
    assert sceneView.undo(registration) == "step 0", "before the geometry was known"
    assert not sceneView.canUndo(registration)
    assert sceneView.redo(registration) == "step 1"
    assert sceneView.redo(registration) == "step 3"
    assert not sceneView.canRedo(registration)


def test_hidden_things_stay_hidden_when_made_anew(views):
    registration = sceneView.createRegistration()
    sceneView.setVisible(registration, "frustum", False)
    sceneView.showRegistration(registration, full_data(1))
    assert not handle.nodeOf(registration, "View1.Frustum").GetDisplayNode().GetVisibility()
    sceneView.setVisible(registration, "frustum", True)
    assert handle.nodeOf(registration, "View1.Frustum").GetDisplayNode().GetVisibility()
    with pytest.raises(ValueError, match="no 'cone'"):
        sceneView.setVisible(registration, "cone", True)


def test_other_slice_views_are_left_alone(views):
    registration = sceneView.createRegistration()
    views[1].compositeNode.SetForegroundOpacity(0.25)
    sceneView.showRegistration(registration, full_data(1))
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    assert views[1].compositeNode.GetBackgroundVolumeID() is None
    assert views[1].compositeNode.GetForegroundOpacity() == 0.25


def test_overlay_modes_differ_and_blink_shows_one_or_the_other(views):
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data(1))
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    pictures = []
    for mode in sceneView.MODES[:-1]:
        sceneView.setOverlay(registration, OverlaySettings(mode))
        pictures.append(views[0].grab().astype(int))
    for number, one in enumerate(pictures):
        for other in pictures[:number]:
            assert np.abs(one - other).max() > 40
    sceneView.setOverlay(registration, OverlaySettings("wiper", wiper=1.0))
    onlyXray = views[0].grab()
    sceneView.setOverlay(registration, OverlaySettings("blink", drrShown=False))
    np.testing.assert_array_equal(views[0].grab(), onlyXray)
    with pytest.raises(ValueError, match="'fade'"):
        sceneView.setOverlay(registration, OverlaySettings("fade"))


def test_the_last_to_come_draws_and_goes_alone(views):
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data(1))
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    asked = []
    endFirst = sceneView.drawPicturesWith(lambda handle, row: asked.append("first"))
    endSecond = sceneView.drawPicturesWith(lambda handle, row: asked.append("second"))
    sceneView.setOverlay(registration, OverlaySettings("edges"))
    assert asked == ["second"]
    assert handle.nodeOf(registration, "View1.OverlayPicture") is None
    endFirst()
    endFirst()  # twice is once
    sceneView.setOverlay(registration, OverlaySettings("difference"))
    assert asked == ["second", "second"]
    endSecond()
    sceneView.setOverlay(registration, OverlaySettings("edges"))
    assert asked == ["second", "second"]
    assert handle.nodeOf(registration, "View1.OverlayPicture") is not None


@pytest.mark.parametrize("inverted", [False, True])
def test_drr_takes_the_polarity_of_the_xray(views, inverted):
    view = view_data(landmarks=None)
    image = (6000 - view.image) if inverted else view.image
    registration = sceneView.createRegistration()
    sceneView.showView(registration, 0, view_data(image=image, landmarks=None))
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    pictures = []
    for shown in (False, True):
        sceneView.setOverlay(registration, OverlaySettings("blink", drrShown=shown))
        pictures.append(views[0].grab()[40:-40, 40:-40, 0].ravel())
    assert np.corrcoef(*pictures)[0, 1] > 0.8


def test_heat_map_marks_the_point_seen_and_the_true_pixel(views):
    view, pose = camera(), oblique_pose()
    registration = sceneView.createRegistration()
    black = np.zeros((view.height, view.width), np.uint8)
    sceneView.showView(registration, 0, view_data(image=black, windowLevel=(0, 255), landmarks=None))
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    rows, columns = np.mgrid[:60, :80]
    heat = np.exp(-((rows - 40) ** 2 + (columns - 20) ** 2) / 20.0)
    sceneView.showHeatMap(registration, 0, heat, BALLS_RAS[1])
    picture = views[0].grab()
    hottest = np.array([[20 * 4 + 1.5, 40 * 4 + 1.5]])  # a pixel of the map is four of the X-ray
    for color, pixel in ((colors.DETECTED, hottest), (colors.TRUTH, view.project(pose.apply(BALLS_RAS[1:2])))):
        expected = views[0].position(sceneView.pointsInPicture(registration, 0, pixel)[0])
        np.testing.assert_allclose(center_of(picture, color), expected, atol=1.5)
    picked = slicer.util.arrayFromMarkupsControlPoints(handle.nodeOf(registration, "HeatMapPicked"))
    np.testing.assert_allclose(picked, BALLS_RAS[1:2])
    assert sceneView.heatMapShown(registration, 0)
    sceneView.hideHeatMap(registration, 0)
    assert views[0].compositeNode.GetForegroundVolumeID() == handle.nodeOf(registration, "View1.Drr").GetID()


def test_numbers_and_trace(views):
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data(1))
    table = handle.nodeOf(registration, "Results").GetTable()
    assert [table.GetValue(row, 1).ToString() for row in range(3)] == ["0.8765", "yes", "24"]
    chart = handle.nodeOf(registration, "SimilarityChart")
    series = chart.GetNthPlotSeriesNode(0)
    values = series.GetTableNode().GetTable().GetColumnByName(series.GetYColumnName())
    assert [values.GetValue(n) for n in range(values.GetNumberOfTuples())] == [0.3, 0.8]
    sceneView.showTrace(registration, [("a", 0.1)] * 5)
    assert chart.GetNumberOfPlotSeriesNodes() == 1
    assert series.GetTableNode().GetNumberOfRows() == 5


def test_layout_is_well_formed_and_gives_the_users_back(views):
    from xml.etree import ElementTree as ET

    layoutNode = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLayoutNode")
    layoutNode.AddLayoutDescription(2, '<layout type="vertical"/>')
    layoutNode.AddLayoutDescription(3, '<layout type="horizontal"/>')
    layoutNode.SetViewArrangement(3)
    for count, names in ((1, {"RayEmbXRay1", "RayEmb3D"}), (2, {"RayEmbXRay1", "RayEmbXRay2", "RayEmb3D"})):
        sceneView.enterLayout(count, layoutNode)
        tree = ET.fromstring(layoutNode.GetCurrentLayoutDescription())  # noqa: S314 - our own text
        assert {view.get("singletontag") for view in tree.iter("view")} == names
    sceneView.leaveLayout(layoutNode)
    assert layoutNode.GetViewArrangement() == 3
    sceneView.enterLayout(1, layoutNode)
    layoutNode.SetViewArrangement(2)  # the user chooses another
    sceneView.leaveLayout(layoutNode)
    assert layoutNode.GetViewArrangement() == 2
    assert layout.layoutFor(1) != layout.layoutFor(2)
    slicer.mrmlScene.RemoveNode(layoutNode)


def test_nothing_observes_the_scene(views):
    tracked = ["ModifiedEvent"]
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, full_data())
    before = {role: node.HasObserver(tracked[0]) for role, node in handle.ownNodes(registration).items()}
    sceneView.showRegistration(registration, full_data())
    assert {role: node.HasObserver(tracked[0]) for role, node in handle.ownNodes(registration).items()} == before
