"""How far off the X-rays' poses may be, kept with the poses it was said of, so that a pose moved by hand has no band.

As with verdicts, what is kept holds while pose and geometry of an X-ray are those it was said of, and comes back with
them: by undo, or with a loaded scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
NOT_ASSESSED, NOT_TRUSTED = "not assessed", "not trusted"


@dataclass(frozen=True, eq=False)
class Known:
    """An X-ray with a pose.

    Attributes:
        sight: how it sees the CT.
        space: how far its pose may be off; None where that is not known.
        drawn: the same as far as it shows on the X-ray. What is drawn is surer than the pose: errors that make up for each
            other in the picture are found there all the same.
        doubt: what to write beside a target that may be drawn in the wrong place altogether; empty where it is trusted.
    """

    sight: Sight
    space: PoseUncertainty | None = None
    drawn: PoseUncertainty | None = None
    doubt: str = NOT_ASSESSED


def keepErrors(
    handle: Handle,
    views: Sequence[int],
    isRig: bool,
    space: PoseUncertainty,
    drawn: PoseUncertainty | None = None,
    isTrusted: bool = True,
) -> None:
    """Keep what the poses of X-rays may be off, as they stand now.

    Args:
        handle: the registration.
        views: indices of the X-rays, the first camera's first.
        isRig: whether they are calibrated against each other, and off together; else each has such an error of its own.
        space: see ``Known``, in the first camera's axes, or in each one's own.
        drawn: likewise; as in space where None.
        isTrusted: whether what is drawn with the poses may be used.
    """
    states = statesOf(handle, PARTS)["views"]
    entry = {
        "views": [int(view) for view in views],
        "states": {str(view): states[str(view)] for view in views if str(view) in states},
        "isRig": bool(isRig),
        "isTrusted": bool(isTrusted),
        "covariance": space.covariance.tolist(),
        "drawn": (drawn or space).covariance.tolist(),
        "centerRas": space.center_ras.tolist(),
    }
    kept = record(handle, KEY, [])
    if not kept or kept[-1] != entry:
        setRecord(handle, KEY, [*(one for one in kept if one != entry), entry][-MOST:])


def errorsOf(handle: Handle) -> dict[int, Known]:
    """By X-ray with a pose: how it sees the CT, and how far its pose may be off."""
    now = statesOf(handle, PARTS)["views"]
    kept = record(handle, KEY, [])
    found: dict[int, Known] = {}
    for view in range(viewCount(handle)):
        pose = poseOf(handle, view)
        if pose is None or cameraOf(handle, view) is None:
            continue
        entry = next((one for one in reversed(kept) if _holds(one, view, now)), None)
        if entry is None:
            found[view] = Known(Sight.alone(shownCamera(handle, view), pose))
            continue
        center = np.array(entry["centerRas"])
        space, drawn = (PoseUncertainty(np.array(entry[name]), center) for name in ("covariance", "drawn"))
        sight = Sight(shownCamera(handle, view), pose, _firstPose(entry, pose))
        found[view] = Known(sight, space, drawn, "" if entry["isTrusted"] else NOT_TRUSTED)
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
