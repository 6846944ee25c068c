"""What the detector makes of a photon, and the grid before it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from RayEmbRegistrationLib.problems import InputProblem

from .tables import FIRST_KEV, load_tables

KINDS = ("energy", "counting")
_HIGHEST_RATIO = 100.0  # chosen: beyond any; a much higher one would let nothing through
_ENTRIES = 16  # chosen: places across one strip and gap at which rays enter; the mean over them is good to 1 %


@dataclass(frozen=True)
class Grid:
    """A focused anti-scatter grid of lead strips along the image's columns.

    Attributes:
        ratio: height of the strips over the gap between them.
        lines_per_cm: how many strips.
        strip_mm: thickness of the lead.
        along_columns: strips run along the image's columns (they stop what is scattered sideways); else along its rows.
    """

    ratio: float = 10.0
    lines_per_cm: float = 40.0
    strip_mm: float = 0.05
    along_columns: bool = True

    def __post_init__(self) -> None:
        if not (self.ratio > 0 and self.lines_per_cm > 0 and 0 < self.strip_mm < 10 / self.lines_per_cm):
            raise InputProblem("the grid needs a ratio, lines per cm and strips thinner than their distance, all positive")
        if self.ratio > _HIGHEST_RATIO:
            raise InputProblem(f"a grid's ratio must not be above {_HIGHEST_RATIO:g}, not {self.ratio:g}; 6 to 16 are usual")

    def transmission(self, slope: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
        """Share that passes, from the geometry of the strips; their scatter and the gaps' absorption are left out.

        Args:
            slope: (N,) tangent of the ray's angle against the focused ray, across the strips.
            row: (N,) row of the energy in the tables.
        """
        period = 10 / self.lines_per_cm
        height = self.ratio * (period - self.strip_mm)
        lead = torch.as_tensor(load_tables().linear_attenuation("lead"), device=slope.device, dtype=slope.dtype)[row]
        shift = height * slope.abs().clamp(1e-4, 1e3)
        total = torch.zeros_like(slope)
        for entry in (np.arange(_ENTRIES) + 0.5) / _ENTRIES * period:
            crossed = _lead_up_to(entry + shift, period, self.strip_mm) - _lead_up_to(
                torch.full_like(shift, float(entry)), period, self.strip_mm
            )
            total += torch.exp(-lead * crossed / shift * torch.sqrt(height**2 + shift**2))
        return total / _ENTRIES


def _lead_up_to(place: torch.Tensor, period: float, strip: float) -> torch.Tensor:
    """Millimetres of lead between 0 and a place across the grid, strips being at the start of each period."""
    whole = torch.floor(place / period)
    return whole * strip + (place - whole * period).clamp(max=strip)


@dataclass(frozen=True)
class Detector:
    """A flat panel.

    Attributes:
        kind: "energy" (adds up the absorbed energy) or "counting" (photons above the threshold).
        csi_mm: thickness of caesium iodide; 0.5 to 0.6 is usual. Its fluorescence is taken to stay in the pixel.
        threshold_kev: of a counting one.
        grid: before it, or None.
    """

    kind: str = "energy"
    csi_mm: float = 0.55
    threshold_kev: float = 20.0
    grid: Grid | None = field(default=None)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputProblem(f"there is no detector of the kind '{self.kind}'; use one of {', '.join(KINDS)}")
        if not 0 < self.csi_mm < 100:
            raise InputProblem(f"the detector's thickness must be a positive number of mm, not {self.csi_mm:g}")

    def response(self, row: torch.Tensor, energy: torch.Tensor, cosine: torch.Tensor) -> torch.Tensor:
        """Mean signal of a photon, without the grid: keV absorbed, or the chance to be counted.

        Args:
            row: (...) rows of the tables.
            energy: (...) keV.
            cosine: (...) of the angle of incidence.
        """
        attenuation = torch.as_tensor(load_tables().linear_attenuation("csi"), device=energy.device, dtype=energy.dtype)
        absorbed = 1 - torch.exp(-attenuation[row] * self.csi_mm / cosine.clamp(min=1e-3))
        return absorbed * (energy if self.kind == "energy" else (energy >= self.threshold_kev).to(energy))


def row_of(energy: torch.Tensor, uniform: torch.Tensor | float = 0.5) -> torch.Tensor:
    """Rows of the tables for energies in keV; with random numbers, one of both neighbours so that the mean is right."""
    rows = len(load_tables().energies)
    return torch.floor(energy - FIRST_KEV + uniform).long().clamp(0, rows - 1)
