"""A 3D picture of a result: bones, X-rays standing where the detector was, and the cones of the poses. No display needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

from .bone_surface import BoneSurface
from .figures import blend, draw_text, grey

POSE_COLORS = {"initial": (88, 214, 120), "estimate": (84, 164, 255), "truth": (255, 92, 92)}
_TOP, _BOTTOM = np.array([58, 66, 82], np.float32), np.array([20, 23, 30], np.float32)
_SUPERSAMPLING = 2


@dataclass(frozen=True, eq=False)
class SceneView:
    """One pose of an X-ray to draw.

    Attributes:
        camera: the X-ray's geometry.
        camera_from_ras: its pose.
        image: (H, W) X-ray shown on the detector plane, any range; None draws the outline alone.
        kind: initial, estimate or truth: its colour.
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
) -> np.ndarray:
    """Draw bones, detector planes and cones from a viewpoint that shows all of them.

    Args:
        volume: the CT, for its grid.
        bone_mask: (K, J, I), anything not zero is bone.
        views: at least one pose.
        size: (width, height) of the picture, px.
        trajectories: (N, 3) points each, RAS mm, joined by a line from the colour of initial poses to that of estimates.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        InputProblem: no view, an unknown kind of view, or no bone.
    """
    import cv2

    unknown = {view.kind for view in views} - set(POSE_COLORS)
    if not views or unknown:
        raise InputProblem(f"a scene needs views of the kinds {', '.join(POSE_COLORS)}; got {sorted(unknown) or 'none'}")
    surface = BoneSurface(volume, bone_mask)
    views = [_behind_bone(view, surface.corners_ras) for view in views]
    eye, eye_from_ras = choose_viewpoint(views, surface.corners_ras, (size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING))
    fade = np.linspace(0, 1, eye.height, dtype=np.float32)[:, None, None]
    canvas = np.broadcast_to(_TOP * (1 - fade) + _BOTTOM * fade, (eye.height, eye.width, 3)).copy()
    depth = np.full((eye.height, eye.width), np.inf, np.float32)

    for view in views:
        _draw_plane(canvas, depth, view, eye, eye_from_ras)
    color, bone_depth = surface.render(eye, eye_from_ras)
    in_front = bone_depth < depth
    canvas[in_front] = 255 * color[in_front]
    depth = np.minimum(depth, bone_depth)

    for view in views:
        _draw_cone(canvas, depth, view, eye, eye_from_ras)
    for points in trajectories:
        _draw_trajectory(canvas, np.asarray(points, dtype=np.float64), eye, eye_from_ras)
    picture = np.round(cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)).clip(0, 255).astype(np.uint8)
    _draw_legend(picture, [kind for kind in POSE_COLORS if any(view.kind == kind for view in views)])
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
    best, best_score = None, -np.inf
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


