"""Sixty damaged files of every kind: refused in a sentence or read, and nothing else. Testing/fuzz.py reads many more."""

from collections import Counter

import pytest

pytest.importorskip("psutil")
import fuzz
from fuzz_damage import DAMAGES
from fuzz_inputs import make_seeds
from fuzz_reader import READERS


def test_sixty_damaged_files_are_refused_or_read(tmp_path):
    cases = list(fuzz.fuzz(60, 20261126, tmp_path))
    bad = [f"{case.outcome}: {case.name} {case.damage} {case.said[-800:]}" for case in cases if case.outcome in fuzz.BAD]
    assert bad == []
    outcomes = Counter(case.outcome for case in cases)
    assert outcomes["refused"] > 30
    assert outcomes["read"] > 2
    assert {case.damage for case in cases} == set(DAMAGES)


def test_every_kind_has_a_seed(tmp_path):
    assert {seed.kind for seed in make_seeds(tmp_path)} == set(READERS)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("import os; os._exit(3)", "crash"),
        ("raise KeyError('a')", "traceback"),
        ("import time; time.sleep(60)", "hang"),
        ("x = bytearray(400_000_000); import time; time.sleep(60)", "memory"),
        ("raise InputProblem('damaged')", "refused"),
    ],
)
def test_what_must_not_happen_is_seen(tmp_path, monkeypatch, code, outcome):
    """The check itself: a reading process that does each of these."""
    reader = tmp_path / "fuzz_reader.py"
    reader.write_text(
        "import json, sys\n"
        "print('ready', flush=True)\n"
        "class InputProblem(ValueError): pass\n"
        "for line in sys.stdin:\n"
        "    try:\n"
        f"        exec({code!r})\n"
        "    except InputProblem as e: print(json.dumps({'outcome': 'refused', 'said': str(e)}), flush=True)\n"
        "    except Exception as e: print(json.dumps({'outcome': 'traceback', 'said': repr(e)}), flush=True)\n"
    )
    monkeypatch.setattr(fuzz, "__file__", str(tmp_path / "fuzz.py"))
    monkeypatch.setattr(fuzz, "LONGEST_S", 2.0 if outcome == "hang" else 20.0)
    monkeypatch.setattr(fuzz, "MOST_BYTES", 2e8)
    process = fuzz.Reader(tmp_path)
    try:
        assert process.read("ct", tmp_path)["outcome"] == outcome
    finally:
        process.close()
