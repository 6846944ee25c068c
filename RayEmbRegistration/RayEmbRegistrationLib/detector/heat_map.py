"""The heat map of one picked point of the CT over the radiograph."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.interface import Projector
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.radiograph import Radiograph

from .calibration import Calibration
from .detection import DetectionSettings, map_radiograph
from .landmarks import Landmarks
from .matching.screening import Maps
from .matching.subspace import bases, best_match, similarity
from .networks.encoder import Encoder
from .templates import TemplateSets, embed_points


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Similarity of one point with every pixel of a radiograph.

    Attributes:
        similarity: (H, W) float32, 0 to 1; 0 where the radiograph is masked.
        peak: (2,) column and row of the best match in the radiograph's pixel grid.
        score, margin: there.
        probability: that it is right.
    """

    similarity: np.ndarray
    peak: np.ndarray
    score: float
    margin: float
    probability: float


@dataclass(frozen=True, eq=False)
class Bone:
    """What heat maps are made with, once a bone is prepared.

    Attributes:
        sets: its templates.
        projector: of the same bone, which made them.
        encoder: likewise.
    """

    sets: TemplateSets
    projector: Projector
    encoder: Encoder


def heat_map(
    bone: Bone,
    point_ras: np.ndarray,
    radiograph: Radiograph,
    hypothesis: Landmarks,
    settings: DetectionSettings | None = None,
) -> HeatMap:
    """Similarity of any point with the radiograph, under the view that a detection found.

    Args:
        bone: the prepared bone.
        point_ras: (3,) mm; need not be one of the prepared points.
        radiograph: conditioned under the hypothesis's polarity.
        hypothesis: of ``detect``; names the template set and the rotation.
        settings: those of the detection.

    Raises:
        InputProblem: no template of the set shows the point.
    """
    settings = settings or DetectionSettings()
    vectors, seen = embed_points(
        bone.sets, bone.projector, bone.encoder, np.asarray(point_ras, dtype=np.float64)[None], hypothesis.set_index
    )
    if not seen.any():
        raise InputProblem("the point is outside every template view of this bone; pick a point on the bone")
    maps = map_radiograph(bone.encoder, bone.sets, radiograph, np.array([hypothesis.rotation_deg]), settings)
    rows = bases(vectors, seen, settings.ridge)
    with torch.no_grad():
        scores = similarity(rows, maps.embeddings[0])
    peaks = best_match(rows, maps.embeddings[0], maps.usable[0], replace(settings.match, search="dense"))
    score, margin = float(peaks.scores[0]), float(peaks.margins[0])
    calibration = bone.encoder.calibration or Calibration()
    return HeatMap(
        _over_radiograph(scores[0], maps, radiograph),
        maps.pixels(0, peaks.positions.cpu().numpy().astype(np.float64))[0],
        score,
        margin,
        float(calibration.probability(np.array([score]), np.array([margin]))[0]),
    )


def _over_radiograph(scores: torch.Tensor, maps: Maps, radiograph: Radiograph) -> np.ndarray:
    """Scores (h, w) of a turned map, interpolated at the radiograph's pixels."""
    height, width = radiograph.image.shape
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    pixels = maps.turned.turned_pixels(0, np.stack([columns, rows], axis=-1))
    features = (pixels + 0.5) / maps.stride - 0.5
    size = np.array(scores.shape[::-1])
    grid = torch.as_tensor(2 * (features + 0.5) / size - 1, dtype=scores.dtype, device=scores.device)[None]
    over = functional.grid_sample(scores[None, None], grid, mode="bilinear", padding_mode="border", align_corners=False)
    return np.where(radiograph.mask, over[0, 0].cpu().numpy(), 0.0).astype(np.float32)
