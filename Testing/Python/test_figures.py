"""Pictures: edges where the bone ends, tiles in their places, a 3D scene that agrees with its own geometry."""

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.pictures.bone_surface import BoneSurface
from RayEmbRegistrationLib.pictures.figures import (
    ORANGE,
    bone_edges,
    checkerboard_picture,
    contact_sheet,
    overlay_picture,
    save_pictures,
    xray_picture,
)
from RayEmbRegistrationLib.pictures.view3d import SceneView, choose_viewpoint, render_scene
from RayEmbRegistrationLib.simulation.cases import default_camera, pose_from_ap


def disc(size=200, radius=60.0):
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.sqrt(np.clip(radius**2 - x**2 - y**2, 0, None)), np.hypot(x, y)


def ball_volume(radius=30.0, n=64, spacing=2.0):
    matrix = np.diag([spacing, spacing, spacing, 1.0])
    matrix[:3, 3] = -(n - 1) / 2 * spacing
    distance = np.linalg.norm((np.indices((n, n, n)) - (n - 1) / 2) * spacing, axis=0)
    return CTVolume(np.zeros((n, n, n), np.int16), matrix), distance < radius


def test_edges_lie_on_the_outline():
    drr, distance = disc()
    edges = bone_edges(drr, side=200)
    drawn = edges > 0.5
    assert drawn.sum() > 300
    assert np.abs(distance[drawn] - 60).max() < 5
    assert not bone_edges(np.zeros((40, 50)), side=100).any()


def test_overlay_colours_edges_only():
    drr, distance = disc()
    image = np.random.default_rng(0).random(drr.shape)
    plain, overlay = xray_picture(image, None, 200), overlay_picture(image, None, drr, ORANGE, 200)
    far = np.abs(distance - 60) > 8
    assert np.array_equal(plain[far], overlay[far])
    assert (overlay[..., 0].astype(int) - overlay[..., 2]).max() > 150


def test_checkerboard_alternates():
    drr, _ = disc()
    image = np.linspace(0, 1, drr.size).reshape(drr.shape)
    picture = checkerboard_picture(image, None, drr, tiles=4, side=200)
    xray = xray_picture(image, None, 200)
    assert np.array_equal(picture[:50, :50], xray[:50, :50])
    assert np.array_equal(picture[50:100, 50:100], xray[50:100, 50:100])
    assert not np.array_equal(picture[:50, 50:100], xray[:50, 50:100])


def test_pictures_are_written(tmp_path):
    import cv2

    drr, distance = disc(120, 40.0)
    paths = save_pictures(tmp_path / "new", drr + 3, distance < 55, drr, "case 1, 0.3 mm")
    assert sorted(path.name for path in paths) == ["checkerboard.png", "drr.png", "overlay.png", "sheet.png", "xray.png"]
    assert cv2.imread(str(tmp_path / "new" / "overlay.png")).shape == (900, 900, 3)
    with pytest.raises(ValueError, match="same size"):
        save_pictures(tmp_path, drr, None, drr[1:])


def test_contact_sheet_takes_pictures_of_any_shape():
    panels = [("one", np.zeros((100, 150, 3), np.uint8)), ("two", np.zeros((200, 100, 3), np.uint8))]
    sheet = contact_sheet(panels, "a caption that is much longer than the sheet is wide " * 3, height=120)
    assert sheet.shape[1] == 180 + 6 + 60
    assert sheet.dtype == np.uint8


def test_ball_is_hit_where_it_is():
    volume, mask = ball_volume()
    eye = Camera.from_detector((160, 120), (1.0, 1.0), 300.0)
    pose = pose_from_ap(np.zeros(3), np.array([40.0, 25, 10]), np.array([5.0, -3, 400]))
    color, distance = BoneSurface(volume, mask).render(eye, pose)
    v, u = np.mgrid[:120, :160]
    rays = eye.back_project(np.stack([u, v], -1))
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    along = rays @ pose.translation
    inside = 30.0**2 - (pose.translation @ pose.translation - along**2)
    truth = along - np.sqrt(np.clip(inside, 0, None))
    sure = inside > 150
    assert np.isfinite(distance[sure]).all()
    assert np.abs(distance[sure] - truth[sure]).max() < 2.0  # one voxel
    assert not np.isfinite(distance[inside < -120]).any()
    assert color[sure].min() > 0.05
    with pytest.raises(ValueError, match="empty"):
        BoneSurface(volume, np.zeros_like(mask))


def test_a_large_picture_agrees_with_a_small_one():
    volume, mask = ball_volume()
    surface = BoneSurface(volume, mask)
    pose = pose_from_ap(np.zeros(3), np.zeros(3), np.array([0.0, 0, 400]))
    small = Camera.from_detector((200, 150), (1.0, 1.0), 400.0)
    _, coarse = surface.render(small, pose)
    _, fine = surface.render(small.resample(600, 450), pose)
    both = np.isfinite(coarse) & np.isfinite(fine[1::3, 1::3])
    assert both.sum() > 0.97 * np.isfinite(coarse).sum()
    assert np.median(np.abs(coarse[both] - fine[1::3, 1::3][both])) < 0.2


@pytest.mark.parametrize("angles", [(0, 0, 0), (90, 0, 0), (0, 89, 0), (-40, 30, 170)])
def test_everything_is_in_the_picture(angles):
    camera = default_camera()
    view = SceneView(camera, pose_from_ap(np.zeros(3), np.array(angles), np.array([0, 0, 750.0])))
    box = np.array(np.meshgrid([-120, 120], [-80, 80], [-100, 150])).reshape(3, -1).T
    eye, eye_from_ras = choose_viewpoint([view], box, (800, 600))
    pixels = eye.project(eye_from_ras.apply(np.vstack([box, view.source_ras, view.corners_ras])))
    assert np.isfinite(pixels).all()
    assert (pixels >= 0).all()
    assert (pixels < (800, 600)).all()
    assert np.ptp(pixels, axis=0).max() > 400
    front = -view.camera_from_ras.rotation[2] @ (eye_from_ras.inverse().translation - view.corners_ras.mean(0))
    assert front > 0


def test_scene_shows_bone_xray_and_pose_colours():
    volume, mask = ball_volume()
    camera = default_camera(64)
    pose = pose_from_ap(np.zeros(3), np.zeros(3), np.array([0, 0, 750.0]))
    wrong = RigidTransform.from_rotation_vector((0.1, 0, 0), (30, 0, 0)) @ pose
    views = [SceneView(camera, wrong, None, "initial"), SceneView(camera, pose, np.eye(64), "estimate")]
    picture = render_scene(volume, mask, views, (320, 240)).astype(int)
    assert picture.shape == (240, 320, 3)
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    assert ((blue - red > 90) & (blue > 180)).sum() > 100
    assert ((green - blue > 60) & (green > 150)).sum() > 100
    assert ((red - blue > 15) & (red > 120)).sum() > 50  # ivory
    with pytest.raises(ValueError, match="guess"):
        render_scene(volume, mask, [SceneView(camera, pose, None, "guess")], (64, 48))
