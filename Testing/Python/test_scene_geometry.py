"""Where things lie: known points projected, and found again in what the views draw."""

from dataclasses import replace

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import Camera
from scene_cases import BALLS_RAS, RADII, ball_volume, camera, oblique_pose, project_balls, view_data
from scene_fixtures import XRAY_SIZE, center_of

pytest_plugins = ["scene_fixtures"]
slicer = pytest.importorskip("slicer")
from RayEmbRegistrationScene import colors, handle, sceneView, uprightXray  # noqa: E402
from RayEmbRegistrationScene.overlay import OverlaySettings  # noqa: E402

VARIANTS = {
    "plain": camera(),
    "mirrored": camera().flip_horizontal(),
    "turned": camera().rotate90(),
    "upside down and mirrored": camera().flip_vertical(),
    "cropped": camera().crop(30, 20, 250, 190),
}


def world_points(node) -> np.ndarray:
    """(N, 3) RAS mm of a model's points, with the transform it is under."""
    points = np.array(slicer.util.arrayFromModelPoints(node), dtype=float)
    transform = node.GetParentTransformNode()
    if transform is None:
        return points
    matrix = slicer.util.arrayFromTransformMatrix(transform, toWorld=True)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def checker(view: Camera) -> np.ndarray:
    """An image that differs from all its mirror images and turns."""
    rows, columns = np.mgrid[: view.height, : view.width]
    image = 40 + 80 * ((rows // 40 + columns // 40) % 2) + 60 * columns // view.width
    image[:50, :80] = 240
    image[-30:, -60:] = 0
    return image.astype(np.uint8)


@pytest.mark.parametrize("drawn_at", [None, 1600.0])
@pytest.mark.parametrize("name", VARIANTS)
def test_frustum_and_plane_project_onto_the_image_corners(views, name, drawn_at):
    """Wherever the detector is drawn because nobody told its distance, its rays and the camera stay what they are."""
    view, pose = VARIANTS[name], oblique_pose()
    registration = sceneView.createRegistration()
    sceneView.showView(registration, 0, replace(view_data(view), detectorMm=drawn_at))
    assert sceneView.cameraOf(registration, 0).source_to_detector_mm == view.source_to_detector_mm
    distance = drawn_at or view.source_to_detector_mm
    corners = np.array([[0, 0], [view.width, 0], [view.width, view.height], [0, view.height]]) - 0.5
    frustum = world_points(handle.nodeOf(registration, "View1.Frustum"))
    np.testing.assert_allclose(frustum[0], pose.inverse().translation, atol=1e-3)
    np.testing.assert_allclose(view.project(pose.apply(frustum[1:])), corners, atol=1e-2)
    plane = pose.apply(world_points(handle.nodeOf(registration, "View1.DetectorPlane")))
    np.testing.assert_allclose(plane[:, 2], distance, atol=1e-2)
    np.testing.assert_allclose(sorted(map(tuple, np.round(view.project(plane), 1))), sorted(map(tuple, corners)), atol=0.051)
    ray = pose.apply(world_points(handle.nodeOf(registration, "View1.Source")))
    np.testing.assert_allclose(ray[-1], (0, 0, distance), atol=1e-3)


@pytest.mark.parametrize("name", VARIANTS)
def test_slice_view_shows_the_pixels_upright_and_in_place(views, name):
    view = VARIANTS[name]
    registration = sceneView.createRegistration()
    sceneView.showXray(registration, 0, view_data(view, image=checker(view), windowLevel=(0, 255)))
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    picture = views[0].grab()
    rng = np.random.default_rng(1)
    pixels = np.stack([rng.uniform(2, view.width - 3, 300), rng.uniform(2, view.height - 3, 300)], axis=1).round()
    shown = [views[0].position(point) for point in sceneView.pointsInPicture(registration, 0, pixels)]
    columns, rows = np.array(shown).T
    # Column 0 is on the left and row 0 on top, and the whole field fits.
    assert np.corrcoef(columns, pixels[:, 0])[0, 1] > 0.999
    assert np.corrcoef(rows, pixels[:, 1])[0, 1] > 0.999
    assert columns.min() > 0
    assert rows.min() > 0
    assert columns.max() < XRAY_SIZE[0]
    assert rows.max() < XRAY_SIZE[1]
    seen = picture[rows.round().astype(int), columns.round().astype(int), 0].astype(int)
    given = checker(view)[pixels[:, 1].astype(int), pixels[:, 0].astype(int)].astype(int)
    assert np.median(np.abs(seen - given)) <= 2
    assert (np.abs(seen - given) < 20).mean() > 0.95  # the rest lies at the squares' edges


@pytest.mark.parametrize("shape", [(240, 320), (60, 80), (97, 131)])
def test_drr_of_any_resolution_lies_on_the_xray(views, shape):
    view, pose = camera(), oblique_pose()
    registration = sceneView.createRegistration()
    drr = project_balls(view.resample(shape[1], shape[0]), pose)
    sceneView.showView(registration, 0, view_data(view, image=project_balls(view, pose), drr=drr, landmarks=None))
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    sceneView.setOverlay(registration, OverlaySettings("blink", drrShown=False))
    xray = views[0].grab()[..., 0].astype(float)
    sceneView.setOverlay(registration, OverlaySettings("blink", drrShown=True))
    shown = views[0].grab()[..., 0].astype(float)
    assert xray.std() > 20

    def offset(one, other):  # sub-pixel shift between two alike pictures, by their centres of mass
        rows, columns = np.mgrid[: one.shape[0], : one.shape[1]]
        return [(axis * one).sum() / one.sum() - (axis * other).sum() / other.sum() for axis in (rows, columns)]

    np.testing.assert_allclose(offset(xray, shown), 0, atol=0.4)
    assert np.corrcoef(xray.ravel(), shown.ravel())[0, 1] > 0.985


@pytest.mark.parametrize("name", VARIANTS)
def test_flat_landmarks_lie_on_their_pixels(views, name):
    from RayEmbRegistrationScene.plainData import LandmarkData

    view, pose = VARIANTS[name], oblique_pose()
    point = BALLS_RAS[:1] + 3.0
    true = view.project(pose.apply(point))
    below = np.array([0.0, 22.0])
    data = LandmarkData(point, true + below)
    registration = sceneView.createRegistration()
    image = np.zeros((view.height, view.width), np.uint8)
    given = view_data(view, image=image, windowLevel=(0, 255), landmarks=data, drr=None)
    sceneView.showView(registration, 0, given)
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    sceneView.setVisible(registration, "residuals", False)
    picture = views[0].grab()
    for color, pixel in ((colors.DETECTED, true + below), (colors.REPROJECTED, true)):
        expected = views[0].position(sceneView.pointsInPicture(registration, 0, pixel)[0])
        np.testing.assert_allclose(center_of(picture, color), expected, atol=1.5)
    sceneView.setVisible(registration, "residuals", True)
    ends = [views[0].position(sceneView.pointsInPicture(registration, 0, p)[0]) for p in (true, true + below)]
    np.testing.assert_allclose(center_of(views[0].grab(), colors.RESIDUAL), np.mean(ends, axis=0), atol=2.0)


def test_pixels_come_back_from_points_in_the_picture(views):
    registration = sceneView.createRegistration()
    sceneView.showXray(registration, 0, view_data())
    pixels = np.array([[0.0, 0], [17.25, 200.5], [319, 239]])
    points = sceneView.pointsInPicture(registration, 0, pixels)
    np.testing.assert_allclose(sceneView.pixelsOfPicture(registration, 0, points), pixels, atol=1e-9)


def test_bone_of_an_oblique_ct_lies_where_the_bone_is(views):
    values, rasFromIjk = ball_volume()
    registration = sceneView.createRegistration()
    points = world_points(sceneView.showBone(registration, values, rasFromIjk, 0.0))
    distances = np.linalg.norm(points[:, None] - BALLS_RAS, axis=2) - RADII
    assert np.abs(distances).min(axis=1).max() < 1.0  # half a voxel
    assert (np.abs(distances) < 1.0).any(axis=0).all()  # no ball is missing


def test_bone_is_averaged_down_without_moving(views):
    from RayEmbRegistrationScene.boneModel import boneSurface

    values = np.zeros((30, 40, 400), np.float32)
    values[5:25, 10:30, 100:301] = 100
    data = boneSurface(values, np.diag([0.5, 1, 1, 1.0]), 50)
    np.testing.assert_allclose(np.array(data.GetBounds())[:2], (49.75, 150.25), atol=1.0)


def test_moved_bone_projects_as_its_own_pose_says(views):
    from RayEmbRegistrationLib.geometry import RigidTransform

    view, pose = camera(), oblique_pose()
    ownPose = pose @ RigidTransform.from_rotation_vector((0.1, -0.2, 0.3), (8, -3, 5))
    labels = (ball_volume(oblique=False)[0] > 0).astype(np.uint8) * 3
    registration = sceneView.createRegistration()
    model = sceneView.showBone(registration, labels, ball_volume(oblique=False)[1], 0, label=3)
    before = world_points(model)
    sceneView.showRegistration(registration, sceneView.RegistrationData([view_data(view, bones={3: ownPose})]))
    after = world_points(handle.nodeOf(registration, "Bone3"))
    np.testing.assert_allclose(view.project(pose.apply(after)), view.project(ownPose.apply(before)), atol=1e-2)


@pytest.mark.parametrize("kind", ["bool", "int64", "float64 with holes", "big endian", "RGB", "RGBA", "one channel"])
def test_images_of_any_kind_are_shown(views, kind):
    view = camera()
    image = checker(view)
    images = {
        "bool": image > 100,
        "int64": image.astype(np.int64) * 1000,
        "float64 with holes": np.where(image == 240, np.nan, image.astype(float)),
        "big endian": image.astype(">u2"),
        "RGB": np.stack([image, image // 2, 255 - image], axis=2),
        "RGBA": np.stack([image, image // 2, 255 - image, image], axis=2),
        "one channel": image[..., None],
    }
    registration = sceneView.createRegistration()
    sceneView.showXray(registration, 0, view_data(view))  # a change of kind replaces the node
    sceneView.showXray(registration, 0, view_data(view, image=images[kind]))
    kept = uprightXray.imageOf(uprightXray.uprightXray(registration, 0))
    assert kept.shape[:2] == image.shape
    assert np.isfinite(kept).all()
    sceneView.showInSliceView(registration, 0, "RayEmbXRay1")
    assert views[0].grab().std() > 10


def test_an_image_must_fit_its_camera(views):
    registration = sceneView.createRegistration()
    with pytest.raises(ValueError, match="320 x 240"):
        sceneView.showXray(registration, 0, view_data(camera(), image=np.zeros((10, 20))))


@pytest.mark.parametrize("border", [((0, 0), (0, 0)), ((40, 0), (0, 25)), ((3, 30), (20, 4))])
def test_outlines_do_not_depend_on_how_much_of_the_field_is_empty(border):
    from RayEmbRegistrationScene.overlayPicture import edgesPicture

    v, u = np.mgrid[:90, :80].astype(np.float32)
    ball = np.sqrt(np.clip(30**2 - (v - 42) ** 2 - (u - 37) ** 2, 0, None)) + np.clip(5 - np.abs(u - 60), 0, None) * (
        np.abs(v - 42) < 30
    )
    around = np.pad(ball, border)
    alone = edgesPicture(ball)[..., 3]
    assert 0.03 < (alone > 0).mean() < 0.5
    np.testing.assert_array_equal(edgesPicture(around)[..., 3], np.pad(alone, border))
