"""What a stopped training needs to go on as if nothing had happened, in one file that holds tensors and numbers only."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from RayEmbRegistrationLib.detector.networks.encoder import Encoder
from RayEmbRegistrationLib.files.archives import check_archive
from RayEmbRegistrationLib.files.writing import write_atomically
from RayEmbRegistrationLib.problems import InputProblem

FORMAT = "RayEmbRegistration training state 1"
KEYS = {"format", "recipe", "encoder", "averaged", "optimizer", "step", "seconds", "best", "best_error_mm"}
UNREADABLE = (pickle.UnpicklingError, RuntimeError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError)
"""What PyTorch raises on a file that is not its own; a lack of memory is not among them."""


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

    encoder: Encoder
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
        sentence = f"{path} is not the state of a training of this version; delete it and start anew"
        try:
            check_archive(path, "delete it and start anew")
            content = torch.load(path, map_location="cpu", weights_only=True)
        except FileNotFoundError:
            raise InputProblem(f"{path} does not exist; start the training without resuming") from None
        except UNREADABLE as error:
            raise InputProblem(sentence) from error
        if not isinstance(content, dict) or content.get("format") != FORMAT or set(content) != KEYS:
            raise InputProblem(sentence)
        differing = sorted(name for name in recipe if recipe[name] != content["recipe"].get(name))
        if differing:
            name = differing[0]
            raise InputProblem(
                f"{path} belongs to a training with {name} {content['recipe'].get(name)}, not {recipe[name]}; "
                "go on with the same options, or delete it and start anew"
            )
        try:
            self._take(content)
        except UNREADABLE as error:
            if isinstance(error, torch.OutOfMemoryError):  # the file is sound
                raise
            raise InputProblem(sentence) from error

    def _take(self, content: dict[str, Any]) -> None:
        """Continue from what ``save`` wrote."""
        self.encoder.load_state_dict(content["encoder"])
        for name, value in content["averaged"].items():
            self.averaged[name].copy_(value)
        self.optimizer.load_state_dict(content["optimizer"])
        self.step, self.seconds = int(content["step"]), float(content["seconds"])
        self.best, self.best_error_mm = content["best"], float(content["best_error_mm"])
