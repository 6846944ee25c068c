"""The CT grid: Hounsfield units on voxels placed in the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem


@dataclass(frozen=True, eq=False)
class CTVolume:
    """A CT in the patient's RAS frame.

    Attributes:
        hu: (K, J, I) array of Hounsfield units, slice by slice as SimpleITK and Slicer hand it over.
        ras_from_ijk: (4, 4) float64; voxel centres at integer (i, j, k), result in RAS mm. May be oblique, left-handed
            and anisotropic.
        labels: optional (K, J, I) integer array, 0 where there is no bone; one number a bone.

    Raises:
        InputProblem: shapes that do not fit or a singular ras_from_ijk.
    """

    hu: np.ndarray
    ras_from_ijk: np.ndarray
    labels: np.ndarray | None = None

    def __post_init__(self) -> None:
        matrix = np.array(self.ras_from_ijk, dtype=np.float64)
        if self.hu.ndim != 3:
            raise InputProblem(f"a CT needs three dimensions, not {self.hu.ndim}")
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix[:3, :3])) < 1e-9:
            raise InputProblem("ras_from_ijk must be an invertible 4x4 matrix")
        if self.labels is not None and self.labels.shape != self.hu.shape:
            raise InputProblem(f"the label map's size {self.labels.shape[::-1]} differs from the CT's {self.hu.shape[::-1]}")
        matrix.setflags(write=False)
        object.__setattr__(self, "ras_from_ijk", matrix)

    @property
    def spacing_mm(self) -> np.ndarray:
        """(3,) voxel size along i, j, k."""
        return np.linalg.norm(self.ras_from_ijk[:3, :3], axis=0)

    def ras_from_index(self, ijk: np.ndarray) -> np.ndarray:
        """RAS mm of voxel coordinates (..., 3) given as (i, j, k)."""
        return np.asarray(ijk, dtype=np.float64) @ self.ras_from_ijk[:3, :3].T + self.ras_from_ijk[:3, 3]

    def index_from_ras(self, points_ras: np.ndarray) -> np.ndarray:
        """Voxel coordinates (i, j, k) of RAS points (..., 3) in mm."""
        ijk_from_ras = np.linalg.inv(self.ras_from_ijk)
        return np.asarray(points_ras, dtype=np.float64) @ ijk_from_ras[:3, :3].T + ijk_from_ras[:3, 3]

    def crop(self, low_ijk: np.ndarray, high_ijk: np.ndarray) -> CTVolume:
        """The block low <= (i, j, k) < high, at the same place in the patient."""
        low = np.maximum(np.asarray(low_ijk, dtype=int), 0)
        high = np.minimum(np.asarray(high_ijk, dtype=int), self.hu.shape[::-1])
        block = tuple(slice(a, b) for a, b in zip(low[::-1], high[::-1], strict=True))
        matrix = self.ras_from_ijk.copy()
        matrix[:3, 3] = self.ras_from_index(low)
        return CTVolume(self.hu[block], matrix, None if self.labels is None else self.labels[block])
