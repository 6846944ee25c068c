"""Which template set, in-plane rotation and polarity an X-ray is seen by: a few points, detected coarsely, must agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.detector.consensus import agreement
from RayEmbRegistrationLib.detector.templates import TemplateSets
from RayEmbRegistrationLib.detector.turned_image import TurnedImages

from .subspace import Peaks, unit_columns

SCREEN_SIDE = 32  # features; chosen for time: all combinations are asked on such maps, and it grows with the square


@dataclass(frozen=True, eq=False)
class Maps:
    """Embeddings of a radiograph's turned images.

    Attributes:
        embeddings: (R, D, h, w).
        usable: (R, h, w) bool.
        stride: pixels a feature.
        turned: the images.
        depth_mm: distance of the bone's centre from the source, by which they were scaled.
    """

    embeddings: torch.Tensor
    usable: torch.Tensor
    stride: float
    turned: TurnedImages
    depth_mm: float

    def pixels(self, which: int, positions: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of the radiograph from positions (N, 2) in features."""
        return self.turned.original_pixels(which, (positions + 0.5) * self.stride - 0.5)

    def millimetres(self, which: int, positions: torch.Tensor) -> torch.Tensor:
        """(N, 2) mm at the bone's centre, from the optical axis, of positions (N, 2) in features."""
        middle, mm = self._scale(which, positions)
        return ((positions + 0.5) * self.stride - 0.5 - middle) * mm

    def positions(self, which: int, millimetres: torch.Tensor) -> torch.Tensor:
        """The other way round."""
        middle, mm = self._scale(which, millimetres)
        return (millimetres / mm + middle + 0.5) / self.stride - 0.5

    def _scale(self, which: int, like: torch.Tensor) -> tuple[torch.Tensor, float]:
        K = self.turned.cameras[which].K
        return torch.tensor(K[:2, 2].tolist()).to(like), self.depth_mm / float(K[0, 0])


@dataclass(frozen=True)
class ScreenSettings:
    """Choices.

    Attributes:
        points: that all combinations are asked about first, on maps of at most SCREEN_SIDE features.
        shortlist: how many of the combinations are then asked again, at least.
        shortlist_share: and at least this share of them.
        shortlist_points: about how many points.
        ridge: of the spans.
    """

    points: int = 250
    shortlist: int = 24
    shortlist_share: float = 1 / 16
    shortlist_points: int = 800
    ridge: float = 1e-2


@dataclass(frozen=True, eq=False)
class Candidate:
    """A combination of polarity, in-plane rotation and template set, and where it puts the bone.

    Attributes:
        bone_is_bright: polarity.
        rotation: index of the in-plane rotation.
        set_index: of the template set.
        camera: (4, 2) of ``consensus.agreement``.
        agreeing: soft share of the points that agree on it.
    """

    bone_is_bright: bool
    rotation: int
    set_index: int
    camera: torch.Tensor
    agreeing: float

    def expected(self, sets: TemplateSets, maps: Maps) -> torch.Tensor:
        """(N, 2) column and row, in features, at which the points are expected."""
        model = model_mm(sets, self.set_index, maps.depth_mm, self.camera)
        return maps.positions(self.rotation, model @ self.camera)

    def refitted(self, sets: TemplateSets, maps: Maps, peaks: Peaks) -> Candidate:
        """The same combination with the bone where the points' detections put it."""
        observed = maps.millimetres(self.rotation, peaks.positions.to(self.camera))
        observed = torch.where((peaks.scores > 0)[:, None], observed, torch.nan)
        counts, cameras = agreement(model_mm(sets, self.set_index, maps.depth_mm, observed)[None], observed[None])
        agreeing = float(counts[0]) / len(observed)
        return Candidate(self.bone_is_bright, self.rotation, self.set_index, cameras[0], agreeing)


def model_mm(
    sets: TemplateSets, set_index: int, depth_mm: float, like: torch.Tensor, points: slice | np.ndarray = slice(None)
) -> torch.Tensor:
    """(N, 4) of points as ``consensus.agreement`` wants them: x, y, z and 1 in the set's central view, in perspective.

    What lies behind the bone's centre is drawn smaller by the ratio of the depths. For the central view the camera of the
    agreement is then exact, and for views tilted from it the better the less.
    """
    placed = (sets.points_ras[points] - sets.center_ras) @ sets.rotations[set_index].T
    nearness = depth_mm / np.maximum(depth_mm + placed[:, 2:], 0.2 * depth_mm)
    return torch.as_tensor(np.concatenate([placed * nearness, nearness], axis=1)).to(like)


def screen(sets: TemplateSets, maps: Mapping[bool, Maps], settings: ScreenSettings) -> list[Candidate]:
    """Combinations, most promising first: judged by how many of a few points, detected on coarse maps, agree.

    All combinations are asked about some points, the best of them about more.
    """
    everything = [
        (bright, rotation, set_index)
        for bright, where in maps.items()
        for rotation in range(len(where.embeddings))
        for set_index in range(len(sets.rotations))
    ]
    first = _screened(sets, maps, everything, settings.points, settings.ridge)
    length = max(settings.shortlist, round(settings.shortlist_share * len(everything)))
    best = [(each.bone_is_bright, each.rotation, each.set_index) for each in first[:length]]
    return _screened(sets, maps, best, settings.shortlist_points, settings.ridge)


def _screened(
    sets: TemplateSets, maps: Mapping[bool, Maps], combinations: list[tuple[bool, int, int]], most: int, ridge: float
) -> list[Candidate]:
    """Combinations (bone is bright, rotation, set), most promising first, by at most so many points."""
    count = sets.points_ras.shape[0]
    some = np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(int))
    coarse: dict[tuple[bool, int], tuple[torch.Tensor, torch.Tensor]] = {}
    models: dict[tuple[bool, int], torch.Tensor] = {}
    observed = []
    for bright, rotation, set_index in combinations:
        where = maps[bright]
        if (bright, rotation) not in coarse:
            features, places = _coarse(where.embeddings[rotation], where.usable[rotation])
            coarse[bright, rotation] = features, where.millimetres(rotation, places)
        features, places = coarse[bright, rotation]
        if (bright, set_index) not in models:
            models[bright, set_index] = model_mm(sets, set_index, where.depth_mm, features, some)
        own = sets.bases(set_index, ridge)[some]
        squares = (own.transpose(0, 1).flatten(0, 1) @ features).square_()
        best = squares.unflatten(0, (own.shape[1], -1)).sum(dim=0).argmax(dim=1)
        observed.append(places[best])
    own_models = torch.stack([models[bright, set_index] for bright, _, set_index in combinations])
    counts, cameras = agreement(own_models, torch.stack(observed))
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
