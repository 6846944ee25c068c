"""``prepare --train-minutes`` that is killed or stopped: what it left can be used, and the same command goes on."""

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import torch
from RayEmbRegistrationLib import registration
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path
from RayEmbRegistrationLib.evaluation.datasets.export import write_ct
from RayEmbRegistrationLib.pose.prepared import prepare
from RayEmbRegistrationLib.pose.prepared.file import is_trained_for_patient
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_knee_phantom
from RayEmbRegistrationLib.training import recipes

SHIPPED = shipped_weights_path()
PREPARES = """
import sys
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.pose.prepared import prepare
from RayEmbRegistrationLib.training import recipes
recipes.VALIDATION_SETS, prepare.SET_SPACING_DEG = 1, 45.0  # as ``small``
sys.exit(main(sys.argv[1:]))
"""
pytestmark = pytest.mark.skipif(not SHIPPED.exists(), reason="the weights that come with the module are not here")


@pytest.fixture
def small(monkeypatch):
    """A short validation and few templates: that they are good is for others to show."""
    monkeypatch.setattr(recipes, "VALIDATION_SETS", 1)
    monkeypatch.setattr(prepare, "SET_SPACING_DEG", 45.0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def ct(tmp_path):
    write_ct(tmp_path, make_knee_phantom(0, 6.0))
    return tmp_path / "ct.nii.gz"


def words(ct, minutes):
    return ["prepare", "--ct", str(ct), "--device", "cpu", "--train-minutes", str(minutes), "--output", str(output_of(ct))]


def output_of(ct):
    return ct.with_name("ct.npz")


def state_of(ct):
    return ct.with_name("ct.npz.cpu.state")


def encoder_of(ct):
    return PreparedCT.load(output_of(ct)).encoder.name


def test_killed_and_gone_on_with(ct, small, capsys, repository):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PREPARES, *words(ct, 30)]
    process = subprocess.Popen(command, cwd=repository / "RayEmbRegistration", env=environment)  # noqa: S603
    try:
        end = time.monotonic() + 120
        while not state_of(ct).exists():
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < end
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    left = PreparedCT.load(output_of(ct))
    assert left.encoder.name == load_encoder(SHIPPED)[0].name
    assert left.library is not None
    assert not is_trained_for_patient(left.encoder_about)
    assert any("was not finished; the same command 'prepare' goes on" in note for note in left.notes)

    write_ct(ct.parent, make_knee_phantom(1, 6.0))
    assert main(words(ct, 1)) == 2
    assert "ct.npz.cpu.state belongs to a training with CT" in capsys.readouterr().err
    write_ct(ct.parent, make_knee_phantom(0, 6.0))
    assert main(words(ct, 0.001)) == 0
    assert "going on with the training that was stopped" in capsys.readouterr().err
    done = PreparedCT.load(output_of(ct))
    assert is_trained_for_patient(done.encoder_about)
    assert done.encoder.name != left.encoder.name
    assert not any("not finished" in note for note in done.notes)
    assert not state_of(ct).exists()


def test_ctrl_c_keeps_the_best_and_goes_on(ct, small, capsys):
    """The second run has no time left: its weights are the first one's, which untrained ones never took the place of."""
    steps, written, pressed = [], [], []

    def fine_tune(prepared, minutes, progress, cancelled, state_path):
        written.append(encoder_of(ct))

        def said(share, stage):
            progress(share, stage)
            if not pressed:
                pressed.append(stage)
                signal.raise_signal(signal.SIGINT)

        tuned = registration.fine_tune(prepared, minutes, said, cancelled, state_path=state_path)
        steps.append(tuned.encoder_about["steps"])
        return tuned

    engine = SimpleNamespace(**{**vars(registration), "fine_tune": fine_tune})
    assert main(words(ct, 5), engine) == 0
    assert "stopped; the same command goes on with it" in capsys.readouterr().err
    assert is_trained_for_patient(PreparedCT.load(output_of(ct)).encoder_about)
    assert main(words(ct, 0.001), engine) == 0
    assert written == [load_encoder(SHIPPED)[0].name, written[1]]
    assert written[1] == encoder_of(ct) != written[0]
    assert steps[1] == steps[0] > 0
    assert not state_of(ct).exists()
