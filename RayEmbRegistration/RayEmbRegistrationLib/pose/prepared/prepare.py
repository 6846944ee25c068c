"""What can be computed before the X-ray exists, in one object and one file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.detector.networks.encoder import Encoder
from RayEmbRegistrationLib.detector.networks.fixed_landmarks import KEY, FixedLandmarks
from RayEmbRegistrationLib.detector.templates import (
    TemplateSets,
    TemplateSettings,
    make_templates,
    pixel_mm_for,
    set_rotations,
)
from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path
from RayEmbRegistrationLib.drr.attenuation import bone_attenuation
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.taper import taper_at_borders
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, beam_directions
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import watch
from RayEmbRegistrationLib.volumes.bone import bone_points, find_skeleton

from . import file as prepared_file
from .template_library import TemplateLibrary, make_library

MARGIN_MM = 4.0
BONE_POINTS = 1500
SET_SPACING_DEG = 25.0  # between the views of neighbouring template sets
NO_WEIGHTS = "none"


@dataclass(frozen=True)
class PrepareSettings:
    """Choices of ``prepare``.

    Attributes:
        view: prior on the view, a key of ``pose.views.VIEW_PRIORS``.
        depth_mm: typical distance of the bone from the source; only the perspective of the bank depends on it.
        device: "cpu", "cuda" or "mps".
        bank: whether to render the bank; not needed where start poses will be given.
        seed: of the points sampled in bone.
        weights: file of the encoder of landmarks, or of a network for fixed landmarks of this CT; "none" for no landmarks;
            None for the weights that come with the module, where they do and a bank is wanted.
    """

    view: str = "ap"
    depth_mm: float = 750.0
    device: str = "cpu"
    bank: bool = True
    seed: int = 0
    weights: str | os.PathLike | None = None


@dataclass(frozen=True, eq=False)
class PreparedCT:
    """A CT ready to register.

    Attributes:
        attenuation: (K, J, I) float32 tensor, 1/mm above soft tissue within bone, 0 elsewhere; cropped to the bone.
        ras_from_ijk: (4, 4) of that block.
        labels: (K, J, I) uint16 array of bones that may move apart, or None.
        bone_points_ras: (N, 3) points spread evenly in bone, mm.
        bank: DRRs for the search, or None.
        view: the prior the bank was made for.
        notes: what a user should know (what was left out of the CT).
        templates: what landmarks are detected by, or None.
        encoder: the network that made them, or None.
        encoder_about: what is known about its weights.
        fixed: a network for fixed landmarks of this CT, or None.
    """

    attenuation: torch.Tensor
    ras_from_ijk: np.ndarray
    labels: np.ndarray | None
    bone_points_ras: np.ndarray
    bank: TemplateLibrary | None
    view: str
    notes: tuple[str, ...] = ()
    templates: TemplateSets | None = None
    encoder: Encoder | None = None
    encoder_about: dict = field(default_factory=dict)
    fixed: FixedLandmarks | None = None
    _projectors: dict[tuple[int, int], JosephProjector] = field(default_factory=dict, repr=False)

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

    def projector(self, reduction: int = 1, label: int = 0) -> JosephProjector:
        """A projector at 1/reduction of the resolution; of one bone where a label is given. Kept for next time."""
        key = (reduction, label)
        if key not in self._projectors:
            values = self.attenuation
            if label:
                if self.labels is None:
                    raise InputProblem("bones can move apart only if the CT was prepared with a label map")
                values = values * torch.as_tensor(self.labels == label, device=self.device)
            self._projectors[key] = JosephProjector(*_reduced(values, self.ras_from_ijk, reduction), device=self.device)
        return self._projectors[key]

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


def prepare(
    ct: CTVolume,
    settings: PrepareSettings | None = None,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PreparedCT:
    """Find the bone, turn it into attenuation, sample points in it, render the bank and the landmark templates.

    Args:
        ct: the CT, with labels where bones are chosen or move apart.
        settings: choices; the defaults where None.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``progress.Cancelled``.

    Raises:
        InputProblem: no bone, an unknown view prior, or weights that cannot be used.
    """
    settings = settings or PrepareSettings()
    if settings.view not in VIEW_PRIORS:
        raise InputProblem(f"the view prior '{settings.view}' is unknown; choose one of {', '.join(VIEW_PRIORS)}")
    report = watch(progress, cancelled)
    report(0.0, "finding the bone")
    encoder, encoder_about = _chosen_encoder(settings)
    skeleton = find_skeleton(ct)
    report(0.3, "turning Hounsfield units into attenuation")
    margin = np.ceil(MARGIN_MM / ct.spacing_mm).astype(int) + 1
    used = np.argwhere(skeleton.mask)[:, ::-1]
    low, high = np.maximum(used.min(axis=0) - margin, 0), np.minimum(used.max(axis=0) + 1 + margin, ct.hu.shape[::-1])
    block = ct.crop(low, high)
    mask = skeleton.mask[tuple(slice(a, b) for a, b in zip(low[::-1], high[::-1], strict=True))]
    # The block ends at the CT's own faces only where bone does, so that cuts of the bone by the CT are found on it.
    values = taper_at_borders(bone_attenuation(block, mask), block.spacing_mm, mask)
    attenuation = torch.as_tensor(values, dtype=torch.float32, device=settings.device)
    points = bone_points(mask, block.ras_from_ijk, BONE_POINTS, settings.seed)
    notes = tuple(f"left out of the CT: {phrase}" for phrase in skeleton.left_out)
    labels = None if block.labels is None else block.labels.astype(np.uint16)
    prepared = PreparedCT(attenuation, block.ras_from_ijk, labels, points, None, settings.view, notes)
    if settings.bank:
        reduction = max(1, round(prepared.extent_mm / 100 / prepared.voxel_mm))
        bank = make_library(
            prepared.projector(min(reduction, 4)),
            prepared.center_ras,
            prepared.extent_mm,
            settings.depth_mm,
            VIEW_PRIORS[settings.view],
            lambda share: report(0.4 + (0.6 if encoder is None else 0.3) * share, "rendering views of the bone"),
        )
        prepared = replace(prepared, bank=bank)
    if encoder is not None and KEY in encoder_about:
        fixed = FixedLandmarks.from_weights(encoder, encoder_about)
        fixed.check_fits(points)
        prepared = replace(prepared, fixed=fixed)
    elif encoder is not None:
        prepared = with_templates(
            prepared, encoder, encoder_about, lambda share: report(0.7 + 0.3 * share, "rendering templates for landmarks")
        )
    if settings.bank or encoder is not None:
        report(1.0, "prepared")
    return prepared


def with_templates(
    prepared: PreparedCT, encoder: Encoder, about: dict, progress: Callable[[float], None] = lambda _: None
) -> PreparedCT:
    """The same CT with landmark templates by an encoder, spread over the view prior."""
    prior = replace(VIEW_PRIORS[prepared.view], spacing_deg=SET_SPACING_DEG)
    templates = make_templates(
        prepared.template_projector(),
        encoder,
        prepared.bone_points_ras,
        prepared.center_ras,
        set_rotations(beam_directions(prior)),
        TemplateSettings(pixel_mm_for(prepared.extent_mm)),
        progress,
    )
    return replace(prepared, templates=templates, encoder=encoder, encoder_about=dict(about))


def _chosen_encoder(settings: PrepareSettings) -> tuple[Encoder | None, dict]:
    """The encoder that the settings name and what is known about it, or None."""
    if settings.weights is None:
        if not (settings.bank and shipped_weights_path().exists()):
            return None, {}
        return load_encoder(shipped_weights_path(), settings.device)
    return (None, {}) if str(settings.weights) == NO_WEIGHTS else load_encoder(settings.weights, settings.device)


def _reduced(values: torch.Tensor, ras_from_ijk: np.ndarray, reduction: int) -> tuple[torch.Tensor, np.ndarray]:
    """Block means of a volume, zero-padded at the far faces, and their grid."""
    if reduction == 1:
        return values, ras_from_ijk
    padding = [(-n) % reduction for n in values.shape]
    padded = functional.pad(values, (0, padding[2], 0, padding[1], 0, padding[0]))
    matrix = ras_from_ijk.copy()
    matrix[:3, 3] += matrix[:3, :3] @ np.full(3, (reduction - 1) / 2)
    matrix[:3, :3] *= reduction
    return functional.avg_pool3d(padded[None, None], reduction)[0, 0], matrix
