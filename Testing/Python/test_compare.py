"""Comparisons: every trial once, whatever dies meanwhile; what changed is done again, what failed is recorded."""

import json
import os
import signal
from dataclasses import replace

import comparison_fakes as fakes
import numpy as np
import pytest
from long_form import only_long
from RayEmbRegistrationLib.evaluation.capture_range import (
    StartSpec,
    capture_curve,
    capture_range,
    start_pose,
    start_specs,
    wilson_interval,
)
from RayEmbRegistrationLib.evaluation.cases import CaseError
from RayEmbRegistrationLib.evaluation.comparison.cluster import cluster
from RayEmbRegistrationLib.evaluation.comparison.patients import find_patients
from RayEmbRegistrationLib.evaluation.comparison.plan import Choices, plan_trials
from RayEmbRegistrationLib.evaluation.comparison.pool import processes
from RayEmbRegistrationLib.evaluation.comparison.records import Records
from RayEmbRegistrationLib.evaluation.comparison.run import compare
from RayEmbRegistrationLib.evaluation.metrics import pose_errors
from RayEmbRegistrationLib.files.result import VerdictRecord

METHODS = ("search", "both")


@pytest.fixture(autouse=True)
def log(tmp_path, monkeypatch):
    monkeypatch.setenv(fakes.LOG, str(tmp_path / "log"))


@pytest.fixture
def choices(tmp_path):
    return Choices(str(tmp_path / "out"), engine="comparison_fakes", seed=3)


def planned(folder, choices, methods=METHODS, **more):
    return plan_trials(find_patients(folder), methods, choices, **more)


def test_every_method_on_every_case_and_nothing_twice(tmp_path, choices):
    folder = fakes.write_patient(tmp_path / "one", ["case00", "case01"])
    trials = planned(folder, choices)
    assert [trial.key for trial in trials] == [f"one/case0{n}/{method}" for n in (0, 1) for method in METHODS]
    done = compare(trials, choices)
    assert done.reused == 0
    assert [record.key for record in done.records] == [trial.key for trial in trials]
    assert [round(record.errors.mtre_mm, 9) for record in done.records] == [0.5, 3.0, 0.5, 3.0]  # the fakes' shift in depth
    assert [round(record.quality["expected_mtre_mm"], 9) for record in done.records] == [0.5, 3.0, 0.5, 3.0]
    assert [len(record.path) for record in done.records] == [1, 1, 1, 1]
    assert len(fakes.noted("prepare")) == 1
    again = compare(planned(folder, choices), choices)
    assert again.reused == 4
    assert again.records == done.records
    assert sorted(fakes.noted("begin")) == sorted(f"case0{n}/{method}" for n in (0, 1) for method in METHODS)


def test_both_verdicts_are_recorded_and_either_may_count_without_doing_it_again(tmp_path, choices):
    folder = fakes.write_patient(tmp_path / "one", ["case00"])
    search, both = compare(planned(folder, choices), choices).records
    assert (search.trusted, both.trusted) == (True, True)  # of one view, by what is drawn
    assert [record.verdict("position").trusted for record in (search, both)] == [True, False]
    assert both.verdict("overlay") == VerdictRecord(True, "because", 0.03, 0.06, 2.0, 0.99, 0.01)
    assert both.error_mm("position") == pytest.approx(3.0)
    assert both.error_mm("overlay") == both.errors.mrpd_mm < 0.5  # it is off in depth, which hardly shows
    by_place = replace(choices, trust="position")
    again = compare(planned(folder, by_place), by_place)
    assert again.reused == 2
    assert [(record.trusted, record.quality["reason"]) for record in again.records] == [
        (True, "in space"),
        (False, "in space"),
    ]
    assert [record.trusted for record in compare(planned(folder, choices), choices).records] == [True, True]
    strict = replace(choices, position_mm=3.0)
    done = compare(planned(folder, strict), strict)
    assert done.reused == 0  # what is allowed decides on the verdict
    assert [record.verdict("position").tolerance_mm for record in done.records] == [3.0, 3.0]


def test_records_are_kept_under_the_names_of_today(tmp_path, choices):
    folder = fakes.write_patient(tmp_path / "one", ["case00"])
    compare(planned(folder, choices), choices)
    renamed = [replace(trial, group="specimens") for trial in planned(folder, choices)]
    again = compare(renamed, choices)
    assert again.reused == len(renamed)
    assert {record.group for record in again.records} == {"specimens"}


