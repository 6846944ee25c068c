"""Photons through a body: Woodcock tracking, and at every interaction a ray to a cell of the scatter map (forced detection).

Nothing is absorbed whole: a photon goes on with the weight that scattering leaves it. E. R. Woodcock et al. 1965; I. Lux and
L. Koblinger, Monte Carlo particle transport methods, 1991.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch

from .angles import COMPTON, RAYLEIGH, energy_ratio, turned
from .detector import row_of
from .scene import Scene, cell_area_mm2, hit_of, on_detector, signal_of
from .tables import FIRST_KEV
from .tally import DEPOSITED, EMITTED, ESCAPED, Tally
from .voxels import Vector

_WINDOW = 3.0  # chosen: photons outside a third to three times the weight wanted at their depth are split or gambled
_PULL = 0.8  # measured (Testing/bench/monte_carlo.py): how much faster than its attenuation the wanted weight falls
_WINDOW_KEV = 60  # chosen: the energy whose attenuation rules it; soft photons are not worth more copies
_LEAST_WANTED = 0.02  # chosen: so no more than fifty copies come of one photon, which bounds the memory
_MOST_COPIES = 8  # chosen: a photon that arrives too heavy is split at the next steps as well
# Chosen: rays that promise this many times the mean are all traced, of the others their share, never below the second.
_GAMBLE, _LEAST_CHANCE = 4.0, 0.02
# Chosen: rays that wait until they are traced together. A card takes as long for a hundred as for a million (300 MB); a
# processor traces them while they are in its cache.
_WAITING = {"cuda": 2_000_000}


@dataclass(eq=False)
class _Photons:
    """Columns of equal length: place and direction (camera mm), energy, row, weight, first weight, interactions, batch."""

    place: Vector
    direction: Vector
    energy: torch.Tensor
    row: torch.Tensor
    weight: torch.Tensor
    first: torch.Tensor
    order: torch.Tensor = field(repr=False)
    batch: torch.Tensor = field(repr=False)

    def __getitem__(self, which: torch.Tensor) -> _Photons:
        if which.dtype == torch.bool:
            which = torch.nonzero(which)[:, 0]  # once, not for every column
        x, y, z = (part[which] for part in self.place)
        a, b, c = (part[which] for part in self.direction)
        rest = (each[which] for each in (self.energy, self.row, self.weight, self.first, self.order, self.batch))
        return _Photons((x, y, z), (a, b, c), *rest)


def follow(scene: Scene, histories: int, generator: torch.Generator, batches: int = 1) -> Tally:
    """Follow so many photons of each batch from the source to their end, all batches together."""
    device = scene.voxels.density.device
    width, height = scene.map_camera.image_size
    signals = torch.zeros((batches, height, width), dtype=torch.float64, device=device)
    regions = 0 if scene.region is None else int(scene.region.max())
    energies = torch.zeros((3, batches), dtype=torch.float64, device=device)
    regional = torch.zeros((batches, regions + 1), dtype=torch.float64, device=device)
    tally = Tally(histories, signals, energies, regional)
    photons = _emit(scene, (histories, batches), generator, tally)
    while len(photons.energy):
        photons = _step(scene, photons, generator, tally)
        if sum(len(each[-1]) for each in tally.rays) > _WAITING.get(device.type, 0):
            _trace(scene, tally)
    _trace(scene, tally)
    return tally


def _uniform(like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(like.shape, generator=generator, device=like.device)


def _dot(first: Vector, second: Vector) -> torch.Tensor:
    return (first[0] * second[0] + first[1] * second[1] + first[2] * second[2]).clamp(-1, 1)


def _emit(scene: Scene, numbers: tuple[int, int], generator: torch.Generator, tally: Tally) -> _Photons:
    """Photons towards evenly drawn places on the detector, moved to the body; those that miss it are not of the scatter."""
    device = scene.voxels.density.device
    beam = scene.field_camera or scene.map_camera
    width, height = beam.image_size
    histories, batches = numbers
    each = torch.arange(histories * batches, device=device)
    draws = torch.rand((3, len(each)), generator=generator, device=device)
    x, y, z = on_detector(beam, draws[0] * width - 0.5, draws[1] * height - 0.5)
    distance = torch.sqrt(x * x + y * y + z * z)
    direction = (x / distance, y / distance, z / distance)
    cumulative = torch.as_tensor(np.cumsum(scene.spectrum), device=device)
    # Energies in layers: a batch's n-th photon from the n-th of equal parts of the spectrum.
    parts = (each % histories + draws[2].double()) / histories
    row = torch.searchsorted(cumulative, parts * cumulative[-1], right=True).clamp(max=len(cumulative) - 1)
    energy = row.float() + FIRST_KEV
    # Evenly drawn on the detector: each stands for area times cosine over squared distance steradians.
    weight = cell_area_mm2(beam) * width * height * direction[2] / distance**2
    source = tuple(torch.zeros_like(x) for _ in range(3))
    enter, leave = scene.voxels.span(
        scene.voxels.points((source[0], source[1], source[2])), scene.voxels.directions(direction)
    )
    meets = enter < leave
    a, b, c = (part * (enter + 1e-4) for part in direction)
    photons = _Photons((a, b, c), direction, energy, row, weight, weight, torch.zeros_like(row), each // histories)
    photons = photons[meets]
    tally.add(EMITTED, photons.batch, photons.weight * photons.energy)
    return photons


def _step(scene: Scene, photons: _Photons, generator: torch.Generator, tally: Tally) -> _Photons:
    """One flight against the largest attenuation; it ends in an interaction, in a fictitious one, or outside.

    One that would leave a block of voxels, whose largest attenuation it is, ends there, and another begins.
    """
    voxels = scene.voxels
    largest, reach = voxels.bound(photons.place, photons.direction, photons.row)
    flight = -torch.log1p(-_uniform(photons.energy, generator)) / largest
    left = None if reach is None else flight > reach
    if reach is not None:
        flight = torch.minimum(flight, reach)
    x, y, z = (place + flight * part for place, part in zip(photons.place, photons.direction, strict=True))
    photons.place = (x, y, z)
    flat, inside = voxels.index(voxels.points(photons.place))
    tally.add(ESCAPED, photons.batch, torch.where(inside, 0.0, photons.weight * photons.energy))
    if scene.analogue:
        _count(scene, photons[~inside], tally)
    material = voxels.material[flat]
    attenuation = voxels.density[flat] * voxels.total[material, photons.row]
    real = inside & (_uniform(flight, generator) * largest < attenuation)
    if left is not None:
        real &= ~left
    if not real.any():
        return photons[inside]
    hit = _interact(scene, photons[real], material[real], generator, tally)
    photons = _joined(photons[inside & ~real], hit)
    return _windowed(scene, photons, generator) if scene.window and not scene.analogue else photons


def _joined(first: _Photons, second: _Photons) -> _Photons:
    x, y, z = (torch.cat(pair) for pair in zip(first.place, second.place, strict=True))
    a, b, c = (torch.cat(pair) for pair in zip(first.direction, second.direction, strict=True))
    names = ("energy", "row", "weight", "first", "order", "batch")
    rest = [torch.cat([getattr(first, name), getattr(second, name)]) for name in names]
    return _Photons((x, y, z), (a, b, c), *rest)


def _interact(scene: Scene, photons: _Photons, material: torch.Tensor, generator: torch.Generator, tally: Tally) -> _Photons:
    """Scatter with the weight that absorption leaves; deposit the rest."""
    mass = scene.voxels.mass
    photo, compton, rayleigh = (mass[process][material, photons.row] for process in range(3))
    scattered = (compton + rayleigh) / (photo + compton + rayleigh)
    if scene.analogue:
        survives = _uniform(scattered, generator) < scattered
        kept = torch.where(survives, photons.weight, 0.0)
    else:
        kept = photons.weight * scattered
    _deposit(scene, photons, (photons.weight - kept) * photons.energy, tally)
    tally.interactions += len(material)
    photons.weight, photons.order = kept, photons.order + 1
    kind = torch.where(_uniform(scattered, generator) * (compton + rayleigh) < compton, COMPTON, RAYLEIGH)
    if scene.rays and not scene.analogue:
        _force(scene, photons, (kind, material), generator, tally)
    cosine = scene.laws.draw(kind, material, photons.row, _uniform(scattered, generator))
    x, y, z = turned(photons.direction, cosine, 2 * math.pi * _uniform(cosine, generator))
    photons.direction = (x, y, z)
    after = torch.where(kind == COMPTON, photons.energy * energy_ratio(photons.energy, cosine), photons.energy)
    _deposit(scene, photons, photons.weight * (photons.energy - after), tally)
    photons.row = torch.where(kind == COMPTON, row_of(after, _uniform(after, generator)), photons.row)
    photons.energy = after
    return _ended(scene, photons, tally)


def _ended(scene: Scene, photons: _Photons, tally: Tally) -> _Photons:
    """Without those too soft for the tables or at their last interaction."""
    stays = (photons.energy < FIRST_KEV) | (photons.weight == 0)
    stays |= photons.order >= scene.most_interactions
    _deposit(scene, photons, torch.where(stays, photons.weight * photons.energy, 0.0), tally)
    return photons[~stays]


def _deposit(scene: Scene, photons: _Photons, energy: torch.Tensor, tally: Tally) -> None:
    """Energy (weight times keV) stays where photons are."""
    tally.add(DEPOSITED, photons.batch, energy)
    if scene.region is not None:
        flat, _inside = scene.voxels.index(scene.voxels.points(photons.place))
        where = photons.batch * tally.regional.shape[1] + scene.region[flat]
        tally.regional.view(-1).index_add_(0, where, energy.double())


def _windowed(scene: Scene, photons: _Photons, generator: torch.Generator) -> _Photons:
    """Many light photons near the detector's side, few heavy ones near the source: the mean stays what it is."""
    voxels = scene.voxels
    depth = (photons.place[2] - voxels.front_mm).clamp(min=0) * float(voxels.usual[_WINDOW_KEV - FIRST_KEV])
    ratio = photons.weight / (photons.first * torch.exp(-_PULL * depth).clamp(min=_LEAST_WANTED))
    wanted = torch.where((ratio > _WINDOW) | (ratio < 1 / _WINDOW), ratio, 1.0).clamp(max=_MOST_COPIES)
    copies = torch.floor(wanted + _uniform(wanted, generator)).long()
    photons.weight = photons.weight / wanted
    return photons[torch.repeat_interleave(torch.arange(len(copies), device=copies.device), copies)]


