"""The camera on trial: derivatives by its values, which value is at fault, and what no view can test."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.sourced import RIG_STD
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.pose.alignment.schedule import REFINE_ONLY, refine_by_schedule
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.quality.camera_check import ACCUSED, CameraCheck, check_camera
from RayEmbRegistrationLib.quality.camera_slopes import VALUES, camera_slopes
from RayEmbRegistrationLib.quality.cells import pictures_of
from RayEmbRegistrationLib.quality.distance import with_focal
from registration_cases import (
    CAMERA,
    knee,
    knee_pose,
    knee_radiograph,
    moved,
    noise_free,
    pelvis,
    prepared_knee,
    view_of,
)
from scipy.ndimage import map_coordinates


def scene_and_pose():
    pose = moved(knee_pose(), prepared_knee().center_ras, (0.4, -0.3, 0.2), (0.3, -0.2, 1.0))
    problem = Problem((View(knee_radiograph(), np.eye(4)),), prepared_knee(), Limits(prepared_knee().center_ras))
    return problem, Poses.of(pose)


def changed(field: Camera, crop: Camera, change: dict) -> Camera:
    """The crop's camera with the whole X-ray's camera changed."""
    K = np.array(field.K)
    if "distance" in change:
        K[:2, :2] *= np.exp(change["distance"])
    if "aspect" in change:
        K[0, :2] *= np.exp(change["aspect"] / 2)
        K[1, :2] *= np.exp(-change["aspect"] / 2)
    K[:2, 2] += change.get("column", 0.0), change.get("row", 0.0)
    return replace(crop, K=crop.K @ np.linalg.inv(field.K) @ K)


@pytest.mark.parametrize(("name", "step"), [("distance", 0.002), ("aspect", 0.002), ("column", 0.05), ("row", 0.05)])
def test_derivatives_by_a_cameras_values_are_what_other_cameras_show(name, step):
    problem, pose = scene_and_pose()
    with torch.no_grad():
        picture = pictures_of(problem, pose)[0]
        level = picture.level
        centers = pose.centers(problem.limits.center_ras)
        slopes = camera_slopes(level.camera, level.field, picture.jacobians, centers)[0, VALUES.index(name)].numpy()
        drawn = [
            level.projector.render(pose, changed(level.field, level.camera, {name: sign * step}))[0].numpy()
            for sign in (1, -1)
        ]
    seen = (drawn[0] - drawn[1]) / (2 * step)
    # Between two voxels the derivative jumps, which a difference smears: hence not exactly.
    assert np.sqrt(np.mean((slopes - seen) ** 2)) < 0.06 * np.sqrt(np.mean(seen**2))


def test_the_derivative_by_distortion_is_what_a_distorted_ray_sees():
    """A ray at a time: a pixel of the distorted image shows what the undistorted one shows farther in."""
    problem, pose = scene_and_pose()
    k1 = 0.003
    with torch.no_grad():
        picture = pictures_of(problem, pose)[0]
        level, field = picture.level, picture.level.field
        centers = pose.centers(problem.limits.center_ras)
        slopes = camera_slopes(level.camera, field, picture.jacobians, centers)[0, VALUES.index("radial")].numpy()
        share = np.abs(slopes).ravel().astype(float)
        chosen = np.random.default_rng(0).choice(share.size, 80, p=share / share.sum())
        compared = []
        for row, column in zip(*np.divmod(chosen, slopes.shape[1]), strict=True):
            at = np.linalg.inv(level.camera.K) @ (column, row, 1.0)
            r2 = np.sum((field.K[:2, :2] @ at[:2]) ** 2) / (np.hypot(*field.image_size) / 2) ** 2
            values = []
            for sign in (1, -1):
                inner = level.camera.K @ np.array([*(at[:2] * (1 - sign * k1 * r2)), 1.0])
                one = level.camera.crop(int(column), int(row), 1, 1)
                one = replace(one, K=one.K + np.array([[0, 0, column - inner[0]], [0, 0, row - inner[1]], [0, 0, 0]]))
                values.append(float(level.projector.render(pose, one)[0, 0, 0]))
            compared.append((slopes[row, column], (values[0] - values[1]) / (2 * k1)))
    found, seen = np.array(compared).T
    assert np.sqrt(np.mean((found - seen) ** 2)) < 0.04 * np.sqrt(np.mean(seen**2))


def side_pose():
    return view_of(knee(), (-56.0, -11.0, 5.0), (6.0, -5.0, 755.0))


@cache
def prepared_pelvis():
    """Without a bank of views, which nothing here looks at."""
    return prepare(pelvis(), PrepareSettings(library=False))


@cache
def pictures(name: str):
    """Noise-free X-rays and their true poses, by another projector than the one that registers."""
    if name == "pelvis":
        pose = view_of(pelvis())
        return prepared_pelvis(), (noise_free(prepared_pelvis(), pose),), (pose,)
    poses = (knee_pose(), side_pose())
    return prepared_knee(), tuple(noise_free(prepared_knee(), pose) for pose in poses), poses


def checked(
    name: str, cameras=None, images=None, off=None, geometry=None, beside=(0, 0, 0)
) -> tuple[CameraCheck, RigidTransform]:
    """What is said of the X-rays with other cameras, images or places, refined from the true pose."""
    prepared, radiographs, poses = pictures(name)
    off = (RigidTransform(), off or RigidTransform())
    views = []
    for number, (radiograph, pose) in enumerate(zip(radiographs, poses, strict=True)):
        camera = radiograph.camera if cameras is None else cameras[number]
        image = radiograph.image if images is None else images[number]
        place = off[number] @ pose @ poses[0].inverse()
        views.append(View(replace(radiograph, camera=camera, image=image), place.matrix, geometry=geometry))
    problem = Problem(tuple(views), prepared, Limits(prepared.center_ras))
    with torch.no_grad():
        start = RigidTransform(poses[0].rotation, poses[0].translation + np.array(beside))
        solution = refine_by_schedule(problem, Poses.of(start), REFINE_ONLY, np.random.default_rng(0))
        return check_camera(problem, solution.pose, np.arange(6)), solution.pose.rigid[0]


def with_aspect(camera: Camera, log: float) -> Camera:
    return replace(camera, K=np.diag([np.exp(log / 2), np.exp(-log / 2), 1.0]) @ camera.K + with_shift(camera, log))


def with_shift(camera: Camera, log: float) -> np.ndarray:
    """What keeps the principal point in place."""
    shift = np.zeros((3, 3))
    shift[:2, 2] = camera.K[:2, 2] * (1 - np.exp([log / 2, -log / 2]))
    return shift


def distorted(image: np.ndarray, k1: float) -> np.ndarray:
    """By r (1 + k1 r^2), r in halves of the diagonal; for a small k1."""
    row, column = np.indices(image.shape, dtype=float)
    middle = (np.array(image.shape) - 1) / 2
    y, x = row - middle[0], column - middle[1]
    inner = 1 - k1 * (x * x + y * y) / (np.hypot(*image.shape) / 2) ** 2
    return map_coordinates(image, [y * inner + middle[0], x * inner + middle[1]], order=3, mode="nearest").astype(np.float32)


@pytest.mark.parametrize("name", ["pelvis", "knee"])
def test_a_right_camera_is_not_accused(name):
    check, _ = checked(name)
    assert check.suspects
    assert not check.contradicts
    assert check.accused == ()
    assert min(suspect.probability for suspect in check.suspects) > ACCUSED


@pytest.mark.parametrize("log", [0.02, -0.02])
def test_pixels_that_are_not_square_are_named(log):
    check, _ = checked("pelvis", [with_aspect(CAMERA, log)])
    assert check.accused[0].kind == "aspect"
    assert check.accused[0].estimate[0] == pytest.approx(-log, rel=0.4)  # without noise a step goes farther than it should
    shape = "wider than high" if log > 0 else "higher than wide"
    assert shape in check.sentence
    assert "check the pixel spacing" in check.sentence


@pytest.mark.parametrize("k1", [0.05, -0.05])
def test_a_distorted_image_is_named_and_not_its_distance(k1):
    _, (radiograph,), _ = pictures("pelvis")
    check, _ = checked("pelvis", images=[distorted(radiograph.image, k1)])
    assert [suspect.kind for suspect in check.accused] == ["radial"]
    assert check.accused[0].estimate[0] == pytest.approx(k1, abs=0.02)
    assert ("pincushion" if k1 > 0 else "barrel") in check.sentence
    assert "undistort" in check.sentence


@pytest.mark.parametrize("ratio", [1.04, 0.96])
def test_a_wrong_distance_is_named_and_not_a_distortion(ratio):
    check, _ = checked("pelvis", [with_focal(CAMERA, ratio)])
    assert check.accused[0].kind == "distance"
    assert f"than with the {1020 * ratio:.0f} mm given" in check.sentence


@pytest.mark.parametrize("shift", [(0.0, 10.0, 0.0), (3.0, -9.0, 2.0)])
def test_a_camera_beside_its_place_in_the_rig_is_named(shift):
    check, _ = checked("knee", off=RigidTransform(np.eye(3), np.array(shift)))
    assert check.accused[0].kind == "rig"
    assert check.accused[0].view == 1
    assert "the second camera seems" in check.sentence
    assert "check both cameras' places in the rig (world_to_camera)" in check.sentence


def test_a_principal_point_that_was_assumed_makes_the_place_uncertain_and_hardly_the_picture():
    """10 mm on the detector are 7.5 mm at the bone, 765 mm of 1020 mm away; half a millimetre of a calibration is 0.4 mm."""
    for origin, on_detector in (("assumed", 10.0), ("file", 0.5)):
        check, found = checked("pelvis", geometry=XrayGeometry.of_camera(CAMERA, origin))
        deviation = np.sqrt(np.diag(check.pose_covariance))
        depth = found.apply(prepared_pelvis().center_ras)[2]
        assert deviation[3:5] == pytest.approx(on_detector * depth / 1020, rel=0.15)


def test_the_pose_goes_where_a_wrong_principal_point_sends_it():
    """Found with a principal point 10 mm off, the bone is as far beside its place as the response says."""
    camera = replace(CAMERA, K=CAMERA.K + np.array([[0, 0, 10 / CAMERA.pixel_spacing_mm[0]], [0, 0, 0], [0, 0, 0]]))
    check, found = checked("pelvis", [camera], geometry=XrayGeometry.of_camera(camera, "assumed"), beside=(-7.5, 0, 0))
    truth, center = view_of(pelvis()), prepared_pelvis().center_ras
    beside = (truth.apply(center) - found.apply(center))[0]
    assert abs(beside) == pytest.approx(7.5, abs=0.5)
    assert np.sqrt(check.pose_covariance[3, 3]) == pytest.approx(abs(beside), rel=0.15)


def test_an_uncertain_distance_is_an_uncertain_depth():
    typed, _ = checked("pelvis", geometry=XrayGeometry.of_camera(CAMERA, "typed"))
    known, _ = checked("pelvis", geometry=XrayGeometry.of_camera(CAMERA, "file"))
    assert 3 * known.pose_covariance[5, 5] < typed.pose_covariance[5, 5]
    assert 2 < np.sqrt(typed.pose_covariance[5, 5]) < 8.5  # 1 % of 765 mm, less what perspective shows


def test_how_well_a_rig_is_known_can_be_said():
    geometry = XrayGeometry.of_camera(CAMERA, "file")
    assert geometry.rig_std is None
    poor = geometry.with_values(rig_std=(1.0, 5.0))
    assert poor.rig_std == (1.0, 5.0)
    assert RIG_STD == (0.33, 0.56)
    usual, _ = checked("knee", geometry=geometry)
    loose, _ = checked("knee", geometry=poor)
    assert np.trace(loose.pose_covariance[3:, 3:]) > np.trace(usual.pose_covariance[3:, 3:])
