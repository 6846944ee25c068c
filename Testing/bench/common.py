"""What the benchmarks share: where things are, what a result is, what machine this is, and starts at random."""

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "RayEmbRegistration"))

from RayEmbRegistrationLib.evaluation.metrics import PoseErrors, pose_errors  # noqa: E402 - after the path
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402

DATA = REPOSITORY.parent / "shared" / "data"
CACHE = REPOSITORY / "output" / "bench_cache"
RESULTS = Path(__file__).resolve().parent / "results"


class NotHereError(Exception):
    """The data of a benchmark are not on this machine."""


@dataclass(frozen=True)
class Benchmark:
    """What a benchmark measured.

    Attributes:
        rows: the table, all with the same keys; "asked" says what is asked at least, "reached" what is reached.
        cases: one entry a registration, for a closer look.
        note: what a reader of the table must know.
    """

    rows: Sequence[dict]
    cases: Sequence[dict] = field(default_factory=tuple)
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """One registration against the truth; ``trusted`` is that of its position in space, which these errors are of."""

    name: str
    errors: PoseErrors
    trusted: bool
    overlay_trusted: bool
    similarity: float
    seconds: float
    core_seconds: float

    @property
    def is_wrongly_trusted(self) -> bool:
        """For either purpose, and off by more than what is allowed by default."""
        from RayEmbRegistrationLib.pose.settings import OVERLAY_TOLERANCE_MM, POSITION_TOLERANCE_MM

        in_space = self.trusted and not self.errors.mtre_mm <= POSITION_TOLERANCE_MM
        return in_space or (self.overlay_trusted and not self.errors.mrpd_mm <= OVERLAY_TOLERANCE_MM)

    def entry(self) -> dict:
        """For the results file."""
        errors = {key: rounded(value) for key, value in vars(self.errors).items()}
        about = {"similarity": rounded(self.similarity), "trusted": self.trusted, "overlay_trusted": self.overlay_trusted}
        about["seconds"] = rounded(self.seconds)
        about["core_seconds"] = rounded(self.core_seconds)
        return {"case": self.name, **errors, **about}


def needed(path: Path) -> Path:
    """The path, or NotHereError."""
    if not path.exists():
        raise NotHereError(f"{path.relative_to(REPOSITORY.parent)} is not here")
    return path


def opened(case, start: RigidTransform | None = None, *, tell_polarity: bool = False):
    """A case's X-ray as every user's is opened, its polarity forgotten unless told otherwise."""
    from dataclasses import replace

    from RayEmbRegistrationLib.application.open_xray import open_xray

    view = open_xray(case.image_path, case.geometry_path, name=case.name)
    return replace(view if tell_polarity else view.with_geometry(bone_is_bright=None), start=start)


def both_polarities(case) -> tuple:
    """A case's camera, and its X-ray conditioned under either polarity, by it."""
    from RayEmbRegistrationLib.xray.conditioning import condition, find_field

    view = opened(case)
    field = find_field(view.pixels, view.invalid, case.name)
    return view.camera, {flag: condition(field, view.camera, flag, view.intensity) for flag in (False, True)}


def row(measure: str, asked: str, reached: str) -> dict:
    """A line of a table."""
    return {"measure": measure, "asked": asked or "-", "reached": reached}


def tuned(prepared, minutes: float) -> tuple[object, str]:
    """The CT fine-tuned for minutes of processor time, and those in words; other processes take none of them."""
    from types import SimpleNamespace

    from RayEmbRegistrationLib.registration import fine_tune
    from RayEmbRegistrationLib.training import trainer

    worked, kept = time.process_time(), trainer.time
    trainer.time = SimpleNamespace(perf_counter=time.process_time)
    try:
        better = fine_tune(prepared, minutes)
    finally:
        trainer.time = kept
    steps = f"{better.encoder_about['steps']} steps"
    return better, f"{(time.process_time() - worked) / 60:.1f} minutes of processor time, {steps}"


