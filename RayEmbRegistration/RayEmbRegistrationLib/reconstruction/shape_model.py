"""A shape model of a bone: its mean as a signed distance, and the ways in which individuals differ from it.

Principal modes of signed distances (Leventon, Grimson & Faugeras, CVPR 2000): no points have to be paired between
individuals, and any shape of the model is a volume at once. Individuals are brought together by their middles alone, so that
turns and sizes are among the modes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from RayEmbRegistrationLib import __version__
from RayEmbRegistrationLib.files.opening import openable_by_all
from RayEmbRegistrationLib.files.writing import write_bytes
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem

FORMAT = "RayEmbRegistration shape model 1"
FAR_MM = 20.0  # distances count no farther, so that what is far from any bone makes no mode; chosen
MARGIN_MM = 10.0  # around all individuals
LEAST_INDIVIDUALS = 3  # of two there is one mode, which is no model
MODES = 20  # as the prototype's; fewer where there are fewer individuals
# Of the bone that a shape stands for: HU of cortex and of what it encloses, and the cortex's thickness; about those of the
# phantoms, between a pelvis' and a femur's.
CORTEX_HU, INNER_HU, CORTEX_MM = 1000.0, 260.0, 2.5
SOFT_HU = 30.0  # as drr.attenuation.SOFT_TISSUE_HU
MOST_BYTES = 2**31  # of a file; a pelvis at 3 mm with 20 modes takes a tenth of it


@dataclass(frozen=True, eq=False)
class ShapeModel:
    """A mean shape and its modes.

    Attributes:
        mean: (K, J, I) float32 signed distance, mm, negative in bone, limited to FAR_MM.
        modes: (M, K, J, I) float32, what one standard deviation of each mode adds.
        ras_from_ijk: (4, 4); RAS zero is the middle of the individuals' boxes.
        variance_told: share of the individuals' variance that the modes tell.
        story: of what it was made.
    """

    mean: np.ndarray
    modes: np.ndarray
    ras_from_ijk: np.ndarray
    variance_told: float
    story: str

    @property
    def spacing_mm(self) -> float:
        """Side of a voxel."""
        return float(np.linalg.norm(self.ras_from_ijk[:3, 0]))

    def distance(self, weights: np.ndarray) -> np.ndarray:
        """(K, J, I) signed distance of the shape that has so many standard deviations (M,) of each mode."""
        shape: np.ndarray = self.mean + np.tensordot(np.asarray(weights, np.float32), self.modes, axes=1)
        return shape

    def stand_in(self, weights: np.ndarray) -> CTVolume:
        """A CT of that shape, labelled 1: bone of a usual density in soft tissue."""
        distance = self.distance(weights)
        share, inner = filling(distance, self.spacing_mm)
        hu = SOFT_HU + (CORTEX_HU - SOFT_HU) * (share - inner) + (INNER_HU - SOFT_HU) * inner
        return CTVolume(np.rint(hu).astype(np.int16), self.ras_from_ijk, (distance < 0).astype(np.uint8))

    def save(self, path: str | Path) -> None:
        """Write one file (safetensors), whole or not at all."""
        from safetensors.numpy import save

        about = {"format": FORMAT, "version": __version__, "variance_told": self.variance_told, "story": self.story}
        tensors = {"mean": self.mean, "modes": self.modes.astype(np.float16), "ras_from_ijk": self.ras_from_ijk}
        write_bytes(path, save(tensors, metadata={"rayemb": json.dumps(about)}))

    @classmethod
    def load(cls, path: str | os.PathLike) -> ShapeModel:
        """Read what ``save`` wrote.

        Raises:
            InputProblem: the file is missing, damaged or of another kind.
        """
        from safetensors import SafetensorError, safe_open

        path = Path(path)
        if not path.is_file():
            raise InputProblem(f"{path} is not there, or no file; make a shape model with the verb shape-model")
        sentence = f"{path} is damaged, or no shape model of this version; make it again with the verb shape-model"
        if path.stat().st_size > MOST_BYTES:
            raise InputProblem(sentence)
        try:
            with openable_by_all([path]) as (name,), safe_open(name, framework="numpy") as file:
                about = json.loads((file.metadata() or {})["rayemb"])
                mean, modes, matrix = (file.get_tensor(key) for key in ("mean", "modes", "ras_from_ijk"))
            fits = about["format"] == FORMAT and mean.ndim == 3 and modes.shape[1:] == mean.shape and matrix.shape == (4, 4)
            fits = fits and all(np.isfinite(each).all() for each in (mean, modes, matrix))
            told, story = float(about["variance_told"]), str(about["story"])
        except MemoryError:
            raise
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise InputProblem(sentence) from error
        if not fits:
            raise InputProblem(sentence)
        return cls(mean.astype(np.float32), modes.astype(np.float32), matrix.astype(np.float64), told, story)


def filling(distance: np.ndarray, spacing_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Shares (of the type of ``distance``) of each voxel that bone fills, and that lies within its cortex; smooth."""
    soft = 0.5 * spacing_mm  # half a voxel is filled in part

    def filled(depth: np.ndarray) -> np.ndarray:
        return (1 + np.tanh(depth / soft)) / 2

    return filled(-distance), filled(-distance - CORTEX_MM)


