"""X-rays with the surfaces that their rays enter and leave the bone through, rendered once and cut anew each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.detector.networks.surfaces import UNIT_MM, USUAL_DEPTH_MM
from RayEmbRegistrationLib.drr.entry_exit import Solid
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.views import ViewPrior

from .cutting import Cameras, canvases_of, cut_with, draw_cameras
from .pairs import PairSet, centered_camera, facing
from .sources import draw_volume
from .view_sampling import ViewDistribution, random_rotation, rotation_in_prior
from .volumes import Bone, BoneVolume, TrainingVolume, varied, whole_volume

VIEWS_IN_A_SET = 6  # chosen for time
CANVAS_PX = 224  # as in PairSettings
SURFACE_STEP = 2  # pixels of a canvas a ray whose surfaces are found; chosen for time, features are as far apart
VIEWS = ViewDistribution(tilt=5.0, in_plane=6.0)  # the prior itself is covered, with a margin


@dataclass(frozen=True, eq=False)
class SurfaceSet:
    """Canvases of one volume and their surfaces.

    Attributes:
        pairs: the canvases, as X-rays are cut from them; it has no templates.
        entry, leaving: (Q, 1, c, c) depth of the first and last bone on every second pixel's ray, mm; infinite where none.
        poses: Q poses, canvas camera from RAS.
        center_ras: (3,) mm, from where the CT's coordinates are told; None where no CT is to be known.
    """

    pairs: PairSet
    entry: torch.Tensor
    leaving: torch.Tensor
    poses: tuple[RigidTransform, ...]
    center_ras: np.ndarray | None


class SurfaceSource(Protocol):
    """Makes sets; the same one for the same lane and number."""

    pixel_mm: float
    validation_sets: int

    def make(self, lane: int, number: int) -> SurfaceSet:
        """The set of that number in that lane."""
        ...


class PatientSurfaces:
    """Sets of one CT, each view drawn from the whole prior.

    Args:
        volume: the bone, in one piece.
        center_ras: (3,) the middle that coordinates are told from.
        prior: views.
        seed: of everything.
    """

    validation_sets = 4  # chosen for time: they are of one bone

    def __init__(self, volume: TrainingVolume, center_ras: np.ndarray, prior: ViewPrior, seed: int) -> None:
        self._volume, self._center, self._prior, self._seed = volume, np.asarray(center_ras), prior, seed
        self._solid = Solid(volume.bones[0].projector.values, volume.bones[0].projector.ras_from_ijk)
        self.pixel_mm = volume.pixel_mm

    def make(self, lane: int, number: int) -> SurfaceSet:
        """See ``SurfaceSource``."""
        rng = np.random.default_rng([self._seed, 10, lane, number])
        rotations = [rotation_in_prior(self._prior, rng) for _ in range(VIEWS_IN_A_SET)]
        return render_surfaces(self._volume, self._solid, rotations, rng, self._center)


class AnatomySurfaces:
    """Sets of any anatomy, seen from anywhere: procedural volumes and, where given, CTs, each stretched and mirrored anew.

    Args:
        seed: of everything.
        volumes: the bone of each CT.
        procedural_share: of the sets; all of them without CTs.
        device: where to render.
    """

    pixel_mm = 1.0  # differs from set to set, as bones do
    validation_sets = 16  # chosen: by 4, weights of half the training were kept that were worse on 16 others

    def __init__(
        self,
        seed: int,
        volumes: Sequence[BoneVolume] = (),
        procedural_share: float = 1.0,
        device: str | torch.device = "cpu",
    ) -> None:
        self._seed, self._bones, self._device = seed, tuple(volumes), torch.device(device)
        self._share = procedural_share if self._bones else 1.0

    def make(self, lane: int, number: int) -> SurfaceSet:
        """See ``SurfaceSource``."""
        rng = np.random.default_rng([self._seed, 13, lane, number])
        if rng.random() < self._share:
            drawn = draw_volume(self._seed, lane, number, None)
            values = torch.as_tensor(drawn.attenuation, device=self._device)
            bone = BoneVolume(values, drawn.ras_from_ijk, drawn.points_ras)
        else:
            bone = self._bones[int(rng.integers(len(self._bones)))]
        volume = whole_volume(varied(replace(bone, labels=None), rng), self._device)
        projector = volume.bones[0].projector
        rotations = [random_rotation(rng) for _ in range(VIEWS_IN_A_SET)]
        return render_surfaces(volume, Solid(projector.values, projector.ras_from_ijk), rotations, rng, None)


def render_surfaces(
    volume: TrainingVolume,
    solid: Solid,
    rotations: list[np.ndarray],
    rng: np.random.Generator,
    center_ras: np.ndarray | None,
) -> SurfaceSet:
    """Canvases under rotations (3, 3) camera_from_ras, with a margin around each, and their surfaces."""
    bone: Bone = volume.bones[0]
    images, entries, leavings, poses, in_camera, depths = [], [], [], [], [], []
    for rotation in rotations:
        depth = VIEWS.depth_mm * rng.uniform(*VIEWS.depth_range)
        nudge = RigidTransform.from_rotation_vector(np.radians(rng.normal(0, VIEWS.tilt / 2, 3)))
        pose = facing(nudge.rotation @ rotation, volume, depth)
        camera = centered_camera(CANVAS_PX, depth / volume.pixel_mm)
        images.append(bone.projector.render(pose, camera))
        side = CANVAS_PX // SURFACE_STEP
        entry, leaving = solid.depths(pose, camera.resample(side, side))
        entries.append(entry)
        leavings.append(leaving)
        poses.append(pose)
        in_camera.append(pose.apply(bone.points_ras))
        depths.append(depth)
    device = images[0].device
    points = torch.as_tensor(np.stack(in_camera), dtype=torch.float32, device=device)
    depth_mm = torch.as_tensor(depths, dtype=torch.float32, device=device)
    canvases = torch.cat(images)[:, None]
    pairs = PairSet(
        canvases[:0],
        points[:0, :, :2],
        canvases,
        points,
        torch.ones(points.shape[:2], dtype=torch.bool, device=device),
        depth_mm / volume.pixel_mm,
        volume.pixel_mm,
        depth_mm,
    )
    return SurfaceSet(pairs, torch.stack(entries)[:, None], torch.stack(leavings)[:, None], tuple(poses), center_ras)


@dataclass(frozen=True, eq=False)
class SurfaceTargets:
    """What the network is to say of X-rays, by feature; see ``detector.networks.surfaces.SurfaceMaps``.

    Attributes:
        slopes: (Q, 2, h, w) of the rays.
        bone: (Q, h, w), 1 where a ray meets bone.
        points: (Q, 2, 3, h, w); None where no CT is to be known.
        depths: (Q, 2, h, w).
    """

    slopes: torch.Tensor
    bone: torch.Tensor
    points: torch.Tensor | None
    depths: torch.Tensor


def cut_surfaces(
    made: SurfaceSet, chosen: np.ndarray, side: int, rng: np.random.Generator
) -> tuple[torch.Tensor, SurfaceTargets]:
    """Line integrals (Q, 1, side, side) of X-rays cut from the chosen canvases by random cameras, and their targets."""
    cameras = draw_cameras(made.pairs, chosen, side, VIEWS, rng)
    images = cut_with(canvases_of([(made.pairs, chosen)]), side, cameras).images
    return images, _targets(made, chosen, side, cameras)


def _targets(made: SurfaceSet, chosen: np.ndarray, side: int, cameras: Cameras) -> SurfaceTargets:
    turns, focal, principal = cameras
    device = made.entry.device

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(array, dtype=torch.float32, device=device)

    line = (np.arange(side // 2) + 0.5) * 2 - 0.5  # features lie between two pixels
    columns, rows = np.meshgrid(line, line)
    pixels = np.stack([columns, rows]).reshape(2, -1)
    slopes = (pixels[None] - principal[:, :, None]) / focal[:, None, None]
    rays = np.concatenate([slopes, np.ones_like(slopes[:, :1])], axis=1)
    on_canvas = turns.transpose(0, 2, 1) @ rays  # of the canvas' camera
    on_canvas /= on_canvas[:, 2:]
    canvas_side = made.pairs.canvases.shape[-1]
    grid = tensor(2 * on_canvas[:, :2] * made.pairs.host[2][chosen][:, None, None] / canvas_side).transpose(1, 2)[:, :, None]
    index = torch.as_tensor(chosen, device=device)
    depths = torch.cat([made.entry[index], made.leaving[index]], dim=1)
    known = torch.isfinite(depths).all(dim=1, keepdim=True)
    both = torch.cat([torch.where(known, depths, depths.new_zeros(())), known.float()], dim=1)
    sampled = functional.grid_sample(both, grid, mode="nearest", align_corners=False)[..., 0]
    bone = sampled[:, 2] > 0.5
    points_canvas = tensor(on_canvas)[:, None] * sampled[:, :2, None]
    rotations, shifts = (tensor(np.stack([getattr(made.poses[n], name) for n in chosen])) for name in _PARTS)
    heights = (tensor(turns)[:, None, 2:] @ points_canvas)[:, :, 0]  # depth along the new camera's axis
    middle = _mean_depth(heights, bone)
    relative = (heights / middle[:, None, None] - 1) * (USUAL_DEPTH_MM / UNIT_MM)
    points = None
    if made.center_ras is not None:
        shifted = points_canvas - shifts[:, None, :, None]
        ras = rotations.transpose(1, 2)[:, None] @ shifted
        points = (ras - tensor(made.center_ras)[:, None]) / UNIT_MM
    size = (side // 2, side // 2)
    return SurfaceTargets(
        tensor(slopes).unflatten(2, size),
        bone.float().unflatten(1, size),
        None if points is None else points.unflatten(3, size),
        relative.unflatten(2, size),
    )


_PARTS = ("rotation", "translation")  # of a RigidTransform


def _mean_depth(heights: torch.Tensor, bone: torch.Tensor) -> torch.Tensor:
    """(Q,) mean depth of entries and exits (Q, 2, P) over the bone (Q, P); 1 where there is none."""
    count = 2 * bone.sum(dim=1)
    total = (heights * bone[:, None]).sum(dim=(1, 2))
    return torch.where(count > 0, total / count.clamp_min(1), torch.ones_like(total))
