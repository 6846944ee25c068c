"""How well a DRR fits an X-ray: local normalised cross-correlation, with the Gauss-Newton terms of its residual.

Both images are normalised in a small window (mean 0, standard deviation 1, with a floor that keeps flat regions flat), so
that exposure, window, gamma and soft tissue drop out. Each pixel counts by how well its surroundings agree: tools,
neighbouring bones and other things the CT does not hold lose their say (an M-estimator's weight on a patch).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.drr.compiling import may_compile, shared_out, window_kernels
from RayEmbRegistrationLib.drr.opacity import saturated, saturated_slope
from RayEmbRegistrationLib.drr.resampling import box_mean

from .level_view import LevelView

DRR_FLOOR = 0.3  # share of the typical local standard deviation below which a DRR counts as flat; chosen, as XRAY_FLOOR
LEAST_ENERGY = 0.05  # of the normalised DRR over a window, for it to be structure; chosen: flat regions have a tenth of it
LEAST_WEIGHT = 0.1  # of a pixel whose surroundings disagree: it may recover; bench ablation measures 1


@dataclass(frozen=True, eq=False)
class Agreement:
    """Sums over one view for B poses; sums of several views add up.

    Attributes:
        product: (B,) sum of DRR times X-ray, both normalised, over the part where the DRR shows structure.
        drr_energy: (B,) sum of squares of the DRR, likewise.
        xray_energy: (B,) sum of squares of the X-ray, the same for all poses.
        common_energy: (B,) the same where the DRR shows structure.
        windows: (B,) size of that part, in windows of the normalisation: the number of independent comparisons.
        field_windows: (B,) size of the usable X-ray, likewise.
        hessian: (B, 6, 6) Gauss-Newton matrix.
        gradient: (B, 6) of the residual, pointing uphill in similarity.
        noise: (B,) weighted mean square of the residual.
        penalty: (B,) what the pose costs by a prior, in units of the product.
    """

    product: torch.Tensor
    drr_energy: torch.Tensor
    xray_energy: torch.Tensor
    common_energy: torch.Tensor
    windows: torch.Tensor
    field_windows: torch.Tensor
    hessian: torch.Tensor
    gradient: torch.Tensor
    noise: torch.Tensor
    penalty: torch.Tensor

    @property
    def evidence(self) -> torch.Tensor:
        """(B,) similarity relative to all that the X-ray shows, less what the prior takes.

        It ranks poses, since more bone explained is better.
        """
        return (self.product - self.penalty) / (self.drr_energy * self.xray_energy).sqrt().clamp_min(1e-6)

    @property
    def similarity(self) -> torch.Tensor:
        """(B,) similarity where the CT has something to say, -1 to 1: tells how well it fits."""
        return self.product / (self.drr_energy * self.common_energy).sqrt().clamp_min(1e-6)

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Agreement:
        return Agreement(
            change(self.product),
            change(self.drr_energy),
            change(self.xray_energy),
            change(self.common_energy),
            change(self.windows),
            change(self.field_windows),
            change(self.hessian),
            change(self.gradient),
            change(self.noise),
            change(self.penalty),
        )

    def _pairwise(self, other: Agreement, combine: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Agreement:
        return Agreement(
            combine(self.product, other.product),
            combine(self.drr_energy, other.drr_energy),
            combine(self.xray_energy, other.xray_energy),
            combine(self.common_energy, other.common_energy),
            combine(self.windows, other.windows),
            combine(self.field_windows, other.field_windows),
            combine(self.hessian, other.hessian),
            combine(self.gradient, other.gradient),
            combine(self.noise, other.noise),
            combine(self.penalty, other.penalty),
        )

    def take(self, indices: torch.Tensor) -> Agreement:
        """Of some of the poses."""
        return self._each(lambda values: values[indices])

    def where(self, chosen: torch.Tensor, other: Agreement) -> Agreement:
        """Own values where ``chosen`` (B,) says so, else the other's."""
        return self._pairwise(other, lambda own, its: torch.where(chosen.view(-1, *[1] * (own.ndim - 1)), own, its))

    @classmethod
    def joined(cls, parts: Sequence[Agreement]) -> Agreement:
        """Of the poses of all parts, one after the other."""
        first, *others = parts
        for other in others:
            first = first._pairwise(other, lambda own, its: torch.cat([own, its]))
        return first

    def __add__(self, other: Agreement) -> Agreement:
        return self._pairwise(other, torch.add)


@dataclass(frozen=True, eq=False)
class Normalized:
    """DRRs against the X-ray, pixel by pixel; (B, 1, H, W) unless said.

    Attributes:
        drr: the locally normalised DRRs.
        residual: X-ray less DRR.
        weight: each pixel's say, by how well its surroundings agree.
        structure: 1 where the DRR shows structure.
        slopes: (B, N, H, W) derivatives of ``drr``, or None.
    """

    drr: torch.Tensor
    residual: torch.Tensor
    weight: torch.Tensor
    structure: torch.Tensor
    slopes: torch.Tensor | None

    @property
    def needed_slopes(self) -> torch.Tensor:
        """The derivatives, where they were asked for."""
        if self.slopes is None:
            raise RuntimeError("normalised without derivatives")
        return self.slopes


