"""What the photons cross: a material and a density in every voxel, from Hounsfield units and labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem

from .tables import load_tables

# Materials by Hounsfield unit, each from its number on; chosen within the usual ranges of each tissue. Metal is taken as
# titanium; where a CT clips its numbers it is too thin.
STEPS_HU = (("air", -np.inf), ("lung", -950.0), ("fat", -200.0), ("soft", -30.0), ("spongy", 110.0), ("bone", 700.0),
            ("titanium", 2600.0))  # fmt: skip
MATERIALS = tuple(name for name, _ in STEPS_HU)
REFERENCE_KEV = 70  # as in simulation/spectrum.py: the energy at which Hounsfield units are read as attenuation
_AIR_DENSITY = 0.001205  # g/cm3, NIST
_LEAST_TISSUE_CM3 = 1.0  # chosen: less is noise or the table's edge


@dataclass(frozen=True, eq=False)
class Body:
    """Voxels of matter.

    Attributes:
        density: (K, J, I) float32, g/cm3.
        material: (K, J, I) uint8, index into ``names``.
        ras_from_ijk: (4, 4), voxel centres at integers, mm.
        names: of the materials, which the tables hold.
    """

    density: np.ndarray
    material: np.ndarray
    ras_from_ijk: np.ndarray
    names: tuple[str, ...] = MATERIALS


def body_of_ct(ct: CTVolume, least_step_mm: float = 0.0) -> Body:
    """Material by Hounsfield unit; the density is what gives the voxel's attenuation at 70 keV.

    Where labels name a bone, what is as dense as soft tissue is spongy bone, not muscle; fat there is yellow marrow and
    stays fat. Elsewhere the Hounsfield unit decides, bone included: a label map may name one bone of many.

    Args:
        ct: in HU; labels are over 0 in bone.
        least_step_mm: the CT is first averaged over blocks of at least this size, for scatter, which is smooth.

    Raises:
        InputProblem: no tissue in it.
    """
    hu, matrix = averaged(ct, least_step_mm)
    starts = np.array([start for _, start in STEPS_HU[1:]])
    material = np.searchsorted(starts, hu, side="right").astype(np.uint8)
    if ct.labels is not None:
        share = _block_means(np.asarray(ct.labels > 0, np.float32), _block_of(ct, least_step_mm), 0.0)
        material[(share > 0.5) & (material == MATERIALS.index("soft"))] = MATERIALS.index("spongy")
    tables, reference = load_tables(), REFERENCE_KEV - int(load_tables().energies[0])
    water = tables.attenuation("water")[reference]
    gain = np.array([water / tables.attenuation(name)[reference] for name in MATERIALS], np.float32)
    density = np.maximum((1 + hu / 1000) * gain[material], _AIR_DENSITY).astype(np.float32)
    density[material == 0] = _AIR_DENSITY
    voxel_cm3 = abs(np.linalg.det(matrix[:3, :3])) / 1000
    if np.count_nonzero(hu > -200.0) * voxel_cm3 < _LEAST_TISSUE_CM3:
        raise InputProblem("the CT holds no tissue (less than 1 cm3 above -200 HU); give a CT in Hounsfield units")
    return Body(density, material, matrix)


def averaged(ct: CTVolume, least_step_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """HU averaged over blocks, an incomplete last one filled up with air, and where the blocks lie."""
    steps = _block_of(ct, least_step_mm)
    hu = np.asarray(ct.hu, np.float32)
    if (steps == 1).all():
        return hu, ct.ras_from_ijk
    matrix = ct.ras_from_ijk.copy()
    matrix[:3, :3] = ct.ras_from_ijk[:3, :3] * steps
    matrix[:3, 3] += ct.ras_from_ijk[:3, :3] @ ((steps - 1) / 2)
    return _block_means(hu, steps, -1000.0), matrix


def _block_of(ct: CTVolume, least_step_mm: float) -> np.ndarray:
    """(3,) voxels along i, j, k that are at least so long together."""
    return np.maximum(1, np.ceil(least_step_mm / ct.spacing_mm - 1e-6)).astype(int)


def _block_means(values: np.ndarray, steps: np.ndarray, beyond: float) -> np.ndarray:
    """(K, J, I) averaged over blocks of ``steps`` (i, j, k) voxels, an incomplete last one filled with ``beyond``."""
    fill = [(0, -size % step) for size, step in zip(values.shape, steps[::-1], strict=True)]
    values = np.pad(values, fill, constant_values=beyond)
    for axis, step in enumerate(steps[::-1]):
        shape = (*values.shape[:axis], values.shape[axis] // step, step, *values.shape[axis + 1 :])
        values = values.reshape(shape).mean(axis + 1)
    return values
