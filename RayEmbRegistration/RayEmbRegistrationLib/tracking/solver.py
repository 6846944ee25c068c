"""All bodies of a frame refined together: Gauss-Newton over outlines, bones and what the prediction says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform

from .body import Body
from .density_terms import BoneFit, DensityTerms
from .edges import EdgeSearch
from .frame_view import FrameView
from .motion import Prediction, Seen
from .outline_terms import EDGE_SHIFT_PX, Linear, OutlineFit, OutlineTerms
from .poses import motion_between, moved

MM_PER_RADIAN = 50.0  # balances turning against shifting; chosen: half an implant's size
LONGEST_STEP_MM = 15.0  # chosen: the linear model of an edge holds no farther
SETTLED_MM = 0.005  # a step below which nothing is seen to change; chosen: a hundredth of what is asked for
FEW_FREE = 1e-6  # share of the largest information that keeps a system solvable


@dataclass(frozen=True)
class Stage:
    """A part of the refinement.

    Attributes:
        search: of edges.
        pixel_mm: of the bones' image, at the bone.
        iterations: at most.
    """

    search: EdgeSearch
    pixel_mm: float
    iterations: int


# Chosen: the widest reach covers 8 mm and 8 degrees of an implant at 0.3 mm a pixel; halved thrice.
FROM_ROUGH = (
    Stage(EdgeSearch(40, 4), 3.0, 8),
    Stage(EdgeSearch(20, 3), 2.0, 6),
    Stage(EdgeSearch(8, 2), 1.5, 6),
    Stage(EdgeSearch(4, 2), 1.0, 4),
)
FROM_PREDICTED = (  # chosen: what a prediction misses by
    Stage(EdgeSearch(16, 4), 2.0, 5),
    Stage(EdgeSearch(6, 3), 1.5, 4),
    Stage(EdgeSearch(4, 2), 1.0, 3),
)
AS_GIVEN = (Stage(FROM_PREDICTED[-1].search, FROM_PREDICTED[-1].pixel_mm, 0),)  # looked at as finely, and not moved


@dataclass(frozen=True, eq=False)
class FrameFit:
    """A frame's bodies refined.

    Attributes:
        poses: rig_from_body by name.
        covariance: (6, 6) by name, of turns (rad) and shifts (mm) along the rig's axes; the prediction's say left out.
        outlines: by (body, view number).
        bones: of all bones together, or None.
        bright: polarity of bone by view, where bones are followed.
        seen: by name, what the images say of the pose, the prediction's say left out.
    """

    poses: dict[str, RigidTransform]
    covariance: dict[str, np.ndarray]
    outlines: dict[tuple[str, int], OutlineFit] = field(default_factory=dict)
    bones: BoneFit | None = None
    bright: tuple[bool | None, ...] = ()
    seen: dict[str, Seen] = field(default_factory=dict)


class FrameSolver:
    """One frame.

    Args:
        views: its X-rays.
        bodies: to follow.
        bright: polarity of bone by view, as an earlier frame settled it.
    """

    def __init__(self, views: Sequence[FrameView], bodies: Sequence[Body], bright: Sequence[bool | None] = ()) -> None:
        self.bodies = list(bodies)
        self._count = len(views)
        self._outlines = OutlineTerms(views, bodies) if any(body.is_opaque for body in bodies) else None
        has_bones = any(not body.is_opaque for body in bodies)
        self._bones = DensityTerms(views, bodies, bright or [None] * len(views)) if has_bones else None

    def refine(self, predictions: dict[str, Prediction], stages: Sequence[Stage], from_poses: bool = True) -> FrameFit:
        """Refine all bodies from the middle of what is predicted of them.

        Args:
            predictions: by body.
            stages: in order.
            from_poses: whether metal's level and bone's polarity are found anew, under the predicted poses.
        """
        poses = {name: prediction.pose for name, prediction in predictions.items()}
        if self._outlines is not None and from_poses:
            self._outlines.set_levels(poses)
        if self._bones is not None and from_poses:
            self._bones.settle_polarity(poses, stages[0].pixel_mm)
        system, bone_fit = Linear.empty(0), None
        for number, stage in enumerate(stages):
            if self._outlines is not None and number > 0:
                self._outlines.settle_opacity(poses)
            best: tuple[float, dict[str, RigidTransform]] | None = None
            for _ in range(stage.iterations):
                system, bone_fit = self._linear(poses, stage)
                if bone_fit is not None:
                    likely = bone_fit.likelihood - self.surprise(poses, predictions)
                    best = (likely, poses) if best is None or likely > best[0] else best
                poses, step = self._stepped(system, poses, predictions)
                if step < SETTLED_MM:
                    break
            if best is not None and self._bones is not None and self._outlines is None:
                last = self._bones.fit(poses, stage.pixel_mm).likelihood - self.surprise(poses, predictions)
                poses = poses if last >= best[0] else best[1]
        system, bone_fit = self._linear(poses, stages[-1])
        if bone_fit is not None and self._bones is not None:
            bone_fit = replace(bone_fit, each=self._bones.apart(poses, stages[-1].pixel_mm))
        bright = () if self._bones is None else self._bones.bright
        seen = self._seen(system, poses)
        return FrameFit(poses, self._covariances(system), dict(system.fits), bone_fit, bright, seen)

    def opacity(self, name: str) -> float:
        """What a millimetre of an opaque body takes of the beam, 1/mm, as the first view shows it or as it is said."""
        if self._outlines is None:
            raise RuntimeError("no body is opaque")
        return self._outlines.opacity(0, next(n for n, body in enumerate(self.bodies) if body.name == name))

    def metal_dark(self, number: int) -> np.ndarray:
        """(H, W) a view's image with metal dark."""
        if self._outlines is None:
            raise RuntimeError("no body is opaque")
        return self._outlines.metal_dark(number)

    def _linear(self, poses: dict[str, RigidTransform], stage: Stage) -> tuple[Linear, BoneFit | None]:
        """All terms; a shift of a view's edges is known to be small."""
        motions = 6 * len(self.bodies)
        system = Linear.empty(motions + self._count)
        shifts = np.arange(motions, motions + self._count)
        system.hessian[shifts, shifts] += 1 / EDGE_SHIFT_PX**2
        if self._outlines is not None:
            self._outlines.add(system, poses, stage.search)
        bones = None if self._bones is None else self._bones.add(system, poses, stage.pixel_mm)
        return system, bones

    def _stepped(
        self, system: Linear, poses: dict[str, RigidTransform], predictions: dict[str, Prediction]
    ) -> tuple[dict[str, RigidTransform], float]:
        """The poses after a step, and its length in mm."""
        hessian, gradient = system.hessian.copy(), system.gradient.copy()
        for number, body in enumerate(self.bodies):
            own = slice(6 * number, 6 * number + 6)
            prediction = predictions[body.name]
            hessian[own, own] += prediction.information
            away = motion_between(prediction.pose, poses[body.name], body.center)
            gradient[own] -= prediction.information @ away
        step = np.linalg.solve(hessian, gradient)
        motions = step[: 6 * len(self.bodies)].reshape(-1, 6)
        lengths = np.abs(motions * ([MM_PER_RADIAN] * 3 + [1.0] * 3)).max(axis=1)
        motions = motions * np.minimum(1, LONGEST_STEP_MM / np.maximum(lengths, 1e-9))[:, None]
        stepped = {
            body.name: moved(poses[body.name], body.center, motion)
            for body, motion in zip(self.bodies, motions, strict=True)
        }
        return stepped, float(lengths.max())

    def surprise(self, poses: dict[str, RigidTransform], predictions: dict[str, Prediction]) -> float:
        """How unlikely poses are by what was predicted: minus the logarithm of its density, but for a constant."""
        cost = 0.0
        for body in self.bodies:
            prediction = predictions[body.name]
            away = motion_between(prediction.pose, poses[body.name], body.center)
            cost += float(away @ prediction.information @ away) / 2
        return cost

    def _seen(self, system: Linear, poses: dict[str, RigidTransform]) -> dict[str, Seen]:
        """By body, what the images say of it, whatever the other bodies do."""
        result = {}
        for number, body in enumerate(self.bodies):
            own = np.arange(6 * number, 6 * number + 6)
            other = np.setdiff1d(np.arange(len(system.gradient)), own)
            ridge = FEW_FREE * np.diag(np.diag(system.hessian)[other] + FEW_FREE)
            across = np.linalg.solve(system.hessian[np.ix_(other, other)] + ridge, system.hessian[np.ix_(other, own)]).T
            information = system.hessian[np.ix_(own, own)] - across @ system.hessian[np.ix_(other, own)]
            pull = system.gradient[own] - across @ system.gradient[other]
            result[body.name] = Seen(poses[body.name], (information + information.T) / 2, pull)
        return result

    def _covariances(self, system: Linear) -> dict[str, np.ndarray]:
        """By body, what the images alone leave open."""
        scale = np.concatenate([np.tile([MM_PER_RADIAN] * 3 + [1.0] * 3, len(self.bodies)), np.ones(self._count)])
        scaled = system.hessian / np.outer(scale, scale)
        ridge = FEW_FREE * max(float(np.trace(scaled)) / len(scaled), FEW_FREE)
        inverse = np.linalg.inv(scaled + ridge * np.eye(len(scaled))) / np.outer(scale, scale)
        return {body.name: inverse[6 * n : 6 * n + 6, 6 * n : 6 * n + 6] for n, body in enumerate(self.bodies)}
