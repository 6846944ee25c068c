"""Runs of training: it learns, stops, goes on, shares its work, and says what is wrong."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.command_line.train import ct_paths
from RayEmbRegistrationLib.detector.weights import identity, load_encoder
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.training import recipes
from RayEmbRegistrationLib.training.distributed import Ranks
from RayEmbRegistrationLib.training.loss import LossSettings
from RayEmbRegistrationLib.training.outside import Hooks
from RayEmbRegistrationLib.training.precision import mixed_precision
from RayEmbRegistrationLib.training.validation import landmark_error_mm
from training_cases import small_encoder, small_validation, train_small


@pytest.fixture(autouse=True)
def one_thread():
    """Small convolutions gain nothing from threads, and the same sums in the same order are wanted."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_a_short_run_lowers_the_loss_and_the_landmark_error():
    untrained = landmark_error_mm(small_encoder().eval(), small_validation(), LossSettings())
    seen = []
    result = train_small(80, Hooks(progress=seen.append))
    assert result.steps == 80
    assert not result.cancelled
    assert seen[-1].loss < seen[10].loss - 0.3
    assert result.landmark_error_mm < 0.75 * untrained
    # The encoder that comes back is the one of that error.
    again = landmark_error_mm(result.encoder, small_validation(), LossSettings())
    assert again == pytest.approx(result.landmark_error_mm, rel=1e-5)
    assert seen[-1].best_error_mm == min(each.landmark_error_mm for each in seen if each.landmark_error_mm is not None)
    assert [each.step for each in seen[:3]] == [1, 2, 3]
    assert seen[39].share == pytest.approx(0.5)
    assert 0 < seen[-1].data_share < 1


def test_mixed_precision_changes_a_step_by_rounding_only():
    losses = {}
    for mixed in (False, True):
        seen = []
        train_small(2, Hooks(progress=seen.append), mixed_precision=mixed)
        losses[mixed] = seen[0].loss
    # bfloat16 keeps 8 bits of each of some twenty layers; where the device lacks it, nothing changes.
    assert losses[True] == pytest.approx(losses[False], rel=0.01)


def test_mixed_precision_where_the_device_has_it():
    native = torch.cpu.get_capabilities().get("amx_bf16", False)
    image = torch.ones(1, 1, 8, 8)
    with mixed_precision(torch.device("cpu")):
        assert (torch.conv2d(image, image).dtype == torch.bfloat16) == native
    with mixed_precision(torch.device("cpu"), wanted=False):
        assert torch.conv2d(image, image).dtype == torch.float32


def test_cancelling_keeps_the_best_weights():
    seen, written = [], []
    hooks = Hooks(seen.append, lambda: len(seen) >= 4, lambda best, progress: written.append((best, progress)))
    result = train_small(1000, hooks)
    assert result.cancelled
    assert result.steps == 4
    assert [progress.step for _, progress in written] == [1, 4]  # the first before it is validated, in case it takes long
    assert written[0][1].best_error_mm is None
    for name, value in result.encoder.state_dict().items():
        assert torch.equal(value, written[-1][0].state_dict()[name])
    assert torch.isfinite(torch.tensor(result.landmark_error_mm))


def test_a_time_budget_is_kept():
    result = train_small(None, minutes=0.02)
    assert 0.02 <= result.minutes < 0.09
    assert result.steps > 2


def test_going_on_is_as_if_it_had_never_stopped(tmp_path):
    straight = train_small(8)
    seen = []
    path = tmp_path / "state"
    train_small(8, Hooks(seen.append, lambda: len(seen) >= 5, state_path=path))
    resumed = train_small(8, Hooks(state_path=path, resume=True))
    assert resumed.steps == 8
    assert resumed.landmark_error_mm == straight.landmark_error_mm
    for name, value in straight.encoder.state_dict().items():
        assert torch.equal(value, resumed.encoder.state_dict()[name]), name


def test_states_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "state"
    train_small(1, Hooks(state_path=path))
    with pytest.raises(ValueError, match=r"learning_rate 0\.002, not 0\.001"):
        train_small(2, Hooks(state_path=path, resume=True), learning_rate=1e-3)
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="delete it and start anew"):
        train_small(2, Hooks(state_path=path, resume=True))


