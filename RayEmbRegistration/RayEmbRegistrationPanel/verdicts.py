"""What a registration is worth, in words; and the words where poses, images or geometry are no more those it was said of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import slicer
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle
from slicer.i18n import tr as _

from . import purposes, trackShow
from .adjustedWords import named
from .outcomes import expectedErrors, fewNotes, resultNumbers
from .purposes import TEXTS_KEY, tenths
from .sentences import asSentence

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome
    from RayEmbRegistrationLib.result import ViewResult

LABELS = ("trustLabel", "similarityLabel", "inliersLabel", "inPlaneErrorLabel", "depthErrorLabel", "resultNotesLabel")
SIGN_KEY = "PanelTexts.sign"
SHOWN_KEY = "PanelVerdict"
"""Which verdict is shown, so that the scene is written to only when that changes."""


def changedInWords(what: str) -> str:
    """For the table: why an X-ray's verdict does not hold any more."""
    return {
        "pose": _("moved by hand, not assessed"),
        "geometry": _("geometry edited, not assessed"),
        "image": _("another image, not assessed"),
        "ct": _("CT moved or changed, not assessed"),
        "bones": _("bones changed, not assessed"),
        "demand": _("use or error allowed changed, not assessed"),
    }[what]


def keep(handle: Handle, outcome: Outcome, firstRow: int = 0, asked: Mapping[str, Any] | None = None) -> int:
    """Keep an outcome's verdict with the poses as they now stand in the scene; returns its number.

    ``asked`` is of ``sceneView.statesOf``: what of it has changed since makes the verdict one on something else.
    """
    quality, views = outcome.registered.quality, outcome.registered.views
    status = {row: purposes.status(quality, view.similarity) for row, view in enumerate(views, start=firstRow)}
    numbers = [(name, purposes.shown(value), unit) for name, value, unit in resultNumbers(outcome)]
    demand = purposes.demandOf(quality)
    texts = textsOf(outcome, views, sceneView.boneNames(handle))
    number = sceneView.keepVerdict(handle, texts, status, numbers, asked, demand)
    if len(views) > 1 and all(view.camera_from_rig is not None for view in outcome.views):
        sceneView.keepJoint(handle, number)
    sceneView.addRun(
        handle,
        {row: view.camera_from_ras for row, view in enumerate(views, start=firstRow)},
        time=datetime.now().astimezone().isoformat(timespec="seconds"),
        method=outcome.registered.method,
        sign="trusted" if quality.trusted else "not trusted",
        why=texts["trustLabel"],
        overlay=texts["overlay.numbers"],
        position=texts["position.numbers"],
    )
    settle(handle)
    return number


def textsOf(outcome: Outcome, views: Sequence[ViewResult], bones: Mapping[int, str]) -> dict[str, str]:
    """What the panel's labels say of an outcome; and "trusted", empty where it is not. ``bones``: names by label."""
    quality = outcome.registered.quality
    rotation, inPlane, depth = expectedErrors(quality)
    marked = [view.landmarks for view in views if view.landmarks is not None]
    agree, total = sum(int(m.inliers.sum()) for m in marked), sum(len(m.inliers) for m in marked)
    elsewhere = (
        "" if quality.runner_up is None else _("; the best pose elsewhere {share:.0%}").format(share=quality.runner_up)
    )
    return {
        **purposes.textsOf(quality),
        "similarityLabel": f"{quality.similarity:.2f}{elsewhere}",
        "inliersLabel": _("{agree} of {total} tried agree with the pose").format(agree=agree, total=total)
        if total
        else _("not used"),
        "inPlaneErrorLabel": _("{mm} mm, {deg}° to expect").format(mm=tenths(inPlane), deg=tenths(rotation)),
        "depthErrorLabel": _("{mm} mm to expect").format(mm=tenths(depth)),
        "resultNotesLabel": named("\n".join(fewNotes(outcome.notes)), bones),
    }


def settle(handle: Handle, isRunning: bool = False) -> bool:
    """Write into the scene what holds of the X-rays as they stand: texts, the state of each, the table of results.

    Returns whether that is something else than before. ``isRunning``: poses are being tried.
    """
    if not sceneView.isAlive(handle):
        return False
    verdict = sceneView.verdictOf(handle)
    tracked = trackShow.verdictNow(handle) if verdict is None else None
    rows = range(sceneView.viewCount(handle))
    views = {row: sceneView.viewVerdict(handle, row) for row in rows}
    if verdict is None and tracked is None and trackShow.isMoved(handle):
        views = {row: (None, what or "pose") for row, (_text, what) in views.items()}
    changes = [what for _text, what in views.values() if what is not None]
    status = {row: text or _unassessed(what, isRunning) for row, (text, what) in views.items()}
    number: object = "" if verdict is None else verdict["number"]
    if tracked is not None:
        verdict, status, number = tracked, tracked["status"], tracked["key"]
    key = f"{number} {sorted(status.items())}"
    if key == handle.GetParameter(SHOWN_KEY):
        return False
    texts, sign = dict.fromkeys((*LABELS, *purposes.KEYS), ""), ""
    numbers = []
    if verdict is not None:
        texts, numbers = texts | verdict["texts"], verdict["numbers"]
        sign = "trusted" if texts.pop("trusted", "") else "not trusted"
    elif changes:
        why = _unassessed(changes[0], isRunning)
        texts |= purposes.unassessed(why) | {"trustLabel": asSentence(why)}
        sign, numbers = "not assessed", purposes.unassessedNumbers(why)
    with slicer.util.NodeModify(handle):
        handle.SetParameter(SHOWN_KEY, key)
        handle.SetParameter(SIGN_KEY, sign)
        for name, text in texts.items():
            handle.SetParameter(f"{TEXTS_KEY}.{name}", text)
        for row, text in status.items():
            handle.SetParameter(f"View{row + 1}.Status", text)
    if numbers:
        sceneView.showResults(handle, numbers)
    return True


def _unassessed(what: str | None, isRunning: bool) -> str:
    if what is None:
        return ""
    return _("being registered, not assessed yet") if isRunning else changedInWords(what)


def signOf(handle: Handle | None) -> str:
    """The sign of what is said of a registration, for a label with rich text; empty where nothing is said."""
    sign = handle.GetParameter(SIGN_KEY) if handle is not None else ""
    return purposes.signText(sign, "x-large") if sign in purposes.SIGNS else ""


def isAssessed(handle: Handle) -> bool:
    """Whether a verdict holds for the X-rays as they stand."""
    return sceneView.isAlive(handle) and sceneView.verdictOf(handle) is not None
