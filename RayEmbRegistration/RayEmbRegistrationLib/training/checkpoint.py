"""What a stopped training needs to go on as if nothing had happened, in one file that holds tensors and numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from RayEmbRegistrationLib.files.writing import write_atomically
from RayEmbRegistrationLib.problems import InputProblem

FORMAT = "RayEmbRegistration training state 1"


@dataclass
class TrainingState:
    """All that changes while training.

    Attributes:
        encoder: the network being trained.
        averaged: weights averaged over steps, by name; what is evaluated and kept.
        optimizer: its state.
        step: steps done.
        seconds: time spent, over all runs.
        best: the averaged weights of least landmark error so far.
        best_error_mm: that error.
    """

    encoder: nn.Module
    averaged: dict[str, torch.Tensor]
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    best: dict[str, torch.Tensor] | None = None
    best_error_mm: float = float("inf")

    def save(self, path: Path, recipe: dict[str, Any]) -> None:
        """Write everything, whole or not at all; ``recipe`` tells what must be the same to go on."""
        content = {
            "format": FORMAT,
            "recipe": recipe,
            "encoder": self.encoder.state_dict(),
            "averaged": self.averaged,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "best": self.best,
            "best_error_mm": self.best_error_mm,
        }
        write_atomically(path, lambda temporary: torch.save(content, temporary))

    def load(self, path: Path, recipe: dict[str, Any]) -> None:
        """Continue from a file that ``save`` wrote.

        Raises:
            InputProblem: the file is missing, damaged, or of a training with another recipe.
        """
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
            if content["format"] != FORMAT:
                raise KeyError("format")
        except FileNotFoundError:
            raise InputProblem(f"{path} does not exist; start the training without resuming") from None
        except Exception as error:
            raise InputProblem(f"{path} is not the state of a training of this version; start without resuming") from error
        differing = sorted(name for name in recipe if recipe[name] != content["recipe"].get(name))
        if differing:
            name = differing[0]
            raise InputProblem(
                f"{path} belongs to a training with {name} {content['recipe'].get(name)}, not {recipe[name]}; "
                "resume with the same options, or start anew"
            )
        self.encoder.load_state_dict(content["encoder"])
        for name, value in content["averaged"].items():
            self.averaged[name].copy_(value)
        self.optimizer.load_state_dict(content["optimizer"])
        self.step, self.seconds = int(content["step"]), float(content["seconds"])
        self.best, self.best_error_mm = content["best"], float(content["best_error_mm"])
