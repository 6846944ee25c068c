"""A view at one level of the pyramid: one term of the objective."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.resampling import area_mean, box_mean
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.view import View

# Share of the typical local standard deviation below which the X-ray counts as flat; chosen: noise of a flat region is not
# raised to structure.
XRAY_FLOOR = 0.3


@dataclass(frozen=True, eq=False)
class LevelView:
    """An X-ray, cropped, resampled and normalised once, and what is rendered to match it.

    Attributes:
        camera: of the resampled image.
        window: of the normalisation, px, odd.
        mask: (1, 1, H, W) 0 or 1.
        share: (1, 1, H, W) share of each window that is usable.
        normalized: (1, 1, H, W) the locally normalised X-ray, 0 where masked.
        projector: of the bone, at a resolution that fits the level.
        camera_from_first: (4, 4) float64 tensor.
        background: optional (H, W) image of bones that stay where they are.
        field: camera of the whole X-ray, of which this is a crop; None if it is not one.
        is_saturating: whether an opaque body is registered, behind which nothing is left of the beam.
    """

    camera: Camera
    window: int
    mask: torch.Tensor
    share: torch.Tensor
    normalized: torch.Tensor
    projector: JosephProjector
    camera_from_first: torch.Tensor
    background: torch.Tensor | None = None
    field: Camera | None = None
    is_saturating: bool = False


def make_level_view(
    view: View, camera: Camera, box: tuple[int, int, int, int], window: int, projector: JosephProjector
) -> LevelView:
    """Crop an X-ray to ``box`` (left, top, width, height; may reach outside) and resample it to ``camera``'s size."""
    left, top, width, height = box
    device = projector.device
    image = torch.as_tensor(view.radiograph.image, device=device)
    mask = torch.as_tensor(view.radiograph.mask, device=device).float()
    rows, columns = image.shape
    inside = (slice(max(top, 0), min(top + height, rows)), slice(max(left, 0), min(left + width, columns)))
    padding = (max(-left, 0), max(left + width - columns, 0), max(-top, 0), max(top + height - rows, 0))
    image = functional.pad((image * mask)[inside], padding)[None, None]
    mask = functional.pad(mask[inside], padding)[None, None]
    size = (camera.height, camera.width)
    share = area_mean(mask, size)
    image = area_mean(image, size) / share.clamp_min(1e-3)
    mask = (share > 0.5).float()
    total = mask.sum().clamp_min(1)
    image = (image - (image * mask).sum() / total) * mask
    share = box_mean(mask, window).clamp_min(1e-3)
    mean = box_mean(image, window) / share
    variance = (box_mean(image * image, window) / share - mean * mean).clamp_min(0)
    floor = (variance * mask).sum() / total * XRAY_FLOOR**2 + 1e-12
    normalized = (image - mean) / (variance + floor).sqrt() * mask
    relative = torch.as_tensor(view.camera_from_first, dtype=torch.float64, device=device)
    return LevelView(
        camera, window, mask, share, normalized, projector, relative, field=view.camera, is_saturating=view.registers_opaque
    )
