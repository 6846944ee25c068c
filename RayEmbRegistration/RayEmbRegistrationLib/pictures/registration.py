"""Pictures of a registration: X-ray, DRR, overlay, checkerboard for each view, and all of it in 3D."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform

from .figures import save_pictures, write_png
from .view3d import SceneView, render_scene

if TYPE_CHECKING:
    from RayEmbRegistrationLib.result import RegistrationResult, ViewResult

NAMES = ("xray.png", "drr.png", "overlay.png", "checkerboard.png", "sheet.png", "scene.png")
_LARGEST_SIDE_PX = 900  # chosen: two fit beside each other on a screen
_BONE_PER_MM = 0.004  # above soft tissue; about 200 HU at diagnostic energies


def write_pictures(
    folder: Path,
    prepared: Any,
    result: RegistrationResult,
    starts: Sequence[RigidTransform | None] = (),
    truths: Sequence[RigidTransform | None] = (),
) -> list[Path]:
    """Write the pictures of all views, each in a folder of its own where there are several, and scene.png.

    Args:
        folder: made if need be.
        prepared: the PreparedCT that was registered.
        result: of the registration.
        starts: start poses camera_from_ras to show in the scene, one a view.
        truths: known poses to show, likewise.

    Returns:
        The paths written.

    Raises:
        InputProblem: a file could not be written, or the scene could not be drawn, which is last.
    """
    folder = Path(folder)
    paths: list[Path] = []
    scene: list[SceneView] = []
    verdicts = (result.quality.overlay, result.quality.position)
    for n, view in enumerate(result.views):
        image, mask, camera = _at_picture_size(view)
        place = folder if len(result.views) == 1 else folder / f"view{n + 1}"
        trust = ", ".join(f"{one.purpose} {'' if one.trusted else 'NOT '}trusted" for one in verdicts)
        caption = f"similarity {view.similarity:.3f}, {trust}"
        paths += save_pictures(place, image, mask, render_result(prepared, view, camera), caption)
        for poses, kind in ((starts, "initial"), (truths, "truth")):
            pose = poses[n] if n < len(poses) else None
            if pose is not None:
                scene.append(SceneView(camera, pose, None, kind))
        scene.append(SceneView(camera, view.camera_from_ras, image, "estimate"))  # drawn last, on top
    values = prepared.attenuation.cpu().numpy()
    bone = values > _BONE_PER_MM
    picture = render_scene(CTVolume(values, prepared.ras_from_ijk), bone, scene, landmarks_ras=_landmarks(result))
    return [*paths, write_png(folder / "scene.png", picture)]


def _landmarks(result: RegistrationResult) -> np.ndarray:
    """(N, 3) points of the CT that were detected in any view and agree with its pose, RAS mm."""
    found = [view.landmarks for view in result.views if view.landmarks is not None]
    return np.concatenate([np.empty((0, 3)), *(landmarks.points_ras[landmarks.inliers] for landmarks in found)])


def render_result(prepared: Any, view: ViewResult, camera: Camera) -> np.ndarray:
    """(H, W) bone line integrals under a view's pose, with the bones that moved apart at their own."""
    drr = prepared.projector().render(view.camera_from_ras, camera)
    for label, pose in view.bones.items():
        bone = prepared.projector(1, label)
        drr = drr + bone.render(pose, camera) - bone.render(view.camera_from_ras, camera)
    return drr[0].cpu().numpy()


def _at_picture_size(view: ViewResult) -> tuple[np.ndarray, np.ndarray, Camera]:
    """The X-ray, its mask and its camera, made smaller where the picture would be."""
    import cv2

    radiograph = view.radiograph
    camera = radiograph.camera
    scale = _LARGEST_SIDE_PX / max(camera.image_size)
    if scale >= 1:
        return radiograph.image, radiograph.mask, camera
    size = round(camera.width * scale), round(camera.height * scale)
    image = cv2.resize(np.asarray(radiograph.image, dtype=np.float32), size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(radiograph.mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    return image, mask, camera.resample(*size)
