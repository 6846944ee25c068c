"""What is estimated: a pose a body, and coefficients of what changes the volume."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.alignment.refinement import motion
from RayEmbRegistrationLib.pose.prior import PosePrior, rotation_vectors

from .bodies import Bodies

POSE_SIZE = 6  # numbers of a body's pose: three turns, three shifts


class VolumeBlock(Protocol):
    """A named block of coefficients that changes the bones' attenuation: a warp, modes of shape."""

    @property
    def name(self) -> str:
        """Of the block."""
        ...

    @property
    def precision(self) -> np.ndarray:
        """(n, n) inverse covariance of the coefficients before any X-ray; their middle is 0."""
        ...

    def changed(self, values: torch.Tensor, ras_from_ijk: np.ndarray, coefficients: torch.Tensor) -> torch.Tensor:
        """A body's attenuation (K, J, I) changed."""
        ...

    def columns(
        self, values: torch.Tensor, ras_from_ijk: np.ndarray, coefficients: torch.Tensor, pose: Poses, camera: Camera
    ) -> torch.Tensor:
        """(n, H, W) how the DRR of a body changes with each coefficient."""
        ...


@dataclass(frozen=True, eq=False)
class State:
    """A point in the space of all blocks.

    Attributes:
        poses: first camera from RAS, one a body.
        coefficients: (n,) float64 of the volume block; (0,) without one.
    """

    poses: Poses
    coefficients: torch.Tensor

    @classmethod
    def rigid(cls, pose: Poses, bodies: int, coefficients: int = 0) -> State:
        """All bodies at one pose, the volume as in the CT."""
        same = Poses(pose.matrices[:1].repeat(bodies, 1, 1))
        return cls(same, torch.zeros(coefficients, dtype=torch.float64, device=pose.device))

    def moved(self, step: torch.Tensor, bodies: Bodies) -> State:
        """After a step (6 a body, then coefficients); a body turns about its own centre, in the first camera's axes."""
        size = POSE_SIZE * len(bodies)
        centers = body_centers(self.poses, bodies)
        poses = self.poses.moved(motion(step[:size].view(-1, POSE_SIZE), centers))
        return replace(self, poses=poses, coefficients=self.coefficients + step[size:])


def body_centers(poses: Poses, bodies: Bodies) -> torch.Tensor:
    """(bodies, 3) where each body's centre lies in the first camera's frame, mm."""
    own = torch.as_tensor(np.array([body.center_ras for body in bodies.each]), dtype=torch.float64, device=poses.device)
    rotated: torch.Tensor = (poses.matrices[:, :3, :3] @ own[..., None])[..., 0]
    return rotated + poses.matrices[:, :3, 3]


@dataclass(frozen=True, eq=False)
class Pull:
    """What the priors say at a state.

    Attributes:
        cost: half the sum of squares, in standard deviations.
        gradient: (n,) its derivative.
        information: (n, n) its second derivative.
    """

    cost: float
    gradient: torch.Tensor
    information: torch.Tensor


def pull_of(state: State, bodies: Bodies, prior: PosePrior | None, block: VolumeBlock | None) -> Pull:
    """Priors of the root's pose, of the joints, and of the volume's coefficients, together."""
    poses, size = state.poses, POSE_SIZE * len(bodies)
    total = size + len(state.coefficients)
    like = torch.zeros(0, dtype=torch.float64, device=poses.device)
    rows, residuals = [], []
    if prior is not None:
        row = like.new_zeros((POSE_SIZE, total))
        weights = torch.as_tensor(1 / prior.deviations).to(like)
        row[:, :POSE_SIZE] = torch.diag(weights)
        rows.append(row)
        residuals.append(weights * prior.offsets(poses[:1])[0])
    for number, body in enumerate(bodies.each):
        if body.parent is None or not np.isfinite([body.hinge.turn_deg, body.hinge.shift_mm]).any():
            continue
        deviations = [np.radians(body.hinge.turn_deg)] * 3 + [body.hinge.shift_mm] * 3
        weights = torch.as_tensor(1 / np.array(deviations)).to(like)
        own, row = offsets_at_joint(state, bodies, number), like.new_zeros((POSE_SIZE, total))
        row[:, POSE_SIZE * number : POSE_SIZE * (number + 1)] = torch.eye(POSE_SIZE).to(like)
        parent = slice(POSE_SIZE * body.parent, POSE_SIZE * (body.parent + 1))
        row[:, parent] = -torch.eye(POSE_SIZE).to(like)
        row[3:, parent][:, :3] = _cross_matrix(_at_joint(state, bodies, number) - body_centers(poses, bodies)[body.parent])
        rows.append(weights[:, None] * row)
        residuals.append(weights * own)
    slopes = torch.cat(rows) if rows else like.new_zeros((0, total))
    residual = torch.cat(residuals) if rows else like.new_zeros(0)
    cost, gradient, information = float(residual @ residual) / 2, slopes.T @ residual, slopes.T @ slopes
    if block is not None:
        precision = torch.as_tensor(block.precision).to(like)
        pulled = precision @ state.coefficients
        cost += float(state.coefficients @ pulled) / 2
        gradient[size:] += pulled
        information[size:, size:] += precision
    return Pull(cost, gradient, information)


def offsets_at_joint(state: State, bodies: Bodies, number: int) -> torch.Tensor:
    """(6,) how a body stands against its parent, otherwise than in the CT: turn (rad), shift of its centre (mm)."""
    parent = bodies.each[number].parent
    if parent is None:
        raise RuntimeError("the root hangs on nothing")
    matrices = state.poses.matrices
    turn = rotation_vectors((matrices[number, :3, :3] @ matrices[parent, :3, :3].T)[None])[0]
    shift = body_centers(state.poses, bodies)[number] - _at_joint(state, bodies, number)
    return torch.cat([turn, shift])


def _at_joint(state: State, bodies: Bodies, number: int) -> torch.Tensor:
    """(3,) where a body's centre would be if it moved with its parent."""
    body = bodies.each[number]
    if body.parent is None:
        raise RuntimeError("the root hangs on nothing")
    return state.poses[body.parent : body.parent + 1].centers(body.center_ras)[0]


def _cross_matrix(vector: torch.Tensor) -> torch.Tensor:
    """(3, 3) [v]x; the shift of a point at v by a turn w is w x v = -[v]x w."""
    x, y, z = vector.unbind()
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero]).view(3, 3)
