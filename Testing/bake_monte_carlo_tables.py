"""Bake the cross sections and tube spectra of the Monte Carlo engine into one file.

Needs xraylib 4.3.0 and spekpy 2.5.4, which nothing else here does:

    pip install --target /tmp/bake xraylib==4.3.0 spekpy==2.5.4
    PYTHONPATH=/tmp/bake python Testing/bake_monte_carlo_tables.py
"""

from pathlib import Path

import numpy as np
import spekpy
import xraylib
from safetensors.numpy import save_file

FOLDER = Path(__file__).resolve().parents[1] / "RayEmbRegistration" / "RayEmbRegistrationLib" / "simulation" / "monte_carlo"
ENERGIES_KEV = np.arange(5.0, 151.0)
VOLTAGES_KVP = np.arange(40.0, 141.0, 2.0)
TRANSFERS = 12.5 * np.linspace(0, 1, 701) ** 2  # sin(theta / 2) / wavelength, 1/angstrom; 12.1 is reached at 150 keV
ANODE_DEG = 12.0
LICENCES = (
    "Cross sections, form factors, incoherent scattering functions: xraylib 4.3.0 (BSD-3-Clause; A. Brunetti et al. 2004, "
    "T. Schoonjans et al. 2011). Tube spectra: SpekPy 2.5.4 (MIT; G. Poludniowski et al. 2021, R. Bujila et al. 2020), "
    f"tungsten anode of {ANODE_DEG:g} degrees, no added filter. Compositions: ICRU Report 44 (1989); spongy bone: "
    "ICRU Report 46 (1992); air: NIST. Made by Testing/bake_monte_carlo_tables.py."
)
# Percent by mass and g/cm3, of the reports above.
COMPOSITIONS = {
    "air": ({"C": 0.0124, "N": 75.5268, "O": 23.1781, "Ar": 1.2827}, 0.001205),
    "lung": ({"H": 10.3, "C": 10.5, "N": 3.1, "O": 74.9, "Na": 0.2, "P": 0.2, "S": 0.3, "Cl": 0.3, "K": 0.2}, 0.26),
    "fat": ({"H": 11.4, "C": 59.8, "N": 0.7, "O": 27.8, "Na": 0.1, "S": 0.1, "Cl": 0.1}, 0.95),
    "soft": ({"H": 10.1, "C": 11.1, "N": 2.6, "O": 76.2}, 1.0),
    "spongy": (
        {"H": 8.5, "C": 40.4, "N": 2.8, "O": 36.7, "Na": 0.1, "Mg": 0.1, "P": 3.4, "S": 0.2, "Cl": 0.2, "K": 0.1, "Ca": 7.4,
         "Fe": 0.1}, 1.18,
    ),
    "bone": ({"H": 3.4, "C": 15.5, "N": 4.2, "O": 43.5, "Na": 0.1, "Mg": 0.2, "P": 10.3, "S": 0.3, "Ca": 22.5}, 1.92),
    "titanium": ({"Ti": 100.0}, 4.54),
    "water": ({"H": 11.1894, "O": 88.8106}, 1.0),
    "aluminium": ({"Al": 100.0}, 2.699),
    "copper": ({"Cu": 100.0}, 8.96),
    "lead": ({"Pb": 100.0}, 11.35),
    "csi": ({"Cs": 51.155, "I": 48.845}, 4.51),
    # Of AAPM report 195 (2015): what its codes were compared in.
    "soft_195": (
        {"H": 10.5, "C": 25.6, "N": 2.7, "O": 60.2, "Na": 0.1, "P": 0.2, "S": 0.3, "Cl": 0.2, "K": 0.2}, 1.03,
    ),
}  # fmt: skip


def elements(composition):
    """Atomic numbers and shares by mass that sum to 1."""
    total = sum(composition.values())
    return [(xraylib.SymbolToAtomicNumber(symbol), share / total) for symbol, share in composition.items()]


def mass_sum(function, parts):
    return np.array([sum(share * function(z, float(energy)) for z, share in parts) for energy in ENERGIES_KEV])


def incoherent(z, transfer, lowest=0.005):
    """xraylib's function; below its table it goes as the square of the transfer, above it is the atomic number."""
    try:
        return xraylib.SF_Compt(z, transfer)
    except ValueError:
        return z if transfer > 1 else xraylib.SF_Compt(z, lowest) * (transfer / lowest) ** 2


def per_mass(function, parts):
    """Sum over atoms of a gram, up to Avogadro's number, of a function of the momentum transfer."""
    values = []
    for transfer in TRANSFERS:
        x = max(float(transfer), 1e-6)
        values.append(sum(share / xraylib.AtomicWeight(z) * function(z, x) for z, share in parts))
    return np.array(values)


def mean_ratio(energy, incoherent_row):
    """Mean energy after over before a Compton interaction: Klein-Nishina times the incoherent scattering function."""
    cosine = np.linspace(-1, 1, 2001)
    ratio = 1 / (1 + energy / 510.999 * (1 - cosine))
    function = np.interp(np.sqrt((1 - cosine) / 2) * energy / 12.39842, TRANSFERS, incoherent_row)
    weight = ratio**2 * (ratio + 1 / ratio - 1 + cosine**2) * function
    return (weight * ratio).sum() / weight.sum()


def main():
    tables = {}
    tables["energies_kev"], tables["transfers"], tables["voltages_kvp"] = ENERGIES_KEV, TRANSFERS, VOLTAGES_KVP
    tables["density"] = np.array([density for _, density in COMPOSITIONS.values()])
    rows = [elements(composition) for composition, _ in COMPOSITIONS.values()]
    functions = {"photoelectric": xraylib.CS_Photo, "compton": xraylib.CS_Compt, "rayleigh": xraylib.CS_Rayl}
    for name, function in functions.items():
        tables[name] = np.array([mass_sum(function, parts) for parts in rows])
    tables["form_factor_squared"] = np.array([per_mass(lambda z, x: xraylib.FF_Rayl(z, x) ** 2, parts) for parts in rows])
    tables["incoherent"] = np.array([per_mass(incoherent, parts) for parts in rows])
    tables["fluence"] = np.zeros((len(VOLTAGES_KVP), len(ENERGIES_KEV)))  # photons / (cm2 keV mAs) at 1 m
    for row, voltage in enumerate(VOLTAGES_KVP):
        energies, fluence = spekpy.Spek(kvp=voltage, th=ANODE_DEG, dk=0.5).get_spectrum(edges=False)
        # Half-keV bins are centred at n + 0.25 and n + 0.75: the two about an integer make its bin.
        bins = np.round(np.floor(energies + 0.5) - ENERGIES_KEV[0]).astype(int)
        inside = (bins >= 0) & (bins < len(ENERGIES_KEV))
        np.add.at(tables["fluence"][row], bins[inside], fluence[inside] / 2)
    # Not xraylib.CS_Energy, which is half of NIST's value for air at 15 keV: its knots lie far apart there.
    lost = np.array([[1 - mean_ratio(energy, row) for energy in ENERGIES_KEV] for row in tables["incoherent"]])
    tables["energy_absorption"] = tables["photoelectric"] + tables["compton"] * lost
    words = {"materials": ",".join(COMPOSITIONS), "licences": LICENCES}
    singles = {name: np.ascontiguousarray(value, np.float32) for name, value in tables.items()}
    save_file(singles, FOLDER / "tables.safetensors", metadata=words)
    print(FOLDER / "tables.safetensors", (FOLDER / "tables.safetensors").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
