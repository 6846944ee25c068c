"""The values of all cameras that are on trial, in one row, and how the sums of all views speak of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.problem import Problem

from .camera_slopes import TESTED, VALUES
from .camera_sums import COLUMNS, Sums, sums_of
from .cells import Picture

RIG = 6  # degrees of freedom of a camera in its rig
OUTLINE_MM = 0.15
"""Standard deviation of where a cell's piece of an outline is drawn."""
WIDENED = 1.3
"""Of the sandwich's variance: neighbouring cells are not quite independent. Both measured on right cameras of twelve
subjects (``Testing/bench/camera_errors.py``, those to develop on), so that estimates scatter by one standard deviation."""
RIDGE = 1e-9  # no more than rounding needs: perspective is a small part of a large derivative by depth


@dataclass(frozen=True)
class Layout:
    """Places of the values: of each view distance, aspect, radial; then of each further view its six of the rig (turns about
    the bone's centre and shifts of the bone in that view, own axes); then of each view its principal point's column and row,
    which are not tested.
    """

    views: int

    @property
    def tested(self) -> int:
        """Number of values that are tested."""
        return len(TESTED) * self.views + RIG * (self.views - 1)

    @property
    def size(self) -> int:
        """Number of all values."""
        return self.tested + 2 * self.views

    def of_camera(self, view: int) -> slice:
        """Distance, aspect and radial term of a view."""
        return slice(len(TESTED) * view, len(TESTED) * (view + 1))

    def of_rig(self, view: int) -> slice:
        """The six of a view after the first."""
        start = len(TESTED) * self.views + RIG * (view - 1)
        return slice(start, start + RIG)

    def principal_point(self, view: int) -> slice:
        """Column and row of a view."""
        return slice(self.tested + 2 * view, self.tested + 2 * view + 2)

    def columns(self, view: int, turn: np.ndarray, depth_mm: float | None) -> np.ndarray:
        """(11, 6 + size) by which a view's own derivatives make those by the pose (first camera's axes) and by all values.

        Args:
            view: its number.
            turn: (3, 3) rotation of its camera from the first.
            depth_mm: by which the bone goes along with the view's distance; None where it stays.
        """
        matrix = np.zeros((COLUMNS, 6 + self.size))
        matrix[:3, :3] = matrix[3:6, 3:6] = turn
        values = matrix[:, 6:]
        values[6 : 6 + len(TESTED), self.of_camera(view)] = np.eye(len(TESTED))
        values[6 + len(TESTED) :, self.principal_point(view)] = np.eye(len(VALUES) - len(TESTED))
        if view:
            values[:6, self.of_rig(view)] = np.eye(RIG)
        if depth_mm is not None:
            values[5, self.of_camera(view).start] = depth_mm
        return matrix


