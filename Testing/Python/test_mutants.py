"""The table of wrong lines stays in step with the code: each can be put in, and names the tests that must notice it."""

import subprocess
import sys

import mutants
import pytest
from mutant_table import MUTANTS, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.file}: {mutant.slip}")
def test_each_wrong_line_can_be_put_in(repository, mutant):
    source = (repository / mutants.LIBRARY / mutant.file).read_text(encoding="utf-8")
    assert source.count(mutant.right) == 1
    compile(source.replace(mutant.right, mutant.wrong), mutant.file, "exec")
    assert mutant.right != mutant.wrong
    assert mutant.tests
    assert all((repository / "Testing" / "Python" / name).is_file() for name in mutant.tests)


def test_what_is_noticed_and_what_is_not_is_told(tmp_path, capsys):
    library, tests = tmp_path / mutants.LIBRARY, tmp_path / "Testing" / "Python"
    library.mkdir(parents=True)
    tests.mkdir(parents=True)
    (library / "sums.py").write_text("ONE = 1\nTWO = 2\n")
    (tests / "test_sums.py").write_text(
        f"from runpy import run_path\n\n\ndef test():\n    assert run_path({str(library / 'sums.py')!r})['ONE'] == 1\n"
    )
    (tests / "test_never.py").write_text("def test():\n    assert False\n")

    def killed(right, wrong, test="test_sums.py"):
        return mutants.is_killed(tmp_path, Mutant("sums.py", right, wrong, (test,), "a slip"))

    assert killed("ONE = 1", "ONE = 3")
    assert not killed("TWO = 2", "TWO = 3")  # no test looks at it
    assert not killed("THREE = 3", "")  # is not there
    assert not killed("ONE = 1", "ONE = 3", "test_never.py")  # fails without it, too
    assert not killed("ONE = 1", "ONE = 3", "test_missing.py")  # did not run
    assert [line[:11].strip() for line in capsys.readouterr().out.splitlines()] == [
        "killed", "SURVIVED", "NOT PUT IN", "NO BASE", "NO BASE",
    ]  # fmt: skip
    assert (library / "sums.py").read_text() == "ONE = 1\nTWO = 2\n"


def test_a_word_that_no_mutant_has_is_no_success(repository):
    command = [sys.executable, str(repository / "Testing" / "mutants.py"), "no such word"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    assert (done.returncode, done.stdout) == (1, "0 of 0 killed\n")
