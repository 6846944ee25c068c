"""The reconstructed surfaces as a mesh in space, with the standard deviation of each vertex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.detector.reconstruction import LEAST_BONE, Reconstruction
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

# Neighboring rays whose depths differ by more belong to bones one behind the other, mm; chosen: a pixel is some 3 mm wide,
# and of a steep surface such as a femur's neck five of them are deep.
FARTHEST_STEP_MM = 20.0
DEVIATIONS_OF_SCALE = 2**0.5  # of a Laplace distribution


@dataclass(frozen=True, eq=False)
class SurfaceMesh:
    """Triangles where rays enter bone, and where they leave it.

    Attributes:
        points: (N, 3) mm.
        triangles: (M, 3) indices.
        deviations_mm: (N,) standard deviation of each point along its ray, as the network has it.
        leaves: (N,) bool, whether rays leave the bone there.
        frame: "camera" (x right, y down, z away from the source) or "RAS" (of the CT).
    """

    points: np.ndarray
    triangles: np.ndarray
    deviations_mm: np.ndarray
    leaves: np.ndarray
    frame: str = "camera"

    def moved(self, transform: RigidTransform, frame: str) -> SurfaceMesh:
        """The same in another frame."""
        return SurfaceMesh(transform.apply(self.points), self.triangles, self.deviations_mm, self.leaves, frame)

    @classmethod
    def joined(cls, parts: Sequence[SurfaceMesh]) -> SurfaceMesh:
        """Several in one frame, as one."""
        starts = np.cumsum([0, *(len(part.points) for part in parts)])
        return cls(
            np.concatenate([part.points for part in parts]),
            np.concatenate([part.triangles + start for part, start in zip(parts, starts[:-1], strict=True)]),
            np.concatenate([part.deviations_mm for part in parts]),
            np.concatenate([part.leaves for part in parts]),
            parts[0].frame,
        )


def mean_depth_by_pose(seen: Reconstruction, camera_from_ras: RigidTransform) -> float:
    """Depth of the bone in view, mm, that a pose of the CT gives to what was reconstructed in the CT's coordinates.

    Raises:
        InputProblem: the reconstruction knows no CT, or shows no bone.
    """
    _needs_bone(seen)
    if seen.points_ras is None:
        raise InputProblem("the reconstruction is by a network that knows no CT; give the bone's depth in place of a pose")
    return float(np.median(camera_from_ras.apply(seen.points_ras[:, seen.is_bone].reshape(-1, 3))[:, 2]))


def surface_mesh(seen: Reconstruction, depth_mm: float) -> SurfaceMesh:
    """Both surfaces in the X-ray's frame.

    Args:
        seen: what an X-ray shows.
        depth_mm: mean depth of the bone in view; of one view it is not to be seen, and scales all.

    Raises:
        InputProblem: it shows no bone.
    """
    _needs_bone(seen)
    rays = np.concatenate([seen.rays, np.ones_like(seen.rays[..., :1])], axis=-1)
    parts = []
    for number in range(2):
        depths = depth_mm * seen.depths[number]
        index, triangles = _grid_triangles(seen.is_bone, depths)
        chosen = index >= 0
        deviations = DEVIATIONS_OF_SCALE * depth_mm * seen.depth_scales[number][chosen]
        points = (rays * depths[..., None])[chosen]
        parts.append(SurfaceMesh(points, triangles, deviations, np.full(len(points), number == 1)))
    return SurfaceMesh.joined(parts)


def _grid_triangles(is_bone: np.ndarray, depths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number of each ray's vertex (h, w), -1 where there is none, and triangles (M, 3) between neighbors of like depth."""
    index = np.full(is_bone.shape, -1)
    index[is_bone] = np.arange(int(is_bone.sum()))
    corners = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
    near = np.stack([depths[:-1, :-1], depths[:-1, 1:], depths[1:, 1:], depths[1:, :-1]], axis=-1).reshape(-1, 4)
    both = np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]])
    spread = np.concatenate([np.ptp(near[:, [0, 1, 2]], axis=1), np.ptp(near[:, [0, 2, 3]], axis=1)])
    return index, both[(both >= 0).all(axis=1) & (spread <= FARTHEST_STEP_MM)]


def _needs_bone(seen: Reconstruction) -> None:
    if seen.is_bone.sum() < LEAST_BONE:
        raise InputProblem("the network sees no bone in the X-ray; check its polarity, its camera and the depth")
