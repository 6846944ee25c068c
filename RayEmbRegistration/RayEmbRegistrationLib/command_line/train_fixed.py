"""``train --fixed-landmarks``: a network for points of one patient."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .console import SUCCEEDED, say
from .training_lines import Interrupt, Lines

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT


def train_fixed(arguments: argparse.Namespace, prepared: PreparedCT) -> int:
    """Points of the CT and a network that finds them."""
    from RayEmbRegistrationLib.detector.weights import save_weights
    from RayEmbRegistrationLib.training.fixed_landmarks import train_fixed_landmarks

    lines = Lines()
    with Interrupt(lines):
        result = train_fixed_landmarks(prepared, arguments.minutes, lines, lines.interrupted, arguments.seed)
    start = "nothing" if prepared.encoder is None else prepared.encoder.name
    about = {
        "trained_on": f"one CT, views '{prepared.view}'",
        "how": f"heat maps of {len(result.fixed.points_ras)} fixed points, cross-entropy; "
        f"started from {start}; seed {arguments.seed}",
        "licence": "as the CT it was trained on allows",
        "steps": result.steps,
        "minutes": round(result.minutes, 2),
        "landmark_error_mm": round(result.landmark_error_mm, 2),
    }
    save_weights(arguments.output, result.fixed.network, about | result.fixed.about())
    say(
        f"wrote {arguments.output}: median landmark error {result.landmark_error_mm:.1f} mm at the bone after "
        f"{result.steps} steps in {result.minutes:.1f} min{', stopped early' if result.cancelled else ''}"
    )
    return SUCCEEDED