def normalize(target: LevelView, images: torch.Tensor, jacobians: torch.Tensor | None = None) -> Normalized:
    """Normalise DRRs (B, H, W), and their Jacobians (B, N, H, W), as the X-ray is."""
    mask, share, window, xray = target.mask, target.share, target.window, target.normalized
    if target.is_saturating:
        jacobians = None if jacobians is None else jacobians * saturated_slope(images)[:, None]
        images = saturated(images)
    compiled = _by_compiled(target, images, jacobians)
    if compiled is not None:
        return compiled
    images = images[:, None]
    stack = [images * mask, images * images * mask] + ([] if jacobians is None else [jacobians * mask])
    means = box_mean(torch.cat(stack, dim=1), window) / share
    mean, variance = means[:, :1], (means[:, 1:2] - means[:, :1] ** 2).clamp_min(0)
    floor = (variance * mask).sum((2, 3), keepdim=True) / mask.sum().clamp_min(1) * DRR_FLOOR**2 + 1e-12
    deviation = (variance + floor).sqrt()
    drr = (images - mean) / deviation * mask
    local = box_mean(torch.cat([drr * xray, drr * drr, (xray * xray).expand_as(drr)], dim=1), window)
    correlation = local[:, :1] / (local[:, 1:2] * local[:, 2:3]).sqrt().clamp_min(1e-6)
    weight = (LEAST_WEIGHT + (1 - LEAST_WEIGHT) * correlation.clamp(0, 1)) * mask
    structure = (local[:, 1:2] / share > LEAST_ENERGY).float()
    slopes = None
    if jacobians is not None:
        # Derivative of the normalisation: the window's mean moves with the image and so does its standard deviation.
        slopes = (jacobians - means[:, 2:]) / deviation * mask
        slopes = (slopes - drr * box_mean(drr * slopes, window) / share) * mask
    return Normalized(drr, xray - drr, weight, structure, slopes)


def _by_compiled(target: LevelView, images: torch.Tensor, jacobians: torch.Tensor | None) -> Normalized | None:
    """The same by compiled loops; None where these do not take it."""
    given = [images] if jacobians is None else [images, jacobians]
    if any(each.requires_grad for each in given) or target.window % 2 == 0 or not may_compile(target.normalized, *given):
        return None
    kernels = window_kernels()
    if kernels is None:
        return None
    xray = target.normalized
    energy = box_mean(xray * xray, target.window)
    known = torch.cat([target.mask, target.share, xray, energy])[:, 0].flatten(1).numpy()
    count, height, width = images.shape
    ahead = images.new_zeros((count, 0, height, width)) if jacobians is None else jacobians.contiguous()
    found, slopes = images.new_empty((count, 4, height, width)), torch.empty_like(ahead)
    choices = np.array([target.window // 2, DRR_FLOOR, LEAST_WEIGHT, LEAST_ENERGY], np.float32)
    drrs = images.contiguous().numpy()
    rates, into, out = (each.view(count, each.shape[1], height * width).numpy() for each in (ahead, found, slopes))

    def work(begin: int, end: int) -> None:
        for number in range(begin, end):
            kernels.normalize_one(drrs[number], rates[number], known, choices, into[number], out[number])

    shared_out(work, count, found.numel() // 4 * (ahead.shape[1] + 2))
    drr, residual, weight, structure = (found[:, each : each + 1] for each in range(4))
    return Normalized(drr, residual, weight, structure, None if jacobians is None else slopes)


def compare(target: LevelView, images: torch.Tensor, jacobians: torch.Tensor | None = None) -> Agreement:
    """Compare DRRs (B, H, W) with the X-ray; with their Jacobians (B, N, H, W) also the Gauss-Newton terms."""
    count = 0 if jacobians is None else jacobians.shape[1]
    mask, window, xray = target.mask, target.window, target.normalized
    pixels = normalize(target, images, jacobians)
    drr, residual, weight, structure = pixels.drr, pixels.residual, pixels.weight, pixels.structure
    sums = (1, 2, 3)
    # Both energies and the product are of the same pixels: otherwise a DRR whose structure lies where the X-ray is flat
    # divides a faint product by nothing.
    met_drr, met_xray = drr * structure, xray * structure
    noise = (weight * structure * residual**2).sum(sums) / (weight * structure).sum(sums).clamp_min(1e-6)
    hessian = images.new_zeros((len(images), count, count), dtype=torch.float64)
    gradient = images.new_zeros((len(images), count), dtype=torch.float64)
    if pixels.slopes is not None:
        weighted = (pixels.slopes * weight).flatten(2)
        hessian = (weighted @ pixels.slopes.flatten(2).transpose(1, 2)).double()
        gradient = (weighted @ residual.flatten(1)[..., None])[..., 0].double()
    return Agreement(
        (met_drr * xray).sum(sums),
        (met_drr * drr).sum(sums),
        (xray * xray).sum().expand(len(images)),
        (met_xray * xray).sum(sums),
        (structure * mask).sum(sums) / window**2,
        (mask.sum() / window**2).expand(len(images)),
        hessian,
        gradient,
        noise,
        torch.zeros_like(noise),
    )
