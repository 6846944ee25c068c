"""Procedural anatomy: bone-like volumes of endless variety, so that one encoder can be trained without a patient's data.

Every volume is drawn: an arrangement of bones (pelvis-, knee-, hand-, skull-like ... or of no anatomy at all) as signed
distances on a coarse grid, bent, stretched, sheared and mirrored by a smooth random warp, then filled with a cortical shell,
textured spongy bone and marrow. The kinds of ``HELD_OUT_KINDS`` are never drawn unless asked for by name: they are for
judging an encoder on anatomy that it was not trained on. (Pelves do hold the upper ends of their femora and some lumbar
vertebrae, knees the lower end of the femur; no training kind shows a whole femur or a spine.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.phantoms.implicit import FAR_MM, Grid

from .build import Arrangement
from .kinds import HELD_OUT, TRAINING, Kind
from .paint import BoneField, paint
from .warp import Warp, draw_warp

TRAINING_KINDS: tuple[str, ...] = tuple(TRAINING)
HELD_OUT_KINDS: tuple[str, ...] = tuple(HELD_OUT)

_POINTS = 1500  # as many as of a prepared CT
_TRIES = 10  # a crop that hardly holds bone is drawn again; chosen
_COARSE = 4  # the first look at where bone lies uses voxels this many times larger; chosen for time
_DRAWN_CELLS = 0.8  # voxels of the drawn arrangement for each voxel of the result, along the longest side; chosen for time


@dataclass(frozen=True, eq=False)
class ProceduralVolume:
    """A volume of bones, ready to project.

    Attributes:
        attenuation: (K, J, I) float32, what bone attenuates more than soft tissue, 1/mm; zero outside bone, slightly
            negative in fatty marrow, as ``drr.attenuation.bone_attenuation`` gives for a CT.
        ras_from_ijk: (4, 4) voxel centres at integer (i, j, k); RAS mm.
        labels: (K, J, I) uint8, one number a bone, 0 outside.
        points_ras: (N, 3) float64, about 1500 points spread evenly in bone.
        kind: which arrangement it is.
    """

    attenuation: np.ndarray
    ras_from_ijk: np.ndarray
    labels: np.ndarray
    points_ras: np.ndarray
    kind: str


def make_procedural_volume(rng: np.random.Generator, kind: str | None = None, voxels: int = 128) -> ProceduralVolume:
    """Draw one volume; the same generator state gives the same volume.

    Args:
        rng: seeded generator.
        kind: one of ``TRAINING_KINDS`` or ``HELD_OUT_KINDS``; None draws a training kind.
        voxels: along the longest side.

    Raises:
        InputProblem: unknown kind, or fewer than 16 voxels.
    """
    if voxels < 16:
        raise InputProblem(f"a procedural volume needs at least 16 voxels a side, not {voxels}; 64 to 192 are useful")
    recipe = _recipe(rng, kind)
    for _ in range(_TRIES):
        drawn = recipe.draw(rng, max(24, int(voxels * _DRAWN_CELLS)))
        _injure(rng, drawn)
        extent_mm = float(np.exp(rng.uniform(*np.log(recipe.extent_mm))))
        warp = draw_warp(rng, drawn.grid, extent_mm, recipe.warp)
        grid = _fitted_grid(rng, drawn, warp, voxels)
        bones = _warped(drawn, warp, grid)
        if np.count_nonzero(bones.depth > 0) > voxels**3 / 4000:
            break
    return _filled(rng, bones, grid, recipe.name)


def _recipe(rng: np.random.Generator, kind: str | None) -> Kind:
    if kind is None:
        weights = np.array([recipe.weight for recipe in TRAINING.values()])
        return list(TRAINING.values())[int(rng.choice(len(weights), p=weights / weights.sum()))]
    known = {**TRAINING, **HELD_OUT}
    if kind not in known:
        raise InputProblem(f"unknown kind of procedural volume '{kind}'; use one of {', '.join(known)}")
    return known[kind]


def _injure(rng: np.random.Generator, drawn: Arrangement) -> None:
    """Sometimes a fracture gap through one bone, or a bone that is missing."""
    if drawn.count > 1 and rng.random() < 0.2:
        gone = int(rng.integers(1, drawn.count + 1))
        if np.count_nonzero((drawn.labels == gone) & (drawn.distance < 0)) < 0.5 * np.count_nonzero(drawn.distance < 0):
            drawn.distance[drawn.labels == gone] = FAR_MM
    if rng.random() < 0.25:
        broken = int(rng.integers(1, drawn.count + 1))
        inside = np.argwhere((drawn.labels == broken) & (drawn.distance < 0))
        if len(inside) < 20:
            return
        spot = drawn.grid.origin + inside[int(rng.integers(len(inside)))][::-1] * drawn.grid.spacing
        offset = [part - np.float32(o) for part, o in zip(drawn.grid.axes(), spot, strict=True)]
        normal = rng.standard_normal(3)
        normal = (normal / np.linalg.norm(normal)).astype(np.float32)
        size = max(drawn.grid.shape) * drawn.grid.spacing
        wave = np.sin(offset[0] * (12 / size) + offset[1] * (19 / size)) * np.float32(0.02 * size)
        plane = normal[0] * offset[0] + normal[1] * offset[1] + normal[2] * offset[2] + wave
        gap = np.float32(drawn.grid.spacing * rng.uniform(0.4, 1.2)) - np.abs(plane)
        drawn.distance[...] = np.where(drawn.labels == broken, np.maximum(drawn.distance, gap), drawn.distance)


def _sampled(values: np.ndarray, places: np.ndarray, drawn: Grid, order: int, outside: float) -> np.ndarray:
    """A drawn array at drawn x, y, z (3, ...)."""
    index = (places - drawn.origin.reshape(3, *[1] * (places.ndim - 1)).astype(np.float32)) / np.float32(drawn.spacing)
    return ndimage.map_coordinates(values, index[::-1], order=order, mode="constant", cval=outside, prefilter=False)


def _fitted_grid(rng: np.random.Generator, drawn: Arrangement, warp: Warp, voxels: int) -> Grid:
    """The output grid: the bones' box, sometimes cut off at a side as a CT's field of view does."""
    step = float(2 * warp.half_ras.max() / 48)
    coarse = Grid.covering(-warp.half_ras, warp.half_ras, step)
    near = _sampled(drawn.distance, warp.on_grid(coarse), drawn.grid, 1, 1e3) * warp.ras_mm_per_drawn_mm < 0.5 * step
    if not near.any():
        near[:] = True
    box = ndimage.find_objects(near.astype(np.uint8))[0][::-1]
    low = np.array([coarse.origin[axis] + (box[axis].start - 1) * step for axis in range(3)])
    high = np.array([coarse.origin[axis] + box[axis].stop * step for axis in range(3)])
    size = high - low
    for axis in range(3):
        if rng.random() < 0.12:
            low[axis] += rng.uniform(0.05, 0.3) * size[axis]
        if rng.random() < 0.12:
            high[axis] -= rng.uniform(0.05, 0.3) * size[axis]
    return Grid.covering(low, high, float((high - low).max()) / (voxels - 1 + 1e-6))


def _warped(drawn: Arrangement, warp: Warp, grid: Grid) -> BoneField:
    """The drawn bones on the output grid; only voxels near bone are looked at closely."""
    places = warp.on_grid(grid)
    reach = 0.9 * _COARSE * grid.spacing + grid.spacing
    few = places[:, ::_COARSE, ::_COARSE, ::_COARSE]
    near = _sampled(drawn.distance, few, drawn.grid, 1, 1e3) * warp.ras_mm_per_drawn_mm < reach * 1.3
    near = ndimage.binary_dilation(near)
    for axis in range(3):
        near = np.repeat(near, _COARSE, axis=axis)
    voxels = np.array(np.nonzero(near[tuple(slice(0, n) for n in grid.shape)]))
    places = places[:, voxels[0], voxels[1], voxels[2]]
    depth = -_sampled(drawn.distance, places, drawn.grid, 1, 1e3) * np.float32(warp.ras_mm_per_drawn_mm)
    inside = depth > -grid.spacing
    voxels, places, depth = voxels[:, inside], places[:, inside], depth[inside]
    labels = _sampled(drawn.labels, places, drawn.grid, 0, 0)
    return BoneField(depth, labels, voxels, grid.shape, grid.spacing)


def _filled(rng: np.random.Generator, bones: BoneField, grid: Grid, kind: str) -> ProceduralVolume:
    """Arrays of the whole grid, and points in bone."""
    at = tuple(bones.voxels)
    attenuation = np.zeros(grid.shape, np.float32)
    attenuation[at] = paint(bones, rng)
    labels = np.zeros(grid.shape, np.uint8)
    inside = bones.depth > 0
    labels[tuple(bones.voxels[:, inside])] = bones.labels[inside]
    kji = _spread(rng, bones.voxels[:, inside].T, _POINTS) + rng.uniform(-0.5, 0.5, (1, 3))
    points = grid.origin + kji[:, ::-1] * grid.spacing
    return ProceduralVolume(attenuation, grid.ras_from_ijk, labels, points, kind)


def _spread(rng: np.random.Generator, voxels: np.ndarray, count: int) -> np.ndarray:
    """About ``count`` of the voxels (N, 3), at most one from each cube of equal size."""
    if len(voxels) <= count:
        return voxels.astype(np.float64)
    voxels = voxels[rng.permutation(len(voxels))]
    side = (len(voxels) / count) ** (1 / 3)
    for _ in range(8):
        _, chosen = np.unique((voxels / side).astype(np.int64) @ np.array([1 << 40, 1 << 20, 1]), return_index=True)
        if len(chosen) > 1.3 * count:
            side *= (len(chosen) / count) ** 0.4
        elif len(chosen) < count:
            side *= 0.9
        else:
            break
    return voxels[np.sort(chosen)[:count]].astype(np.float64)
