"""The pinhole camera of an X-ray: OpenCV axes, pixel centres at integers, lengths in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem


@dataclass(frozen=True, eq=False)
class Camera:
    """Intrinsic geometry of one X-ray image.

    ``[u, v, 1] ~ K @ X_camera`` with x right, y down and z from the source to the detector. K may be any invertible
    matrix whose last row is (0, 0, 1): flips give negative entries and quarter turns off-diagonal ones, so that a flipped
    or turned image still has an exact camera and its pose stays a proper rotation.

    Attributes:
        K: (3, 3) float64, px.
        image_size: (width, height), px.
        pixel_spacing_mm: (column, row) distance of pixel centres on the detector.
        source_to_detector_mm: distance of the source from the detector plane.

    Raises:
        InputProblem: K singular or not finite, or a size, spacing or distance that is not positive.
    """

    K: np.ndarray
    image_size: tuple[int, int]
    pixel_spacing_mm: tuple[float, float]
    source_to_detector_mm: float

    def __post_init__(self) -> None:
        K = np.array(self.K, dtype=np.float64)
        if K.shape != (3, 3) or not np.isfinite(K).all():
            raise InputProblem("the camera matrix K must be 3x3 and finite")
        if not np.allclose(K[2], (0, 0, 1)):
            raise InputProblem("the last row of the camera matrix K must be 0 0 1")
        if abs(np.linalg.det(K[:2, :2])) < 1e-6:
            raise InputProblem("the camera matrix K is singular: its focal lengths must not be zero")
        width, height = (int(n) for n in self.image_size)
        if width < 1 or height < 1:
            raise InputProblem(f"the image size must be positive, not {width} x {height}")
        spacing = tuple(float(s) for s in self.pixel_spacing_mm)
        if len(spacing) != 2 or not all(np.isfinite(s) and s > 0 for s in spacing):
            raise InputProblem("the pixel spacing must be two positive numbers in mm")
        if not (np.isfinite(self.source_to_detector_mm) and self.source_to_detector_mm > 0):
            raise InputProblem("the source-to-detector distance must be a positive number in mm")
        K.setflags(write=False)
        object.__setattr__(self, "K", K)
        object.__setattr__(self, "image_size", (width, height))
        object.__setattr__(self, "pixel_spacing_mm", spacing)
        object.__setattr__(self, "source_to_detector_mm", float(self.source_to_detector_mm))

    @classmethod
    def from_detector(
        cls,
        image_size: tuple[int, int],
        pixel_spacing_mm: tuple[float, float],
        source_to_detector_mm: float,
        principal_point_px: tuple[float, float] | None = None,
    ) -> Camera:
        """From what a C-arm is described by; the principal point is the image's centre unless given."""
        width, height = image_size
        cx, cy = principal_point_px if principal_point_px is not None else ((width - 1) / 2, (height - 1) / 2)
        fx, fy = source_to_detector_mm / pixel_spacing_mm[0], source_to_detector_mm / pixel_spacing_mm[1]
        return cls(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), image_size, pixel_spacing_mm, source_to_detector_mm)

    @property
    def width(self) -> int:
        """Columns, px."""
        return self.image_size[0]

    @property
    def height(self) -> int:
        """Rows, px."""
        return self.image_size[1]

    @property
    def is_mirrored(self) -> bool:
        """Whether the image is flipped left to right (an odd number of flips)."""
        return bool(np.linalg.det(self.K[:2, :2]) < 0)

    @property
    def field_of_view_mm(self) -> tuple[float, float]:
        """(width, height) of the image on the detector."""
        return self.width * self.pixel_spacing_mm[0], self.height * self.pixel_spacing_mm[1]

    def project(self, points_camera: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) of camera-frame points (..., 3) in mm; NaN where a point is not in front of the source."""
        points = np.asarray(points_camera, dtype=np.float64)
        depth = np.where(points[..., 2:] > 1e-9, points[..., 2:], np.nan)
        return points[..., :2] / depth @ self.K[:2, :2].T + self.K[:2, 2]

    def back_project(self, pixels: np.ndarray, depth_mm: np.ndarray | float = 1.0) -> np.ndarray:
        """Camera-frame points (..., 3) in mm at a depth on the rays through pixels (..., 2)."""
        pixels = np.asarray(pixels, dtype=np.float64)
        normalized = (pixels - self.K[:2, 2]) @ np.linalg.inv(self.K[:2, :2]).T
        points = np.concatenate([normalized, np.ones_like(normalized[..., :1])], axis=-1)
        return points * np.asarray(depth_mm, dtype=np.float64)[..., None]

    # Image operations. Each returns the camera of the changed image: K' = A K with the affine map A of pixel coordinates.

    def _mapped(self, affine: np.ndarray, image_size: tuple[int, int], pixel_spacing_mm: tuple[float, float]) -> Camera:
        return replace(self, K=affine @ self.K, image_size=image_size, pixel_spacing_mm=pixel_spacing_mm)

    def crop(self, left: int, top: int, width: int, height: int) -> Camera:
        """Camera of ``image[top:top+height, left:left+width]``; a negative offset pads."""
        affine = np.array([[1.0, 0, -left], [0, 1, -top], [0, 0, 1]])
        return self._mapped(affine, (width, height), self.pixel_spacing_mm)

    def flip_horizontal(self) -> Camera:
        """Camera of ``image[:, ::-1]``."""
        affine = np.array([[-1.0, 0, self.width - 1], [0, 1, 0], [0, 0, 1]])
        return self._mapped(affine, self.image_size, self.pixel_spacing_mm)

    def flip_vertical(self) -> Camera:
        """Camera of ``image[::-1]``."""
        affine = np.array([[1.0, 0, 0], [0, -1, self.height - 1], [0, 0, 1]])
        return self._mapped(affine, self.image_size, self.pixel_spacing_mm)

    def rotate90(self, turns: int = 1) -> Camera:
        """Camera of ``numpy.rot90(image, turns)`` (counter-clockwise quarter turns)."""
        camera = self
        for _ in range(turns % 4):
            affine = np.array([[0.0, 1, 0], [-1, 0, camera.width - 1], [0, 0, 1]])
            camera = camera._mapped(affine, (camera.height, camera.width), camera.pixel_spacing_mm[::-1])
        return camera

    def resample(self, width: int, height: int) -> Camera:
        """Camera of the image resampled to a new size over the same field (pixel edges coincide)."""
        sx, sy = width / self.width, height / self.height
        affine = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1]])
        spacing = (self.pixel_spacing_mm[0] / sx, self.pixel_spacing_mm[1] / sy)
        return self._mapped(affine, (width, height), spacing)

    def bin(self, columns: int, rows: int | None = None) -> Camera:
        """Camera of the image averaged over blocks of columns x rows pixels; an incomplete last block is dropped."""
        rows = columns if rows is None else rows
        width, height = self.width // columns, self.height // rows
        return self.crop(0, 0, width * columns, height * rows).resample(width, height)
