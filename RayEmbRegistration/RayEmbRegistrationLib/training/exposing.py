"""X-rays of line integrals by the physics of ``simulation.xray``, in batches, on the device; conditioned as any X-ray is.

``augmentation`` makes much that looks like an X-ray; this makes what a C-arm stores. A network that saw the one alone knows
the other less well (Testing/bench/physics.py). In order, as there: a body or a limb with organs and gas, tools; the
polychromatic Beer-Lambert law; scatter, quantum noise, blur; the field; the display; and then what a reader does with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.attenuation import ENERGY_KEV, cortical_bone_attenuation, water_attenuation
from RayEmbRegistrationLib.simulation.spectrum import linear_attenuation, tube_spectrum
from RayEmbRegistrationLib.xray.conditioning import DARKEST_COUNTS

from .random_fields import Draw, blurred, ellipses, segments, unit_grid
from .scattering import COARSE, Geometry, fitted_scatter

HARD_SHARE = 0.5  # of the X-rays; chosen: as many easy as hard ones
STRANGE_SHARE = 0.3  # of the X-rays show bone that is not in the CT; chosen: as in the augmentation
LIMB_SHARE = 0.5  # of the bodies are slim, with open beam beside them; the others fill the field; chosen
BLADE = 0.004  # of the beam passes a blade, which looks black, but not to the last bit; as in simulation.xray
TOOLS = 3  # at most; as in simulation.xray's hard X-rays
ORGANS, GAS = 8, 8  # at most; as in simulation.xray
WIDE = 0.13  # standard deviation of scatter, of the image's side; as in simulation.xray
FITTED_SHARE = (
    0.5  # of the X-rays have the scatter that was fitted to the Monte Carlo, the others a share of the beam; chosen
)
GAP_MM, MAGNIFICATION = (30.0, 300.0), (1.2, 1.6)  # chosen: a body near the detector of a C-arm, and far from it
GRIDS, GRID_SHARE = (8.0, 13.0), 0.5  # ratios of usual grids, which half of the X-rays have; chosen
MASKED_STEEL_MM = 0.2  # as in simulation.xray
MASKED_SHARE = 0.6  # of the X-rays whose reader masks what is clipped at tools; chosen: real readers find many, not all
FIELD_FOUND = 0.85  # likewise of collimators


class _Shown(NamedTuple):
    """What the display does, each (B, 1, 1, 1) of 0 and 1, and the display's exponent."""

    raw: torch.Tensor
    windowed: torch.Tensor
    inverted: torch.Tensor
    gamma: torch.Tensor


