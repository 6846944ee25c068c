"""DRRs of all bodies at their poses, and how they change; a body that hardly moved is not projected again.

The poses of the bodies settle one after the other: a pelvis stands after a few steps, while a femur still turns about its
shaft. Over a small part of a pixel its picture changes as its derivatives say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.pose.alignment.level_view import LevelView
from RayEmbRegistrationLib.pose.prior import rotation_vectors

from .state import State

if TYPE_CHECKING:
    from .bodies import Body
    from .solve import JointProblem

HARDLY_PX = 0.02
"""By how much a body may have moved since its picture was taken, in pixels of the level. Chosen: on six cases the bones'
errors are as if all were projected again, in less time (with 0.05 fragments' were a third larger)."""
LOOKED_PX = 0.05
"""Likewise where a state is only looked at, and nothing goes on from there; chosen: what is uncertain changes by 1 %."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A body as a view showed it.

    Attributes:
        matrix: (4, 4) its pose then, first camera from RAS.
        center: (3,) mm, where the middle of its turns was in the first camera.
        image: (1, H, W) its DRR.
        columns: (6, P) by turns about the first camera's axes (rad) and shifts along them (mm).
    """

    matrix: torch.Tensor
    center: torch.Tensor
    image: torch.Tensor
    columns: torch.Tensor

    def step_to(self, matrix: torch.Tensor, center: torch.Tensor) -> torch.Tensor:
        """(6,) turn (rad) and shift (mm) from then to a pose."""
        turn = matrix[:3, :3] @ self.matrix[:3, :3].T
        return torch.cat([rotation_vectors(turn[None])[0], center - self.center])


Album = dict[int, Picture]
"""By a body's number, what a view last showed of it."""


def albums_for(problem: JointProblem, terms: Sequence[LevelView]) -> list[Album | None]:
    """Empty albums for the views of a level; None where the volume changes, and every picture with it."""
    return [None if problem.block is not None else {} for _ in terms]


def images_of(
    problem: JointProblem,
    state: State,
    term: LevelView,
    slopes: bool,
    changes: torch.Tensor | None = None,
    album: Album | None = None,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """A view's DRR (1, H, W) with every body at its pose, and its derivatives (1, n, H, W) where asked.

    Args:
        problem: the blocks.
        state: of all blocks.
        term: the view at a level.
        slopes: whether derivatives are wanted.
        changes: (m, P) those of the volume's coefficients, where they are known.
        album: what the view showed last, which is used where a body hardly moved, and kept up; None projects all.
    """
    camera = term.camera
    total = torch.zeros((1, camera.height, camera.width), device=problem.bodies.device)
    columns = []
    for number in range(len(problem.bodies)):
        image, own = image_of_body(problem, state, number, term, slopes, album)
        total = total + image
        if own is not None:
            columns.append(own)
    if not slopes:
        return total, None
    if problem.block is not None:
        columns.append(changes_of(problem, state, term) if changes is None else changes)
    return total, torch.cat(columns).view(1, -1, camera.height, camera.width)


def image_of_body(
    problem: JointProblem, state: State, number: int, term: LevelView, slopes: bool, album: Album | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """One body's part of a view's DRR (1, H, W), and its derivatives (6, P) where asked; see ``images_of``."""
    body, relative = problem.bodies.each[number], term.camera_from_first
    pose = state.poses[number : number + 1]
    matrix, center = pose.matrices[0], pose.centers(body.center_ras)[0]
    known = None if album is None else album.get(number)
    if known is not None:
        step = known.step_to(matrix, center)
        if _pixels_moved(step, body, term, center) <= (HARDLY_PX if slopes else LOOKED_PX):
            image = known.image + (step.to(known.columns) @ known.columns).view_as(known.image)
            return image, known.columns if slopes else None
    projector = _projector(problem, state, number, term)
    seen = pose.seen_from(relative)
    if not slopes:
        return projector.render(seen, term.camera), None
    turn = relative[:3, :3].float()
    in_view = relative[:3, :3] @ center + relative[:3, 3]
    image, jacobian = projector.render_with_jacobian(seen.matrices, term.camera, in_view[None])
    columns = torch.cat([turn.T @ jacobian[0, :3].flatten(1), turn.T @ jacobian[0, 3:].flatten(1)])
    if album is not None:
        album[number] = Picture(matrix, center, image, columns)
    return image, columns


def _pixels_moved(step: torch.Tensor, body: Body, term: LevelView, center: torch.Tensor) -> float:
    """By how many of a view's pixels a step (6,) moves a body's farthest point, at most."""
    relative = term.camera_from_first
    depth = float(relative[2, :3] @ center + relative[2, 3])
    arm = float(np.linalg.norm(body.points_ras - body.center_ras, axis=1).max())
    moved_mm = float(step[:3].norm()) * arm + float(step[3:].norm())
    focal_px = float(np.linalg.norm(term.camera.K[:2, :2], ord=2))
    return moved_mm * focal_px / max(depth - arm, 1.0)


def changes_of(problem: JointProblem, state: State, term: LevelView) -> torch.Tensor:
    """(m, P) how a view's DRR changes with each coefficient of the volume's block."""
    if problem.block is None:
        raise RuntimeError("nothing changes the volume")
    bodies, reduction = problem.bodies, problem.bodies.reduction_of(term.projector)
    total = torch.zeros((len(problem.block.precision), term.camera.height * term.camera.width), device=bodies.device)
    for number in range(len(bodies)):
        pose = state.poses[number : number + 1].seen_from(term.camera_from_first)
        values, grid = bodies.reduced(number, reduction)
        total += problem.block.columns(values, grid, state.coefficients, pose, term.camera).flatten(1)
    return total


def _projector(problem: JointProblem, state: State, number: int, term: LevelView) -> JosephProjector:
    """A body's projector at a term's resolution, the volume changed as the state has it."""
    reduction = problem.bodies.reduction_of(term.projector)
    if problem.block is None:
        return problem.bodies.projector(number, reduction)
    values, grid = problem.bodies.reduced(number, reduction)
    return JosephProjector(problem.block.changed(values, grid, state.coefficients), grid, problem.bodies.device)
