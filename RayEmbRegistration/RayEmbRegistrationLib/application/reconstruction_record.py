"""What an adjustment found, as its report keeps it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from RayEmbRegistrationLib import __version__
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.joint.bodies import REST

from .metal_ct import metal_content
from .metal_shadows import shadows_content, unplaced_shadows
from .reconstruct import Reconstruction

FORMAT = "rayemb-adjustment"
WHAT_IT_IS = "prior CT adjusted to the X-rays"
WHAT_IT_IS_NOT = (
    "It is not a new CT: what the X-rays do not show is as in the CT before, and fine structure is the old CT's, moved. "
    "Use it where its standard deviation suffices, never to find what the old CT did not show."
)


def bone_motions(found: Reconstruction) -> dict[int, RigidTransform]:
    """By label, how each bone moved in the patient's frame (RAS), against the largest body."""
    poses = found.adjustment.solved.state.poses.numpy
    bodies = found.adjustment.joint.bodies.each
    return {
        body.label: RigidTransform.from_matrix(np.linalg.inv(poses[0]) @ poses[number])
        for number, body in enumerate(bodies)
        if number > 0 and body.label != REST
    }


def adjustment_content(found: Reconstruction, names: list[str]) -> dict[str, Any]:
    """For report.json.

    Args:
        found: the reconstruction.
        names: of the X-rays.
    """
    made, adjusted = found.adjustment, found.adjusted
    pose = made.solved.state.poses if made.is_accepted else made.rigid[1].state.poses
    views = [
        {"xray": name, "ras_to_camera": view.camera_from_first @ pose.numpy[0]}
        for name, view in zip(names, found.views, strict=True)
    ]
    return {
        "format": FORMAT,
        "format_version": 1,
        "what": WHAT_IT_IS,
        "what_it_is_not": WHAT_IT_IS_NOT,
        "accepted": made.is_accepted,
        "trusted": made.trusted,
        "reason": made.reason,
        "gate": asdict(made.gate),
        "views": views,
        "bones": {str(label): motion.matrix for label, motion in bone_motions(found).items()} if made.is_accepted else {},
        "bone_verdicts": {str(label): asdict(verdict) for label, verdict in made.verdicts.items()},
        "metal": None
        if found.metal is None
        else metal_content(found.metal) | {"unplaced_shadows": shadows_content(unplaced_shadows(found), names)},
        "uncertainty": None
        if adjusted is None
        else {
            "std_mm_median": _median(adjusted.std_mm),
            "std_mm_most": float(adjusted.std_mm.max()),
            "modes_seen": adjusted.modes_seen,
            "modes": len(made.solved.information) - 6,
            "unseen_share": adjusted.unseen_share,
            "unseen_ml": adjusted.unseen_ml,
            "least_jacobian": adjusted.least_jacobian,
        },
        "timing_s": found.timing_s,
        "notes": list(found.notes),
        "version": __version__,
        "frame": "RAS of the CT, mm; bones: 4x4, from a point of the bone in the CT to where it is in the adjusted CT",
    }


def _median(values: np.ndarray) -> float | None:
    used = values[values > 0]
    return float(np.median(used)) if len(used) else None
