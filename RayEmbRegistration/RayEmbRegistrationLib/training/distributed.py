"""Several processes, GPUs or machines, started by torchrun: each has its share of a step's sets, gradients are averaged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import distributed

from RayEmbRegistrationLib.problems import InputProblem


@dataclass(frozen=True)
class Ranks:
    """A process among all that train together; alone unless ``join_ranks`` found others."""

    rank: int = 0
    world: int = 1

    def lanes(self, sets: int) -> range:
        """The sets of a step that are this process's.

        Raises:
            InputProblem: the sets cannot be shared out evenly.
        """
        if sets % self.world:
            raise InputProblem(f"{sets} sets a step cannot be shared by {self.world} processes; use as many, or a divisor")
        return range(self.rank, sets, self.world)

    def average_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Mean of all processes' gradients, in place."""
        if self.world == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(flat)
        flat /= self.world
        for gradient, part in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def average(self, value: float, device: torch.device) -> float:
        """Mean of a number over all processes."""
        if self.world == 1:
            return value
        tensor = torch.tensor([value], dtype=torch.float64, device=device)
        distributed.all_reduce(tensor)
        return float(tensor) / self.world

    def agree(self, values: Sequence[float], device: torch.device) -> list[float]:
        """The first process's numbers, everywhere: clocks and cancel flags differ."""
        if self.world == 1:
            return list(values)
        tensor = torch.tensor(list(values), dtype=torch.float64, device=device)
        distributed.broadcast(tensor, 0)
        return tensor.tolist()

    def copy_from_first(self, tensors: Iterable[torch.Tensor]) -> None:
        """Make tensors equal to the first process's, in place."""
        if self.world > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, 0)


def join_ranks(device: str) -> tuple[Ranks, str]:
    """Join the processes that torchrun started (none where it did not), and this one's device.

    Uses nccl on CUDA, else gloo.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        return Ranks(), device
    if device.startswith("cuda"):
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(device)
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    return Ranks(distributed.get_rank(), distributed.get_world_size()), device


def leave_ranks(ranks: Ranks) -> None:
    """End the group that ``join_ranks`` joined."""
    if ranks.world > 1:
        distributed.destroy_process_group()