def _draw_plane(canvas: np.ndarray, depth: np.ndarray, view: SceneView, eye: Camera, eye_from_ras: RigidTransform) -> None:
    """Draw the X-ray as a plane at the detector, in place; from behind it is seen darker."""
    import cv2

    if view.image is None:
        return
    corners = eye.project(eye_from_ras.apply(view.corners_ras))
    left, top = np.clip(np.floor(np.nanmin(corners, axis=0)).astype(int), 0, np.array(eye.image_size) - 1)
    right, bottom = np.clip(np.ceil(np.nanmax(corners, axis=0)).astype(int) + 1, 1, eye.image_size)
    part = slice(top, bottom), slice(left, right)
    v, u = np.mgrid[part]
    rays = eye.back_project(np.stack([u, v], axis=-1))
    eye_from_camera = eye_from_ras @ view.camera_from_ras.inverse()
    normal = eye_from_camera.rotation[:, 2]
    level = normal @ eye_from_camera.apply(np.array([0, 0, view.camera.source_to_detector_mm]))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = level / (rays @ normal)
        points = (rays * t[..., None] - eye_from_camera.translation) @ eye_from_camera.rotation
        pixels = view.camera.project(points).astype(np.float32)
        center, half = (np.array(view.camera.image_size) - 1) / 2, np.array(view.camera.image_size) / 2
        inside = (t > 0) & (np.abs(pixels - center) < half).all(-1)
    reach = (t * np.linalg.norm(rays, axis=-1)).astype(np.float32)
    inside &= reach < depth[part]
    texture = cv2.GaussianBlur(grey(np.asarray(view.image, dtype=np.float32)), (0, 0), 0.6)
    drawn = cv2.remap(texture, pixels[..., 0], pixels[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    tint = np.array([0.96, 0.98, 1.0], np.float32) * (1.0 if level > 0 else 0.6)
    canvas[part][inside] = drawn[inside][:, None] * tint
    depth[part][inside] = reach[inside]


def _draw_cone(canvas: np.ndarray, depth: np.ndarray, view: SceneView, eye: Camera, eye_from_ras: RigidTransform) -> None:
    """Draw the source, its rays to the detector's corners and the detector's frame, in place; faint where hidden."""
    import cv2

    source, corners = view.source_ras, view.corners_ras
    broad = 2 if view.kind == "truth" else 1  # seen on both sides of an estimate that lies upon it
    strong, faint = np.zeros(depth.shape, np.uint8), np.zeros(depth.shape, np.uint8)
    for n in range(4):
        for ends, width in (((source, corners[n]), 1), ((corners[n], corners[(n + 1) % 4]), 2)):
            t = np.linspace(0, 1, 161)[:, None]
            points = eye_from_ras.apply(ends[0] * (1 - t) + ends[1] * t)
            visible = _is_visible((points[1:] + points[:-1]) / 2, depth, eye)
            fixed = np.round(eye.project(points) * 16).astype(int)
            for piece, seen in enumerate(visible):
                first, second = tuple(fixed[piece].tolist()), tuple(fixed[piece + 1].tolist())
                cv2.line(strong if seen else faint, first, second, 255, broad * width * _SUPERSAMPLING, cv2.LINE_AA, 4)
    alpha = np.maximum(strong, 0.28 * faint) / np.float32(255)
    canvas[:] = blend(canvas, alpha, POSE_COLORS[view.kind])
    place = tuple(np.round(eye.project(eye_from_ras.apply(source))).astype(int).tolist())
    radius = (9 if view.kind == "truth" else 6) * _SUPERSAMPLING
    cv2.circle(canvas, place, radius, POSE_COLORS[view.kind], -1, cv2.LINE_AA)
    cv2.circle(canvas, place, radius, (245, 248, 252), _SUPERSAMPLING, cv2.LINE_AA)


def _draw_trajectory(canvas: np.ndarray, points_ras: np.ndarray, eye: Camera, eye_from_ras: RigidTransform) -> None:
    """Draw a line through points, in place, over everything, since it is what is looked for."""
    import cv2

    pixels = np.round(eye.project(eye_from_ras.apply(points_ras)) * 16).astype(int)
    first, last = np.array(POSE_COLORS["initial"], float), np.array(POSE_COLORS["estimate"], float)
    for n in range(len(pixels) - 1):
        color = tuple((first + (last - first) * (n + 0.5) / (len(pixels) - 1)).tolist())
        ends = tuple(pixels[n].tolist()), tuple(pixels[n + 1].tolist())
        cv2.line(canvas, *ends, color, 3 * _SUPERSAMPLING, cv2.LINE_AA, 4)


def _is_visible(points_eye: np.ndarray, depth: np.ndarray, eye: Camera) -> np.ndarray:
    """Whether nothing lies before points (N, 3) of the eye's frame; 6 mm of tolerance keeps a frame on its own plane."""
    where = np.round(eye.project(points_eye)).astype(int)
    column, row = np.clip(where[:, 0], 0, eye.width - 1), np.clip(where[:, 1], 0, eye.height - 1)
    return np.linalg.norm(points_eye, axis=1) < depth[row, column] + 6.0


def _draw_legend(picture: np.ndarray, kinds: Sequence[str]) -> None:
    """Name the poses' colours in the lower left corner, in place."""
    import cv2

    y = picture.shape[0] - 16
    x = 16
    for kind in kinds:
        cv2.circle(picture, (x + 5, y - 4), 5, POSE_COLORS[kind], -1, cv2.LINE_AA)
        draw_text(picture, kind, (x + 16, y), 0.45)
        x += 40 + cv2.getTextSize(kind, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)[0][0]
