"""Detect the landmarks of a prepared bone in a radiograph, by several hypotheses of the view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .calibration import Calibration
from .consensus import agreement
from .encoder import Encoder, encode
from .landmarks import Landmarks
from .subspace import MatchOptions, Peaks, best_match, unit_columns
from .templates import TemplateSets, check_encoder
from .turned_image import TurnedImages, turned_images
from .windowed_search import Near

SCREEN_SIDE = 32
LEAST_TEMPLATES = 2


@dataclass(frozen=True)
class DetectionSettings:
    """Choices.

    Attributes:
        depth_mm: guess of the distance of the bone's centre from the source; the templates' where None.
        in_plane_deg: the radiograph may be turned by up to this much either way; 180 is any way up.
        in_plane_step_deg: largest step between the rotations tried.
        hypotheses: combinations of template set, rotation and polarity detected in full.
        screen_points: points that all combinations are asked about first, on maps of at most SCREEN_SIDE features.
        shortlist: how many of the combinations are then asked again.
        shortlist_points: about how many points.
        reach_mm: in full, a point is looked for this far from where those points expect it; everywhere where None.
        ridge: of the spans; weights directions that the templates share.
        published: as published: one rotation, every set in full, and for each point the set that scores best.
        best_points: then, how many of the points of the first set go on; all where None.
        match: of the arg-max.
    """

    depth_mm: float | None = None
    in_plane_deg: float = 16.0
    in_plane_step_deg: float = 30.0
    hypotheses: int = 4
    screen_points: int = 250
    shortlist: int = 24
    shortlist_points: int = 800
    reach_mm: float | None = 30.0
    ridge: float = 1e-2
    published: bool = False
    best_points: int | None = None
    match: MatchOptions = field(default_factory=MatchOptions)


PUBLISHED = DetectionSettings(in_plane_deg=0.0, ridge=1e-8, published=True, best_points=600)
"""With templates of ``TemplateSettings(random_rounds=10)``: four of the bank at random, ten rounds, the best kept."""


@dataclass(frozen=True, eq=False)
class _Maps:
    """Embeddings of a radiograph's turned images.

    Attributes:
        embeddings: (R, D, h, w).
        usable: (R, h, w) bool.
        stride: pixels a feature.
        turned: the images.
    """

    embeddings: torch.Tensor
    usable: torch.Tensor
    stride: float
    turned: TurnedImages

    def pixels(self, which: int, positions: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of the radiograph from positions (N, 2) in features."""
        return self.turned.original_pixels(which, (positions + 0.5) * self.stride - 0.5)


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
        ValueError: another encoder, or an X-ray with nothing usable at the bone's scale.
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
    found = []
    for candidate in screen(sets, maps, settings)[: settings.hypotheses]:
        rows = sets.bases(candidate.set_index, settings.ridge)
        where = maps[candidate.bone_is_bright]
        usable, embeddings = where.usable[candidate.rotation], where.embeddings[candidate.rotation]
        near = None
        if settings.reach_mm is not None:
            near = Near(candidate.expected(sets, where), settings.reach_mm / (sets.pixel_mm * where.stride))
        peaks = best_match(rows, embeddings, usable, settings.match, near)
        found.append(_landmarks(encoder, sets, where, peaks, candidate))
    return found


def in_plane_rotations(settings: DetectionSettings) -> np.ndarray:
    """(R,) evenly spaced angles, degrees, no point of the range farther than half a step from one."""
    limit = min(settings.in_plane_deg, 180.0)
    count = max(1, int(np.ceil(2 * limit / settings.in_plane_step_deg - 1e-9)))
    return -limit + 2 * limit * (np.arange(count) + 0.5) / count


