"""Targets on the X-rays: where they are drawn, with what band, what goes along, what is left out."""

import numpy as np
import pytest
from scene_cases import BALLS_RAS, camera, oblique_pose, view_data
from scene_fixtures import center_of
from target_cases import narrow_and_deep
from test_scene_saving import save_and_load

pytest_plugins = ["scene_fixtures"]
slicer = pytest.importorskip("slicer")
vtk = pytest.importorskip("vtk")
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402
from RayEmbRegistrationLib.geometry.uncertainty import PoseUncertainty  # noqa: E402
from RayEmbRegistrationScene import (  # noqa: E402
    handle,
    sceneView,
    targetDrawing,
    targetErrors,
    targets,
    targetShapes,
    targetSpread,
)
from vtk.util.numpy_support import vtk_to_numpy  # noqa: E402

COLOR = (0.1, 1.0, 0.1)
PLAIN = camera()
CAMERAS = {
    "off-centre": PLAIN,
    "mirrored": PLAIN.flip_horizontal(),
    "upside down": PLAIN.flip_vertical(),
    "a quarter turn": PLAIN.rotate90(),
}
LINE = np.array([[-40.0, 10, 20], [35, -15, -30]])


def markup(kind: str, points, color=COLOR):
    node = slicer.mrmlScene.AddNewNodeByClass(f"vtkMRMLMarkups{kind}Node", kind)
    node.CreateDefaultDisplayNodes()
    for point in points:
        node.AddControlPointWorld(vtk.vtkVector3d(*point))
    node.GetDisplayNode().SetSelectedColor(*color)
    target = targets.Target(node)
    target.tick(True)
    return target


def ball(center=(0, 0, 0), radius=20.0):
    source = vtk.vtkSphereSource()
    source.SetCenter(*center)
    source.SetRadius(radius)
    source.SetThetaResolution(60)
    source.SetPhiResolution(60)
    source.Update()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "implant")
    node.SetAndObservePolyData(source.GetOutput())
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetColor(*COLOR)
    target = targets.Target(node)
    target.tick(True)
    return target


def registered(view=None, pose=None):
    """A registration with one X-ray, in greys, so that only what is drawn on it has a colour."""
    view = view or camera()
    registration = sceneView.createRegistration()
    grey = np.tile(np.linspace(0, 60, view.width).astype(np.uint8), (view.height, 1))
    sceneView.showView(registration, 0, view_data(view, pose, image=grey, landmarks=None, drr=None, windowLevel=(0, 255)))
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    return registration


def draw(registration, *chosen, **options):
    targetDrawing.showTargets(registration, [targetShapes.shapeOf(registration, one) for one in chosen], **options)


def drawn_px(registration, role=targetDrawing.LINES):
    """(N, 2) px of the middles of the pieces drawn on the first X-ray."""
    node = handle.nodeOf(registration, f"View1.{role}.0")
    points = vtk_to_numpy(node.GetPolyData().GetPoints().GetData()).reshape(-1, 4, 3).mean(axis=1)
    return sceneView.pixelsOfPicture(registration, 0, points)


def name_on(registration) -> str:
    return handle.nodeOf(registration, "View1.TargetNames").GetNthControlPointLabel(0)


def spread(registration, target):
    known_ = targetErrors.errorsOf(registration)[0]
    targetSpread.showSpread(registration, [targetShapes.shapeOf(registration, target)], known_)


def known(registration, uncertainty=None):
    uncertainty = uncertainty or PoseUncertainty(narrow_and_deep().covariance, np.zeros(3))
    targetErrors.keepErrors(registration, [0], False, uncertainty)


def test_nothing_is_a_target_until_it_is_ticked_and_own_nodes_never_are(views):
    registration = registered()
    target = markup("Line", LINE)
    assert [one.key for one in targets.candidates()] == [target.key]
    assert [one.key for one in targets.ticked()] == [target.key]
    target.tick(False)
    assert targets.ticked() == []
    assert targets.candidates(but=[target.node]) == []
    draw(registration, target)
    assert handle.nodeOf(registration, "View1.Targets.0") is not None
    draw(registration)
    assert handle.nodeOf(registration, "View1.Targets.0") is None


