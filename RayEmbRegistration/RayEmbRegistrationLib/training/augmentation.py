"""From clean line integrals of bone to what X-rays look like: cheap, in batches, on the device. Geometry is not touched.

In order: strange bones, soft tissue and gas, metal; the beam's hardening, scatter and uneven field; noise and blur; the
logarithm or the display's curve; the collimator. Bone stays bright: polarity is the detector's business.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from .random_fields import Draw, blurred, ellipses, segments, unit_grid


def augment(
    bone: torch.Tensor, generators: Sequence[torch.Generator], strange: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Make X-rays of line integrals.

    Args:
        bone: (B, 1, S, S) line integrals of bone, square.
        generators: on the same device, of equal shares of the images; the same states give the same X-rays.
        strange: (B, 1, S, S) line integrals of bone that is not in the CT, from another place.

    Returns:
        images (B, 1, S, S), bone bright, any scale; masks (B, 1, S, S), 0 where an X-ray's reader would mask it.
    """
    draw = Draw(generators, len(bone))
    side = bone.shape[-1]
    # Many images are easy, so that there is something to learn from at first; some are hard.
    difficulty = draw.uniform(0, 1)
    path = draw.log_uniform(0.8, 3.5) * bone / typical_strength(bone)
    if strange is not None:
        path = path + draw.happens(0.3) * draw.uniform(0.4, 1.5) * strange / typical_strength(strange)
    path = path + _bone_like_rods(draw, side)
    path = (path + difficulty * _soft_tissue(draw, side)).clamp_min(0)
    steel, masked = _metal(draw, side)
    signal = _detected(draw, path + steel, difficulty)
    image = _displayed(draw, signal)
    field, told = _collimator(draw, side)
    image = _outside_the_field(draw, image, field)
    mask = torch.where(told > 0, field, torch.ones_like(field)) * (1 - masked)
    return image, mask


def typical_strength(paths: torch.Tensor) -> torch.Tensor:
    """(B, 1, 1, 1) a robust large value of each image: the root mean square where there is bone, twice."""
    present = (paths > 0.02 * paths.amax(dim=(2, 3), keepdim=True).clamp_min(1e-6)).float()
    mean_square = (paths.square() * present).sum(dim=(2, 3), keepdim=True) / present.sum(dim=(2, 3), keepdim=True).clamp_min(
        1
    )
    return (2 * mean_square.sqrt()).clamp_min(1e-3)


def _bone_like_rods(draw: Draw, side: int) -> torch.Tensor:
    """Shafts that are not in the CT: tubes brighter along their edges."""
    distance, along = segments(draw, 3, side)
    radius = draw.log_uniform(0.03, 0.2, 3, 1, 1) * (1 + draw.uniform(-0.4, 0.4, 3, 1, 1) * (2 * along - 1).abs())
    inner = radius * draw.uniform(0.5, 0.9, 3, 1, 1)
    tube = _chord(distance, radius) - draw.uniform(0.5, 0.95, 3, 1, 1) * _chord(distance, inner)
    present = draw.happens(0.35) * draw.happens(0.6, 3, 1, 1)
    return (present * draw.uniform(0.3, 1.5, 3, 1, 1) * tube / radius).sum(dim=1, keepdim=True)


def _chord(distance: torch.Tensor, radius: torch.Tensor) -> torch.Tensor:
    """Length of a ray through a rod."""
    return (radius.square() - distance.square()).clamp_min(0).sqrt()


def _soft_tissue(draw: Draw, side: int) -> torch.Tensor:
    """A body with organs, folds and gas: low-frequency fields and ellipsoids, of either sign."""
    slow = draw.smooth_field(2, side) * draw.uniform(0, 0.6) + draw.smooth_field(6, side) * draw.uniform(0, 0.25)
    fine = draw.smooth_field(18, side) * draw.uniform(0, 0.08)
    body = (1 - ellipses(draw, 1, (0.8, 2.5), 0.4, side)).clamp_min(0).sqrt() * draw.uniform(0, 2.5)
    organs = (1 - ellipses(draw, 4, (0.08, 0.7), 1.0, side)).clamp_min(0).sqrt()
    sign = torch.where(draw.happens(0.55, 4, 1, 1) > 0, -1.0, 0.8)
    organs = organs * sign * draw.happens(0.6, 4, 1, 1) * draw.uniform(0.05, 0.5, 4, 1, 1)
    return slow + fine + body + organs.sum(dim=1, keepdim=True) + draw.uniform(0.2, 1.5)


