"""Gauss-Newton refinement of many poses at once, over one or several views.

Levenberg-Marquardt on the locally normalised residual with the projector's exact Jacobian. All views share one motion,
described in the first camera's frame about the bone's centre; a view is its camera's pose relative to the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.prior import PosePrior
from RayEmbRegistrationLib.pose.problem import Limits

from .level_view import LevelView
from .similarity import Agreement, compare

DEGREES_OF_FREEDOM = ("rx", "ry", "rz", "x", "y", "depth")
MM_PER_RADIAN = 300.0  # balances rotation against translation: about the size of what is registered; chosen
LONGEST_STEP_MM = 30.0  # chosen: the linear model of an edge holds no farther, even on the coarsest level
LEAST_IN_VIEW = 0.1  # share of the bone that an X-ray must show for its full say; chosen: less holds no pose


@dataclass(frozen=True, eq=False)
class Refined:
    """B poses, best first is not implied.

    Attributes:
        poses: first camera from RAS.
        agreement: of these poses.
        trace: evidence of the best pose after each iteration.
    """

    poses: Poses
    agreement: Agreement
    trace: tuple[float, ...]

    @property
    def order(self) -> torch.Tensor:
        """Indices of the poses, best first."""
        return self.agreement.evidence.argsort(descending=True)

    def take(self, indices: torch.Tensor) -> Refined:
        """Some of the poses."""
        return Refined(self.poses[indices], self.agreement.take(indices), self.trace)


def evaluate(terms: Sequence[LevelView], poses: Poses, limits: Limits, derivatives: bool = True) -> Agreement:
    """Agreement of B poses, summed over views, with Gauss-Newton terms in the first camera's frame.

    A pose that pushes nearly all bone out of an X-ray loses its product there: a sliver of bone fits anything.
    """
    total: Agreement | None = None
    for term in terms:
        in_view = poses.seen_from(term.camera_from_first)
        if derivatives:
            centers = in_view.centers(limits.center_ras)
            images, jacobians = term.projector.render_with_jacobian(in_view.matrices, term.camera, centers)
            turn = term.camera_from_first[:3, :3].to(jacobians.dtype)
            both = jacobians.new_zeros((6, 6))
            both[:3, :3], both[3:, 3:] = turn, turn
            jacobians = torch.einsum("bihw,ij->bjhw", jacobians, both)
        else:
            images, jacobians = term.projector.render(in_view, term.camera), None
        if term.background is not None:
            images = images + term.background
        agreement = compare(term, images, jacobians)
        if limits.points_ras is not None:
            seen = _share_in_view(term, in_view.matrices, limits.points_ras)
            agreement = replace(agreement, product=agreement.product * (seen / LEAST_IN_VIEW).clamp(max=1))
        total = agreement if total is None else total + agreement
    if total is None:
        raise RuntimeError("an objective needs a view")
    return total if limits.prior is None else _with_prior(total, limits.prior, poses, terms)


def _with_prior(agreement: Agreement, prior: PosePrior, poses: Poses, terms: Sequence[LevelView]) -> Agreement:
    """With what a prior says of poses (B, 4, 4).

    Squares of the residual are worth half their sum over the variance of the noise. That is what the residual itself shows,
    and neighbouring pixels within a window of the normalisation are one measurement; the prior's squares are multiplied by
    it, rather than the image's divided.
    """
    worth = agreement.noise / len(terms) * terms[0].window ** 2
    offsets = prior.offsets(poses)
    information = torch.as_tensor(prior.information, dtype=torch.float64, device=poses.device)
    pull = offsets @ information
    cost = (worth * (pull * offsets).sum(dim=1) / 2).to(agreement.penalty.dtype)
    agreement = replace(agreement, penalty=agreement.penalty + cost)
    if agreement.gradient.shape[1] == 0:  # not asked for
        return agreement
    return replace(
        agreement,
        gradient=agreement.gradient - worth[:, None].double() * pull,
        hessian=agreement.hessian + worth[:, None, None].double() * information,
    )


def refine(terms: Sequence[LevelView], poses: Poses, limits: Limits, iterations: int, settled: float = 0.0) -> Refined:
    """Move each of B poses uphill.

    Args:
        terms: the views.
        poses: first camera from RAS.
        limits: what may move.
        iterations: Levenberg-Marquardt steps at most; each costs one image with Jacobian a view and pose.
        settled: share of its evidence below which a step that helped was the last.
    """
    free = torch.tensor([name not in limits.held for name in DEGREES_OF_FREEDOM], device=poses.device)
    damping = torch.full((len(poses),), 1e-2, dtype=torch.float64, device=poses.device)
    best = within_depth(poses, limits.center_ras, limits.depth_mm)
    agreement = evaluate(terms, best, limits)
    trace = [float(agreement.evidence.max())]
    for _ in range(iterations):
        step = _step(agreement, damping, free)
        motions = motion(step, best.centers(limits.center_ras))
        moved = within_depth(best.moved(motions), limits.center_ras, limits.depth_mm)
        tried = evaluate(terms, moved, limits)
        better = tried.evidence > agreement.evidence
        gained = torch.where(better, tried.evidence / agreement.evidence.clamp_min(1e-6) - 1, torch.inf)
        best = moved.where(better, best)
        agreement = tried.where(better, agreement)
        damping = torch.where(better, damping * 0.3, damping * 6).clamp(1e-4, 1e3)
        trace.append(float(agreement.evidence.max()))
        if float(step.abs().amax()) < 1e-6 or bool((gained < settled).all()):
            break
    return Refined(best, agreement, tuple(trace))


def _share_in_view(term: LevelView, in_view: torch.Tensor, points_ras: np.ndarray) -> torch.Tensor:
    """(B,) share of the bone's points that fall on a term's X-ray."""
    camera = term.field or term.camera
    points = torch.as_tensor(points_ras, dtype=torch.float64, device=in_view.device)
    points = points @ in_view[:, :3, :3].transpose(1, 2) + in_view[:, None, :3, 3]
    K = torch.tensor(camera.K, device=in_view.device)
    pixels = points[..., :2] / points[..., 2:].clamp_min(1.0) @ K[:2, :2].T + K[:2, 2]
    size = torch.as_tensor(camera.image_size, device=in_view.device)
    inside = ((pixels > -0.5) & (pixels < size - 0.5)).all(dim=-1) & (points[..., 2] > 1.0)
    return inside.float().mean(dim=1)


def motion(steps: torch.Tensor, centers: torch.Tensor) -> torch.Tensor:
    """(B, 4, 4) rigid motions from (B, 6) rotation vectors (rad) about centers (B, 3) and translations (mm)."""
    x, y, z = steps[:, 0], steps[:, 1], steps[:, 2]
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).view(-1, 3, 3)
    rotation = torch.matrix_exp(skew)
    result = torch.eye(4, dtype=steps.dtype, device=steps.device).repeat(len(steps), 1, 1)
    result[:, :3, :3] = rotation
    result[:, :3, 3] = centers - (rotation @ centers[..., None])[..., 0] + steps[:, 3:]
    return result


def within_depth(poses: Poses, center_ras: np.ndarray, depth_mm: tuple[float, float] | None) -> Poses:
    """Poses whose bone centre is slid along its ray into the allowed depth."""
    if depth_mm is None:
        return poses
    centers = poses.centers(center_ras)
    depth = centers[:, 2:].clamp_min(1.0)
    return poses.shifted(centers * (depth.clamp(*depth_mm) / depth - 1))


def _step(agreement: Agreement, damping: torch.Tensor, free: torch.Tensor) -> torch.Tensor:
    """(B, 6) damped Gauss-Newton step, shortened to what the linearisation can be trusted with."""
    scale = torch.tensor([MM_PER_RADIAN] * 3 + [1.0] * 3, dtype=torch.float64, device=damping.device)
    hessian = agreement.hessian * free[:, None] * free[None, :]
    diagonal = torch.diagonal(hessian, dim1=1, dim2=2)
    in_plane = torch.diagonal(agreement.hessian, dim1=1, dim2=2)[:, 3:5].mean(dim=1, keepdim=True).clamp_min(1e-9)
    # Damping by the curvature of an in-plane shift keeps depth, which hardly curves at all, from running away.
    ridge = torch.diag_embed(diagonal + 0.3 * in_plane * scale**2 + (~free).double() * 1e9)
    # One pose that no step can be solved for keeps its place and ends nothing (solve would raise for all of them).
    step = torch.linalg.solve_ex(hessian + damping[:, None, None] * ridge, (agreement.gradient * free)[..., None])[0][..., 0]
    step = torch.nan_to_num(step)
    longest = (step * torch.tensor([200.0] * 3 + [1.0] * 3, dtype=torch.float64, device=step.device)).abs()
    return step * (LONGEST_STEP_MM / longest.amax(dim=1, keepdim=True).clamp_min(LONGEST_STEP_MM))
