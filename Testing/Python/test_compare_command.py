"""The verb ``compare``: mistakes named, all sources of cases, and one real comparison from a cohort to the report."""

import csv
from dataclasses import replace

import comparison_fakes as fakes
import numpy as np
import pytest
from dataset_files import write_deepfluoro
from RayEmbRegistrationLib import registration
from RayEmbRegistrationLib.command_line.console import SOME_FAILED
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.evaluation import cohorts
from RayEmbRegistrationLib.simulation.phantoms.more_phantoms import make_femur_phantom
from volume_files import dicom_slices, nifti, patient


@pytest.fixture(autouse=True)
def log(tmp_path, monkeypatch):
    monkeypatch.setenv(fakes.LOG, str(tmp_path / "log"))


@pytest.fixture
def coarse_femur(monkeypatch):
    monkeypatch.setitem(cohorts.PHANTOMS, "femur", lambda seed: make_femur_phantom(seed, spacing_mm=6.0))
    for name in ("femur-easy", "femur-easy-two-views"):
        monkeypatch.setitem(cohorts.COHORTS, name, replace(cohorts.COHORTS[name], pixels=64))


def run(tmp_path, *arguments, engine=fakes):
    return main(["compare", "--output", str(tmp_path / "out"), *map(str, arguments)], engine)


def test_folders_become_tables_and_a_report_and_are_not_done_twice(tmp_path, capsys):
    folder = tmp_path / "patients"
    fakes.write_patient(folder / "one", ["case00", "fails1"])
    fakes.write_patient(folder / "two", ["case02"])
    (folder / "two" / "case02.truth.json").rename(folder / "one" / "unused.json")
    assert run(tmp_path, "--cases", folder, "--methods", "search", "--figures", 0) == 2
    assert "two holds no case with a known pose" in capsys.readouterr().err
    (folder / "one" / "unused.json").rename(folder / "two" / "case02.truth.json")
    for _ in range(2):
        arguments = ("--cases", folder, "--methods", "search,intensity", "--figures", 0, "--starts", 2)
        assert run(tmp_path, *arguments) == SOME_FAILED
        out, said = capsys.readouterr()
        assert "6 of 18 registrations failed; registrations.csv says why" in said
        assert "one" in out
        assert "all" in out
    assert len(fakes.noted("begin")) == 3 * (2 + 2 * 2)
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "no bone &lt;here&gt;" in text
    assert "Capture range" in text
    assert len((tmp_path / "out" / "registrations.csv").read_text().splitlines()) == 1 + 18


def test_what_is_trusted_is_what_is_asked_and_both_verdicts_are_written(tmp_path, capsys):
    cases = ("--cases", fakes.write_patient(tmp_path / "one", ["case00"]), "--methods", "search,both", "--figures", 0)

    def written(*arguments):
        assert run(tmp_path, *cases, *arguments) == 0
        assert "wrote" in capsys.readouterr().out
        lines = list(csv.DictReader((tmp_path / "out" / "registrations.csv").open()))
        return [
            (line["purpose"], line["trusted"], line["overlay_trusted"], line["position_trusted"]) for line in lines
        ], lines

    assert written()[0] == [("overlay", "True", "True", "True"), ("overlay", "True", "True", "False")]
    assert written("--trust", "position")[0] == [
        ("position", "True", "True", "True"),
        ("position", "False", "True", "False"),
    ]
    assert len(fakes.noted("begin")) == 2
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Trusted&#39; alone is the position." in text
    assert "search, position" in text
    lines = written("--overlay-mm", "0.5", "--position-mm", "4")[1]
    assert len(fakes.noted("begin")) == 4
    assert [(line["overlay_tolerance_mm"], line["position_tolerance_mm"]) for line in lines] == [("0.5000", "4.0000")] * 2


