"""How sure a fitted shape is at each point of its surface."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .shape_fit import ShapeFit
from .shape_model import ShapeModel


def surface_deviations_mm(model: ShapeModel, fit: ShapeFit, points_ras: np.ndarray) -> np.ndarray:
    """(N,) standard deviation across the surface, mm, of points (N, 3) on it; of the shape alone, the pose being as it is.

    A mode moves the surface by what it adds to the signed distance, for whose slope is one.
    """
    ijk_from_ras = np.linalg.inv(model.ras_from_ijk)
    kji = (points_ras @ ijk_from_ras[:3, :3].T + ijk_from_ras[:3, 3])[:, ::-1].T
    moves = np.stack([ndimage.map_coordinates(mode, kji, order=1, mode="nearest") for mode in model.modes], axis=1)
    variance = np.einsum("ni,ij,nj->n", moves, fit.covariance[6:, 6:], moves)
    return np.sqrt(np.maximum(variance, 0))
