"""Where along a view's axis a bone can be, from the geometry alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem

# Share of the source-to-detector distance at which a bone's centre can be; chosen: from a C-arm's isocentre to a bone close
# to the detector.
PATIENT_BETWEEN = (0.53, 0.93)


def depth_from_geometry(camera: Camera) -> tuple[float, float]:
    """(least, most) distance in mm of the bone's centre from the source: the patient is between source and detector."""
    least, most = PATIENT_BETWEEN
    return least * camera.source_to_detector_mm, most * camera.source_to_detector_mm


def depth_seen_by_all(cameras: Sequence[Camera], camera_from_first: Sequence[np.ndarray]) -> tuple[float, float]:
    """(least, most) depth in the first camera at which the fields of all calibrated cameras overlap.

    Raises:
        InputProblem: the fields do not overlap.
    """
    first = cameras[0]
    depths = np.geomspace(50.0, 5000.0, 400)
    u, v = np.meshgrid(np.linspace(0, first.width - 1, 7), np.linspace(0, first.height - 1, 7))
    points = first.back_project(np.stack([u, v], axis=-1).reshape(1, -1, 2), depths[:, None])
    seen = np.ones(points.shape[:2], dtype=bool)
    for camera, matrix in zip(cameras[1:], camera_from_first[1:], strict=True):
        pixels = camera.project(points @ matrix[:3, :3].T + matrix[:3, 3])
        with np.errstate(invalid="ignore"):
            seen &= ((pixels >= -0.5) & (pixels <= np.array(camera.image_size) - 0.5)).all(axis=-1)
    usable = depths[seen.any(axis=1)]
    if len(usable) == 0:
        raise InputProblem("the fields of the calibrated views do not overlap; check world_to_camera of each camera file")
    return float(usable[0]), float(usable[-1])
