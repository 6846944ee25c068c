"""Start poses: landmark pairs, mirrored cameras, what cannot start, and the depth that the geometry allows."""

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry, depth_seen_by_all
from RayEmbRegistrationLib.pose.landmarks.pnp import pose_from_landmarks
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.strategies.fourier_search import library_for
from RayEmbRegistrationLib.xray.view import XrayView

CAMERA = Camera.from_detector((400, 300), (0.7, 0.8), 1020.0, (190.0, 160.0))
POSE = RigidTransform.from_rotation_vector((1.3, -0.4, 0.7), (20.0, -15.0, 750.0))
POINTS = np.random.default_rng(0).uniform(-80, 80, (8, 3))


@pytest.mark.parametrize(
    "camera",
    [CAMERA, CAMERA.flip_horizontal(), CAMERA.flip_vertical(), CAMERA.rotate90()],
    ids=["", "mirrored", "upside", "turned"],
)
@pytest.mark.parametrize("count", [4, 8])
def test_exact_pairs_give_the_exact_pose(camera, count):
    points = POINTS[:count]
    found = pose_from_landmarks(camera, points, camera.project(POSE.apply(points)))
    np.testing.assert_allclose(found.matrix, POSE.matrix, atol=1e-3)  # mm; what OpenCV's iteration leaves
    assert found.rotation_angle_deg(POSE) < 1e-3


def test_points_in_a_plane_suffice():
    points = POINTS * (1, 1, 0)
    found = pose_from_landmarks(CAMERA, points, CAMERA.project(POSE.apply(points)))
    assert np.linalg.norm(found.apply(points) - POSE.apply(points), axis=1).max() < 0.01


def test_a_pixel_of_error_is_a_few_millimetres_mostly_of_depth():
    rng = np.random.default_rng(1)
    pixels = CAMERA.project(POSE.apply(POINTS)) + rng.normal(0, 1.0, (8, 2))
    shift = pose_from_landmarks(CAMERA, POINTS, pixels).apply(POINTS.mean(axis=0)) - POSE.apply(POINTS.mean(axis=0))
    assert np.hypot(*shift[:2]) < 1.0  # a pixel is 0.55 mm at the bone, over eight pairs
    assert abs(shift[2]) < 25  # a pixel of 150 across the bone, times the distance, over the square root of eight, 3 sigma


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_pairs(count):
    with pytest.raises(ValueError, match=f"{count} landmark pairs are too few .* at least 4"):
        pose_from_landmarks(CAMERA, POINTS[:count].reshape(-1, 3), np.zeros((count, 2)))


def test_pairs_on_a_line():
    points = np.linspace(-50, 50, 6)[:, None] * [0.3, 0.5, 0.8] + [10, 20, 30]
    with pytest.raises(ValueError, match="lie on a line"):
        pose_from_landmarks(CAMERA, points, CAMERA.project(POSE.apply(points)))


def test_landmarks_all_at_one_place():
    with pytest.raises(ValueError, match="landmark"):
        pose_from_landmarks(CAMERA, np.ones((5, 3)), np.full((5, 2), 100.0))


def test_depth_leaves_room_for_the_patient():
    least, most = depth_from_geometry(CAMERA)
    assert 500 < least < 600  # a C-arm of 1020 mm
    assert 900 < most < 1000


def test_depth_seen_by_all_is_where_fields_overlap():
    """Two beams that cross at right angles 700 mm from both sources; closed form for narrow fields."""
    camera = Camera.from_detector((200, 200), (1.0, 1.0), 1000.0)
    second = np.eye(4)
    second[:3, :3] = [[0, 0, -1], [0, 1, 0], [1, 0, 0]]
    second[:3, 3] = [700, 0, 700]
    least, most = depth_seen_by_all([camera, camera], [np.eye(4), second])
    # A ray at slope s <= 0.1 of the first meets the second's field |z - 700| <= 0.1 (700 + x), x = s z, at s = 0.1.
    edge = [(700 - sign * 70) / (1 + sign * 0.01) for sign in (1, -1)]
    assert least == pytest.approx(edge[0], rel=0.02)
    assert most == pytest.approx(edge[1], rel=0.02)
    np.testing.assert_allclose(depth_seen_by_all([camera] * 3, [np.eye(4), second, np.eye(4)]), (least, most))
    far_away = second.copy()
    far_away[1, 3] = 5000
    with pytest.raises(ValueError, match="do not overlap; check world_to_camera"):
        depth_seen_by_all([camera, camera], [np.eye(4), far_away])


def test_points_may_be_a_strided_view():
    points = np.repeat(POINTS, 2, axis=0)[::2]
    found = pose_from_landmarks(CAMERA, points, CAMERA.project(POSE.apply(points)))
    assert found.rotation_angle_deg(POSE) < 1e-3


def test_points_without_partners():
    with pytest.raises(ValueError, match="8 landmarks in the CT and 7 in the X-ray"):
        pose_from_landmarks(CAMERA, POINTS, np.zeros((7, 2)))


def test_landmarks_need_both_their_sides():
    with pytest.raises(ValueError, match="need their points in the CT and in the X-ray"):
        XrayView.of_camera(np.zeros((300, 400), np.float32), CAMERA, points_ras=POINTS)


def test_the_search_needs_the_view_the_ct_was_prepared_for():
    prepared = PreparedCT(torch.zeros(2, 2, 2), np.eye(4), None, POINTS, None, "ap")
    with pytest.raises(ValueError, match="must be prepared with views"):
        library_for(prepared, "ap")
    with_library = PreparedCT(torch.zeros(2, 2, 2), np.eye(4), None, POINTS, object(), "ap")
    with pytest.raises(ValueError, match="prepared for the view 'ap', not 'any'; prepare it again"):
        library_for(with_library, "any")
