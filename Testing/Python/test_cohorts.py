"""Simulated cohorts: the same files every time, exact truth, two views as a calibrated rig; and the phantoms behind them."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from RayEmbRegistrationLib.drr import JosephProjector
from RayEmbRegistrationLib.evaluation import cohorts
from RayEmbRegistrationLib.evaluation.cases import find_cases
from RayEmbRegistrationLib.files.camera import read_camera
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.cases import bone_center
from RayEmbRegistrationLib.simulation.phantoms.more_phantoms import (
    FEMUR_LABELS,
    SPINE_LABELS,
    make_femur_phantom,
    make_spine_phantom,
)
from RayEmbRegistrationLib.volumes.reading import read_ct


def quick_line_integrals(values, ras_from_ijk, camera, pose):
    return JosephProjector(values, ras_from_ijk).render(pose, camera)[0].numpy()


def coarse_femur(seed):
    return make_femur_phantom(seed, spacing_mm=6.0)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(cohorts.PHANTOMS, "femur", coarse_femur)
    return replace(cohorts.COHORTS["femur-easy"], patients=1, cases=2, pixels=40)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".png", ".json")}


def test_cohorts_differ_and_cover_what_is_promised():
    assert len(cohorts.COHORTS) == 20
    assert len({cohort.seed for cohort in cohorts.COHORTS.values()}) == 20
    assert {cohort.anatomy for cohort in cohorts.COHORTS.values()} == {"pelvis", "femur", "knee", "wrist", "spine"}
    assert sum(c.two_views for c in cohorts.COHORTS.values()) == sum(c.hard for c in cohorts.COHORTS.values()) == 10


def test_a_cohort_is_the_same_every_time_and_can_be_resumed(small, tmp_path):
    (first,) = cohorts.write_cohort(tmp_path / "one", small, line_integrals=quick_line_integrals)
    written = contents(first)
    assert [case.name for case in find_cases(first)] == ["case00", "case01"]
    (first / "case00.truth.json").unlink()
    kept = (first / "case01.png").stat().st_mtime_ns
    cohorts.write_cohort(tmp_path / "one", small, line_integrals=quick_line_integrals)
    assert contents(first) == written
    assert (first / "case01.png").stat().st_mtime_ns == kept
    (other,) = cohorts.write_cohort(tmp_path / "two", replace(small, seed=5), line_integrals=quick_line_integrals)
    assert contents(other)["case00.png"] != written["case00.png"]


def test_truth_and_ct_agree_with_the_picture(small, tmp_path):
    (folder,) = cohorts.write_cohort(tmp_path, small, line_integrals=quick_line_integrals)
    ct = read_ct(folder / "ct.nii.gz", folder / "labels.nii.gz").volume
    original = coarse_femur(7000 + 10 * small.seed)
    np.testing.assert_allclose(ct.ras_from_ijk, original.ras_from_ijk, atol=1e-4)
    np.testing.assert_array_equal(ct.labels, original.labels)
    for case in find_cases(folder):
        camera = read_camera(case.geometry_path, (40, 40)).camera
        u, v = camera.project(case.truth.apply(bone_center(ct)))
        assert 0 < u < 39
        assert 0 < v < 39


def test_two_views_are_a_rig_that_does_not_tell_the_truth(small, tmp_path):
    (folder,) = cohorts.write_cohort(tmp_path, replace(small, two_views=True), line_integrals=quick_line_integrals)
    cases = find_cases(folder)
    assert [case.name for case in cases] == ["case00a", "case00b", "case01a", "case01b"]
    for first, second in zip(cases[::2], cases[1::2], strict=True):
        rig = [read_camera(case.geometry_path, (40, 40)).camera_from_world for case in (first, second)]
        np.testing.assert_allclose(rig[0].matrix, np.eye(4), atol=1e-9)
        np.testing.assert_allclose((rig[1] @ first.truth).matrix, second.truth.matrix, atol=1e-9)
        assert 50 < first.truth.rotation_angle_deg(second.truth) < 95
        assert first.group == second.group == first.name[:-1]


def test_unknown_anatomy_is_refused(small, tmp_path):
    with pytest.raises(ValueError, match="unknown anatomy"):
        cohorts.write_cohort(tmp_path, replace(small, anatomy="skull"))


def test_spine_phantom_is_a_spine():
    ct = make_spine_phantom(3, spacing_mm=3.0)
    heights, widths = [], []
    for number in SPINE_LABELS.values():
        points = ct.ras_from_index(np.argwhere(ct.labels == number)[:, ::-1])
        heights.append(points[:, 2].mean())
        widths.append(np.ptp(points[:, 0]))
    assert (np.diff(heights) > 30).all()  # from L5 upwards
    assert (np.array(widths) > 70).all()  # across the transverse processes
    bone = ct.hu[ct.labels > 0]
    assert 150 < np.median(bone) < 700
    assert np.median(ct.hu[:, ct.hu.shape[1] // 2, ct.hu.shape[2] // 2]) > -150  # in a body
    assert ct.hu[:, 0, 0].max() < -900


def test_femur_phantom_has_a_head_and_a_hollow_shaft():
    ct = make_femur_phantom(1, spacing_mm=2.0)
    points = ct.ras_from_index(np.argwhere(ct.labels == FEMUR_LABELS["femur"])[:, ::-1])
    top = points[points[:, 2] > points[:, 2].max() - 25]
    shaft = points[points[:, 2] < -60]
    assert top[:, 0].mean() < shaft[:, 0].mean() - 10  # the head lies medial of the shaft
    assert 22 < np.ptp(shaft[:, 1]) < 60
    k = int(
        np.argmin(
            np.abs(ct.ras_from_index(np.stack([np.zeros(ct.hu.shape[0])] * 2 + [np.arange(ct.hu.shape[0])], -1))[:, 2] + 75)
        )
    )
    inside = ct.hu[k][ct.labels[k] > 0]
    assert inside.max() > 900
    assert np.percentile(inside, 10) < 200


def test_the_physics_may_be_monte_carlo(two_shares, small, tmp_path, monkeypatch):
    """The same poses, another picture: with its own scatter; and the choice is checked."""
    monkeypatch.setattr(cohorts.monte_carlo, "SCATTER_ERROR", 0.9)
    one = replace(small, cases=1)
    (fast,) = cohorts.write_cohort(tmp_path / "fast", one, line_integrals=quick_line_integrals)
    (slow,) = cohorts.write_cohort(tmp_path / "slow", replace(one, physics="monte-carlo"))
    quick, true = (find_cases(folder)[0] for folder in (fast, slow))
    np.testing.assert_array_equal(quick.truth.matrix, true.truth.matrix)
    truth = json.loads((slow / "case00.truth.json").read_text())
    assert truth["physics"] == "monte-carlo"
    pictures = [cv2.imread(str(folder / "case00.png"), cv2.IMREAD_UNCHANGED).astype(float) for folder in (fast, slow)]
    assert abs(np.corrcoef(pictures[0].ravel(), pictures[1].ravel())[0, 1]) > 0.5, "of the same anatomy"
    assert not np.array_equal(*pictures)
    with pytest.raises(InputProblem, match="physics"):
        replace(small, physics="magic")
