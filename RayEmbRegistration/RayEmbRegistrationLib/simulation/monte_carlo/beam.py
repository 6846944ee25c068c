"""The tube's beam: its spectrum behind filters, and the dose-area product of so many photons."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .tables import load_tables

_FILTERS = {"al": "aluminium", "cu": "copper"}
JOULE_PER_KEV = 1.602177e-16  # CODATA 2018
_USUAL_FILTERS = (("aluminium", 3.0),)  # chosen: the total filtration that IEC 60601-1-3 asks for is 2.5 mm Al


@dataclass(frozen=True)
class Beam:
    """Tube voltage and filters.

    Attributes:
        kvp: 40 to 140 kV.
        filters: pairs of a material of the tables and its thickness in mm.
    """

    kvp: float = 80.0
    filters: tuple[tuple[str, float], ...] = _USUAL_FILTERS

    def __post_init__(self) -> None:
        voltages = load_tables().voltages
        if not voltages[0] <= self.kvp <= voltages[-1]:
            raise InputProblem(
                f"the tube voltage must lie between {voltages[0]:g} and {voltages[-1]:g} kVp, not {self.kvp:g}"
            )
        for material, thickness in self.filters:
            load_tables().row(material)
            if not 0 <= thickness < np.inf:
                raise InputProblem(f"a filter's thickness must be zero or more mm, not {thickness:g} of {material}")

    def spectrum(self) -> np.ndarray:
        """(E,) share of the photons at each energy of the tables; it sums to 1.

        Raises:
            InputProblem: the filters let nothing through.
        """
        tables = load_tables()
        after = min(int(np.searchsorted(tables.voltages, self.kvp, side="right")), len(tables.voltages) - 1)
        low, high = tables.voltages[after - 1], tables.voltages[after]
        share = (self.kvp - low) / (high - low)
        fluence = (1 - share) * tables.fluence[after - 1] + share * tables.fluence[after]
        fluence = np.where(tables.energies <= np.ceil(self.kvp), fluence, 0)
        for material, thickness in self.filters:
            fluence = fluence * np.exp(-tables.linear_attenuation(material) * thickness)
        total = fluence.sum()
        if not total > 0:
            raise InputProblem("the filters let nothing of the beam through; give thinner ones")
        return np.asarray(fluence / total)

    def half_value_layer_mm(self, material: str = "aluminium") -> float:
        """Thickness of a material, mm, that halves the air kerma."""
        tables = load_tables()
        kerma = self.spectrum() * tables.energies * tables.energy_absorption[tables.row("air")]
        attenuation = tables.linear_attenuation(material)
        low, high = 0.0, 100.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if (kerma * np.exp(-attenuation * middle)).sum() > kerma.sum() / 2 else (low, middle)
        return low


def monoenergetic(energy_kev: int) -> np.ndarray:
    """(E,) spectrum of one energy, a whole number of keV.

    Raises:
        InputProblem: outside the tables.
    """
    energies = load_tables().energies
    if energy_kev not in energies:
        raise InputProblem(
            f"the energy must be a whole number from {energies[0]:g} to {energies[-1]:g} keV, not {energy_kev:g}"
        )
    return np.asarray(energies == energy_kev, dtype=np.float64)


def dose_area_product(spectrum: np.ndarray, photons: float) -> float:
    """Dose-area product in Gy cm2 (air kerma) of so many photons: an estimate, not for clinical use.

    Photons times energy times mass energy-absorption coefficient of air; it is the same at every distance from the source.
    """
    tables = load_tables()
    kerma_kev = (spectrum * tables.energies * tables.energy_absorption[tables.row("air")]).sum()  # keV cm2 / g a photon
    return float(photons * kerma_kev * JOULE_PER_KEV * 1000)


def parse_filters(text: str) -> tuple[tuple[str, float], ...]:
    """Filters written as "Al 3, Cu 0.1" (mm).

    Raises:
        InputProblem: anything else.
    """
    filters = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = re.fullmatch(r"([A-Za-z]+)\s+([0-9]*\.?[0-9]+)(?:\s*mm)?", part)
        if not found or found[1].lower() not in _FILTERS:
            raise InputProblem(f"the filter '{part}' is not understood; write material and mm, as in \"Al 3, Cu 0.1\"")
        filters.append((_FILTERS[found[1].lower()], float(found[2])))
    return tuple(filters)