@pytest.mark.parametrize("name", CAMERAS)
def test_a_point_is_seen_on_the_xray_where_it_belongs(views, name):
    """On the pixels of the view, of a C-arm that stands oblique."""
    view, pose = CAMERAS[name], oblique_pose()
    registration = registered(view)
    draw(registration, markup("Fiducial", BALLS_RAS[[4]]))
    expected = view.project(pose.apply(BALLS_RAS[4]))
    np.testing.assert_allclose(drawn_px(registration).mean(axis=0), expected, atol=1e-6)
    names = handle.nodeOf(registration, "View1.TargetNames")
    names.GetDisplayNode().SetVisibility(False)
    seen = center_of(views[0].grab(), COLOR)
    width, height = views[0].size
    ras = sceneView.pointsInPicture(registration, 0, expected[None])[0]
    node = slicer.mrmlScene.GetSingletonNode("RayEmbXRay1", "vtkMRMLSliceNode")
    toXy = vtk.vtkMatrix4x4()
    vtk.vtkMatrix4x4.Invert(node.GetXYToRAS(), toXy)
    x, y = toXy.MultiplyPoint([*ras, 1])[:2]
    scale = min(width / view.width, height / view.height)
    assert np.linalg.norm(seen - (x, height - 1 - y)) / scale < 1


@pytest.mark.parametrize("name", CAMERAS)
def test_a_line_is_drawn_straight_between_its_ends(views, name):
    view, pose = CAMERAS[name], oblique_pose()
    registration = registered(view)
    draw(registration, markup("Line", LINE))
    ends = view.project(pose.apply(LINE))
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    off = drawn_px(registration) - ends[0]
    assert np.abs(off @ (-along[1], along[0])).max() < 1e-6
    step = max(view.image_size) / 240
    assert (off @ along).min() < step
    assert (off @ along).max() > np.linalg.norm(ends[1] - ends[0]) - step


@pytest.mark.parametrize("kind", ["Curve", "ClosedCurve", "Angle", "Plane"])
def test_every_kind_of_markup_is_drawn(views, kind):
    registration = registered()
    points = np.array([[-30.0, 0, -20], [30, 5, -10], [10, -5, 30]])
    target = markup(kind, points if kind != "Plane" else points[:1])
    if kind == "Plane":
        target.node.SetNormalWorld(0.2, 1.0, -0.1)
        target.node.SetSize(50, 35)
    shape = targetShapes.shapeOf(registration, target)
    assert len(shape.lines) == 1
    if kind in ("ClosedCurve", "Plane"):
        np.testing.assert_allclose(shape.lines[0][0], shape.lines[0][-1], atol=0.2)
    draw(registration, target)
    drawn = drawn_px(registration)
    through = camera().project(oblique_pose().apply(points if kind != "Plane" else shape.lines[0][:-1]))
    away = np.linalg.norm(through[:, None] - drawn[None], axis=2).min(axis=1)
    assert away.max() < 1.5


def test_the_outline_of_a_ball_is_where_rays_touch_it(views):
    view, pose, center, radius = camera(), oblique_pose(), np.array([15.0, -10, 20]), 22.0
    registration = registered(view)
    draw(registration, ball(center, radius))
    rays = view.back_project(drawn_px(registration))
    rays /= np.linalg.norm(rays, axis=1)[:, None]
    place = pose.apply(center)
    missed = np.linalg.norm(place - (rays @ place)[:, None] * rays, axis=1)
    assert np.abs(missed - radius).max() < 0.15, "mm; the triangles' own error is 0.06"


