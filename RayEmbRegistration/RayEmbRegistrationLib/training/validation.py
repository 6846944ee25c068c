"""How far a detected landmark is from the truth now: on views that training never sees, rendered and disturbed once."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.detector.calibration import Calibration, fit_calibration
from RayEmbRegistrationLib.detector.matching.subspace import bases, best_match
from RayEmbRegistrationLib.detector.networks.encoder import Encoder
from RayEmbRegistrationLib.detector.templates import sample_embeddings
from RayEmbRegistrationLib.problems import InputProblem

from .batches import Batch, BatchSettings, make_batch
from .loss import LossSettings, Matching, landmark_errors_mm
from .pairs import PairSettings
from .sources import SetSource

LANE = 10**6
"""Sets of this lane are for validation only."""


def make_validation(
    source: SetSource, settings: PairSettings, sets: int = 6, xray_px: int = 144, seed: int = 0
) -> list[Batch]:
    """Sets with three X-rays each; the same for the same source and seed."""
    sizes = settings.template_px, xray_px
    batch = BatchSettings(xrays=min(3, settings.xrays), points=200)
    pairs = [source.make(LANE, number) for number in range(sets)]
    batches = []
    for number, each in enumerate(pairs):
        rng = np.random.default_rng([seed, 5, number])
        batches.append(make_batch([(each, pairs[(number + 1) % sets])], sizes, batch, settings.views, [rng]))
    return batches


@torch.no_grad()
def landmark_error_mm(encoder: Encoder, batches: list[Batch], loss: LossSettings) -> float:
    """Median distance in mm, at the bone, between a point and the X-ray's feature that is most similar to it."""
    errors = []
    for batch in batches:
        matching = match(encoder, batch)
        distances = landmark_errors_mm(matching.scores(loss.ridge), matching, batch.mm_per_px.flatten(0, 1))
        errors.append(distances[matching.weights > 0])
    return float(torch.cat(errors).median())


@torch.no_grad()
def calibrated(encoder: Encoder, batches: list[Batch], loss: LossSettings) -> Calibration:
    """What scores and margins of the encoder's detections are worth; what it had where these views cannot tell."""
    scores, margins, errors = [], [], []
    for batch in batches:
        matching = match(encoder, batch)
        usable = functional.avg_pool2d(batch.masks.flatten(0, 1).float(), matching.stride)[:, 0] >= 0.5
        for number, embeddings in enumerate(matching.maps):
            rows = bases(matching.embeddings[number], matching.seen[number], loss.ridge)
            peaks = best_match(rows, embeddings, usable[number])
            places = (peaks.positions + 0.5) * matching.stride - 0.5
            gaps = (places - matching.pixels[number]).norm(dim=1)
            scores.append(peaks.scores)
            margins.append(peaks.margins)
            errors.append(torch.where(matching.weights[number] > 0, gaps, torch.inf))
    try:
        return fit_calibration(_on_host(scores), _on_host(margins), _on_host(errors))
    except InputProblem:  # all right or all wrong
        return encoder.calibration or Calibration()


def _on_host(parts: list[torch.Tensor]) -> np.ndarray:
    """One array of what several batches gave."""
    return torch.cat(parts).cpu().numpy()


def match(encoder: Encoder, batch: Batch) -> Matching:
    """Encode a batch's templates and X-rays; the X-rays of all sets follow each other."""
    sets, templates = batch.templates.shape[:2]
    xrays, points = batch.weights.shape[1:]
    shown = batch.templates.flatten(0, 1)
    template_maps = encoder(shown, torch.ones_like(shown))
    xray_maps = encoder(batch.xrays.flatten(0, 1), batch.masks.flatten(0, 1)).float()
    places = batch.template_px.flatten(2, 3).flatten(0, 1)
    sampled = sample_embeddings(template_maps.float(), places, (shown.shape[-1], shown.shape[-2]), encoder)
    embeddings = sampled.view(sets, templates, xrays, points, -1).transpose(1, 2).flatten(0, 1)
    seen = batch.seen.transpose(1, 2).flatten(0, 1)
    return Matching(embeddings, seen, xray_maps, batch.pixels.flatten(0, 1), batch.weights.flatten(0, 1), encoder.stride)
