"""Photons through a body: Woodcock tracking, and at every interaction a ray to a cell of the scatter map (forced detection).

Nothing is absorbed whole: a photon goes on with the weight that scattering leaves it. E. R. Woodcock et al. 1965; I. Lux and
L. Koblinger, Monte Carlo particle transport methods, 1991.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera

from .angles import COMPTON, RAYLEIGH, AngularLaws, energy_ratio, turned
from .detector import Detector, row_of
from .tables import FIRST_KEV
from .voxels import Vector, Voxels

_LEAST_WEIGHT, _SURVIVAL = 0.05, 0.25  # chosen: below this share of the first weight one in four goes on, four times as heavy
# Chosen: rays that promise this many times the mean are all traced, of the others their share, never below the second.
_GAMBLE, _LEAST_CHANCE = 8.0, 0.02


@dataclass(frozen=True, eq=False)
class Scene:
    """What a history needs to know; ``map_camera`` is the camera of the scatter map.

    Attributes:
        voxels: the body.
        laws: its angular laws.
        map_camera: pixels are the map's cells.
        detector: behind the body.
        spectrum: (E,) shares of the photons at the tables' energies.
        rays: cells traced to at an interaction.
        most_interactions: a photon ends after so many; 1 gives single scatter.
        analogue: no forced detection, no weights: what reaches a cell counts. Slow; a check and a yardstick.
        roulette: whether light photons are gambled away.
    """

    voxels: Voxels
    laws: AngularLaws
    map_camera: Camera
    detector: Detector
    spectrum: np.ndarray
    rays: int = 1
    most_interactions: int = 10**6
    analogue: bool = False
    roulette: bool = True


@dataclass(eq=False)
class Tally:
    """Sums over histories.

    Attributes:
        histories: how many.
        signal: (H, W) float64 scatter signal per mm2 of detector, times histories, for one photon per steradian.
        emitted, deposited, escaped: energies (weight times keV) of photons that entered, stayed and left.
        interactions: how many.
        path_mm: path between interactions, over them, for the mean free path.
    """

    histories: int
    signal: torch.Tensor
    emitted: float = 0.0
    deposited: float = 0.0
    escaped: float = 0.0
    interactions: int = 0


@dataclass(eq=False)
class _Photons:
    """Columns of equal length: place and direction (camera mm), energy and its row, weight and first weight, interactions."""

    place: Vector
    direction: Vector
    energy: torch.Tensor
    row: torch.Tensor
    weight: torch.Tensor
    first: torch.Tensor
    order: torch.Tensor = field(repr=False)

    def __getitem__(self, which: torch.Tensor) -> _Photons:
        x, y, z = (part[which] for part in self.place)
        a, b, c = (part[which] for part in self.direction)
        rest = (each[which] for each in (self.energy, self.row, self.weight, self.first, self.order))
        return _Photons((x, y, z), (a, b, c), *rest)


def follow(scene: Scene, histories: int, generator: torch.Generator) -> Tally:
    """Follow so many photons from the source to their end."""
    device = scene.voxels.density.device
    width, height = scene.map_camera.image_size
    tally = Tally(histories, torch.zeros(height * width, dtype=torch.float64, device=device))
    photons = _emit(scene, histories, generator, tally)
    while len(photons.energy):
        photons = _step(scene, photons, generator, tally)
    tally.signal = tally.signal.view(height, width)
    return tally


def _uniform(like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(like.shape, generator=generator, device=like.device)


def _dot(first: Vector, second: Vector) -> torch.Tensor:
    return (first[0] * second[0] + first[1] * second[1] + first[2] * second[2]).clamp(-1, 1)


def _on_detector(scene: Scene, columns: torch.Tensor, rows: torch.Tensor) -> Vector:
    """Camera mm of places on the detector, in pixels of the map."""
    camera = scene.map_camera
    inverse = np.linalg.inv(camera.K) * camera.source_to_detector_mm
    x, y, z = (columns * float(r[0]) + rows * float(r[1]) + float(r[2]) for r in inverse)
    return x, y, z


def cell_area_mm2(camera: Camera) -> float:
    """Area of a pixel on the detector, of the camera's K and distance."""
    return float(abs(np.linalg.det(np.linalg.inv(camera.K)[:2, :2])) * camera.source_to_detector_mm**2)


