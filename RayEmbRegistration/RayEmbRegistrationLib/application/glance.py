"""What an adjustment looks like on its way: small DRRs, and where the bones have moved to, in a few milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.joint.bodies import Bodies
from RayEmbRegistrationLib.pose.joint.solve import JointProblem
from RayEmbRegistrationLib.pose.joint.state import State
from RayEmbRegistrationLib.pose.view import View

GLANCE_PX = 128  # largest side of a DRR on the way; chosen: as of a registration's
SHAPE_VOXELS = 80  # along the longest side of a bone's shape on the way; chosen: its surface is made in some 50 ms
_FINE_MM = 1.5  # of voxels, finer than which two by two are taken together: such a picture shows no more; chosen


@dataclass(frozen=True, eq=False)
class Glance:
    """A state on the way.

    Attributes:
        drrs: (h, w) line integrals of bone, one an X-ray, over its whole field.
        motions: number of a body to how it has moved against the first one, in RAS; the first does not move.
    """

    drrs: tuple[np.ndarray, ...]
    motions: Mapping[int, RigidTransform]


def glance(joint: JointProblem, state: State, views: Sequence[View], largest_side: int = GLANCE_PX) -> Glance:
    """A state as it is looked at.

    Args:
        joint: bodies, and what changes the volume.
        state: their poses and coefficients.
        views: the X-rays.
        largest_side: of a DRR, px.
    """
    with torch.no_grad():
        projectors = [_projector(joint, state, number) for number in range(len(joint.bodies))]
        drrs = []
        for view in views:
            own = view.radiograph.camera
            scale = min(1.0, largest_side / max(own.image_size))
            camera = own.resample(max(1, round(own.width * scale)), max(1, round(own.height * scale)))
            total = np.zeros((camera.height, camera.width), np.float32)
            for number, projector in enumerate(projectors):
                pose = state.poses[number : number + 1].seen_from(view.camera_from_first)
                total = total + projector.render(pose, camera)[0].cpu().numpy()
            drrs.append(total)
    poses = state.poses.numpy
    back = np.linalg.inv(poses[0])
    return Glance(tuple(drrs), {n: RigidTransform.from_matrix(back @ poses[n]) for n in range(1, len(poses))})


def _projector(joint: JointProblem, state: State, number: int) -> JosephProjector:
    bodies = joint.bodies
    reduction = 2 if abs(np.linalg.det(bodies.ras_from_ijk[:3, :3])) ** (1 / 3) < _FINE_MM else 1
    if joint.block is None:
        return bodies.projector(number, reduction)
    values, grid = bodies.reduced(number, reduction)
    return JosephProjector(joint.block.changed(values, grid, state.coefficients), grid, bodies.device)


def shape_of(bodies: Bodies, number: int) -> tuple[np.ndarray, np.ndarray]:
    """(K, J, I) float32, how much of each coarse voxel is a body's, and their grid (4, 4): a surface lies at a half."""
    inside = torch.nonzero(bodies.values[number] > 0)
    if len(inside) == 0:
        return np.zeros((1, 1, 1), np.float32), bodies.ras_from_ijk
    low, high = inside.amin(dim=0).tolist(), (inside.amax(dim=0) + 1).tolist()
    step = max(1, -(-max(b - a for a, b in zip(low, high, strict=True)) // SHAPE_VOXELS))
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    filled = (bodies.values[number][box] > 0).float()[None, None]
    shares = torch.nn.functional.avg_pool3d(filled, step, ceil_mode=True)[0, 0].cpu().numpy()
    grid = bodies.ras_from_ijk.copy()
    grid[:3, 3] += grid[:3, :3] @ (np.array(low[::-1]) + (step - 1) / 2)
    grid[:3, :3] *= step
    return shares, grid
