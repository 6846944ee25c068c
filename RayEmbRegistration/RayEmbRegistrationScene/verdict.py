"""A verdict is of one pose, one geometry, one image, one CT and its bones, for one use; it is kept with what it was said of.

Whether it still holds is found by comparing that with what the scene shows now, and never by being told of a change. So no
way to move a pose is forgotten, and a verdict comes back with the pose, by undo or with a loaded scene.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .handle import isAlive, nodeOf, readRecord, record, setRecord, viewRole
from .nodes import Handle
from .pose import poseOf
from .subject import digest, subjectOf
from .views import viewCount

KEY, DEMAND_KEY = "Verdicts", "Demand"
MOST = 20
"""So many are kept; who undoes further back finds poses that nobody has assessed."""
SAME_MM, SAME_SHARE = 1e-6, 1e-9
"""Chosen: far below what a pose or a camera is known to, and above what rounding comes to."""

PARTS = ("pose", "camera", "image")


def statesOf(handle: Handle, parts: Sequence[str] = PARTS) -> dict[str, Any]:
    """What a verdict that is being worked out will be of: these parts of each X-ray, and the CT, as they are now."""
    views = {str(n): _stateOf(handle, n) for n in range(viewCount(handle))}
    return {"views": {key: {part: state[part] for part in parts} for key, state in views.items()}, "ct": subjectOf(handle)}


def holdsStill(handle: Handle, asked: Mapping[str, Any]) -> bool:
    """Whether the scene still shows what ``statesOf`` told of it once."""
    now = _Now(handle)
    return all(_change(dict(asked), key, now) is None for key in asked["views"])


def keepVerdict(
    handle: Handle,
    texts: Mapping[str, str],
    status: Mapping[int, str],
    numbers: Sequence[tuple[str, str, str]],
    asked: Mapping[str, Any] | None = None,
    demand: Mapping[str, Any] | None = None,
) -> int:
    """Keep what was said of the X-rays; returns the verdict's number.

    Args:
        handle: the registration.
        texts: what is said of them together, by name.
        status: index of an X-ray to what is said of it alone; those that are not named were not assessed.
        numbers: rows of the table of results.
        asked: of ``statesOf``, when it was asked: it is a verdict on that, whatever has changed since. The rest is as it
            stands now.
        demand: what it was said for: as of ``setDemand``, with the purpose that was answered, and ``automatic``, the one
            that is answered where none is named. None: it holds whatever is demanded.
    """
    kept = record(handle, KEY, [])
    number = 1 + max((one["number"] for one in kept), default=0)
    asked = asked or {"views": {}, "ct": None}
    views = {
        str(viewIndex): {"status": text, **_stateOf(handle, viewIndex), **asked["views"].get(str(viewIndex), {})}
        for viewIndex, text in status.items()
    }
    entry = {
        "number": number,
        "views": views,
        "ct": asked["ct"] or subjectOf(handle),
        "texts": dict(texts),
        "numbers": [list(n) for n in numbers],
        "demand": None if demand is None else dict(demand),
    }
    setRecord(handle, KEY, [*kept, entry][-MOST:])
    return number


def keepJoint(handle: Handle, number: int) -> None:
    """The X-rays of a verdict have one pose together, as in a rig: what changes in one of them is a change for each."""
    kept = record(handle, KEY, [])
    setRecord(handle, KEY, [{**one, "isJoint": True} if one["number"] == number else one for one in kept])


def setDemand(handle: Handle, demand: Mapping[str, Any]) -> None:
    """What poses are to be good for: ``purpose`` ("" where none is named), ``overlayMm`` and ``positionMm`` allowed."""
    if record(handle, DEMAND_KEY) != dict(demand):
        setRecord(handle, DEMAND_KEY, dict(demand))


def replaceVerdict(handle: Handle, number: int, changes: Mapping[str, Any], status: Mapping[str, str]) -> int:
    """Say something else of what a verdict is of; returns the new verdict's number.

    Args:
        handle: the registration.
        number: of the verdict that goes.
        changes: ``texts``, ``numbers`` and ``demand``, as of ``keepVerdict``.
        status: index of an X-ray, as text, to what is said of it alone.
    """
    kept = record(handle, KEY, [])
    old = next(one for one in kept if one["number"] == number)
    new = 1 + max(one["number"] for one in kept)
    views = {key: {**view, "status": status.get(key, view["status"])} for key, view in old["views"].items()}
    others = [one for one in kept if one["number"] != number]
    setRecord(handle, KEY, [*others, {**old, **changes, "views": views, "number": new}])
    return new


def verdictOf(handle: Handle, forAnyUse: bool = False) -> dict[str, Any] | None:
    """The newest verdict that holds for every X-ray that it is of, with ``number``, ``texts`` and ``numbers``; or None.

    ``forAnyUse``: what it was said for may be something else than what is demanded now.
    """
    now = _Now(handle)
    for entry in reversed(readRecord(handle, KEY) or []):
        isAnswer = forAnyUse or _answers(entry, now.demand)
        if isAnswer and all(_change(entry, viewIndex, now) is None for viewIndex in entry["views"]):
            return entry
    return None


def viewVerdict(handle: Handle, viewIndex: int) -> tuple[str | None, str | None]:
    """What is said of an X-ray, and what has changed since it was said.

    Returns:
        (text, None) where a verdict holds; (None, what) where none does any more, ``what`` being "pose", "geometry",
        "image", "ct", "bones" or "demand"; (None, None) where there never was one.
    """
    now, key = _Now(handle), str(viewIndex)
    entries = [entry for entry in reversed(readRecord(handle, KEY) or []) if key in entry["views"]]
    for entry in entries:
        if _changeFor(entry, key, now) is None and _answers(entry, now.demand):
            return entry["views"][key]["status"], None
    return None, (_changeFor(entries[0], key, now) or "demand") if entries else None


def forgetVerdicts(handle: Handle) -> None:
    """As if nothing had been said."""
    setRecord(handle, KEY, None)


class _Now:
    """What the scene shows, each part looked at once."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._views: dict[str, dict[str, Any]] = {}
        self.ct = subjectOf(handle)
        self.demand = readRecord(handle, DEMAND_KEY)

    def view(self, key: str) -> dict[str, Any]:
        if key not in self._views:
            self._views[key] = _stateOf(self._handle, int(key))
        return self._views[key]


