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
    """Whether there are poses to go back to."""
    return _history(handle)[1] > 0


def canRedo(handle: Handle) -> bool:
    """Whether there are poses to go forward to."""
    entries, place = _history(handle)
    return place + 1 < len(entries)


def rememberedLabels(handle: Handle) -> list[str]:
    """The labels of all remembered poses, oldest first."""
    return [entry["label"] for entry in _history(handle)[0]]


def _step(handle: Handle, by: int) -> str | None:
    entries, place = _history(handle)
    if not isAlive(handle) or not 0 <= place + by < len(entries):
        return None
    entry = entries[place + by]
    for viewIndex, matrix in entry["poses"].items():
        showPose(handle, int(viewIndex), RigidTransform.from_matrix(np.array(matrix)))
    setRecord(handle, KEY, {"entries": entries, "place": place + by})
    return entry["label"]


def _history(handle: Handle) -> tuple[list, int]:
    kept = record(handle, KEY, {"entries": [], "place": -1})
    return kept["entries"], kept["place"]


def _same(poses: dict, others: dict) -> bool:
    return poses.keys() == others.keys() and all(np.allclose(poses[n], others[n], atol=1e-9) for n in poses)
