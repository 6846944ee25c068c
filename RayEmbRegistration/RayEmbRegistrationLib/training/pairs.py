"""Templates of a volume and X-rays of it, rendered once and cut out anew each time they are used.

All X-rays of one source position are homographies of each other: turning the camera about its source, in the plane or out
of it, or changing focal length and principal point moves pixels by ``K' R K^-1`` whatever the depth. One DRR that shows all
of the bone therefore gives any number of exact X-rays of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.geometry import Camera, RigidTransform

from .view_sampling import ViewDistribution, template_rotations, turn_about_source, xray_rotation
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


@dataclass(frozen=True, eq=False)
class Canvases:
    """Canvases of one set, or of several in one batch.

    Attributes:
        images: (Q, 1, C, C).
        points_camera: (Q, N, 3); sets of fewer points are filled up with some that are not valid.
        valid: (Q, N).
        focal_px: (Q,).
    """

    images: torch.Tensor
    points_camera: torch.Tensor
    valid: torch.Tensor
    focal_px: np.ndarray


Cameras = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Rotations (Q, 3, 3) about the source, new camera from canvas camera; focal lengths (Q,); principal points (Q, 2), px."""


@dataclass(frozen=True, eq=False)
class Cut:
    """X-rays cut from canvases.

    Attributes:
        images: (Q, 1, S, S) line integrals.
        pixels: (Q, N, 2) where the points lie.
        visible: (Q, N), within the image and valid.
        mm_per_px: (Q, N) size of a pixel at each point's depth.
    """

    images: torch.Tensor
    pixels: torch.Tensor
    visible: torch.Tensor
    mm_per_px: torch.Tensor


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
    poses = [_facing(r, volume, views.depth_mm) for r in template_rotations(center_rotation, settings.templates, views, rng)]
    templates = sum(bone.projector.render(poses, camera) for bone in volume.bones)
    template_px = np.stack([camera.project(pose.apply(points)) for pose in poses])
    canvases, seen, in_camera, depths = [], [], [], []
    for _ in range(settings.xrays):
        depth = views.depth_mm * rng.uniform(*views.depth_range)
        pose = _facing(xray_rotation(center_rotation, views, rng), volume, depth)
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


