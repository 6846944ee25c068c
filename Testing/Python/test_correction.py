"""A user's word on the landmarks: pinned, dragged, rejected ones and what is held, and the pose that follows."""

from functools import cache

import numpy as np
import pytest
from RayEmbRegistrationLib.correction import solve_with_landmarks
from RayEmbRegistrationLib.detector.landmarks import Landmarks
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.xray.view import XrayView
from registration_cases import CAMERA, as_view, errors, knee, knee_pose, moved, prepared_knee, xray_of

DEPTH_HELD = RegistrationSettings(held=("depth",))
COUNT, GOOD = 60, 24


@cache
def view() -> XrayView:
    return as_view(xray_of(knee(), knee_pose()), bone_is_bright=True)


def with_start(turn_deg=(4, -6, 14), shift_mm=(14, -9, 25)) -> XrayView:
    start = moved(knee_pose(), prepared_knee().center_ras, turn_deg, shift_mm)
    return XrayView.of_camera(view().pixels, CAMERA, bone_is_bright=True, start=start)


def landmarks(good=GOOD, seed=0) -> Landmarks:
    """Detections of which the first ``good`` are right to a pixel and the others anywhere."""
    rng = np.random.default_rng(seed)
    points = prepared_knee().bone_points_ras[rng.choice(len(prepared_knee().bone_points_ras), COUNT, replace=False)]
    pixels = CAMERA.project(knee_pose().apply(points)) + rng.normal(0, 0.6, (COUNT, 2))
    pixels[good:] = rng.uniform(0, CAMERA.width, (COUNT - good, 2))
    even = np.full(COUNT, 0.5)
    return Landmarks(points, pixels, even, even, even, np.zeros(COUNT, dtype=bool), 0, 0.0, True)


def off(result):
    return errors(result.camera_from_ras, knee_pose(), prepared_knee())


def test_detections_alone_lead_to_the_pose():
    result = solve_with_landmarks(prepared_knee(), view(), landmarks())
    assert off(result).in_plane_mm < 0.5
    assert off(result).rotation_deg < 1.5
    inliers = result.views[0].landmarks.inliers
    assert inliers[:GOOD].all()
    assert inliers[GOOD:].mean() < 0.2
    assert result.quality.evidence.inlier_share == pytest.approx(inliers.mean())
    assert result.timing_s["total"] < 30


def test_four_pins_correct_what_detections_and_start_get_wrong():
    wrong = landmarks(good=4)
    lost = solve_with_landmarks(prepared_knee(), with_start((0, 0, 60), (40, 30, 0)), wrong)
    assert off(lost).in_plane_mm > 3
    assert not lost.quality.trusted
    result = solve_with_landmarks(prepared_knee(), with_start((0, 0, 60), (40, 30, 0)), wrong, dict.fromkeys(range(4)))
    assert off(result).in_plane_mm < 1
    assert off(result).rotation_deg < 2


def test_a_dragged_landmark_goes_where_it_was_put_and_a_rejected_one_has_no_say():
    marks = landmarks(good=COUNT)
    true = CAMERA.project(knee_pose().apply(marks.points_ras[:1]))[0]
    marks.pixels[0] = true + np.array([60, 40])
    dragged = solve_with_landmarks(prepared_knee(), view(), marks, {0: true}, rejected=[1, 2])
    used = dragged.views[0].landmarks
    assert len(used) == COUNT - 2
    assert np.array_equal(used.pixels[0], true)
    assert used.inliers[0]
    assert off(dragged).in_plane_mm < 0.5


def test_pins_the_image_contradicts_win_and_the_result_says_so():
    """Pins that all lie 6 mm to the side: the user sees something that the image measure does not."""
    marks = landmarks(good=COUNT)
    aside = marks.pixels[:6] + np.array([6 / 0.75 / CAMERA.pixel_spacing_mm[0], 0])
    result = solve_with_landmarks(prepared_knee(), with_start(), marks, dict(enumerate(aside)), rejected=range(6, COUNT))
    assert off(result).in_plane_mm > 4
    assert "pinned landmarks" in result.notes[0]
    assert not result.quality.trusted


def test_a_correction_is_judged_by_what_the_user_asks():
    settings = RegistrationSettings(trust="position", overlay_tolerance_mm=1e-4, position_tolerance_mm=500.0)
    quality = solve_with_landmarks(prepared_knee(), view(), landmarks(), settings=settings).quality
    assert (quality.purpose, quality.overlay.tolerance_mm, quality.position.tolerance_mm) == ("position", 1e-4, 500.0)
    assert not quality.overlay.trusted
    assert quality.overlay.probability < 0.1 < quality.position.probability


def test_what_is_held_stays():
    start = with_start(shift_mm=(6, -4, 20))
    result = solve_with_landmarks(prepared_knee(), start, landmarks(), dict.fromkeys(range(6)), settings=DEPTH_HELD)
    center = prepared_knee().center_ras
    assert result.camera_from_ras.apply(center)[2] == pytest.approx(start.start.apply(center)[2], abs=0.05)
    assert result.quality.translation_std_mm[2] == 0
    assert off(result).in_plane_mm < 1.5


def test_what_cannot_be_is_refused():
    marks = landmarks()
    with pytest.raises(ValueError, match="cannot hold roll"):
        solve_with_landmarks(prepared_knee(), view(), marks, settings=RegistrationSettings(held=("roll",)))
    with pytest.raises(ValueError, match="only with a start"):
        solve_with_landmarks(prepared_knee(), view(), marks, settings=DEPTH_HELD)
    with pytest.raises(ValueError, match="no landmark 60"):
        solve_with_landmarks(prepared_knee(), view(), marks, {60: None})
    with pytest.raises(ValueError, match="both pinned and rejected"):
        solve_with_landmarks(prepared_knee(), view(), marks, {3: None}, rejected=[3])
    with pytest.raises(ValueError, match="determine no pose"):
        solve_with_landmarks(prepared_knee(), view(), marks, rejected=range(3, COUNT))
