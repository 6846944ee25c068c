"""The verb ``cases``: published data sets and cohorts become folders that ``evaluate`` can read."""

from dataclasses import replace

import numpy as np
import pytest
from dataset_files import write_ctpelvic1k, write_deepfluoro, write_ljubljana
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.evaluation import cohorts
from RayEmbRegistrationLib.evaluation.cases import find_cases
from RayEmbRegistrationLib.files.names import safe_name
from RayEmbRegistrationLib.simulation.phantoms.more_phantoms import make_femur_phantom
from RayEmbRegistrationLib.volumes.reading import read_ct


@pytest.fixture
def small(monkeypatch):
    for name in ("pelvis-hard", "femur-hard"):
        monkeypatch.setitem(cohorts.COHORTS, name, replace(cohorts.COHORTS[name], pixels=48))
    monkeypatch.setitem(cohorts.PHANTOMS, "femur", lambda seed: make_femur_phantom(seed, spacing_mm=8.0))


def test_deepfluoro(tmp_path, capsys):
    pytest.importorskip("h5py")
    write_deepfluoro(tmp_path / "data.h5")
    assert main(["cases", "deepfluoro", str(tmp_path / "data.h5"), "--output", str(tmp_path / "out"), "--count", "2"]) == 0
    folders = [tmp_path / "out" / name for name in ("17-1882", "18-0725")]
    assert capsys.readouterr().out.split() == [str(folder) for folder in folders]
    for folder in folders:
        assert [case.truth is not None for case in find_cases(folder)] == [True, True]
        assert set(np.unique(read_ct(folder / "ct.nii.gz", folder / "labels.nii.gz").volume.labels)) == {0, 1, 5}


def test_names_from_a_data_set_stay_below_the_output(tmp_path):
    """HDF5 takes nearly any name for a group: a parent folder, control characters, a device of Windows."""
    pytest.importorskip("h5py")
    names = ("..", "bell\x07", "nul")
    (tmp_path / "in").mkdir()
    write_deepfluoro(tmp_path / "in" / "data.h5", specimens=names, projections=1)
    output = tmp_path / "in" / "out"
    assert main(["cases", "deepfluoro", str(tmp_path / "in" / "data.h5"), "--output", str(output), "--count", "1"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"in"}
    assert {path.name for path in (tmp_path / "in").iterdir()} == {"data.h5", "out"}
    folders = sorted(path.name for path in output.iterdir())
    assert folders == sorted(safe_name(name) for name in names)
    for folder in folders:
        (case,) = find_cases(output / folder)
        assert safe_name(case.name) == case.name


def test_ljubljana(tmp_path):
    pytest.importorskip("h5py")
    write_ljubljana(tmp_path / "data.h5")
    assert main(["cases", "ljubljana", str(tmp_path / "data.h5"), "--output", str(tmp_path), "--patients", "1"]) == 0
    assert [case.name for case in find_cases(tmp_path / "subject01")] == ["subject01_ap", "subject01_lat"]
    assert not (tmp_path / "subject02").exists()


@pytest.mark.usefixtures("small")
def test_ctpelvic1k(tmp_path):
    write_ctpelvic1k(tmp_path / "data")
    place = ["--output", str(tmp_path / "out"), "--patients", "1", "--count", "1"]
    assert main(["cases", "ctpelvic1k", str(tmp_path / "data"), *place]) == 0
    (case,) = find_cases(tmp_path / "out" / "dataset6_CLINIC_0001")
    assert case.truth is not None


@pytest.mark.usefixtures("small")
def test_cohort(tmp_path):
    assert main(["cases", "cohort", "femur-hard", "--output", str(tmp_path), "--patients", "1", "--count", "1"]) == 0
    (case,) = find_cases(tmp_path / "patient0")
    assert case.name == "case00"


def test_mistakes_are_named(tmp_path, capsys):
    assert main(["cases", "cohort", "tail-easy", "--output", str(tmp_path)]) == 2
    assert "no cohort 'tail-easy'" in capsys.readouterr().err
    assert main(["cases", "deepfluoro", "missing.h5", "--output", str(tmp_path)]) == 2
    assert "missing.h5" in capsys.readouterr().err
    assert main(["cases", "cohort", "knee-easy", "--output", str(tmp_path), "--count", "0"]) == 2
    assert "--count must be at least 1" in capsys.readouterr().err
