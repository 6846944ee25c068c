"""Scatter of X-rays to train on by the model that was fitted to the Monte Carlo, in batches, on the device."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn import functional

from RayEmbRegistrationLib.simulation.scatter_model import REFERENCE_GAP_MM, REFERENCE_GRID, REFERENCE_KVP, ScatterModel

COARSE = 16  # side at which scatter is spread: it has no finer detail; as the maps that the model was fitted to


class Geometry(NamedTuple):
    """What is behind the bodies of a batch, each (B, 1, 1, 1): air gap in mm, side of the field on the detector in mm, and
    the ratio of the anti-scatter grid, 0 for none.
    """

    gap_mm: torch.Tensor
    field_mm: torch.Tensor
    grid_ratio: torch.Tensor


def fitted_scatter(primary: torch.Tensor, kvp: torch.Tensor, behind: Geometry) -> torch.Tensor:
    """Scatter over the open beam's signal, as ``ScatterModel.scatter`` of a filter without copper.

    Args:
        primary: (B, 1, S, S) over the open beam's signal; 0 outside of the field.
        kvp: (B, 1, 1, 1) tube voltage.
        behind: detector, grid and air gap.

    Returns:
        (B, 1, S, S).
    """
    model = ScatterModel()
    harder = (kvp - REFERENCE_KVP) / 100
    further = (behind.gap_mm.clamp_min(1) / REFERENCE_GAP_MM).log()
    through = primary.clamp(1e-12, 1)
    source = through * (-through.log()).clamp_min(1e-6).pow(model.power + model.power_by_kvp * harder)
    source = torch.where(primary > 0, source, torch.zeros_like(source))
    logarithm = model.level + model.by_kvp * harder + model.by_gap * further
    taken = model.by_grid + model.grid_by_kvp * harder + model.grid_by_gap * further
    ratio = behind.grid_ratio.clamp_min(1e-6) / REFERENCE_GRID
    logarithm = torch.where(behind.grid_ratio > 0, logarithm - taken * ratio.pow(model.grid_power), logarithm)
    width = (model.width_mm + model.width_by_gap * behind.gap_mm) * COARSE / behind.field_mm
    spread = _spread(functional.adaptive_avg_pool2d(source, COARSE), width.view(-1, 1, 1))
    side = primary.shape[-1]
    return functional.interpolate(logarithm.exp() * spread, size=(side, side), mode="bilinear", align_corners=False)


def _spread(coarse: torch.Tensor, width: torch.Tensor) -> torch.Tensor:
    """(B, 1, COARSE, COARSE) spread by Gaussians of widths (B, 1, 1) in their pixels, with nothing beyond the edges."""
    places = torch.arange(COARSE, device=coarse.device, dtype=coarse.dtype)
    apart = torch.arange(-4 * COARSE, 4 * COARSE + 1, device=coarse.device, dtype=coarse.dtype)
    whole = (-0.5 * (apart / width).square()).exp().sum(dim=-1, keepdim=True)  # with what falls beyond
    weights = ((-0.5 * ((places[None] - places[:, None]) / width).square()).exp() / whole)[:, None]
    return weights @ coarse @ weights.transpose(-1, -2)
