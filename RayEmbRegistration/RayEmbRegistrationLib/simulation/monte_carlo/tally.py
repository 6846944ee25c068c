"""What histories add up to."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

EMITTED, DEPOSITED, ESCAPED = range(3)  # rows of a tally's energies


@dataclass(eq=False)
class Tally:
    """Sums over histories, apart for each of B batches, whose spread is the error.

    Attributes:
        histories: how many in a batch.
        signals: (B, H, W) float64 scatter signal per mm2 of detector, times histories, for one photon per steradian.
        energies: (3, B) float64, weight times keV of photons that entered, stayed and left.
        regional: (B, R + 1) float64, what stayed in each of the scene's regions; of 0 in none.
        interactions: how many in all.
        rays: columns of those that wait to be traced.
    """

    histories: int
    signals: torch.Tensor
    energies: torch.Tensor
    regional: torch.Tensor
    interactions: int = 0
    rays: list[tuple[torch.Tensor, ...]] = field(default_factory=list, repr=False)

    @property
    def signal(self) -> torch.Tensor:
        """(H, W) over all batches."""
        return self.signals.sum(0)

    @property
    def emitted(self) -> float:
        """Energy that entered the body."""
        return float(self.energies[EMITTED].sum())

    @property
    def deposited(self) -> float:
        """Energy that stayed."""
        return float(self.energies[DEPOSITED].sum())

    @property
    def escaped(self) -> float:
        """Energy that left."""
        return float(self.energies[ESCAPED].sum())

    def add(self, kind: int, batch: torch.Tensor, energy: torch.Tensor) -> None:
        """Energies of photons to one of the sums, each to its batch."""
        self.energies[kind].index_add_(0, batch, energy.double())
