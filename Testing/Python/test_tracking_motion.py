"""What frames say of the next one, and which of them are lost."""

from dataclasses import replace

import numpy as np
import pytest
from RayEmbRegistrationLib.application.track_record import read_track_file, write_track_file
from RayEmbRegistrationLib.drr.beyond import extended_at_borders
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.tracking.body import BEYOND_MM, body_of_ct
from RayEmbRegistrationLib.tracking.motion import (
    FIRST_DEVIATIONS,
    LEAST_DEVIATIONS,
    STILL_DEVIATIONS,
    Prediction,
    Seen,
    first_prediction,
    predict,
    seen_about,
)
from RayEmbRegistrationLib.tracking.outline_motion import predict_outlined
from RayEmbRegistrationLib.tracking.poses import motion_between, moved
from RayEmbRegistrationLib.tracking.track import ALIKE, GIVEN, Track, TrackedPose
from RayEmbRegistrationLib.tracking.verdict import FrameVerdict

CENTER = np.array([1.0, 2.0, 3.0])
SHARP = (np.radians(0.2), 0.2)
OPEN_MM = 20.0  # deviation of a depth


def in_depth(mm):
    return moved(RigidTransform(), CENTER, np.array([0, 0, 0, 0, 0, mm]))


def of_one_view(pose, pull_mm=0.0):
    """Seen sharply but in depth, where the X-rays alone would move it on by so much."""
    information = np.linalg.inv(np.diag([*(SHARP[0] ** 2,) * 3, 0.04, 0.04, OPEN_MM**2]))
    return Seen(pose, information, information @ np.array([0, 0, 0, 0, 0, pull_mm]))


def test_constant_velocity_is_predicted_and_surprise_widens():
    step = np.array([0.05, 0, 0.02, 1.0, 2.0, 0])
    poses = [RigidTransform()]
    for _ in range(8):
        poses.append(moved(poses[-1], CENTER, step))
    known = [(number, seen_about(pose, SHARP)) for number, pose in enumerate(poses[:8])]
    prediction = predict(known, 8, CENTER)
    away = motion_between(prediction.pose, poses[8], CENTER)
    assert np.abs(away[:3]).max() < np.radians(0.5)  # of 3 degrees a frame
    assert np.abs(away[3:]).max() < 0.4  # of 2.2 mm a frame
    back = predict(known[::-1], -1, CENTER)
    np.testing.assert_allclose(motion_between(back.pose, poses[0], CENTER), step, atol=0.4)
    jumped = [*known[:7], (7, seen_about(moved(poses[7], CENTER, np.array([0.2, 0, 0, 8.0, 0, 0])), SHARP))]
    assert (predict(jumped, 8, CENTER).deviations > 2 * prediction.deviations).all()
    assert (predict(known[:1], 2, CENTER).deviations > predict(known[:1], 1, CENTER).deviations).all()


def test_an_outline_is_predicted_at_constant_velocity_and_surprise_widens():
    step = np.array([0.05, 0, 0.02, 1.0, 2.0, 0])
    poses = [RigidTransform()]
    for _ in range(4):
        poses.append(moved(poses[-1], CENTER, step))
    known = list(enumerate(poses[:4]))
    prediction = predict_outlined(known, 4, CENTER)
    np.testing.assert_allclose(motion_between(prediction.pose, poses[4], CENTER), 0, atol=0.01)
    jumped = [*known[:3], (3, moved(poses[3], CENTER, np.array([0.2, 0, 0, 8.0, 0, 0])))]
    assert (predict_outlined(jumped, 4, CENTER).deviations > 2 * prediction.deviations).all()
    one, two = (predict_outlined(known[:1], frame, CENTER).deviations for frame in (1, 2))
    np.testing.assert_allclose(two, 2 * one)


