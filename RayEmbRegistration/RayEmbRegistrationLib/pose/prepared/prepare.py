"""What can be computed before the X-ray exists, in one object and one file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.detector.networks.encoder import Encoder, SmallEncoder
from RayEmbRegistrationLib.detector.networks.fixed_landmarks import KEY, FixedLandmarks
from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceEncoder, SurfaceNetwork
from RayEmbRegistrationLib.detector.templates import (
    TemplateSettings,
    make_templates,
    pixel_mm_for,
    set_rotations,
)
from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path
from RayEmbRegistrationLib.drr.attenuation import bone_attenuation
from RayEmbRegistrationLib.drr.taper import taper_at_borders
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, beam_directions
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import watch
from RayEmbRegistrationLib.volumes.bone import bone_points, find_skeleton

from .prepared_ct import PreparedCT
from .soft_tissue import soft_tissue_of
from .template_library import TYPICAL_DEPTH_MM

MARGIN_MM = 4.0  # chosen: the soft edge of bone, two voxels of 2 mm
BONE_POINTS = 1500  # measured by bench choices: 750 and 375 are quicker and lose a pose
SET_SPACING_DEG = 25.0  # between the views of neighbouring template sets; 35 is no better by bench choices
NO_WEIGHTS = "none"


@dataclass(frozen=True)
class PrepareSettings:
    """Choices of ``prepare``.

    Attributes:
        view: prior on the view, a key of ``pose.views.VIEW_PRIORS``.
        depth_mm: typical distance of the bone from the source; only the perspective of the library depends on it.
        device: "cpu", "cuda" or "mps".
        library: whether to render the library; not needed where start poses will be given.
        seed: of the points sampled in bone.
        weights: file of the encoder of landmarks, of a network for fixed landmarks of this CT, or of one that reconstructs
            its bone; "none" for no network; None for the weights that come with the module, where they do and a library is
            wanted.
    """

    view: str = "ap"
    depth_mm: float = TYPICAL_DEPTH_MM
    device: str = "cpu"
    library: bool = True
    seed: int = 0
    weights: str | os.PathLike | None = None


def prepare(
    ct: CTVolume,
    settings: PrepareSettings | None = None,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PreparedCT:
    """Find the bone, turn it into attenuation, sample points in it, render the library and the landmark templates.

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
    around = soft_tissue_of(ct, values, low, settings.device)
    prepared = PreparedCT(attenuation, block.ras_from_ijk, labels, points, None, settings.view, notes, soft_tissue=around)
    if settings.library:
        library = prepared.library_of(
            settings.view,
            settings.depth_mm,
            lambda share: report(0.4 + (0.6 if encoder is None else 0.3) * share, "rendering views of the bone"),
        )
        prepared = replace(prepared, library=library)
    if encoder is not None and KEY in encoder_about:
        if not isinstance(encoder, SmallEncoder):
            raise InputProblem(
                "the weights name fixed landmarks but hold another network; train them with 'train --fixed-landmarks'"
            )
        fixed = FixedLandmarks.from_weights(encoder, encoder_about)
        fixed.check_fits(points)
        prepared = replace(prepared, fixed=fixed)
    elif isinstance(encoder, SurfaceEncoder):
        surfaces = SurfaceNetwork.from_weights(encoder, encoder_about)
        surfaces.check_fits(prepared.center_ras)
        prepared = replace(prepared, surfaces=surfaces)
    elif encoder is not None:
        prepared = with_templates(
            prepared, encoder, encoder_about, lambda share: report(0.7 + 0.3 * share, "rendering templates for landmarks")
        )
    if settings.library or encoder is not None:
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
        if not (settings.library and shipped_weights_path().exists()):
            return None, {}
        return load_encoder(shipped_weights_path(), settings.device)
    return (None, {}) if str(settings.weights) == NO_WEIGHTS else load_encoder(settings.weights, settings.device)
