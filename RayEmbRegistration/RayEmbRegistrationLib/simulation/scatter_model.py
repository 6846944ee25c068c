"""Scatter in a blink: the primary, weighted by what it went through, spread by a Gaussian; fitted to the Monte Carlo.

Where the beam met nothing there is nothing that scatters. So the source of scatter is p L**power, with the primary p of
the open beam and L = -log p: p L is what single scatter of a thin body is (B. Ohnesorge et al., European Radiology 9, 1999).
Beyond the collimated field there is none, by which scatter grows with the field as it should.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_LEAST_GAP_MM = 1.0  # chosen: a body on the detector
REFERENCE_KVP, REFERENCE_GAP_MM, REFERENCE_GRID = 80.0, 100.0, 10.0  # chosen: the middle of what was fitted on


@dataclass(frozen=True)
class Behind:
    """What is behind the body.

    Attributes:
        gap_mm: from the body to the detector.
        pixel_mm: on the detector.
        grid_ratio: of the anti-scatter grid before it; None without one.
        copper_mm: of the tube's filter, beside 3 mm of aluminium.
    """

    gap_mm: float = 150.0
    pixel_mm: float = 0.73
    grid_ratio: float | None = None
    copper_mm: float = 0.0


@dataclass(frozen=True)
class ScatterModel:
    """The model's numbers, fitted by Testing/bench/scatter_fit.py, which says how far it is off.

    Attributes:
        level: natural logarithm of the scale at 80 kVp, without copper and grid, 100 mm of air behind the body.
        power: of L, at 80 kVp.
        power_by_kvp: its change for each 100 kVp more.
        by_kvp: change of the logarithm for each 100 kVp more.
        by_copper: the same for each mm of copper.
        by_gap: exponent of the air gap.
        by_grid: what a grid of 10 takes off the logarithm, at 80 kVp and 100 mm of air.
        grid_power: by which power of its ratio another grid does.
        grid_by_kvp: more of it for each 100 kVp more.
        grid_by_gap: more of it for each e-fold of the air gap.
        width_mm: standard deviation on the detector without an air gap.
        width_by_gap: millimetres more for each of the air gap.
    """

    level: float = -1.121
    power: float = 1.315
    power_by_kvp: float = 0.121
    by_kvp: float = 0.414
    by_copper: float = 0.189
    by_gap: float = -0.196
    by_grid: float = 1.464
    grid_power: float = 0.765
    grid_by_kvp: float = -0.634
    grid_by_gap: float = -0.313
    width_mm: float = 45.686
    width_by_gap: float = 0.289

    def scatter(self, primary: np.ndarray, kvp: float, behind: Behind) -> np.ndarray:
        """(H, W) scatter over the open beam's signal.

        Args:
            primary: (H, W) over the open beam's signal, 1 where nothing was in the way and 0 outside of the field.
            kvp: tube voltage.
            behind: detector, grid and air gap.
        """
        from scipy.ndimage import gaussian_filter

        harder = (kvp - REFERENCE_KVP) / 100
        further = np.log(max(behind.gap_mm, _LEAST_GAP_MM) / REFERENCE_GAP_MM)
        through = np.clip(primary, 1e-12, 1)
        source = np.where(primary > 0, through * (-np.log(through)) ** (self.power + self.power_by_kvp * harder), 0)
        logarithm = self.level + self.by_kvp * harder + self.by_copper * behind.copper_mm + self.by_gap * further
        if behind.grid_ratio is not None:
            taken = self.by_grid + self.grid_by_kvp * harder + self.grid_by_gap * further
            logarithm -= taken * (behind.grid_ratio / REFERENCE_GRID) ** self.grid_power
        width = (self.width_mm + self.width_by_gap * behind.gap_mm) / behind.pixel_mm
        return np.asarray(np.exp(logarithm) * gaussian_filter(source, width, mode="constant"))