def test_a_segment_is_drawn_as_its_outline_and_the_node_is_left_as_it_is(views):
    registration = registered()
    values = np.zeros((40, 40, 40), np.uint8)
    k, j, i = np.mgrid[:40, :40, :40]
    values[(k - 20) ** 2 + (j - 20) ** 2 + (i - 20) ** 2 < 100] = 1
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(40, 40, 40)
    from vtk.util.numpy_support import numpy_to_vtk

    image.GetPointData().SetScalars(numpy_to_vtk(values.ravel(), deep=True))
    image.SetOrigin(-40, -40, -40)
    image.SetSpacing(2, 2, 2)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "plan")
    node.CreateDefaultDisplayNodes()
    segmentId = node.AddSegmentFromBinaryLabelmapRepresentation(image, "tumour", COLOR)
    names = [node.GetSegmentation().GetNthSegmentID(0)]
    target = targets.Target(node, segmentId or names[0])
    target.tick(True)
    assert [(one.name, one.kind) for one in targets.ticked()] == [("tumour", "segment")]
    draw(registration, target)
    drawn = drawn_px(registration)
    center = camera().project(oblique_pose().apply(np.zeros(3)))
    radius = np.linalg.norm((drawn - center) * camera().pixel_spacing_mm, axis=1) * 780 / 1050
    assert np.abs(radius - 20).max() < 1.5
    assert not node.GetSegmentation().ContainsRepresentation("Closed surface")


def test_targets_follow_transforms_above_them(views):
    registration = registered()
    target = markup("Line", LINE)
    moved = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    shift = RigidTransform(translation=np.array([5.0, 20, -8]))
    moved.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(shift.matrix))
    target.node.SetAndObserveTransformNodeID(moved.GetID())
    shape = targetShapes.shapeOf(registration, target)
    np.testing.assert_allclose(shape.lines[0][[0, -1]], shift.apply(LINE), atol=1e-9)
    model = ball()
    before = vtk_to_numpy(targetShapes.surfaceOf(model).GetPoints().GetData()).mean(axis=0)
    model.node.SetAndObserveTransformNodeID(moved.GetID())
    after = vtk_to_numpy(targetShapes.surfaceOf(model).GetPoints().GetData()).mean(axis=0)
    np.testing.assert_allclose(after - before, shift.translation, atol=1e-4)


def test_a_bone_that_moved_apart_takes_its_targets_along(views):
    """The line lies in bone 2, the point does not; the user may say otherwise."""
    registration, pose = registered(), oblique_pose()
    line, point = markup("Line", LINE * 0.3), markup("Fiducial", BALLS_RAS[[1]])
    assert targetShapes.shapeOf(registration, line).bone == targets.WHOLE
    sceneView.showBoneSurface(registration, targetShapes.surfaceOf(ball(radius=25.0)), 2)
    moved = RigidTransform.from_rotation_vector((0.1, 0.2, -0.1), (4, -6, 3))
    sceneView.moveBone(registration, 2, pose, pose @ moved)
    assert targetShapes.shapeOf(registration, point).bone == targets.WHOLE
    shape = targetShapes.shapeOf(registration, line)
    assert shape.bone == "2"
    np.testing.assert_allclose(shape.lines[0][[0, -1]], moved.apply(LINE * 0.3), atol=1e-9)
    line.chooseBone(targets.WHOLE)
    assert targetShapes.shapeOf(registration, line).bone == targets.WHOLE
    line.chooseBone(None)
    assert targetShapes.shapeOf(registration, line).bone == "2"


def test_what_is_outside_the_field_is_dashed_and_what_is_behind_the_source_left_out(views):
    """The line runs out of the picture's right edge, and another one through the source."""
    registration, view, pose = registered(), camera(), oblique_pose()
    ras = pose.inverse().apply(np.array([[0.0, 0, 780], [400, 0, 780]]))
    draw(registration, markup("Line", ras))
    across = np.sort(drawn_px(registration)[:, 0])
    inside, outside = across[across < view.width - 2], across[across > view.width]
    step = max(view.image_size) / 240
    assert np.diff(inside).max() < 1.1 * step
    assert len(outside), "something is shown beyond the edge"
    assert outside.max() < view.width * 1.16
    assert np.diff(outside).max() > 2 * step, "with gaps"
    through = pose.inverse().apply(np.array([[0.0, 0, 900], [0, 10, -200]]))
    draw(registration, markup("Line", through))
    assert np.isfinite(drawn_px(registration)).all()
    draw(registration, markup("Fiducial", pose.inverse().apply(np.array([[0.0, 0, -50]]))))
    assert handle.nodeOf(registration, "View1.Targets.0") is None


