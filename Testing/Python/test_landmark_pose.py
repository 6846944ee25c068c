"""From landmarks to poses: right ones among many wrong, several views, and no pose where none is determined."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from RayEmbRegistrationLib.detector.landmarks import Landmarks
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.landmarks.landmark_pose import ViewDetections, judged, poses_from_landmarks
from RayEmbRegistrationLib.pose.landmarks.least_squares import Bounds, Pairs, refine_pnp
from RayEmbRegistrationLib.simulation.cases import default_camera, pose_from_ap
from scipy.optimize import least_squares

CAMERA = default_camera(192)
DEPTH_MM = (540.0, 950.0)
SECOND = RigidTransform.from_rotation_vector((0, np.radians(60), 0), (-662.0, 0, 382.0))


@cache
def points():
    """Within two slabs at an angle, as an innominate bone's wings."""
    rng = np.random.default_rng(3)
    flat = rng.uniform(-1, 1, (500, 3)) * (60, 90, 6)
    turn = RigidTransform.from_rotation_vector((0.1, 0.9, 0.2)).rotation
    return np.concatenate([flat[:250] @ turn + (50, 0, 0), flat[250:] @ turn.T - (50, 10, 0)]) + np.array([15, -30, 1100])


@cache
def center():
    return (points().min(axis=0) + points().max(axis=0)) / 2


@cache
def truth():
    return pose_from_ap(center(), np.array([18.0, -12.0, 7.0]), np.array([14.0, -9.0, 780.0]))


def detected(pose, share=0.4, noise_px=2.0, seed=0, where=None, bright=False):
    """Landmarks of which a share is right but for noise; the others lie anywhere."""
    rng = np.random.default_rng(seed)
    where = points() if where is None else where
    pixels = CAMERA.project(pose.apply(where)) + rng.normal(0, noise_px, (len(where), 2))
    wrong = rng.random(len(where)) > share
    pixels[wrong] = rng.uniform(0, 191, (wrong.sum(), 2))
    probability = np.clip(np.where(wrong, 0.3, 0.6) + rng.normal(0, 0.2, len(where)), 0.01, 0.99)
    zeros = np.zeros(len(where))
    return Landmarks(where, pixels, probability, zeros, probability, zeros.astype(bool), 0, 0.0, bright)


def view_of(*detections, **about):
    return ViewDetections(CAMERA, np.eye(4), detections, **{"depth_mm": DEPTH_MM, **about})


def errors(pose, reference=None):
    """Degrees, in-plane mm, depth mm."""
    found, true = RigidTransform.from_matrix(pose), truth() if reference is None else reference
    shift = found.apply(center()) - true.apply(center())
    return found.rotation_angle_deg(true), float(np.hypot(*shift[:2])), abs(float(shift[2]))


def test_without_errors_the_pose_is_exact():
    best = poses_from_landmarks([view_of(detected(truth(), 1.0, 0.0))], center())[0]
    assert max(errors(best.pose)) < 1e-4


@pytest.mark.parametrize(("share", "noise_px"), [(0.15, 2.0), (0.4, 4.0), (0.7, 6.0)])
def test_most_landmarks_may_be_wrong(share, noise_px):
    landmarks = detected(truth(), share, noise_px, seed=1)
    best = poses_from_landmarks([view_of(landmarks)], center())[0]
    rotation, in_plane, depth = errors(best.pose)
    assert rotation < 3  # refinement on the image converges from 6
    assert in_plane < 4
    assert depth < 25
    flagged = judged(landmarks, CAMERA, truth(), 6.0)
    exact = CAMERA.project(truth().apply(points()))
    gaps = np.linalg.norm(landmarks.pixels - exact, axis=1) * 1020 / CAMERA.K[0, 0]
    assert flagged.inliers[gaps < 4].all()
    assert not flagged.inliers[gaps > 9].any()


def test_least_squares_agree_with_scipy():
    """Geman and McClure's loss, minimised by a general solver from the truth."""
    landmarks = detected(truth(), 0.7, 3.0, seed=2)
    rays = CAMERA.back_project(landmarks.pixels)[:, :2]
    pairs = Pairs(points(), rays, landmarks.probability, np.eye(4), 700.0)
    bounds = Bounds(center(), DEPTH_MM)
    ours = refine_pnp([pairs], truth().matrix, bounds, 4.0)

    def residuals(step):
        moved = RigidTransform.from_rotation_vector(step[:3], step[3:] * 100) @ RigidTransform.from_matrix(ours)
        camera_points = moved.apply(points())
        squared = ((camera_points[:, :2] / camera_points[:, 2:] - rays) ** 2).sum(axis=1) * 700.0**2 / 4.0**2
        return np.sqrt(landmarks.probability * squared / (1 + squared))

    best = least_squares(residuals, np.zeros(6), xtol=1e-12, ftol=1e-12).x
    assert np.degrees(np.linalg.norm(best[:3])) < 0.02
    moved = RigidTransform.from_rotation_vector(best[:3], best[3:] * 100)
    ours = RigidTransform.from_matrix(ours)
    assert np.linalg.norm((moved @ ours).apply(center()) - ours.apply(center())) < 0.3