def _metal(draw: Draw, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Path through tools, nails, wires and screws, and where the reader masks it."""
    distance, along = segments(draw, 3, side)
    radius = draw.log_uniform(0.006, 0.09, 3, 1, 1)
    thread = 1 + draw.happens(0.3, 3, 1, 1) * 0.3 * torch.sin(along * draw.uniform(40, 160, 3, 1, 1))
    chord = _chord(distance, radius * thread) / radius
    present = draw.happens(0.3) * draw.happens(0.6, 3, 1, 1)
    steel = (present * draw.log_uniform(0.8, 8.0, 3, 1, 1) * chord).sum(dim=1, keepdim=True)
    masked = draw.happens(0.5) * (steel > 2.0).float()
    return steel, functional.max_pool2d(masked, 3, stride=1, padding=1)


def _detected(draw: Draw, path: torch.Tensor, difficulty: torch.Tensor) -> torch.Tensor:
    """Detected signal, about 1 in the open beam: Beer-Lambert with hardening, uneven field, scatter, noise, blur."""
    side = path.shape[-1]
    x, y = unit_grid(side, path.device)
    primary = (-path / (1 + draw.uniform(0, 0.12) * path)).exp()
    from_center = (x - draw.uniform(-0.4, 0.4)).square() + (y - draw.uniform(-0.4, 0.4)).square()
    primary = primary * (1 - draw.uniform(0, 0.3) * from_center).clamp_min(0.2)
    coarse = functional.adaptive_avg_pool2d(primary, 7)
    haze = functional.interpolate(coarse, size=(side, side), mode="bilinear", align_corners=False)
    total = primary + difficulty * draw.uniform(0, 1.2) * haze
    photons = (3000 * (20 / 3000) ** (difficulty * draw.uniform(0.2, 1))).to(path) / total.mean(dim=(2, 3), keepdim=True)
    # Quantum noise in its normal approximation, blurred with the picture as by a scintillator, or not.
    noise = (total / photons).sqrt() * draw.normal(1, side, side)
    grainy = draw.happens(0.5)
    total = blurred(total + (1 - grainy) * noise, draw.uniform(0, 1.4)) + grainy * noise
    return total / total.amax(dim=(2, 3), keepdim=True).clamp_min(1e-6)


def _displayed(draw: Draw, signal: torch.Tensor) -> torch.Tensor:
    """Bone made bright as the conditioning does: a logarithm, or none, of a display with its curve and window."""
    signal = signal.clamp(0, 1)
    line_integrals = -(signal + draw.log_uniform(0.002, 0.03)).log()
    power = draw.log_uniform(0.5, 1.7)
    curved = torch.where(draw.happens(0.6) > 0, line_integrals, 1 - signal.clamp_min(1e-4).pow(power))
    low, high = curved.amin(dim=(2, 3), keepdim=True), curved.amax(dim=(2, 3), keepdim=True)
    unit = (curved - low) / (high - low).clamp_min(1e-4)
    unit = torch.where(draw.happens(0.4) > 0, unit.clamp_min(1e-4).pow(draw.log_uniform(0.6, 1.6)), unit)
    mean = unit.mean(dim=(2, 3), keepdim=True)
    deviation = (unit - mean).square().mean(dim=(2, 3), keepdim=True).sqrt()
    floor, ceiling = mean - draw.uniform(1.2, 3.0) * deviation, mean + draw.uniform(1.4, 4.0) * deviation
    windowed = torch.minimum(torch.maximum(unit, floor), ceiling)
    return torch.where(draw.happens(0.4) > 0, windowed, unit)


def _collimator(draw: Draw, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The field (B, 1, S, S) of 0 and 1, and whether the reader found it (B, 1, 1, 1)."""
    x, y = unit_grid(side, draw.device)
    x, y = x - draw.uniform(-0.25, 0.25), y - draw.uniform(-0.25, 0.25)
    angle = draw.uniform(-0.6, 0.6) * draw.happens(0.5)
    along, across = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    circle = (x.square() + y.square()) < draw.uniform(0.75, 1.2).square()
    blades = (along.abs() < draw.uniform(0.6, 1.4)) & (across.abs() < draw.uniform(0.6, 1.4))
    kind = draw.uniform(0, 1)
    field = torch.where(kind < 0.22, circle, (kind > 0.5) | blades)
    return field.float(), draw.happens(0.85)


def _outside_the_field(draw: Draw, image: torch.Tensor, field: torch.Tensor) -> torch.Tensor:
    """Blades show as one grey value: the mean of the field, or an end of the scale."""
    mean = (image * field).sum(dim=(2, 3), keepdim=True) / field.sum(dim=(2, 3), keepdim=True).clamp_min(1)
    ends = torch.where(draw.happens(0.6) > 0, image.amax(dim=(2, 3), keepdim=True), image.amin(dim=(2, 3), keepdim=True))
    return torch.where(field > 0, image, torch.where(draw.happens(0.5) > 0, mean, ends))
