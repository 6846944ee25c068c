"""Tube spectra and attenuation: the physics constants of the simulator.

Mass attenuation coefficients: J. H. Hubbell and S. M. Seltzer, NIST Standard Reference Database 126 (NISTIR 5632, from
XCOM), in cm2/g: liquid water, cortical bone (ICRU-44), aluminium, iron.
"""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

_ENERGY_KEV = np.array([15.0, 20, 30, 40, 50, 60, 80, 100, 150])  # of NIST's table (see above)
# NIST (see above).
_MASS_ATTENUATION = {
    "water": np.array([1.673, 0.8096, 0.3756, 0.2683, 0.2269, 0.2059, 0.1837, 0.1707, 0.1505]),
    "bone": np.array([9.032, 4.001, 1.331, 0.6655, 0.4242, 0.3148, 0.2229, 0.1855, 0.1480]),
    "aluminium": np.array([7.955, 3.441, 1.128, 0.5685, 0.3681, 0.2778, 0.2018, 0.1704, 0.1378]),
    "steel": np.array([57.08, 25.68, 8.176, 3.629, 1.958, 1.205, 0.5952, 0.3717, 0.1964]),
}
_DENSITY_G_CM3 = {"water": 1.0, "bone": 1.92, "aluminium": 2.699, "steel": 7.874}  # of the same tables; steel as iron

REFERENCE_KEV = 70.0  # near the effective energy of a 120 kVp CT, at which Hounsfield units are read as attenuation


def linear_attenuation(material: str, energy_kev: np.ndarray | float) -> np.ndarray:
    """Linear attenuation coefficient in 1/mm, log-log interpolated; materials: water, bone, aluminium, steel."""
    table = np.log(_MASS_ATTENUATION[material])
    mass = np.exp(np.interp(np.log(energy_kev), np.log(_ENERGY_KEV), table))
    return mass * _DENSITY_G_CM3[material] / 10


def bone_to_water_ratio() -> float:
    """Attenuation of dense cortical bone over that of water at the reference energy."""
    return float(linear_attenuation("bone", REFERENCE_KEV) / linear_attenuation("water", REFERENCE_KEV))


def tube_spectrum(kvp: float, aluminium_mm: float = 3.5, bins: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Photon energies and their shares of a filtered tube: Kramers' law behind aluminium, without characteristic lines.

    Args:
        kvp: tube voltage, 40 to 150 kV.
        aluminium_mm: total filtration.
        bins: number of energies.

    Returns:
        (bins,) energies in keV, (bins,) photon fluence summing to 1.

    Raises:
        InputProblem: a voltage outside the tabulated range.
    """
    if not 40 <= kvp <= 150:
        raise InputProblem(f"the tube voltage must lie between 40 and 150 kVp, not {kvp:g}")
    edges = np.linspace(15.0, kvp, bins + 1)
    fine = np.linspace(edges[:-1], edges[1:], 12, axis=-1)  # (bins, 12): the spectrum is steep at its lower end
    fluence = (kvp / fine - 1) * np.exp(-linear_attenuation("aluminium", fine) * aluminium_mm)
    shares = fluence.mean(-1)
    energies = (fluence * fine).sum(-1) / fluence.sum(-1)
    return energies, shares / shares.sum()