def test_depth_stays_within_bounds():
    low = truth().apply(center())[2] + 40
    best = poses_from_landmarks([view_of(detected(truth(), 0.8), depth_mm=(low, low + 10))], center())[0]
    rotation, _, depth = errors(best.pose)
    assert depth == pytest.approx(40, abs=1e-6)
    assert rotation < 5


def on_a_line():
    return center() + np.linspace(-90, 90, 200)[:, None] * (0.6, 0.5, 0.62)


def in_a_plane():
    flat = points().copy()
    flat[:, 1] = center()[1] + 0.3 * (flat[:, 0] - center()[0])
    return flat


@pytest.mark.parametrize(
    "landmarks",
    [
        lambda: detected(truth(), 0.0),
        lambda: detected(truth(), 1.0, 1.0, where=on_a_line()),
        lambda: detected(truth(), 1.0, 0.5, where=in_a_plane()),
        lambda: detected(truth(), 1.0, 0.5, where=points()[::100]),
        lambda: replace(detected(truth(), 1.0), pixels=np.full((500, 2), 95.5)),
        lambda: detected(RigidTransform(truth().rotation, -truth().translation), 1.0, 0.0),
    ],
    ids=["chance", "line", "plane", "five", "one pixel", "behind the source"],
)
def test_what_determines_no_pose_gives_none(landmarks):
    assert poses_from_landmarks([view_of(landmarks())], center()) == []


def test_the_templates_view_decides_against_a_mirror_image():
    """More landmarks of a symmetric bone lie where the other side's would; together they look like a view from behind."""
    other = points().copy()
    other[:, 0] = 2 * center()[0] - other[:, 0]
    landmarks, mirrored = detected(truth(), 0.35, 1.0), detected(truth(), 1.0, 1.0, where=other)
    swapped = np.random.default_rng(5).random(len(points())) < 0.5
    landmarks = replace(landmarks, pixels=np.where(swapped[:, None], mirrored.pixels, landmarks.pixels))
    assert errors(poses_from_landmarks([view_of(landmarks)], center())[0].pose)[0] > 90
    near = RigidTransform.from_rotation_vector((0.3, -0.2, 0.0)).rotation @ truth().rotation
    best = poses_from_landmarks([view_of(landmarks, rotations=near[None])], center())[0]
    assert errors(best.pose)[0] < 4


def test_several_detections_compete():
    wrong, right = detected(truth(), 0.05, seed=3), detected(truth(), 0.5, seed=4, bright=True)
    best = poses_from_landmarks([view_of(wrong, right)], center())[0]
    assert best.bone_is_bright == (True,)
    assert errors(best.pose)[0] < 3


def test_views_of_a_rig_share_one_pose_and_find_the_depth():
    first, second = detected(truth(), 0.3, 3.0, 5), detected(SECOND @ truth(), 0.3, 3.0, 6)
    alone = poses_from_landmarks([view_of(first)], center())[0]
    views = [view_of(first), ViewDetections(CAMERA, SECOND.matrix, [detected(truth(), 0, seed=8), second], DEPTH_MM)]
    both = poses_from_landmarks(views, center())[0]
    assert errors(both.pose)[2] < min(2, errors(alone.pose)[2])
    assert errors(both.pose)[0] < 1.5
    assert both.support > 1.5 * alone.support
    assert both.bone_is_bright == (False, False)


def test_a_view_without_detections_does_not_stop_the_other():
    views = [
        ViewDetections(CAMERA, np.eye(4), [], DEPTH_MM),
        ViewDetections(CAMERA, SECOND.matrix, [detected(SECOND @ truth())], DEPTH_MM),
    ]
    assert errors(poses_from_landmarks(views, center())[0].pose)[0] < 3


def test_points_that_were_not_found_neither_vote_nor_count_as_inliers():
    landmarks = detected(truth(), 1.0, 0.5)
    half = np.arange(len(landmarks)) % 2 == 0
    # Their pixels are right, so only their score keeps them out.
    flagged = judged(replace(landmarks, scores=np.where(half, 0.8, 0.0)), CAMERA, truth(), 6.0)
    assert not flagged.inliers[~half].any()
    assert flagged.inliers[half].all()
    # And wrong pixels with no score do not disturb.
    pixels = np.where(half[:, None], landmarks.pixels, 5.0)
    few = replace(landmarks, pixels=pixels, scores=np.where(half, 0.8, 0.0))
    best = poses_from_landmarks([view_of(few)], center())[0]
    assert errors(best.pose)[0] < 0.5
