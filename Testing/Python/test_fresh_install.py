"""The first click where nothing is installed: every entry asks once, installs, goes on; declining leaves a sentence."""

import subprocess
import sys

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

TESTS = (
    "test_declining_leaves_a_sentence_at_every_entry",
    "test_the_self_test_says_what_it_could_not_test",
    "test_the_first_click_asks_once_installs_and_registers",  # imports what was installed
    "test_the_self_test_needs_what_users_have",  # which is that
)


def test_on_a_fresh_install(repository):
    """In a process of its own: in this one torch may have been imported long ago."""
    alone = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    alone += [f"Testing/Python/fresh_install_alone.py::{name}" for name in TESTS]
    done = subprocess.run(alone, cwd=repository, capture_output=True, text=True, timeout=400, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("." * len(TESTS)), "one was skipped"
