"""How far off the X-rays' poses may be, kept with the poses it was said of, so that a pose moved by hand has no band.

As with verdicts, what is kept holds while pose and geometry of an X-ray are those it was said of, and comes back with
them: by undo, or with a loaded scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationLib.geometry.uncertainty import PoseUncertainty, Sight

from .handle import record, setRecord
from .nodes import Handle
from .pose import poseOf
from .verdict import statesOf
from .views import cameraOf, shownCamera, viewCount

KEY, MOST = "PoseErrors", 20
SAME = 1e-6
PARTS = ("pose", "camera")


def keepErrors(handle: Handle, views: Sequence[int], isRig: bool, uncertainty: PoseUncertainty) -> None:
    """Keep what the poses of X-rays may be off, as they stand now.

    Args:
        handle: the registration.
        views: indices of the X-rays, the first camera's first.
        isRig: whether they are calibrated against each other, and off together; else each has such an error of its own.
        uncertainty: in the first camera's axes, or in each one's own.
    """
    states = statesOf(handle, PARTS)["views"]
    entry = {
        "views": [int(view) for view in views],
        "states": {str(view): states[str(view)] for view in views if str(view) in states},
        "isRig": bool(isRig),
        "covariance": uncertainty.covariance.tolist(),
        "centerRas": uncertainty.center_ras.tolist(),
    }
    kept = record(handle, KEY, [])
    if not kept or kept[-1] != entry:
        setRecord(handle, KEY, [*(one for one in kept if one != entry), entry][-MOST:])


def errorsOf(handle: Handle) -> dict[int, tuple[Sight, PoseUncertainty | None]]:
    """By X-ray with a pose: how it sees the CT, and how far its pose may be off; None where that is not known."""
    now = statesOf(handle, PARTS)["views"]
    kept = record(handle, KEY, [])
    found: dict[int, tuple[Sight, PoseUncertainty | None]] = {}
    for view in range(viewCount(handle)):
        pose = poseOf(handle, view)
        if pose is None or cameraOf(handle, view) is None:
            continue
        entry = next((one for one in reversed(kept) if _holds(one, view, now)), None)
        first = pose if entry is None else _firstPose(entry, pose)
        uncertainty = None
        if entry is not None:
            uncertainty = PoseUncertainty(np.array(entry["covariance"]), np.array(entry["centerRas"]))
        found[view] = (Sight(shownCamera(handle, view), pose, first), uncertainty)
    return found


def _firstPose(entry: dict[str, Any], pose: RigidTransform) -> RigidTransform:
    if not entry["isRig"]:
        return pose
    return RigidTransform.from_matrix(np.reshape(entry["states"][str(entry["views"][0])]["pose"], (3, 4)))


def _holds(entry: dict[str, Any], view: int, now: dict[str, Any]) -> bool:
    was, is_ = entry["states"].get(str(view)), now[str(view)]
    if was is None:
        return False
    pairs = [(was[part], is_[part]) for part in PARTS]
    if any(one is None or other is None or len(one) != len(other) for one, other in pairs):
        return False
    return all(np.allclose(one, other, rtol=1e-9, atol=SAME) for one, other in pairs)
