"""Bodies beside a CT, or in its place, as one volume to register: each with its material and a label of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from RayEmbRegistrationLib.bodies.isosurface import surface_of_volume
from RayEmbRegistrationLib.bodies.naming import BodyFile
from RayEmbRegistrationLib.bodies.surface import Surface, is_surface, read_surface
from RayEmbRegistrationLib.bodies.voxels import AIR_HU, volume_of_surface
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.bone import find_skeleton
from RayEmbRegistrationLib.volumes.reading import CTReading
from RayEmbRegistrationLib.volumes.resampling import resampled

from .open_ct import open_ct

MOST_VOXELS = 60_000_000  # of a grid around bodies; chosen: a knee at 0.25 mm, 240 MB
LEAST_SHARE = 1e-3  # of a voxel, below which it is another's; chosen: far below what an image shows
HALF = 0.5  # share of a voxel from which it is a body's; chosen


@dataclass(frozen=True, eq=False)
class _Piece:
    """One body: its volume by itself, the share of each voxel that it takes, what it holds there, and notes."""

    volume: CTVolume
    shares: np.ndarray
    hu: np.ndarray
    notes: tuple[str, ...]


def surface_of_body(file: BodyFile) -> Surface:
    """The surface of a body with a material: a model, or a volume that holds one body in air.

    Raises:
        InputProblem: it cannot be used.
    """
    if is_surface(file.path):
        return read_surface(file.path, file.unit)
    opened = open_ct(file.path)
    surface = surface_of_volume(opened.volume, file.path.name)
    return replace(surface, notes=(*opened.notes, *surface.notes))


def open_bodies(files: Sequence[BodyFile], ct: CTReading | None = None) -> CTReading:
    """Bodies as one volume, where their files have them: together, or in the CT that they are given beside.

    Labels: those of the CT stay (1 for its bone where it has none); each body gets the next number, in order. Where bodies
    overlap, the later one has the voxel.

    Args:
        files: as they were asked for.
        ct: the CT beside them, or None.

    Returns:
        The volume, and notes: which label is which body, and what was decided while reading.

    Raises:
        InputProblem: none, two of one name, or one that cannot be used; a sentence that says what to do.
    """
    names = [file.name for file in files]
    if not files:
        raise InputProblem("give a body with --body, such as femur.stl:CoCr")
    if len(set(names)) != len(names):
        raise InputProblem(f"two bodies are called {max(names, key=names.count)}; give their files different names")
    read = [_read(file) for file in files]
    notes = [note for one in read for note in one.notes]
    if ct is None and len(read) == 1:
        return CTReading(read[0].volume, tuple(notes))
    base = _around([one.volume for one in read]) if ct is None else _reaching(ct.volume, [one.volume for one in read])
    hu, labels = (
        base.hu.astype(np.float32),
        np.zeros(base.hu.shape, np.uint16) if base.labels is None else base.labels.copy(),
    )
    first = int(labels.max()) + 1
    for number, (file, one) in enumerate(zip(files, read, strict=True), start=first):
        share, own = _on_grid(one, base)
        taken = share > LEAST_SHARE
        if not (share >= HALF).any():
            raise InputProblem(
                f"{file.name} is finer than the CT's voxels ({max(base.spacing_mm):.2g} mm); give it alone, or a finer CT"
            )
        hu[taken] = (share * own + (1 - share) * hu)[taken]
        labels[share >= HALF] = number
        notes.append(f"label {number} is {file.name}.")
    return CTReading(CTVolume(hu, base.ras_from_ijk, labels), (*(ct.notes if ct is not None else ()), *notes))


def _read(file: BodyFile) -> _Piece:
    """One body; its volume's labels are 1 within it."""
    if file.material is not None:
        surface = surface_of_body(file)
        volume = volume_of_surface(surface, file.material)
        size = f"{surface.extent_mm:.1f} mm long, in voxels of {volume.spacing_mm[0]:.2f} mm"
        full = np.float32(file.material.hounsfield())
        shares = (volume.hu - AIR_HU) / (full - AIR_HU)
        notes = (*surface.notes, f"{file.path.name} is {file.material.words}, {size}.")
        return _Piece(volume, shares, np.full_like(volume.hu, full), notes)
    opened = open_ct(file.path, file.labels, None if file.label is None else [file.label])
    mask = find_skeleton(opened.volume).mask
    volume = replace(opened.volume, labels=mask.astype(np.uint8))
    return _Piece(volume, mask.astype(np.float32), volume.hu.astype(np.float32), opened.notes)


def _around(volumes: Sequence[CTVolume]) -> CTVolume:
    """Air on a grid along the patient's axes that holds all volumes, as fine as the finest where memory allows."""
    corners = np.concatenate([_corners(volume) for volume in volumes])
    low, high = corners.min(axis=0), corners.max(axis=0)
    finest = min(float(min(volume.spacing_mm)) for volume in volumes)
    spacing = max(finest, float(np.prod(high - low) / MOST_VOXELS) ** (1 / 3))
    size = np.ceil((high - low) / spacing).astype(int) + 1
    matrix = np.diag([spacing, spacing, spacing, 1.0])
    matrix[:3, 3] = low
    return CTVolume(np.full(size[::-1], AIR_HU, np.float32), matrix)


def _reaching(ct: CTVolume, volumes: Sequence[CTVolume]) -> CTVolume:
    """A CT with air added where bodies reach out of it, its bone labelled."""
    if ct.labels is None:
        ct = replace(ct, labels=find_skeleton(ct).mask.astype(np.uint16))
    size = np.array(ct.hu.shape[::-1])
    ijk = np.concatenate([ct.index_from_ras(_corners(volume)) for volume in volumes])
    before = np.maximum(np.ceil(-ijk.min(axis=0)), 0).astype(int)
    after = np.maximum(np.ceil(ijk.max(axis=0)) - (size - 1), 0).astype(int)
    if np.prod((size + before + after).astype(float)) > max(2.0 * np.prod(size.astype(float)), MOST_VOXELS):
        raise InputProblem("the bodies lie far outside the CT; give them in its frame (RAS mm), or leave out --ct")
    width = tuple(zip(before[::-1].tolist(), after[::-1].tolist(), strict=True))
    matrix = ct.ras_from_ijk.copy()
    matrix[:3, 3] -= matrix[:3, :3] @ before
    labels = np.pad(np.asarray(ct.labels), width).astype(np.uint16)
    return CTVolume(np.pad(ct.hu, width, constant_values=AIR_HU), matrix, labels)


def _on_grid(body: _Piece, grid: CTVolume) -> tuple[np.ndarray, np.ndarray]:
    """(K, J, I) float32 share of each voxel of a grid that is a body's, and its Hounsfield number there."""
    from scipy import ndimage

    # Voxels of the grid that are larger than the body's own hold means of these.
    ratio = np.maximum(np.round(np.mean(grid.spacing_mm) / body.volume.spacing_mm), 1).astype(int)[::-1]
    size = grid.hu.shape[::-1]
    share, held = (
        resampled(ndimage.uniform_filter(values, ratio), body.volume.ras_from_ijk, grid.ras_from_ijk, size, 0.0)
        for values in (body.shares, body.shares * body.hu)
    )
    return np.clip(share, 0, 1), held / np.maximum(share, LEAST_SHARE)


def _corners(volume: CTVolume) -> np.ndarray:
    """(8, 3) RAS of the outermost voxels' centres."""
    last = np.array(volume.hu.shape[::-1]) - 1
    return volume.ras_from_index(np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * last)
