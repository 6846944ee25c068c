"""The 3D view: textured detector, look through the source, handles, standpoint."""

import numpy as np
import pytest
from scene_cases import BALLS_RAS, camera, oblique_pose, view_data
from scene_fixtures import center_of
from test_scene_geometry import VARIANTS, checker

pytest_plugins = ["scene_fixtures"]
slicer = pytest.importorskip("slicer")
vtk = pytest.importorskip("vtk")
from RayEmbRegistrationLib.geometry import Camera, RigidTransform  # noqa: E402
from RayEmbRegistrationScene import handle, lookThrough, sceneView  # noqa: E402

MARKER = (0.1, 1.0, 0.1)


def show_marker(position) -> None:
    ball = vtk.vtkSphereSource()
    ball.SetCenter(*position)
    ball.SetRadius(2.0)
    ball.SetThetaResolution(24)
    ball.SetPhiResolution(24)
    ball.Update()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "marker")
    node.SetAndObservePolyData(ball.GetOutput())
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetColor(*MARKER)
    node.GetDisplayNode().SetAmbient(1)
    node.GetDisplayNode().SetDiffuse(0)
    node.GetDisplayNode().SetSpecular(0)


def shown_at(view: Camera, pixel, size) -> np.ndarray:
    """Where a pixel of the X-ray lies in a view that holds the whole X-ray, centred, as large as possible."""
    width, height = view.field_of_view_mm
    scale = min(size[0] / width, size[1] / height)
    mm = (np.asarray(pixel) - ((view.width - 1) / 2, (view.height - 1) / 2)) * view.pixel_spacing_mm
    return mm * scale + np.array(size) / 2 - 0.5


@pytest.mark.parametrize("size", [(640, 528), (700, 400), (420, 640)])
@pytest.mark.parametrize("point", [BALLS_RAS[0], BALLS_RAS[3], BALLS_RAS[4]])
def test_look_through_matches_the_projection(views, size, point):
    view, pose = camera(), oblique_pose()
    views[2].resize(*size)
    registration = sceneView.createRegistration()
    black = np.zeros((view.height, view.width), np.uint8)
    sceneView.showView(registration, 0, view_data(view, image=black, landmarks=None, drr=None))
    show_marker(point)
    assert sceneView.lookThrough(registration, 0, "RayEmb3D", size)
    expected = shown_at(view, view.project(pose.apply(point)), size)
    seen = center_of(views[2].grab(), MARKER)
    scale = shown_at(view, (1, 0), size)[0] - shown_at(view, (0, 0), size)[0]
    assert np.linalg.norm(seen - expected) / scale < 0.5  # pixels of the X-ray