def test_an_outline_s_prediction_is_no_surer_than_the_pose_that_it_goes_on_from():
    """A prior that takes the last pose as exact keeps its error; what one view leaves open is not let go, though."""
    past = [(n, RigidTransform()) for n in range(4)]
    unsure = predict_outlined(past, 4, np.zeros(3), (3.0, 1.5))
    np.testing.assert_allclose(unsure.deviations, np.repeat([np.radians(3.0), 1.5], 3) / np.sqrt(3))
    open_depth = predict_outlined(past, 4, np.zeros(3), (0.1, 60.0))
    np.testing.assert_allclose(open_depth.deviations, np.repeat([LEAST_DEVIATIONS[0], STILL_DEVIATIONS[1]], 3))
    nobody = predict_outlined(past, 4, np.zeros(3), (float("nan"), float("nan")))
    np.testing.assert_allclose(nobody.deviations, np.repeat(STILL_DEVIATIONS, 3))


def test_what_the_x_rays_leave_open_is_not_carried_on():
    """Two poses that differ in depth by what noise made of it are no velocity: it would add up, frame by frame."""
    known = [(number, of_one_view(in_depth(3.0 * (number == 5)))) for number in range(6)]
    depth = predict(known, 6, CENTER).pose.apply(CENTER)[2] - CENTER[2]
    assert abs(depth) < 1.0
    sharp = [(number, seen_about(seen.pose, SHARP)) for number, seen in known]
    assert predict(sharp, 6, CENTER).pose.apply(CENTER)[2] - CENTER[2] > 2.0


def test_an_error_that_all_frames_share_does_not_become_sure_by_their_number():
    known = [(number, of_one_view(in_depth(0.0), pull_mm=40.0)) for number in range(30)]
    depth = predict(known, 30, CENTER).pose.apply(CENTER)[2] - CENTER[2]
    assert abs(depth) < 3 * FIRST_DEVIATIONS[1]


def test_a_prediction_is_in_no_direction_surer_than_asked():
    sure = predict([(n, seen_about(RigidTransform(), (1e-4, 1e-3))) for n in range(9)], 9, CENTER)
    assert (sure.deviations >= np.repeat(LEAST_DEVIATIONS, 3) - 1e-9).all()
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0]
    covariance = turned @ np.diag([1e-8, 1e-6, 1e-3, 0.1, 10.0, 400.0]) @ turned.T
    wide = Prediction(RigidTransform(), covariance).no_surer_than((0.5, 0.5))
    values = np.linalg.eigvalsh(wide.covariance / 0.25)
    assert values.min() > 1 - 1e-6
    assert values.max() == pytest.approx(1600.0, rel=1e-6)


def test_both_sides_meet_where_each_is_surer():
    one, other = np.eye(6), np.eye(6)
    one[3, 3] = 9.0
    both = Prediction(in_depth(0.0), one).with_other(Prediction(in_depth(2.0), other), CENTER)
    np.testing.assert_allclose(both.pose.apply(CENTER) - CENTER, (0, 0, 1.0), atol=1e-9)
    np.testing.assert_allclose(np.diag(both.covariance), [0.5, 0.5, 0.5, 0.9, 0.5, 0.5])


def track_of(similarities):
    verdict = FrameVerdict(False, False, "", 1.2, 1.0, 2.0, 0.5, fits=True)
    track = Track(("bone",))
    for frame, value in enumerate(similarities):
        own = replace(verdict, similarity=value, fits=value >= 0.35)
        track.frames[frame] = {"bone": TrackedPose(RigidTransform(), own)}
    return track


def test_a_frame_is_lost_where_it_fits_worse_than_those_before_it():
    slowly = track_of([0.40, 0.36, 0.33, 0.31, 0.29])  # a tool that comes in
    assert slowly.followed("bone", range(5)) == [0, 1, 2, 3, 4]
    at_once = track_of([0.40, 0.38, 0.39, 0.2, 0.37])
    assert at_once.followed("bone", range(5)) == [0, 1, 2, 4]
    pose = at_once.frames[3]["bone"]
    assert not at_once.goes_with(pose, "bone", ())
    assert at_once.goes_with(replace(pose, how=GIVEN), "bone", (0, 1, 2))
    bound = ALIKE * (0.40 + 0.38 + 0.39) / 3
    near = replace(pose, verdict=replace(pose.verdict, similarity=bound + 0.001))
    assert at_once.goes_with(near, "bone", (0, 1, 2))


