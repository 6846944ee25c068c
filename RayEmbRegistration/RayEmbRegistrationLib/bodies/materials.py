"""What bodies are made of, and how much of a beam it takes.

Mass attenuation of the elements: Elam, Ravel and Sieber, Radiat. Phys. Chem. 63, 2002 (as xraydb 4 gives them; within 1 %
of NIST's Standard Reference Database 126), mixed by weight. Bone as in ``drr.attenuation``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.drr.attenuation import ENERGY_KEV, attenuation_from_hu, cortical_bone_attenuation
from RayEmbRegistrationLib.drr.opacity import OPAQUE_PER_MM
from RayEmbRegistrationLib.problems import InputProblem

_TABLE_KEV = np.array([30.0, 40, 50, 60, 80, 100, 150])  # of the tables below
_HIGHEST_HU = 200_000.0  # chosen: above every metal at every energy of the table


@dataclass(frozen=True, eq=False)
class Material:
    """A material.

    Attributes:
        name: as it is written after a file's name.
        words: in a sentence.
        mass_cm2_g: (7,) mass attenuation at 30, 40, 50, 60, 80, 100 and 150 keV; None for bone, which has its own table.
        density_g_cm3: mean density.
    """

    name: str
    words: str
    mass_cm2_g: np.ndarray | None
    density_g_cm3: float

    def attenuation(self, energy_kev: float = ENERGY_KEV) -> float:
        """Linear attenuation in 1/mm, log-log interpolated.

        Raises:
            InputProblem: an energy outside 30 to 150 keV.
        """
        if self.mass_cm2_g is None:
            return cortical_bone_attenuation(energy_kev)
        if not _TABLE_KEV[0] <= energy_kev <= _TABLE_KEV[-1]:
            raise InputProblem(f"the X-ray energy must lie between 30 and 150 keV, not {energy_kev:g}")
        mass = np.exp(np.interp(np.log(energy_kev), np.log(_TABLE_KEV), np.log(self.mass_cm2_g)))
        return float(mass) * self.density_g_cm3 / 10

    @property
    def is_opaque(self) -> bool:
        """Whether its image is a silhouette: a few millimetres take all of the beam."""
        return self.attenuation() > OPAQUE_PER_MM

    def hounsfield(self, energy_kev: float = ENERGY_KEV) -> float:
        """The number that ``attenuation_from_hu`` turns into this material's attenuation at an energy."""
        from scipy.optimize import brentq

        wanted = self.attenuation(energy_kev)
        return float(
            brentq(lambda hu: float(attenuation_from_hu(np.float64(hu), energy_kev)) - wanted, -1000.0, _HIGHEST_HU)
        )


# By weight: ASTM F75 (Co 66, Cr 28, Mo 6 %), F136 (Ti 90, Al 6, V 4 %), F138 (Fe 65.5, Cr 17.5, Ni 14.5, Mo 2.5 %), F648.
_CoCr = np.array([9.403, 4.203, 2.272, 1.394, 0.6784, 0.4151, 0.2088])  # mixed of Elam's tables (see above)
_TITANIUM = np.array([4.765, 2.124, 1.168, 0.7399, 0.3943, 0.2666, 0.1634])  # likewise
_STEEL = np.array([8.685, 3.867, 2.088, 1.284, 0.6307, 0.3907, 0.2025])  # likewise
_POLYETHYLENE = np.array([0.2707, 0.2275, 0.2084, 0.1970, 0.1823, 0.1719, 0.1534])  # likewise, CH2

MATERIALS = {
    material.name: material
    for material in (
        Material("CoCr", "cobalt-chromium", _CoCr, 8.3),  # density: ASTM F75
        Material("titanium", "titanium", _TITANIUM, 4.43),  # density: ASTM F136
        Material("steel", "steel", _STEEL, 7.95),  # density: ASTM F138
        Material("polyethylene", "polyethylene", _POLYETHYLENE, 0.935),  # density: ASTM F648
        Material("bone", "bone", None, 1.92),  # density: ICRU-44, cortical
    )
}


def material_named(name: str) -> Material:
    """A material by its name, whatever the case.

    Raises:
        InputProblem: there is none of this name.
    """
    found = next((each for each in MATERIALS.values() if each.name.lower() == name.strip().lower()), None)
    if found is None:
        raise InputProblem(f"there is no material '{name}'; choose one of {', '.join(MATERIALS)}")
    return found
