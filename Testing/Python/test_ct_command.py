"""The command line's CT: series, tilt, cache, notes kept with what is prepared, and the device's fall-back."""

import argparse
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib import application
from RayEmbRegistrationLib.application.open_ct import open_ct
from RayEmbRegistrationLib.command_line import ct_inputs
from RayEmbRegistrationLib.command_line.ct_inputs import add_ct_arguments, load_prepared, on_device
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.registration import PreparedCT, PrepareSettings
from volume_files import dicom_slices, nifti, patient, saved

pytest.importorskip("SimpleITK")


@dataclass(frozen=True)
class Prepared:
    """Stands for a PreparedCT: remembers the HU it was made of."""

    hu: np.ndarray
    notes: tuple[str, ...] = ("left out of the CT: a table",)


def engine(made):
    def prepare(volume, settings, progress=None, cancelled=None):
        made.append(volume)
        return Prepared(volume.hu)

    return SimpleNamespace(prepare=prepare, PrepareSettings=PrepareSettings, PreparedCT=PreparedCT)


def arguments(*words):
    parser = argparse.ArgumentParser()
    add_ct_arguments(parser, prepared=True)
    parser.set_defaults(weights=None, method="search", view=None)
    return parser.parse_args([str(word) for word in words])


def test_notes_of_the_ct_are_shown_and_kept(tmp_path, capsys):
    folder = dicom_slices(tmp_path / "dicom", patient(), SeriesNumber=2, name="a")
    dicom_slices(folder, patient()[::-1], SeriesNumber=3, name="b")
    with pytest.raises(InputProblem, match="choose one with --series"):
        load_prepared(arguments("--ct", folder), engine([]), "cpu")
    made = []
    prepared = load_prepared(arguments("--ct", folder, "--series", "3"), engine(made), "cpu")
    assert "3 'bone'" in prepared.notes[0]
    assert prepared.notes[1:] == ("left out of the CT: a table",)
    said = capsys.readouterr().err
    assert all(note in said for note in prepared.notes)
    np.testing.assert_array_equal(made[0].hu, open_ct(folder, series="3").volume.hu)


def test_a_tilted_ct_is_read_where_asked(tmp_path):
    matrix = np.diag([-0.9, -1.1, 2.0, 1.0])
    matrix[1, 2] = 0.5
    path = nifti(tmp_path / "ct.nii.gz", patient(), qform=(matrix, 0), sform=(matrix, 1))
    with pytest.raises(InputProblem, match="--resample-tilt"):
        load_prepared(arguments("--ct", path), engine([]), "cpu")
    assert "resampled" in load_prepared(arguments("--ct", path, "--resample-tilt"), engine([]), "cpu").notes[0]


def test_the_cache_is_asked_before_a_ct_is_prepared(tmp_path, monkeypatch):
    kept = {}

    class Cache:
        def __init__(self, folder):
            assert folder == tmp_path / "cache"

        def get(self, volume, settings, progress):
            return kept.setdefault(volume.hu.tobytes(), Prepared(volume.hu))

    monkeypatch.setattr(application.prepared_cache, "PreparedCache", Cache)
    path, made = saved(tmp_path / "ct.nrrd", patient()), []
    words = ("--ct", path, "--cache", tmp_path / "cache")
    first, second = (load_prepared(arguments(*words), engine(made), "cpu") for _ in range(2))
    assert first is second
    assert not made
    with pytest.raises(InputProblem, match="is a file; give a folder"):
        load_prepared(arguments("--ct", path, "--cache", path), engine(made), "cpu")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--series", "3"), "--series"),
        (("--resample-tilt",), "--resample-tilt"),
        (("--cache", "here"), "--cache"),
        (("--labels", "map.nrrd"), "labels"),
    ],
)
def test_options_that_a_prepared_file_would_ignore_are_refused(words, message):
    with pytest.raises(InputProblem, match=message):
        load_prepared(arguments("--prepared", "ct.npz", *words), engine([]), "cpu")
    with pytest.raises(InputProblem, match="give either"):
        load_prepared(arguments(*words), engine([]), "cpu")


def test_a_full_graphics_card_gives_way_to_the_processor(monkeypatch, capsys):
    monkeypatch.setattr(ct_inputs, "chosen_device", lambda name: "cuda")
    tried = []

    def work(device):
        tried.append(device)
        if device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return 7

    assert on_device("auto", work) == 7
    assert tried == ["cuda", "cpu"]
    assert "processor" in capsys.readouterr().err