def _force(
    scene: Scene,
    photons: _Photons,
    interaction: tuple[torch.Tensor, torch.Tensor],
    generator: torch.Generator,
    tally: Tally,
) -> None:
    """Add what interactions send to the map: Compton's to cells drawn evenly, Rayleigh's, a narrow cone, by drawn angles."""
    kind, material = interaction
    each = torch.arange(len(kind), device=kind.device).repeat_interleave(scene.rays)
    kind, material, photons = kind[each], material[each], photons[each]
    width, height = scene.map_camera.image_size
    is_compton = kind == COMPTON
    columns, rows = _uniform(photons.energy, generator) * width, _uniform(photons.energy, generator) * height
    by_angle = torch.nonzero(~is_compton)[:, 0]
    few = photons[by_angle]
    drawn = scene.laws.draw(kind[by_angle], material[by_angle], few.row, _uniform(few.energy, generator))
    azimuth = 2 * math.pi * _uniform(drawn, generator)
    hit_columns, hit_rows = hit_of(scene, few.place, turned(few.direction, drawn, azimuth))
    columns[by_angle], rows[by_angle] = hit_columns, hit_rows
    hits = torch.nonzero((columns > 0) & (columns < width) & (rows > 0) & (rows < height))[:, 0]
    kind, material, photons, is_compton = kind[hits], material[hits], photons[hits], is_compton[hits]
    columns, rows = columns[hits], rows[hits]
    target = on_detector(scene.map_camera, columns - 0.5, rows - 0.5)
    x, y, z = (end - place for end, place in zip(target, photons.place, strict=True))
    distance = torch.sqrt(x * x + y * y + z * z)
    direction = (x / distance, y / distance, z / distance)
    cosine = _dot(direction, photons.direction)
    after = torch.where(is_compton, photons.energy * energy_ratio(photons.energy, cosine), photons.energy)
    after_row = torch.where(is_compton, row_of(after, _uniform(after, generator)), photons.row)
    # Per mm2: a cell's chance is the law's and the cell's solid angle, and one of all cells was drawn.
    chance = scene.laws.density(kind, material, photons.row, photons.energy, cosine)
    area = cell_area_mm2(scene.map_camera)
    share = torch.where(is_compton, chance * direction[2].clamp(min=0) / distance**2 * (width * height), 1 / area)
    signal = signal_of(scene, (columns - 0.5, rows - 0.5), direction, after, after_row) * photons.weight * share / scene.rays
    signal = torch.where((after < FIRST_KEV) | (z <= 0), 0.0, signal)
    # Tracing costs most: rays that promise little are gambled away, for whatever a guess of the depth says without bias.
    promise = signal * torch.exp(-scene.voxels.depth_guess(photons.place, direction, after_row, distance))
    passes = (promise / (_GAMBLE * promise.mean()).clamp(min=1e-38)).clamp(_LEAST_CHANCE, 1)
    traced = torch.nonzero((signal > 0) & (_uniform(signal, generator) < passes))[:, 0]
    start, towards = tuple(part[traced] for part in photons.place), tuple(part[traced] for part in direction)
    cell = _cell_of(scene, columns[traced], rows[traced], photons.batch[traced])
    tally.rays.append((*start, *towards, after_row[traced], distance[traced], cell, signal[traced] / passes[traced]))


