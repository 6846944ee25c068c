"""A frame of a track as the user left it: its pose moved by hand or registered anew, and what was said of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationScene import sceneView, trackedPoses
from RayEmbRegistrationScene.nodes import Handle
from slicer.i18n import tr as _

from .outcomes import expectedErrors
from .sentences import spoken
from .trackShow import GIVEN, showPlot

if TYPE_CHECKING:
    from RayEmbRegistrationLib.quality.quality import Quality


def keepByHand(handle: Handle, rigFromRas: RigidTransform) -> bool:
    """Let the poses as they stand be those of the frame that is shown; returns whether they were others.

    Args:
        handle: the registration.
        rigFromRas: where the world is seen from.
    """
    about, frame = trackedPoses.aboutTrack(handle), trackedPoses.shownFrame(handle)
    if about is None or frame is None or trackedPoses.entryOf(handle, frame) is None or trackedPoses.isAsTracked(handle):
        return False
    roles = [f"View{row + 1}.Pose" for row in range(sceneView.viewCount(handle))]
    now = trackedPoses.placesNow(handle, [*roles, *(role for role in about["roles"] if role is not None)])
    entry = {}
    for name, role in zip(about["names"], about["roles"], strict=True):
        place = RigidTransform.from_matrix(np.array(about["first"])) if role is None else now[role]
        why = _("moved by hand, not assessed")
        verdict = dict.fromkeys(("overlay_mm", "position_mm", "rotation_deg", "similarity"), float("nan"))
        verdict |= {"overlay": False, "position": False, "reason": why}
        pose = (rigFromRas @ place).matrix.tolist()
        entry[name] = {"rig_from_body": pose, "smoothed": None, "how": GIVEN, "verdict": verdict}
    trackedPoses.keepFrames(handle, {frame: entry}, {role: {frame: place} for role, place in now.items()})
    showPlot(handle)
    return True


def takeVerdict(handle: Handle, quality: Quality) -> bool:
    """Let what was said of the poses that are shown be said of their frame; returns whether there was such a frame.

    It is of the CT alone: a track of several bodies keeps its own.
    """
    about, frame = trackedPoses.aboutTrack(handle), trackedPoses.shownFrame(handle)
    entry = None if about is None or frame is None else trackedPoses.entryOf(handle, frame)
    if frame is None or entry is None or len(entry) != 1 or not trackedPoses.isAsTracked(handle):
        return False
    verdict = {
        "overlay": quality.overlay.trusted,
        "position": quality.position.trusted,
        "reason": spoken(quality.reason),
        "overlay_mm": float(quality.overlay.expected_mm),
        "position_mm": float(quality.position.expected_mm),
        "rotation_deg": expectedErrors(quality)[0],
        "similarity": float(quality.similarity),
    }
    trackedPoses.keepFrames(handle, {frame: {name: {**body, "verdict": verdict} for name, body in entry.items()}}, {})
    showPlot(handle)
    return True