def test_the_field_of_an_intensifier_ends_the_line(views):
    registration, view = registered(), camera()
    rows, columns = np.mgrid[: view.height, : view.width]
    circle = (columns - 160) ** 2 + (rows - 120) ** 2 < 60**2
    shape = targetShapes.shapeOf(registration, markup("Line", LINE * 2))
    sight = targetErrors.errorsOf(registration)[0].sight
    whole = targetDrawing.drawnOn(sight, shape, None)
    cut = targetDrawing.drawnOn(sight, shape, None, circle)
    outside = np.linalg.norm(cut.lines[:, 0] - (160, 120), axis=1) > 61
    assert 0 < outside.sum() < 0.75 * (np.linalg.norm(whole.lines[:, 0] - (160, 120), axis=1) > 61).sum()


def test_the_band_is_there_only_while_the_pose_is_the_one_it_was_said_of(views):
    registration, target = registered(), markup("Line", LINE)
    draw(registration, target)
    assert handle.nodeOf(registration, "View1.TargetBands.0") is None
    known(registration)
    draw(registration, target)
    known_ = targetErrors.errorsOf(registration)[0]
    sight, uncertainty = known_.sight, known_.drawn
    ends = sight.project(LINE)
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    off = np.abs((drawn_px(registration, targetDrawing.BANDS) - ends[0]) @ (-along[1], along[0]))
    covariance = sight.drawn_covariance(LINE.mean(axis=0)[None], uncertainty)[0]
    half = 1.96 * np.sqrt((-along[1], along[0]) @ covariance @ (-along[1], along[0]))
    assert np.median(off) == pytest.approx(half, rel=0.3)
    draw(registration, target, withBands=False)
    assert handle.nodeOf(registration, "View1.TargetBands.0") is None
    sceneView.showPose(registration, 0, RigidTransform(translation=np.array([1.0, 0, 0])) @ oblique_pose())
    draw(registration, target)
    assert handle.nodeOf(registration, "View1.TargetBands.0") is None, "nobody has judged this pose"
    assert name_on(registration) == "Line (not assessed)"
    sceneView.showPose(registration, 0, oblique_pose())
    draw(registration, target)
    assert handle.nodeOf(registration, "View1.TargetBands.0") is not None
    assert name_on(registration) == "Line"
    targetErrors.keepErrors(registration, [0], False, uncertainty, isTrusted=False)
    draw(registration, target)
    assert name_on(registration) == "Line (not trusted)"


def test_targets_and_errors_come_back_with_a_saved_scene(views, tmp_path):
    registration, target = registered(), markup("Line", LINE)
    known(registration)
    target.chooseBone("3")
    draw(registration, target)
    before = drawn_px(registration, targetDrawing.BANDS)
    roles = set(handle.ownNodes(registration))
    save_and_load(tmp_path / "scene.mrb")
    sceneView.restoreAfterLoad()
    (registration,), (target,) = sceneView.registrations(), targets.ticked()
    assert (target.name, target.chosenBone) == ("Line", "3")
    draw(registration, target)
    np.testing.assert_allclose(drawn_px(registration, targetDrawing.BANDS), before, atol=1e-3)
    assert set(handle.ownNodes(registration)) == roles, "what was drawn is found again, not drawn beside"


def test_in_3d_the_error_is_long_in_depth_and_as_the_band_when_seen_from_the_source(views):
    registration, target = registered(), markup("Fiducial", BALLS_RAS[[4]])
    spread(registration, target)
    assert handle.nodeOf(registration, targetSpread.ROLE) is None
    known(registration)
    spread(registration, target)
    node = handle.nodeOf(registration, targetSpread.ROLE)
    points = oblique_pose().apply(vtk_to_numpy(node.GetPolyData().GetPoints().GetData()))
    lengths = np.ptp(points, axis=0)
    assert lengths[2] > 4 * max(lengths[:2])
    seen = camera().project(points)
    draw(registration, target)
    band = drawn_px(registration, targetDrawing.BANDS)
    # An ellipsoid's shadow is that of 3 degrees of freedom, an ellipse in the picture that of 2.
    np.testing.assert_allclose(np.ptp(seen, axis=0) / np.ptp(band, axis=0), 2.7955 / 2.4477, rtol=0.05)