def test_what_changed_is_done_again_and_only_that(tmp_path, choices):
    folder = fakes.write_patient(tmp_path / "one", ["case00", "case01"])
    compare(planned(folder, choices, ["search"]), choices)
    path = folder / "case01.truth.json"
    content = json.loads(path.read_text())
    content["ras_to_camera"][2][3] += 1.0
    path.write_text(json.dumps(content))
    done = compare(planned(folder, choices, ["search"]), choices)
    assert done.reused == 1
    assert fakes.noted("begin") == ["case00/search", "case01/search", "case01/search"]
    assert round(done.records[1].errors.mtre_mm, 9) == 0.5  # 0.5 mm before the truth instead of behind it
    assert done.records[1].errors.depth_mm == pytest.approx(-0.5)


def test_a_damaged_record_is_done_again(tmp_path, choices):
    folder = fakes.write_patient(tmp_path / "one", ["case00"])
    trials = planned(folder, choices, ["search"])
    compare(trials, choices)
    path = Records(choices.output).path(trials[0].key)
    path.write_text(path.read_text()[:100])
    assert compare(trials, choices).reused == 0
    assert len(fakes.noted("end")) == 2


def test_failures_are_recorded_and_the_others_go_on(tmp_path, choices):
    folder = fakes.write_patient(tmp_path / "good", ["case00", "fails1"])
    stone = fakes.write_patient(tmp_path / "stone", ["case00"], hu=fakes.STONE_HU)
    trials = [*planned(folder, choices, ["search"]), *planned(stone, choices, ["search"])]
    done = compare(trials, choices)
    assert [record.problem for record in done.records] == [
        "",
        "no bone <here>",
        "the CT could not be prepared: this CT is of stone",
    ]
    assert np.isinf(done.records[1].errors.mtre_mm)
    assert compare(trials, choices).reused == 3
    assert compare(trials, choices, retry_failed=True).reused == 1
    assert fakes.noted("begin") == ["case00/search", "fails1/search", "fails1/search"]


def test_the_same_ct_elsewhere_is_prepared_once(tmp_path, choices):
    for name in ("one", "two"):
        fakes.write_patient(tmp_path / "all" / name, [f"{name}00"])
    fakes.write_patient(tmp_path / "all" / "three", ["three00"], hu=700)
    done = compare(planned(tmp_path / "all", choices, ["search"]), choices)
    assert [record.patient for record in done.records] == ["one", "three", "two"]
    assert len(fakes.noted("prepare")) == 2


def test_processes_that_die_take_nothing_with_them(tmp_path, choices):
    names = ["case00", "kills1", "case02", "murders3", "case04", "case05"]
    trials = planned(fakes.write_patient(tmp_path / "one", names), choices, ["search"])
    done = compare(trials, choices, processes(2))
    problems = {record.case: record.problem for record in done.records}
    assert [name for name in problems if problems[name]] == ["murders3"]
    assert "ended unexpectedly" in problems["murders3"]
    ends = fakes.noted("end")
    assert sorted(set(ends)) == sorted(f"{name}/search" for name in names if name != "murders3")
    assert len(fakes.noted("begin")) <= len(names) + 4  # again: the two that died and what ran beside them
    assert len(set(fakes.noted("begin", "process"))) >= 3


