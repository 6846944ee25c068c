"""What a run leaves behind: its log, its exit status, and what is said where something goes wrong."""

import hashlib
import logging
import os
import sys
from types import SimpleNamespace

import command_line_cases
import pytest
from command_line_cases import ONE, FakePrepared, FakeRegistration, call
from RayEmbRegistrationLib.command_line import main as main_module
from RayEmbRegistrationLib.command_line.console import (
    BAD_INPUT,
    FAILED,
    NO_PICTURES,
    STATUSES,
    SUCCEEDED,
    say,
)
from RayEmbRegistrationLib.command_line.main import explain
from RayEmbRegistrationLib.pictures import figures
from RayEmbRegistrationLib.pictures.registration import NAMES
from RayEmbRegistrationLib.problems import InputProblem

files = command_line_cases.files


def test_a_log_tells_someone_who_was_not_there(files, capsys):
    log = files / "run.log"
    assert call(files, FakeRegistration(), *ONE, "--log", str(log), "--pictures", "pictures") == SUCCEEDED
    text = log.read_text(encoding="utf-8")
    digest = hashlib.sha256((files / "camera.json").read_bytes()).hexdigest()
    for words in (
        "RayEmbRegistration log of ",
        "RayEmbRegistration 0.",
        "torch ",
        "arguments: register --prepared",
        f"camera.json: sha256 {digest}",
        "registering: searching (30 %)",
        "seconds: total 1.50",
        "said: trusted (overlay, asked for): as asked",
        "remarked: a note",
        "exit status 0: done",
    ):
        assert words in text, words
    assert all(len(line) > 10 for line in text.splitlines())
    assert not logging.getLogger("RayEmbRegistrationLib").handlers
    call(files, FakeRegistration(), *ONE, "--log", str(log))
    assert log.read_text(encoding="utf-8").count("RayEmbRegistration log of ") == 2


def test_a_fault_leaves_its_traceback_in_the_log(files, capsys):
    broken = SimpleNamespace(PreparedCT=FakePrepared, register=lambda *a, **k: list(a)[5])
    assert call(files, broken, *ONE, "--log", str(files / "run.log")) == FAILED
    text = (files / "run.log").read_text()
    assert "Traceback (most recent call last)" in text
    assert "IndexError: list index out of range" in text
    assert "exit status 1" in text
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputProblem("the X-ray is empty"), BAD_INPUT),
        (ValueError("operands could not be broadcast"), FAILED),  # NumPy's own are faults of the program
        (FileNotFoundError(2, "No such file or directory", "ct.nii"), BAD_INPUT),
        (PermissionError(13, "Permission denied", "ct.nii"), BAD_INPUT),
        (OSError("something else"), FAILED),
        (MemoryError(), FAILED),
        (KeyError("a"), FAILED),
    ],
)
def test_only_what_a_user_can_mend_is_bad_input(error, status):
    assert explain(error)[0] == status


def test_a_file_that_is_no_log_is_left_alone(files, capsys):
    before = (files / "ct.nrrd").read_bytes()
    assert call(files, FakeRegistration(), *ONE, "--log", "ct.nrrd") == BAD_INPUT
    assert "is not a log of this program" in capsys.readouterr().err
    assert (files / "ct.nrrd").read_bytes() == before
    assert call(files, FakeRegistration(), *ONE, "--log", "/dev/null") == BAD_INPUT
    assert not (files / "result.json").exists()


@pytest.mark.parametrize("trusted", [(True, True), (False, False)])
def test_a_result_without_its_pictures_has_a_status_of_its_own(files, capsys, monkeypatch, trusted):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figures, "write_picture", full)
    assert call(files, FakeRegistration(trusted=trusted), *ONE, "--pictures", "pictures") == NO_PICTURES
    captured = capsys.readouterr()
    assert "the result is written, but not all pictures: " in captured.err
    assert "No space left" in captured.err
    assert (files / "result.json").exists()


def test_without_vtk_the_other_pictures_are_there_and_a_sentence_says_what_to_install(files, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "vtkmodules.vtkCommonCore", None)
    assert call(files, FakeRegistration(), *ONE, "--pictures", "pictures") == NO_PICTURES
    assert "pip install 'rayemb-registration[pictures]'" in capsys.readouterr().err
    assert (files / "result.json").exists()
    assert sorted(path.name for path in (files / "pictures").iterdir()) == sorted(set(NAMES) - {"scene.png"})


def test_names_that_are_no_utf8_lose_nothing(files, capsys, name_not_utf8):
    name = f"{name_not_utf8}.png"
    (files / "xray.png").rename(files / name)
    arguments = [str(files / name) if word == "xray.png" else word for word in ONE]
    assert call(files, FakeRegistration(), *arguments, "--log", str(files / "run.log")) == SUCCEEDED
    assert (files / "result.json").exists()
    assert "udce9" in (files / "run.log").read_text(encoding="utf-8")


def test_say_escapes_what_the_stream_cannot_hold(capsys):
    say(os.fsdecode(b"caf\xe9") if os.name == "posix" else "caf\udce9")
    assert "caf\\udce9" in capsys.readouterr().out


def test_every_status_is_in_the_help():
    text = main_module.build_parser().format_help()
    for status, words in STATUSES.items():
        assert f"{status:5}  {words}" in text