def crop_templates(pairs: PairSet, side_px: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Templates (T, 1, S, S) cut to their middle, with the points' pixels (T, N, 2) and whether they are inside (T, N)."""
    margin = (pairs.templates.shape[-1] - side_px) // 2
    images = pairs.templates[..., margin : margin + side_px, margin : margin + side_px]
    pixels = pairs.template_px - margin
    return images, pixels, _inside(pixels, side_px)


def cut_xrays(pairs: PairSet, chosen: np.ndarray, side_px: int, views: ViewDistribution, rng: np.random.Generator) -> Cut:
    """X-rays of random camera turns, scales and windows from the chosen canvases of one set."""
    return cut_with(canvases_of([(pairs, chosen)]), side_px, draw_cameras(pairs, chosen, side_px, views, rng))


def canvases_of(parts: Sequence[tuple[PairSet, np.ndarray]]) -> Canvases:
    """The chosen canvases of several sets, one set after another."""
    count = max(pairs.valid.shape[1] for pairs, _ in parts)
    index = [torch.as_tensor(chosen, device=pairs.canvases.device) for pairs, chosen in parts]
    return Canvases(
        torch.cat([pairs.canvases[some] for (pairs, _), some in zip(parts, index, strict=True)]),
        torch.cat([filled_up(pairs.points_camera[some], count, -2) for (pairs, _), some in zip(parts, index, strict=True)]),
        torch.cat([filled_up(pairs.valid[some], count, -1) for (pairs, _), some in zip(parts, index, strict=True)]),
        np.concatenate([pairs.host[2][chosen] for pairs, chosen in parts]),
    )


def filled_up(values: torch.Tensor, count: int, axis: int) -> torch.Tensor:
    """With ones, or False, behind, until an axis has a given length."""
    lacking = count - values.shape[axis]
    if not lacking:
        return values
    shape = list(values.shape)
    shape[axis] = lacking
    return torch.cat([values, values.new_full(shape, values.dtype != torch.bool)], dim=axis)


def draw_cameras(
    pairs: PairSet, chosen: np.ndarray, side_px: int, views: ViewDistribution, rng: np.random.Generator
) -> Cameras:
    """Random cameras of X-rays from the chosen canvases.

    The window lies around a random point of the bone, so that many X-rays show only part of it.
    """
    points_camera, all_valid, focal_px = pairs.host
    turns = np.stack([turn_about_source(views, rng) for _ in chosen])
    scales = np.exp(
        np.clip(rng.normal(0, views.scale_spread, len(chosen)), -2.5 * views.scale_spread, 2.5 * views.scale_spread)
    )
    turned = points_camera[chosen] @ turns.transpose(0, 2, 1).astype(np.float32)
    normalized = turned[..., :2] / turned[..., 2:]
    focal, valid = focal_px[chosen] * scales, all_valid[chosen]
    principal = np.empty((len(chosen), 2))
    for n in range(len(chosen)):
        seen = normalized[n][valid[n]] if valid[n].any() else normalized[n]
        target = seen[rng.integers(len(seen))] if rng.random() < 0.5 else (seen.min(axis=0) + seen.max(axis=0)) / 2
        principal[n] = (side_px - 1) / 2 - focal[n] * target + rng.normal(0, 0.08 * side_px, 2)
    return turns, focal, principal


def cut_with(canvases: Canvases, side_px: int, cameras: Cameras) -> Cut:
    """X-rays of a given side by given cameras, one a canvas."""
    turns, focal, principal = cameras
    device, side, count = canvases.images.device, canvases.images.shape[-1], len(turns)
    K_new, K_canvas = np.zeros((2, count, 3, 3))
    K_new[:, 0, 0] = K_new[:, 1, 1] = focal
    K_new[:, :2, 2], K_new[:, 2, 2] = principal, 1
    K_canvas[:, 0, 0] = K_canvas[:, 1, 1] = canvases.focal_px
    K_canvas[:, :2, 2], K_canvas[:, 2, 2] = (side - 1) / 2, 1
    canvas_from_new = K_canvas @ turns.transpose(0, 2, 1) @ np.linalg.inv(K_new)
    to_device = {"dtype": torch.float32, "device": device}
    homography = torch.as_tensor(canvas_from_new, **to_device)
    line = torch.arange(side_px, **to_device)
    rows, columns = torch.meshgrid(line, line, indexing="ij")
    pixels = torch.stack([columns, rows, torch.ones_like(rows)]).flatten(1)
    mapped = homography @ pixels
    grid = (mapped[:, :2] / mapped[:, 2:]).transpose(1, 2).unflatten(1, (side_px, side_px))
    images = functional.grid_sample(canvases.images, grid * (2 / (side - 1)) - 1, align_corners=True)
    turned = canvases.points_camera @ torch.as_tensor(turns, **to_device).transpose(1, 2)
    scale = torch.as_tensor(focal, **to_device)[:, None]
    where = turned[..., :2] / turned[..., 2:] * scale[..., None] + torch.as_tensor(principal, **to_device)[:, None]
    visible = canvases.valid & (turned[..., 2] > 0) & _inside(where, side_px)
    return Cut(images, where, visible, turned[..., 2] / scale)


def _inside(pixels: torch.Tensor, side_px: int) -> torch.Tensor:
    return ((pixels >= 0) & (pixels <= side_px - 1)).all(dim=-1)


def _facing(rotation: np.ndarray, volume: TrainingVolume, depth_mm: float) -> RigidTransform:
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
    return sum(bone.projector.render(where, camera) for bone, where in drawn), present


def _disturbed(pose: RigidTransform, center_ras: np.ndarray, pixel_mm: float, rng: np.random.Generator) -> RigidTransform:
    """A bone that sits otherwise in its joint: turned by about 8 degrees about its middle, shifted by a few pixels."""
    turn = RigidTransform.from_rotation_vector(np.radians(rng.normal(0, 8, 3)))
    shift = rng.normal(0, 3 * pixel_mm, 3)
    return pose @ RigidTransform(turn.rotation, center_ras - turn.apply(center_ras) + shift)