def _emit(scene: Scene, histories: int, generator: torch.Generator, tally: Tally) -> _Photons:
    """Photons towards evenly drawn places on the detector, moved to the body; those that miss it are not of the scatter."""
    device = scene.voxels.density.device
    width, height = scene.map_camera.image_size
    draws = torch.rand((3, histories), generator=generator, device=device)
    x, y, z = _on_detector(scene, draws[0] * width - 0.5, draws[1] * height - 0.5)
    distance = torch.sqrt(x * x + y * y + z * z)
    direction = (x / distance, y / distance, z / distance)
    cumulative = torch.as_tensor(np.cumsum(scene.spectrum), device=device)
    # Energies in layers: the n-th photon from the n-th of equal parts of the spectrum.
    parts = (torch.arange(histories, device=device) + draws[2].double()) / histories
    row = torch.searchsorted(cumulative, parts * cumulative[-1], right=True).clamp(max=len(cumulative) - 1)
    energy = row.float() + FIRST_KEV
    # Evenly drawn on the detector: each stands for area times cosine over squared distance steradians.
    weight = cell_area_mm2(scene.map_camera) * width * height * direction[2] / distance**2
    source = tuple(torch.zeros_like(x) for _ in range(3))
    enter, leave = scene.voxels.span(scene.voxels.points((source[0], source[1], source[2])), scene.voxels.directions(direction))
    meets = enter < leave
    tally.emitted += float((weight * energy).double()[meets].sum())
    a, b, c = (part * (enter + 1e-4) for part in direction)
    photons = _Photons((a, b, c), direction, energy, row, weight, weight, torch.zeros_like(row))
    return photons[meets]


def _step(scene: Scene, photons: _Photons, generator: torch.Generator, tally: Tally) -> _Photons:
    """One flight against the largest attenuation; it ends in an interaction, in a fictitious one, or outside."""
    voxels = scene.voxels
    flight = -torch.log1p(-_uniform(photons.energy, generator)) / voxels.largest[photons.row]
    x, y, z = (place + flight * part for place, part in zip(photons.place, photons.direction, strict=True))
    photons.place = (x, y, z)
    flat, inside = voxels.index(voxels.points(photons.place))
    gone = ~inside
    tally.escaped += float((photons.weight * photons.energy).double()[gone].sum())
    if scene.analogue:
        _count(scene, photons[gone], tally)
    material = voxels.material[flat]
    attenuation = voxels.density[flat] * voxels.total[material, photons.row]
    real = inside & (_uniform(flight, generator) * voxels.largest[photons.row] < attenuation)
    if not real.any():
        return photons[inside]
    hit = _interact(scene, photons[real], material[real], generator, tally)
    return _joined(photons[inside & ~real], hit)


def _joined(first: _Photons, second: _Photons) -> _Photons:
    x, y, z = (torch.cat(pair) for pair in zip(first.place, second.place, strict=True))
    a, b, c = (torch.cat(pair) for pair in zip(first.direction, second.direction, strict=True))
    rest = [
        torch.cat([getattr(first, name), getattr(second, name)]) for name in ("energy", "row", "weight", "first", "order")
    ]
    return _Photons((x, y, z), (a, b, c), *rest)


def _interact(
    scene: Scene, photons: _Photons, material: torch.Tensor, generator: torch.Generator, tally: Tally
) -> _Photons:
    """Scatter with the weight that absorption leaves; deposit the rest."""
    mass = scene.voxels.mass
    photo, compton, rayleigh = (mass[process][material, photons.row] for process in range(3))
    scattered = (compton + rayleigh) / (photo + compton + rayleigh)
    if scene.analogue:
        survives = _uniform(scattered, generator) < scattered
        kept = torch.where(survives, photons.weight, 0.0)
    else:
        kept = photons.weight * scattered
    tally.deposited += float(((photons.weight - kept) * photons.energy).double().sum())
    tally.interactions += len(material)
    photons.weight, photons.order = kept, photons.order + 1
    kind = torch.where(_uniform(scattered, generator) * (compton + rayleigh) < compton, COMPTON, RAYLEIGH)
    if not scene.analogue:
        for _ in range(scene.rays):
            _force(scene, photons, (kind, material), generator, tally)
    cosine = scene.laws.draw(kind, material, photons.row, _uniform(scattered, generator))
    x, y, z = turned(photons.direction, cosine, 2 * math.pi * _uniform(cosine, generator))
    photons.direction = (x, y, z)
    after = torch.where(kind == COMPTON, photons.energy * energy_ratio(photons.energy, cosine), photons.energy)
    tally.deposited += float((photons.weight * (photons.energy - after)).double().sum())
    photons.row = torch.where(kind == COMPTON, row_of(after, _uniform(after, generator)), photons.row)
    photons.energy = after
    return _ended(scene, photons, generator, tally)


