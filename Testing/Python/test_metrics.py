"""Pose errors against numbers worked out by hand, the summary, case folders and tables."""

import csv
import json
from dataclasses import fields

import numpy as np
import pytest
from RayEmbRegistrationLib.evaluation.cases import CaseError, find_cases
from RayEmbRegistrationLib.evaluation.metrics import PoseErrors, pose_errors, summarize
from RayEmbRegistrationLib.evaluation.table import cases_table, summary_table, text_table, write_csv
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

CAMERA = Camera.from_detector((400, 300), (0.5, 0.5), 1000.0, (180.0, 160.0))
TRUTH = RigidTransform.from_rotation_vector((0.3, -0.9, 1.1), (12.0, -8.0, 700.0))


def points_at_depth(depth=500.0):
    """RAS points that the true pose puts into one plane parallel to the detector, centroid on the axis."""
    camera_points = np.array([[-40.0, -30, depth], [40, -30, depth], [40, 30, depth], [-40, 30, depth]])
    return TRUTH.inverse().apply(camera_points)


def moved(rotation_vector=(0, 0, 0), translation=(0, 0, 0)):
    """The true pose followed by a motion in the camera frame."""
    return RigidTransform.from_rotation_vector(rotation_vector, translation) @ TRUTH


def test_no_error():
    error = pose_errors(TRUTH, TRUTH, CAMERA, points_at_depth())
    assert np.allclose([getattr(error, each.name) for each in fields(PoseErrors)], 0, atol=1e-6)


def test_shift_across_the_beam_is_magnified_on_the_detector():
    error = pose_errors(moved(translation=(3, 4, 0)), TRUTH, CAMERA, points_at_depth(500.0))
    assert error.mtre_mm == pytest.approx(5)
    assert error.mpd_mm == pytest.approx(10)  # magnification 1000 / 500
    assert error.in_plane_mm == pytest.approx(5)
    assert error.depth_mm == pytest.approx(0, abs=1e-9)
    assert error.rotation_deg == pytest.approx(0, abs=1e-5)
    assert error.dgeo_mm == pytest.approx(5)
    assert 4.98 < error.mrpd_mm <= 5  # seen slightly obliquely off the axis


def test_shift_along_the_beam_hardly_shows():
    error = pose_errors(moved(translation=(0, 0, 10)), TRUTH, CAMERA, points_at_depth(500.0))
    assert error.mtre_mm == pytest.approx(10)
    assert error.depth_mm == pytest.approx(10)
    assert error.in_plane_mm == pytest.approx(0, abs=1e-9)
    assert error.mpd_mm == pytest.approx(1000 * 50 * (1 / 500 - 1 / 510))  # every target lies 50 mm off the axis
    angle = np.arctan2(50, 500) - np.arctan2(50, 510)
    assert error.mrpd_mm == pytest.approx(np.hypot(50, 500) * np.sin(angle))


def test_turn_about_the_beam():
    angle = np.radians(2.0)
    error = pose_errors(moved((0, 0, angle)), TRUTH, CAMERA, points_at_depth(500.0))
    chord = 2 * 50 * np.sin(angle / 2)
    assert error.mtre_mm == pytest.approx(chord)
    assert error.mpd_mm == pytest.approx(2 * chord)
    assert error.rotation_deg == pytest.approx(2)
    assert error.in_plane_mm == pytest.approx(0, abs=1e-9)
    assert error.depth_mm == pytest.approx(0, abs=1e-9)
    source_moved = np.linalg.norm(moved((0, 0, angle)).inverse().translation - TRUTH.inverse().translation)
    assert source_moved == pytest.approx(0, abs=1e-9)
    assert error.dgeo_mm == pytest.approx(angle * 500)


def test_projection_distance_does_not_depend_on_the_image():
    points = points_at_depth()
    wrong = moved((0.02, -0.01, 0.03), (2, 1, 5))
    cameras = (CAMERA, CAMERA.flip_horizontal(), CAMERA.rotate90(), CAMERA.bin(2), CAMERA.crop(20, 10, 100, 100))
    errors = [pose_errors(wrong, TRUTH, camera, points) for camera in cameras]
    assert np.allclose([error.mpd_mm for error in errors], errors[0].mpd_mm)
    pixels = CAMERA.project(wrong.apply(points)) - CAMERA.project(TRUTH.apply(points))
    assert errors[0].mpd_mm == pytest.approx(np.linalg.norm(pixels * 0.5, axis=1).mean())


