"""Surface models in the body: tools and implants, projected on a grid of their own and mixed into the voxels for scatter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.bodies.materials import Material
from RayEmbRegistrationLib.bodies.surface import Surface
from RayEmbRegistrationLib.bodies.voxels import AIR_HU, volume_of_surface
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem

from .body import Body
from .tables import FIRST_KEV, load_tables

# What stands for a material in the tables, with the density that gives its attenuation at 60 keV; chosen: the nearest
# element. How far it is off between 40 and 100 keV is measured by test_implants.py: 6 % for metals, 10 % for polyethylene.
_STANDS_FOR = {"CoCr": "copper", "steel": "copper", "titanium": "titanium", "polyethylene": "fat", "bone": "bone"}
_AT_KEV = 60  # chosen: near the mean of a C-arm's beam behind a patient
_LARGEST_GRID = 400  # chosen for memory: voxels along the longest side of a model
_AIR_G_CM3 = 0.001205  # NIST
_LARGEST_SIDE_MM = 1500.0  # chosen: a model further off is in no picture of this body


@dataclass(frozen=True, eq=False)
class Implant:
    """A surface model, where it lies in the CT's RAS, and what it is made of."""

    surface: Surface
    material: Material


def in_tables(material: Material) -> tuple[str, float]:
    """Name in the tables and density in g/cm3 that stand for a material."""
    name = _STANDS_FOR[material.name]
    mass = float(load_tables().attenuation(name)[_AT_KEV - FIRST_KEV])  # cm2/g
    return name, material.attenuation(_AT_KEV) * 10 / mass


def body_of_implant(implant: Implant, step_mm: float) -> Body:
    """It alone, in air, on a grid of its own at least twice as fine as a step."""
    finest = implant.surface.extent_mm / _LARGEST_GRID
    volume = volume_of_surface(implant.surface, implant.material, max(finest, min(step_mm / 2, 0.5)))
    share = (np.asarray(volume.hu) - AIR_HU) / (implant.material.hounsfield() - AIR_HU)
    name, density = in_tables(implant.material)
    return Body((share * density).astype(np.float32), np.zeros(share.shape, np.uint8), volume.ras_from_ijk, (name,))


def reaching(body: Body, implants: tuple[Implant, ...]) -> Body:
    """The body's grid, with air around it so far that every implant lies within.

    Raises:
        InputProblem: an implant lies far from the body.
    """
    low, high = np.zeros(3, int), np.array(body.density.shape[::-1])
    for implant in implants:
        inverse = np.linalg.inv(body.ras_from_ijk)
        points = implant.surface.points @ inverse[:3, :3].T + inverse[:3, 3]
        low = np.minimum(low, np.floor(points.min(axis=0)).astype(int) - 1)
        high = np.maximum(high, np.ceil(points.max(axis=0)).astype(int) + 2)
    step = np.linalg.norm(body.ras_from_ijk[:3, :3], axis=0)
    beyond = np.maximum(-low, high - body.density.shape[::-1]) * step
    if beyond.max() > _LARGEST_SIDE_MM:
        raise InputProblem("a body given with --body lies more than 1.5 m from the CT; it must be in the CT's RAS, mm")
    before, after = -low, high - body.density.shape[::-1]
    padding = [(before[axis], after[axis]) for axis in (2, 1, 0)]
    matrix = body.ras_from_ijk.copy()
    matrix[:3, 3] -= matrix[:3, :3] @ before
    density = np.pad(body.density, padding, constant_values=np.float32(_AIR_G_CM3))
    return Body(density, np.pad(body.material, padding, constant_values=0), matrix, body.names)


def share_in(body: Body, alone: Body, full_density: float) -> np.ndarray:
    """(K, J, I) share of each of the body's voxels that an implant fills."""
    filled = np.argwhere(alone.density > 0)
    amount = alone.density[tuple(filled.T)] / full_density * abs(np.linalg.det(alone.ras_from_ijk[:3, :3]))
    to_body = np.linalg.inv(body.ras_from_ijk) @ alone.ras_from_ijk
    index = np.round(filled[:, ::-1] @ to_body[:3, :3].T + to_body[:3, 3]).astype(int)
    inside = ((index >= 0) & (index < body.density.shape[::-1])).all(axis=1)
    share = np.zeros(body.density.shape)
    np.add.at(share, tuple(index[inside][:, ::-1].T), amount[inside])
    return np.clip(share / abs(np.linalg.det(body.ras_from_ijk[:3, :3])), 0, 1)


def displaced(body: Body, implants: tuple[Implant, ...], alone: tuple[Body, ...]) -> Body:
    """The body with less tissue where implants are."""
    density = body.density
    for implant, each in zip(implants, alone, strict=True):
        density = density * (1 - share_in(body, each, in_tables(implant.material)[1])).astype(np.float32)
    return Body(density, body.material, body.ras_from_ijk, body.names)


def mixed(body: Body, implants: tuple[Implant, ...], alone: tuple[Body, ...]) -> Body:
    """The body with implants in its voxels: masses add up, the material is that with the larger part of a voxel's mass."""
    body = reaching(body, implants)
    density, material, names = body.density, body.material, list(body.names)
    for implant, each in zip(implants, alone, strict=True):
        name, full = in_tables(implant.material)
        if name not in names:
            names.append(name)
        share = share_in(body, each, full).astype(np.float32)
        rest = density * (1 - share)
        material = np.where(share * full > rest, np.uint8(names.index(name)), material)
        density = (rest + share * full).astype(np.float32)
    return Body(density, material, body.ras_from_ijk, tuple(names))


@dataclass(frozen=True, eq=False)
class Subject:
    """What is X-rayed: a CT, and surface models in it."""

    ct: CTVolume
    implants: tuple[Implant, ...] = ()