def _ended(scene: Scene, photons: _Photons, generator: torch.Generator, tally: Tally) -> _Photons:
    """Without those too soft for the tables, at their last interaction, or lost at roulette."""
    stays = (photons.energy < FIRST_KEV) | (photons.weight == 0)
    stays |= photons.order >= scene.most_interactions
    tally.deposited += float((photons.weight * photons.energy).double()[stays].sum())
    if scene.roulette and not scene.analogue:
        light = photons.weight < _LEAST_WEIGHT * photons.first
        lost = light & (_uniform(photons.weight, generator) >= _SURVIVAL)
        photons.weight = torch.where(light, photons.weight / _SURVIVAL, photons.weight)
        stays |= lost
    return photons[~stays]


def _force(
    scene: Scene,
    photons: _Photons,
    interaction: tuple[torch.Tensor, torch.Tensor],
    generator: torch.Generator,
    tally: Tally,
) -> None:
    """Add what each interaction sends to one cell drawn at random, at a random place in it."""
    kind, material = interaction
    width, height = scene.map_camera.image_size
    columns, rows = _uniform(photons.energy, generator) * width, _uniform(photons.energy, generator) * height
    x, y, z = (
        target - place for target, place in zip(_on_detector(scene, columns - 0.5, rows - 0.5), photons.place, strict=True)
    )
    distance = torch.sqrt(x * x + y * y + z * z)
    direction = (x / distance, y / distance, z / distance)
    cosine = _dot(direction, photons.direction)
    chance = scene.laws.density(kind, material, photons.row, photons.energy, cosine)
    after = torch.where(kind == COMPTON, photons.energy * energy_ratio(photons.energy, cosine), photons.energy)
    after_row = torch.where(kind == COMPTON, row_of(after, _uniform(after, generator)), photons.row)
    signal = _signal(scene, (columns - 0.5, rows - 0.5), direction, after, after_row)
    signal = signal * photons.weight * chance * direction[2].clamp(min=0) / distance**2
    signal = torch.where((after < FIRST_KEV) | (z <= 0), 0.0, signal)
    # Tracing costs most: rays that promise little are gambled away, for whatever a guess of the depth says without bias.
    promise = signal * torch.exp(-scene.voxels.depth_guess(photons.place, direction, after_row, distance))
    passes = (promise / (_GAMBLE * promise.mean()).clamp(min=1e-38)).clamp(_LEAST_CHANCE, 1)
    traced = torch.nonzero((signal > 0) & (_uniform(signal, generator) < passes))[:, 0]
    start, towards = tuple(part[traced] for part in photons.place), tuple(part[traced] for part in direction)
    depth = scene.voxels.optical_depth(start, towards, after_row[traced], distance[traced])  # type: ignore[arg-type]
    signal, rows, columns = signal[traced] / passes[traced] * torch.exp(-depth), rows[traced], columns[traced]
    cell = rows.long().clamp(max=height - 1) * width + columns.long().clamp(max=width - 1)
    # One of all cells was drawn, by one of so many rays.
    tally.signal.index_add_(0, cell, signal.double() * (width * height / scene.rays))


def _signal(
    scene: Scene, pixel: tuple[torch.Tensor, torch.Tensor], direction: Vector, energy: torch.Tensor, row: torch.Tensor
) -> torch.Tensor:
    """Mean signal of photons that arrive at places of the map, grid included."""
    response = scene.detector.response(row, energy, direction[2])
    grid = scene.detector.grid
    if grid is None:
        return response
    x, y, z = _on_detector(scene, *pixel)
    depth = direction[2].clamp(min=1e-3)
    slope = direction[0] / depth - x / z if grid.along_columns else direction[1] / depth - y / z
    return response * grid.transmission(slope, row)


def _count(scene: Scene, photons: _Photons, tally: Tally) -> None:
    """Analogue: scattered photons that left towards the detector and hit the map."""
    photons = photons[(photons.order > 0) & (photons.direction[2] > 1e-6)]
    camera = scene.map_camera
    length = (camera.source_to_detector_mm - photons.place[2]) / photons.direction[2]
    x, y, _ = (place + length * part for place, part in zip(photons.place, photons.direction, strict=True))
    K = camera.K
    columns = (x * float(K[0, 0]) + y * float(K[0, 1])) / camera.source_to_detector_mm + float(K[0, 2])
    rows = (x * float(K[1, 0]) + y * float(K[1, 1])) / camera.source_to_detector_mm + float(K[1, 2])
    width, height = camera.image_size
    on = (columns > -0.5) & (columns < width - 0.5) & (rows > -0.5) & (rows < height - 0.5)
    photons, columns, rows = photons[on], columns[on], rows[on]
    signal = _signal(scene, (columns, rows), photons.direction, photons.energy, photons.row) * photons.weight
    cell = torch.floor(rows + 0.5).long().clamp(0, height - 1) * width + torch.floor(columns + 0.5).long().clamp(0, width - 1)
    tally.signal.index_add_(0, cell, signal.double() / cell_area_mm2(camera))