def build_shape_model(
    shapes: Sequence[tuple[np.ndarray, np.ndarray]], spacing_mm: float, modes: int = MODES, story: str = ""
) -> ShapeModel:
    """A model of individuals.

    Args:
        shapes: mask of the bone (K, J, I) and ras_from_ijk (4, 4) of each; all patients lie alike.
        spacing_mm: of the model's voxels.
        modes: at most.
        story: of what they are, for the file.

    Raises:
        InputProblem: too few individuals, or one without bone.
    """
    if len(shapes) < LEAST_INDIVIDUALS:
        raise InputProblem(
            f"{len(shapes)} individuals make no shape model; give at least {LEAST_INDIVIDUALS}, better 20 or more"
        )
    distances = [_distance_of(mask, matrix) for mask, matrix in shapes]
    half = np.max([size for _, _, size in distances], axis=0) / 2 + MARGIN_MM
    counts = 2 * np.ceil(half / spacing_mm).astype(int) + 1
    ras_from_ijk = np.diag([spacing_mm] * 3 + [1.0])
    ras_from_ijk[:3, 3] = -spacing_mm * (counts - 1) / 2
    fields = np.stack([_on_grid(field, matrix, ras_from_ijk, counts) for field, matrix, _ in distances])
    mean = fields.mean(axis=0)
    flat = (fields - mean).reshape(len(fields), -1)
    values, vectors = np.linalg.eigh(flat @ flat.T)
    order = np.argsort(values)[::-1][: min(modes, len(shapes) - 1)]
    told = float(values[order].sum() / values.sum()) if values.sum() > 0 else 1.0
    found = (vectors[:, order].T @ flat).reshape(-1, *mean.shape) / np.sqrt(len(shapes) - 1)
    return ShapeModel(mean, found.astype(np.float32), ras_from_ijk, told, story)


def _distance_of(mask: np.ndarray, ras_from_ijk: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signed distance (k, j, i) around a mask, its grid with the middle of the mask's box at zero, and its size, mm."""
    if not mask.any():
        raise InputProblem("an individual of the shape model has no bone; check its label map and the labels chosen")
    spacing = np.linalg.norm(ras_from_ijk[:3, :3], axis=0)
    used = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))[[0, -1]] for axis in range(3)]
    reach = np.ceil(FAR_MM / spacing[::-1]).astype(int)
    block = np.pad(mask[tuple(slice(low, high + 1) for low, high in used)], [(n, n) for n in reach])
    outside = ndimage.distance_transform_edt(~block, spacing[::-1])
    inside = ndimage.distance_transform_edt(block, spacing[::-1])
    # Both are told from voxel centers: the surface lies half a voxel before the first of the other kind.
    half = spacing.mean() / 2
    field = np.clip(np.where(block, half - inside, outside - half), -FAR_MM, FAR_MM).astype(np.float32)
    low = np.array([span[0] for span in used])[::-1]
    corners = np.array([[low[axis] if n >> axis & 1 else used[2 - axis][1] for axis in range(3)] for n in range(8)])
    places = corners @ ras_from_ijk[:3, :3].T + ras_from_ijk[:3, 3]
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    matrix = ras_from_ijk.copy()
    matrix[:3, 3] += matrix[:3, :3] @ (low - reach[::-1]) - middle
    return field, matrix, np.ptp(places, axis=0)


def _on_grid(field: np.ndarray, own: np.ndarray, ras_from_ijk: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """A field (k, j, i) resampled to the model's grid of counts (I, J, K); FAR_MM outside."""
    matrix = np.linalg.inv(own) @ ras_from_ijk
    flip = np.eye(3)[::-1]
    return ndimage.affine_transform(
        field, flip @ matrix[:3, :3] @ flip, matrix[:3, 3][::-1], tuple(counts[::-1]), order=1, mode="constant", cval=FAR_MM
    )
