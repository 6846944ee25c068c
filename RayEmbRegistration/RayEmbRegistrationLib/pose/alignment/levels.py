"""A level of the schedule: X-rays cropped to where the bone can be and resampled, with a projector to match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.problems import InputProblem

from .level_view import LevelView, make_level_view

LARGEST_SIDE_PX = 320  # chosen for time: the finest level's 192 px across the bone fit with their margins
SMALLEST_SIDE_PX = 8  # chosen: about one window of the similarity, on which no pose can be judged
MARGIN = 0.12  # of the bone's projection, left around it; chosen: what a pose moves in a level's first steps


class NotInViewError(InputProblem):
    """Poses that put the bone beside an X-ray or behind its source."""


@dataclass(frozen=True)
class Level:
    """How finely to look.

    Attributes:
        pixels: across the smaller of the X-ray's field and one and a half times the bone.
        window: of the local normalisation, px.
        iterations: of refinement.
    """

    pixels: int
    window: int
    iterations: int


def pixel_at_bone_mm(view: View, prepared: PreparedCT, depth_mm: float, level: Level) -> float:
    """Size of a level's pixel at the bone, mm."""
    camera = view.radiograph.camera
    focal = abs(np.linalg.det(camera.K[:2, :2])) ** 0.5
    field = max(camera.image_size) / focal * depth_mm
    return min(field, 1.5 * prepared.extent_mm) / level.pixels


def make_level_views(
    views: Sequence[View], prepared: PreparedCT, poses: Poses, level: Level, label: int = 0
) -> list[LevelView]:
    """The objective's terms at a level, around poses of the first camera from RAS.

    Raises:
        NotInViewError: no pose shows the bone within an X-ray.
    """
    corners = _corners_ras(prepared)
    terms = []
    for view in views:
        in_view = view.camera_from_first @ poses.numpy
        points = corners @ in_view[:, :3, :3].transpose(0, 2, 1) + in_view[:, None, :3, 3]
        depth = float(np.median(points[..., 2]))
        pixel_mm = pixel_at_bone_mm(view, prepared, depth, level)
        camera = view.radiograph.camera
        box = _box(camera, points)
        focal = abs(np.linalg.det(camera.K[:2, :2])) ** 0.5
        shrink = focal * pixel_mm / depth
        width, height = (int(np.clip(round(side / shrink), 8, min(side, LARGEST_SIDE_PX))) for side in box[2:])
        small = camera.crop(*box).resample(width, height)
        reduction = int(np.clip(2 ** np.floor(np.log2(max(pixel_mm / prepared.voxel_mm * 1.05, 1))), 1, 4))
        terms.append(make_level_view(view, small, box, level.window, prepared.projector(reduction, label)))
    return terms


def shows_bone(views: Sequence[View], prepared: PreparedCT, poses: Poses) -> torch.Tensor:
    """(B,) bool, whether poses of the first camera put some of the bone's box into every X-ray."""
    corners = _corners_ras(prepared)
    seen = []
    for matrix in poses.numpy:
        try:
            for view in views:
                placed = view.camera_from_first @ matrix
                _box(view.radiograph.camera, (corners @ placed[:3, :3].T + placed[:3, 3])[None])
        except NotInViewError:
            seen.append(False)
        else:
            seen.append(True)
    return torch.tensor(seen, device=poses.device)


def share_in_view(views: Sequence[View], prepared: PreparedCT, pose: Poses) -> float:
    """Share of the bone that a pose of the first camera shows in the X-ray that shows least of it."""
    shares = []
    for view in views:
        camera, matrix = view.radiograph.camera, view.camera_from_first @ pose.numpy[0]
        pixels = camera.project(prepared.bone_points_ras @ matrix[:3, :3].T + matrix[:3, 3])
        with np.errstate(invalid="ignore"):
            inside = ((pixels > -0.5) & (pixels < np.array(camera.image_size) - 0.5)).all(axis=1)
        shares.append(float(inside.mean()))
    return min(shares)


def _corners_ras(prepared: PreparedCT) -> np.ndarray:
    """Corners of the bone's box in RAS."""
    low, high = prepared.bone_points_ras.min(axis=0), prepared.bone_points_ras.max(axis=0)
    return np.array(
        [[(low, high)[i][0], (low, high)[j][1], (low, high)[k][2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    )


def _box(camera: Camera, points: np.ndarray) -> tuple[int, int, int, int]:
    """(left, top, width, height) around the projections of points (B, N, 3), within the image."""
    pixels = camera.project(points).reshape(-1, 2)
    pixels = pixels[np.isfinite(pixels).all(axis=1)]
    if len(pixels) == 0:
        raise NotInViewError(
            "the pose puts the bone behind the source; check the start pose and its direction (ras_to_camera)"
        )
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    margin = MARGIN * (high - low).max()
    low = np.maximum(np.floor(low - margin), 0).astype(int)
    high = np.minimum(np.ceil(high + margin) + 1, camera.image_size).astype(int)
    if (high - low < SMALLEST_SIDE_PX).any():
        raise NotInViewError("the pose puts the bone outside the X-ray; check the start pose, the camera and the CT")
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])
