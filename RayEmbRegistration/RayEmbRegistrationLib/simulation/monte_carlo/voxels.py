"""The body on a device, in the camera's frame: where rays enter and leave it, and what they cross."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import RigidTransform

from .body import Body
from .tables import load_tables

Vector = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
_FAR_MM = 1e9  # chosen: beyond every body
# Chosen: a voxel that thick in free paths lets through e^-8 more than it should, and flights through metal stay few.
_OPAQUE = 8.0
_BLOCK = 8  # chosen: voxels along a block with a largest attenuation of its own, 32 mm as scatter's voxels are 4
# Chosen: blocks are worth their search where the largest attenuation is that many times their mean's (bone 2, metal 60).
_UNEVEN, _UNEVEN_ROW = 10.0, 55  # 60 keV
# Chosen: voxels; a place so near a block's face, which single precision may miss, is of the block that follows. Also the
# least flight in mm, so that none stands still.
_AHEAD = 1e-3
_KEEP = 0.6  # chosen: rays that have left are dropped once they are two fifths, as dropping costs about a step


@dataclass(frozen=True, eq=False)
class Voxels:
    """A body's voxels as photons meet them; each voxel is filled evenly.

    Attributes:
        density: (V,) g/cm3, flat.
        material: (V,) index.
        size: (I, J, K).
        ijk_from_camera: (4, 4) float64 numpy.
        mass: (3, M, E) attenuation in cm2/(10 g), times g/cm3 gives 1/mm: photoelectric, Compton, Rayleigh.
        total: (M, E), their sum.
        largest: (E,) largest attenuation in the body, 1/mm, but no more than makes a voxel opaque.
        usual: (E,) mean attenuation of its box.
        front_mm: camera z at which the box begins.
        blocks: (B, E) largest attenuation of each block of voxels, flat; None where one for all is as good.
    """

    density: torch.Tensor
    material: torch.Tensor
    size: tuple[int, int, int]
    ijk_from_camera: np.ndarray
    mass: torch.Tensor
    total: torch.Tensor
    largest: torch.Tensor
    usual: torch.Tensor
    front_mm: float
    blocks: torch.Tensor | None = None

    @classmethod
    def of(cls, body: Body, camera_from_ras: RigidTransform, device: torch.device | str) -> Voxels:
        """A body before a camera."""
        tables = load_tables()
        rows = [tables.row(name) for name in body.names]
        mass = np.stack([tables.photoelectric[rows], tables.compton[rows], tables.rayleigh[rows]]) / 10
        densest = [body.density[body.material == index] for index in range(len(rows))]
        peak = np.array([part.max() if part.size else 0.0 for part in densest])
        ijk_from_camera = np.linalg.inv(body.ras_from_ijk) @ camera_from_ras.inverse().matrix
        opaque = _OPAQUE * np.linalg.norm(ijk_from_camera[:3, :3], axis=1).max()
        largest = np.minimum((mass.sum(0) * peak[:, None]).max(0), opaque)
        blocks = np.minimum(_of_blocks(body, mass.sum(0)), opaque)
        uneven = largest[_UNEVEN_ROW] > _UNEVEN * blocks[:, _UNEVEN_ROW].mean()
        K, J, I = body.density.shape  # noqa: E741 - the axes' names

        def tensor(values: np.ndarray) -> torch.Tensor:
            return torch.as_tensor(np.ascontiguousarray(values), device=device, dtype=torch.float32)

        return cls(
            tensor(body.density.ravel()),
            torch.as_tensor(body.material.ravel().astype(np.int64), device=device),
            (I, J, K),
            ijk_from_camera,
            tensor(mass),
            tensor(mass.sum(0)),
            tensor(largest),
            tensor((mass.sum(0) * np.array([part.sum() for part in densest])[:, None]).sum(0) / body.density.size),
            float(_corners(I, J, K, ijk_from_camera)[:, 2].min()),
            tensor(blocks) if uneven else None,
        )

    def points(self, points: Vector) -> Vector:
        """Camera mm to voxel coordinates whose voxels go from n to n + 1."""
        return self._mapped(points, self.ijk_from_camera[:3, 3] + 0.5)

    def directions(self, directions: Vector) -> Vector:
        """Unit directions to voxels per mm."""
        return self._mapped(directions, np.zeros(3))

    def _mapped(self, values: Vector, offset: np.ndarray) -> Vector:
        x, y, z = values
        rows = self.ijk_from_camera[:3, :3]
        i, j, k = (x * float(r[0]) + y * float(r[1]) + z * float(r[2]) + float(o) for r, o in zip(rows, offset, strict=True))
        return i, j, k

    def span(self, start: Vector, step: Vector) -> tuple[torch.Tensor, torch.Tensor]:
        """Millimetres along rays, given in voxels, to where they enter and leave the box; enter >= leave where they miss."""
        enter, leave = torch.zeros_like(start[0]), torch.full_like(start[0], _FAR_MM)
        for place, slope, size in zip(start, step, self.size, strict=True):
            safe = torch.where(slope.abs() < 1e-9, 1e-9, slope)
            first, last = -place / safe, (size - place) / safe
            enter = torch.maximum(enter, torch.minimum(first, last))
            leave = torch.minimum(leave, torch.maximum(first, last))
        return enter, leave

    def index(self, place: Vector) -> tuple[torch.Tensor, torch.Tensor]:
        """Flat voxel index of places in voxels, and which lie inside the box."""
        whole = [torch.floor(part).long() for part in place]
        inside = (whole[0] >= 0) & (whole[1] >= 0) & (whole[2] >= 0)
        for part, size in zip(whole, self.size, strict=True):
            inside &= part < size
        flat = whole[0] + self.size[0] * (whole[1] + self.size[1] * whole[2])
        return flat.clamp(0, len(self.density) - 1), inside

    def bound(self, place: Vector, direction: Vector, row: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(N,) attenuation that a flight is drawn against, and the millimetres up to which it holds, None for everywhere."""
        if self.blocks is None:
            return self.largest[row], None
        reach, flat, stride = torch.full_like(place[0], _FAR_MM), torch.zeros_like(row), 1
        for part, slope, size in zip(self.points(place), self.directions(direction), self.size, strict=True):
            count = -(-size // _BLOCK)
            safe = torch.where(slope.abs() < 1e-9, 1e-9, slope)
            block = torch.floor((part + _AHEAD * torch.sign(safe)) / _BLOCK).clamp(0, count - 1)
            until = ((block + (safe > 0)) * _BLOCK - part) / safe
            outermost = torch.where(safe > 0, block == count - 1, block == 0)  # a flight may leave the box
            reach = torch.minimum(reach, torch.where(outermost, _FAR_MM, until))
            flat, stride = flat + block.long() * stride, stride * count
        return self.blocks[flat, row], reach.clamp(min=_AHEAD)

    def depth_guess(self, start: Vector, direction: Vector, row: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
        """(N,) a rough optical depth at no cost: the body's mean attenuation up to the edge of its box."""
        _, leave = self.span(self.points(start), self.directions(direction))
        return self.usual[row] * torch.minimum(leave, length)

    def optical_depth(self, start: Vector, direction: Vector, row: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
        """(N,) attenuation along rays of camera mm from a start, for energies by their row, up to a length: exact, voxel
        by voxel (J. Amanatides and A. Woo, A fast voxel traversal algorithm, 1987).
        """
        place, step = self.points(start), self.directions(direction)
        enter, leave = self.span(place, step)
        leave = torch.minimum(leave, length)
        depth = torch.zeros_like(length)
        alive = torch.nonzero(enter < leave)[:, 0]
        if not len(alive):
            return depth
        now, end = enter[alive], leave[alive]
        flat, strides = torch.zeros_like(alive), (1, self.size[0], self.size[0] * self.size[1])
        following, spans, moves = [], [], []
        for part, slope, size, stride in zip(place, step, self.size, strides, strict=True):
            part, slope = part[alive], slope[alive]  # noqa: PLW2901 - the rays that meet the box
            slope = torch.where(slope.abs() < 1e-9, 1e-9, slope)  # noqa: PLW2901
            voxel = torch.floor(part + slope * now).clamp(0, size - 1)
            # A ray that goes backwards and starts on a face belongs to the voxel before it: its first step has no length.
            following.append((voxel + (slope > 0).float() - part) / slope)
            spans.append(1 / slope.abs())
            moves.append(torch.where(slope > 0, stride, -stride))
            flat += voxel.long() * stride
        mass = self.total.t().contiguous().view(-1)
        base = row[alive] * self.total.shape[0]
        state = [now, end, flat, base, *following, *spans, *moves]
        total, ids = torch.zeros_like(now), alive
        last = len(self.density) - 1
        while len(ids):
            now, end, flat, base, x, y, z, sx, sy, sz, mx, my, mz = state
            until = torch.minimum(torch.minimum(x, y), torch.minimum(z, end))
            total += self.density[flat] * mass[base + self.material[flat]] * (until - now).clamp(min=0)
            cx, cy, cz = x <= until, y <= until, z <= until
            flat = (flat + cx * mx + cy * my + cz * mz).clamp(0, last)
            state = [until, end, flat, base, x + cx * sx, y + cy * sy, z + cz * sz, sx, sy, sz, mx, my, mz]
            going = until < end
            if going.float().mean() < _KEEP:
                depth[ids[~going]] = total[~going]
                ids, total = ids[going], total[going]
                state = [each[going] for each in state]
        return depth


def _of_blocks(body: Body, total: np.ndarray) -> np.ndarray:
    """(B, E) largest attenuation in blocks of voxels, i fastest."""
    fill = [(0, -size % _BLOCK) for size in body.density.shape]
    counts = [(size + more) // _BLOCK for size, (_, more) in zip(body.density.shape, fill, strict=True)]
    found = np.zeros((int(np.prod(counts)), total.shape[1]))
    for index, attenuation in enumerate(total):
        density = np.pad(np.where(body.material == index, body.density, np.float32(0)), fill)
        split = density.reshape(counts[0], _BLOCK, counts[1], _BLOCK, counts[2], _BLOCK)
        found = np.maximum(found, split.max((1, 3, 5)).reshape(-1, 1) * attenuation)
    return found


def _corners(I: int, J: int, K: int, ijk_from_camera: np.ndarray) -> np.ndarray:  # noqa: E741 - the axes' names
    """(8, 3) corners of the box in camera mm."""
    corners = np.array(np.meshgrid((-0.5, I - 0.5), (-0.5, J - 0.5), (-0.5, K - 0.5))).reshape(3, -1)
    matrix = np.linalg.inv(ijk_from_camera)
    return np.asarray((matrix[:3, :3] @ corners + matrix[:3, 3:]).T)