def test_the_ct_is_read_as_asked(tmp_path, capsys):
    """Two series of one length, and a tilted CT: each way of reading is prepared for itself, once, and noted."""
    cases = fakes.write_patient(tmp_path / "one", ["case00"])
    tilted = np.diag([-0.9, -1.1, 2.0, 1.0])
    tilted[1, 2] = 0.5
    slices = dicom_slices(tmp_path / "dicom", patient(), SeriesNumber=2, name="a")
    dicom_slices(slices, patient()[::-1], SeriesNumber=3, name="b")
    volume = nifti(tmp_path / "tilted.nii.gz", patient(), qform=(tilted, 0), sform=(tilted, 1))

    def compared(*how):
        code = run(tmp_path, "--cases", cases, "--methods", "search", "--figures", 0, "--ct", *how)
        return code, (tmp_path / "out" / "registrations.csv").read_text(encoding="utf-8")

    for path, option in ((slices, "--series"), (volume, "--resample-tilt")):
        code, text = compared(path)
        assert code == SOME_FAILED
        assert option in text, "the reason says what to do"
    for how in (
        (slices, "--series", "3"),
        (slices, "--series", "2"),
        (volume, "--resample-tilt"),
        (slices, "--series", "3"),
    ):
        assert compared(*how)[0] == 0
    of_third, of_second, of_tilted = fakes.noted("prepare", "notes")
    assert "3 'bone' (CT" in of_third[0].split("was read")[0]
    assert "2 'bone' (CT" in of_second[0].split("was read")[0]
    assert "resampled to perpendicular axes" in of_tilted[0]
    assert run(tmp_path, "--cases", cases, "--methods", "search", "--series", "3") == 2
    assert "--series is of the DICOM folder given with --ct" in capsys.readouterr().err


def test_deepfluoro_is_registered_by_its_own_bones(tmp_path):
    pytest.importorskip("h5py")
    write_deepfluoro(tmp_path / "data.h5")
    arguments = ["--dataset", "deepfluoro", tmp_path / "data.h5", "--methods", "search", "--count", 1, "--figures", 0]
    assert run(tmp_path, *arguments) == 0
    marker = tmp_path / "out" / "cases" / "deepfluoro" / "complete.json"
    written = marker.stat().st_mtime_ns
    assert run(tmp_path, *arguments) == 0
    assert marker.stat().st_mtime_ns == written
    assert fakes.noted("labels") == [[0, 1]] * 2  # of the pelvis and the femur in the file
    lines = [line.split(",")[:4] for line in (tmp_path / "out" / "table.csv").read_text().splitlines()]
    assert lines[1:] == [[name, "search", str(n), "0"] for name, n in (("17-1882", 1), ("18-0725", 1), ("all", 2))]


@pytest.mark.usefixtures("coarse_femur")
def test_a_real_comparison_of_a_cohort(tmp_path, capsys):
    arguments = ["--cohort", "femur-easy", "--patients", 1, "--count", 1, "--methods", "search", "--starts", 1]
    arguments += ["--start-range", 8, "--figures", 1, "--threads", 1]
    assert run(tmp_path, *arguments, engine=registration) == 0
    out = capsys.readouterr().out
    row = next(line.split() for line in out.splitlines() if line.startswith("femur-easy"))
    assert row[:4] == ["femur-easy", "search", "1", "0"]
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert text.count("data:image/jpeg") == 4  # without a start and from one: landmarks and the scene
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "records").rglob("*.json")}
    assert len(before) == 2
    assert run(tmp_path, *arguments, engine=registration) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "give cases to compare"),
        (["--cohort", "tail-easy", "--methods", "search"], "no cohort 'tail-easy'"),
        (["--dataset", "deepflour", "x.h5", "--methods", "search"], "no data set 'deepflour'"),
        (["--cases", ".", "--methods", "search,magic"], "unknown method 'magic'"),
        (["--cases", ".", "--methods", "rayemb", "--weights", "none"], "the method 'rayemb' needs weights"),
        (["--cases", ".", "--methods", "both", "--weights", "lost.safetensors"], "no weights lost.safetensors"),
        (["--cases", ".", "--jobs", "0"], "--jobs must be at least 1"),
        (["--cases", ".", "--start-range", "0"], "--start-range must be above 0"),
        (["--cases", "a", "b", "--ct", "ct.nii.gz", "--methods", "search"], "--ct is the CT of one folder"),
    ],
)
def test_mistakes_are_named(tmp_path, capsys, arguments, sentence):
    assert run(tmp_path, *arguments) == 2
    assert sentence in capsys.readouterr().err
