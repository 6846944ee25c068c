"""Undo and redo of poses: what all views' poses were, kept with the registration and so in the saved scene."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from .handle import isAlive, record, setRecord
from .nodes import Handle
from .pose import poseOf, showPose
from .views import viewCount

KEY = "PoseHistory"
_LONGEST = 100


def rememberPoses(handle: Handle, label: str, beside: Mapping[str, str] | None = None) -> None:
    """Append the poses as they now stand; what was undone before is forgotten. What did not change is not added.

    Args:
        handle: the registration.
        label: what was done.
        beside: texts that belong to the poses and come back with them, such as the X-rays' geometry.
    """
    if not isAlive(handle):
        return
    entries, place = _history(handle)
    poses = {}
    for viewIndex in range(viewCount(handle)):
        pose = poseOf(handle, viewIndex)
        if pose is not None:
            poses[str(viewIndex)] = pose.matrix[:3].tolist()
    isKnown = place >= 0 and _same(entries[place]["poses"], poses)
    if isKnown and (beside is None or entries[place].get("beside") in (None, dict(beside))):
        return
    if not poses and not beside:
        return
    entry = {"label": label, "poses": poses} | ({} if beside is None else {"beside": dict(beside)})
    entries = [*entries[: place + 1], entry][-_LONGEST:]
    setRecord(handle, KEY, {"entries": entries, "place": len(entries) - 1})


def rememberBeside(handle: Handle, label: str, beside: Mapping[str, str]) -> None:
    """Before the texts change: the present step keeps them, or becomes the first one."""
    entries, place = _history(handle)
    if place < 0:
        rememberPoses(handle, label, beside)
    elif entries[place].get("beside") is None:
        entries[place]["beside"] = dict(beside)
        setRecord(handle, KEY, {"entries": entries, "place": place})


def besideOf(handle: Handle) -> dict[str, str]:
    """The texts that belong to the present step; empty where it keeps none."""
    entries, place = _history(handle)
    return dict(entries[place].get("beside") or {}) if place >= 0 else {}


def undoPose(handle: Handle) -> str | None:
    """Go back to the poses remembered before; returns their label, or None where there are none."""
    return _step(handle, -1)


def redoPose(handle: Handle) -> str | None:
    """Go forward again; returns the label of the poses, or None where there are none."""
    return _step(handle, +1)


def canUndo(handle: Handle) -> bool:
    """Whether there is something else to go back to."""
    return _next(handle, -1) is not None


def canRedo(handle: Handle) -> bool:
    """Whether there is something else to go forward to."""
    return _next(handle, +1) is not None


def rememberedLabels(handle: Handle) -> list[str]:
    """The labels of all remembered poses, oldest first."""
    return [entry["label"] for entry in _history(handle)[0]]


def _step(handle: Handle, by: int) -> str | None:
    place = _next(handle, by)
    if place is None:
        return None
    entries, _present = _history(handle)
    entry = entries[place]
    for viewIndex, matrix in entry["poses"].items():
        showPose(handle, int(viewIndex), RigidTransform.from_matrix(np.array(matrix)))
    setRecord(handle, KEY, {"entries": entries, "place": place})
    return entry["label"]


def _next(handle: Handle, by: int) -> int | None:
    """The next step that shows something else than the scene does; a pose that was not there yet is left as it is."""
    entries, place = _history(handle)
    if not isAlive(handle) or place < 0:
        return None
    beside = entries[place].get("beside")
    found = place + by
    while 0 <= found < len(entries):
        entry = entries[found]
        if entry.get("beside") not in (None, beside) or not _isShown(handle, entry["poses"]):
            return found
        found += by
    return None


def _isShown(handle: Handle, poses: Mapping[str, list]) -> bool:
    now = {viewIndex: poseOf(handle, int(viewIndex)) for viewIndex in poses}
    return all(pose is not None and np.allclose(poses[n], pose.matrix[:3], atol=1e-9) for n, pose in now.items())


def _history(handle: Handle) -> tuple[list, int]:
    kept = record(handle, KEY, {"entries": [], "place": -1})
    return kept["entries"], kept["place"]


def _same(poses: dict, others: dict) -> bool:
    return poses.keys() == others.keys() and all(np.allclose(poses[n], others[n], atol=1e-9) for n in poses)