@dataclass(frozen=True, eq=False)
class Joint:
    """All views' cells at one scale.

    Attributes:
        layout: of the values.
        free: indices of the pose's degrees of freedom that may move.
        hessians: (C, 6 + N, 6 + N) by the pose and the values.
        pulls: (C, 6 + N).
        slides: (C, 6 + N, 2) pulls of a cell whose piece of bone is drawn 1 mm beside its place, along its view's x and y.
        depth_mm: of the bone in the first view.
    """

    layout: Layout
    free: np.ndarray
    hessians: np.ndarray
    pulls: np.ndarray
    slides: np.ndarray
    depth_mm: float

    @classmethod
    def of(cls, sums: Sequence[Sums], turns: Sequence[np.ndarray], free: np.ndarray, depth_mm: float) -> Joint:
        """From each view's.

        Args:
            sums: of the views at one scale.
            turns: (3, 3) rotations of their cameras from the first.
            free: indices of the pose's degrees of freedom that may move.
            depth_mm: of the bone in the first view.
        """
        layout = Layout(len(sums))
        alone = len(sums) == 1  # then the bone goes along with the distance, wherever its depth is held
        columns = [layout.columns(view, turn, depth_mm if alone else None) for view, turn in enumerate(turns)]
        return cls(
            layout,
            free,
            np.concatenate([each.T @ own.hessians @ each for own, each in zip(sums, columns, strict=True)]),
            np.concatenate([own.pulls @ each for own, each in zip(sums, columns, strict=True)]),
            np.concatenate([each.T @ own.hessians[:, :, 3:5] for own, each in zip(sums, columns, strict=True)]),
            depth_mm,
        )

    @property
    def distance(self) -> np.ndarray:
        """(6 + N,) the change by which all distances change alike, the bone going along on the first camera's axis."""
        together = np.zeros(6 + self.layout.size)
        together[[6 + self.layout.of_camera(view).start for view in range(self.layout.views)]] = 1
        together[5] = 0.0 if self.layout.views == 1 else self.depth_mm
        return together

    def response(self) -> np.ndarray:
        """(6, N) by how much the pose that fits best changes with each value, Gauss-Newton."""
        hessian = self.hessians.sum(axis=0)
        found = np.zeros((6, self.layout.size))
        found[self.free] = -solved(hessian[np.ix_(self.free, self.free)], hessian[self.free][:, 6:])
        if self.layout.views == 1:  # the bone went along with the distance
            found[5, self.layout.of_camera(0).start] += self.depth_mm
        return found

    def without_pose(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Curvature (T, T), pull (T,) and the pull's covariance (T, T) of the tested values, the pose following.

        The covariance is the sandwich's, of what a step of pose and values together leaves of the cells' pulls; with few
        cells it is drawn towards the curvature's shape, as is usual for covariances of many values from few samples. To it
        comes what no residual shows: threshold, voxels and blur of the CT put each piece of an outline beside its place.
        """
        count = self.layout.tested
        kept = np.concatenate([self.free, 6 + np.arange(count)])
        hessians, pulls = self.hessians[:, kept][:, :, kept], self.pulls[:, kept]
        hessian, pose = hessians.sum(axis=0), len(self.free)
        follow = np.concatenate([-solved(hessian[:pose, :pose], hessian[:pose, pose:]), np.eye(count)])
        curvature = follow.T @ hessian @ follow
        step = solved(hessian, pulls.sum(axis=0)[:, None])[:, 0]
        left = (pulls - hessians @ step) @ follow
        cells = len(pulls)
        spread = left.T @ left * cells / max(cells - len(kept), 1)
        shrinkage = min(1.0, count / max(cells, 1))
        usual = float(np.mean(np.diag(spread) / np.maximum(np.diag(curvature), 1e-12)))
        spread = WIDENED * ((1 - shrinkage) * spread + shrinkage * usual * curvature)
        beside = np.einsum("ij,cik->jck", follow, self.slides[:, kept]).reshape(count, -1)
        spread = spread + OUTLINE_MM**2 * beside @ beside.T
        return (curvature + curvature.T) / 2, follow.T @ pulls.sum(axis=0), spread


def joint_of(problem: Problem, pose: Poses, free: np.ndarray, pictures: Sequence[Picture]) -> list[Joint]:
    """All views' cells, by scale (``SCALES``).

    Args:
        problem: what was registered.
        pose: first camera from RAS.
        free: indices of the degrees of freedom that may move.
        pictures: of all views at that pose and ``JUDGING_LEVEL``.
    """
    turns = [view.camera_from_first[:3, :3] for view in problem.views]
    return [Joint.of(sums, turns, free, pictures[0].depth_mm) for sums in sums_of(problem, pose, pictures)]


def solved(matrix: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """``matrix^-1 vectors`` of a positive matrix, in units that make its diagonal one."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-12))
    scaled = matrix / np.outer(scale, scale) + RIDGE * np.eye(len(matrix))
    return np.asarray(np.linalg.solve(scaled, vectors / scale[:, None]) / scale[:, None])
