"""What was detected: points of the CT and where a radiograph shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Points of the bone and their detections in one radiograph, by one hypothesis of the view.

    Attributes:
        points_ras: (N, 3) mm.
        pixels: (N, 2) column and row in the original radiograph's pixel grid, pixel centres at integers; a detection exists
            for every point, also for one that the radiograph does not show: its probability says so.
        scores: (N,) subspace similarity at the peak, 0 to 1; 0 for a point that nothing usable lies near: its pixel is then
            where the other points expect it.
        margins: (N,) how far the best score elsewhere in the radiograph stays below.
        probability: (N,) that the detection is right to within a few pixels of the network's scale.
        inliers: (N,) bool, those that agree with a pose; all False until one was found.
        set_index: which template set matched.
        rotation_deg: by how much the radiograph was turned to match it: ``camera_from_ras`` is near
            ``Rz(-rotation_deg) @ sets.rotations[set_index]``.
        bone_is_bright: polarity that the radiograph was taken to have.
    """

    points_ras: np.ndarray
    pixels: np.ndarray
    scores: np.ndarray
    margins: np.ndarray
    probability: np.ndarray
    inliers: np.ndarray
    set_index: int
    rotation_deg: float
    bone_is_bright: bool

    def __len__(self) -> int:
        return len(self.points_ras)

    def with_inliers(self, inliers: np.ndarray) -> Landmarks:
        """The same with the flags of a pose."""
        return replace(self, inliers=np.asarray(inliers, dtype=bool))

    def chosen(self, which: np.ndarray) -> Landmarks:
        """Some of them, by index or by a mask."""
        return replace(
            self,
            points_ras=self.points_ras[which],
            pixels=self.pixels[which],
            scores=self.scores[which],
            margins=self.margins[which],
            probability=self.probability[which],
            inliers=self.inliers[which],
        )