@only_long
def test_a_cluster_loses_a_worker_and_nothing_else(tmp_path, choices, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("COMPARISON_FAKES_SECONDS", "0.05")
    names = [f"case{n:02d}" for n in range(14)] + ["fails1"]
    trials = planned(fakes.write_patient(tmp_path / "one", names), choices)
    killed, written = [], {}

    def progress(share, stage):
        if killed or share < 0.3:
            return
        for trial in trials:
            path = Records(choices.output).path(trial.key)
            if path.exists():
                written[path] = path.stat().st_mtime_ns
        killed.append(fakes.noted("begin", "process")[-1])
        os.kill(killed[0], signal.SIGKILL)

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        done = compare(trials, choices, cluster(local.scheduler_address, choices.output), progress)
    assert killed
    assert len(written) >= 8
    assert [path.stat().st_mtime_ns for path in written] == list(written.values())
    assert [record.key for record in done.records] == [trial.key for trial in trials]
    assert {record.case for record in done.records if record.failed} == {"fails1"}
    assert len(fakes.noted("begin")) <= len(trials) + 1  # only what the dead worker was doing was begun again
    assert len(fakes.noted("prepare")) == 1
    assert len(fakes.noted("load")) <= 3  # once a worker, and once its successor
    assert compare(trials, choices).reused == len(trials)


def test_a_cluster_that_is_not_there_is_named(tmp_path, choices, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("RayEmbRegistrationLib.simulation.monte_carlo.clusters.ANSWERS_WITHIN_S", 1)
    trials = planned(fakes.write_patient(tmp_path / "one", ["case00"]), choices)
    with pytest.raises(ValueError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        compare(trials, choices, cluster("tcp://127.0.0.1:9", choices.output))


def test_messages_are_small(tmp_path, choices):
    import pickle

    trials = planned(fakes.write_patient(tmp_path / "one", ["case00"]), choices, starts=start_specs(2, 20))
    assert max(len(pickle.dumps((trial, choices))) for trial in trials) < 2500


def test_mistakes_are_named(tmp_path, choices):
    folder = fakes.write_patient(tmp_path / "one", ["case00"])
    with pytest.raises(CaseError, match="needs a network for one"):
        planned(folder, choices, ["fixed-landmarks"])
    with pytest.raises(CaseError, match="two patients are called one"):
        plan_trials(find_patients(folder) * 2, METHODS, choices)
    (folder / "ct.nii.gz").unlink()
    with pytest.raises(CaseError, match="need their CT"):
        find_patients(folder)
    with pytest.raises(CaseError, match="no folder"):
        find_patients(tmp_path / "nowhere")


def test_views_of_a_rig_are_one_case(tmp_path, choices):
    folder = fakes.write_patient(tmp_path / "one", ["case00a", "case00b", "case01a"])
    for name in ("case00a", "case00b", "case01a"):
        path = folder / f"{name}.geometry.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"group": name[:-1]}))
    (patient,) = find_patients(folder, joint=True)
    assert [[case.name for case in views] for views in patient.cases] == [["case00a", "case00b"], ["case01a"]]
    done = compare(plan_trials([patient], ["search"], choices), choices)
    assert [len(record.poses) for record in done.records] == [2, 1]


# Starts and capture range


def test_starts_are_as_far_off_as_asked(choices):
    truth, targets = fakes.truth_of("case00"), fakes.PreparedCT.bone_points_ras
    specs = start_specs(20, 20.0, seed=4)
    found = [start_pose(truth, targets, spec, "case00") for spec in specs]
    errors = np.array([pose_errors(pose, truth, fakes.CAMERA, targets).mtre_mm for pose in found])
    assert (errors >= [spec.low_mm - 1e-6 for spec in specs]).all()
    assert (errors <= [spec.high_mm + 1e-6 for spec in specs]).all()
    turns = [pose.rotation_angle_deg(truth) for pose in found]
    assert max(turns) > 5  # not shifts alone
    np.testing.assert_array_equal(start_pose(truth, targets, specs[3], "case00").matrix, found[3].matrix)
    assert not np.allclose(start_pose(truth, targets, specs[3], "case01").matrix, found[3].matrix)
    with pytest.raises(ValueError, match="--start-range"):  # one that is shifted alone may be as far off as one likes
        [start_pose(truth, targets, StartSpec(0, 990.0, 1000.0, seed), "case00") for seed in range(8)]


def test_starts_are_tried_by_what_uses_them(tmp_path, choices):
    folder = fakes.write_patient(tmp_path / "one", ["case00"])
    trials = planned(folder, choices, ["search", "both", "intensity"], starts=start_specs(2, 20.0, 3))
    done = compare(trials, choices)
    started = [record for record in done.records if record.start is not None]
    assert [(record.method, record.start) for record in started] == [
        ("start", 0),
        ("intensity", 0),
        ("start", 1),
        ("intensity", 1),
    ]
    assert started[0].initial_mtre_mm == started[1].initial_mtre_mm < 10 < started[2].initial_mtre_mm < 20
    assert fakes.noted("begin", "start") == [False] * 3 + [True] * 4
    assert len(started[0].path) == 2


def test_capture_range_by_hand():
    initial = np.arange(1.0, 41.0)
    right = np.ones(40, dtype=bool)
    right[[19, 25]] = False  # 19 of 20 are 95 %; at 26 it is 24 of 26; at 40 it is 38 of 40
    assert capture_range(initial, right) == 40.0
    right[[30, 31]] = False
    assert capture_range(initial, right) == 25.0
    assert capture_range(initial, np.zeros(40, dtype=bool)) == 0.0
    curve = capture_curve(initial, np.where(right, 1.0, 9.0), 40.0, bins=4)
    np.testing.assert_array_equal(curve.counts, [9, 10, 10, 11])
    np.testing.assert_allclose(curve.success, [1, 1, 0.8, 9 / 11])
    assert wilson_interval(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)  # from tables
