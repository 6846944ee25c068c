"""Whether the projector's inner loops are compiled, and how their rays are shared out to the processor's cores.

numba is not asked of anybody: without it the same numbers come from torch, several times as slowly.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from types import ModuleType

import numpy as np
import torch

SWITCH = "RAYEMB_COMPILED"
"""Environment variable; 0 leaves numba alone."""
LEAST_TAPS = 500_000
"""Voxels on the rays' way from which more than one core is worth its start: about a millisecond's work."""
SHARES = 4  # parts a core: what is empty is unevenly spread; chosen
_log = logging.getLogger(__name__)


@cache
def kernels() -> ModuleType | None:
    """``drr.compiled``; None where numba is missing, does not suit, or is switched off."""
    if os.environ.get(SWITCH) == "0":
        return None
    try:
        from . import compiled
    except ImportError as error:
        _log.info("projecting without numba, several times as slowly: %s", error)
        return None
    return compiled


@cache
def smooth_kernels() -> ModuleType | None:
    """``drr.compiled_smooth``, where there is ``drr.compiled``."""
    if kernels() is None:
        return None
    from . import compiled_smooth

    return compiled_smooth


@cache
def window_kernels() -> ModuleType | None:
    """``drr.compiled_windows``, where there is ``drr.compiled``."""
    if kernels() is None:
        return None
    from . import compiled_windows

    return compiled_windows


def may_compile(*tensors: torch.Tensor) -> bool:
    """Whether compiled loops take these: single precision, on the CPU."""
    return all(each.device.type == "cpu" and each.dtype == torch.float32 for each in tensors) and kernels() is not None


def shared_out(work: Callable[[int, int], None], count: int, taps: int) -> None:
    """Do ``work(begin, end)`` for all of ``count``, on as many cores as torch is given; ``taps`` says how much it is."""
    threads = min(torch.get_num_threads(), count)
    if threads < 2 or taps < LEAST_TAPS:
        work(0, count)
        return
    places = np.linspace(0, count, min(count, SHARES * threads) + 1).astype(int).tolist()
    # Made anew each time: threads kept for later would be missing in a process that is forked.
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, begin, end) for begin, end in pairwise(places)]:
            done.result()
