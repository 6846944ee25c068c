"""What every reader of a published data set gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.view import XrayView


class DatasetError(InputProblem):
    """A file that is not the published one, or lacks what was asked for; the message says what and what to do."""


@dataclass(frozen=True, eq=False)
class DatasetCase:
    """One X-ray of a published data set with what is known about it.

    Attributes:
        name: unique within the data set.
        subject: whose CT it belongs to.
        view: pixels and camera as they go into ``register``.
        truth: the published ``camera_from_ras`` of this image and camera, or None where it is not to be relied on.
        landmarks_ras: name to (3,) RAS mm: the targets of the error measures.
        landmarks_px: name to (2,) published position in the view's pixels (column, row); may lie outside the image.
        group: X-rays taken of the patient at rest share it, and may be registered together; "" where there is none.
    """

    name: str
    subject: str
    view: XrayView
    truth: RigidTransform | None
    landmarks_ras: Mapping[str, np.ndarray] = field(default_factory=dict)
    landmarks_px: Mapping[str, np.ndarray] = field(default_factory=dict)
    group: str = ""

    @property
    def targets_ras(self) -> np.ndarray:
        """(N, 3) landmarks in their names' order."""
        return np.array([self.landmarks_ras[name] for name in sorted(self.landmarks_ras)], dtype=np.float64).reshape(-1, 3)


def published_geometry(camera: Camera, camera_from_rig: RigidTransform | None = None) -> XrayGeometry:
    """Of a published, calibrated radiograph, which is of raw intensity: bone is dark."""
    dark = Sourced(False, "file", "raw intensity, as published")
    return XrayGeometry.of_camera(camera, "file", "as published", camera_from_rig=camera_from_rig, bone_is_bright=dark)
