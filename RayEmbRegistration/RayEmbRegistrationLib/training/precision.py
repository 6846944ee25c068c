"""Mixed precision where the device computes it natively, and is faster for it."""

from __future__ import annotations

import torch


def mixed_precision(device: torch.device, wanted: bool = True) -> torch.autocast:
    """A context in which convolutions run in bfloat16: on GPUs, and on CPUs whose matrix unit (AMX) has the type.

    Other CPUs emulate bfloat16, which is slower than float32; there, and on MPS, the context changes nothing.
    """
    native = device.type == "cuda" or (device.type == "cpu" and _has_matrix_unit())
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted and native)


def _has_matrix_unit() -> bool:
    """Whether this CPU has AMX for bfloat16; False where torch is too old to say."""
    capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("amx_bf16")) and bool(capabilities.get("amx_tile"))
