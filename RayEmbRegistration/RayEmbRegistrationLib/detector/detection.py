"""Detect the landmarks of a prepared bone in a radiograph, by several hypotheses of the view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.detector.matching.options import MatchOptions
from RayEmbRegistrationLib.detector.matching.subspace import Peaks, best_match
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .calibration import Calibration
from .landmarks import Landmarks
from .matching.screening import Candidate, Maps, ScreenSettings, screen
from .matching.windowed_search import Near
from .networks.encoder import Encoder, encode
from .templates import TemplateSets, check_encoder
from .turned_image import turned_images

LEAST_TEMPLATES = 2  # chosen: a single embedding spans a line, which says no more than that one view


@dataclass(frozen=True)
class DetectionSettings:
    """Choices.

    Attributes:
        depth_mm: guess of the distance of the bone's centre from the source; the templates' where None.
        in_plane_deg: the radiograph may be turned by up to this much either way; 180 is any way up.
        in_plane_step_deg: largest step between the rotations tried.
        hypotheses: combinations of template set, rotation and polarity by which landmarks are returned, at least.
        hypotheses_share: and at least this share of all: among many, more wrong ones agree by chance.
        matched: combinations of which all points are matched first, at least; those that agree best then are kept.
        matched_share: and at least this share of all.
        screening: how these are chosen.
        reach_mm: in full, a point is looked for this far from where it is expected; everywhere where None.
        again_mm: then again this far from where these detections expect it; not again where None.
        ridge: of the spans; weights directions that the templates share.
        published: as published: one rotation, every set in full, and for each point the set that scores best.
        best_points: then, how many of the points of the first set go on; all where None.
        match: of the arg-max.
    """

    depth_mm: float | None = None
    in_plane_deg: float = 16.0
    in_plane_step_deg: float = 30.0
    hypotheses: int = 4
    hypotheses_share: float = 1 / 200
    matched: int = 4
    matched_share: float = 1 / 48
    screening: ScreenSettings = field(default_factory=ScreenSettings)
    reach_mm: float | None = 30.0
    again_mm: float | None = 12.0
    ridge: float = 1e-2
    published: bool = False
    best_points: int | None = None
    match: MatchOptions = field(default_factory=MatchOptions)


PUBLISHED = DetectionSettings(in_plane_deg=0.0, ridge=1e-8, published=True, best_points=600)
"""With templates of ``TemplateSettings(random_rounds=10)``: four of the library at random, ten rounds, the best kept."""


def detect(
    encoder: Encoder,
    sets: TemplateSets,
    radiographs: Mapping[bool, Radiograph],
    settings: DetectionSettings | None = None,
) -> list[Landmarks]:
    """Landmarks by the best hypotheses of the view, best first.

    Args:
        encoder: the one that made the templates.
        sets: the prepared bone.
        radiographs: the conditioned X-ray under each polarity to try, by whether bone was taken to be bright in the file.
        settings: choices; the defaults where None.

    Raises:
        InputProblem: another encoder, or an X-ray with nothing usable at the bone's scale.
    """
    settings = settings or DetectionSettings()
    check_encoder(sets, encoder)
    angles = in_plane_rotations(settings)
    maps = {
        bright: map_radiograph(encoder, sets, radiograph, angles, settings) for bright, radiograph in radiographs.items()
    }
    if settings.published:
        found = [_published(encoder, sets, each, bright, settings) for bright, each in maps.items()]
        return sorted(found, key=lambda landmarks: -landmarks.scores.mean())
    combinations = len(sets.rotations) * len(angles) * len(maps)
    hypotheses = max(settings.hypotheses, round(settings.hypotheses_share * combinations))
    matched = max(hypotheses, settings.matched, round(settings.matched_share * combinations))
    first = []
    for candidate in screen(sets, maps, replace(settings.screening, ridge=settings.ridge))[:matched]:
        where = maps[candidate.bone_is_bright]
        peaks = _match(sets, where, candidate, settings, settings.reach_mm)
        first.append((candidate.refitted(sets, where, peaks), peaks))
    first.sort(key=lambda each: -each[0].agreeing)
    found = []
    for candidate, peaks in first[:hypotheses]:
        where = maps[candidate.bone_is_bright]
        if settings.again_mm is not None:
            again = _match(sets, where, candidate, settings, settings.again_mm)
            peaks = _in_wider_view(again, peaks, settings.match)  # noqa: PLW2901 - the same, looked at again
        found.append(_landmarks(encoder, sets, where, peaks, candidate))
    return found


def in_plane_rotations(settings: DetectionSettings) -> np.ndarray:
    """(R,) evenly spaced angles, degrees, no point of the range farther than half a step from one."""
    limit = min(settings.in_plane_deg, 180.0)
    count = max(1, int(np.ceil(2 * limit / settings.in_plane_step_deg - 1e-9)))
    return -limit + 2 * limit * (np.arange(count) + 0.5) / count


def map_radiograph(
    encoder: Encoder, sets: TemplateSets, radiograph: Radiograph, angles: np.ndarray, settings: DetectionSettings
) -> Maps:
    """Embed a radiograph, at the templates' scale and turned by each angle."""
    device = sets.point_embeddings.device
    depth_mm = settings.depth_mm or sets.depth_mm
    turned = turned_images(radiograph, sets.pixel_mm, depth_mm, angles, device)
    embeddings = encode(encoder, turned.images, turned.masks).float()
    stride = encoder.stride
    height, width = turned.images.shape[-2:]
    if encoder.corner_aligned:  # as published, features are interpolated to every pixel
        size = (embeddings.shape[-2] * stride, embeddings.shape[-1] * stride)
        embeddings = functional.interpolate(embeddings, size=size, mode="bilinear", align_corners=False)
        embeddings, stride = embeddings[..., :height, :width], 1
    padding = (0, -width % stride, 0, -height % stride)
    usable = functional.avg_pool2d(functional.pad(turned.masks, padding), stride)[:, 0] >= 0.5
    if not usable.flatten(1).any(dim=1).all():
        raise InputProblem("the X-ray has no usable pixel at the scale of the bone; check its mask and its geometry")
    return Maps(embeddings, usable, stride, turned, depth_mm)


