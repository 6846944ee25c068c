"""Testing/gpu/monte_carlo.py and the benchmark that takes its X-rays, as modules."""

import importlib.util
import sys
from functools import cache
from pathlib import Path

TESTING = Path(__file__).resolve().parents[1]


@cache
def script():
    """Testing/gpu/monte_carlo.py."""
    return _loaded("gpu_monte_carlo", TESTING / "gpu" / "monte_carlo.py")


@cache
def bench():
    """Testing/bench/monte_carlo_xrays.py."""
    return _loaded("bench_monte_carlo_xrays", TESTING / "bench" / "monte_carlo_xrays.py")


def _loaded(name: str, path: Path):
    before = list(sys.path)
    sys.path.insert(0, str(TESTING / "bench"))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = before  # a script's own folders are not for the other tests
    return module
