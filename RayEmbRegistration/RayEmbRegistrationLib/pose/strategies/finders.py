"""Ways to detect landmarks, and what each needs of the prepared CT."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.detector.detection import DetectionSettings, detect
from RayEmbRegistrationLib.detector.networks.encoder import Encoder
from RayEmbRegistrationLib.detector.networks.fixed_landmarks import detect_fixed
from RayEmbRegistrationLib.detector.templates import TemplateSets, TemplateSettings, make_templates
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.radiograph import Radiograph

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks


@dataclass(frozen=True, eq=False)
class LandmarkFinder:
    """A way to detect landmarks.

    Attributes:
        find: gets a radiograph under each polarity to try and a guess of the bone's depth in mm; detections, best first.
        rotations: (S, 3, 3) of the template sets, or None where a detection says nothing of the view.
    """

    find: Callable[[Mapping[bool, Radiograph], float], Sequence[Landmarks]]
    rotations: np.ndarray | None = None


def template_finder(prepared: PreparedCT, in_plane_deg: float) -> LandmarkFinder:
    """RayEmb's: the subspaces of the prepared templates.

    Raises:
        InputProblem: the CT was prepared without.
    """
    encoder, templates = _detector_of(prepared)

    def find(radiographs: Mapping[bool, Radiograph], depth_mm: float) -> Sequence[Landmarks]:
        settings = DetectionSettings(depth_mm=depth_mm, in_plane_deg=in_plane_deg)
        return detect(encoder, templates, radiographs, settings)

    return LandmarkFinder(find, templates.rotations)


def fixed_finder(prepared: PreparedCT) -> LandmarkFinder:
    """By the network for this patient's own points.

    Raises:
        InputProblem: the CT was prepared without.
    """
    fixed = prepared.fixed
    if fixed is None:
        raise InputProblem(
            "the CT was prepared without fixed landmarks; train their network with 'train --fixed-landmarks' and prepare "
            "the CT with its weights"
        )
    return LandmarkFinder(lambda radiographs, depth_mm: detect_fixed(fixed, radiographs, depth_mm))


def finder_around(prepared: PreparedCT, camera_from_ras: RigidTransform) -> LandmarkFinder:
    """RayEmb's by a set of templates rendered around a pose."""
    encoder, sets = _detector_of(prepared)
    again = make_templates(
        prepared.template_projector(),
        encoder,
        sets.points_ras,
        prepared.center_ras,
        camera_from_ras.rotation[None],
        TemplateSettings(sets.pixel_mm, sets.depth_mm, sets.template_poses.shape[1]),
    )

    def find(radiographs: Mapping[bool, Radiograph], depth_mm: float) -> Sequence[Landmarks]:
        return detect(encoder, again, radiographs, DetectionSettings(depth_mm=depth_mm, in_plane_deg=0.0))

    return LandmarkFinder(find, again.rotations)


def _detector_of(prepared: PreparedCT) -> tuple[Encoder, TemplateSets]:
    """The encoder of a prepared CT and the templates that it made."""
    if prepared.templates is None or prepared.encoder is None:
        raise InputProblem(
            "the CT was prepared without landmark templates; prepare it again with weights (PrepareSettings.weights), "
            "or choose the method 'search'"
        )
    return prepared.encoder, prepared.templates
