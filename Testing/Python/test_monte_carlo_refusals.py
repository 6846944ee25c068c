"""What ``simulate`` refuses, in a sentence, and a disk that is full: nothing is half written."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from long_form import short_or_long
from RayEmbRegistrationLib.command_line import simulated_files
from test_monte_carlo_xrays import ct_file, simulate

pytestmark = pytest.mark.usefixtures("one_thread", "two_shares")
__all__ = ["ct_file"]  # a fixture
HERE, LIBRARY = Path(__file__).resolve().parent, Path(__file__).resolve().parents[2] / "RayEmbRegistration"
STRAIGHT = ("--angles", "0", "0")


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ((*STRAIGHT, "--sid", "20"), "the X-ray source lies inside the body; check the pose"),
        ((*STRAIGHT, "--sid", "1015"), "behind the detector"),
        (("--angles", "0", "100"), "--angles must lie within"),
        ((*STRAIGHT, "--kvp", "20"), "between 40 and 140"),
        ((*STRAIGHT, "--kvp", "200"), "between 40 and 140"),
        ((*STRAIGHT, "--photons", "0"), "the number of photons must lie between 1 and"),
        ((*STRAIGHT, "--photons", "-5"), "the number of photons must lie between 1 and"),
        ((*STRAIGHT, "--filter", "Pb 1"), "Al and Cu|no filter|material"),
        ((*STRAIGHT, "--filter", "Cu 100000"), "nothing"),
        ((*STRAIGHT, "--exposure", "-1"), "must be a positive number"),
        ((*STRAIGHT, "--exposure", "0"), "must be a positive number"),
        ((*STRAIGHT, "--exposure", "much"), "a number of photons a pixel, or auto"),
        ((*STRAIGHT, "--grid", "1e9"), "ratio must not be above 100"),
        ((*STRAIGHT, "--size", "100000"), "--size must be 2 to 8192 px"),
        ((*STRAIGHT, "--sdd", "0"), "--sdd must lie between 1 and"),
        ((*STRAIGHT, "--field", "1e9"), "--field must lie between 1 and"),
        ((*STRAIGHT, "--isocenter", "5000", "0", "0"), "not in the beam|behind"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_written(ct_file, tmp_path, more, sentence, capsys):
    assert simulate(ct_file, tmp_path / "x.png", *more) == 2
    assert names_in(tmp_path) == ["ct.nii.gz"]
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert any(part in last for part in sentence.split("|")), last


@pytest.mark.parametrize(
    ("brightest", "sentence"), [(-650, "shows only air"), (300, "the CT holds no tissue (less than 1 cm3")]
)
def test_a_ct_without_tissue_is_said(tmp_path, capsys, brightest, sentence):
    """Foam alone, and with half a cubic centimetre of something in it."""
    foam = np.random.default_rng(0).integers(-1000, -600, (12, 12, 12)).astype(np.int16)
    foam[6, 6, 6] = brightest
    image = sitk.GetImageFromArray(foam)
    image.SetSpacing((8.0, 8.0, 8.0))
    sitk.WriteImage(image, str(tmp_path / "foam.nii.gz"))
    assert simulate(tmp_path / "foam.nii.gz", tmp_path / "x.png", *STRAIGHT) == 2
    assert sentence in capsys.readouterr().err
    assert names_in(tmp_path) == ["foam.nii.gz"]


FULL_AT = short_or_long([(".png", 2), (".dcm", 1)], [(".png", 1), (".png", 2), (".png", 3), (".dcm", 1), (".dcm", 2)])


@pytest.mark.parametrize(("ending", "number"), FULL_AT)
def test_a_full_disk_leaves_all_of_the_old_files(ct_file, tmp_path, monkeypatch, capsys, ending, number):
    """Full at the image, the camera file or the truth, which are brought to the disk in this order."""
    output = tmp_path / f"x{ending}"
    assert simulate(ct_file, output, *STRAIGHT, "--seed", "1") == 0
    before, calls, real = {path: path.read_bytes() for path in tmp_path.iterdir()}, [], os.fsync

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) == number:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    assert simulate(ct_file, output, *STRAIGHT, "--seed", "2") == 2
    assert len(calls) == number
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert "could not be written (No space left on device)" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="no limit on the size of files")
@pytest.mark.parametrize("ending", short_or_long([".dcm"], [".png", ".dcm", ".nii"]))
def test_an_image_that_does_not_fit_leaves_nothing(ct_file, tmp_path, ending):
    """A real limit on the size of files, in a process of its own: each format's writer stops in the middle."""
    code = f"""
import resource, signal, sys
sys.path[:0] = [{str(LIBRARY)!r}, {str(HERE)!r}]
from pathlib import Path
import torch
from RayEmbRegistrationLib.simulation.monte_carlo import scatter
from test_monte_carlo_xrays import simulate
scatter.LEAST_SHARES = 2
torch.set_num_threads(1)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
sys.exit(simulate(Path({str(ct_file)!r}), Path({str(tmp_path / f"x{ending}")!r}), "--angles", "0", "0"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 2, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"error: {tmp_path / f'x{ending}'} could not be written ("), last
    assert 'File "' not in last, "no traceback within the sentence"
    assert names_in(tmp_path) == ["ct.nii.gz"]


def test_what_lies_beside_an_image_is_named_after_it(tmp_path):
    assert simulated_files.beside(tmp_path / "a.nii.gz", "truth").name == "a.truth.json"
    assert simulated_files.named(tmp_path / "a.nii.gz", "_002").name == "a_002.nii.gz"
