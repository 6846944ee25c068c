"""Cross sections and form factors, read once from ``tables.safetensors`` (its metadata names sources and licences)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

FILE = Path(__file__).with_name("tables.safetensors")
FIRST_KEV = 5  # of the tables, which go in steps of 1 keV; below, a photon's energy stays where it is
LAST_KEV = 150  # of the tables
ELECTRON_REST_KEV = 510.999  # CODATA 2018
KEV_ANGSTROM = 12.398420  # Planck's constant times the speed of light, CODATA 2018


@dataclass(frozen=True, eq=False)
class Tables:
    """What was baked.

    Attributes:
        materials: names, in the order of the rows.
        density: (M,) g/cm3.
        energies: (E,) keV, the integers from 5 to 150.
        photoelectric, compton, rayleigh, energy_absorption: (M, E) cm2/g.
        transfers: (X,) sin(theta / 2) / wavelength in 1/angstrom, the squares of evenly spaced numbers.
        form_factor_squared, incoherent: (M, X), a gram's sum over independent atoms, over Avogadro's number.
        voltages: (V,) kVp.
        fluence: (V, E) photons per cm2, keV and mAs at 1 m, without added filter.
    """

    materials: tuple[str, ...]
    density: np.ndarray
    energies: np.ndarray
    photoelectric: np.ndarray
    compton: np.ndarray
    rayleigh: np.ndarray
    energy_absorption: np.ndarray
    transfers: np.ndarray
    form_factor_squared: np.ndarray
    incoherent: np.ndarray
    voltages: np.ndarray
    fluence: np.ndarray

    def row(self, material: str) -> int:
        """Row of a material.

        Raises:
            InputProblem: not one of the tables.
        """
        if material not in self.materials:
            raise InputProblem(f"there is no material '{material}' in the tables; use one of {', '.join(self.materials)}")
        return self.materials.index(material)

    def attenuation(self, material: str) -> np.ndarray:
        """(E,) mass attenuation in cm2/g, of all three processes."""
        row = self.row(material)
        total: np.ndarray = self.photoelectric[row] + self.compton[row] + self.rayleigh[row]
        return total

    def linear_attenuation(self, material: str) -> np.ndarray:
        """(E,) attenuation in 1/mm at the material's own density."""
        return self.attenuation(material) * self.density[self.row(material)] / 10


@lru_cache(maxsize=1)
def load_tables() -> Tables:
    """The tables in double precision."""
    from safetensors import safe_open

    with safe_open(FILE, framework="np") as file:
        arrays = {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}  # noqa: SIM118 - not a dict
        materials = tuple(file.metadata()["materials"].split(","))
    energies, voltages = arrays.pop("energies_kev"), arrays.pop("voltages_kvp")
    return Tables(materials=materials, energies=energies, voltages=voltages, **arrays)
