"""What training renders: a CT's bone, the part of it that plays the CT, and what else is in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.detector.templates import pixel_mm_for
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.problems import InputProblem

MOST_POINTS = 4000  # chosen for time: sets draw 1000 of them


@dataclass(frozen=True, eq=False)
class Bone:
    """One bone, or several that stay together.

    Attributes:
        projector: of its attenuation alone.
        points_ras: (N, 3) points in it, mm.
    """

    projector: JosephProjector
    points_ras: np.ndarray


@dataclass(frozen=True, eq=False)
class TrainingVolume:
    """A CT to learn from.

    Attributes:
        bones: those of the CT; they may be missing or moved in an X-ray.
        others: bones that X-rays show and the CT lacks (a radius cut out of its wrist).
        pixel_mm: size of a pixel at the bone's centre, as detection will choose it.
        center_ras: (3,) middle of the CT's bone.
    """

    bones: tuple[Bone, ...]
    others: tuple[Bone, ...]
    pixel_mm: float
    center_ras: np.ndarray

    @property
    def points_ras(self) -> np.ndarray:
        """(N, 3) points of all bones of the CT, bone by bone."""
        return np.concatenate([bone.points_ras for bone in self.bones])

    @property
    def bone_of_point(self) -> np.ndarray:
        """(N,) index into ``bones``."""
        return np.repeat(np.arange(len(self.bones)), [len(bone.points_ras) for bone in self.bones])


@dataclass(frozen=True, eq=False)
class BoneVolume:
    """Attenuation of bone alone, before it is decided what of it plays the CT.

    Attributes:
        attenuation: (K, J, I) float32 tensor, 1/mm.
        ras_from_ijk: (4, 4).
        points_ras: (N, 3) points in bone, mm.
        labels: (K, J, I) integer array that tells bones apart, or None.
    """

    attenuation: torch.Tensor
    ras_from_ijk: np.ndarray
    points_ras: np.ndarray
    labels: np.ndarray | None = None


def bone_volume(prepared: PreparedCT) -> BoneVolume:
    """Of a CT that was prepared."""
    return BoneVolume(prepared.attenuation, prepared.ras_from_ijk, prepared.bone_points_ras, prepared.labels)


def varied(volume: BoneVolume, rng: np.random.Generator, strength: float = 1.0) -> BoneVolume:
    """The same bone stretched by up to a tenth along random axes, and mirrored half of the time: another individual."""
    axes = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    stretch = axes @ np.diag(np.exp(rng.uniform(-0.1, 0.1, 3) * strength)) @ axes.T
    if rng.random() < 0.5:
        stretch = stretch @ np.diag([-1.0, 1.0, 1.0])
    matrix = np.eye(4)
    matrix[:3, :3] = stretch
    points = volume.points_ras @ stretch.T
    return BoneVolume(volume.attenuation, matrix @ volume.ras_from_ijk, points, volume.labels)


def whole_volume(
    volume: BoneVolume, device: str | torch.device, rng: np.random.Generator | None = None, groups: int = 3
) -> TrainingVolume:
    """All bone is the CT. With ``rng``, labels that tell bones apart make up to so many groups that may move apart."""
    labels = _labels_of(volume)
    if labels is None or rng is None:
        return _split(volume, None, [], [], device)
    of_points = labels_at(labels, volume.ras_from_ijk, volume.points_ras)
    present = np.unique(of_points[of_points > 0])
    middles = np.stack([volume.points_ras[of_points == n].mean(axis=0) for n in present])
    seeds = middles[rng.permutation(len(present))[:groups]]
    nearest = np.linalg.norm(middles[:, None] - seeds, axis=2).argmin(axis=1)
    return _split(volume, labels, [present[nearest == n].tolist() for n in range(len(seeds))], [], device)


def isolated_volume(volume: BoneVolume, rng: np.random.Generator, device: str | torch.device) -> TrainingVolume:
    """One bone, or a few neighbours, are the CT, the rest is in the X-rays only; all of it where there is but one."""
    labels = _labels_of(volume)
    if labels is None:
        return whole_volume(volume, device)
    of_points = labels_at(labels, volume.ras_from_ijk, volume.points_ras)
    # A bone of a few points is too small to be looked for by itself.
    present = [int(n) for n in np.unique(labels[labels > 0]) if (of_points == n).sum() >= 40]
    if len(present) < 2:
        return whole_volume(volume, device)
    chosen = [int(rng.choice(present))]
    if len(present) > 3 and rng.random() < 0.4:
        middles = {n: volume.points_ras[of_points == n].mean(axis=0) for n in present}
        by_distance = sorted(present, key=lambda n: float(np.linalg.norm(middles[n] - middles[chosen[0]])))
        chosen = by_distance[: int(rng.integers(2, len(present)))]
    foreign = [int(n) for n in np.unique(labels[labels > 0]) if n not in chosen]
    return _split(volume, labels, [chosen], foreign, device)


def labels_at(labels: np.ndarray, ras_from_ijk: np.ndarray, points_ras: np.ndarray) -> np.ndarray:
    """(N,) label, in a map (K, J, I), of the voxel nearest to each point; 0 outside the map."""
    ijk = np.rint((points_ras - ras_from_ijk[:3, 3]) @ np.linalg.inv(ras_from_ijk[:3, :3]).T).astype(int)
    size = np.array(labels.shape[::-1])
    inside = ((ijk >= 0) & (ijk < size)).all(axis=1)
    i, j, k = np.clip(ijk, 0, size - 1).T
    return np.where(inside, labels[k, j, i], 0)


def _labels_of(volume: BoneVolume) -> np.ndarray | None:
    """The label map where it tells at least two bones apart."""
    labels = volume.labels
    return None if labels is None or len(np.unique(labels[labels > 0])) < 2 else labels


def _split(
    volume: BoneVolume, labels: np.ndarray | None, own: Sequence[list[int]], foreign: list[int], device: str | torch.device
) -> TrainingVolume:
    """Bones by groups of labels; all bone in one where there are no labels."""
    points = volume.points_ras[:MOST_POINTS]
    parts: list[tuple[list[int], np.ndarray]] = [([], points)]
    if labels is not None:
        of_points = labels_at(labels, volume.ras_from_ijk, points)
        parts = [(group, points[np.isin(of_points, group)]) for group in own]
        parts = [part for part in parts if len(part[1])]
    if not parts or not len(points):
        raise InputProblem("the bone chosen from the label map holds no bone point; check that the label map fits the CT")
    target = np.concatenate([part[1] for part in parts])
    pixel_mm = pixel_mm_for(float(np.ptp(target, axis=0).max()))

    def bone(group: list[int], inside: np.ndarray) -> Bone:
        kept = None if labels is None else np.isin(labels, group)
        return _bone(volume, kept, inside, pixel_mm, device)

    bones = tuple(bone(group, inside) for group, inside in parts)
    others = (bone(foreign, np.zeros((0, 3))),) if foreign else ()
    return TrainingVolume(bones, others, pixel_mm, (target.min(axis=0) + target.max(axis=0)) / 2)


def _bone(
    volume: BoneVolume, kept: np.ndarray | None, points: np.ndarray, pixel_mm: float, device: str | torch.device
) -> Bone:
    """One projector of the voxels that are kept (K, J, I), at the resolution that training's pixels need."""
    voxel_mm = abs(np.linalg.det(volume.ras_from_ijk[:3, :3])) ** (1 / 3)
    values = volume.attenuation
    if kept is not None:
        values = values * torch.as_tensor(kept, device=values.device)
    prepared = PreparedCT(values, volume.ras_from_ijk, None, points, None, "any")
    projector = prepared.projector(max(1, round(pixel_mm / voxel_mm)))
    if projector.device != torch.device(device):
        projector = JosephProjector(projector.values, projector.ras_from_ijk, device)
    return Bone(projector, points)
