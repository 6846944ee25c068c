"""A shape model fitted to X-rays together with its pose: one Gauss-Newton for both, over any number of views.

Columns of the pose are the projector's own; that of a mode is the projection of what the mode changes of the volume. Weights
of modes have their prior, N(0, 1), worth what it is worth beside the image's own noise (a maximum a posteriori estimate).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.level_view import LevelView
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import MM_PER_RADIAN, motion
from RayEmbRegistrationLib.pose.alignment.similarity import Agreement, compare
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.volumes.bone import bone_points

from .shape_model import CORTEX_HU, INNER_HU, SOFT_HU, ShapeModel, filling

LEVELS = (Level(48, 5, 8), Level(64, 5, 8), Level(96, 7, 6))  # chosen: coarse first, as any refinement here
# Standard deviations of the pose's turn (rad) and shift across the beam and along it from where the mean shape was found;
# chosen: a bone a twentieth larger is found 40 mm nearer.
TURN, SHIFT_MM = 0.1, np.array([15.0, 15.0, 40.0])
POINTS = 600  # of the bone, that its box and depth are told from; chosen
MOST_WEIGHT = 3.0  # standard deviations of a mode; chosen: beyond, it is no bone of the model


@dataclass(frozen=True, eq=False)
class ShapeFit:
    """A shape and where it stands.

    Attributes:
        weights: (M,) standard deviations of the modes.
        pose: (4, 4) first camera from the model's RAS.
        covariance: (6 + M, 6 + M) of turn (rad), shift (mm), and weights.
        similarity: of the fitted shape, -1 to 1; by view.
        seen: how many modes the views tell better than half of what was known before.
    """

    weights: np.ndarray
    pose: np.ndarray
    covariance: np.ndarray
    similarity: tuple[float, ...]
    seen: int

    @property
    def depth_deviation_mm(self) -> float:
        """Standard deviation of the pose's depth."""
        return float(np.sqrt(self.covariance[5, 5]))


@dataclass(frozen=True, eq=False)
class _State:
    """A pose and weights, and how they fit."""

    poses: Poses
    weights: np.ndarray
    agreement: Agreement
    cost: float


def prepared_stand_in(model: ShapeModel, weights: np.ndarray, view: str, device: str | torch.device = "cpu") -> PreparedCT:
    """The shape as a prepared CT, without anything that a search needs."""
    distance = model.distance(weights)
    values = torch.as_tensor(_attenuation(distance, model.spacing_mm)[0], device=device)
    points = bone_points(distance < 0, model.ras_from_ijk, POINTS, 0)
    return PreparedCT(values, model.ras_from_ijk, None, points, None, view)


def fit_shape(
    model: ShapeModel,
    views: Sequence[View],
    pose: np.ndarray,
    view: str = "ap",
    report: Callable[[float], None] = lambda _: None,
    levels: Sequence[Level] = LEVELS,
) -> ShapeFit:
    """Fit shape and pose.

    Args:
        model: of the bone.
        views: X-rays under their polarities, the first one's camera being the frame of the pose.
        pose: (4, 4) where to start, first camera from the model's RAS.
        view: name of the view prior, for what is prepared on the way.
        report: called with the share done; may raise to stop.
        levels: one after the other.

    Raises:
        NotInViewError: the pose shows no bone.
    """
    weights, poses, state, terms = np.zeros(len(model.modes)), Poses.of(pose), None, []
    steps = sum(level.iterations for level in levels)
    done = 0
    with torch.no_grad():
        for level in levels:
            prepared = prepared_stand_in(model, weights, view)
            terms = make_level_views(views, prepared, poses, level)
            problem = _Problem(model, terms, prepared.center_ras, pose)
            state, damping = problem.state(poses, weights), 1e-2
            for _ in range(level.iterations):
                report(done / steps)
                done += 1
                tried = problem.stepped(state, damping)
                better = tried.cost < state.cost
                state = tried if better else state
                damping = min(1e3, max(1e-4, damping * (0.3 if better else 6)))
            poses, weights = state.poses, state.weights
        assert state is not None  # noqa: S101 - there are levels; for the type checker
        covariance = problem.covariance(state)
        own = tuple(float(problem.agreement_of(term, state.poses, weights).similarity) for term in terms)
    seen = int((np.sqrt(np.diag(covariance)[6:]) < 0.5).sum())
    return ShapeFit(weights, poses.numpy[0], covariance, own, seen)