@pytest.mark.parametrize("name", VARIANTS)
def test_texture_stands_the_right_way_round(views, name):
    view = VARIANTS[name]
    image = checker(view)
    registration = sceneView.createRegistration()
    given = view_data(view, image=image, windowLevel=(0, 255), landmarks=None, drr=None)
    sceneView.showView(registration, 0, given)
    size = (2 * view.width, round(2 * view.height * view.pixel_spacing_mm[1] / view.pixel_spacing_mm[0]))
    views[2].resize(*size)
    assert sceneView.lookThrough(registration, 0, "RayEmb3D", size)
    picture = views[2].grab()[..., 0].astype(float)
    expected = image[:, ::-1] if view.is_mirrored else image  # seen as the source saw it
    rows = (np.arange(picture.shape[0]) * view.height // picture.shape[0]).clip(0, view.height - 1)
    columns = (np.arange(picture.shape[1]) * view.width // picture.shape[1]).clip(0, view.width - 1)
    difference = np.abs(picture - expected[np.ix_(rows, columns)])
    assert np.median(difference) <= 2
    assert difference.mean() < 4


def test_colour_xray_is_textured_in_colour_and_follows_its_window(views):
    view = camera()
    grey = checker(view)
    registration = sceneView.createRegistration()
    image = np.stack([grey, grey // 2, 0 * grey], axis=2)
    sceneView.showView(registration, 0, view_data(view, image=image, landmarks=None, drr=None))
    sceneView.lookThrough(registration, 0, "RayEmb3D", (640, 528))
    picture = views[2].grab().astype(float)
    assert picture[..., 2].max() < 10
    assert 1.5 < picture[..., 0].mean() / picture[..., 1].mean() < 2.5

    sceneView.showView(registration, 0, view_data(view, image=grey, windowLevel=(0, 255), landmarks=None, drr=None))
    before = views[2].grab().mean()
    handle.nodeOf(registration, "View1.Xray").GetDisplayNode().SetWindowLevelMinMax(0, 100)
    assert views[2].grab().mean() > before + 30  # the user's window, at once


@pytest.mark.parametrize("role", ["volume", "display"])
def test_an_xray_deleted_from_under_its_plane_leaves_no_pipeline_without_colours(views, role):
    view = camera()
    registration = sceneView.createRegistration()
    given = view_data(view, image=checker(view), windowLevel=(0, 255), landmarks=None, drr=None)
    sceneView.showView(registration, 0, given)
    sceneView.lookThrough(registration, 0, "RayEmb3D", (640, 528))
    textured = views[2].grab()
    xray = handle.nodeOf(registration, "View1.Xray")
    slicer.mrmlScene.RemoveNode(xray if role == "volume" else xray.GetDisplayNode())
    del xray  # the last reference: VTK's error came where the node was gone and its pipeline drawn
    views[2].grab()
    plane = handle.nodeOf(registration, "View1.DetectorPlane")
    assert plane.GetDisplayNode().GetTextureImageDataConnection() is None
    sceneView.showView(registration, 0, given)
    if role == "volume":  # a display that the user deleted stays away
        assert np.array_equal(views[2].grab(), textured)


def test_look_through_follows_the_pose_and_gives_the_camera_back(views):
    registration = sceneView.createRegistration()
    sceneView.showView(registration, 0, view_data())
    cameraNode, viewNode = lookThrough.cameraNodeOf("RayEmb3D"), lookThrough.viewNodeNamed("RayEmb3D")
    viewNode.SetBoxVisible(True)
    before = [cameraNode.GetPosition(), cameraNode.GetFocalPoint(), cameraNode.GetViewUp(), cameraNode.GetViewAngle()]
    sceneView.lookThrough(registration, 0, "RayEmb3D")
    sceneView.lookThrough(registration, 0, "RayEmb3D")  # twice keeps the way back
    assert not handle.nodeOf(registration, "View1.Source").GetDisplayNode().GetVisibility()
    moved = RigidTransform(translation=(10.0, 20, 30)) @ oblique_pose()
    sceneView.showPose(registration, 0, moved)
    np.testing.assert_allclose(cameraNode.GetPosition(), moved.inverse().translation, atol=1e-6)
    sceneView.leaveLookThrough(registration)
    after = [cameraNode.GetPosition(), cameraNode.GetFocalPoint(), cameraNode.GetViewUp(), cameraNode.GetViewAngle()]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one, other)
    assert cameraNode.GetCamera().GetWindowCenter() == (0.0, 0.0)
    assert viewNode.GetBoxVisible()
    assert handle.nodeOf(registration, "View1.Source").GetDisplayNode().GetVisibility()


def test_handles_sit_at_the_bone_and_move_the_c_arm(views):
    registration = sceneView.createRegistration()
    center = np.array([12.0, -5, 7])
    sceneView.showRegistration(registration, sceneView.RegistrationData([view_data()], centerRas=center))
    sceneView.showHandles(registration, 0, True)
    assert sceneView.handlesVisible(registration, 0)
    pose = handle.nodeOf(registration, "View1.Pose")
    matrix = slicer.util.arrayFromTransformMatrix(pose)
    np.testing.assert_allclose(matrix[:3, :3] @ pose.GetCenterOfTransformation() + matrix[:3, 3], center, atol=1e-9)
    frustum = handle.nodeOf(registration, "View1.Frustum")
    assert frustum.GetTransformNodeID() == pose.GetID()

    turn = RigidTransform.from_rotation_vector((0.0, 0.0, 0.2), (0, 0, 0))  # what a drag of the handle does
    slicer.util.updateTransformMatrixFromArray(pose, turn.matrix @ matrix)
    sceneView.poseChanged(registration, 0)
    moved = sceneView.poseOf(registration, 0)
    np.testing.assert_allclose(moved.inverse().matrix, turn.matrix @ matrix, atol=1e-9)
    reprojected = slicer.util.arrayFromMarkupsControlPoints(handle.nodeOf(registration, "View1.Reprojected"))
    data = view_data().landmarks
    pixels = sceneView.pixelsOfPicture(registration, 0, reprojected)
    np.testing.assert_allclose(pixels, camera().project(moved.apply(data.pointsRas[data.used])), atol=1e-3)
    sceneView.showHandles(registration, 0, False)
    assert not sceneView.handlesVisible(registration, 0)


def test_everything_is_in_sight_from_the_side(views):
    registration = sceneView.createRegistration()
    sceneView.showRegistration(registration, sceneView.RegistrationData([view_data(), view_data(pose=side_pose())]))
    assert sceneView.showFromSide(registration, "RayEmb3D")
    views[2].grab()
    for role in ("View1.Frustum", "View2.Frustum"):
        node = handle.nodeOf(registration, role)
        matrix = slicer.util.arrayFromTransformMatrix(node.GetParentTransformNode())
        for point in slicer.util.arrayFromModelPoints(node):
            x, y = views[2].position(matrix[:3, :3] @ point + matrix[:3, 3])
            assert 0 <= x < views[2].size[0]
            assert 0 <= y < views[2].size[1]


def side_pose() -> RigidTransform:
    quarter = RigidTransform.from_rotation_vector((0, 0, np.pi / 2))
    return oblique_pose() @ quarter