def test_targets_behind_the_source_count_as_failures():
    lost = RigidTransform(np.diag([1.0, -1, -1]), (0, 0, -700)) @ TRUTH
    error = pose_errors(lost, TRUTH, CAMERA, points_at_depth())
    assert np.isnan(error.mpd_mm)
    assert error.mtre_mm > 100
    assert summarize([error]).row("mpd_mm").percentiles[1] == np.inf
    with pytest.raises(ValueError, match="N x 3"):
        pose_errors(TRUTH, TRUTH, CAMERA, np.zeros((0, 3)))


def test_summary():
    errors = [
        pose_errors(moved(translation=(shift, 0, -shift)), TRUTH, CAMERA, points_at_depth())
        for shift in np.linspace(0, 9.9, 100)
    ]
    summary = summarize(errors)
    assert summary.row("in_plane_mm").percentiles == pytest.approx((2.4, 4.9, 7.4, 9.4))
    assert summary.row("depth_mm").percentiles[1] == pytest.approx(4.9)
    low, high = summary.row("in_plane_mm").median_interval
    assert 3.5 < low < 4.9 < high < 6.5
    mtre = np.linspace(0, 9.9, 100) * np.sqrt(2)
    assert summary.success == pytest.approx([(mtre < limit).mean() for limit in (1, 2, 5, 10)])
    for share, (lower, upper) in zip(summary.success, summary.success_intervals, strict=True):
        assert lower <= share <= upper
    assert summarize(errors) == summary
    with pytest.raises(ValueError, match="at least one"):
        summarize([])


def test_tables(tmp_path):
    error = pose_errors(moved(translation=(3, 4, 0)), TRUTH, CAMERA, points_at_depth())
    write_csv(tmp_path / "a" / "r.csv", {"one": error, "two": None}, {"two": {"seconds": 1.5}})
    lines = list(csv.DictReader((tmp_path / "a" / "r.csv").open()))
    assert [line["case"] for line in lines] == ["one", "two"]
    assert float(lines[0]["mtre_mm"]) == 5.0
    assert lines[1]["mtre_mm"] == ""
    assert lines[1]["seconds"] == "1.5"
    assert "5.00" in cases_table({"one": error})
    text = summary_table(summarize([error] * 3))
    assert "3 cases" in text
    assert "by mRPD" in text
    widths = {len(line.rstrip()) for line in text_table(["a", "b"], [["x", 1.0], ["long", 22.5]]).splitlines()}
    assert widths == {len("long  22.50")}


def test_case_folders(tmp_path):
    with pytest.raises(CaseError, match="no folder"):
        find_cases(tmp_path / "missing")
    with pytest.raises(CaseError, match="holds no case"):
        find_cases(tmp_path)
    (tmp_path / "b.geometry.json").write_text(json.dumps({"image": "b.png"}))
    with pytest.raises(CaseError, match=r"b\.png"):
        find_cases(tmp_path)
    for name in ("b", "a"):
        (tmp_path / f"{name}.png").write_bytes(b"")
    (tmp_path / "a.geometry.json").write_text("{}")
    (tmp_path / "a.truth.json").write_text(json.dumps({"ras_to_camera": TRUTH.matrix.tolist()}))
    a, b = find_cases(tmp_path)
    assert (a.name, b.name) == ("a", "b")
    assert np.allclose(a.truth.matrix, TRUTH.matrix)
    assert b.truth is None
    (tmp_path / "a.truth.json").write_text(json.dumps({"ras_to_camera": [[2, 0], [0, 2]]}))
    with pytest.raises(CaseError, match=r"a\.truth\.json"):
        find_cases(tmp_path)
    (tmp_path / "a.truth.json").write_text("{")
    with pytest.raises(CaseError, match="JSON"):
        find_cases(tmp_path)