def test_a_pose_set_by_hand_tells_frames_beside_it_more_than_its_x_rays():
    verdict = FrameVerdict(False, False, "", 1.2, 60.0, 9.0, 0.5)
    seen = of_one_view(in_depth(0.0))
    assert TrackedPose(in_depth(0.0), verdict, seen=seen).told is seen
    by_hand = TrackedPose(in_depth(0.0), verdict, GIVEN, seen).told
    assert np.linalg.inv(by_hand.information)[5, 5] == pytest.approx(1.0)
    assert TrackedPose(in_depth(0.0), verdict).told.information.shape == (6, 6)
    assert first_prediction(in_depth(0.0)).deviations[5] == FIRST_DEVIATIONS[1]


def test_a_file_keeps_what_was_seen(tmp_path):
    track = track_of([0.4, 0.2])
    seen = of_one_view(in_depth(2.0), 3.0)
    track.frames[0]["bone"] = replace(track.frames[0]["bone"], seen=seen)
    write_track_file(tmp_path / "track.json", track)
    again = read_track_file(tmp_path / "track.json")
    np.testing.assert_allclose(again.frames[0]["bone"].seen.information, seen.information)
    np.testing.assert_allclose(again.frames[0]["bone"].seen.pull, seen.pull)
    assert again.frames[1]["bone"].seen is None
    assert [again.frames[frame]["bone"].verdict.fits for frame in (0, 1)] == [True, False]


def shaft(cut):
    """A CT of a shaft along z that ends within it, or that is cut by its lower face."""
    hu = np.full((30, 24, 24), 30.0, dtype=np.float32)
    hu[0 if cut else 8 : 22, 8:16, 8:16] = 900.0
    labels = (hu > 500).astype(np.uint16)
    matrix = np.diag([1.0, 1.0, 2.0, 1.0])
    matrix[:3, 3] = 5.0, -3.0, 7.0
    return CTVolume(hu, matrix, labels)


def test_bone_goes_on_where_its_ct_cuts_it():
    whole, cut = (body_of_ct(shaft(is_cut), "bone", 1) for is_cut in (False, True))
    assert whole.attenuation.shape[0] == 22 - 8 + 8  # as it was cropped
    column = cut.attenuation[:, cut.attenuation.shape[1] // 2, cut.attenuation.shape[2] // 2]
    beyond = int(BEYOND_MM / 2)
    assert len(column) == 22 + 4 + beyond
    assert cut.body_from_ijk[2, 3] == pytest.approx(7.0 - 2.0 * beyond)
    np.testing.assert_allclose(column[beyond], column[beyond + 5])
    assert (np.diff(column[: beyond + 1]) > 0).all()
    np.testing.assert_allclose(cut.corners[:, 2].min(), 7.0, err_msg="the body itself ends with its CT")


@pytest.mark.parametrize(("axis", "reverse"), [(0, False), (0, True), (1, True), (2, False)])
def test_every_face_may_cut(axis, reverse):
    values = np.zeros((12, 12, 12), dtype=np.float32)
    values[4:8, 4:8, 0:7] = 0.03
    values = np.moveaxis(np.flip(values, 2) if reverse else values, 2, axis)
    matrix = np.eye(4)
    result, placed = extended_at_borders(values, matrix, values > 0, 5.0)
    sums = np.moveaxis(result, axis, 0).sum(axis=(1, 2))
    sums = sums[::-1] if reverse else sums
    np.testing.assert_allclose(sums[:5] / sums[5], np.arange(1, 6) / 6, rtol=1e-5)
    shift = np.zeros(3)
    shift[2 - axis] = 0 if reverse else -5
    np.testing.assert_allclose(placed[:3, 3], shift)
