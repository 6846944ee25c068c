"""What is followed: a body of opaque metal by its outline, a bone by what it attenuates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.bodies.materials import Material
from RayEmbRegistrationLib.bodies.simplified import simplified
from RayEmbRegistrationLib.bodies.surface import Surface
from RayEmbRegistrationLib.bodies.voxels import volume_of_surface
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem

from .thickness import Thickness

if TYPE_CHECKING:
    from RayEmbRegistrationLib.drr.joseph import JosephProjector

BEYOND_MM = 25.0  # that a bone goes on where its CT cuts it; chosen: beyond two windows of the comparison
OUTLINE_FACES = 6000  # chosen: of a knee's implant they lie within 0.02 mm of 73 000


@dataclass(frozen=True, eq=False)
class Body:
    """One rigid thing to follow.

    Attributes:
        name: unique among the bodies of a sequence.
        center: (3,) mm, in its own frame; turns are about it.
        corners: (8, 3) mm, of its box.
        surface: of an opaque body, simplified; None of a bone.
        attenuation: (K, J, I) 1/mm of a bone; None of an opaque body.
        body_from_ijk: (4, 4), of ``attenuation``.
        opacity_per_mm: what an opaque body is said to take of the beam; the images tell what it takes.
    """

    name: str
    center: np.ndarray
    corners: np.ndarray
    surface: Surface | None = None
    attenuation: np.ndarray | None = None
    body_from_ijk: np.ndarray | None = None
    opacity_per_mm: float = 1.0

    @property
    def is_opaque(self) -> bool:
        """Whether it is followed by its outline."""
        return self.surface is not None

    @property
    def extent_mm(self) -> float:
        """Longest side of its box."""
        return float(np.ptp(self.corners, axis=0).max())

    @property
    def voxel_mm(self) -> float:
        """Of a bone's image, along its finest axis; 0 of an opaque body."""
        return 0.0 if self.body_from_ijk is None else float(np.linalg.norm(self.body_from_ijk[:3, :3], axis=0).min())

    @cached_property
    def thickness(self) -> Thickness:
        """Lengths of rays in an opaque body."""
        if self.surface is None:
            raise RuntimeError(f"{self.name} has no surface")
        return Thickness(self.surface)

    @cached_property
    def projectors(self) -> dict[int, JosephProjector]:
        """By how many voxels are taken together (1, 2, 4)."""
        import torch

        from RayEmbRegistrationLib.drr.joseph import JosephProjector

        if self.attenuation is None or self.body_from_ijk is None:
            raise RuntimeError(f"{self.name} is opaque and has no image of attenuation")
        result = {}
        for step in (1, 2, 4):
            size = [max(1, n // step) for n in self.attenuation.shape]
            block = self.attenuation[: size[0] * step, : size[1] * step, : size[2] * step]
            if min(block.shape) < step:
                break
            mean = block.reshape(size[0], step, size[1], step, size[2], step).mean(axis=(1, 3, 5))
            matrix = self.body_from_ijk.copy()
            matrix[:3, :3] *= step
            matrix[:3, 3] = self.body_from_ijk[:3, :3] @ np.full(3, (step - 1) / 2) + self.body_from_ijk[:3, 3]
            result[step] = JosephProjector(torch.as_tensor(np.ascontiguousarray(mean)), matrix, "cpu")
        return result


def body_of_surface(surface: Surface, material: Material, name: str) -> Body:
    """A surface model: by its outline where its material is opaque, else by its attenuation."""
    if not material.is_opaque:
        return body_of_ct(volume_of_surface(surface, material), name)
    shape = simplified(surface, OUTLINE_FACES)
    return Body(name, surface.center, _corners(surface.points), shape, opacity_per_mm=material.attenuation())


def body_of_ct(volume: CTVolume, name: str, label: int | None = None) -> Body:
    """A bone of a CT.

    Args:
        volume: with or without labels.
        name: of the body.
        label: of the bone; all that is labelled, or all bone that is found, where None.

    Raises:
        InputProblem: there is no such label, or no bone.
    """
    from RayEmbRegistrationLib.drr.attenuation import bone_attenuation
    from RayEmbRegistrationLib.drr.beyond import extended_at_borders
    from RayEmbRegistrationLib.volumes.bone import find_skeleton

    if volume.labels is not None:
        mask = volume.labels == label if label is not None else volume.labels > 0
    elif label is not None:
        raise InputProblem(f"{name} has no labels to choose {label} from; give the label map")
    else:
        mask = find_skeleton(volume).mask
    if not mask.any():
        raise InputProblem(
            f"{name} has no voxel of label {label}; check the label map" if label else f"{name} shows no bone"
        )
    inside = np.argwhere(mask)[:, ::-1]
    low, high = inside.min(axis=0) - 4, inside.max(axis=0) + 5
    block = volume.crop(low, high)
    first = np.maximum(low, 0)
    own = mask[tuple(slice(a, a + n) for a, n in zip(first[::-1], block.hu.shape, strict=True))]
    values, matrix = extended_at_borders(bone_attenuation(block, own), block.ras_from_ijk, own, BEYOND_MM)
    points = block.ras_from_index(np.argwhere(own)[:, ::-1])
    return Body(name, points.mean(axis=0), _corners(points), attenuation=values, body_from_ijk=matrix)


def _corners(points: np.ndarray) -> np.ndarray:
    """(8, 3) corners of the box around points."""
    low, high = points.min(axis=0), points.max(axis=0)
    return np.stack(np.meshgrid(*zip(low, high, strict=True), indexing="ij"), axis=-1).reshape(8, 3)
