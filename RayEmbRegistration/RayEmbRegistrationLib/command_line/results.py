"""A registration's result as JSON, and in a few lines for reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from RayEmbRegistrationLib import __version__
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

if TYPE_CHECKING:
    from RayEmbRegistrationLib.result import RegistrationResult, ViewResult
    from RayEmbRegistrationLib.xray.view import XrayView


def result_content(result: RegistrationResult, views: Sequence[XrayView]) -> dict[str, Any]:
    """What the result file holds; README.md describes the keys.

    Args:
        result: of the registration.
        views: what was registered, in the same order.
    """
    entries = [_view_content(found, given) for found, given in zip(result.views, views, strict=True)]
    quality = result.quality
    return {
        "ras_to_camera": entries[0]["ras_to_camera"],
        "bones": entries[0]["bones"],
        "views": entries,
        "quality": {
            "similarity": quality.similarity,
            "trusted": bool(quality.trusted),
            "reason": quality.reason,
            "runner_up": quality.runner_up,
            "rotation_std_deg": np.asarray(quality.rotation_std_deg, dtype=np.float64),
            "translation_std_mm": np.asarray(quality.translation_std_mm, dtype=np.float64),
        },
        "timing_s": dict(result.timing_s),
        "settings": asdict(result.settings),
        "notes": list(result.notes),
        "frame": "x_camera = R x_ras + t, mm; RAS of the CT; camera x right, y down, z from source to detector",
        "version": __version__,
    }


def _view_content(found: ViewResult, given: XrayView) -> dict[str, Any]:
    camera = camera_of_stored_image(found, given)
    return {
        "xray": given.name,
        "ras_to_camera": found.camera_from_ras.matrix,
        "similarity": found.similarity,
        "mirrored": bool(found.mirrored),
        "camera": {
            "K": camera.K,
            "image_size_px": camera.image_size,
            "pixel_spacing_mm": camera.pixel_spacing_mm,
            "source_to_detector_mm": camera.source_to_detector_mm,
        },
        "bones": _poses(found.bones),
        "landmarks": _landmarks(found),
        "notes": list(found.radiograph.notes),
    }


def _landmarks(found: ViewResult) -> dict[str, int] | None:
    """How many were detected and how many agree with the pose; None where none were looked for."""
    if found.landmarks is None:
        return None
    return {"detected": len(found.landmarks), "agreeing": int(np.count_nonzero(found.landmarks.inliers))}


def camera_of_stored_image(found: ViewResult, given: XrayView) -> Camera:
    """The camera that projects onto the pixels as they are stored under the pose: the given one or its mirror image."""
    return given.camera.flip_horizontal() if found.mirrored else given.camera


def _poses(bones: Mapping[int, RigidTransform]) -> dict[str, np.ndarray]:
    return {str(label): pose.matrix for label, pose in bones.items()}


def result_lines(result: RegistrationResult) -> list[str]:
    """The result for reading: trust first, then how precise and how long."""
    quality = result.quality
    lines = [f"{'trusted' if quality.trusted else 'NOT TRUSTED'}: {quality.reason}"]
    runner_up = "" if quality.runner_up is None else f" (best pose elsewhere: {quality.runner_up:.3f})"
    lines.append(f"similarity {quality.similarity:.3f}{runner_up}")
    rotation, translation = np.asarray(quality.rotation_std_deg), np.asarray(quality.translation_std_mm)
    if np.isfinite(rotation).all() and np.isfinite(translation).all():
        lines.append(
            f"standard deviations: rotation {rotation.max():.2f} degrees, in-plane {translation[:2].max():.2f} mm, "
            f"depth {translation[2]:.2f} mm"
        )
    if any(view.mirrored for view in result.views):
        lines.append("an X-ray is mirrored: its camera in the result file has a flipped axis")
    if "total" in result.timing_s:
        lines.append(f"time {result.timing_s['total']:.1f} s")
    return lines
