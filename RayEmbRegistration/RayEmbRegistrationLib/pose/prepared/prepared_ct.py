"""What can be computed before the X-ray exists, in one object."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.detector.networks.encoder import Encoder
from RayEmbRegistrationLib.detector.networks.fixed_landmarks import FixedLandmarks
from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceNetwork
from RayEmbRegistrationLib.detector.templates import (
    TemplateSets,
    pixel_mm_for,
)
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.opacity import OPAQUE_PER_MM
from RayEmbRegistrationLib.drr.summed import SummedProjector
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.components import sections

from . import file as prepared_file
from .soft_tissue import VOXEL_MM, SoftTissue
from .template_library import TYPICAL_DEPTH_MM, TemplateLibrary, make_library

BONE, SOFT_TISSUE, SOFT_TISSUE_WITH_ENDS = 0, -1, -2
"""What DRRs show, where labels from 1 are single bones."""
SHAFT_LENGTH, SHAFT_VARIATION = 5.0, 0.2
"""Widths that a shaft is long, and the variation of its sections at most. Three real scans of limbs between joints have 6.5
to 9 and 0.10 to 0.17; of 38 other subjects of the quality benchmark the nearest are two long bones with 0.25 and 0.26."""


@dataclass(frozen=True, eq=False)
class PreparedCT:
    """A CT ready to register.

    Attributes:
        attenuation: (K, J, I) float32 tensor, 1/mm above soft tissue within bone, 0 elsewhere; cropped to the bone.
        ras_from_ijk: (4, 4) of that block.
        labels: (K, J, I) uint16 array of bones that may move apart, or None.
        bone_points_ras: (N, 3) points spread evenly in bone, mm.
        library: DRRs for the search, or None.
        view: the prior the library was made for.
        notes: what a user should know (what was left out of the CT).
        templates: what landmarks are detected by, or None.
        encoder: the network that made them, or None.
        encoder_about: what is known about its weights.
        fixed: a network for fixed landmarks of this CT, or None.
        surfaces: a network that reconstructs this CT's bone from X-rays, or None.
        soft_tissue: what lies around the bones, or None where the CT does not show it.
        drawn: what DRRs show: BONE alone, SOFT_TISSUE as well, or SOFT_TISSUE_WITH_ENDS, cut off where the CT is; those of
            single bones always show bone alone.
    """

    attenuation: torch.Tensor
    ras_from_ijk: np.ndarray
    labels: np.ndarray | None
    bone_points_ras: np.ndarray
    library: TemplateLibrary | None
    view: str
    notes: tuple[str, ...] = ()
    templates: TemplateSets | None = None
    encoder: Encoder | None = None
    encoder_about: dict = field(default_factory=dict)
    fixed: FixedLandmarks | None = None
    surfaces: SurfaceNetwork | None = None
    soft_tissue: SoftTissue | None = None
    drawn: int = BONE
    _projectors: dict[tuple[int, int], JosephProjector] = field(default_factory=dict, repr=False)
    _libraries: dict[str, TemplateLibrary] = field(default_factory=dict, repr=False)

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self.attenuation.device

    @property
    def center_ras(self) -> np.ndarray:
        """(3,) middle of the bone, mm."""
        return (self.bone_points_ras.min(axis=0) + self.bone_points_ras.max(axis=0)) / 2

    @property
    def extent_mm(self) -> float:
        """Largest side of the bone's box in the patient's axes."""
        return float(np.ptp(self.bone_points_ras, axis=0).max())

    @property
    def voxel_mm(self) -> float:
        """Geometric mean of the voxel's sides."""
        return float(abs(np.linalg.det(self.ras_from_ijk[:3, :3])) ** (1 / 3))

    @cached_property
    def is_opaque(self) -> bool:
        """Whether an opaque body, such as an implant of metal, is in what is registered."""
        return float(self.attenuation.max()) > OPAQUE_PER_MM

    @cached_property
    def is_shaft(self) -> bool:
        """Whether it is a long bone's shaft without its ends, which hardly shows where along itself it lies."""
        points = self.bone_points_ras - self.bone_points_ras.mean(axis=0)
        variances, axes = np.linalg.eigh(np.cov(points.T))
        length, _bend, variation = sections(points, axes[:, 2])
        return bool(length > SHAFT_LENGTH * np.sqrt(12 * max(variances[1], 1e-6)) and variation < SHAFT_VARIATION)

    def projector(self, reduction: int = 1, label: int = 0) -> JosephProjector:
        """A projector at 1/reduction of the resolution; of one bone where a label is given. Kept for next time."""
        key = (reduction, label or self.drawn)
        if key not in self._projectors and key[1] < 0 and self.soft_tissue is not None:
            self._projectors[key] = self._with_soft_tissue(self.soft_tissue, reduction)
        elif key not in self._projectors:
            values = self.attenuation
            if label:
                if self.labels is None:
                    raise InputProblem("bones can move apart only if the CT was prepared with a label map")
                values = values * torch.as_tensor(self.labels == label, device=self.device)
            self._projectors[key] = JosephProjector(*reduced(values, self.ras_from_ijk, reduction), device=self.device)
        return self._projectors[key]

    def _with_soft_tissue(self, around: SoftTissue, reduction: int) -> JosephProjector:
        """Bone and what is around it; that at half its resolution where bone's voxels are larger than its own."""
        around = around if self.drawn == SOFT_TISSUE_WITH_ENDS else around.faded()
        coarser = 2 if reduction * self.voxel_mm > VOXEL_MM else 1
        values = reduced(around.attenuation, around.ras_from_ijk, coarser)
        bone = replace(self, drawn=BONE).projector(reduction)
        return SummedProjector(bone, JosephProjector(*values, device=self.device))

    def library_of(
        self, view: str, depth_mm: float = TYPICAL_DEPTH_MM, progress: Callable[[float], None] = lambda _: None
    ) -> TemplateLibrary:
        """DRRs for the search of any view prior: those it was prepared with, or rendered now and kept for next time.

        Args:
            view: a key of ``pose.views.VIEW_PRIORS``.
            depth_mm: typical distance of the bone from the source.
            progress: called with the share done; may raise to stop.
        """
        if self.library is not None and view == self.view:
            return self.library
        if view not in self._libraries:
            reduction = max(1, round(self.extent_mm / 100 / self.voxel_mm))
            projector = self.projector(min(reduction, 4))
            prior = VIEW_PRIORS[view]
            self._libraries[view] = make_library(projector, self.center_ras, self.extent_mm, depth_mm, prior, progress)
        return self._libraries[view]

    def template_projector(self) -> JosephProjector:
        """The projector that landmark templates are rendered by."""
        return self.projector(int(np.clip(pixel_mm_for(self.extent_mm) / self.voxel_mm, 1, 4)))

    def save(self, path: str | os.PathLike) -> None:
        """Write one file (NumPy's .npz, no pickle), whole or not at all."""
        prepared_file.write(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike, device: str = "cpu") -> PreparedCT:
        """Read what ``save`` wrote.

        Raises:
            InputProblem: the file is missing, damaged or of another kind.
        """
        return cls(**prepared_file.read(path, device))


def reduced(values: torch.Tensor, ras_from_ijk: np.ndarray, reduction: int) -> tuple[torch.Tensor, np.ndarray]:
    """Block means of a volume, zero-padded at the far faces, and their grid."""
    if reduction == 1:
        return values, ras_from_ijk
    padding = [(-n) % reduction for n in values.shape]
    padded = functional.pad(values, (0, padding[2], 0, padding[1], 0, padding[0]))
    matrix = ras_from_ijk.copy()
    matrix[:3, 3] += matrix[:3, :3] @ np.full(3, (reduction - 1) / 2)
    matrix[:3, :3] *= reduction
    return functional.avg_pool3d(padded[None, None], reduction)[0, 0], matrix