def test_two_processes_give_what_one_gives(tmp_path):
    """Within the rounding of a sum's order, which Adam's division by small gradients enlarges."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    script = Path(__file__).with_name("training_cases.py")
    library = Path(__file__).resolve().parents[2] / "RayEmbRegistration"
    processes = []
    for rank in range(2):
        environment = os.environ | {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "MASTER_PORT": port}
        environment |= {"MASTER_ADDR": "127.0.0.1", "PYTHONPATH": str(library), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, str(script), "3", str(tmp_path / "two")]
        processes.append(subprocess.Popen(command, env=environment))  # noqa: S603 - our own script
    losses = []
    alone = train_small(3, Hooks(progress=lambda progress: losses.append(progress.loss)))
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    two = torch.load(tmp_path / "two", weights_only=True)
    assert two["losses"] == pytest.approx(losses, abs=1e-5)
    for name, value in alone.encoder.state_dict().items():
        torch.testing.assert_close(two["weights"][name], value, atol=2e-4, rtol=1e-3)


def test_sets_that_cannot_be_shared_are_refused():
    with pytest.raises(ValueError, match="2 sets a step cannot be shared by 3"):
        Ranks(0, 3).lanes(2)
    assert [list(Ranks(rank, 2).lanes(6)) for rank in (0, 1)] == [[0, 2, 4], [1, 3, 5]]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--minutes", "1", "--output", "w.safetensors"], "give what to train on"),
        (["--procedural", "--minutes", "0", "--output", "w.safetensors"], "must be positive"),
        (["--procedural", "--minutes", "1", "--output", "w.pt"], ".safetensors"),
        (["--procedural", "--minutes", "1", "--output", "w.safetensors", "--init", "gone.safetensors"], "do not exist"),
        (["--ct", "gone.nii.gz", "--minutes", "1", "--output", "w.safetensors"], "does not exist"),
        (["--ct", ".", "--ct", ".", "--series", "3", "--minutes", "1", "--output", "w.safetensors"], "exactly one CT"),
    ],
)
def test_the_verb_says_what_is_wrong(arguments, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_of_cts_is_a_cohort(tmp_path):
    for name in ("b.nii.gz", "a.nrrd", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in ct_paths([tmp_path])] == ["a.nrrd", "b.nii.gz"]


def test_the_verb_writes_weights_that_tell_their_story_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "VALIDATION_SETS", 1)
    output = tmp_path / "generic.safetensors"
    arguments = ["train", "--procedural", "--device", "cpu", "--output", str(output), "--minutes"]
    assert main([*arguments, "0.001"]) == 0
    encoder, about = load_encoder(output)
    assert encoder.stride == 2
    assert about["trained_on"].startswith("procedural anatomy")
    assert about["landmark_error_mm"] > 0
    assert about["steps"] >= 1
    assert main([*arguments, str(about["minutes"] + 0.03), "--resume"]) == 0
    assert load_encoder(output)[1]["steps"] > about["steps"]
    after = tmp_path / "after.safetensors"
    assert (
        main([*arguments[:-3], "--output", str(after), "--minutes", "0.001", "--init", str(output), "--credit", "ours"]) == 0
    )
    about = load_encoder(after)[1]
    assert (about["credit"], about["device"], about["before"]["device"]) == ("ours", "cpu", "cpu")
    assert about["before"]["steps"] >= 1
    assert main([*arguments[:-3], "--output", str(after), "--minutes", "1", "--learning-rate", "2"]) == 2


def test_an_encoder_is_tuned_to_a_patient(monkeypatch):
    monkeypatch.setattr(recipes, "VALIDATION_SETS", 1)
    rng = np.random.default_rng(0)
    values = torch.zeros((24, 24, 24))
    values[4:20, 8:14, 6:12] = 0.02
    values[6:10, 6:20, 10:18] = 0.03
    points = np.argwhere(values.numpy() > 0)[rng.permutation(500), ::-1] * 3.0
    prepared = PreparedCT(values, np.diag([3.0, 3, 3, 1]), None, points, None, "ap")
    start = small_encoder()
    before = {name: value.clone() for name, value in start.state_dict().items()}
    seen = []
    result = recipes.train_for_patient(prepared, start, 0.02, Hooks(seen.append))
    assert all(torch.equal(value, before[name]) for name, value in start.state_dict().items())
    assert result.encoder.name == identity(result.encoder) != identity(start)
    assert seen[-1].landmark_error_mm > 0
    assert seen[-1].seconds_left == pytest.approx(0, abs=2)
    with pytest.raises(ValueError, match="must be positive"):
        recipes.train_for_patient(prepared, start, 0)