def expose(
    bone: torch.Tensor,
    pixel_mm: torch.Tensor,
    generators: Sequence[torch.Generator],
    strange: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Make X-rays of line integrals.

    Args:
        bone: (B, 1, S, S) line integrals of bone above soft tissue, square.
        pixel_mm: (B,) size of a pixel at the bone.
        generators: on the same device, of equal shares of the images; the same states give the same X-rays.
        strange: (B, 1, S, S) line integrals of bone that is not in the CT, from another place.

    Returns:
        images (B, 1, S, S), bone bright, as ``xray.conditioning`` gives them; masks (B, 1, S, S), 0 where it masks.
    """
    draw = Draw(generators, len(bone))
    side = bone.shape[-1]
    hard = draw.happens(HARD_SHARE)
    if strange is not None:
        bone = bone + draw.happens(STRANGE_SHARE) * strange
    dense = cortical_bone_attenuation(ENERGY_KEV) - water_attenuation(ENERGY_KEV)
    bone_mm = bone.clamp_min(0) / dense
    soft_mm = (_body(draw, side) + _blobs(draw, side, hard)).clamp_min(0)
    steel_mm = _tools(draw, side, pixel_mm.view(-1, 1, 1, 1), hard)
    kvp = torch.where(hard > 0, draw.uniform(60, 100), draw.uniform(65, 90))
    primary = transmission(bone_mm, soft_mm, steel_mm, kvp)
    field, found = _field(draw, side, hard)
    signal = _detected(draw, primary, field, hard, _scatter(draw, primary, field, hard, kvp, pixel_mm))
    stored, how = _stored(draw, signal, field, hard)
    image = _conditioned(stored, field, how)
    clipped = ((stored <= 0.0005) | (stored >= 0.9995)) & (steel_mm > MASKED_STEEL_MM)
    clipped = functional.max_pool2d(clipped.float() * draw.happens(MASKED_SHARE), 5, stride=1, padding=2)
    mask = torch.where(found > 0, field, torch.ones_like(field)) * (1 - clipped)
    mean = (image * mask).sum(dim=(2, 3), keepdim=True) / mask.sum(dim=(2, 3), keepdim=True).clamp_min(1)
    return torch.where(mask > 0, image, mean), mask


@cache
def _spectra() -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Energy weights (V, E) of the voltages from 60 to 100 kVp and attenuation (V, E) of each material, 1/mm."""
    voltages = [tube_spectrum(float(kvp)) for kvp in range(60, 101)]
    weights = torch.stack([torch.as_tensor(shares * energies / (shares @ energies)) for energies, shares in voltages])
    of = {
        name: torch.stack([torch.as_tensor(linear_attenuation(name, energies)) for energies, _ in voltages])
        for name in ("bone", "water", "steel")
    }
    return weights.float(), {name: values.float() for name, values in of.items()}


def transmission(bone_mm: torch.Tensor, soft_mm: torch.Tensor, steel_mm: torch.Tensor, kvp: torch.Tensor) -> torch.Tensor:
    """(B, 1, S, S) energy-weighted share of the beam that passes, by the spectrum of the nearest whole voltage.

    The polychromatic Beer-Lambert law on an energy-integrating detector, as ``simulation.xray.transmission``.
    """
    weights, of = _spectra()
    row = kvp.view(-1).round().long().sub(60).clamp(0, len(weights) - 1)
    device = bone_mm.device
    weights = weights.to(device)[row]
    bone, water, steel = (of[name].to(device)[row] for name in ("bone", "water", "steel"))
    total = torch.zeros_like(bone_mm)
    for energy in range(weights.shape[1]):
        of_bone, of_water, of_steel, weight = (each[:, energy].view(-1, 1, 1, 1) for each in (bone, water, steel, weights))
        total = total + weight * (-(of_bone * bone_mm + of_water * soft_mm + of_steel * steel_mm)).exp()
    return total


def _body(draw: Draw, side: int) -> torch.Tensor:
    """(B, 1, S, S) mm of water: a trunk that fills most of the field, or a limb with open beam beside it."""
    x, y = unit_grid(side, draw.device)
    x, y = x / 2, y / 2  # of the image's side, as in simulation.additions
    limb = draw.happens(LIMB_SHARE)
    angle = torch.where(limb > 0, draw.uniform(0, 3.1416), 0.12 * draw.normal(1, 1, 1))
    center_x, center_y = (0.12 * draw.normal(1, 1, 1) for _ in range(2))
    across = (x - center_x) * angle.cos() + (y - center_y) * angle.sin()
    along = (y - center_y) * angle.cos() - (x - center_x) * angle.sin()
    half_width = torch.where(limb > 0, draw.uniform(0.2, 0.6), draw.uniform(0.55, 0.85))
    half_width = half_width * (1 + limb * draw.uniform(-0.5, 0.5) * along)  # a limb tapers
    chord = (1 - (across / half_width.clamp_min(0.05)).square()).clamp_min(0).sqrt()
    thick = torch.where(limb > 0, draw.log_uniform(50, 200), draw.uniform(200, 300))
    return thick * chord * (1 + 0.12 * draw.normal(1, 1, 1) * along - draw.uniform(0, 0.25) * along.square())


def _blobs(draw: Draw, side: int, hard: torch.Tensor) -> torch.Tensor:
    """(B, 1, S, S) mm of water added by organs or taken away by gas."""
    organs = (1 - ellipses(draw, ORGANS, (0.1, 0.44), 0.9, side)).clamp_min(0).sqrt()
    gas = (1 - ellipses(draw, GAS, (0.06, 0.24), 0.9, side)).clamp_min(0).sqrt()
    organs = organs * draw.uniform(-12, 22, ORGANS, 1, 1) * draw.happens(0.8, ORGANS, 1, 1)
    gas = gas * draw.uniform(-35, -10, GAS, 1, 1) * draw.happens(0.6, GAS, 1, 1) * (0.4 + 0.6 * hard)
    return (organs.sum(dim=1, keepdim=True) + gas.sum(dim=1, keepdim=True)) * draw.happens(0.8)


def _tools(draw: Draw, side: int, pixel_mm: torch.Tensor, hard: torch.Tensor) -> torch.Tensor:
    """(B, 1, S, S) mm of steel of wires, rods and screws."""
    half_mm = pixel_mm * side / 2
    distance, _ = segments(draw, TOOLS, side)
    kind = draw.uniform(0, 1, TOOLS, 1, 1)
    wire, other = draw.uniform(1.6, 2.8, TOOLS, 1, 1), draw.uniform(5, 7.2, TOOLS, 1, 1)
    radius = torch.where(kind < 0.4, wire, other) / 2
    chord = 2 * (radius.square() - (distance * half_mm).square()).clamp_min(0).sqrt() / draw.uniform(0.6, 1, TOOLS, 1, 1)
    # A wire thinner than a pixel lets the rest of the pixel's beam by.
    thin = (2 * radius / pixel_mm).clamp_max(1)
    present = hard * draw.happens(0.5, TOOLS, 1, 1)
    return (present * thin * chord).sum(dim=1, keepdim=True)


def _field(draw: Draw, side: int, hard: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The field (B, 1, S, S) of 0 and 1, and whether the reader finds it (B, 1, 1, 1)."""
    x, y = unit_grid(side, draw.device)
    x, y = x / 2, y / 2
    kind = draw.uniform(0, 1)
    circle = x.square() + y.square() < draw.uniform(0.42, 0.495).square()
    turn = 0.03 * draw.normal(1, 1, 1)
    u, v = x * turn.cos() + y * turn.sin(), y * turn.cos() - x * turn.sin()
    edges = [draw.uniform(0.34, 0.5) for _ in range(4)]
    blades = (u > -edges[0]) & (u < edges[1]) & (v > -edges[2]) & (v < edges[3])
    none = torch.ones_like(blades)
    rectangular = (kind > 1 / 3) & (kind < 2 / 3) & (hard > 0)
    field = torch.where(kind <= 1 / 3, circle, torch.where(rectangular, blades, none))
    return field.float(), draw.happens(FIELD_FOUND)


def _scatter(
    draw: Draw,
    primary: torch.Tensor,
    field: torch.Tensor,
    hard: torch.Tensor,
    kvp: torch.Tensor,
    pixel_mm: torch.Tensor,
) -> torch.Tensor:
    """(B, 1, S, S) scatter over the open beam's signal: as the Monte Carlo's, or any share of the beam."""
    fraction = torch.where(hard > 0, draw.uniform(0.25, 0.5), draw.uniform(0.1, 0.3))
    beam = primary * torch.where(field > 0, 1.0, BLADE)
    shared = spread_widely(beam) * fraction / (1 - fraction) * torch.where(field > 0, 1.0, 0.25)
    field_mm = pixel_mm.view(-1, 1, 1, 1) * primary.shape[-1] * draw.uniform(*MAGNIFICATION)
    grid = draw.happens(GRID_SHARE) * draw.uniform(*GRIDS)
    fitted = fitted_scatter(primary * field, kvp, Geometry(draw.log_uniform(*GAP_MM), field_mm, grid))
    return torch.where(draw.happens(FITTED_SHARE) > 0, fitted, shared)


def _detected(
    draw: Draw, primary: torch.Tensor, field: torch.Tensor, hard: torch.Tensor, scatter: torch.Tensor
) -> torch.Tensor:
    """(B, 1, S, S) detected signal, 1 for the open beam: scatter, quantum noise in its normal approximation, blur."""
    side = primary.shape[-1]
    total = primary * torch.where(field > 0, 1.0, BLADE) + scatter
    inside = torch.where(field > 0, total, torch.nan).flatten(1)
    median = inside.nanmedian(dim=1).values.view(-1, 1, 1, 1).clamp_min(1e-9)
    photons = torch.where(hard > 0, draw.log_uniform(300, 2500), draw.log_uniform(2500, 8000)) / median
    noisy = (total + (total / photons).clamp_min(0).sqrt() * draw.normal(1, side, side)).clamp_min(0)
    noisy = blurred(noisy, torch.where(hard > 0, draw.uniform(0.7, 1.3), draw.uniform(0.5, 0.8)))
    return torch.maximum(noisy + 1.5 / photons * draw.normal(1, side, side), 0.3 / photons)


def spread_widely(images: torch.Tensor) -> torch.Tensor:
    """(B, 1, S, S) images (B, 1, S, S) spread by a Gaussian of ``WIDE`` of their side, which has no fine detail."""
    side = images.shape[-1]
    coarse = functional.adaptive_avg_pool2d(images, COARSE)
    line = torch.arange(COARSE, device=images.device, dtype=images.dtype)
    padding = COARSE  # its edges go on beyond the image, as in simulation.xray
    places = torch.arange(-padding, COARSE + padding, device=images.device, dtype=images.dtype)
    weights = (-0.5 * ((places[None] - line[:, None]) / (WIDE * COARSE)).square()).exp()
    weights = weights / weights.sum(dim=1, keepdim=True)
    padded = functional.pad(coarse, (padding,) * 4, mode="replicate")
    spread = weights @ padded @ weights.T
    return functional.interpolate(spread, size=(side, side), mode="bilinear", align_corners=False)


def _stored(draw: Draw, signal: torch.Tensor, field: torch.Tensor, hard: torch.Tensor) -> tuple[torch.Tensor, _Shown]:
    """What the C-arm stores, 0 to 1: counts, their logarithm, or a window with its curve in 8 bit; some inverted."""
    display = draw.uniform(0, 3).floor()
    raw, windowed = (display == 0).float(), (display == 2).float()
    gamma = torch.where(hard > 0, draw.uniform(0.6, 1.6), draw.uniform(0.8, 1.2))
    inverted = hard * draw.happens(0.3)
    counts = (signal / _quantile(signal, field, 0.999)).clamp(0, 1)
    logarithm = -signal.clamp_min(1e-9).log()
    low, high = _quantile(logarithm, field, 0.003), _quantile(logarithm, field, 0.997)
    logarithm = ((logarithm - low) / (high - low).clamp_min(1e-6)).clamp(0, 1)
    shown = torch.round((1 - logarithm).clamp_min(0).pow(gamma) * 255) / 255
    stored = torch.where(raw > 0, counts, torch.where(windowed > 0, shown, logarithm))
    return torch.where(inverted > 0, 1 - stored, stored), _Shown(raw, windowed, inverted, gamma)


def _conditioned(stored: torch.Tensor, field: torch.Tensor, how: _Shown) -> torch.Tensor:
    """Bone bright: a logarithm of what shows bone dark, as ``xray.conditioning.condition`` does where nothing is told."""
    low, high = _quantile(stored, field, 0.0), _quantile(stored, field, 0.999)
    unit = ((stored - low) / (high - low).clamp_min(1e-6)).clamp(0, 1)
    dark = (torch.maximum(how.raw, how.windowed) > 0) != (how.inverted > 0)
    return torch.where(dark, -(unit + DARKEST_COUNTS).log(), unit)


def _quantile(images: torch.Tensor, field: torch.Tensor, share: float) -> torch.Tensor:
    """(B, 1, 1, 1) of the values within the field."""
    values = torch.where(field > 0, images, torch.nan)[..., ::2, ::2].flatten(1)  # every fourth pixel: sorting is slow
    return torch.nanquantile(values, share, dim=1).view(-1, 1, 1, 1)
