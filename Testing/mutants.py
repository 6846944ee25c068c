"""Put wrong lines into a copy of the repository, one at a time, and see whether the tests notice; exit 1 where they do not.

.venv/bin/python Testing/mutants.py [WORD ...]    those only whose file or slip holds one of the words
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from mutant_table import MUTANTS, Mutant

REPOSITORY = Path(__file__).resolve().parents[1]
LIBRARY = Path("RayEmbRegistration") / "RayEmbRegistrationLib"
PASSED, FAILED = 0, 1  # pytest's; any other status says that the tests themselves did not run
MOST_SECONDS = 600


def main() -> int:
    """Try them and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", metavar="WORD", nargs="*", help="those only whose file or slip holds one of these")
    words = parser.parse_args().words
    chosen = [m for m in MUTANTS if not words or any(word in f"{m.file} {m.slip}" for word in words)]
    with tempfile.TemporaryDirectory(prefix="rayemb-mutants-") as folder:
        copy = Path(folder) / "repository"
        copy_repository(copy)
        bad = [mutant for mutant in chosen if not is_killed(copy, mutant)]
    print(f"{len(chosen) - len(bad)} of {len(chosen)} killed")
    return 1 if bad or not chosen else 0


def copy_repository(copy: Path) -> None:
    """What git tracks, and new files that it does not ignore, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, listed):
        source, target = REPOSITORY / name, copy / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def is_killed(copy: Path, mutant: Mutant) -> bool:
    """Whether tests that pass without the wrong line fail with it."""
    path, began = copy / LIBRARY / mutant.file, time.monotonic()
    right = path.read_text(encoding="utf-8")
    if right.count(mutant.right) != 1:
        print(f"NOT PUT IN  {mutant.file}: {mutant.right!r} occurs {right.count(mutant.right)} times")
        return False
    if not passes(copy, mutant.tests):
        print(f"NO BASE     {mutant.file}: {', '.join(mutant.tests)} fail without it")
        return False
    path.write_text(right.replace(mutant.right, mutant.wrong), encoding="utf-8")
    try:
        killed = status(copy, mutant.tests) == FAILED
    finally:
        path.write_text(right, encoding="utf-8")
    print(
        f"{'killed' if killed else 'SURVIVED':11} {mutant.file}: {mutant.slip} ({time.monotonic() - began:.0f} s)",
        flush=True,
    )
    return killed


@cache
def passes(copy: Path, tests: tuple[str, ...]) -> bool:
    """Whether the tests pass as things are; to be asked with the right lines only."""
    return status(copy, tests) == PASSED


def status(copy: Path, tests: Sequence[str]) -> int:
    """Pytest's exit status."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    command += [str(Path("Testing", "Python", name)) for name in tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
    return subprocess.run(  # noqa: S603
        command, cwd=copy, env=environment, capture_output=True, timeout=MOST_SECONDS, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
