"""Shadows of metal that is not believed, as they are shown and reported of an adjustment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from RayEmbRegistrationLib.reconstruction.metal.shown import ShownShadow, shown_shadows

if TYPE_CHECKING:
    from .reconstruct import Reconstruction


def unplaced_shadows(found: Reconstruction) -> tuple[tuple[ShownShadow, ...], ...]:
    """By X-ray, the shadows of metal that has no place in the CT; none where metal was not looked for, or was placed."""
    metal, made = found.metal, found.adjustment
    if metal is None or metal.is_accepted or not metal.shadows:
        return ((),) * len(found.views)
    joint, solved = (made.joint, made.solved) if made.is_accepted else made.rigid
    middle = solved.state.poses.numpy[0] @ np.append(joint.bodies.each[0].center_ras, 1.0)
    return tuple(
        shown_shadows(shadow, view.radiograph.camera, float((view.camera_from_first @ middle)[2]))
        for shadow, view in zip(metal.shadows, found.views, strict=True)
    )


def shadows_content(shadows: Sequence[Sequence[ShownShadow]], names: Sequence[str]) -> list[dict[str, Any]]:
    """For report.json: those of each X-ray, largest first; sizes at the patient's depth."""
    return [
        {
            "xray": name,
            "shadows": [
                {"length_mm": one.length_mm, "width_mm": one.width_mm, "area_mm2": one.area_mm2, "ends_px": one.ends_px}
                for one in own
            ],
        }
        for name, own in zip(names, shadows, strict=True)
    ]
