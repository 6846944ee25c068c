"""``train --fixed-landmarks``: a network for points of one patient."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any

from .console import SUCCEEDED, say
from .training_lines import Interrupt, Lines

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT


def train_fixed(arguments: argparse.Namespace, prepared: PreparedCT) -> int:
    """Points of the CT and a network that finds them; the file holds the best so far from the first step on."""
    from RayEmbRegistrationLib.detector.weights import save_weights
    from RayEmbRegistrationLib.training.fixed_landmarks import FixedTraining, Watching, train_fixed_landmarks

    start = "nothing" if prepared.encoder is None else prepared.encoder.name

    def save(result: FixedTraining) -> None:
        about: dict[str, Any] = {
            "trained_on": f"one CT, views '{prepared.view}'",
            "how": f"heat maps of {len(result.fixed.points_ras)} fixed points, cross-entropy; "
            f"started from {start}; seed {arguments.seed}",
            "licence": "as the CT it was trained on allows",
            "steps": result.steps,
            "minutes": round(result.minutes, 2),
        }
        if math.isfinite(result.landmark_error_mm):
            about["landmark_error_mm"] = round(result.landmark_error_mm, 2)
        save_weights(arguments.output, result.fixed.network, about | result.fixed.about())

    lines = Lines()
    with Interrupt(lines):
        watching = Watching(lines, lines.interrupted, save)
        result = train_fixed_landmarks(prepared, arguments.minutes, watching, arguments.seed)
    save(result)
    say(
        f"wrote {arguments.output}: median landmark error {result.landmark_error_mm:.1f} mm at the bone after "
        f"{result.steps} steps in {result.minutes:.1f} min{', stopped early' if result.cancelled else ''}"
    )
    return SUCCEEDED
