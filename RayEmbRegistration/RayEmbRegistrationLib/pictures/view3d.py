"""A 3D picture of a result: bones, X-rays standing where the detector was, and the cones of the poses. No display needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

from .bone_surface import BoneSurface
from .figures import CYAN, draw_text, grey
from .scene import Scene

# Chosen: apart on the dark ground.
POSE_COLORS = {"initial": (88, 214, 120), "estimate": (84, 164, 255), "truth": (255, 92, 92)}
LANDMARK_COLOR = CYAN
_SUPERSAMPLING = 2  # chosen: lines without steps


@dataclass(frozen=True, eq=False)
class SceneView:
    """One pose of an X-ray to draw.

    Attributes:
        camera: the X-ray's geometry.
        camera_from_ras: its pose.
        image: (H, W) X-ray shown on the detector plane, any range; None draws the outline alone.
        kind: initial, estimate or truth: its color.
    """

    camera: Camera
    camera_from_ras: RigidTransform
    image: np.ndarray | None = None
    kind: str = "estimate"

    @property
    def source_ras(self) -> np.ndarray:
        """(3,)."""
        return self.camera_from_ras.inverse().translation

    @property
    def corners_ras(self) -> np.ndarray:
        """(4, 3) corners of the detector, around it."""
        width, height = self.camera.image_size
        pixels = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5
        return self.camera_from_ras.inverse().apply(self.camera.back_project(pixels, self.camera.source_to_detector_mm))


def render_scene(
    volume: CTVolume,
    bone_mask: np.ndarray,
    views: Sequence[SceneView],
    size: tuple[int, int] = (800, 600),
    trajectories: Sequence[np.ndarray] = (),
    landmarks_ras: np.ndarray | None = None,
) -> np.ndarray:
    """Draw bones, detector planes and cones from a viewpoint that shows all of them.

    Args:
        volume: the CT, for its grid.
        bone_mask: (K, J, I), anything not zero is bone.
        views: at least one pose.
        size: (width, height) of the picture, px.
        trajectories: (N, 3) points each, RAS mm, joined by a line from the color of initial poses to that of estimates.
        landmarks_ras: (N, 3) points of the bone to mark, mm.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        InputProblem: no view, an unknown kind of view, no bone, no VTK, or nothing here that draws without a display.
    """
    import cv2

    unknown = {view.kind for view in views} - set(POSE_COLORS)
    if not views or unknown:
        raise InputProblem(f"a scene needs views of the kinds {', '.join(POSE_COLORS)}; got {sorted(unknown) or 'none'}")
    surface = BoneSurface(volume, bone_mask)
    views = [_behind_bone(view, surface.corners_ras) for view in views]
    eye, eye_from_ras = choose_viewpoint(views, surface.corners_ras, (size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING))
    scene = Scene(eye, eye_from_ras, _SUPERSAMPLING)
    scene.add_bone(surface.mesh())
    for view in views:
        if view.image is not None:
            scene.add_xray(view.corners_ras, grey(np.asarray(view.image, dtype=np.float32)), view.source_ras)
    for view in views:
        scene.add_cone(view.source_ras, view.corners_ras, POSE_COLORS[view.kind], broad=view.kind == "truth")
    for points in trajectories:
        scene.add_path(np.asarray(points, dtype=np.float64), (POSE_COLORS["initial"], POSE_COLORS["estimate"]))
    marked = landmarks_ras is not None and len(landmarks_ras) > 0
    if landmarks_ras is not None and marked:
        scene.add_landmarks(landmarks_ras, LANDMARK_COLOR)
    picture = np.ascontiguousarray(cv2.resize(scene.picture(), size, interpolation=cv2.INTER_AREA))
    legend = {kind: color for kind, color in POSE_COLORS.items() if any(view.kind == kind for view in views)}
    _draw_legend(picture, legend | ({"landmark": LANDMARK_COLOR} if marked else {}))
    return picture


def _behind_bone(view: SceneView, bone_corners_ras: np.ndarray) -> SceneView:
    """The view with its detector behind the bone, where it must be if its distance was only assumed."""
    farthest = float(view.camera_from_ras.apply(bone_corners_ras)[:, 2].max())
    distance = max(view.camera.source_to_detector_mm, 1.05 * farthest)
    return replace(view, camera=replace(view.camera, source_to_detector_mm=distance))


def choose_viewpoint(
    views: Sequence[SceneView], bone_corners_ras: np.ndarray, size: tuple[int, int]
) -> tuple[Camera, RigidTransform]:
    """A virtual camera that sees each beam from the side, each X-ray's front, and everything inside the picture.

    Args:
        views: the poses.
        bone_corners_ras: (8, 3) box around the bones, RAS mm.
        size: (width, height), px.

    Returns:
        The virtual camera and ``eye_from_ras``.
    """
    beams = np.array([view.camera_from_ras.rotation[2] for view in views])
    best, best_score = np.zeros(3), -np.inf
    for elevation in np.radians((-35, -20, 14, 22, 30, 42)):
        for azimuth in np.radians(np.arange(0, 360, 10)):
            towards = np.array([np.cos(elevation) * np.sin(azimuth), np.cos(elevation) * np.cos(azimuth), np.sin(elevation)])
            along = -beams @ towards  # 1: looking with the beam onto the X-ray's front
            score = (
                np.min(1.4 * np.minimum(along, 0.72) + np.sqrt(1 - np.clip(along, -1, 1) ** 2))
                + 0.15 * towards[1]
                - 0.3 * (elevation < 0)
            )
            # from above and in front if possible: the way one stands beside an operating table
            if score > best_score:
                best, best_score = towards, score
    rotation = np.stack([np.cross(-best, (0, 0, 1)), np.zeros(3), -best])
    rotation[0] /= np.linalg.norm(rotation[0])
    rotation[1] = np.cross(rotation[2], rotation[0])

    points = np.concatenate([bone_corners_ras, *[np.vstack([view.source_ras, view.corners_ras]) for view in views]])
    focal = 2.2 * max(size)
    half = np.array(size) / 2 * (0.93, 0.90)
    center, distance = points.mean(0), 10 * np.ptp(points, axis=0).max()
    for _ in range(40):  # centre what is seen, then go as near as it fits
        seen = (points - center) @ rotation.T + (0, 0, distance)
        pixels = focal * seen[:, :2] / seen[:, 2:]
        middle = (pixels.max(0) + pixels.min(0)) / 2
        center = center + (middle * distance / focal) @ rotation[:2]
        excess = np.max(np.ptp(pixels, axis=0) / 2 / half)
        distance = max(distance * (1 + 0.7 * (excess - 1)), 1.05 * np.ptp(points, axis=0).max())
    eye = Camera.from_detector(size, (1.0, 1.0), focal)
    return eye, RigidTransform(rotation, np.array([0, 0, distance]) - rotation @ center)


def _draw_legend(picture: np.ndarray, entries: Mapping[str, tuple[int, int, int]]) -> None:
    """Names beside dots of their colors in the lower left corner, in place."""
    import cv2

    y = picture.shape[0] - 16
    x = 16
    for name, color in entries.items():
        cv2.circle(picture, (x + 5, y - 4), 5, color, -1, cv2.LINE_AA)
        draw_text(picture, name, (x + 16, y), 0.45)
        x += 40 + cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)[0][0]