def _match(
    sets: TemplateSets, maps: Maps, candidate: Candidate, settings: DetectionSettings, reach_mm: float | None
) -> Peaks:
    """All points by the templates of a candidate, near where it expects them."""
    near = None
    if reach_mm is not None:
        near = Near(candidate.expected(sets, maps), reach_mm / (sets.pixel_mm * maps.stride))
    usable, embeddings = maps.usable[candidate.rotation], maps.embeddings[candidate.rotation]
    return best_match(sets.bases(candidate.set_index, settings.ridge), embeddings, usable, settings.match, near)


def _in_wider_view(narrow: Peaks, wide: Peaks, options: MatchOptions) -> Peaks:
    """Peaks of a narrow search with margins over what a wider search found elsewhere: by these, calibration knows them."""
    moved = (narrow.positions - wide.positions).abs().amax(dim=1) > options.neighbourhood
    return replace(narrow, margins=torch.where(moved, narrow.scores - wide.scores, wide.margins))


def _landmarks(encoder: Encoder, sets: TemplateSets, maps: Maps, peaks: Peaks, candidate: Candidate) -> Landmarks:
    """Peaks of the points that enough templates see, in the radiograph's pixels."""
    rotation, set_index = candidate.rotation, candidate.set_index
    least = min(LEAST_TEMPLATES, sets.seen.shape[1])
    kept = (sets.seen[set_index].sum(dim=0) >= least).cpu().numpy()
    # Where a point is expected, nothing may be usable: it stays there and counts for nothing.
    found = (peaks.scores > 0)[:, None]
    positions = torch.where(found, peaks.positions, candidate.expected(sets, maps).to(peaks.positions))
    pixels = maps.pixels(rotation, positions.cpu().numpy().astype(np.float64))
    scores, margins = peaks.scores.cpu().numpy(), peaks.margins.cpu().numpy()
    calibration = encoder.calibration or Calibration()
    probability = np.where(scores > 0, calibration.probability(scores, margins), 0.0)
    landmarks = Landmarks(
        sets.points_ras,
        pixels,
        scores.astype(np.float64),
        margins.astype(np.float64),
        probability,
        np.zeros(len(scores), dtype=bool),
        set_index,
        float(maps.turned.rotations_deg[rotation]),
        candidate.bone_is_bright,
    )
    return landmarks.chosen(kept)


def _published(encoder: Encoder, sets: TemplateSets, maps: Maps, bright: bool, settings: DetectionSettings) -> Landmarks:
    """The published scheme: the best points of the first set, then for each the best of the other sets."""
    first = best_match(sets.bases(0, settings.ridge), maps.embeddings[0], maps.usable[0], settings.match)
    chosen = torch.argsort(first.scores, descending=True, stable=True)[: settings.best_points]
    rounds = [
        best_match(sets.bases(index, settings.ridge)[chosen], maps.embeddings[0], maps.usable[0], settings.match)
        for index in range(1, len(sets.rotations))
    ]
    if not rounds:
        rounds = [Peaks(first.positions[chosen], first.indices[chosen], first.scores[chosen], first.margins[chosen])]
    winner = torch.stack([peaks.scores for peaks in rounds]).argmax(dim=0)
    number = torch.arange(len(chosen), device=winner.device)

    def of_winner(values: list[torch.Tensor]) -> torch.Tensor:
        return torch.stack(values)[winner, number]

    peaks = Peaks(
        of_winner([each.positions for each in rounds]),
        of_winner([each.indices for each in rounds]),
        of_winner([each.scores for each in rounds]),
        of_winner([each.margins for each in rounds]),
    )
    some = chosen.cpu().numpy()
    calibration = encoder.calibration or Calibration()
    scores, margins = peaks.scores.double().cpu().numpy(), peaks.margins.double().cpu().numpy()
    return Landmarks(
        sets.points_ras[some],
        maps.pixels(0, peaks.positions.cpu().numpy().astype(np.float64)),
        scores,
        margins,
        calibration.probability(scores, margins),
        np.zeros(len(some), dtype=bool),
        0,
        float(maps.turned.rotations_deg[0]),
        bright,
    )
