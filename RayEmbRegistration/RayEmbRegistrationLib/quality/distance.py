"""Whether the source-to-detector distance that was given suits the X-rays.

With a distance that is wrong by 5 % the bone ends 5 % too near or too far, and keeps its size in the picture. What does not
go along is perspective: the parts nearer to the source are drawn too large or too small beside those farther away. Of a
pelvis that shows an error of 1 %, of a finger's bone nothing. So the distance is estimated together with the pose, by
Gauss-Newton steps, and its standard deviation from how much the image's cells differ (``cells``) says what it is worth.

Contrast and sharpness of the DRR, which widen and narrow edges as a distance could, are estimated along.

A single X-ray is asked by bone alone. Soft tissue lies in depth, too, but its outlines are neither as sharp nor where they
were: of 135 right poses of real limbs it contradicted the right distance in a quarter, and a wrong one no more often.
Several views are told by it as well as by bone (deviation of 0.3 %).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.alignment.levels import NotInViewError
from RayEmbRegistrationLib.pose.alignment.refinement import motion
from RayEmbRegistrationLib.pose.prepared.prepared_ct import BONE
from RayEmbRegistrationLib.pose.problem import Problem

from .camera_sums import SCALES
from .camera_values import Joint, joint_of, solved
from .cells import pictures_of

LEAST_RELAXATION, MOST_RELAXATION = 1.0, 3.0  # times a step may fall short of what is left; chosen
SYSTEMATIC, NARROWED = 0.006, 0.8
"""Standard deviation of what a scale's cells do not show, as how the CT's threshold and blur draw the bone; and by how much
the deviation of all scales together would be too large, were they taken to be wrong alike."""
SUSPICIOUS = 1.5  # standard deviations from which a first estimate is improved upon
BLIND = 0.04  # deviation beyond which no second look could tell
UNSEEN = 1.0  # deviation where no cell shows bone; chosen: any logarithm of a distance is within it
LONGEST_STEP = 0.08  # logarithm; chosen: as far as the linearisation holds
WRONG = 0.048  # logarithm of what must not pass unseen, 5 %
CONTRADICTED, EXCLUDED = 5.0, 2.0  # times as likely the other distance or the one given must be


@dataclass(frozen=True)
class DistanceCheck:
    """What the X-rays say.

    Attributes:
        ratio: logarithm of the distance that suits best relative to the one given.
        std: one standard deviation; large where nothing is seen.
    """

    ratio: float
    std: float

    @property
    def log_odds(self) -> float:
        """Logarithm of how much likelier a distance ``WRONG`` is, the better side, than the one given."""
        return (abs(self.ratio) - WRONG / 2) * WRONG / self.std**2

    @property
    def contradicts(self) -> bool:
        """Whether another distance is clearly likelier."""
        return self.log_odds > math.log(CONTRADICTED)

    @property
    def excludes(self) -> bool:
        """Whether the one given is clearly likelier than one that is ``WRONG``."""
        return self.log_odds < -math.log(EXCLUDED)


def check_distance(problem: Problem, pose: Poses, free: np.ndarray, scales: Sequence[Joint] | None = None) -> DistanceCheck:
    """Estimate the distance at several scales and weigh the estimates; where it is far off, look again there.

    Args:
        problem: what was registered.
        pose: first camera from RAS.
        free: indices of the degrees of freedom that may move.
        scales: the cells at that pose, by scale, where they are known.
    """
    if len(problem.views) == 1 and problem.prepared.drawn != BONE:
        problem, scales = replace(problem, prepared=replace(problem.prepared, drawn=BONE)), None
    scales = joint_of(problem, pose, free, pictures_of(problem, pose)) if scales is None else scales
    steps, deviations = _steps(scales)
    relaxations = np.array([scale.relaxation for scale in SCALES])
    step, first = _weighed(steps * relaxations[:, None], deviations * relaxations)
    if abs(first.ratio) < SUSPICIOUS * first.std or first.std > BLIND:
        return first
    step *= min(1.0, LONGEST_STEP / max(abs(step[-1]), 1e-12))
    there, moved = at_distance(problem, np.exp(step[-1])), _moved(problem, pose, step, free, scales[0].depth_mm)
    try:
        left, deviations = _steps(joint_of(there, moved, free, pictures_of(there, moved)))
    except NotInViewError:
        return first
    # The secant method: how much of the step each scale sees gone tells how far its steps fall short.
    gone = (steps[:, -1] - left[:, -1]) / step[-1]
    relaxations = 1 / np.clip(gone, 1 / MOST_RELAXATION, 1 / LEAST_RELAXATION)
    ratios = np.clip(step[-1] + relaxations * left[:, -1], -LONGEST_STEP, LONGEST_STEP)
    return _weighed(ratios[:, None], relaxations * deviations)[1]


def _weighed(steps: np.ndarray, deviations: np.ndarray) -> tuple[np.ndarray, DistanceCheck]:
    """Mean (N,) of the scales' steps (S, N), whose last column is the distance's logarithm, by their deviations (S,)."""
    weights = 1 / (deviations**2 + SYSTEMATIC**2)
    mean = weights @ steps / weights.sum()
    ratio = float(np.clip(mean[-1], -LONGEST_STEP, LONGEST_STEP))
    return mean, DistanceCheck(ratio, float(NARROWED * np.sqrt(len(weights) / weights.sum())))


def _steps(scales: Sequence[Joint]) -> tuple[np.ndarray, np.ndarray]:
    """Steps (S, N + 1) and the last column's deviations (S,) at every scale."""
    found = [_step(scale) for scale in scales]
    return np.stack([step for step, _ in found]), np.array([std for _, std in found])


def at_distance(problem: Problem, ratio: float) -> Problem:
    """The same X-rays by cameras with another source-to-detector distance."""
    views = tuple(
        replace(view, radiograph=replace(view.radiograph, camera=with_focal(view.radiograph.camera, ratio)))
        for view in problem.views
    )
    return replace(problem, views=views)


def with_focal(camera: Camera, ratio: float) -> Camera:
    """The camera with another source-to-detector distance, its principal point where it is."""
    return replace(
        camera,
        K=camera.K @ np.diag([ratio, ratio, 1.0]),
        source_to_detector_mm=camera.source_to_detector_mm * ratio,
    )


def _step(joint: Joint) -> tuple[np.ndarray, float]:
    """Gauss-Newton step of the free degrees of freedom and the distance's logarithm (N + 1,), and the latter's deviation."""
    kept = np.append(np.eye(len(joint.distance))[joint.free], joint.distance[None], axis=0)
    hessian, pulls = kept @ joint.hessians.sum(axis=0) @ kept.T, joint.pulls @ kept.T
    if len(pulls) < 2:  # no cell but one differs from the others
        return np.zeros(len(kept)), UNSEEN
    inverse = solved(hessian, np.eye(len(hessian)))
    spread = pulls - pulls.mean(axis=0)
    return inverse @ pulls.sum(axis=0), float(np.sqrt(inverse[-1] @ (spread.T @ spread) @ inverse[-1]))


def _moved(problem: Problem, pose: Poses, step: np.ndarray, free: np.ndarray, depth_mm: float) -> Poses:
    """The pose after a step; the bone goes along with the distance."""
    whole = np.zeros(6)
    whole[free] = step[:-1]
    centers = pose.centers(problem.limits.center_ras)
    moved = pose.moved(motion(torch.as_tensor(whole, device=pose.device)[None], centers))
    return moved.shifted(torch.tensor([[0, 0, depth_mm * np.expm1(step[-1])]], dtype=torch.float64, device=pose.device))
