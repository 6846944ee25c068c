"""What one CT and one registration cost: time, file size and memory, in a process of their own."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import DATA, Benchmark, needed, opened, peak_memory_bytes, row


def run(quick: bool = False) -> Benchmark:
    """Measure in a fresh process, so that no other benchmark's memory counts."""
    needed(DATA / "pelvis")
    command = [sys.executable, __file__, "--child"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - this very file
    if answer.returncode:
        raise RuntimeError(answer.stderr.strip().splitlines()[-1])
    measured = json.loads(answer.stdout.splitlines()[-1])
    rows = [
        row("importing the library", "", f"{measured['import_s']:.1f} s"),
        row("preparing the CT, view ap", "30 s", f"{measured['prepare_s']:.1f} s"),
        row("prepared file", "", f"{measured['file_mb']:.1f} MB"),
        row("loading the prepared file", "", f"{measured['load_s']:.2f} s"),
        row("first registration", "", f"{measured['first_s']:.1f} s"),
        row("second registration", "2.5 s", f"{measured['second_s']:.1f} s"),
        row("peak memory of all of it", "2 GB", f"{measured['peak_gb']:.2f} GB"),
    ]
    return Benchmark(rows, [measured], "A pelvic CT of 256 x 256 x 175 voxels and X-rays of 384 x 384 pixels.")


def child() -> None:
    """Prepare, save, load and register twice; print what it took as JSON."""
    started = time.perf_counter()
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import PreparedCT, prepare, register

    measured = {"import_s": time.perf_counter() - started}
    ct = open_ct(DATA / "pelvis" / "ct.nii.gz").volume
    started = time.perf_counter()
    prepared = prepare(ct)
    measured["prepare_s"] = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ct.npz"
        prepared.save(path)
        measured["file_mb"] = path.stat().st_size / 1e6
        started = time.perf_counter()
        prepared = PreparedCT.load(path)
        measured["load_s"] = time.perf_counter() - started
    for name, case in zip(("first_s", "second_s"), find_cases(DATA / "pelvis" / "xrays"), strict=False):
        view = opened(case)
        started = time.perf_counter()
        register(prepared, [view])
        measured[name] = time.perf_counter() - started
    measured["peak_gb"] = peak_memory_bytes() / 1e9
    print(json.dumps({name: round(value, 3) for name, value in measured.items()}))


if __name__ == "__main__":
    child()
