"""What a user's start says of the pose, as a Gaussian: a part of the objective, and a limit to what may be believed.

In the objective it is worth what it is worth beside the image: the image's residual tells its own noise, and the prior is
weighed against it (a maximum a posteriori estimate).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses

BOUND_IN_DEVIATIONS = 2.0
"""A start that is said to be good to 10 mm is taken to be off by more in one case of twenty: its standard deviation along
each axis is half of what is said."""
ALLOWED_DEVIATIONS = 3.0  # a result farther off than this many standard deviations contradicts the start


@dataclass(frozen=True, eq=False)
class PosePrior:
    """A Gaussian over poses.

    Attributes:
        pose: (4, 4) its middle, first camera from RAS.
        center_ras: (3,) mm, the bone's centre; turns are about it.
        deviations: (6,) standard deviations of turns (rad) and shifts (mm) along the first camera's axes; infinite where
            nothing is known.
    """

    pose: np.ndarray
    center_ras: np.ndarray
    deviations: np.ndarray

    @property
    def information(self) -> np.ndarray:
        """(6, 6) inverse covariance."""
        return np.diag(1.0 / np.square(self.deviations))

    def offsets(self, poses: Poses) -> torch.Tensor:
        """(B, 6) turns (rad) and shifts (mm) of B poses from the middle, first camera's axes."""
        own = Poses.of(self.pose, poses.device)
        turn = poses.matrices[:, :3, :3] @ own.matrices[0, :3, :3].T
        shift = poses.centers(self.center_ras) - own.centers(self.center_ras)
        return torch.cat([rotation_vectors(turn), shift], dim=1)

    def distances(self, poses: Poses) -> torch.Tensor:
        """(B, 6) the same in standard deviations."""
        deviations = torch.as_tensor(self.deviations, dtype=torch.float64, device=poses.device)
        return self.offsets(poses) / deviations

    def farthest(self, pose: Poses) -> tuple[int, float]:
        """Which of turning, shifting across and depth (0, 1, 2) a pose is farthest off in, in standard deviations.

        Turns and shifts across are taken together, by the root of their squares' sum.
        """
        own = self.distances(pose)[0].cpu().numpy()
        parts = [float(np.linalg.norm(own[:3])), float(np.linalg.norm(own[3:5])), float(abs(own[5]))]
        return int(np.argmax(parts)), max(parts)

    def with_depth(self, depth_mm: tuple[float, float]) -> PosePrior:
        """Joined with a range (least, most) of the bone centre's depth that a user typed, an interval of 95 %."""
        low, high = depth_mm
        typed = np.array([(low + high) / 2, max((high - low) / 2 / BOUND_IN_DEVIATIONS, 1e-3)])
        own = np.array([float((self.pose @ np.append(self.center_ras, 1))[2]), self.deviations[5]])
        weights = 1 / np.square([typed[1], own[1]])
        depth = (weights @ [typed[0], own[0]]) / weights.sum()
        pose, deviations = self.pose.copy(), self.deviations.copy()
        pose[2, 3] += depth - own[0]
        deviations[5] = weights.sum() ** -0.5
        return PosePrior(pose, self.center_ras, deviations)


def nothing_known(center_ras: np.ndarray) -> PosePrior:
    """Of no start."""
    return PosePrior(np.eye(4), np.asarray(center_ras), np.full(6, np.inf))


def start_prior(pose: np.ndarray, center_ras: np.ndarray, rotation_deg: float, translation_mm: float) -> PosePrior:
    """Of a start pose (4, 4) that is good to so many degrees and millimetres."""
    turn, shift = np.radians(rotation_deg) / BOUND_IN_DEVIATIONS, translation_mm / BOUND_IN_DEVIATIONS
    return PosePrior(pose, np.asarray(center_ras), np.array([turn] * 3 + [shift] * 3))


def rotation_vectors(turns: torch.Tensor) -> torch.Tensor:
    """(B, 3) axis times angle (rad) of rotations (B, 3, 3); of half a turn the axis's sign is open."""
    skew = torch.stack(
        [turns[:, 2, 1] - turns[:, 1, 2], turns[:, 0, 2] - turns[:, 2, 0], turns[:, 1, 0] - turns[:, 0, 1]], dim=1
    )
    sine = skew.norm(dim=1) / 2
    cosine = (torch.diagonal(turns, dim1=1, dim2=2).sum(dim=1) - 1) / 2
    angle = torch.atan2(sine, cosine)
    direct = skew / 2 * torch.where(sine > 1e-9, angle / sine.clamp_min(1e-12), torch.ones_like(sine))[:, None]
    # Near half a turn the sine vanishes; the axis is the eigenvector that the symmetric part shows.
    symmetric = (turns + turns.transpose(1, 2)) / 2
    column = torch.diagonal(symmetric, dim1=1, dim2=2).argmax(dim=1)
    axis = symmetric[torch.arange(len(turns), device=turns.device), :, column] + torch.nn.functional.one_hot(column, 3)
    axis = torch.nn.functional.normalize(axis, dim=1) * angle[:, None]
    return torch.where((cosine < -0.999)[:, None], axis, direct)
