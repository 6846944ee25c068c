"""Templates of a volume and DRRs of it, rendered once; ``cutting`` takes X-rays from them each time they are used."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, reduce

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera, RigidTransform

from .view_sampling import ViewDistribution, template_rotations, xray_rotation
from .volumes import Bone, TrainingVolume


@dataclass(frozen=True)
class PairSettings:
    """Sizes of what is rendered, px; sides are multiples of the encoder's.

    Attributes:
        templates: views in a set.
        xrays: DRRs that the set's X-rays are cut from.
        template_px: side of a template.
        canvas_px: side of a DRR that X-rays are cut from.
        points: of a volume, at most.
        changed_bones: share of the X-rays with a bone missing or moved, where the volume has several.
        views: distribution of the views.
    """

    templates: int = 4
    xrays: int = 6
    template_px: int = 192
    canvas_px: int = 224
    points: int = 1000
    changed_bones: float = 0.3
    views: ViewDistribution = field(default_factory=ViewDistribution)


@dataclass(frozen=True, eq=False)
class PairSet:
    """One set of templates and DRRs of the same volume.

    Attributes:
        templates: (T, 1, S, S) line integrals of the CT's bone.
        template_px: (T, N, 2) where the points lie in them.
        canvases: (Q, 1, C, C) line integrals with all bone in the picture, zero beyond it.
        points_camera: (Q, N, 3) the points in each canvas' camera frame, mm.
        valid: (Q, N), False for points of a bone that is missing or moved.
        focal_px: (Q,) focal length of each canvas; its principal point is its centre.
        pixel_mm: size of a pixel at the bone's centre.
        depth_mm: (Q,) distance of the bone's centre from the source.
    """

    templates: torch.Tensor
    template_px: torch.Tensor
    canvases: torch.Tensor
    points_camera: torch.Tensor
    valid: torch.Tensor
    focal_px: torch.Tensor
    pixel_mm: float
    depth_mm: torch.Tensor

    @cached_property
    def host(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """``points_camera``, ``valid`` and ``focal_px`` where NumPy reads them, copied from the device but once."""
        return self.points_camera.cpu().numpy(), self.valid.cpu().numpy(), self.focal_px.cpu().numpy()


def render_set(
    volume: TrainingVolume, center_rotation: np.ndarray, settings: PairSettings, rng: np.random.Generator
) -> PairSet:
    """Render a set's templates and the canvases of its X-rays.

    Args:
        volume: what is seen.
        center_rotation: (3, 3) camera_from_ras of the set's centre.
        settings: sizes and distributions.
        rng: everything random comes from it.
    """
    views = settings.views
    device = volume.bones[0].projector.device
    points, bone_of_point = volume.points_ras, volume.bone_of_point
    if len(points) > settings.points:
        chosen = rng.permutation(len(points))[: settings.points]
        points, bone_of_point = points[chosen], bone_of_point[chosen]
    camera = centered_camera(settings.template_px, views.depth_mm / volume.pixel_mm)
    poses = [facing(r, volume, views.depth_mm) for r in template_rotations(center_rotation, settings.templates, views, rng)]
    templates = reduce(torch.add, (bone.projector.render(poses, camera) for bone in volume.bones))
    template_px = np.stack([camera.project(pose.apply(points)) for pose in poses])
    canvases, seen, in_camera, depths = [], [], [], []
    for _ in range(settings.xrays):
        depth = views.depth_mm * rng.uniform(*views.depth_range)
        pose = facing(xray_rotation(center_rotation, views, rng), volume, depth)
        image, present = _scene(volume, pose, centered_camera(settings.canvas_px, depth / volume.pixel_mm), settings, rng)
        canvases.append(image)
        seen.append(present[bone_of_point])
        in_camera.append(pose.apply(points))
        depths.append(depth)

    def tensor(array: np.ndarray | list) -> torch.Tensor:
        return torch.as_tensor(np.asarray(array), dtype=torch.float32, device=device)

    return PairSet(
        templates[:, None],
        tensor(template_px),
        torch.cat(canvases)[:, None],
        tensor(in_camera),
        torch.as_tensor(np.asarray(seen), device=device),
        tensor(depths) / volume.pixel_mm,
        volume.pixel_mm,
        tensor(depths),
    )


def centered_camera(side_px: int, focal_px: float) -> Camera:
    """A square image with its principal point in the centre; only K matters here."""
    middle = (side_px - 1) / 2
    return Camera(np.array([[focal_px, 0, middle], [0, focal_px, middle], [0, 0, 1]]), (side_px, side_px), (1, 1), focal_px)


def facing(rotation: np.ndarray, volume: TrainingVolume, depth_mm: float) -> RigidTransform:
    """Pose that puts the bone's centre on the optical axis."""
    return RigidTransform(rotation, np.array([0.0, 0.0, depth_mm]) - rotation @ volume.center_ras)


def _scene(
    volume: TrainingVolume, pose: RigidTransform, camera: Camera, settings: PairSettings, rng: np.random.Generator
) -> tuple[torch.Tensor, np.ndarray]:
    """(1, C, C) line integrals of all that the X-ray shows, and which of the CT's bones (M,) are where the CT has them."""
    present = np.ones(len(volume.bones), bool)
    drawn: list[tuple[Bone, RigidTransform]] = []
    changes = len(volume.bones) > 1 and rng.random() < settings.changed_bones
    kept = int(rng.integers(len(volume.bones)))
    for number, bone in enumerate(volume.bones):
        fate = rng.random() if changes and number != kept else 1.0
        present[number] = fate >= 0.5
        if fate >= 0.5:
            drawn.append((bone, pose))
        elif fate >= 0.25:
            drawn.append((bone, _disturbed(pose, bone.points_ras.mean(axis=0), volume.pixel_mm, rng)))
    for bone in volume.others:
        drawn.append((bone, _disturbed(pose, volume.center_ras, 0.3 * volume.pixel_mm, rng)))
    return reduce(torch.add, (bone.projector.render(where, camera) for bone, where in drawn)), present


def _disturbed(pose: RigidTransform, center_ras: np.ndarray, pixel_mm: float, rng: np.random.Generator) -> RigidTransform:
    """A bone that sits otherwise in its joint: turned by about 8 degrees about its middle, shifted by a few pixels."""
    turn = RigidTransform.from_rotation_vector(np.radians(rng.normal(0, 8, 3)))
    shift = rng.normal(0, 3 * pixel_mm, 3)
    return pose @ RigidTransform(turn.rotation, center_ras - turn.apply(center_ras) + shift)