def map_radiograph(
    encoder: Encoder, sets: TemplateSets, radiograph: Radiograph, angles: np.ndarray, settings: DetectionSettings
) -> _Maps:
    """Embed a radiograph, at the templates' scale and turned by each angle."""
    device = sets.point_embeddings.device
    turned = turned_images(radiograph, sets.pixel_mm, settings.depth_mm or sets.depth_mm, angles, device)
    embeddings = encode(encoder, turned.images, turned.masks).float()
    stride = encoder.stride
    height, width = turned.images.shape[-2:]
    if getattr(encoder, "corner_aligned", False):  # as published, features are interpolated to every pixel
        size = (embeddings.shape[-2] * stride, embeddings.shape[-1] * stride)
        embeddings = functional.interpolate(embeddings, size=size, mode="bilinear", align_corners=False)
        embeddings, stride = embeddings[..., :height, :width], 1
    padding = (0, -width % stride, 0, -height % stride)
    usable = functional.avg_pool2d(functional.pad(turned.masks, padding), stride)[:, 0] >= 0.5
    if not usable.flatten(1).any(dim=1).all():
        raise ValueError("the X-ray has no usable pixel at the scale of the bone; check its mask and its geometry")
    return _Maps(embeddings, usable, stride, turned)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A combination of polarity, in-plane rotation and template set, and where it puts the bone.

    Attributes:
        bone_is_bright: polarity.
        rotation: index of the in-plane rotation.
        set_index: of the template set.
        camera: (4, 2) affine camera of ``consensus.agreement``.
        agreeing: soft share of the points that agree on it.
    """

    bone_is_bright: bool
    rotation: int
    set_index: int
    camera: torch.Tensor
    agreeing: float

    def expected(self, sets: TemplateSets, maps: _Maps) -> torch.Tensor:
        """(N, 2) column and row, in features, at which the points are expected."""
        model = torch.as_tensor((sets.points_ras - sets.center_ras) @ sets.rotations[self.set_index].T)
        model = torch.cat([model, torch.ones_like(model[:, :1])], dim=1).to(self.camera)
        return model @ self.camera / (sets.pixel_mm * maps.stride)


def screen(sets: TemplateSets, maps: Mapping[bool, _Maps], settings: DetectionSettings) -> list[Candidate]:
    """Combinations, most promising first: judged by how many of a few points, detected on coarse maps, agree.

    All combinations are asked about some points, the best of them about more.
    """
    everything = [
        (bright, rotation, set_index)
        for bright, where in maps.items()
        for rotation in range(len(where.embeddings))
        for set_index in range(len(sets.rotations))
    ]
    first = _screened(sets, maps, everything, settings.screen_points, settings.ridge)
    best = [(each.bone_is_bright, each.rotation, each.set_index) for each in first[: settings.shortlist]]
    return _screened(sets, maps, best, settings.shortlist_points, settings.ridge)


def _screened(
    sets: TemplateSets, maps: Mapping[bool, _Maps], combinations: list[tuple[bool, int, int]], most: int, ridge: float
) -> list[Candidate]:
    """Combinations (bone is bright, rotation, set), most promising first, by at most so many points."""
    count = sets.points_ras.shape[0]
    some = np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(int))
    wanted = sorted({set_index for *_, set_index in combinations})
    device = sets.point_embeddings.device
    points = torch.as_tensor(sets.points_ras[some] - sets.center_ras, dtype=torch.float32, device=device)
    turns = torch.as_tensor(sets.rotations, dtype=torch.float32, device=device)
    rows = {number: sets.bases(number, ridge)[some] for number in wanted}
    coarse: dict[tuple[bool, int], tuple[torch.Tensor, torch.Tensor]] = {}
    observed = []
    for bright, rotation, set_index in combinations:
        where = maps[bright]
        if (bright, rotation) not in coarse:
            coarse[bright, rotation] = _coarse(where.embeddings[rotation], where.usable[rotation])
        features, places = coarse[bright, rotation]
        own = rows[set_index]
        squares = (own.transpose(0, 1).flatten(0, 1) @ features).square_()
        best = squares.unflatten(0, (own.shape[1], -1)).sum(dim=0).argmax(dim=1)
        observed.append(places[best] * (where.stride * sets.pixel_mm))
    models = torch.stack([points @ turns[set_index].T for *_, set_index in combinations])
    counts, cameras = agreement(models, torch.stack(observed))
    shares = (counts / len(some)).tolist()
    candidates = [Candidate(*each, cameras[n], shares[n]) for n, each in enumerate(combinations)]
    return sorted(candidates, key=lambda candidate: -candidate.agreeing)


def _coarse(embeddings: torch.Tensor, usable: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(D, P) unit features of a map, averaged until it is small, and where they lie in it (P, 2), column and row."""
    step = -(-max(embeddings.shape[-2:]) // SCREEN_SIDE)
    shares = functional.avg_pool2d(usable[None].float(), step, ceil_mode=True)[0]
    embeddings = functional.avg_pool2d(embeddings * usable, step, ceil_mode=True)
    kept = shares >= min(0.5, float(shares.max()))
    rows, columns = kept.nonzero().unbind(dim=1)
    places = torch.stack([columns, rows], dim=1).float() * step + (step - 1) / 2
    return unit_columns(embeddings)[:, kept.flatten()], places


def _merit(scores: np.ndarray) -> float:
    """Mean of the better half: the other half may lie outside the radiograph."""
    return float(np.sort(scores)[len(scores) // 2 :].mean())


def _landmarks(encoder: Encoder, sets: TemplateSets, maps: _Maps, peaks: Peaks, candidate: Candidate) -> Landmarks:
    """Peaks of the points that enough templates see, in the radiograph's pixels."""
    rotation, set_index = candidate.rotation, candidate.set_index
    least = min(LEAST_TEMPLATES, sets.seen.shape[1])
    kept = (sets.seen[set_index].sum(dim=0) >= least).cpu().numpy()
    # Where a point is expected, nothing may be usable: it stays there and counts for nothing.
    found = (peaks.scores > 0)[:, None]
    positions = torch.where(found, peaks.positions, candidate.expected(sets, maps).to(peaks.positions))
    pixels = maps.pixels(rotation, positions.cpu().numpy().astype(np.float64))
    scores, margins = peaks.scores.cpu().numpy(), peaks.margins.cpu().numpy()
    calibration = getattr(encoder, "calibration", None) or Calibration()
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


def _published(encoder: Encoder, sets: TemplateSets, maps: _Maps, bright: bool, settings: DetectionSettings) -> Landmarks:
    """The published scheme: the best points of the first set, then for each the best of the other sets."""
    first = best_match(sets.bases(0, settings.ridge), maps.embeddings[0], maps.usable[0], settings.match)
    chosen = torch.argsort(first.scores, descending=True, stable=True)[: settings.best_points]
    rounds = [
        best_match(sets.bases(index, settings.ridge)[chosen], maps.embeddings[0], maps.usable[0], settings.match)
        for index in range(1, len(sets.rotations))
    ]
    if not rounds:
        rounds = [Peaks(*(getattr(first, name)[chosen] for name in ("positions", "indices", "scores", "margins")))]
    scores = torch.stack([peaks.scores for peaks in rounds])
    winner = scores.argmax(dim=0)
    number = torch.arange(len(chosen), device=scores.device)

    def of_winner(name: str) -> torch.Tensor:
        return torch.stack([getattr(peaks, name) for peaks in rounds])[winner, number]

    peaks = Peaks(*(of_winner(name) for name in ("positions", "indices", "scores", "margins")))
    some = chosen.cpu().numpy()
    calibration = getattr(encoder, "calibration", None) or Calibration()
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
