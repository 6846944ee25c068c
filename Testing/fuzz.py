"""Read damaged files of every kind and count what must not happen.

That is: crashes, tracebacks, hangs, floods of memory, and cut-off volumes that pass with other values.

    python Testing/fuzz.py [--count 1500] [--seed 0] [--keep FOLDER]

Exits 1 where anything did. The same seed gives the same files.
"""

from __future__ import annotations

import argparse
import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "RayEmbRegistration"), str(Path(__file__).parent / "Python")]

import numpy as np  # noqa: E402
import psutil  # noqa: E402
from fuzz_damage import DAMAGES, damaged_copy  # noqa: E402
from fuzz_inputs import VOLUMES, Seed, make_seeds  # noqa: E402

LONGEST_S, MOST_BYTES = 30.0, 3e9
BAD = ("crash", "traceback", "hang", "memory", "wrong values")


@dataclass(frozen=True)
class Case:
    """One damaged file and what reading it came to.

    Attributes:
        number: with the seed it tells how to make it again.
        kind, name, damage: of the file.
        outcome: "read", "refused" or one of BAD.
        said: sentence, traceback or digest.
        seconds: it took.
    """

    number: int
    kind: str
    name: str
    damage: str
    outcome: str
    said: str
    seconds: float


class Reader:
    """A child process that reads files; it is started again where it died or had to be ended."""

    def __init__(self, ct: Path) -> None:
        self._ct = ct
        self._child: subprocess.Popen[str] | None = None

    def read(self, kind: str, path: Path) -> dict[str, str]:
        """Outcome and words for one file, within the limits of time and memory."""
        child = self._running()
        assert child.stdin is not None
        before = psutil.Process(child.pid).memory_info().rss
        child.stdin.write(f"{kind}\t{path}\n")
        child.stdin.flush()
        began = time.monotonic()
        while True:
            try:
                line = self._lines.get(timeout=0.02)
            except queue.Empty:
                if time.monotonic() - began > LONGEST_S:
                    return self._ended("hang", f"more than {LONGEST_S:g} s")
                if self._memory(child.pid) - before > MOST_BYTES:
                    return self._ended("memory", f"more than {MOST_BYTES / 1e9:g} GB")
                continue
            if line is None:
                return self._ended("crash", f"the process ended with status {child.wait()}")
            found: dict[str, str] = json.loads(line)
            return found

    @staticmethod
    def _memory(process: int) -> int:
        try:
            return int(psutil.Process(process).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def _running(self) -> subprocess.Popen[str]:
        if self._child is None:
            command = [sys.executable, str(Path(__file__).with_name("fuzz_reader.py")), str(self._ct)]
            self._child = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            self._lines: queue.Queue[str | None] = queue.Queue()
            threading.Thread(target=self._listen, args=(self._child, self._lines), daemon=True).start()
            if self._lines.get(timeout=120) != "ready\n":
                raise RuntimeError("the reading process does not start; run Testing/fuzz_reader.py by hand")
        return self._child

    @staticmethod
    def _listen(child: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
        assert child.stdout is not None
        for line in child.stdout:
            lines.put(line)
        lines.put(None)

    def _ended(self, outcome: str, said: str) -> dict[str, str]:
        self.close()
        return {"outcome": outcome, "said": said}

    def close(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None


def fuzz(count: int, seed: int, folder: Path, keep: Path | None = None) -> Iterator[Case]:
    """Read damaged files, one after the other.

    Args:
        count: of files, spread evenly over kinds and damages.
        seed: of all that is random.
        folder: to work in.
        keep: where files that something bad happened with are copied to.
    """
    seeds = make_seeds(folder / "good")
    reader = Reader(next(item.path for item in seeds if item.kind == "ct"))
    try:
        good = {item: reader.read(item.kind, item.path) for item in seeds}
        for item, found in good.items():
            if item.path.suffix != ".ckpt" and found["outcome"] != "read":
                raise RuntimeError(f"the undamaged {item.path.name} is not read: {found['said']}")
        plan = [(item, damage) for damage in DAMAGES for item in seeds]
        for number in range(count):
            item, damage = plan[number * 7919 % len(plan)]  # a prime: any count is spread over all
            yield _one(
                number, item, damage, np.random.default_rng([seed, number]), (reader, folder, keep, good[item]["said"])
            )
    finally:
        reader.close()


def _one(
    number: int,
    item: Seed,
    damage: str,
    rng: np.random.Generator,
    where: tuple[Reader, Path, Path | None, str],
) -> Case:
    reader, folder, keep, right = where
    path = damaged_copy(item, damage, rng, folder / "damaged")
    began = time.monotonic()
    found = reader.read(item.kind, path)
    seconds = time.monotonic() - began
    outcome = found["outcome"]
    if outcome == "read" and damage == "truncated" and item.kind in VOLUMES and found["said"] != right:
        outcome = "wrong values"
    if outcome in BAD and keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        path.rename(keep / f"{number:05d}_{damage}_{path.name}")
    return Case(number, item.kind, item.path.name, damage, outcome, found["said"], seconds)


def main() -> int:
    """Count, and tell what was bad."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="copy the files that something bad happened with into this folder")
    arguments = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    bad: list[Case] = []
    longest = 0.0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rayemb-fuzz-") as folder:
        for case in fuzz(arguments.count, arguments.seed, Path(folder), arguments.keep):
            counts[case.kind, case.outcome] += 1
            longest = max(longest, case.seconds)
            if case.outcome in BAD:
                bad.append(case)
                print(f"{case.outcome}: {case.name} {case.damage} (number {case.number}): {case.said[-1500:]}", flush=True)
    for kind in sorted({kind for kind, _ in counts}):
        row = ", ".join(f"{n} {outcome}" for (k, outcome), n in sorted(counts.items()) if k == kind)
        print(f"{kind:16s} {row}")
    total = Counter(case.outcome for case in bad)
    took = f"{time.monotonic() - began:.0f} s, longest {longest:.1f} s"
    print(f"{arguments.count} files in {took}; {dict(total) or 'nothing bad'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