def _trace(scene: Scene, tally: Tally) -> None:
    """What the rays that wait bring through the body to the map."""
    if not tally.rays:
        return
    x, y, z, a, b, c, row, distance, cell, signal = (torch.cat(column) for column in zip(*tally.rays, strict=True))
    tally.rays.clear()
    depth = scene.voxels.optical_depth((x, y, z), (a, b, c), row, distance)
    tally.signals.view(-1).index_add_(0, cell, (signal * torch.exp(-depth)).double())


def _cell_of(scene: Scene, columns: torch.Tensor, rows: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
    """Flat index into a tally's signals."""
    width, height = scene.map_camera.image_size
    return (batch * height + rows.long().clamp(max=height - 1)) * width + columns.long().clamp(max=width - 1)


def _count(scene: Scene, photons: _Photons, tally: Tally) -> None:
    """Analogue: scattered photons that left towards the detector and hit the map."""
    photons = photons[photons.order > 0]
    columns, rows = hit_of(scene, photons.place, photons.direction)
    width, height = scene.map_camera.image_size
    on = (columns > 0) & (columns < width) & (rows > 0) & (rows < height)
    photons, columns, rows = photons[on], columns[on], rows[on]
    signal = signal_of(scene, (columns - 0.5, rows - 0.5), photons.direction, photons.energy, photons.row) * photons.weight
    cell = _cell_of(scene, columns, rows, photons.batch)
    tally.signals.view(-1).index_add_(0, cell, signal.double() / cell_area_mm2(scene.map_camera))