def rounded(value: float) -> float | None:
    """Four decimals; None where it is no finite number."""
    return round(float(value), 4) if np.isfinite(value) else None


def share(right: Sequence[bool]) -> str:
    """'11 of 12 (92 %)'."""
    right = list(right)
    return f"{sum(right)} of {len(right)} ({100 * sum(right) / max(len(right), 1):.0f} %)"


def median(values: Sequence[float], unit: str = "mm") -> str:
    """Median with a unit; failures count as what they are."""
    return f"{np.median(np.nan_to_num(np.asarray(values, dtype=float), nan=np.inf)):.2f} {unit}"


def timed_outcome(name: str, call: Callable, truth: RigidTransform, camera, points_ras: np.ndarray) -> Outcome:
    """Register and compare the first view with the truth."""
    started, worked = time.perf_counter(), time.process_time()
    result = call()
    seconds, core_seconds = time.perf_counter() - started, time.process_time() - worked
    errors = pose_errors(result.camera_from_ras, truth, camera, points_ras)
    quality = result.quality
    verdicts = ", ".join(
        f"{one.purpose} {'' if one.trusted else 'not '}trusted" for one in (quality.overlay, quality.position)
    )
    print(
        f"  {name}: mTRE {errors.mtre_mm:.2f} mm, mPD {errors.mpd_mm:.2f} mm, similarity {quality.similarity:.2f}, "
        f"{verdicts}, {seconds:.1f} s",
        flush=True,
    )
    trusted = bool(quality.position.trusted), bool(quality.overlay.trusted)
    return Outcome(name, errors, *trusted, float(quality.similarity), seconds, core_seconds)


def make_missing(folder: Path, names: Sequence[str], make_case: Callable[[str], Path]) -> None:
    """Make the cases that the folder lacks, two at a time with one thread each; ``make_case`` is a module's function."""
    missing = [name for name in names if not (folder / f"{name}.truth.json").exists()]
    if not missing:
        return
    print(f"  making {len(missing)} X-rays with Siddon's method, about {len(missing) * 4} s")
    os.environ["OMP_NUM_THREADS"] = "1"  # of the processes to come
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for done, _ in enumerate(pool.map(make_case, missing), 1):
            print(f"\r  {done} of {len(missing)}", end="" if done < len(missing) else "\n", file=sys.stderr, flush=True)
    del os.environ["OMP_NUM_THREADS"]


def in_ball(rng: np.random.Generator, radius: float) -> np.ndarray:
    """(3,) uniform in a ball."""
    direction = rng.normal(size=3)
    return direction / np.linalg.norm(direction) * radius * rng.random() ** (1 / 3)


def start_near(
    reference: RigidTransform, center_ras: np.ndarray, degrees: float, millimetres: float, rng: np.random.Generator
) -> RigidTransform:
    """A pose turned about the bone's centre and shifted, uniformly in balls, in camera axes."""
    turn = RigidTransform.from_rotation_vector(np.radians(in_ball(rng, degrees)))
    center = reference.apply(center_ras)
    shift = center - turn.apply(center) + in_ball(rng, millimetres)
    return RigidTransform(turn.rotation, shift) @ reference


def peak_memory_bytes() -> int:
    """The most memory that this process held at once.

    Linux counts what the parent held at the start of a child among the child's ``ru_maxrss``, so it is not asked there.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def machine() -> dict:
    """CPU, cores and versions."""
    import torch

    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
    }


def save(name: str, benchmark: Benchmark, quick: bool) -> Path:
    """Write results/NAME.json, one case a line."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    head = {"name": name, "quick": quick, "machine": machine(), "note": benchmark.note, "rows": list(benchmark.rows)}
    text = json.dumps(head, indent=1, ensure_ascii=False)
    cases = ",\n  ".join(json.dumps(case) for case in benchmark.cases)
    path.write_text(f'{text[:-2]},\n "cases": [\n  {cases}\n ]\n}}\n', encoding="utf-8")
    return path
