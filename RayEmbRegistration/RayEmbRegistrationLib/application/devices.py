"""Where to compute: the choice of a device, and the processor where its memory does not suffice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import torch

from RayEmbRegistrationLib.problems import InputProblem

DEVICES = ("auto", "cpu", "cuda", "mps")
Report = Callable[[float, str], None]
Answer = TypeVar("Answer")
_LOG = logging.getLogger(__name__)
_FULL = ("out of memory", "cudnn_status_alloc_failed", "cublas_status_alloc_failed")


def chosen_device(name: str = "auto") -> str:
    """The torch device for a choice among DEVICES: with "auto" a graphics card where there is one.

    Raises:
        InputProblem: the machine lacks it.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return "cuda" if available["cuda"] else "cpu"
    if not available.get(name):
        raise InputProblem(f"this computer offers no {name} to PyTorch; choose auto or cpu")
    return name


def device_in_words(name: str) -> str:
    """What to call a torch device."""
    if name.startswith("cuda"):
        return f"graphics card ({torch.cuda.get_device_name()})"
    return {"mps": "graphics card (Apple)"}.get(name, "processor (no graphics card is used)")


def with_fallback(work: Callable[[str], Answer], device: str, report: Report) -> tuple[Answer, str, tuple[str, ...]]:
    """Do something on a device, and on the processor where the device's memory does not suffice.

    Returns:
        What the work returned, the device it was done on, and a remark where that is another one.
    """
    try:
        return work(device), device, ()
    except (torch.OutOfMemoryError, RuntimeError) as error:
        if device == "cpu" or not is_full(error):
            raise
        _LOG.warning("%s: %s; going on with the processor", device, error)
    torch.cuda.empty_cache()
    note = "The graphics card's memory did not suffice; the processor was used instead, which is slower."
    report(0.0, "the graphics card's memory does not suffice; going on with the processor")
    return work("cpu"), "cpu", (note,)


def is_full(error: BaseException) -> bool:
    """Whether an exception says that a graphics card's memory does not suffice."""
    return isinstance(error, torch.OutOfMemoryError) or any(mark in str(error).lower() for mark in _FULL)


def part_of(report: Report, start: float, end: float) -> Report:
    """A report whose 0 to 1 are a part of another's."""
    return lambda share, stage: report(start + (end - start) * share, stage)