def _changeFor(entry: dict[str, Any], key: str, now: _Now) -> str | None:
    """What is not as it was when a verdict was said of an X-ray: of itself, or of another that it shares its pose with."""
    keys = [key, *(other for other in entry["views"] if other != key)] if entry.get("isJoint") else [key]
    return next((change for change in (_change(entry, one, now) for one in keys) if change is not None), None)


def _change(entry: dict[str, Any], key: str, now: _Now) -> str | None:
    """What of an X-ray is not as it was when a verdict was said of it."""
    was, is_ = entry["views"][key], now.view(key)
    if not _same(was["pose"], is_["pose"]):
        return "pose"
    if not _same(was["camera"], is_["camera"]):
        return "geometry"
    if None not in (was["image"], is_["image"]) and was["image"] != is_["image"]:
        return "image"
    if entry["ct"] is not None and now.ct is not None:
        sameVoxels = entry["ct"]["voxels"] == now.ct["voxels"]
        if not sameVoxels or not _same(entry["ct"]["place"], now.ct["place"]):
            return "ct"
        if None not in (entry["ct"].get("bones"), now.ct["bones"]) and entry["ct"]["bones"] != now.ct["bones"]:
            return "bones"
    return None


def _answers(entry: dict[str, Any], demand: Mapping[str, Any] | None) -> bool:
    """Whether a verdict was said for what is demanded now."""
    said = entry.get("demand")
    if said is None or demand is None:
        return True
    purpose = demand["purpose"] or said["automatic"]
    return said["purpose"] == purpose and all(said[name] == demand[name] for name in ("overlayMm", "positionMm"))


def _same(one: Sequence[float] | None, other: Sequence[float] | None) -> bool:
    if one is None or other is None:
        return one is other
    alike = (abs(a - b) <= SAME_MM + SAME_SHARE * abs(b) for a, b in zip(one, other, strict=False))
    return len(one) == len(other) and all(alike)  # NumPy takes a hundred times as long for a dozen numbers


def _stateOf(handle: Handle, viewIndex: int) -> dict[str, Any]:
    """Pose, camera and image of an X-ray, as numbers to compare; None where there is none."""
    pose = poseOf(handle, viewIndex) if isAlive(handle) else None
    camera = readRecord(handle, viewRole(viewIndex, "Camera"))
    numbers = None
    if camera is not None:
        numbers = [*np.ravel(camera["K"]).tolist(), *camera["imageSize"], *camera["pixelSpacingMm"]]
        numbers.append(camera["sourceToDetectorMm"])
    return {
        "pose": None if pose is None else pose.matrix[:3].ravel().tolist(),
        "camera": numbers,
        "image": digest(nodeOf(handle, viewRole(viewIndex, "InputXray"))),
    }