class _Problem:
    """The objective at one level."""

    def __init__(self, model: ShapeModel, terms: Sequence[LevelView], center: np.ndarray, start: np.ndarray) -> None:
        self.model, self.terms, self.center = model, terms, center
        self.start = Poses.of(start).centers(center)[0].numpy()

    def state(self, poses: Poses, weights: np.ndarray) -> _State:
        """With its Gauss-Newton terms."""
        values, slope = _attenuation(self.model.distance(weights), self.model.spacing_mm)
        volume = JosephProjector(torch.as_tensor(values), self.model.ras_from_ijk)
        changes = [JosephProjector(torch.as_tensor(slope * mode), self.model.ras_from_ijk) for mode in self.model.modes]
        total: Agreement | None = None
        for term in self.terms:
            found = self._with_columns(term, poses, (volume, changes))
            total = found if total is None else total + found
        assert total is not None  # noqa: S101 - there is a view; for the type checker
        worth = self._worth(total)
        off = poses.centers(self.center)[0].numpy() - self.start
        prior = float((weights**2).sum() + ((off / SHIFT_MM) ** 2).sum()) / 2
        cost = float(-total.evidence * total.xray_energy.sqrt() * total.drr_energy.sqrt()) + worth * prior
        return _State(poses, weights, total, cost / float(total.drr_energy.sqrt() * total.xray_energy.sqrt()))

    def stepped(self, state: _State, damping: float) -> _State:
        """After one damped step."""
        information, pull = self._prior(state)
        worth = self._worth(state.agreement)
        hessian = state.agreement.hessian[0].numpy() + worth * information
        gradient = state.agreement.gradient[0].numpy() - worth * pull
        scale = np.diag(hessian).copy()
        scale[:6] += 0.3 * np.diag(hessian)[3:5].mean() * np.array([MM_PER_RADIAN**2] * 3 + [1.0] * 3)
        step = np.linalg.solve(hessian + damping * np.diag(scale), gradient)
        moved = state.poses.moved(motion(torch.as_tensor(step[None, :6]), state.poses.centers(self.center)))
        return self.state(moved, np.clip(state.weights + step[6:], -MOST_WEIGHT, MOST_WEIGHT))

    def covariance(self, state: _State) -> np.ndarray:
        """Posterior of pose and weights."""
        information, _ = self._prior(state)
        posterior: np.ndarray = np.linalg.inv(
            state.agreement.hessian[0].numpy() / self._worth(state.agreement) + information
        )
        return posterior

    def agreement_of(self, term: LevelView, poses: Poses, weights: np.ndarray) -> Agreement:
        """Of one view, without derivatives."""
        values, _ = _attenuation(self.model.distance(weights), self.model.spacing_mm)
        volume = JosephProjector(torch.as_tensor(values), self.model.ras_from_ijk)
        return compare(term, volume.render(poses.seen_from(term.camera_from_first), term.camera))

    def _with_columns(
        self, term: LevelView, poses: Poses, volumes: tuple[JosephProjector, Sequence[JosephProjector]]
    ) -> Agreement:
        """Of one view, by pose and modes."""
        volume, changes = volumes
        in_view = poses.seen_from(term.camera_from_first)
        images, jacobian = volume.render_with_jacobian(in_view.matrices, term.camera, in_view.centers(self.center))
        turn = term.camera_from_first[:3, :3].to(jacobian.dtype)
        both = torch.block_diag(turn, turn)
        columns = [torch.einsum("bihw,ij->bjhw", jacobian, both)]
        columns += [change.render(in_view, term.camera)[:, None] for change in changes]
        found = compare(term, images, torch.cat(columns, dim=1))
        return replace(found, noise=found.noise / len(self.terms))  # sums over views become means

    def _worth(self, agreement: Agreement) -> float:
        """What a square of the prior is worth in the image's sums: its noise, a window being one comparison."""
        return float(agreement.noise) * self.terms[0].window ** 2 / 2

    def _prior(self, state: _State) -> tuple[np.ndarray, np.ndarray]:
        """Information (6 + M, 6 + M) and its pull (6 + M,)."""
        information = np.diag([TURN**-2.0] * 3 + [*SHIFT_MM**-2.0] + [1.0] * len(state.weights))
        off = state.poses.centers(self.center)[0].numpy() - self.start
        return information, np.concatenate([np.zeros(3), off / SHIFT_MM**2, state.weights])


def _attenuation(distance: np.ndarray, spacing_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """(K, J, I) float32 attenuation above soft tissue of a signed distance, 1/mm, and its derivative by it."""
    soft, cortex, inside = (float(attenuation_from_hu(np.float64(hu))) for hu in (SOFT_HU, CORTEX_HU, INNER_HU))
    share, inner = filling(distance, spacing_mm)
    values = (cortex - soft) * (share - inner) + (inside - soft) * inner
    width = 0.5 * spacing_mm

    def steepness(part: np.ndarray) -> np.ndarray:
        return -2 / width * part * (1 - part)

    slope = (cortex - soft) * (steepness(share) - steepness(inner)) + (inside - soft) * steepness(inner)
    return values.astype(np.float32), slope.astype(np.float32)
