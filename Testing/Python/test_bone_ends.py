"""Two clicks on a slim bone's ends: exact poses by one view and two, either way round; and registrations from them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from RayEmbRegistrationLib.evaluation.metrics import pose_errors
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.landmarks.bone_ends import TWISTS, ends_of, poses_by_ends
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, central_rotation
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.registration import register
from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_knee_phantom
from RayEmbRegistrationLib.simulation.view import simulate

CAMERA = default_camera(192)
ENDS = np.array([[5.0, -3.0, -90.0], [-8.0, 6.0, 85.0]])
ROTATION = central_rotation(VIEW_PRIORS["ap"])
DEPTHS = (500.0, 950.0)


def truth(tilt_deg: float, twist_deg: float = 20.0) -> RigidTransform:
    return pose_from_ap(ENDS.mean(axis=0), np.array([tilt_deg, twist_deg, 15.0]), np.array([10.0, -5.0, 740.0]))


def axis_error(pose: np.ndarray, wanted: RigidTransform) -> float:
    """mm by which the ends are off."""
    found = ENDS @ pose[:3, :3].T + pose[:3, 3]
    return float(np.linalg.norm(found - wanted.apply(ENDS), axis=1).max())


def test_ends_are_where_the_bone_goes_farthest():
    rng = np.random.default_rng(0)
    along, across = rng.uniform(-1, 1, 4000), rng.normal(0, 4, (4000, 2))
    shaft = np.column_stack([across, 100 * along])
    turn = RigidTransform.from_rotation_vector(np.array([0.3, -0.5, 0.9]))
    ends = ends_of(turn.apply(shaft))
    wanted = turn.apply(np.array([[0, 0, -97.0], [0, 0, 97.0]]))  # a tip of 6 mm, its mean
    gaps = np.linalg.norm(ends[:, None] - wanted, axis=2).min(axis=1)
    assert gaps.max() < 1.5  # means of some 120 points with a spread of 4 mm: 0.4 mm, and their tails
    with pytest.raises(InputProblem, match="no two ends"):
        ends_of(rng.normal(0, 10, (500, 3)))


@pytest.mark.parametrize("swap", [False, True])
def test_two_views_place_the_axis_exactly_either_way_round(swap):
    wanted = truth(25.0)
    second = RigidTransform.from_rotation_vector(np.radians([0.0, 60.0, 5.0])).matrix.copy()
    second[:3, 3] = [-640, 20, 400]
    pixels = [CAMERA.project(wanted.apply(ENDS)), CAMERA.project((RigidTransform.from_matrix(second) @ wanted).apply(ENDS))]
    if swap:
        pixels[1] = pixels[1][::-1]
    poses = poses_by_ends([CAMERA, CAMERA], [np.eye(4), second], pixels, ENDS, ROTATION, DEPTHS)
    errors = np.array([axis_error(pose, wanted) for pose in poses])
    assert (errors < 1e-6).sum() == TWISTS
    turned = [axis_error(pose, wanted @ RigidTransform.from_matrix(half_turn())) for pose in poses]
    assert (np.array(turned) < 1e-6).sum() == TWISTS
    nearest = min(RigidTransform.from_matrix(pose).rotation_angle_deg(wanted) for pose in poses)
    assert nearest <= 180 / TWISTS + 1e-6


def half_turn() -> np.ndarray:
    """(4, 4) that brings each end to the other."""
    middle, axis = ENDS.mean(axis=0), np.cross(ENDS[1] - ENDS[0], [1.0, 0, 0])
    rotation = RigidTransform.from_rotation_vector(np.pi * axis / np.linalg.norm(axis)).rotation
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, middle - rotation @ middle
    return matrix


@pytest.mark.parametrize("tilt_deg", [-20.0, 0.0, 35.0])
def test_one_view_has_a_pose_near_by_the_length(tilt_deg):
    wanted = truth(tilt_deg)
    pixels = CAMERA.project(wanted.apply(ENDS))
    poses = poses_by_ends([CAMERA], [np.eye(4)], [pixels], ENDS, ROTATION, DEPTHS)
    for pose in poses:
        shown = CAMERA.project(ENDS @ pose[:3, :3].T + pose[:3, 3])
        assert min(np.abs(shown - pixels).max(), np.abs(shown[::-1] - pixels).max()) < 1e-6
    # Depths are tried 90 mm apart: the nearest is off by half of that at most.
    assert min(axis_error(pose, wanted) for pose in poses) < 45


def test_clicks_that_make_no_sense_are_said():
    pixels = CAMERA.project(truth(0.0).apply(ENDS))
    with pytest.raises(InputProblem, match="in one place"):
        poses_by_ends([CAMERA], [np.eye(4)], [pixels[[0, 0]]], ENDS, ROTATION, DEPTHS)
    with pytest.raises(InputProblem, match="two ends"):
        poses_by_ends([CAMERA], [np.eye(4)], [pixels[:1]], ENDS, ROTATION, DEPTHS)
    with pytest.raises(InputProblem, match="no pose"):  # ten times as long as it can look
        poses_by_ends([CAMERA], [np.eye(4)], [pixels], ENDS / 10, ROTATION, DEPTHS)


@cache
def knee():
    ct = make_knee_phantom(0, 2.0)
    return ct, prepare(ct, PrepareSettings(library=False, weights="none", view="any"))


def test_a_registration_from_two_clicks_though_the_bone_is_upside_down():
    ct, prepared = knee()
    front = pose_from_ap(bone_center(ct), np.array([4.0, 10.0, -3.0]), np.array([0.0, 0.0, 765.0]))
    wanted = RigidTransform.from_rotation_vector(np.radians([0.0, 0.0, 170.0])) @ front
    view = simulate(ct, wanted, CAMERA)
    rng = np.random.default_rng(1)
    pixels = CAMERA.project(wanted.apply(ends_of(prepared.bone_points_ras))) + rng.normal(0, 2, (2, 2))
    result = register(prepared, [replace(view, ends_px=pixels)])
    assert result.method == "bone's ends"
    errors = pose_errors(result.camera_from_ras, wanted, CAMERA, prepared.bone_points_ras)
    assert errors.mrpd_mm < 0.5
    assert errors.rotation_deg < 2


def test_an_xray_has_two_ends():
    ct, _ = knee()
    with pytest.raises(InputProblem, match="two ends"):
        replace(simulate(ct, truth(0.0), CAMERA), ends_px=np.zeros((3, 2)))
