"""X-rays made of line integrals as the simulation makes them: slower than augmentation, and of another kind.

A network that saw only what ``augmentation`` makes knows half as much of another simulator's X-rays (../docs/method.md).
"""

from __future__ import annotations

import numpy as np
import torch

from RayEmbRegistrationLib.drr.attenuation import ENERGY_KEV, cortical_bone_attenuation, water_attenuation
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.materials import MaterialPaths
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray
from RayEmbRegistrationLib.xray.conditioning import condition, find_field

from .pairs import centered_camera

EASY_SHARE = 0.5  # of the X-rays; chosen: as many easy as hard ones


def dressed(images: torch.Tensor, pixel_mm: float, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """X-rays, conditioned as any is, and masks (Q, 1, s, s) of line integrals of bone above soft tissue (Q, 1, s, s)."""
    dense = cortical_bone_attenuation(ENERGY_KEV) - water_attenuation(ENERGY_KEV)
    made = [_dressed(path[0] / dense, pixel_mm, rng) for path in images.cpu().numpy()]
    pictures, masks = (torch.as_tensor(np.stack(each), device=images.device)[:, None] for each in zip(*made, strict=True))
    return pictures.float(), masks.float()


def _dressed(bone_mm: np.ndarray, pixel_mm: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    settings = SimulationSettings.easy(rng) if rng.random() < EASY_SHARE else SimulationSettings.hard(rng)
    bone_mm = np.clip(bone_mm, 0, None)
    xray = simulate_xray(MaterialPaths(bone_mm, np.zeros_like(bone_mm)), settings, rng, pixel_mm)
    camera = centered_camera(len(bone_mm), len(bone_mm))
    try:
        seen = condition(find_field(xray.pixels), camera, xray.bone_is_bright)
    except InputProblem:  # nothing usable in it; as rare as it is useless
        return bone_mm.astype(np.float32), np.ones_like(bone_mm, dtype=bool)
    return seen.image, seen.mask
