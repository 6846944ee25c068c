"""Clicks in X-rays: their rays in 3D and in the other X-rays, and what two of them say of the patient's space."""

import numpy as np
import pytest
from scene_cases import camera, oblique_pose, view_data
from target_cases import narrow_and_deep

pytest_plugins = ["scene_fixtures"]
slicer = pytest.importorskip("slicer")
vtk = pytest.importorskip("vtk")
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402
from RayEmbRegistrationLib.geometry.uncertainty import PoseUncertainty  # noqa: E402
from RayEmbRegistrationScene import clicks, handle, sceneView, targetErrors  # noqa: E402
from vtk.util.numpy_support import vtk_to_numpy  # noqa: E402

POINTS = np.array([[12.0, -5, 20], [-20, 14, -9]])
LATERAL = RigidTransform(oblique_pose().rotation, np.array([0.0, 0, 760])) @ RigidTransform.from_rotation_vector(
    (0, 0, np.radians(70))
)


@pytest.fixture
def pair(views):
    """A registration of two X-rays, the second one mirrored."""
    registration = sceneView.createRegistration()
    shown = [view_data(landmarks=None, drr=None), view_data(camera().flip_horizontal(), LATERAL, landmarks=None, drr=None)]
    for number, view in enumerate(shown):
        sceneView.showView(registration, number, view)
        sceneView.showInSliceView(registration, number, sceneView.NAMES[number])
    return registration


def click(node, registration, view, *pixels):
    for pixel in pixels:
        place = sceneView.pointsInPicture(registration, view, np.array([pixel]))[0]
        node.AddControlPointWorld(vtk.vtkVector3d(*place))


def projected(view, points):
    own, pose = ((camera(), oblique_pose()), (camera().flip_horizontal(), LATERAL))[view]
    return own.project(pose.apply(points))


def clicked(registration, points=POINTS, views=(0, 1)):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "clicks")
    for view in views:
        click(node, registration, view, *projected(view, points))
    return node


def test_a_click_shows_its_ray_in_space_and_in_the_other_xray(pair):
    node = clicked(pair, POINTS[:1], (0,))
    seen = clicks.seenBy(pair, node, asTool=False)
    assert not seen.points
    clicks.showClicks(pair, node, seen)
    tube = vtk_to_numpy(handle.nodeOf(pair, clicks.RAYS).GetPolyData().GetPoints().GetData())
    source = oblique_pose().inverse().translation
    along = (POINTS[0] - source) / np.linalg.norm(POINTS[0] - source)
    away = np.linalg.norm(np.cross(tube - source, along), axis=1)
    assert np.abs(away - clicks.RAY_RADIUS_MM).max() < 1e-3
    assert handle.nodeOf(pair, "View1.ClickedRays") is None
    ribbons = vtk_to_numpy(handle.nodeOf(pair, "View2.ClickedRays").GetPolyData().GetPoints().GetData())
    pixels = sceneView.pixelsOfPicture(pair, 1, ribbons.reshape(-1, 4, 3).mean(axis=1))
    assert np.linalg.norm(pixels - projected(1, POINTS[:1]), axis=1).min() < 2, "the same point lies on it"


def test_the_same_points_in_two_xrays_are_found_in_the_ct(pair):
    node = clicked(pair)
    seen = clicks.seenBy(pair, node, asTool=False)
    np.testing.assert_allclose([seen.points[n].point_ras for n in (0, 1)], POINTS, atol=1e-4)
    clicks.showClicks(pair, node, seen)
    found = handle.nodeOf(pair, clicks.POINTS)
    np.testing.assert_allclose(slicer.util.arrayFromMarkupsControlPoints(found), POINTS, atol=1e-4)
    assert "mm to expect" in found.GetNthControlPointDescription(0)
    clicks.showClicks(pair, None, None)
    assert not [role for role in handle.ownNodes(pair) if "Click" in role or "Seen" in role]


def test_the_poses_errors_count_where_they_are_known(pair):
    node = clicked(pair)
    bare = clicks.seenBy(pair, node, asTool=False).points[0].error_mm
    targetErrors.keepErrors(pair, [0, 1], True, PoseUncertainty(narrow_and_deep().covariance, np.zeros(3)))
    whole = clicks.seenBy(pair, node, asTool=False).points[0].error_mm
    assert bare < 1.5
    assert whole > 5, "six millimetres in depth of the first view are of the rig as a whole"


def test_a_tool_is_found_by_two_clicks_in_each(pair):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "clicks")
    click(node, pair, 0, *projected(0, POINTS))
    assert clicks.seenBy(pair, node, asTool=True).tool is None
    click(node, pair, 1, *projected(1, POINTS[0] + np.array([[0.3], [0.8]]) * (POINTS[1] - POINTS[0])))
    seen = clicks.seenBy(pair, node, asTool=True)
    np.testing.assert_allclose([seen.tool.start_ras, seen.tool.end_ras], POINTS, atol=1e-4)
    clicks.showClicks(pair, node, seen)
    line = handle.nodeOf(pair, clicks.TOOL)
    np.testing.assert_allclose(slicer.util.arrayFromMarkupsControlPoints(line), POINTS, atol=1e-4)


def test_what_cannot_be_found_is_said_and_breaks_nothing(pair):
    sceneView.showPose(pair, 1, oblique_pose())
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "clicks")
    pixel = projected(0, POINTS[:1])[0]
    click(node, pair, 0, pixel)
    click(node, pair, 1, (camera().width - 1 - pixel[0], pixel[1]))
    seen = clicks.seenBy(pair, node, asTool=False)
    assert not seen.points
    assert "same side" in seen.problems[0]
