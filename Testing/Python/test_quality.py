"""What a result says of itself: uncertainty that means something, and wrong answers that look right."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from long_form import short_or_long
from quality_scenes import SETTINGS, front_view, pair, registered, registered_pair, side_pose, start
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import evaluate
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.settings import OVERLAY, POSITION
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.quality.assessment import Demand, quality_from
from RayEmbRegistrationLib.quality.calibration import read_calibration
from RayEmbRegistrationLib.quality.cells import JUDGING_LEVEL, cells_of, pictures_of
from RayEmbRegistrationLib.quality.competing_poses import mirror_image
from RayEmbRegistrationLib.quality.distance import DistanceCheck, check_distance, with_focal
from RayEmbRegistrationLib.registration import register
from RayEmbRegistrationLib.xray.view import XrayView
from registration_cases import (
    CAMERA,
    as_view,
    errors,
    knee_pose,
    knee_radiograph,
    moved,
    noise_free,
    pelvis,
    prepared_knee,
    prepared_pelvis,
    view_of,
    with_camera,
    xray_of,
)

RATIOS = short_or_long([1.05], [1.05, 0.95])
"""Of a source distance that is wrong, to the true one."""


def with_distance(view, ratio):
    return with_camera(view, with_focal(CAMERA, ratio))


def scene_and_pose():
    pose = Poses.of(moved(knee_pose(), prepared_knee().center_ras, (0.4, -0.3, 0.2), (0.3, -0.2, 1.0)))
    views = tuple(View(knee_radiograph(), m) for m in (np.eye(4), (side_pose() @ knee_pose().inverse()).matrix))
    prepared = prepared_knee()
    return Problem(views, prepared, Limits(prepared.center_ras)), pose


def test_uncertainty_is_of_the_size_of_the_error_and_largest_in_depth():
    result = registered()
    deviation = errors(result.camera_from_ras, knee_pose(), prepared_knee())
    quality = result.quality
    assert quality.rotation_std_deg.shape == quality.translation_std_mm.shape == (3,)
    assert (quality.rotation_std_deg > 0).all()
    across = np.hypot(*quality.translation_std_mm[:2])
    assert quality.translation_std_mm[2] > 5 * across  # source far, bone slim: depth is 10 to 20 times as uncertain
    assert quality.expected_depth_mm > 2 * quality.expected_in_plane_mm  # the start, good to 10 mm, holds it
    assert deviation.in_plane_mm < 4 * quality.expected_in_plane_mm
    assert 0.2 * quality.expected_in_plane_mm < deviation.in_plane_mm + 0.1
    assert abs(deviation.depth_mm) < 5 * quality.expected_depth_mm
    assert quality.expected_mtre_mm < 10
    assert quality.probability_below_2mm == pytest.approx(quality.probability_below(2.0))
    assert quality.probability_below(0.01) < quality.probability_below(2.0) < quality.probability_below(20.0)


def test_two_views_are_trusted_and_certain_of_depth():
    result = registered_pair()
    assert errors(result.camera_from_ras, knee_pose(), prepared_knee()).mtre_mm < 1.5
    quality = result.quality
    assert quality.trusted, quality.reason
    assert quality.expected_depth_mm < 0.5 * registered().quality.expected_depth_mm
    assert quality.expected_mtre_mm < 2
    assert result.timing_s["quality"] > 0


def test_the_purpose_and_its_tolerance_decide():
    """One view of a knee shows where to draw it, and little of its depth."""
    evidence, calibration = registered().quality.evidence, read_calibration()
    usual = quality_from(evidence, calibration)
    assert usual.purpose == OVERLAY
    assert usual.trusted == usual.overlay.trusted is True, usual.reason
    assert usual.overlay.bound_mm < 2.0 < usual.position.bound_mm
    strict = quality_from(evidence, calibration, Demand(OVERLAY, overlay_mm=0.05))
    assert not strict.trusted
    assert "may be off by" in strict.reason
    assert strict.overlay.tolerance_mm == 0.05
    assert strict.overlay.probability < usual.overlay.probability
    in_space = quality_from(evidence, calibration, Demand(POSITION, position_mm=1.0))
    assert not in_space.trusted
    assert "add a second view" in in_space.reason
    assert in_space.overlay == usual.overlay  # each is judged, whatever is asked
    assert registered_pair().quality.purpose == POSITION


def test_a_noisy_xray_agrees_less_and_is_less_certain():
    clear, noisy = registered().quality, registered(60.0).quality
    assert noisy.similarity < clear.similarity - 0.02
    assert noisy.expected_in_plane_mm > clear.expected_in_plane_mm
    assert noisy.probability_below_2mm < clear.probability_below_2mm


def test_a_wrong_source_distance_goes_into_depth_and_a_single_view_says_that_it_cannot_tell():
    """5 % of the source-to-detector distance is 5 % of depth, 38 mm. The image agrees all the same."""
    settings = replace(SETTINGS, depth_mm=(700.0, 900.0))
    wrong = register(prepared_knee(), [with_distance(front_view(), 1.05)], settings)
    deviation = errors(wrong.camera_from_ras, knee_pose(), prepared_knee())
    assert 20 < deviation.depth_mm < 56
    assert wrong.quality.similarity > registered().quality.similarity - 0.1
    assert deviation.mpd_mm < 5
    assert not wrong.quality.position.trusted
    assert not wrong.quality.evidence.distance.excludes  # a knee is too slim to show it: perspective hardly changes


@pytest.mark.parametrize("ratio", RATIOS)
def test_two_views_find_out_a_wrong_source_distance(ratio):
    quality = register(prepared_knee(), [with_distance(view, ratio) for view in pair()], SETTINGS).quality
    assert not quality.trusted
    assert "the views agree better with a source-to-detector distance of about" in quality.reason
    said = float(quality.reason.split("about ")[1].split(" mm")[0])
    assert said == pytest.approx(1020, abs=35)  # the given one is 51 mm off
    assert registered_pair().quality.evidence.distance.excludes


@pytest.mark.parametrize("ratio", RATIOS)
def test_one_view_of_a_pelvis_shows_a_wrong_source_distance(ratio):
    """A start that was made with the wrong camera is as far off in depth, and does not give it away: perspective does."""
    prepared, truth = prepared_pelvis(), view_of(pelvis())
    depth = truth.apply(prepared.center_ras)[2]
    start = RigidTransform(truth.rotation, truth.translation + np.array([0, 0, depth * (ratio - 1)]))
    sharp = Camera.from_detector((320, 320), (0.875, 0.875), 1020.0)
    wrong = with_focal(sharp, ratio)
    view = as_view(xray_of(pelvis(), truth, sharp), wrong, bone_is_bright=True, start=start)
    quality = register(prepared, [view], SETTINGS).quality
    assert quality.similarity > 0.5
    assert not quality.position.trusted
    assert quality.evidence.distance.contradicts, quality.evidence.distance
    assert f"than with the {1020 * ratio:.0f} mm given" in quality.position.reason
    right = register(prepared, [replace(with_camera(view, sharp), start=truth)], SETTINGS).quality
    assert right.evidence.distance.excludes, right.evidence.distance
    assert right.position.trusted, right.position.reason


def test_the_estimated_distance_is_the_one_that_made_the_picture():
    """Without noise, and the pose that suits: what is left is perspective."""
    prepared, truth = prepared_pelvis(), view_of(pelvis())
    picture = noise_free(prepared, truth)
    for ratio in (1.03, 0.97):
        wrong = replace(picture, camera=with_focal(picture.camera, ratio))
        depth = truth.apply(prepared.center_ras)[2]
        pose = RigidTransform(truth.rotation, truth.translation + np.array([0, 0, depth * (ratio - 1)]))
        problem = Problem((View(wrong, np.eye(4)),), prepared, Limits(prepared.center_ras))
        with torch.no_grad():
            found = check_distance(problem, Poses.of(pose), np.arange(6))
        assert found.ratio == pytest.approx(-np.log(ratio), abs=0.012)
        assert found.std < 0.015


def test_a_depth_far_from_the_start_is_no_accident():
    """5 % of distance are 38 mm of depth; a start is meant to be good to 10."""
    quality = register(prepared_knee(), [with_distance(front_view(), 1.05)], SETTINGS).quality
    assert not quality.position.trusted
    assert quality.evidence.off_start > registered().quality.evidence.off_start + 0.5
    assert not registered().quality.evidence.at_limit


def test_a_mirrored_xray_is_not_trusted_and_its_mirror_image_fits_better():
    """The likeliest start for a mirrored image: the pose that would look the same, were the knee symmetric."""
    view = front_view()
    problem, pose = scene_and_pose()
    mirrored = mirror_image(problem, pose)[1].rigid[0]
    flipped = replace(view, pixels=view.pixels[:, ::-1].copy(), start=mirrored)
    quality = register(prepared_knee(), [flipped], replace(SETTINGS, mirrored=False)).quality
    assert not quality.trusted
    assert quality.evidence.competing.mirrored > 1.1
    assert registered().quality.evidence.competing.mirrored < 0.9


def test_a_bone_that_is_its_own_mirror_image_cannot_tell_left_from_right_and_says_so():
    half = pelvis().hu.shape[2] // 2
    hu, labels = (volume[:, :, :half] for volume in (pelvis().hu, pelvis().labels))
    hu, labels = (np.concatenate([side, side[:, :, ::-1]], axis=2) for side in (hu, labels))
    ct = CTVolume(hu, pelvis().ras_from_ijk, labels)
    prepared, pose = prepare(ct, PrepareSettings(library=False)), view_of(ct)
    near = moved(pose, prepared.center_ras, (0.5, -0.5, 0.5), (0.5, -0.5, 1.0))
    quality = register(prepared, [as_view(xray_of(ct, pose), bone_is_bright=True, start=near)], SETTINGS).quality
    assert quality.evidence.competing.mirrored == pytest.approx(1.0, abs=0.05)
    assert quality.trusted  # the pose is right
    assert "flipped left to right" in quality.reason
    assert "flipped left to right" not in registered().quality.reason  # of a knee on one side


@pytest.mark.parametrize("turned_deg", short_or_long([40.0], [0.0, 40.0]))
def test_a_round_shaft_is_not_trusted_however_it_is_turned(turned_deg):
    """Any turn about its axis looks the same."""
    k, j, i = np.mgrid[:120, :48, :48]
    radius = np.hypot(j - 23.5, i - 23.5)
    shell = (radius < 11) & (radius >= 6) & (k > 4) & (k < 116)
    hu = np.where(shell, 1200, np.where(radius < 6, 100, 0)).astype(np.int16)
    placed = np.diag([-1.0, -1, 1, 1])
    placed[:3, 3] = 24, 24, -60
    ct = CTVolume(hu, placed, shell.astype(np.uint8))
    prepared, pose = prepare(ct, PrepareSettings(library=False)), view_of(ct)
    axis = pose.rotation[:, 2]
    near = moved(pose, prepared.center_ras, turned_deg * axis + 0.5, (0.5, -0.5, 1.0))
    result = register(prepared, [as_view(xray_of(ct, pose), bone_is_bright=True, start=near)], SETTINGS)
    assert not result.quality.trusted


def test_a_pose_beside_the_right_one_is_not_trusted():
    away = moved(knee_pose(), prepared_knee().center_ras, (0, 0, 12), (14, 0, 0))
    result = register(prepared_knee(), [replace(front_view(), start=away)], SETTINGS)
    assert errors(result.camera_from_ras, knee_pose(), prepared_knee()).in_plane_mm > 3
    assert not result.quality.trusted
    assert result.quality.probability_below_2mm < 0.3


def test_what_does_not_fit_says_what_to_do():
    view = XrayView.of_camera(np.random.default_rng(0).normal(1000, 50, CAMERA.image_size).astype(np.float32), CAMERA)
    quality = register(prepared_knee(), [replace(view.with_geometry(bone_is_bright=True), start=start())], SETTINGS).quality
    assert not quality.trusted
    assert "check camera, polarity" in quality.reason
    assert -1 <= quality.similarity < 0.4


def test_cells_add_up_to_the_objective():
    problem, pose = scene_and_pose()
    with torch.no_grad():
        cells = cells_of(pictures_of(problem, pose))
        agreement = evaluate(make_level_views(problem.views, problem.prepared, pose, JUDGING_LEVEL), pose, problem.limits)
    hessian = sum(view.hessians.sum(axis=0) for view in cells)[:6, :6]
    scale = np.sqrt(np.diag(agreement.hessian[0].numpy()))
    assert np.abs((hessian - agreement.hessian[0].numpy()) / np.outer(scale, scale)).max() < 1e-4
    gradient = sum(view.gradients.sum(axis=0) for view in cells)[:6]
    assert np.abs((gradient - agreement.gradient[0].numpy()) / scale).max() < 1e-3
    energy = sum(view.energy.sum() for view in cells)
    assert energy == pytest.approx(float(agreement.drr_energy[0]), rel=1e-4)


@pytest.mark.parametrize(
    ("ratio", "std", "contradicts", "excludes"),
    [
        *((0.0, 0.01, False, True), (0.048, 0.01, True, False), (-0.048, 0.01, True, False), (0.024, 0.01, False, False)),
        *((0.0, 0.1, False, False), (0.048, 0.1, False, False)),
    ],
)
def test_a_distance_is_doubted_or_upheld_only_by_what_is_seen(ratio, std, contradicts, excludes):
    """Of two distances 5 % apart the nearer one is likelier, and halfway between, or where nothing is seen, neither."""
    check = DistanceCheck(ratio, std)
    assert (check.contradicts, check.excludes) == (contradicts, excludes)


def test_the_derivative_by_distance_is_what_a_longer_and_a_shorter_focal_length_show():
    """The crop's camera stretches about the whole image's principal point, the bone goes along in depth."""
    problem, pose = scene_and_pose()
    change = 0.002
    with torch.no_grad():
        for picture, view in zip(pictures_of(problem, pose), problem.views, strict=True):
            camera, placed = picture.level.camera, pose.seen_from(view.camera_from_first)
            drawn = []
            for ratio in (1 + change, 1 - change):
                affine = camera.K @ np.linalg.inv(CAMERA.K)
                longer = Camera(affine @ CAMERA.K @ np.diag([ratio, ratio, 1]), camera.image_size, (1.0, 1.0), 1020.0)
                farther = placed.shifted(torch.tensor([[0, 0, (ratio - 1) * picture.depth_mm]]))
                drawn.append(picture.level.projector.render(farther, longer)[0])
            expected = (drawn[0] - drawn[1]) / (np.log1p(change) - np.log1p(-change))
            # Between two voxels the derivative jumps, which a difference smears: hence not exactly.
            off = (picture.by_zoom[0, 0] - expected).square().mean().sqrt() / expected.square().mean().sqrt()
            assert off < 0.03, off


def test_the_mirror_image_of_a_pose_is_seen_at_the_same_place():
    problem, pose = scene_and_pose()
    other, mirrored = mirror_image(problem, pose)
    center, across = (
        problem.limits.center_ras,
        problem.limits.center_ras + np.array([0, 25.0, 40.0]),
    )  # in the plane of symmetry
    for point in (center, across):
        seen = problem.views[0].radiograph.camera.project((pose.numpy[0] @ np.append(point, 1))[:3])
        again = other.views[0].radiograph.camera.project((mirrored.numpy[0] @ np.append(point, 1))[:3])
        assert np.allclose(seen, again, atol=1e-6)
